//! Who else may do something, and whether anybody may at a place.

use domain::identity::{Action, Place, PlaceId, Role};

use super::store::holders;
use crate::{
    identity::rbac,
    kernel::{cx::Cx, error::Result, tx::TenantTx},
};

/// A step: whether somebody beside the asker may do it there as well.
pub(crate) async fn another_may(
    tx: &mut TenantTx,
    cx: &Cx,
    action: Action,
    place: &Place,
) -> Result<bool> {
    let roles: Vec<&str> = Role::of_staff()
        .filter(|role| rbac::actions(*role).contains(action))
        .map(Role::as_str)
        .collect();
    holders::another(tx, cx, action, &roles, place).await
}

/// A step: whether somebody has a role at just that place, or an invitation that waits would give
/// them one.
pub(crate) async fn anybody_at(tx: &mut TenantTx, cx: &Cx, place: PlaceId) -> Result<bool> {
    holders::anybody(tx, cx, place).await
}
