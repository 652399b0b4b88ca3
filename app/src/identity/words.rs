//! Roles and actions in the reader's words.

use domain::identity::{Action, Role};

use crate::i18n::{Locale, td_string};

#[must_use]
pub fn role(locale: Locale, role: Role) -> &'static str {
    match role {
        Role::TenantAdmin => td_string!(locale, staff.tenant_admin),
        Role::RegionalManager => td_string!(locale, staff.regional_manager),
        Role::EstateManager => td_string!(locale, staff.estate_manager),
        Role::Steward => td_string!(locale, staff.steward),
        Role::FrontDesk => td_string!(locale, staff.front_desk),
        Role::Cashier => td_string!(locale, staff.cashier),
        Role::Accountant => td_string!(locale, staff.accountant),
        Role::FinanceReviewer => td_string!(locale, staff.finance_reviewer),
        Role::EngineeringLead => td_string!(locale, staff.engineering_lead),
        Role::Repairer => td_string!(locale, staff.repairer),
        Role::SecurityLead => td_string!(locale, staff.security_lead),
        Role::Guard => td_string!(locale, staff.guard),
        Role::Cleaner => td_string!(locale, staff.cleaner),
        Role::Contractor => td_string!(locale, staff.contractor),
        Role::Owner => td_string!(locale, staff.owner),
        Role::Family => td_string!(locale, staff.family),
        Role::Renter => td_string!(locale, staff.renter),
    }
}

#[must_use]
pub fn action(locale: Locale, action: Action) -> &'static str {
    match action {
        Action::ViewEstates => td_string!(locale, staff.view_estates),
        Action::EditEstates => td_string!(locale, staff.edit_estates),
        Action::ViewResidents => td_string!(locale, staff.view_residents),
        Action::EditResidents => td_string!(locale, staff.edit_residents),
        Action::InviteOwner => td_string!(locale, staff.invite_owner),
        Action::ViewPhones => td_string!(locale, staff.view_phones),
        Action::EraseResidents => td_string!(locale, staff.erase_residents),
        Action::ViewDevices => td_string!(locale, staff.view_devices),
        Action::EditDevices => td_string!(locale, staff.edit_devices),
        Action::CommandDevices => td_string!(locale, staff.command_devices),
        Action::ViewStaff => td_string!(locale, staff.view_staff),
        Action::EditStaff => td_string!(locale, staff.edit_staff),
        Action::EditRoles => td_string!(locale, staff.edit_roles),
        Action::EditKeys => td_string!(locale, staff.edit_keys),
        Action::EditCompany => td_string!(locale, staff.edit_company),
        Action::ViewAudit => td_string!(locale, staff.view_audit),
        Action::ViewHome => td_string!(locale, staff.view_home),
        Action::ManageHome => td_string!(locale, staff.manage_home),
    }
}

/// A role of a company's own whose name is not at hand.
#[must_use]
pub fn custom(locale: Locale) -> &'static str {
    td_string!(locale, staff.custom)
}
