//! The room's states in the reader's words.

use domain::estates::{
    FieldChange, ImportStage, Occupancy, Relation, RosterColumn, RosterField, RowRefusal,
    UnitColumn, UnitUse,
};

use crate::i18n::{Locale, td_string};

#[must_use]
pub fn occupancy(locale: Locale, occupancy: Occupancy) -> &'static str {
    match occupancy {
        Occupancy::Unsold => td_string!(locale, estates.unsold),
        Occupancy::NotHandedOver => td_string!(locale, estates.not_handed_over),
        Occupancy::HandedOver => td_string!(locale, estates.handed_over),
        Occupancy::Decorating => td_string!(locale, estates.decorating),
        Occupancy::LivedIn => td_string!(locale, estates.lived_in),
        Occupancy::Let => td_string!(locale, estates.let_out),
        Occupancy::Vacant => td_string!(locale, estates.vacant),
    }
}

#[must_use]
pub fn unit_use(locale: Locale, use_: UnitUse) -> &'static str {
    match use_ {
        UnitUse::Home => td_string!(locale, buildings.home),
        UnitUse::Shop => td_string!(locale, buildings.shop),
        UnitUse::Bay => td_string!(locale, buildings.bay),
        UnitUse::Public => td_string!(locale, buildings.public),
    }
}

#[must_use]
pub fn relation(locale: Locale, relation: Relation) -> &'static str {
    match relation {
        Relation::Owner => td_string!(locale, estates.owner),
        Relation::Family => td_string!(locale, estates.family),
        Relation::Renter => td_string!(locale, estates.renter),
    }
}

/// What a search has found that is no resident.
#[must_use]
pub fn found_unit(locale: Locale) -> &'static str {
    td_string!(locale, estates.found_unit)
}

/// What a search has found that is a car.
#[must_use]
pub fn found_car(locale: Locale) -> &'static str {
    td_string!(locale, estates.found_car)
}

/// Why a row was refused, and with that what to do about it.
#[must_use]
pub fn row_refusal(locale: Locale, reason: RowRefusal) -> &'static str {
    match reason {
        RowRefusal::BuildingMissing => td_string!(locale, estates.row_building_missing),
        RowRefusal::UnitMissing => td_string!(locale, estates.row_unit_missing),
        RowRefusal::TextTooLong => td_string!(locale, estates.row_text_too_long),
        RowRefusal::AreaUnreadable => td_string!(locale, estates.row_area_unreadable),
        RowRefusal::PhoneUnreadable => td_string!(locale, estates.row_phone_unreadable),
        RowRefusal::PhoneWithoutOwner => td_string!(locale, estates.row_phone_without_owner),
        RowRefusal::PhonesDoNotMatchOwners => td_string!(locale, estates.row_phones_do_not_match),
        RowRefusal::OccupancyUnknown => td_string!(locale, estates.row_occupancy_unknown),
        RowRefusal::UseUnknown => td_string!(locale, estates.row_use_unknown),
        RowRefusal::DuplicateUnit => td_string!(locale, estates.row_duplicate_unit),
        RowRefusal::OwnerDiffers => td_string!(locale, estates.row_owner_differs),
        RowRefusal::FormulaLike => td_string!(locale, estates.row_formula_like),
    }
}

/// What an import is doing.
#[must_use]
pub fn import_stage(locale: Locale, stage: ImportStage) -> &'static str {
    match stage {
        ImportStage::Waiting => td_string!(locale, estates.running_waiting),
        ImportStage::Reading => td_string!(locale, estates.running_reading),
        ImportStage::Checking => td_string!(locale, estates.running_checking),
        ImportStage::Writing => td_string!(locale, estates.running_writing),
    }
}

/// What an import changes of a unit: `建筑面积 89.37 → 90`, or but the field's name where its values
/// are not told.
#[must_use]
pub fn field_change(locale: Locale, change: &FieldChange) -> String {
    let said = |value: &Option<String>| -> String {
        let value = value.as_deref().unwrap_or("–");
        let word = match change.field {
            RosterField::Use => UnitUse::parse(value).map(|word| unit_use(locale, word)),
            RosterField::Occupancy => Occupancy::parse(value).map(|word| occupancy(locale, word)),
            _ => None,
        };
        word.unwrap_or(value).to_owned()
    };
    let name = match change.field {
        RosterField::FloorLabel => td_string!(locale, estates.floor),
        RosterField::Area => td_string!(locale, estates.area),
        RosterField::InnerArea => td_string!(locale, estates.inner_area),
        RosterField::Use => td_string!(locale, estates.use_of),
        RosterField::Occupancy => td_string!(locale, estates.occupancy),
        RosterField::Owner => td_string!(locale, estates.owner),
        RosterField::Phone => td_string!(locale, estates.phone),
    };
    if change.from.is_none() && change.to.is_none() {
        return name.to_owned();
    }
    format!("{name} {} → {}", said(&change.from), said(&change.to))
}

/// What a column of a roster holds.
#[must_use]
pub fn roster_column(locale: Locale, column: RosterColumn) -> &'static str {
    match column {
        RosterColumn::Building => td_string!(locale, estates.building),
        RosterColumn::Entrance => td_string!(locale, estates.entrance),
        RosterColumn::Unit => td_string!(locale, estates.unit),
        RosterColumn::Floor => td_string!(locale, estates.floor),
        RosterColumn::Area => td_string!(locale, estates.area),
        RosterColumn::InnerArea => td_string!(locale, estates.inner_area),
        RosterColumn::Use => td_string!(locale, estates.use_of),
        RosterColumn::Owner => td_string!(locale, estates.owner),
        RosterColumn::Phone => td_string!(locale, estates.phone),
        RosterColumn::Occupancy => td_string!(locale, estates.occupancy),
    }
}

/// What a column of a list of units is called.
#[must_use]
pub fn unit_column(locale: Locale, column: UnitColumn) -> &'static str {
    match column {
        UnitColumn::Floor => td_string!(locale, estates.floor),
        UnitColumn::Area => td_string!(locale, estates.area),
        UnitColumn::InnerArea => td_string!(locale, estates.inner_area),
        UnitColumn::Use => td_string!(locale, estates.use_of),
        UnitColumn::Owners => td_string!(locale, estates.owner),
        UnitColumn::State => td_string!(locale, estates.occupancy),
        UnitColumn::FeeStart => td_string!(locale, buildings.fee_start),
    }
}

/// What the columns of a refusal file are called.
#[cfg(feature = "ssr")]
#[must_use]
pub fn refusal_headers(locale: Locale) -> backend::estates::RefusalHeaders {
    backend::estates::RefusalHeaders {
        row: td_string!(locale, estates.row),
        column: td_string!(locale, estates.column),
        reason: td_string!(locale, estates.reason),
    }
}
