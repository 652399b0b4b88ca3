//! `/api/v1/staff`, `/grants`, `/roles`: who works here, and what each of them may do where.

use axum::{Json, extract::State, http::StatusCode};
use backend::identity::{self, Kind, staff};
use domain::{
    GrantId, JoinId, PersonId, RoleId,
    identity::{
        AcceptForm, Action, GivenRole, GrantForm, InviteStaffForm, Member, RoleForm, RoleKey,
        RoleRow,
    },
    problem::Check,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    accept::{Asked, Asker, Given, Named, Sent},
    estates::PageParams,
    identity::{Sender, TokenOut},
    schema::{
        ActionWord, Created, Day, GrantRef, ItemsOut, JoinRef, PageOut, PersonRef, RoleRef, Time,
    },
};
use crate::http::{HttpState, Refusal};

/// A role at some places, or everywhere; one of the two must be said.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct GrantIn {
    /// A built-in role such as `estate_manager`, or the id of one of the company's own.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "repairer")]
    role: Given<String>,
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    everywhere: Given<bool>,
    /// Ids of estates, buildings and units.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false)]
    places: Given<Vec<String>>,
    /// The last day of it, in the company's time zone.
    #[serde(default)]
    #[schema(value_type = Option<Day>, required = false)]
    until: Given<String>,
}

impl GrantIn {
    pub(super) fn form(self, check: &mut Check) -> Option<GrantForm> {
        let role = check.take("role", self.role.need());
        let everywhere = check.take("everywhere", self.everywhere.maybe());
        let places = check.take("places", self.places.maybe());
        let until = check.take("until", self.until.maybe());
        Some(GrantForm {
            role: role?,
            everywhere: everywhere?.unwrap_or_default(),
            places: places?.unwrap_or_default(),
            until: until?,
        })
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GrantOut {
    #[schema(value_type = GrantRef)]
    id: GrantId,
    #[schema(value_type = String)]
    role: RoleKey,
    /// Of a role of the company's own.
    #[schema(required = true)]
    role_name: Option<String>,
    everywhere: bool,
    /// Names of the places that the asker may see.
    places: Vec<String>,
    #[schema(value_type = Option<Day>, required = true)]
    until: Option<Date>,
    /// Who gave it.
    #[schema(required = true)]
    by: Option<String>,
    /// The colleague whose role it is, where it is only held for them.
    #[schema(required = true)]
    stands_in_for: Option<String>,
}

impl From<GivenRole> for GrantOut {
    fn from(given: GivenRole) -> Self {
        let GivenRole {
            id,
            role,
            role_name,
            everywhere,
            places,
            until,
            by,
            stands_in_for,
        } = given;
        Self {
            id,
            role,
            role_name,
            everywhere,
            places,
            until,
            by,
            stands_in_for,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MemberOut {
    #[schema(value_type = PersonRef)]
    id: PersonId,
    name: String,
    #[schema(value_type = Day)]
    since: Date,
    grants: Vec<GrantOut>,
}

impl From<Member> for MemberOut {
    fn from(member: Member) -> Self {
        Self {
            id: member.person,
            name: member.name,
            since: member.since,
            grants: member.roles.into_iter().map(GrantOut::from).collect(),
        }
    }
}

/// List staff, with the grants that the asker may see
#[utoipa::path(get, path = "/api/v1/staff", tag = "staff", params(PageParams),
    responses((status = 200, body = PageOut<MemberOut>)))]
pub(super) async fn list(
    Asker(cx): Asker,
    mut asked: Asked,
) -> Result<Json<PageOut<MemberOut>>, Refusal> {
    let page = asked.page();
    asked.done()?;
    Ok(Json(staff::list(&cx, &page).await?.into()))
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct InviteIn {
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "李四")]
    name: Given<String>,
    #[serde(flatten)]
    grant: GrantIn,
}

/// The token is told only this once.
#[derive(Serialize, ToSchema)]
pub(super) struct Invited {
    #[schema(value_type = JoinRef)]
    id: JoinId,
    name: String,
    token: String,
    #[schema(value_type = Time)]
    expires_at: Timestamp,
}

/// Invite somebody to work here
#[utoipa::path(post, path = "/api/v1/staff/invitations", operation_id = "invite_staff", tag = "staff",
    request_body = InviteIn, responses((status = 201, body = Invited)))]
pub(super) async fn invite(
    Asker(cx): Asker,
    Sent(sent): Sent<InviteIn>,
) -> Result<Created<Invited>, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", sent.name.need());
    let grant = sent.grant.form(&mut check);
    let form = (|| {
        Some(InviteStaffForm {
            name: name?,
            grant: grant?,
        })
    })();
    let form = check.done(form)?;
    let name = form.name.clone();
    let (id, link) = staff::invite(&cx, form).await?;
    Ok(Created(Invited {
        id,
        name,
        token: link.token,
        expires_at: link.expires_at,
    }))
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct JoinIn {
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    token: Given<String>,
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    login: Given<String>,
    /// A new one, or the one of the log-in where it exists.
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Password)]
    password: Given<String>,
    /// A code of the second factor, where the log-in is somebody's who has one.
    #[serde(default)]
    #[schema(value_type = String, required = false)]
    otp: Given<String>,
}

/// Accept an invitation to work here, and log in
///
/// With this they agree to the privacy notice at `/privacy`.
#[utoipa::path(post, path = "/api/v1/staff/join", operation_id = "join_staff", tag = "staff", security(()),
    request_body = JoinIn, responses((status = 201, body = TokenOut)))]
pub(super) async fn join(
    State(state): State<HttpState>,
    Sender(peer): Sender,
    Sent(sent): Sent<JoinIn>,
) -> Result<Created<TokenOut>, Refusal> {
    let mut check = Check::default();
    let token = check.take("token", sent.token.need());
    let login = check.take("login", sent.login.need());
    let password = check.take("password", sent.password.need());
    let otp = check.take("otp", sent.otp.maybe());
    let form = (|| {
        let form = AcceptForm {
            token: token?,
            login: login?,
            password: password?,
        };
        Some((form, otp?))
    })();
    let (form, otp) = check.done(form)?;
    let (otp, kind) = (otp.as_deref(), Kind::Client);
    let opened = staff::join_with(&state.site, form, otp, kind, &peer).await?;
    let access = identity::access_token(&state.site, &opened)?;
    Ok(Created(TokenOut::new(access, &opened.token)))
}

/// Let a member of staff go
#[utoipa::path(delete, path = "/api/v1/staff/{id}", operation_id = "dismiss_staff", tag = "staff",
    params(("id" = PersonRef, Path)), responses((status = 204)))]
pub(super) async fn dismiss(
    Asker(cx): Asker,
    Named(person): Named<PersonId>,
) -> Result<StatusCode, Refusal> {
    staff::dismiss(&cx, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Granted {
    #[schema(value_type = GrantRef)]
    id: GrantId,
    role: String,
    everywhere: bool,
    places: Vec<String>,
    #[schema(value_type = Option<Day>, required = true)]
    until: Option<String>,
}

/// Give a member of staff a role
#[utoipa::path(post, path = "/api/v1/staff/{id}/grants", operation_id = "give_role", tag = "staff",
    params(("id" = PersonRef, Path)), request_body = GrantIn, responses((status = 201, body = Granted)))]
pub(super) async fn give(
    Asker(cx): Asker,
    Named(person): Named<PersonId>,
    Sent(sent): Sent<GrantIn>,
) -> Result<Created<Granted>, Refusal> {
    let mut check = Check::default();
    let form = sent.form(&mut check);
    let form = check.done(form)?;
    let GrantForm {
        role,
        everywhere,
        places,
        until,
    } = form.clone();
    let id = staff::give(&cx, person, form).await?;
    Ok(Created(Granted {
        id,
        role,
        everywhere,
        places,
        until,
    }))
}

/// Take a role away
#[utoipa::path(delete, path = "/api/v1/grants/{id}", operation_id = "take_role", tag = "staff",
    params(("id" = GrantRef, Path)), responses((status = 204)))]
pub(super) async fn take(
    Asker(cx): Asker,
    Named(grant): Named<GrantId>,
) -> Result<StatusCode, Refusal> {
    staff::take(&cx, grant).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoleOut {
    /// What grants name it by: a word, or an id for the company's own.
    #[schema(value_type = String)]
    role: RoleKey,
    /// Of a role of the company's own.
    #[schema(required = true)]
    name: Option<String>,
    #[schema(value_type = Vec<ActionWord>)]
    actions: Vec<Action>,
    holders: i64,
}

impl From<RoleRow> for RoleOut {
    fn from(row: RoleRow) -> Self {
        Self {
            role: row.key,
            name: row.name,
            actions: row.actions,
            holders: row.holders,
        }
    }
}

/// List roles and what they allow
#[utoipa::path(get, path = "/api/v1/roles", operation_id = "list_roles", tag = "staff",
    responses((status = 200, body = ItemsOut<RoleOut>)))]
pub(super) async fn roles(Asker(cx): Asker) -> Result<Json<ItemsOut<RoleOut>>, Refusal> {
    let items = staff::roles(&cx).await?;
    let items = items.into_iter().map(RoleOut::from).collect();
    Ok(Json(ItemsOut { items }))
}

#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RoleIn {
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "夜班值守")]
    name: Given<String>,
    /// What an action needs is added by itself: nobody edits what they cannot see.
    #[serde(default)]
    #[schema(value_type = Vec<ActionWord>, required = true)]
    actions: Given<Vec<String>>,
}

impl RoleIn {
    fn form(self) -> Result<RoleForm, Refusal> {
        let mut check = Check::default();
        let name = check.take("name", self.name.need());
        let actions = check.take("actions", self.actions.need());
        let form = (|| {
            Some(RoleForm {
                name: name?,
                actions: actions?,
            })
        })();
        Ok(check.done(form)?)
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoleMade {
    #[schema(value_type = RoleRef)]
    id: RoleId,
    name: String,
    actions: Vec<String>,
}

/// Make a role of the company's own
#[utoipa::path(post, path = "/api/v1/roles", operation_id = "make_role", tag = "staff",
    request_body = RoleIn, responses((status = 201, body = RoleMade)))]
pub(super) async fn make_role(
    Asker(cx): Asker,
    Sent(sent): Sent<RoleIn>,
) -> Result<Created<RoleMade>, Refusal> {
    let form = sent.form()?;
    let RoleForm { name, actions } = form.clone();
    let id = staff::make_role(&cx, form).await?;
    Ok(Created(RoleMade { id, name, actions }))
}

/// Change a role, for everybody who holds it
#[utoipa::path(put, path = "/api/v1/roles/{id}", operation_id = "change_role", tag = "staff",
    params(("id" = RoleRef, Path)), request_body = RoleIn, responses((status = 204)))]
pub(super) async fn change_role(
    Asker(cx): Asker,
    Named(role): Named<RoleId>,
    Sent(sent): Sent<RoleIn>,
) -> Result<StatusCode, Refusal> {
    staff::change_role(&cx, role, sent.form()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a role, and every grant of it
#[utoipa::path(delete, path = "/api/v1/roles/{id}", operation_id = "end_role", tag = "staff",
    params(("id" = RoleRef, Path)), responses((status = 204)))]
pub(super) async fn end_role(
    Asker(cx): Asker,
    Named(role): Named<RoleId>,
) -> Result<StatusCode, Refusal> {
    staff::end_role(&cx, role).await?;
    Ok(StatusCode::NO_CONTENT)
}
