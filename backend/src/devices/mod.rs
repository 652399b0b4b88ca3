//! Devices, their points and their credentials.
//!
//! A device belongs to an estate and perhaps to a unit. Who may speak as it is [`doors`]' business.
//!
//! Whose meter it is from when to when is a row of `point_tenure`: what lets a buyer read their
//! own meter and none of the seller's past.

pub mod batch;
mod changes;
pub mod commands;
mod doors;
pub mod instruments;
pub mod mains;
pub mod models;
mod outside;
mod polled;
mod store;
pub(crate) mod stored;
mod takeout;
#[cfg(test)]
pub(crate) mod tests;

use domain::{
    DeviceId, EstateId, HouseholdId, UnitId,
    audit::{Deed, Subject},
    devices::{
        Credentials, Device, DeviceFilter, DeviceForm, DeviceKind, DeviceRow, NewDevice, Point,
        Registered, Transport,
    },
    identity::{Action, Place},
    page::{Mark, Page, PageAsk},
    problem::Flaw,
    telemetry::MAX_AGE,
    tenancy::Counted,
};
use jiff::Timestamp;

pub use changes::change;
pub(crate) use changes::move_all;
pub use doors::{DeviceLogin, Door, behind, log_in, out, rekey, revoke};
pub use outside::{AccountDue, accounts_due, accounts_told, bridged, speaker};
pub use polled::{Polled, polled};
pub(crate) use store::device_there;
pub(crate) use takeout::kept;

use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
    tenancy,
};

/// Registers a device with its points and makes its credentials, which are in the answer and
/// never again. Where the unit has a household, the points are that household's from now on.
///
/// # Errors
/// `not_found` for an estate that is not there or not to be seen, `invalid` with the flaws of the
/// fields (a `unit` or `gateway` of another estate is `unknown`, as is a gateway that is itself behind one,
/// and a model that nobody knows), `conflict` on a taken `key`.
pub async fn register(cx: &Cx, form: DeviceForm) -> Result<Registered> {
    cx.authorize(Action::EditDevices)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let own = models::held(&mut tx, cx.tenant.id, form.own_model().into_iter()).await?;
    let device = NewDevice::of(form, own.values().next())?;
    let secret = doors::secret(&cx.site);
    let fresh = Fresh::new(cx, device, &secret);
    let (id, key, estate) = (fresh.id, fresh.key.clone(), fresh.device.estate);
    let fields = audit::given([
        ("name", true),
        ("key", fresh.device.key.is_some()),
        ("kind", true),
        ("unit", fresh.device.unit.is_some()),
        ("place", fresh.device.place.is_some()),
        ("transport", true),
        ("gateway", fresh.device.gateway.is_some()),
        ("model", fresh.device.model.is_some()),
        ("points", true),
    ]);
    store_all(&mut tx, cx, vec![fresh], cx.now()).await?;
    let made = Subject::Device(id);
    audit::record(
        &mut tx,
        cx,
        Deed::DeviceRegistered,
        made,
        Some(estate),
        fields,
    )
    .await?;
    tx.commit().await?;

    Ok(Registered {
        id,
        credentials: Credentials::new(&cx.tenant.slug, &key, secret),
        key,
    })
}

/// Registers many devices in one go, each with a secret that is known beforehand: for the demo,
/// whose simulator has to log in as them. Their history is fed in afterwards, so the households
/// are taken to have had them for as long as readings are kept.
///
/// # Errors
/// `forbidden` for anybody but the product itself; else as [`register`], and then none is made.
pub async fn register_many(cx: &Cx, forms: Vec<(DeviceForm, String)>) -> Result<Vec<DeviceId>> {
    cx.product_only()?;
    let mut all = Vec::with_capacity(forms.len());
    for (form, secret) in forms {
        all.push(Fresh::new(cx, NewDevice::try_from(form)?, &secret));
    }
    let ids = all.iter().map(|fresh| fresh.id).collect();
    let scope = cx.authorize(Action::ViewEstates)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    store_all(&mut tx, cx, all, cx.now() - MAX_AGE).await?;
    // One deed, however many they are.
    let company = Subject::Company(cx.tenant.id);
    audit::record(&mut tx, cx, Deed::DevicesRegistered, company, None, []).await?;
    tx.commit().await?;
    Ok(ids)
}

/// A checked device with all that the product adds to it.
struct Fresh {
    id: DeviceId,
    key: String,
    secret: String,
    secret_hash: [u8; 32],
    device: NewDevice,
}

impl Fresh {
    fn new(cx: &Cx, device: NewDevice, secret: &str) -> Self {
        let key = match &device.key {
            Some(key) => key.as_str().to_owned(),
            None => make_key(device.kind, cx.site.random()),
        };
        Self {
            id: cx.new_id(),
            key,
            secret: secret.to_owned(),
            secret_hash: doors::digest(secret.as_bytes()),
            device,
        }
    }
}

/// Stores devices, points, credentials and tenures.
async fn store_all(tx: &mut TenantTx, cx: &Cx, all: Vec<Fresh>, since: Timestamp) -> Result<()> {
    let places = store::places(tx, cx.tenant.id, &all).await?;
    for (fresh, known) in all.iter().zip(&places) {
        if !known.estate_known {
            return Err(Error::not_found());
        }
        if !known.unit_known {
            return Err(Error::invalid("unit", Flaw::Unknown));
        }
        if !known.gateway_known {
            return Err(Error::invalid("gateway", Flaw::Unknown));
        }
        let place = Place::hanging(fresh.device.estate, fresh.device.unit);
        cx.authorize_at(Action::EditDevices, &place)?;
    }
    tenancy::make_room(tx, Counted::Devices, all.len(), cx.now()).await?;
    if !store::insert_devices(tx, cx.tenant.id, &all, cx.now()).await? {
        return Err(Error::taken("key"));
    }
    let asked = |fresh: &&Fresh| matches!(fresh.device.transport, Transport::Modbus(_));
    let asked: Vec<DeviceId> = all.iter().filter(asked).map(|fresh| fresh.id).collect();
    if !asked.is_empty() {
        store::polled::tell(tx, cx.tenant.id, &asked).await?;
    }
    let secrets = all.iter();
    let secrets = secrets.map(|fresh| (fresh.id, fresh.device.estate, Some(&*fresh.secret)));
    outside::put_aside(tx, cx, &secrets.collect::<Vec<_>>()).await?;
    let households: Vec<Option<HouseholdId>> = places.iter().map(|place| place.household).collect();
    store::insert_points(tx, cx, &all, &households, since).await
}

/// `em-7k3q9x2c`: what it is, and 40 random bits.
fn make_key(kind: DeviceKind, random: [u8; 5]) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let short = match kind {
        DeviceKind::ElectricityMeter => "em",
        DeviceKind::WaterMeter => "wm",
        DeviceKind::GasMeter => "gm",
        DeviceKind::Door => "door",
        DeviceKind::Lift => "lift",
        DeviceKind::Pump => "pump",
        DeviceKind::SmokeAlarm => "smoke",
        DeviceKind::Charger => "charger",
        DeviceKind::Sensor => "sensor",
    };
    let bits = random
        .iter()
        .fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    let digit = |place: u32| {
        let five = usize::try_from((bits >> (place * 5)) & 31).ok()?;
        DIGITS.get(five).map(|digit| char::from(*digit))
    };
    let tail: String = (0..8).rev().filter_map(digit).collect();
    format!("{short}-{tail}")
}

/// One page of the devices in use, or of those that are not, in the order that is asked for, else as
/// they were registered.
///
/// # Errors
/// `forbidden`; `invalid` for a `cursor` that no page gave, with `unknown` for one whose device is
/// there no more.
pub async fn list(cx: &Cx, filter: &DeviceFilter, ask: &PageAsk) -> Result<Page<DeviceRow>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    if filter.sort.is_none() {
        let after = ask.after()?;
        let mut tx = TenantTx::begin(cx, &scope).await?;
        let rows = store::seen::list(&mut tx, cx, filter, after, ask.limit()).await?;
        tx.commit().await?;
        return Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()));
    }
    // A name stays; what else they are sorted by travels in the cursor.
    let named = store::sorted::named(filter);
    let after = if named {
        ask.after()?.map(|id| Mark { value: 0, id })
    } else {
        ask.after::<Mark<DeviceId>>()?
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let marks = ordered(&mut tx, cx, filter, after, ask.rows()).await?;
    let page = Page::cut(marks, ask.limit(), |mark| {
        if named {
            mark.id.to_string()
        } else {
            mark.to_string()
        }
    });
    let ids: Vec<DeviceId> = page.items.iter().map(|mark| mark.id).collect();
    let items = store::seen::these(&mut tx, cx, &ids).await?;
    tx.commit().await?;
    let next = page.next;
    Ok(Page { items, next })
}

async fn ordered(
    tx: &mut TenantTx,
    cx: &Cx,
    filter: &DeviceFilter,
    after: Option<Mark<DeviceId>>,
    most: i64,
) -> Result<Vec<Mark<DeviceId>>> {
    if !store::sorted::named(filter) {
        return store::sorted::by_value(tx, cx, filter, after, most).await;
    }
    let after = match after {
        Some(Mark { id, .. }) => {
            let key = store::sorted::name_key(tx, cx.tenant.id, id).await?;
            let gone = || Error::invalid("cursor", Flaw::Unknown);
            Some((id, key.ok_or_else(gone)?))
        }
        None => None,
    };
    store::sorted::by_name(tx, cx, filter, after, most).await
}

/// Which devices a list has, in its order at this moment: for a file that is written longer than
/// they stay in it. [`these`] are then read one part after the other.
pub(crate) async fn order(cx: &Cx, filter: &DeviceFilter, most: u32) -> Result<Vec<DeviceId>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let marks = ordered(&mut tx, cx, filter, None, i64::from(most)).await?;
    tx.commit().await?;
    Ok(marks.into_iter().map(|mark| mark.id).collect())
}

/// Some devices, in the order in which they are named.
pub(crate) async fn these(cx: &Cx, ids: &[DeviceId]) -> Result<Vec<DeviceRow>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let rows = store::seen::these(&mut tx, cx, ids).await?;
    tx.commit().await?;
    Ok(rows)
}

/// A device with its state and the counts of its refused readings.
///
/// # Errors
/// `forbidden`.
pub async fn device(cx: &Cx, id: DeviceId) -> Result<Option<Device>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let Some(mut device) = store::seen::device(&mut tx, cx, id).await? else {
        return Ok(None);
    };
    device.refused = store::seen::refusals(&mut tx, cx.tenant.id, id).await?;
    tx.commit().await?;
    Ok(Some(device))
}

/// A device that connects by itself, as its first word has to name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaking {
    pub device: DeviceId,
    pub key: String,
    pub kind: DeviceKind,
    /// As in [`Transport::as_str`].
    pub speaks: String,
}

/// How many devices are looked through at a time.
const LOOKED: i64 = 200;

/// The first device of an estate, as they were registered, that speaks for itself: one that is asked
/// says nothing, and for one behind a gateway that one does.
///
/// # Errors
/// `forbidden`.
pub async fn first_to_speak(cx: &Cx, estate: EstateId) -> Result<Option<Speaking>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let (tenant, mut after) = (cx.tenant.id, None);
    loop {
        let rows = store::takeout::devices(&mut tx, tenant, estate, after, LOOKED).await?;
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        after = Some(last.id);
        let found = rows.into_iter().find(|row| {
            let alone = matches!(row.transport.as_str(), "mqtt" | "http") && row.gateway.is_none();
            alone && !row.retired
        });
        let Some(row) = found else { continue };
        let kind = DeviceKind::parse(&row.kind);
        return Ok(Some(Speaking {
            device: row.id,
            key: row.key,
            kind: kind.ok_or_else(|| Error::internal("unknown kind of device"))?,
            speaks: row.transport,
        }));
    }
}

/// A device's points in their order, each with its newest value by `ts`.
///
/// # Errors
/// `forbidden`.
pub async fn points(cx: &Cx, id: DeviceId) -> Result<Option<Vec<Point>>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    // Every device has a point at least, so none means no device.
    let points = store::seen::points(&mut tx, cx.tenant.id, id).await?;
    tx.commit().await?;
    Ok(if points.is_empty() {
        None
    } else {
        Some(points)
    })
}

/// Gives the points of some units to the households that now live there, and ends the tenures of
/// those who did before. For the verb that starts the households, inside its transaction.
pub(crate) async fn tenure_started(
    tx: &mut TenantTx,
    homes: &[(UnitId, HouseholdId)],
    at: Timestamp,
) -> Result<()> {
    if homes.is_empty() {
        return Ok(());
    }
    store::start_tenures(tx, homes, at).await
}

/// The devices of an estate that were heard last, newest first.
pub(crate) async fn recent(
    tx: &mut TenantTx,
    cx: &Cx,
    estate: EstateId,
    most: u32,
) -> Result<Vec<DeviceRow>> {
    store::seen::recent(tx, cx, estate, most).await
}
