//! The one matrix of roles and what they may do.

use domain::identity::{Action, Actions, Role};

/// What a role may do.
#[must_use]
pub fn actions(role: Role) -> Actions {
    let these = |actions: &[Action]| actions.iter().copied().collect::<Actions>();
    match role {
        Role::TenantAdmin => Action::of_staff().collect(),
        Role::RegionalManager | Role::EstateManager => Action::of_staff()
            .filter(|action| {
                !matches!(
                    action,
                    Action::EditRoles | Action::EditKeys | Action::EditCompany
                )
            })
            .collect(),
        // Front desk and stewards ring people up; whoever takes or checks money does not need to.
        Role::FrontDesk => these(&[
            Action::ViewEstates,
            Action::ViewResidents,
            Action::EditResidents,
            Action::InviteOwner,
            Action::ViewPhones,
            Action::ViewDevices,
            Action::CommandDevices,
        ]),
        Role::Steward => these(&[
            Action::ViewEstates,
            Action::ViewResidents,
            Action::InviteOwner,
            Action::ViewPhones,
            Action::ViewDevices,
        ]),
        Role::Cashier => these(&[Action::ViewEstates, Action::ViewResidents]),
        Role::Accountant => these(&[
            Action::ViewEstates,
            Action::ViewResidents,
            Action::ViewDevices,
        ]),
        Role::FinanceReviewer => these(&[
            Action::ViewEstates,
            Action::ViewResidents,
            Action::ViewDevices,
            Action::ViewAudit,
        ]),
        Role::EngineeringLead => these(&[
            Action::ViewEstates,
            Action::ViewDevices,
            Action::EditDevices,
            Action::CommandDevices,
        ]),
        Role::SecurityLead => these(&[
            Action::ViewEstates,
            Action::ViewDevices,
            Action::CommandDevices,
        ]),
        Role::Repairer | Role::Contractor => these(&[Action::ViewEstates, Action::ViewDevices]),
        // To operate doors is to see devices, and with them the meters of homes: a company that wants
        // its guards to do that makes a role for it.
        Role::Guard | Role::Cleaner => these(&[Action::ViewEstates]),
        Role::Owner => these(&[Action::ViewHome, Action::ManageHome]),
        Role::Family | Role::Renter => these(&[Action::ViewHome]),
    }
}

/// Whether an action changes anything; those are refused in a suspended tenant.
#[must_use]
pub const fn changes(action: Action) -> bool {
    match action {
        Action::EditEstates
        | Action::EditResidents
        | Action::InviteOwner
        | Action::EraseResidents
        | Action::EditDevices
        | Action::CommandDevices
        | Action::EditStaff
        | Action::EditRoles
        | Action::EditKeys
        | Action::EditCompany
        | Action::ManageHome => true,
        Action::ViewEstates
        | Action::ViewResidents
        | Action::ViewPhones
        | Action::ViewDevices
        | Action::ViewStaff
        | Action::ViewAudit
        | Action::ViewHome => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line a role, in the order of the actions.
    #[test]
    fn matrix() {
        let line = |role: Role| {
            let words: Vec<_> = actions(role).iter().map(Action::as_str).collect();
            format!("{}: {}", role.as_str(), words.join(" "))
        };
        let table = Role::ALL.map(line).join("\n") + "\n";
        assert_eq!(table, include_str!("matrix.txt"));
    }

    #[test]
    fn no_role_edits_blindly() {
        for role in Role::ALL {
            assert_eq!(actions(role), actions(role).completed(), "{role:?}");
        }
    }
}
