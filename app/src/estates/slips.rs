//! The sheet of paper with the codes: one slip a home, cut apart and handed to its owner.

use std::fmt::Write;

use domain::estates::Slip;
use fast_qr::{ECL, QRBuilder};
use jiff::civil::Date;
use leptos::prelude::*;

use crate::{
    i18n::{Locale, td_string},
    paper::{self, Look},
    routes,
};

/// What stands on all of the slips.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What browsers call the site, without a trailing slash.
    pub public_url: String,
    pub company: String,
    /// The last day on which the codes open.
    pub until: Date,
}

/// The whole document. It needs no script: paper has none.
#[must_use]
pub fn document(english: bool, sheet: &Sheet, slips: Vec<Slip>) -> String {
    let title = |locale: Locale| td_string!(locale, claims.print).to_owned();
    paper::document(english, Look::Printed, title, |locale| {
        let slips = slips
            .into_iter()
            .map(|each| slip(locale, sheet, each))
            .collect_view();
        view! {
            <p class="sheet-hint">{td_string!(locale, claims.sheet_hint)}</p>
            <main class="slips">{slips}</main>
        }
        .into_any()
    })
}

fn slip(locale: Locale, sheet: &Sheet, slip: Slip) -> AnyView {
    let code = slip.code.grouped();
    let site = format!("{}{}", sheet.public_url, routes::CLAIM);
    let link = format!("{site}?code={}", slip.code.as_str());
    let until = td_string!(locale, claims.slip_until, day = sheet.until.to_string());
    view! {
        <section class="slip">
            <div class="slip-words">
                <p class="slip-estate">{slip.estate}</p>
                <h2 class="slip-home">{slip.address}</h2>
                <p>{td_string!(locale, claims.slip_text)}</p>
                <p class="slip-code">{code}</p>
                <p class="slip-small">{site}</p>
                <p class="slip-small">{until} " · " {sheet.company.clone()}</p>
            </div>
            {qr(&link)}
        </section>
    }
    .into_any()
}

/// A QR code as one path, a square a module, with the quiet zone of four modules that readers want.
fn qr(text: &str) -> Option<AnyView> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, module)| module.value()) {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", x + 4, y + 4);
        }
    }
    let side = code.size + 8;
    let drawing = view! {
        <svg
            class="slip-qr"
            viewBox=format!("0 0 {side} {side}")
            shape-rendering="crispEdges"
            aria-hidden="true"
        >
            <path d=path fill="#000" />
        </svg>
    };
    Some(drawing.into_any())
}

#[cfg(test)]
mod tests {
    use domain::estates::HomeCode;

    use super::*;

    #[test]
    fn a_slip_tells_its_code_once_in_words_and_once_in_squares() {
        let sheet = Sheet {
            public_url: "https://linli.example".to_owned(),
            company: "晨光物业".to_owned(),
            until: Date::constant(2027, 1, 31),
        };
        let slip = Slip {
            estate: "<晨光里>".to_owned(),
            address: "1号楼 101".to_owned(),
            code: HomeCode::of([7; 10]),
        };
        let html = document(true, &sheet, vec![slip]);
        assert!(
            html.starts_with("<!DOCTYPE html><html lang=\"en\""),
            "{html}"
        );
        assert!(html.contains("77777-77777") && html.contains("2027-01-31"));
        assert!(html.contains("https://linli.example/claim"));
        assert!(html.contains("&lt;晨光里&gt;") && html.contains("h1v1h-1z"));
        assert!(!html.contains("<script"));
    }
}
