//! `/api/v1/imports`: rosters as files.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    extract::{FromRequest, Multipart, Request, multipart::Field},
    http::{StatusCode, header},
};
use backend::estates::{self, RosterUpload};
use domain::{
    Code, EstateId, ImportId, UnitId,
    estates::{
        ColumnChoice, FieldChange, ImportCounts, ImportFlaw, ImportProgress, ImportStage,
        ImportState, PossibleSale, ReadColumn, RefusedRow, RosterColumn, RosterField, RosterImport,
        RowChange, RowRefusal,
    },
    problem::{Check, Flaw},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    accept::{Asker, Named},
    schema::{EstateRef, ImportRef, Time, UnitRef},
};
use crate::http::{HttpState, Refusal};

/// A text part that is longer is none of ours.
const MOST_TEXT: usize = 200;
/// What is said of as many columns as are looked at.
const MOST_COLUMNS_TEXT: usize = 60_000;
/// A list of all rows that a roster may have.
const MOST_ROWS_TEXT: usize = 120_000;

/// A roster and where it belongs.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the parts that RosterIn reads")]
pub(super) struct RosterForm {
    #[schema(value_type = EstateRef)]
    estate: String,
    /// `true` checks every row and writes nothing; without it, `false`.
    dry_run: Option<bool>,
    /// The rows of `possible_sales` that are sales: `12,57`.
    confirm_sales: Option<String>,
    /// The import that listed them: then the file has to be the one that it had.
    #[schema(value_type = Option<ImportRef>)]
    of: Option<String>,
    /// What columns are, by their headers, as a JSON object: `{"房间编号":"unit","备注":"ignore"}`.
    /// The words are `building`, `entrance`, `unit`, `floor_label`, `area_m2`, `inner_area_m2`, `use`,
    /// `owner`, `phone`, `occupancy` and `ignore`. It is remembered for the company's next rosters.
    columns: Option<String>,
    /// .xlsx, or .csv in UTF-8 or GB18030.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

pub(super) struct RosterIn(RosterUpload);

fn broken(status: StatusCode) -> Refusal {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge.into(),
        _ => Refusal::unreadable(),
    }
}

/// Part by part, so that a long one is not kept only to be refused.
async fn short(field: Field<'_>) -> Result<Result<String, Flaw>, Refusal> {
    text(field, MOST_TEXT).await
}

async fn text(mut field: Field<'_>, most: usize) -> Result<Result<String, Flaw>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|e| broken(e.status()))? {
        if bytes.len() <= most {
            bytes.extend_from_slice(&chunk);
        }
    }
    if bytes.len() > most {
        return Ok(Err(Flaw::TooLong));
    }
    Ok(String::from_utf8(bytes).map_err(|_| Flaw::Malformed))
}

/// The last part of what a client calls the file, without what could not be shown again.
fn file_name(given: Option<&str>) -> String {
    let name = given
        .and_then(|name| name.rsplit(['/', '\\']).next())
        .unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MOST_TEXT)
        .collect();
    if name.trim().is_empty() {
        "roster".to_owned()
    } else {
        name
    }
}

fn flag(text: &str) -> Result<bool, Flaw> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Ok(true),
        "false" | "0" | "off" | "no" | "" => Ok(false),
        _ => Err(Flaw::Malformed),
    }
}

/// Numbers of rows with commas between them.
fn rows(text: &str) -> Result<BTreeSet<u32>, Flaw> {
    let rows = text.split(',').map(str::trim).filter(|row| !row.is_empty());
    rows.map(|row| row.parse().map_err(|_| Flaw::Malformed))
        .collect()
}

/// A JSON object of headers and words.
fn columns(text: &str) -> Result<BTreeMap<String, String>, Flaw> {
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_str(text).map_err(|_| Flaw::Malformed)
}

impl FromRequest<HttpState> for RosterIn {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Refusal> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let is_form = kind.is_some_and(|kind| {
            kind.trim_start()
                .to_ascii_lowercase()
                .starts_with("multipart/form-data")
        });
        if !is_form {
            return Err(Refusal::unsupported_media_type());
        }
        let mut parts = Multipart::from_request(request, state)
            .await
            .map_err(|_| Refusal::unreadable())?;
        let (mut estate, mut dry_run, mut file) =
            (Err(Flaw::Required), Ok(false), Err(Flaw::Required));
        let (mut confirmed, mut of, mut said) =
            (Ok(BTreeSet::new()), Ok(None), Ok(BTreeMap::new()));
        while let Some(part) = parts.next_field().await.map_err(|e| broken(e.status()))? {
            match part.name() {
                Some("estate") => {
                    estate = short(part).await?.and_then(|text| match text.trim() {
                        "" => Err(Flaw::Required),
                        text => text.parse::<EstateId>().map_err(|_| Flaw::Malformed),
                    });
                }
                Some("dry_run") => dry_run = short(part).await?.and_then(|text| flag(&text)),
                Some("confirm_sales") => {
                    confirmed = text(part, MOST_ROWS_TEXT)
                        .await?
                        .and_then(|text| rows(&text));
                }
                Some("columns") => {
                    said = text(part, MOST_COLUMNS_TEXT)
                        .await?
                        .and_then(|text| columns(&text));
                }
                Some("of") => {
                    of = short(part).await?.and_then(|text| match text.trim() {
                        "" => Ok(None),
                        text => text.parse().map(Some).map_err(|_| Flaw::Malformed),
                    });
                }
                Some("file") => {
                    let name = file_name(part.file_name());
                    let bytes = part.bytes().await.map_err(|e| broken(e.status()))?;
                    file = if bytes.is_empty() {
                        Err(Flaw::Required)
                    } else {
                        Ok((name, bytes))
                    };
                }
                _ => {}
            }
        }
        let mut check = Check::default();
        let estate = check.take("estate", estate);
        let dry_run = check.take("dry_run", dry_run);
        let file = check.take("file", file);
        let confirmed = check.take("confirm_sales", confirmed);
        let of = check.take("of", of);
        let said = check.take("columns", said);
        let said = said.unwrap_or_default();
        let said = said
            .iter()
            .map(|(header, word)| (header.as_str(), word.as_str()));
        let columns = ColumnChoice::read(said);
        let upload = (|| {
            let (file_name, bytes) = file?;
            Some(RosterUpload {
                estate: estate?,
                dry_run: dry_run?,
                file_name,
                bytes: bytes.to_vec(),
                confirmed: confirmed?,
                of: of?,
                columns: columns.as_ref().ok()?.clone(),
                asks: false,
            })
        })();
        for (field, flaw) in columns.err().into_iter().flat_map(|problem| problem.fields) {
            check.take(&field, Err::<(), _>(flaw));
        }
        Ok(Self(check.done(upload)?))
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportStarted {
    #[schema(value_type = ImportRef)]
    import: ImportId,
}

#[derive(Debug, Serialize, ToSchema)]
struct CountsOut {
    new: u32,
    changed: u32,
    same: u32,
    refused: u32,
    /// Units with other owners than on record: sales that were confirmed, or are to be.
    sales: u32,
}

impl From<ImportCounts> for CountsOut {
    fn from(counts: ImportCounts) -> Self {
        let ImportCounts {
            new,
            changed,
            same,
            refused,
            sales,
        } = counts;
        Self {
            new,
            changed,
            same,
            refused,
            sales,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct RefusedRowOut {
    /// The header is row 1.
    row: u32,
    /// Such as `duplicate_unit` or `area_unreadable`.
    #[schema(value_type = String)]
    reason: RowRefusal,
    /// The header of the column that is to blame.
    #[schema(required = true)]
    column: Option<String>,
}

impl From<RefusedRow> for RefusedRowOut {
    fn from(refused: RefusedRow) -> Self {
        let RefusedRow {
            row,
            reason,
            column,
        } = refused;
        Self {
            row,
            reason,
            column,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct PossibleSaleOut {
    row: u32,
    #[schema(value_type = UnitRef)]
    unit: UnitId,
    address: String,
    /// The owners on record, the first character of each name: `王**、李**`.
    from: String,
    /// Those of the file.
    to: String,
    confirmed: bool,
}

impl From<PossibleSale> for PossibleSaleOut {
    fn from(sale: PossibleSale) -> Self {
        let PossibleSale {
            row,
            unit,
            address,
            from,
            to,
            confirmed,
        } = sale;
        Self {
            row,
            unit,
            address,
            from,
            to,
            confirmed,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct FieldChangeOut {
    /// Such as `area_m2` or `owner`.
    #[schema(value_type = String)]
    field: RosterField,
    /// Neither is said of owners and phones.
    #[schema(required = true)]
    from: Option<String>,
    #[schema(required = true)]
    to: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RowChangeOut {
    row: u32,
    address: String,
    /// A unit that was not there.
    new: bool,
    fields: Vec<FieldChangeOut>,
}

impl From<RowChange> for RowChangeOut {
    fn from(change: RowChange) -> Self {
        let fields = change.fields.into_iter();
        let fields =
            fields.map(|FieldChange { field, from, to }| FieldChangeOut { field, from, to });
        Self {
            row: change.row,
            address: change.address,
            new: change.new,
            fields: fields.collect(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct ColumnOut {
    header: String,
    /// Such as `unit`; nothing where it was left aside.
    #[schema(value_type = Option<String>, required = true)]
    field: Option<RosterColumn>,
}

impl From<ReadColumn> for ColumnOut {
    fn from(column: ReadColumn) -> Self {
        Self {
            header: column.header,
            field: column.field,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct ProgressOut {
    /// `waiting` for what else is being written to the estate, `reading`, `checking`, or `writing`.
    #[schema(value_type = String)]
    stage: ImportStage,
    /// Rows of the file while it is read and checked; then what has been written.
    #[schema(required = true)]
    done: Option<u32>,
    /// Nothing before the end of the file.
    #[schema(required = true)]
    total: Option<u32>,
}

impl From<ImportProgress> for ProgressOut {
    fn from(progress: ImportProgress) -> Self {
        let ImportProgress { stage, done, total } = progress;
        Self { stage, done, total }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportOut {
    #[schema(value_type = ImportRef)]
    id: ImportId,
    #[schema(value_type = EstateRef)]
    estate: EstateId,
    file_name: String,
    dry_run: bool,
    /// `running`, `done`, or `refused`: then nothing was written, since rows were refused, a
    /// possible sale was not confirmed, or the file has a flaw.
    #[schema(value_type = String)]
    state: ImportState,
    /// How far it is, while it runs.
    #[schema(required = true)]
    progress: Option<ProgressOut>,
    /// What was wrong with the whole of it, where that was found after the answer: `unreadable`,
    /// `out_of_range`, `unknown`, `over_quota`, `not_found`, `unavailable`, `internal`, or
    /// `interrupted`: then the server stopped in the middle.
    #[schema(value_type = Option<String>, required = true)]
    flaw: Option<ImportFlaw>,
    counts: CountsOut,
    /// At most 1,000; `counts.refused` has them all.
    refused: Vec<RefusedRowOut>,
    /// At most 1,000; `counts.sales` has them all.
    possible_sales: Vec<PossibleSaleOut>,
    /// New and changed units, at most 1,000; the counts have them all.
    changes: Vec<RowChangeOut>,
    /// Headers that were not understood and left aside.
    ignored_columns: Vec<String>,
    /// What each column was taken for.
    columns: Vec<ColumnOut>,
    #[schema(value_type = Time)]
    created_at: Timestamp,
}

impl From<RosterImport> for ImportOut {
    fn from(import: RosterImport) -> Self {
        Self {
            id: import.id,
            estate: import.estate,
            file_name: import.file_name,
            dry_run: import.dry_run,
            state: import.state,
            progress: import.progress.map(ProgressOut::from),
            flaw: import.flaw,
            counts: import.counts.into(),
            refused: import
                .refused
                .into_iter()
                .map(RefusedRowOut::from)
                .collect(),
            possible_sales: import
                .possible_sales
                .into_iter()
                .map(PossibleSaleOut::from)
                .collect(),
            changes: import.changes.into_iter().map(RowChangeOut::from).collect(),
            ignored_columns: import.ignored_columns,
            columns: import.columns.into_iter().map(ColumnOut::from).collect(),
            created_at: import.created_at,
        }
    }
}

/// Import a roster
///
/// One refused row, or one possible sale that is not confirmed, and nothing is written. One that takes
/// longer than a second is answered while it is running: ask for it until it is through.
#[utoipa::path(post, path = "/api/v1/imports/roster", tag = "imports",
    request_body(content = RosterForm, content_type = "multipart/form-data"),
    responses((status = 202, body = ImportStarted)))]
pub(super) async fn import_roster(
    Asker(cx): Asker,
    RosterIn(upload): RosterIn,
) -> Result<(StatusCode, Json<ImportStarted>), Refusal> {
    let import = estates::start_import(&cx, upload).await?;
    Ok((
        StatusCode::ACCEPTED,
        Json(ImportStarted { import: import.id }),
    ))
}

/// See what became of an import
#[utoipa::path(get, path = "/api/v1/imports/{id}", operation_id = "get_import", tag = "imports", params(("id" = ImportRef, Path)),
    responses((status = 200, body = ImportOut)))]
pub(super) async fn roster_import(
    Asker(cx): Asker,
    Named(id): Named<ImportId>,
) -> Result<Json<ImportOut>, Refusal> {
    let import = estates::roster_import(&cx, id).await?;
    import
        .map(|import| Json(import.into()))
        .ok_or_else(|| Code::NotFound.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_only_names() {
        assert_eq!(file_name(Some("../../etc/名册.xlsx")), "名册.xlsx");
        assert_eq!(file_name(Some("C:\\up\\a\u{0}b.csv")), "ab.csv");
        assert_eq!(file_name(Some("dir/")), "roster");
        assert_eq!(file_name(None), "roster");
    }

    #[test]
    fn rows_of_sales() {
        assert_eq!(rows("12, 57,12"), Ok(BTreeSet::from([12, 57])));
        assert_eq!(rows(""), Ok(BTreeSet::new()));
        assert_eq!(rows("12;57"), Err(Flaw::Malformed));
    }

    #[test]
    fn columns_are_an_object_of_words() {
        let said = columns(r#"{"房间编号":"unit"}"#).unwrap();
        assert_eq!(said["房间编号"], "unit");
        assert_eq!(columns(" "), Ok(BTreeMap::new()));
        for text in ["[]", "{\"a\":1}", "{"] {
            assert_eq!(columns(text), Err(Flaw::Malformed), "{text}");
        }
    }

    #[test]
    fn flags() {
        assert_eq!(
            (flag("True"), flag(""), flag("0")),
            (Ok(true), Ok(false), Ok(false))
        );
        assert_eq!(flag("maybe"), Err(Flaw::Malformed));
    }
}
