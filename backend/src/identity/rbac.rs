//! The one matrix of roles and what they may do.

use domain::identity::{Action, Role};

/// Whether a role allows an action.
#[must_use]
pub const fn allows(role: Role, action: Action) -> bool {
    match role {
        Role::TenantAdmin => !matches!(action, Action::ViewHome),
        Role::Owner => matches!(action, Action::ViewHome),
    }
}

/// Whether an action changes anything; those are refused in a suspended tenant.
#[must_use]
pub const fn changes(action: Action) -> bool {
    match action {
        Action::EditEstates | Action::InviteOwner | Action::EditDevices => true,
        Action::ViewEstates | Action::ViewDevices | Action::ViewHome | Action::ViewAudit => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    #[test]
    fn matrix() {
        let mut table = String::new();
        for action in Action::ALL {
            for role in Role::ALL {
                let word = if allows(role, action) { "yes" } else { "-" };
                writeln!(table, "{action:?} {} {word}", role.as_str()).unwrap();
            }
        }
        assert_eq!(
            table,
            "ViewEstates tenant_admin yes\nViewEstates owner -\n\
             EditEstates tenant_admin yes\nEditEstates owner -\n\
             InviteOwner tenant_admin yes\nInviteOwner owner -\n\
             ViewDevices tenant_admin yes\nViewDevices owner -\n\
             EditDevices tenant_admin yes\nEditDevices owner -\n\
             ViewHome tenant_admin -\nViewHome owner yes\n\
             ViewAudit tenant_admin yes\nViewAudit owner -\n"
        );
    }
}
