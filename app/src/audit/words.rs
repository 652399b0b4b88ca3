//! Deeds, fields and channels in the reader's words.

use domain::audit::{Channel, Deed, DeedGroup};

use crate::i18n::{Locale, td_string};

/// What was done: `登记了设备`.
#[must_use]
pub fn deed(locale: Locale, deed: Deed) -> &'static str {
    match deed {
        Deed::CompanyFounded => td_string!(locale, audit.company_founded),
        Deed::SessionOpened => td_string!(locale, audit.session_opened),
        Deed::SessionEnded => td_string!(locale, audit.session_ended),
        Deed::PasswordChanged => td_string!(locale, audit.password_changed),
        Deed::SecondFactorOn => td_string!(locale, audit.second_factor_on),
        Deed::SecondFactorOff => td_string!(locale, audit.second_factor_off),
        Deed::InvitationAccepted => td_string!(locale, audit.invitation_accepted),
        Deed::RegionCreated => td_string!(locale, audit.region_created),
        Deed::RegionChanged => td_string!(locale, audit.region_changed),
        Deed::RegionRemoved => td_string!(locale, audit.region_removed),
        Deed::EstateChanged => td_string!(locale, audit.estate_changed),
        Deed::PhaseCreated => td_string!(locale, audit.phase_created),
        Deed::PhaseChanged => td_string!(locale, audit.phase_changed),
        Deed::PhaseRemoved => td_string!(locale, audit.phase_removed),
        Deed::BuildingChanged => td_string!(locale, audit.building_changed),
        Deed::EstateCreated => td_string!(locale, audit.estate_created),
        Deed::BuildingCreated => td_string!(locale, audit.building_created),
        Deed::BuildingBuilt => td_string!(locale, audit.building_built),
        Deed::UnitMoved => td_string!(locale, audit.unit_moved),
        Deed::UnitSplit => td_string!(locale, audit.unit_split),
        Deed::UnitsMerged => td_string!(locale, audit.units_merged),
        Deed::UnitArchived => td_string!(locale, audit.unit_archived),
        Deed::UnitRestored => td_string!(locale, audit.unit_restored),
        Deed::BuildingArchived => td_string!(locale, audit.building_archived),
        Deed::BuildingRestored => td_string!(locale, audit.building_restored),
        Deed::UnitChanged => td_string!(locale, audit.unit_changed),
        Deed::UnitCreated => td_string!(locale, audit.unit_created),
        Deed::RosterImported => td_string!(locale, audit.roster_imported),
        Deed::RosterChecked => td_string!(locale, audit.roster_checked),
        Deed::ResidentAdded => td_string!(locale, audit.resident_added),
        Deed::ResidentChanged => td_string!(locale, audit.resident_changed),
        Deed::ResidentLeft => td_string!(locale, audit.resident_left),
        Deed::OwnerInvited => td_string!(locale, audit.owner_invited),
        Deed::HomeTransferred => td_string!(locale, audit.home_transferred),
        Deed::VehicleAdded => td_string!(locale, audit.vehicle_added),
        Deed::VehicleRemoved => td_string!(locale, audit.vehicle_removed),
        Deed::VehiclesImported => td_string!(locale, audit.vehicles_imported),
        Deed::HomeShared => td_string!(locale, audit.home_shared),
        Deed::SharingEnded => td_string!(locale, audit.sharing_ended),
        Deed::MetersShown => td_string!(locale, audit.meters_shown),
        Deed::CodesPrinted => td_string!(locale, audit.codes_printed),
        Deed::HomeClaimed => td_string!(locale, audit.home_claimed),
        Deed::ClaimRequested => td_string!(locale, audit.claim_requested),
        Deed::ClaimAccepted => td_string!(locale, audit.claim_accepted),
        Deed::ClaimRefused => td_string!(locale, audit.claim_refused),
        Deed::NoticeSeen => td_string!(locale, audit.notice_seen),
        Deed::ResetPrinted => td_string!(locale, audit.reset_printed),
        Deed::ContactRevealed => td_string!(locale, audit.contact_revealed),
        Deed::RevealsLimited => td_string!(locale, audit.reveals_limited),
        Deed::ContactExported => td_string!(locale, audit.contact_exported),
        Deed::CompanyExported => td_string!(locale, audit.company_exported),
        Deed::UnitsExported => td_string!(locale, audit.units_exported),
        Deed::ResidentsExported => td_string!(locale, audit.residents_exported),
        Deed::DevicesExported => td_string!(locale, audit.devices_exported),
        Deed::DataExported => td_string!(locale, audit.data_exported),
        Deed::ConsentGiven => td_string!(locale, audit.consent_given),
        Deed::ErasureAsked => td_string!(locale, audit.erasure_asked),
        Deed::ErasureFiled => td_string!(locale, audit.erasure_filed),
        Deed::ErasureRefused => td_string!(locale, audit.erasure_refused),
        Deed::ResidentErased => td_string!(locale, audit.resident_erased),
        Deed::DeviceRegistered => td_string!(locale, audit.device_registered),
        Deed::DeviceRekeyed => td_string!(locale, audit.device_rekeyed),
        Deed::DeviceRevoked => td_string!(locale, audit.device_revoked),
        Deed::DeviceChanged => td_string!(locale, audit.device_changed),
        Deed::DeviceRetired => td_string!(locale, audit.device_retired),
        Deed::DeviceTakenBack => td_string!(locale, audit.device_taken_back),
        Deed::MeterReplaced => td_string!(locale, audit.meter_replaced),
        Deed::ReplacementWithdrawn => td_string!(locale, audit.replacement_withdrawn),
        Deed::ModelMade => td_string!(locale, audit.model_made),
        Deed::ModelChanged => td_string!(locale, audit.model_changed),
        Deed::ModelArchived => td_string!(locale, audit.model_archived),
        Deed::ModelRestored => td_string!(locale, audit.model_restored),
        Deed::ModelRemoved => td_string!(locale, audit.model_removed),
        Deed::HistoryExported => td_string!(locale, audit.history_exported),
        Deed::DevicesRegistered => td_string!(locale, audit.devices_registered),
        Deed::DeviceCommanded => td_string!(locale, audit.device_commanded),
        Deed::StaffInvited => td_string!(locale, audit.staff_invited),
        Deed::StaffJoined => td_string!(locale, audit.staff_joined),
        Deed::StaffDismissed => td_string!(locale, audit.staff_dismissed),
        Deed::RoleGiven => td_string!(locale, audit.role_given),
        Deed::RoleTaken => td_string!(locale, audit.role_taken),
        Deed::RoleMade => td_string!(locale, audit.role_made),
        Deed::RoleChanged => td_string!(locale, audit.role_changed),
        Deed::RoleEnded => td_string!(locale, audit.role_ended),
        Deed::KeyMade => td_string!(locale, audit.key_made),
        Deed::KeyEnded => td_string!(locale, audit.key_ended),
        Deed::CompanyChanged => td_string!(locale, audit.company_changed),
        Deed::CompanySuspended => td_string!(locale, audit.company_suspended),
        Deed::CompanyResumed => td_string!(locale, audit.company_resumed),
        Deed::PlanChanged => td_string!(locale, audit.plan_changed),
    }
}

#[must_use]
pub fn group(locale: Locale, group: DeedGroup) -> &'static str {
    match group {
        DeedGroup::Access => td_string!(locale, audit.access),
        DeedGroup::Places => td_string!(locale, audit.places),
        DeedGroup::People => td_string!(locale, audit.people),
        DeedGroup::Devices => td_string!(locale, audit.devices),
        DeedGroup::Staff => td_string!(locale, audit.staff),
    }
}

#[must_use]
pub fn channel(locale: Locale, channel: Channel) -> &'static str {
    match channel {
        Channel::Web => td_string!(locale, audit.web),
        Channel::Api => td_string!(locale, audit.api),
        Channel::Bridge => td_string!(locale, audit.bridge),
        Channel::Inside => td_string!(locale, audit.inside),
    }
}

/// A field's name; one that has no words yet goes by its own.
#[must_use]
pub fn field(locale: Locale, name: &str) -> Option<&'static str> {
    Some(match name {
        "company" => td_string!(locale, audit.field_company),
        "slug" => td_string!(locale, audit.field_slug),
        "admin_name" | "name" => td_string!(locale, audit.field_name),
        "login" => td_string!(locale, audit.field_login),
        "region" => td_string!(locale, audit.field_region),
        "phase" => td_string!(locale, audit.field_phase),
        "building" => td_string!(locale, audit.field_building),
        "entrance" => td_string!(locale, audit.field_entrance),
        "unit" => td_string!(locale, audit.field_unit),
        "area_m2" => td_string!(locale, audit.field_area),
        "inner_area_m2" => td_string!(locale, audit.field_inner_area),
        "floor_label" => td_string!(locale, audit.field_floor_label),
        "true_floor" => td_string!(locale, audit.field_true_floor),
        "use" => td_string!(locale, audit.field_use),
        "occupancy" => td_string!(locale, audit.field_occupancy),
        "fee_start" => td_string!(locale, audit.field_fee_start),
        "resident" => td_string!(locale, audit.field_resident),
        "phone" => td_string!(locale, audit.field_phone),
        "id_number" => td_string!(locale, audit.field_id_number),
        "reason" => td_string!(locale, audit.field_reason),
        "relation" => td_string!(locale, audit.field_relation),
        "key" => td_string!(locale, audit.field_key),
        "kind" => td_string!(locale, audit.field_kind),
        "place" => td_string!(locale, audit.field_place),
        "transport" => td_string!(locale, audit.field_transport),
        "role" => td_string!(locale, audit.field_role),
        "places" => td_string!(locale, audit.field_places),
        "until" => td_string!(locale, audit.field_until),
        "stands_in_for" => td_string!(locale, audit.field_stands_in_for),
        "actions" => td_string!(locale, audit.field_actions),
        "time_zone" => td_string!(locale, audit.field_time_zone),
        "currency" => td_string!(locale, audit.field_currency),
        "language" => td_string!(locale, audit.field_language),
        "logo" => td_string!(locale, audit.field_logo),
        "first_steps" => td_string!(locale, audit.field_first_steps),
        "plan" => td_string!(locale, audit.field_plan),
        "method" => td_string!(locale, audit.field_method),
        "params" => td_string!(locale, audit.field_params),
        "timeout_s" => td_string!(locale, audit.field_timeout),
        "model" => td_string!(locale, audit.field_model),
        "id" => td_string!(locale, audit.field_id),
        "maker" => td_string!(locale, audit.field_maker),
        "map" => td_string!(locale, audit.field_map),
        "points" => td_string!(locale, audit.field_points),
        "serial" => td_string!(locale, audit.field_serial),
        "at" => td_string!(locale, audit.field_at),
        "verified_on" => td_string!(locale, audit.field_verified_on),
        "valid_until" => td_string!(locale, audit.field_valid_until),
        "ratio" => td_string!(locale, audit.field_ratio),
        "last_register" => td_string!(locale, audit.field_last_register),
        "owners" => td_string!(locale, audit.field_owners),
        "on" => td_string!(locale, audit.field_on),
        "plate" => td_string!(locale, audit.field_plate),
        "about" => td_string!(locale, audit.field_about),
        "columns" => td_string!(locale, audit.field_columns),
        "estate" => td_string!(locale, audit.field_estate),
        "state" => td_string!(locale, audit.field_state),
        "retired" => td_string!(locale, audit.field_retired),
        "search" => td_string!(locale, audit.field_search),
        "up_to_10" => td_string!(locale, audit.up_to_10),
        "up_to_100" => td_string!(locale, audit.up_to_100),
        "up_to_1000" => td_string!(locale, audit.up_to_1000),
        "up_to_10000" => td_string!(locale, audit.up_to_10000),
        "over_10000" => td_string!(locale, audit.over_10000),
        "first_register" => td_string!(locale, audit.field_first_register),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Without words of its own a deed would read as another, or as nothing.
    #[test]
    fn every_deed_reads_differently_in_every_language() {
        for locale in [Locale::zh_CN, Locale::en] {
            let said: HashSet<_> = Deed::ALL.iter().map(|each| deed(locale, *each)).collect();
            assert_eq!(said.len(), Deed::ALL.len());
            assert!(said.iter().all(|words| !words.trim().is_empty()));
            let groups: HashSet<_> = DeedGroup::ALL
                .iter()
                .map(|each| group(locale, *each))
                .collect();
            assert_eq!(groups.len(), DeedGroup::ALL.len());
        }
        for each in Deed::ALL {
            assert_ne!(deed(Locale::zh_CN, *each), deed(Locale::en, *each));
        }
    }
}
