//! Finding a resident by name, by where they live, by the end of their number beside either, or by
//! the whole number.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    estates::{FoundResident, ResidentSearch},
    identity::Action,
    page::{Page, PageAsk},
};

use super::shown;
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// The residents of running households whom a search finds, within the asker's places, those who
/// were written down first first. Numbers are masked.
///
/// # Errors
/// `forbidden`; `invalid` on `search` with what is wrong with it, `not_alone` for the last four
/// digits of a number without a name or a place beside them; on `cursor` for a bad one.
pub async fn find_residents(cx: &Cx, search: &str, ask: &PageAsk) -> Result<Page<FoundResident>> {
    let scope = cx.authorize(Action::ViewResidents)?;
    let after = ask.after()?;
    let search = ResidentSearch::parse(search).map_err(|flaw| Error::invalid("search", flaw))?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = match &search {
        ResidentSearch::Phone(phone) => {
            let index = cx.site.keys.phone_index(cx.tenant.id, phone.as_str());
            store::by_phone(&mut tx, cx, &index, after, ask.rows()).await?
        }
        ResidentSearch::Words { words, digits } => {
            let tail = digits.as_deref();
            let tail = tail.map(|digits| cx.site.keys.phone_tail(cx.tenant.id, digits));
            if tail.is_some() {
                catch_up(&mut tx, cx).await?;
            }
            let by = store::Words {
                words,
                digits: digits.as_deref(),
                tail: tail.as_deref(),
            };
            store::by_words(&mut tx, cx, &by, after, ask.rows()).await?
        }
    };
    tx.commit().await?;
    let found: Result<Vec<FoundResident>> = rows
        .into_iter()
        .map(|(row, home)| {
            Ok(FoundResident {
                resident: shown(cx, row)?,
                home,
            })
        })
        .collect();
    Ok(Page::cut(found?, ask.limit(), |found| {
        found.resident.id.to_string()
    }))
}

/// Gives the numbers from before ends were kept theirs: only who has the key can. Those that the
/// asker does not see are not found either, and wait for somebody else.
async fn catch_up(tx: &mut TenantTx, cx: &Cx) -> Result<()> {
    let (keys, tenant) = (&cx.site.keys, cx.tenant.id);
    let (mut ids, mut tails) = (Vec::new(), Vec::new());
    for (id, sealed) in store::without_tail(tx, tenant).await? {
        ids.push(id);
        tails.push(keys.phone_tail(tenant, &keys.open_phone(tenant, &sealed)?));
    }
    if ids.is_empty() {
        return Ok(());
    }
    store::set_tails(tx, tenant, &ids, &tails).await
}
