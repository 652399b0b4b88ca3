//! What the register says of one resident, and putting it right.
//!
//! A number on record opens a home to whoever holds a code on paper and knows how it ends, so what
//! was sent out for the old one stops opening, and the owners who are in are told. Sessions and
//! log-ins stay: those are the person's own.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, ResidentId,
    audit::{Deed, Subject},
    estates::{
        IdNumber, NoticeKind, Relation, Resident, ResidentChange, ResidentChangeForm, ResidentView,
    },
    identity::{Action, Phone, mask_phone},
};

use self::store::{Found, Rewrite};
use super::{claims, invitations, seal, seal_id_number, sharing, store as places};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Somebody who is or was of a household. `None` for whoever is not to be seen, or was forgotten.
///
/// # Errors
/// `forbidden`.
pub async fn resident(cx: &Cx, resident: ResidentId) -> Result<Option<ResidentView>> {
    let scope = cx.authorize(Action::ViewResidents)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::find(&mut tx, cx.tenant.id, resident, cx.now()).await?;
    tx.commit().await?;
    found.map(|found| view(cx, resident, found)).transpose()
}

fn view(cx: &Cx, id: ResidentId, found: Found) -> Result<ResidentView> {
    let relation = found.relation()?;
    let home = found.home();
    let sealed = found.phone.filter(|_| found.running);
    let phone = sealed.map(|sealed| cx.site.keys.open_phone(cx.tenant.id, &sealed));
    Ok(ResidentView {
        resident: Resident {
            id,
            household: found.household,
            unit: found.unit,
            name: found.name,
            phone: phone.transpose()?.map(|phone| mask_phone(&phone)),
            relation,
            claimed: found.claimed,
            invited: found.invited,
        },
        estate: found.estate,
        building: found.building,
        home,
        identified: found.id_number.is_some(),
        running: found.running,
    })
}

/// Changes what the register says of a resident, and gives them as they are then. What changes
/// nothing leaves no trace.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid` with every flawed field; an owner is one by the deed, so
/// that to become or to stop being one is `unknown` on `relation`; `not_found` for whoever is not
/// to be seen, or lives there no more.
pub async fn change_resident(
    cx: &Cx,
    resident: ResidentId,
    form: ResidentChangeForm,
) -> Result<Resident> {
    let (mut tx, before) = living(cx, resident).await?;
    let change = ResidentChange::try_from(form)?;
    let relation = before.relation()?;
    let becomes = relation.becomes(change.relation)?;
    let (keys, tenant) = (&cx.site.keys, cx.tenant.id);
    let phone = before.phone.as_ref();
    let phone = phone.map(|sealed| keys.open_phone(tenant, sealed));
    let phone = phone.transpose()?;
    let id_number = before.id_number.as_ref();
    let id_number = id_number.map(|sealed| keys.open_id_number(tenant, sealed));
    let id_number = id_number.transpose()?;
    let name = change.name.as_deref().unwrap_or(&before.name);
    let rings = change.phone.changes(phone.as_deref(), Phone::as_str);
    let number = &change.id_number;
    let identifies = number.changes(id_number.as_deref(), IdNumber::as_str);
    let changed = [
        ("name", name != before.name),
        ("phone", rings),
        ("id_number", identifies),
        ("relation", becomes != relation),
    ];
    if changed.iter().any(|(_, changed)| *changed) {
        // Codes and links come first: whoever is coming in with one just now is waited for.
        if rings && phone.is_some() {
            if relation == Relation::Owner {
                claims::end_codes(&mut tx, cx, before.household).await?;
            }
            invitations::store::revoke(&mut tx, tenant, resident, cx.now()).await?;
        }
        let new_phone = change.phone.set().map(|phone| seal(cx, phone));
        let new_phone = new_phone.transpose()?;
        let new_number = number.set().map(|number| seal_id_number(cx, number));
        let new_number = new_number.transpose()?;
        let rewrite = Rewrite {
            name,
            relation: becomes,
            rings,
            phone: new_phone.as_ref(),
            identifies,
            id_number: new_number.as_ref(),
        };
        if !store::rewrite(&mut tx, tenant, resident, &rewrite).await? {
            return Err(Error::not_found());
        }
        if rings {
            let kind = NoticeKind::PhoneChanged;
            claims::tell_owners(&mut tx, cx, before.household, kind).await?;
        }
        let (subject, estate) = (Subject::Resident(resident), Some(before.estate));
        let fields = audit::given(changed);
        audit::record(&mut tx, cx, Deed::ResidentChanged, subject, estate, fields).await?;
    }
    let after = store::find(&mut tx, tenant, resident, cx.now()).await?;
    let after = after.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(view(cx, resident, after)?.resident)
}

/// Takes somebody off their household: they have moved out. Their next click is refused, and a
/// link that is still out opens nothing.
///
/// # Errors
/// `forbidden`, `suspended`; `conflict` of an owner, who leaves by a sale; `not_found` for whoever
/// is not to be seen, or lives there no more.
pub async fn move_out(cx: &Cx, resident: ResidentId) -> Result<()> {
    let (mut tx, found) = living(cx, resident).await?;
    if found.relation()? == Relation::Owner {
        return Err(Error::new(Code::Conflict));
    }
    sharing::end(&mut tx, cx, resident).await?;
    let (left, estate) = (Subject::Resident(resident), Some(found.estate));
    audit::record(&mut tx, cx, Deed::ResidentLeft, left, estate, []).await?;
    tx.commit().await
}

/// A resident whom the asker may change and who lives there now, in a transaction in which nobody
/// else of the staff changes them, nor sells their home.
async fn living(cx: &Cx, resident: ResidentId) -> Result<(TenantTx, Found)> {
    cx.authorize(Action::EditResidents)?;
    let scope = cx.authorize(Action::ViewResidents)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::find(&mut tx, tenant, resident, cx.now()).await?;
    let found = found.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::EditResidents, &found.place())?;
    // Locked, and read once more: an import or another form may be changing them right now.
    places::lock_estate_of(tx.conn(), tenant, found.unit)
        .await?
        .ok_or_else(Error::not_found)?;
    let found = store::find(&mut tx, tenant, resident, cx.now()).await?;
    let found = found.filter(|found| found.running);
    Ok((tx, found.ok_or_else(Error::not_found)?))
}
