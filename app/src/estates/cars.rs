//! What is wrong in a sheet of cars.

use domain::{estates::VehicleColumn, problem::Flaw, sheet::BadCell};

use crate::{
    bad_cells,
    i18n::{Locale, td_string},
};

/// The cells for which nothing was written, and the way back to the upload.
#[must_use]
pub fn refused(english: bool, back: &str, bad: &[BadCell<VehicleColumn>]) -> String {
    bad_cells::document(english, back, bad, wrong)
}

fn wrong(locale: Locale, cell: BadCell<VehicleColumn>) -> Option<&'static str> {
    Some(match (cell.column, cell.flaw) {
        (VehicleColumn::Home, Flaw::Unknown) => td_string!(locale, common.sheet_home),
        (VehicleColumn::Home, Flaw::Ambiguous) => td_string!(locale, common.sheet_homes),
        (VehicleColumn::Home, Flaw::OutOfRange) => td_string!(locale, estates.car_nobody),
        (VehicleColumn::Plate, Flaw::Malformed) => td_string!(locale, estates.plate_wrong),
        (VehicleColumn::Plate, Flaw::Taken) => td_string!(locale, estates.plate_taken),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bad_cell_says_where_and_what() {
        let cell = |column, flaw| BadCell {
            row: 3,
            column,
            flaw,
        };
        let bad = [
            cell(VehicleColumn::Home, Flaw::OutOfRange),
            cell(VehicleColumn::Plate, Flaw::Required),
        ];
        let html = refused(false, "/console/import", &bad);
        for part in [
            "没有住户",
            "车牌 plate",
            "请填写",
            "2 处",
            "href=\"/console/import\"",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }
}
