//! Commands to devices, and what they say to them.
//!
//! ```text
//! command -> row, NOTIFY -> claim: sent -> the wire -> device -> answered: done or failed
//!                                     `-> expire, where nothing comes in time
//! ```
//!
//! A command moves only along [`domain::devices::commands::CommandState::next`] and is sent at most
//! once: it counts as sent before it goes out, so whatever dies in between lets it expire. Nothing is
//! kept for a device that is away, or a door would open after its time.
//!
//! No command may take arrears as its reason (民法典 944), and none can: there is no such input.

mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, CommandId, DeviceId, PersonId, TenantId,
    audit::{Deed, Subject},
    devices::{
        Transport,
        commands::{Answer, Command, CommandForm, CommandState, Event, NewCommand, Unsent},
    },
    identity::{Action, Scope},
    page::{Page, PageAsk},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::{
    audit,
    kernel::{
        cx::{Cx, Site, Tenant},
        error::{Error, Result},
        news,
        tx::TenantTx,
    },
};

/// Tells a device to do something, at once or never: it is sent as soon as this has committed, and
/// given up when its time is up. A door that opens because somebody has paid, or stays shut because
/// somebody has not, is against the law (民法典 944): no reason is taken, and none is asked for.
///
/// # Errors
/// `not_found` for a device that is not there or not to be seen, `forbidden` where the asker may
/// not command it, `invalid` with the flaws of the fields (of a Modbus device, whatever its map does
/// not list), `behind_gateway` for a device that only its gateway reaches, `device_offline` where it is
/// not heard of: then nothing is written.
pub async fn command(cx: &Cx, device: DeviceId, form: CommandForm) -> Result<CommandId> {
    cx.authorize(Action::CommandDevices)?;
    let new = NewCommand::try_from(form)?;
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let target = store::target(&mut tx, cx, device).await?;
    let target = target.ok_or_else(Error::not_found)?;
    cx.authorize_at(Action::CommandDevices, &target.place)?;
    if let Transport::Modbus(modbus) = &target.transport {
        modbus.permits(&new.method, &new.params)?;
    } else if target.behind {
        // It is heard of, by its gateway: taken, the command would only fail a moment later.
        return Err(Error::new(Code::BehindGateway));
    }
    // A late one may well be there: whoever sends finds out.
    if target.state.is_away() {
        return Err(Error::new(Code::DeviceOffline));
    }
    let id = cx.new_id();
    let expires_at = cx.now() + SignedDuration::from_secs(new.timeout_s.into());
    store::insert(&mut tx, cx, id, device, &new, expires_at).await?;
    let fields = audit::given([
        ("method", true),
        ("params", !new.params.is_empty()),
        ("timeout_s", true),
    ]);
    let (told, estate) = (Subject::Device(device), Some(target.place.estate));
    audit::record(&mut tx, cx, Deed::DeviceCommanded, told, estate, fields).await?;
    tx.commit().await?;
    Ok(id)
}

/// A command with its state and, once there is one, its answer.
///
/// # Errors
/// `forbidden`.
pub async fn command_of(cx: &Cx, id: CommandId) -> Result<Option<Command>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = store::command(&mut tx, cx.tenant.id, id).await?;
    tx.commit().await?;
    Ok(found)
}

/// One page of a device's commands, newest first; `None` where there is no such device.
///
/// # Errors
/// `forbidden`; `invalid` for a `cursor` that no page gave.
pub async fn commands(cx: &Cx, device: DeviceId, ask: &PageAsk) -> Result<Option<Page<Command>>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let before = ask.after::<i64>()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    if store::target(&mut tx, cx, device).await?.is_none() {
        return Ok(None);
    }
    let rows = store::list(&mut tx, cx.tenant.id, device, before, ask.rows()).await?;
    tx.commit().await?;
    let page = Page::cut(rows, ask.limit(), |row| row.number.to_string());
    Ok(Some(page))
}

/// The newest command of each of some devices, with whoever sent it: whom to tell that, the caller knows.
pub(crate) async fn newest(
    tx: &mut TenantTx,
    cx: &Cx,
    devices: &[DeviceId],
) -> Result<Vec<Newest>> {
    store::newest(tx, cx.tenant.id, devices).await
}

/// A command, and who sent it.
#[derive(Debug)]
pub(crate) struct Newest {
    pub(crate) command: Command,
    pub(crate) asked_by: Option<PersonId>,
    /// The name among the staff.
    pub(crate) by: Option<String>,
}

/// Calls `tell` whenever a command is to be sent, for as long as the process runs, and each time
/// that it begins to listen, since nobody knows what was told before.
pub async fn watch(site: Site, mut tell: impl FnMut() + Send) {
    news::follow(&site, store::CHANNEL, |_| tell()).await;
}

/// The companies that have commands to be sent or to be given up, each as the product's own context.
///
/// # Errors
/// `unavailable` when the database is away.
pub async fn due(site: &Site) -> Result<Vec<Cx>> {
    let mut tx = site.db.open().await?;
    let found = store::due(&mut tx, site.now()).await?;
    tx.commit().await?;
    let found = found.into_iter();
    Ok(found
        .map(|due| Tenant::unattended(due.tenant, due.slug, due.suspended))
        .map(|tenant| Cx::system(site, tenant))
        .collect())
}

/// A command that is to be sent now.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    pub id: CommandId,
    pub tenant: TenantId,
    /// The tenant's.
    pub slug: String,
    pub device: DeviceId,
    pub key: String,
    pub transport: Transport,
    pub number: i64,
    pub method: String,
    pub params: Map<String, Value>,
    pub expires_at: Timestamp,
}

/// How many commands are claimed at a time.
const CLAIM: i64 = 100;

/// Takes waiting commands of the company, the oldest of each device first, and counts them as sent:
/// whoever is answered sends them, and nobody else will. A suspended company's wait, and expire.
///
/// # Errors
/// `forbidden` for anybody but the product itself; `unavailable` when the database is away.
pub async fn claim(cx: &Cx) -> Result<Vec<Claimed>> {
    let mut tx = begin(cx).await?;
    if cx.tenant.suspended {
        return Ok(Vec::new());
    }
    let claimed = store::claim(&mut tx, cx, CLAIM).await?;
    tx.commit().await?;
    Ok(claimed)
}

/// Notes that a claimed command could not be sent.
///
/// # Errors
/// As [`claim`].
pub async fn unsent(cx: &Cx, id: CommandId, why: Unsent) -> Result<()> {
    let mut tx = begin(cx).await?;
    let Some(state) = store::state(&mut tx, cx.tenant.id, id).await? else {
        return Ok(());
    };
    // It may have expired in the meantime, and then that is what it did.
    if let Ok(state) = state.next(Event::Unsent) {
        store::give_up(&mut tx, cx, id, state, why.answer()).await?;
    }
    tx.commit().await
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    Taken,
    /// Kept, and marked as late.
    Late,
    /// There is one already, which stands: `QoS` 1 delivers twice at times.
    Again,
    /// The device was never sent such a command. Nothing is kept.
    Unknown,
}

/// Keeps what a device says to a command, by the number of its topic. When it returns, the answer
/// may be acknowledged.
///
/// # Errors
/// `forbidden` for anybody but the product itself; `suspended` for a company that is, whatever `cx`
/// says of it; `unavailable` when the database is away. Then nothing is kept.
pub async fn answered(cx: &Cx, device: DeviceId, number: u64, answer: Answer) -> Result<Heard> {
    let mut tx = begin(cx).await?;
    let Ok(number) = i64::try_from(number) else {
        return Ok(Heard::Unknown);
    };
    let Some(open) = store::open(&mut tx, cx.tenant.id, device, number).await? else {
        return Ok(Heard::Unknown);
    };
    if open.suspended {
        return Err(Error::new(Code::Suspended));
    }
    let state = match open.state {
        CommandState::Waiting => return Ok(Heard::Unknown),
        // Nobody has looked at the clock yet.
        sent @ CommandState::Sent if open.expires_at <= cx.now() => sent.next(Event::TimeUp)?,
        state => state,
    };
    let heard = match state {
        CommandState::Expired if open.answered => Heard::Again,
        CommandState::Expired => Heard::Late,
        CommandState::Done | CommandState::Failed => Heard::Again,
        CommandState::Waiting | CommandState::Sent => Heard::Taken,
    };
    if heard != Heard::Again {
        let state = state.next(Event::Answered { ok: answer.ok })?;
        store::answer(&mut tx, cx, open.id, state, answer, heard == Heard::Late).await?;
    }
    tx.commit().await?;
    Ok(heard)
}

/// Gives up what is open and whose time is up; how many that were.
///
/// # Errors
/// As [`claim`].
pub async fn expire(cx: &Cx) -> Result<u64> {
    let mut tx = begin(cx).await?;
    let expired = store::expire(&mut tx, cx).await?;
    tx.commit().await?;
    Ok(expired)
}

/// A transaction of the product's own.
async fn begin(cx: &Cx) -> Result<TenantTx> {
    cx.product_only()?;
    TenantTx::begin(cx, &Scope::Everywhere).await
}
