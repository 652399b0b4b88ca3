//! Changing a device: its name, where it is, where it is asked, and whether it is in use.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    DeviceId, UnitId,
    audit::{Deed, Subject},
    devices::{
        Device, Transport,
        changes::{DeviceChange, DeviceChangeForm, TransportChange, Whereto},
    },
    identity::{Action, Place},
    problem::Flaw,
    tenancy::Counted,
};

use super::{outside, store as devices};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
    tenancy,
};

/// Changes a device as the form says, and gives it as it is then. What changes nothing leaves no
/// trace.
///
/// One that is moved belongs to the household of its new unit from now on: what it said before stays
/// that of the old one, and neither sees the other's time. One that is retired is heard no more: its
/// secret ends with its connection, nobody asks it, and lists and counts leave it out; its history
/// stays. Taken back, it needs a new secret. One that is asked is asked at its new address with the
/// next poll.
///
/// # Errors
/// `not_found` for a device that is not there or not to be seen, `forbidden` where the asker may not
/// edit it, there or where it is to be, `invalid` with the flaws of the fields (a `unit` of another
/// estate is `unknown`, and so is `transport` of a device that is not spoken with so), `over_quota` where
/// the plan has no room for one that is taken back.
pub async fn change(cx: &Cx, id: DeviceId, form: DeviceChangeForm) -> Result<Device> {
    cx.authorize(Action::EditDevices)?;
    let change = DeviceChange::try_from(form)?;
    let scope = cx.authorize(Action::ViewDevices)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    // Locked: whose its points are hangs on where it was.
    let before = store::device(&mut tx, tenant, id).await?;
    let before = before.ok_or_else(Error::not_found)?;
    let at = |unit: Option<UnitId>| Place::hanging(before.estate, unit);
    cx.authorize_at(Action::EditDevices, &at(before.unit))?;
    let unit = match &change.to {
        None => before.unit,
        Some(Whereto::Estate) => None,
        Some(to) => {
            let found = store::unit(&mut tx, tenant, before.estate, to).await?;
            Some(found.ok_or_else(|| Error::invalid("unit", Flaw::Unknown))?)
        }
    };
    let asked = change.transport.map(|to| elsewhere(&before.transport, to));
    let asked = asked
        .transpose()?
        .filter(|asked| *asked != before.transport);
    let (moved, name) = (unit != before.unit, change.name.as_ref());
    let renamed = name.is_some_and(|name| *name != before.name);
    let about = (Subject::Device(id), Some(before.estate));
    if moved {
        cx.authorize_at(Action::EditDevices, &at(unit))?;
        store::move_to(&mut tx, tenant, id, unit, cx.now()).await?;
    }
    if let (true, Some(name)) = (renamed, name) {
        store::rename(&mut tx, tenant, id, name).await?;
    }
    if let Some(asked) = &asked {
        store::ask_at(&mut tx, tenant, id, asked).await?;
        devices::polled::tell(&mut tx, tenant, &[id]).await?;
    }
    if moved || renamed || asked.is_some() {
        let fields = [
            ("name", renamed),
            ("unit", moved),
            ("transport", asked.is_some()),
        ];
        let fields = audit::given(fields);
        audit::record(&mut tx, cx, Deed::DeviceChanged, about.0, about.1, fields).await?;
    }
    if change
        .retired
        .is_some_and(|retired| retired != before.retired)
    {
        let retired = !before.retired;
        store::retire(&mut tx, tenant, id, retired.then(|| cx.now())).await?;
        let deed = if retired {
            devices::doors::change(&mut tx, tenant, id, None, cx.now()).await?;
            outside::put_aside(&mut tx, cx, &[(id, before.estate, None)]).await?;
            Deed::DeviceRetired
        } else {
            tenancy::make_room(&mut tx, Counted::Devices, 0, cx.now()).await?;
            // Whoever asks it begins again.
            devices::polled::tell(&mut tx, tenant, &[id]).await?;
            Deed::DeviceTakenBack
        };
        audit::record(&mut tx, cx, deed, about.0, about.1, []).await?;
    }
    let after = devices::seen::device(&mut tx, cx, id).await?;
    let mut after = after.ok_or_else(Error::not_found)?;
    after.refused = devices::seen::refusals(&mut tx, tenant, id).await?;
    tx.commit().await?;
    Ok(after)
}

fn elsewhere(now: &Transport, to: TransportChange) -> Result<Transport> {
    match (now, to) {
        (Transport::Modbus(now), TransportChange::Modbus(change)) => {
            Ok(Transport::Modbus(now.changed(change)?))
        }
        (Transport::Mqtt {} | Transport::Http {}, TransportChange::Modbus(_)) => {
            Err(Error::invalid("transport", Flaw::Unknown))
        }
    }
}

/// A step of making one unit of two: what is in use in one hangs in the other from now on.
pub(crate) async fn move_all(tx: &mut TenantTx, cx: &Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant.id;
    for device in store::in_use(tx, tenant, from).await? {
        store::move_to(tx, tenant, device, Some(to), cx.now()).await?;
    }
    Ok(())
}
