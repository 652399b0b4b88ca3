//! Roles that a company makes for itself.

use domain::{
    RoleId,
    audit::{Deed, Subject},
    identity::{Action, NewRole, Role, RoleForm, RoleKey, RoleRow, Scope},
};

use super::{hold, keep_an_admin, rbac, store};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Every role that can be given, with what it allows: Linli's first, then the company's own.
///
/// # Errors
/// `forbidden`.
pub async fn list(cx: &Cx) -> Result<Vec<RoleRow>> {
    let scope = cx.authorize(Action::ViewStaff)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let counts = store::roles::holders(&mut tx, cx.tenant.id, cx.now()).await?;
    let own = store::roles::own_roles(&mut tx, cx.tenant.id).await?;
    tx.commit().await?;
    let held = |key: RoleKey| {
        let found = counts.iter().find(|(role, _)| *role == key);
        found.map_or(0, |(_, count)| *count)
    };
    let mut rows: Vec<RoleRow> = Role::of_staff()
        .map(|role| RoleRow {
            key: RoleKey::BuiltIn(role),
            name: None,
            actions: rbac::actions(role).iter().collect(),
            holders: held(RoleKey::BuiltIn(role)),
        })
        .collect();
    rows.extend(own.into_iter().map(|(id, name, actions)| RoleRow {
        key: RoleKey::Own(id),
        name: Some(name),
        actions: actions.iter().collect(),
        holders: held(RoleKey::Own(id)),
    }));
    Ok(rows)
}

/// Makes a role of the company's own, out of actions that its maker holds everywhere.
///
/// # Errors
/// `forbidden`, `suspended`, `invalid`; `conflict` on `name` where there is one already.
pub async fn make(cx: &Cx, form: RoleForm) -> Result<RoleId> {
    cx.authorize(Action::EditRoles)?;
    let role = NewRole::try_from(form)?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    hold(&mut tx, cx, Action::EditStaff, role.actions, &[], None).await?;
    let id = cx.new_id();
    store::roles::insert_role(&mut tx, cx.tenant.id, id, &role, cx.now()).await?;
    let (made, fields) = (Subject::Role(id), ["name", "actions"]);
    audit::record(&mut tx, cx, Deed::RoleMade, made, None, fields).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a role. That counts as giving it anew to everybody who holds it, and those are everywhere
/// that it was given, so its changer must hold all of it everywhere.
///
/// # Errors
/// As [`make`]; `not_found`.
pub async fn change(cx: &Cx, id: RoleId, form: RoleForm) -> Result<()> {
    cx.authorize(Action::EditRoles)?;
    let role = NewRole::try_from(form)?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let before = store::roles::lock_role(&mut tx, cx.tenant.id, id).await?;
    let before = before.ok_or_else(Error::not_found)?;
    let actions = before.union(role.actions);
    hold(&mut tx, cx, Action::EditStaff, actions, &[], None).await?;
    store::roles::revoke_invitations_of_holders(&mut tx, cx.tenant.id, id, cx.now()).await?;
    store::roles::update_role(&mut tx, cx.tenant.id, id, &role).await?;
    let (changed, fields) = (Subject::Role(id), ["name", "actions"]);
    audit::record(&mut tx, cx, Deed::RoleChanged, changed, None, fields).await?;
    tx.commit().await
}

/// Ends a role, and with it every grant and every key of it.
///
/// # Errors
/// `forbidden`, `suspended`, `not_found`.
pub async fn end(cx: &Cx, id: RoleId) -> Result<()> {
    cx.authorize(Action::EditRoles)?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let before = store::roles::lock_role(&mut tx, cx.tenant.id, id).await?;
    let before = before.ok_or_else(Error::not_found)?;
    hold(&mut tx, cx, Action::EditStaff, before, &[], None).await?;
    store::roles::revoke_invitations_of_holders(&mut tx, cx.tenant.id, id, cx.now()).await?;
    store::roles::end_role(&mut tx, cx.tenant.id, id, cx.now()).await?;
    keep_an_admin(&mut tx, cx).await?;
    audit::record(&mut tx, cx, Deed::RoleEnded, Subject::Role(id), None, []).await?;
    tx.commit().await
}
