//! What becomes of a sheet of devices, as documents of their own: passwords, since they are shown this
//! once, or the cells that have to be put right. Neither needs a script: paper has none.

use backend::devices::batch::SheetDevice;
use domain::{
    devices::{
        Credentials,
        batch::{BadCell, BatchColumn},
    },
    problem::Flaw,
};
use leptos::prelude::*;

use super::api::Broker;
use crate::{
    bad_cells,
    i18n::{Locale, td_string},
    paper::{self, Look},
};

/// The sheet for whoever mounts the devices.
#[must_use]
pub fn passwords(english: bool, estate: &str, broker: &Broker, made: Vec<SheetDevice>) -> String {
    document(english, |locale| {
        let count = td_string!(
            locale,
            devices.sheet_count,
            estate = estate.to_owned(),
            n = made.len()
        );
        let place = format!("{}:{}", broker.host, broker.port);
        let rows = made.into_iter().map(|device| line(locale, device));
        let rows = rows.collect_view();
        view! {
            <h1>{td_string!(locale, devices.sheet)}</h1>
            <p>{count}</p>
            <p class="sheet-hint">{td_string!(locale, devices.sheet_hint)}</p>
            <p>
                {td_string!(locale, devices.address)} " " <code>{place}</code> " · "
                {td_string!(locale, devices.client_id)}
            </p>
            <table class="sheet-table">
                <thead>
                    <tr>
                        <th scope="col">{td_string!(locale, devices.name)}</th>
                        <th scope="col">{td_string!(locale, devices.username)}</th>
                        <th scope="col">{td_string!(locale, devices.password)}</th>
                        <th scope="col">{td_string!(locale, devices.topic)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    })
}

/// What the columns of the same sheet are called where it is a file: name, place, user name, password,
/// topic.
#[must_use]
pub fn headers(english: bool) -> [&'static str; 5] {
    let locale = if english { Locale::en } else { Locale::zh_CN };
    [
        td_string!(locale, devices.name),
        td_string!(locale, devices.place),
        td_string!(locale, devices.username),
        td_string!(locale, devices.password),
        td_string!(locale, devices.topic),
    ]
}

fn line(locale: Locale, device: SheetDevice) -> AnyView {
    let told = match device.credentials {
        Some(Credentials {
            username,
            password,
            topic,
        }) => view! {
            <td>
                <code>{username}</code>
            </td>
            <td>
                <code>{password}</code>
            </td>
            <td>
                <code>{topic} "/telemetry"</code>
            </td>
        }
        .into_any(),
        None => view! { <td colspan="3">{td_string!(locale, devices.sheet_asked)}</td> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                {device.name} <span class="sheet-small">{device.place}</span>
            </th>
            {told}
        </tr>
    }
    .into_any()
}

/// The cells for which nothing was registered, and the way back to the upload.
#[must_use]
pub fn refused(english: bool, back: &str, bad: &[BadCell]) -> String {
    bad_cells::document(english, back, bad, wrong)
}

fn wrong(locale: Locale, cell: BadCell) -> Option<&'static str> {
    Some(match (cell.column, cell.flaw) {
        (BatchColumn::Kind, Flaw::Malformed) => td_string!(locale, devices.sheet_sensor),
        (BatchColumn::Kind, Flaw::Unknown) => td_string!(locale, devices.sheet_kind),
        (BatchColumn::Key, Flaw::Taken) => td_string!(locale, devices.key_taken),
        (BatchColumn::Key, Flaw::Malformed) => td_string!(locale, devices.key_malformed),
        (BatchColumn::Home, Flaw::Unknown) => td_string!(locale, common.sheet_home),
        (BatchColumn::Home, Flaw::Ambiguous) => td_string!(locale, common.sheet_homes),
        (BatchColumn::Transport, Flaw::Unknown) => td_string!(locale, devices.sheet_transport),
        (BatchColumn::Model, Flaw::Unknown) => td_string!(locale, devices.sheet_model),
        _ => return None,
    })
}

fn document(english: bool, body: impl FnOnce(Locale) -> AnyView) -> String {
    let title = |locale: Locale| td_string!(locale, devices.sheet).to_owned();
    paper::document(english, Look::Printed, title, |locale| {
        view! { <main>{body(locale)}</main> }.into_any()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_stand_beside_their_devices() {
        let broker = Broker {
            host: "linli.example".to_owned(),
            port: 8883,
            site: "https://linli.example".to_owned(),
        };
        let device = |name: &str, credentials| SheetDevice {
            name: name.to_owned(),
            key: "w-1".to_owned(),
            place: "1号楼 101".to_owned(),
            credentials,
        };
        let told = Credentials::new("anju", "w-1", "s3cret".to_owned());
        let made = vec![device("<水表>", Some(told)), device("总表", None)];
        let html = passwords(false, "阳光花园", &broker, made);
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"zh-CN\""));
        for part in [
            "&lt;水表&gt;",
            "anju:w-1",
            "s3cret",
            "linli/anju/w-1",
            "linli.example:8883",
            "阳光花园 · 2 台",
            "不用口令",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(!html.contains("<script"));
    }

    #[test]
    fn each_bad_cell_says_where_and_what() {
        let cell = |column, flaw| BadCell {
            row: 3,
            column,
            flaw,
        };
        let bad = [
            cell(BatchColumn::Home, Flaw::Unknown),
            cell(BatchColumn::Name, Flaw::Required),
        ];
        let html = refused(true, "/console/devices/new", &bad);
        assert!(
            html.contains("There is no such unit")
                && html.contains("href=\"/console/devices/new\"")
        );
        assert!(html.contains("2 cells") && html.contains("名称"));
    }
}
