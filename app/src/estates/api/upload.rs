//! The parts of the import page's form.

use std::collections::BTreeSet;

use backend::{Cx, estates::RosterUpload};
use domain::{
    Code, EstateId, ImportId, Problem,
    estates::{ColumnChoice, RosterColumn},
    problem::Flaw,
};
use leptos::server_fn::codec::MultipartData;

use crate::{AppError, routes, worn};

/// As many rows as an address has room for.
const MOST_SOLD: usize = 500;

/// A roster as it was posted, and what was said of its columns, word by word.
pub(super) struct Posted {
    estate: EstateId,
    of: Option<ImportId>,
    chosen: Vec<String>,
    /// Rows that were confirmed as sales.
    sold: Vec<u32>,
    pub(super) upload: Result<RosterUpload, Problem>,
}

impl Posted {
    /// Where whoever posted it came from, with what they chose there; what was wrong is to follow.
    pub(super) fn back(&self) -> String {
        let mut back = match self.of {
            Some(of) => format!("{}?", routes::import_result(of)),
            None => format!("{}&", routes::import(self.estate)),
        };
        if !self.chosen.is_empty() {
            back.push_str("chosen=");
            back.push_str(&self.chosen.join(","));
            back.push('&');
        }
        if !self.sold.is_empty() {
            let rows: Vec<_> = self.sold.iter().map(u32::to_string).collect();
            back.push_str("sold=");
            back.push_str(&rows.join(","));
            back.push('&');
        }
        back
    }
}

/// What is wrong, for an address: nothing but words of ours.
pub(super) fn flaws(problem: &Problem) -> String {
    let columns = |wanted: Flaw| {
        let all = RosterColumn::ALL.iter().map(|column| column.as_str());
        let named = all.filter(|word| {
            let flaw = problem.fields.get(&format!("columns.{word}"));
            flaw == Some(&wanted)
        });
        named.collect::<Vec<_>>().join(",")
    };
    let (taken, missing) = (columns(Flaw::Taken), columns(Flaw::Required));
    if !(taken.is_empty() && missing.is_empty()) {
        return format!("flaw=columns&taken={taken}&missing={missing}");
    }
    let file = problem.fields.get("file").map(|flaw| flaw.as_str());
    format!("flaw={}", file.unwrap_or_else(|| problem.code.as_str()))
}

fn broken() -> AppError {
    AppError::from(Problem::field(Code::Invalid, "file", Flaw::Unreadable))
}

/// Reads the form's parts; the router has bounded its size already.
pub(super) async fn read(cx: &Cx, data: MultipartData) -> Result<Posted, AppError> {
    let mut parts = data.into_inner().ok_or_else(broken)?;
    let (mut estate, mut dry_run, mut file) = (None::<EstateId>, false, None);
    let (mut confirmed, mut of) = (BTreeSet::new(), None);
    let (mut headers, mut chosen) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            let name = part.file_name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|_| broken())?;
            file = Some((name, bytes.to_vec()));
            continue;
        }
        let text = part.text().await.map_err(|_| broken())?;
        match name.as_str() {
            "estate" => estate = text.parse().ok(),
            worn::FIELD if cx.worn().as_ref() == Some(&text) => {}
            worn::FIELD => return Err(AppError::from(Code::WrongHat)),
            "dry_run" => dry_run = text == "true",
            "confirm_sales" => confirmed.extend(text.parse::<u32>()),
            "of" => of = text.parse().ok(),
            "header" => headers.push(text),
            // A word of ours or none: it goes into an address.
            "column" => chosen.push(
                RosterColumn::parse(&text)
                    .map_or(domain::estates::IGNORED, RosterColumn::as_str)
                    .to_owned(),
            ),
            _ => {}
        }
    }
    let estate = estate.ok_or_else(AppError::not_found)?;
    let (file_name, bytes) = file.ok_or_else(broken)?;
    let pairs = headers.iter().zip(&chosen);
    let sold = confirmed.iter().copied().take(MOST_SOLD).collect();
    let columns = ColumnChoice::read(pairs.map(|(header, word)| (header.as_str(), word.as_str())));
    let upload = columns.map(|columns| RosterUpload {
        estate,
        dry_run,
        file_name,
        bytes,
        confirmed,
        of,
        columns,
        asks: true,
    });
    chosen.truncate(domain::estates::MOST_COLUMNS);
    Ok(Posted {
        estate,
        of,
        chosen,
        sold,
        upload,
    })
}
