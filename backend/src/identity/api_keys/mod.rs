//! Keys of a company's own programs.
//!
//! A key is given as a role is: nobody makes one that may do more than they may, and the check is
//! the same one, under the same locks. After that it is held to its maker on each use: it may do
//! what its role allows, where its places are, as far as its maker may do it there now. It ends with
//! its role, and once its maker works here no more. What lets somebody in, or lets them do more, no
//! key may do (`Action::of_keys`).

mod store;
#[cfg(test)]
mod tests;

use domain::{
    KeyId, PersonId,
    audit::{Deed, Origin, Subject},
    identity::{Action, ApiKey, KeyForm, KeyMade, KeySecret, NewKey, Place, Scope, within_maker},
    page::{Page, PageAsk},
    problem::Flaw,
    tenancy::Language,
};
use jiff::{ToSpan, civil::Date};

use super::{session, staff};
use crate::{
    audit,
    kernel::{
        clock,
        cx::{Actor, Cx, Peer, Site, Tenant},
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Makes a key. Without a last day it is good for a year.
///
/// # Errors
/// `forbidden` for more than the maker holds themselves, `suspended`; `invalid` with the flawed
/// fields: an unknown role, an estate that is not to be seen, a day that is past or more than two
/// years ahead; `conflict` on `name` where another running key has it.
pub async fn make(cx: &Cx, form: KeyForm) -> Result<KeyMade> {
    cx.authorize(Action::EditKeys)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let NewKey { name, mut grant } = form.try_into()?;
    let until = last_day(cx, grant.until)?;
    grant.until = Some(until);
    let maker = cx.actor.person().ok_or_else(Error::forbidden)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let grant = staff::checked(&mut tx, cx, Action::EditKeys, grant).await?;
    let (id, secret) = (cx.new_id::<KeyId>(), KeySecret::of(cx.site.random()));
    store::insert(&mut tx, cx, id, &name, &secret, &grant, maker).await?;
    let fields = audit::given([
        ("name", true),
        ("role", true),
        ("places", !grant.places.is_empty()),
        ("until", true),
    ]);
    audit::record(&mut tx, cx, Deed::KeyMade, Subject::Key(id), None, fields).await?;
    tx.commit().await?;
    Ok(KeyMade { id, secret, until })
}

/// The last day of a key, in the tenant's zone.
fn last_day(cx: &Cx, wanted: Option<Date>) -> Result<Date> {
    let today = cx.now().to_zoned(cx.tenant.zone.clone()).date();
    let last = today.saturating_add(2.years());
    match wanted {
        None => Ok(today.saturating_add(1.year())),
        Some(day) if day > last => Err(Error::invalid("until", Flaw::OutOfRange)),
        Some(day) => Ok(day),
    }
}

/// Keys that nobody has ended, the newest first: those that work at places of the asker's own.
///
/// # Errors
/// `forbidden`; `invalid` for a bad cursor.
pub async fn list(cx: &Cx, ask: &PageAsk) -> Result<Page<ApiKey>> {
    let scope = cx.authorize_to_see(Action::EditKeys)?;
    let before = ask.after()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::keys(&mut tx, cx, before, ask.rows()).await?;
    tx.commit().await?;
    Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()))
}

/// Ends a key: its next request is refused. This needs [`Action::EditKeys`] wherever the key works,
/// and not all that the key may do: one that leaked must not wait for somebody who holds it all.
///
/// # Errors
/// `not_found` for one that is not to be seen, or has ended; `forbidden`, `suspended`.
pub async fn end(cx: &Cx, id: KeyId) -> Result<()> {
    let scope = cx.authorize(Action::EditKeys)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let estates = store::estates(&mut tx, cx.tenant.id, id).await?;
    let estates = estates.ok_or_else(Error::not_found)?;
    if estates.is_empty() && scope != Scope::Everywhere {
        return Err(Error::forbidden());
    }
    for estate in estates {
        cx.authorize_at(Action::EditKeys, &Place::estate(estate))?;
    }
    store::end(&mut tx, cx.tenant.id, id, cx.now()).await?;
    audit::record(&mut tx, cx, Deed::KeyEnded, Subject::Key(id), None, []).await?;
    tx.commit().await
}

/// Ends the keys that somebody made, in the transaction that lets them go: they must not come back
/// with their maker.
pub(super) async fn end_of_maker(tx: &mut TenantTx, cx: &Cx, maker: PersonId) -> Result<()> {
    store::end_of_maker(tx, cx.tenant.id, maker, cx.now()).await
}

/// The context behind a key; `None` for what is no key, or one that opens nothing (any more). Where
/// the request came from, the edge adds.
///
/// # Errors
/// `too_many` for one that opens nothing, past the limit of its address; unavailable when the
/// database is away.
pub async fn bearer(site: &Site, token: &str, from: &Peer) -> Result<Option<Cx>> {
    let Some(secret) = KeySecret::parse(token) else {
        return Ok(None);
    };
    let mut tx = site.db.open().await?;
    let hash = site.keys.api_key(&secret);
    let row = store::by_hash(&mut tx, &hash, site.now(), &from.address).await?;
    tx.commit().await?;
    let Some(row) = row else {
        site.door.unknown_key(&from.address)?;
        return Ok(None);
    };
    let held: Vec<_> = row.held.0.into_iter().filter_map(session::grant).collect();
    let own = session::grant(row.own.0);
    Ok(Some(Cx {
        site: site.clone(),
        tenant: Tenant {
            id: row.tenant,
            slug: row.slug,
            name: row.company,
            zone: clock::zone(&row.time_zone),
            language: Language::parse(&row.language).unwrap_or(Language::ZhCn),
            suspended: row.tenant_state == "suspended",
            // What its maker owes first, the key's rights wait for as well.
            second_factor_missing: row.second_factor_missing,
        },
        actor: Actor::Key {
            key: row.key,
            name: row.name,
            grants: own.map_or_else(Vec::new, |own| within_maker(&own, &held)),
        },
        origin: Origin::inside(),
    }))
}
