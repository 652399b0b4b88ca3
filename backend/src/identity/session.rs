//! Sessions: one log-in under one hat, checked on each request.

use std::fmt;

use domain::{
    Code, EstateId, GrantId, PersonId, RoleId, SessionId, TenantId,
    audit::{Channel, Deed, Origin, Subject},
    identity::{Action, Actions, Grant, Hat, Role, RoleKey, Scope},
    tenancy::Language,
};
use jiff::SignedDuration;

use super::{
    rbac,
    store::{self, GrantRow, SessionRow},
};
use crate::{
    audit,
    kernel::{
        clock,
        cx::{Actor, Cx, Peer, Site, Tenant},
        error::{Error, Result},
        keys::digest,
        tx::TenantTx,
    },
};

/// A session ends after this, whatever happens.
pub(super) const ABSOLUTE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// And after this without a request.
pub(super) const IDLE: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How long a ticket to the live websocket opens it.
const TICKET: SignedDuration = SignedDuration::from_secs(30);

/// What a session is used by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A browser with the session cookie.
    Browser,
    /// A program with an access token, renewed by a refresh token.
    Client,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Client => "client",
        }
    }

    const fn channel(self) -> Channel {
        match self {
            Self::Browser => Channel::Web,
            Self::Client => Channel::Api,
        }
    }
}

/// The secret of a session: 256 random bits. `Display` gives it out once; `Debug` hides it.
#[derive(Clone)]
pub struct SessionToken(String);

impl SessionToken {
    pub(super) fn fresh(site: &Site) -> Self {
        Self(hex(&site.random::<32>()))
    }

    pub(super) fn digest(&self) -> Vec<u8> {
        digest(self.0.as_bytes())
    }
}

/// Lower-case hexadecimal, for secrets that travel in cookies, links and headers.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;

    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

impl fmt::Display for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// A session that was just opened.
#[derive(Debug)]
pub struct Opened {
    pub cx: Cx,
    pub session: SessionId,
    pub epoch: i32,
    pub token: SessionToken,
}

/// Who comes in as what, and what the audit log says of it.
pub(crate) struct Arrival<'a> {
    pub(crate) person: PersonId,
    pub(crate) tenant: TenantId,
    pub(crate) hat: Hat,
    pub(crate) kind: Kind,
    pub(crate) from: &'a Peer,
    /// The deed that the session is opened by, where it is more than a log-in.
    pub(crate) deed: Option<ArrivalDeed>,
}

/// A deed that ends in a session.
pub(crate) struct ArrivalDeed {
    pub(crate) deed: Deed,
    pub(crate) subject: Subject,
    pub(crate) estate: Option<EstateId>,
    pub(crate) fields: &'static [&'static str],
}

/// Opens a session under a hat, in the transaction that made or checked the person, and commits.
/// The transaction is under the tenant's scope.
pub(crate) async fn open(site: &Site, mut tx: TenantTx, arrival: Arrival<'_>) -> Result<Opened> {
    let Arrival {
        person,
        tenant,
        hat,
        kind,
        from,
        deed,
    } = arrival;
    let (session, token, now) = (
        site.new_id::<SessionId>(),
        SessionToken::fresh(site),
        site.now(),
    );
    let until = now + ABSOLUTE;
    store::open_session(
        &mut tx,
        session,
        &token.digest(),
        person,
        tenant,
        hat,
        kind,
        from,
        now,
        until,
    )
    .await?;
    let row = store::session(&mut tx, None, Some(session), now, IDLE).await?;
    let row = row.ok_or_else(|| Error::internal("a session that was just opened is not there"))?;
    let epoch = row.epoch;
    let cx = cx(site, row)?.coming_from(from.through(kind.channel()));
    let done = deed.unwrap_or(ArrivalDeed {
        deed: Deed::SessionOpened,
        subject: Subject::Session(session),
        estate: None,
        fields: &[],
    });
    let fields = done.fields.iter().copied();
    audit::record(&mut tx, &cx, done.deed, done.subject, done.estate, fields).await?;
    tx.commit().await?;
    Ok(Opened {
        cx,
        session,
        epoch,
        token,
    })
}

/// The context of a request, from the session's row. Where it came from, the edge adds.
fn cx(site: &Site, row: SessionRow) -> Result<Cx> {
    let tenant = Tenant {
        id: row.tenant_id,
        slug: row.slug,
        name: row.company,
        zone: clock::zone(&row.time_zone),
        language: Language::parse(&row.language).unwrap_or(Language::ZhCn),
        suspended: row.tenant_state == "suspended",
        second_factor_missing: row.second_factor_missing,
    };
    let (person, session, name) = (row.person_id, row.session_id, row.person_name);
    let actor = match row.hat.as_str() {
        "staff" => Actor::Staff {
            person,
            session,
            name,
            grants: row.grants.0.into_iter().filter_map(grant).collect(),
        },
        "resident" => Actor::Resident {
            person,
            session,
            name,
            relations: row
                .relations
                .iter()
                .filter_map(|word| Role::parse(word))
                .collect(),
            households: row.households,
            metered: row.metered,
        },
        other => return Err(Error::internal(format!("unknown hat {other}"))),
    };
    Ok(Cx {
        site: site.clone(),
        tenant,
        actor,
        origin: Origin::inside(),
    })
}

/// A grant with what it allows. A word that this version does not know allows nothing.
pub(super) fn grant(row: GrantRow) -> Option<Grant> {
    let (role, actions) = if let Some(id) = row.custom_role {
        let words = row.actions.unwrap_or_default();
        let known = words.iter().filter_map(|word| Action::parse(word));
        (RoleKey::Own(RoleId(id)), known.collect::<Actions>())
    } else {
        let role = Role::parse(&row.role)?;
        (RoleKey::BuiltIn(role), rbac::actions(role))
    };
    let scope = if row.everywhere {
        Scope::Everywhere
    } else {
        Scope::Within {
            places: row.places,
            around: row.around,
        }
    };
    Some(Grant {
        id: GrantId(row.id),
        role,
        actions,
        scope,
        until: row.until,
    })
}

async fn find(
    site: &Site,
    token: Option<&[u8]>,
    id: Option<SessionId>,
) -> Result<Option<(Cx, i32)>> {
    let mut tx = site.db.open().await?;
    let row = store::session(&mut tx, token, id, site.now(), IDLE).await?;
    tx.commit().await?;
    // A refresh token is no cookie.
    let row = row.filter(|row| token.is_none() || row.kind == Kind::Browser.as_str());
    row.map(|row| {
        let epoch = row.epoch;
        cx(site, row).map(|cx| (cx, epoch))
    })
    .transpose()
}

/// The context behind a session cookie, if it is still good.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn resume(site: &Site, token: &str) -> Result<Option<Cx>> {
    Ok(find(site, Some(&digest(token.as_bytes())), None)
        .await?
        .map(|(cx, _)| cx))
}

/// The context of a session by its id, as it stands now: roles, households and all.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn cx_of(site: &Site, session: SessionId) -> Result<Option<Cx>> {
    Ok(find(site, None, Some(session)).await?.map(|(cx, _)| cx))
}

/// Like [`cx_of`], for a token that names the session's epoch as well.
pub(super) async fn cx_at(site: &Site, session: SessionId, epoch: i32) -> Result<Option<Cx>> {
    let found = find(site, None, Some(session)).await?;
    Ok(found.filter(|(_, now)| *now == epoch).map(|(cx, _)| cx))
}

/// Ends the asker's session.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn log_out(cx: &Cx) -> Result<()> {
    if let Some(session) = cx.actor.session() {
        let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
        store::end_session(&mut tx, session, cx.now()).await?;
        let ended = Subject::Session(session);
        audit::record(&mut tx, cx, Deed::SessionEnded, ended, None, []).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A single-use ticket to the live websocket, good for half a minute.
///
/// # Errors
/// `forbidden` for a key, `unauthenticated` without a session; `second_factor_required` where it is
/// still owed.
pub async fn live_ticket(cx: &Cx) -> Result<String> {
    if cx.tenant.second_factor_missing {
        return Err(Error::new(Code::SecondFactorRequired));
    }
    // A socket lives as long as its session, and a key has none.
    let (_, session) = super::account::asker(cx)?;
    let ticket = SessionToken::fresh(&cx.site);
    let (now, mut tx) = (cx.now(), cx.site.db.open().await?);
    store::issue_ticket(&mut tx, &ticket.digest(), session, now, now + TICKET).await?;
    tx.commit().await?;
    Ok(ticket.to_string())
}

/// The context behind a ticket, which is used up by this.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn redeem_ticket(site: &Site, ticket: &str) -> Result<Option<Cx>> {
    let mut tx = site.db.open().await?;
    let session = store::redeem_ticket(&mut tx, &digest(ticket.as_bytes()), site.now()).await?;
    tx.commit().await?;
    match session {
        Some(session) => cx_of(site, session).await,
        None => Ok(None),
    }
}
