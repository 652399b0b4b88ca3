//! A resident's whole numbers, for whoever has to ring them up or check who they are.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, ResidentId,
    audit::{Deed, Subject},
    estates::Contact,
    identity::Action,
};
use jiff::ToSpan;

use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// The most looks that one person takes in an hour: more than a busy desk needs, and too few to
/// copy an estate's numbers in a day.
pub const MOST_REVEALED: i64 = 60;

/// Tells a resident's whole phone and identity number, and remembers who looked.
///
/// # Errors
/// `forbidden`; `not_found` for a resident who is not to be seen, or whose home it is no more;
/// `too_many` past [`MOST_REVEALED`] in an hour, of which the first is remembered too.
pub async fn reveal_contact(cx: &Cx, resident: ResidentId) -> Result<Contact> {
    cx.authorize(Action::ViewPhones)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::sealed(&mut tx, cx.tenant.id, resident).await?;
    let found = found.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::ViewPhones, &found.place())?;
    let (looked, estate) = (Subject::Resident(resident), Some(found.estate));

    let since = cx.now() - 1.hour();
    if audit::times(&mut tx, cx, Deed::ContactRevealed, since).await? >= MOST_REVEALED {
        // Once: a script that goes on would fill the log.
        if audit::times(&mut tx, cx, Deed::RevealsLimited, since).await? == 0 {
            audit::record(&mut tx, cx, Deed::RevealsLimited, looked, estate, []).await?;
            tx.commit().await?;
        }
        return Err(Error::new(Code::TooMany));
    }
    let (keys, tenant) = (&cx.site.keys, cx.tenant.id);
    let phone = found.phone.map(|sealed| keys.open_phone(tenant, &sealed));
    let id_number = found.id_number;
    let id_number = id_number.map(|sealed| keys.open_id_number(tenant, &sealed));
    let contact = Contact {
        phone: phone.transpose()?,
        id_number: id_number.transpose()?,
    };
    let fields = audit::given([
        ("phone", contact.phone.is_some()),
        ("id_number", contact.id_number.is_some()),
    ]);
    audit::record(&mut tx, cx, Deed::ContactRevealed, looked, estate, fields).await?;
    tx.commit().await?;
    Ok(contact)
}
