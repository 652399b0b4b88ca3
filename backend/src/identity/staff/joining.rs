//! Letting somebody in to work here: a single-use link that brings a first role.

use domain::{
    Code, JoinId,
    audit::{Deed, Subject},
    identity::{AcceptForm, Action, Hat, InviteStaff, InviteStaffForm, JoinInvitation, Scope},
    tenancy::Language,
};
use jiff::SignedDuration;

use super::{checked, store};
use crate::{
    audit,
    identity::{self, Arrival, ArrivalDeed, InviteLink, Kind, Opened},
    kernel::{
        clock,
        cx::{Cx, Peer, Site, Tenant},
        error::{Error, Result},
        keys::digest,
        tx::TenantTx,
    },
};

/// How long a link opens.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Makes a link that lets somebody in as staff with a role.
///
/// # Errors
/// As [`super::give`].
pub async fn invite(cx: &Cx, form: InviteStaffForm) -> Result<(JoinId, InviteLink)> {
    cx.authorize(Action::EditStaff)?;
    let scope = cx.authorize(Action::ViewEstates)?;
    let InviteStaff { name, grant } = form.try_into()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let grant = checked(&mut tx, cx, Action::EditStaff, grant).await?;
    let link = InviteLink::fresh(&cx.site, LIFE);
    let id: JoinId = cx.new_id();
    store::invitations::insert_invitation(&mut tx, cx, id, &name, &grant, &link).await?;
    let fields = audit::given([
        ("name", true),
        ("role", true),
        ("places", !grant.places.is_empty()),
        ("until", grant.until.is_some()),
    ]);
    let invited = Subject::Joining(id);
    audit::record(&mut tx, cx, Deed::StaffInvited, invited, None, fields).await?;
    tx.commit().await?;
    Ok((id, link))
}

/// What a link leads to, before it is used. Nothing for one that does not open.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn invitation(site: &Site, token: &str) -> Result<Option<JoinInvitation>> {
    let mut tx = site.db.open().await?;
    let row = store::invitations::by_token(&mut tx, &digest(token.as_bytes()), site.now()).await?;
    tx.commit().await?;
    Ok(row.map(|row| JoinInvitation {
        company: row.company,
        name: row.name,
    }))
}

/// Lets somebody in with a new log-in or with the one that they have already, gives them the role
/// that the link brings, and logs them in.
///
/// # Errors
/// `expired` for a link that does not open (any more), `invalid` with the flawed fields,
/// `conflict` on `login` where somebody else has it, `suspended`, `too_many` past the throttle.
pub async fn join(site: &Site, form: AcceptForm, kind: Kind, from: &Peer) -> Result<Opened> {
    join_with(site, form, None, kind, from).await
}

/// Like [`join`], with a code of the second factor that the person behind the log-in has.
///
/// # Errors
/// As [`join`]; `otp_required` or `bad_credentials` on `otp` without the right code: then the link
/// still opens.
pub async fn join_with(
    site: &Site,
    form: AcceptForm,
    otp: Option<&str>,
    kind: Kind,
    from: &Peer,
) -> Result<Opened> {
    let (login, password) = form.checked()?;
    let mut tx = site.db.open().await?;
    let row =
        store::invitations::by_token(&mut tx, &digest(form.token.as_bytes()), site.now()).await?;
    let row = row.ok_or_else(|| Error::new(Code::Expired))?;
    tx.commit().await?;
    let tenant = Tenant {
        id: row.tenant,
        slug: row.slug,
        name: row.company,
        zone: clock::zone(&row.time_zone),
        language: Language::ZhCn,
        suspended: row.tenant_state == "suspended",
        second_factor_missing: false,
    };
    tenant.may_change()?;
    let newcomer = identity::prove(site, &login, password, from).await?;
    let cx = Cx::system(site, tenant);
    let mut tx = TenantTx::begin(&cx, &Scope::Everywhere).await?;
    // Whoever marks the row as used goes on; a second tap on the same link finds it used.
    if !store::invitations::use_up(&mut tx, row.tenant, row.id, site.now()).await? {
        return Err(Error::new(Code::Expired));
    }
    let name = &row.name;
    let person = identity::person_for(site, &mut tx, name, newcomer, otp, from).await?;
    store::hire(&mut tx, row.tenant, person, &row.name, site.now()).await?;
    store::invitations::grant_of_invitation(&mut tx, &cx, cx.new_id(), person, row.id).await?;
    let arrival = Arrival {
        person,
        tenant: row.tenant,
        hat: Hat::Staff,
        kind,
        from,
        deed: Some(ArrivalDeed {
            deed: Deed::StaffJoined,
            subject: Subject::Person(person),
            estate: None,
            fields: &["login"],
        }),
    };
    identity::open(site, tx, arrival).await
}
