//! Every path of the site, for links, redirects and tests.

use domain::{
    BuildingId, DeviceId, EstateId, HouseholdId, ImportId, PersonId, ResidentId, UnitId,
    devices::models::ModelKey,
};

pub const LANDING: &str = "/";
pub const SIGNUP: &str = "/signup";
pub const LOGIN: &str = "/login";
pub const LOGOUT: &str = "/logout";
pub const INVITE: &str = "/invite";
pub const JOIN: &str = "/join";
/// What is held about whom, and why: a document of its own.
pub const PRIVACY: &str = "/privacy";
/// Where somebody agrees to it anew.
pub const AGREE: &str = "/agree";
/// Where a code on paper opens a home.
pub const CLAIM: &str = "/claim";

pub const FORGOT: &str = "/forgot";
/// Where a new password is set.
pub const RESET: &str = "/reset";
/// Log-in after that.
pub const LOGIN_RESET: &str = "/login?step=reset";

/// Log-in with a code by SMS, and the same once one was asked for.
pub const LOGIN_SMS: &str = "/login/sms";
pub const LOGIN_SMS_SENT: &str = "/login/sms?sent=true";
/// Where the code that came by SMS sets a new password.
pub const RESET_SMS: &str = "/reset?by=sms";

/// The second step of a log-in, where a code is asked for.
pub const LOGIN_CODE: &str = "/login?step=code";

pub const CONSOLE: &str = "/console";
pub const CONSOLE_ME: &str = "/console/me";
pub const DASHBOARD: &str = "/console/dashboard";
/// What meters used, beside the days before.
pub const ENERGY: &str = "/console/energy";
/// Lifts, pumps, smoke alarms, chargers and sensors, kind by kind.
pub const EQUIPMENT: &str = "/console/equipment";
/// How doors stand, and when they were opened.
pub const DOORS: &str = "/console/doors";
/// The same figures for a screen on the wall.
pub const WALL: &str = "/console/wall";
pub const ESTATES: &str = "/console/estates";
/// One building, drawn.
pub const BUILDINGS: &str = "/console/buildings";
pub const UNITS: &str = "/console/units";
pub const IMPORT: &str = "/console/import";
/// Who asks for a home.
pub const CLAIMS: &str = "/console/claims";
/// Who asks to be forgotten.
pub const ERASURES: &str = "/console/erasures";
/// Whom a search has found.
pub const RESIDENTS: &str = "/console/residents";
pub const CLAIMS_PRINT: &str = "/console/claims/print";
pub const STAFF: &str = "/console/staff";
pub const COMPANY: &str = "/console/company";
/// The company's logo, a picture.
pub const COMPANY_LOGO: &str = "/console/company/logo";
/// All of the company as a file, for whoever knows their password.
pub const COMPANY_EXPORT: &str = "/console/company/export";
pub const ROLES: &str = "/console/roles";
/// Keys of the company's own programs.
pub const KEYS: &str = "/console/keys";
pub const DEVICES: &str = "/console/devices";
pub const DEVICE_NEW: &str = "/console/devices/new";
/// Device models: Linli's, and the company's own.
pub const DEVICE_MODELS: &str = "/console/device-models";
pub const DEVICE_MODEL_NEW: &str = "/console/device-models/new";
/// Where files of models are posted, and sheets of registers; and the empty sheet, an .xlsx file.
pub const DEVICE_MODELS_FILE: &str = "/console/device-models/import/file";
pub const DEVICE_MODELS_SHEET: &str = "/console/device-models/import/sheet";
pub const REGISTERS_TEMPLATE: &str = "/console/device-models/template.xlsx";
/// A model as a file.
pub const DEVICE_MODEL_FILE: &str = "/console/device-models/{id}/model.json";
/// Where a sheet of devices is posted, and the empty sheet, an .xlsx file.
/// Cars by a sheet.
pub const VEHICLES_BATCH: &str = "/console/vehicles/batch";
pub const VEHICLES_TEMPLATE: &str = "/console/vehicles/template.xlsx";
pub const DEVICES_BATCH: &str = "/console/devices/batch";
pub const DEVICES_TEMPLATE: &str = "/console/devices/template.xlsx";
/// What a point said, as a file.
pub const HISTORY_EXPORT: &str = "/console/devices/history";
/// Who did what, when and from where.
pub const AUDIT: &str = "/console/audit";
/// The roster template, an .xlsx file.
pub const ROSTER_TEMPLATE: &str = "/console/import/template.xlsx";

/// The refused rows of an import, an .xlsx file.
pub const REFUSED_ROWS: &str = "/console/import/{import}/refused.xlsx";

/// The units of an estate as an .xlsx file.
pub const UNITS_FILE: &str = "/console/estates/{estate}/units.xlsx";
/// Whom a search has found, and the devices of a list, as such files.
pub const RESIDENTS_FILE: &str = "/console/residents.xlsx";
pub const DEVICES_FILE: &str = "/console/devices.xlsx";

pub const HOME: &str = "/home";
pub const HOME_METERS: &str = "/home/meters";
pub const HOME_PEOPLE: &str = "/home/people";
pub const HOME_ME: &str = "/home/me";
/// All that is held about a resident, as a file.
pub const HOME_EXPORT: &str = "/home/me/export";

/// The company's logo as it was set at a moment, in milliseconds: another one has another address.
#[must_use]
pub fn company_logo(set_at: i64) -> String {
    format!("{COMPANY_LOGO}?set={set_at}")
}

/// The dashboard of one estate.
#[must_use]
pub fn dashboard(estate: EstateId) -> String {
    format!("{DASHBOARD}?estate={estate}")
}

/// The equipment of one estate.
#[must_use]
pub fn equipment(estate: EstateId) -> String {
    format!("{EQUIPMENT}?estate={estate}")
}

/// The doors of one estate.
#[must_use]
pub fn doors(estate: EstateId) -> String {
    format!("{DOORS}?estate={estate}")
}

/// One estate on a screen on the wall.
#[must_use]
pub fn wall(estate: EstateId) -> String {
    format!("{WALL}/{estate}")
}

#[must_use]
pub fn estate(id: EstateId) -> String {
    format!("{ESTATES}/{id}")
}

#[must_use]
pub fn building(id: BuildingId) -> String {
    format!("{BUILDINGS}/{id}")
}

/// Where the refused rows of an import are to be had.
#[must_use]
pub fn refused_rows(id: ImportId) -> String {
    format!("{IMPORT}/{id}/refused.xlsx")
}

/// The file of a list, with the filters of the page's own address; which page of it is shown is none.
#[must_use]
pub fn file_of(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path = match path.strip_prefix(ESTATES) {
        Some(_) => format!("{path}/units.xlsx"),
        None => format!("{path}.xlsx"),
    };
    let kept = query.split('&');
    let kept = kept.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let kept = kept.collect::<Vec<_>>().join("&");
    if kept.is_empty() {
        path
    } else {
        format!("{path}?{kept}")
    }
}

/// A path that is asked for something; what is blank is not said. Words of ours stay readable.
#[must_use]
pub fn asking(path: &str, parts: &[(&str, String)]) -> String {
    let mut address = path.to_owned();
    let mut mark = if path.contains('?') { '&' } else { '?' };
    for (name, value) in parts.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(mark);
        address.push_str(name);
        address.push('=');
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ',');
        if value.chars().all(plain) {
            address.push_str(value);
        } else {
            address.push_str(&leptos_router::location::Url::escape(value));
        }
        mark = '&';
    }
    address
}

/// Where a whole building is added to an estate.
#[must_use]
pub fn new_building(estate: EstateId) -> String {
    format!("{ESTATES}/{estate}/build")
}

#[must_use]
pub fn unit(id: UnitId) -> String {
    format!("{UNITS}/{id}")
}

/// What the register says of one resident.
#[must_use]
pub fn resident(id: ResidentId) -> String {
    format!("{RESIDENTS}/{id}")
}

/// The same, once a request to forget them was filed.
#[must_use]
pub fn resident_filed(id: ResidentId) -> String {
    format!("{RESIDENTS}/{id}?filed=true")
}

/// Where the unit is moved, split, merged and archived.
#[must_use]
pub fn rearrange(id: UnitId) -> String {
    format!("{UNITS}/{id}/rearrange")
}

/// Where a sale of the unit is entered.
#[must_use]
pub fn transfer(id: UnitId) -> String {
    format!("{UNITS}/{id}/transfer")
}

/// Who shares one home.
#[must_use]
pub fn home_people(home: HouseholdId) -> String {
    format!("{HOME_PEOPLE}?home={home}")
}

/// The import page of one estate.
#[must_use]
pub fn import(estate: EstateId) -> String {
    format!("{IMPORT}?estate={estate}")
}

#[must_use]
pub fn import_result(id: ImportId) -> String {
    format!("{IMPORT}/{id}")
}

#[must_use]
pub fn devices(estate: EstateId) -> String {
    format!("{DEVICES}?estate={estate}")
}

#[must_use]
pub fn device(id: DeviceId) -> String {
    format!("{DEVICES}/{id}")
}

#[must_use]
pub fn device_model(id: &ModelKey) -> String {
    format!("{DEVICE_MODELS}/{id}")
}

/// Where the tables of a model are changed.
#[must_use]
pub fn device_model_edit(id: &ModelKey) -> String {
    format!("{DEVICE_MODELS}/{id}/edit")
}

#[must_use]
pub fn device_model_file(id: &ModelKey) -> String {
    format!("{DEVICE_MODELS}/{id}/model.json")
}

#[must_use]
pub fn member(id: PersonId) -> String {
    format!("{STAFF}/{id}")
}

/// The link that somebody is sent who is to work here. Its token is a secret as well.
#[must_use]
pub fn join(token: &str) -> String {
    format!("{JOIN}/{token}")
}

/// Where codes for the homes of a building are printed.
#[must_use]
pub fn claims_print(building: BuildingId) -> String {
    format!("{CLAIMS_PRINT}?building={building}")
}

/// How a request for a home stands. Its token is a secret as well.
#[must_use]
pub fn claim(token: &str) -> String {
    format!("{CLAIM}/{token}")
}

/// The link that an owner is sent. The token is a secret: this path is never logged.
#[must_use]
pub fn invite(token: &str) -> String {
    format!("{INVITE}/{token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_part_of_the_address() {
        let parts = [("code", ""), ("sort", "-fee_start"), ("show", "area,use")];
        let parts = parts.map(|(name, value)| (name, value.to_owned()));
        assert_eq!(asking("/a", &parts), "/a?sort=-fee_start&show=area,use");
        let odd = [("code", "1 &楼".to_owned())];
        assert_eq!(asking("/a?b=c", &odd), "/a?b=c&code=1%20%26%E6%A5%BC");
    }

    #[test]
    fn a_lists_file_keeps_its_filters() {
        let filtered = "/console/devices?estate=est_1&state=late&cursor=dev_2";
        assert_eq!(
            file_of(filtered),
            "/console/devices.xlsx?estate=est_1&state=late"
        );
        assert_eq!(
            file_of("/console/estates/est_1?cursor=x"),
            "/console/estates/est_1/units.xlsx"
        );
        assert_eq!(
            file_of("/console/residents?q=%E7%8E%8B"),
            "/console/residents.xlsx?q=%E7%8E%8B"
        );
    }
}
