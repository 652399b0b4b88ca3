//! Homes that somebody wrote down by their addresses: `3-2-1702`, `阳光花园 3号楼 2单元 1702室`.

mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use domain::{
    Code, Problem, UnitId,
    identity::{Action, MOST_PLACES},
    problem::Flaw,
};

use super::order::{name_key, plain};
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// What follows a number in an address and says nothing.
const ENDINGS: [&str; 9] = ["号楼", "单元", "栋", "幢", "座", "楼", "室", "号", "#"];

/// The units that a text names, one a line, among those that the asker sees.
///
/// A line is what is written on a door, from outside in: the estate where there is another with
/// such a building, the building, the entrance, the code. Parts are kept apart by spaces or dashes;
/// `3`, `3号楼` and `三栋` are the same.
///
/// # Errors
/// `forbidden`; `invalid` on `field.line` for each line (counted from 1) that names none
/// (`unknown`) or several (`ambiguous`), on `field` over 500 lines (`too_long`).
pub async fn units_addressed(cx: &Cx, field: &str, text: &str) -> Result<BTreeSet<UnitId>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let lines: Vec<(usize, Vec<String>)> = text
        .lines()
        .map(|line| parts(line).map(key).collect())
        .zip(1..)
        .map(|(parts, line): (Vec<String>, usize)| (line, parts))
        .filter(|(_, parts)| !parts.is_empty())
        .collect();
    if lines.len() > MOST_PLACES {
        return Err(Error::invalid(field, Flaw::TooLong));
    }
    let codes = text.lines().filter_map(|line| parts(line).next_back());
    let codes = codes.map(|code| bare(code).chars().map(plain).collect::<String>());
    let codes: Vec<String> = codes.map(|code| code.to_ascii_uppercase()).collect();
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let doors = store::doors(&mut tx, cx.tenant.id, &codes).await?;
    tx.commit().await?;
    let doors: Vec<(UnitId, [String; 4])> = doors.into_iter().map(store::Door::keyed).collect();
    let (mut found, mut problem) = (BTreeSet::new(), Problem::new(Code::Invalid));
    for (line, parts) in lines {
        let meant = doors.iter().filter(|(_, door)| names(&parts, door));
        match meant.map(|(id, _)| *id).collect::<Vec<_>>()[..] {
            [id] => {
                found.insert(id);
            }
            [] => problem = problem.and(&format!("{field}.{line}"), Flaw::Unknown),
            _ => problem = problem.and(&format!("{field}.{line}"), Flaw::Ambiguous),
        }
    }
    if problem.fields.is_empty() {
        Ok(found)
    } else {
        Err(problem.into())
    }
}

fn parts(line: &str) -> impl DoubleEndedIterator<Item = &str> {
    let apart =
        |c: char| c.is_whitespace() || matches!(c, '-' | '－' | '—' | '–' | '/' | ',' | '，');
    line.split(apart).filter(|part| !part.is_empty())
}

/// A part without the word for what it is, unless that is all of it.
fn bare(part: &str) -> &str {
    let ending = ENDINGS.iter().find_map(|ending| part.strip_suffix(ending));
    ending.filter(|rest| !rest.is_empty()).unwrap_or(part)
}

fn key(part: &str) -> String {
    name_key(bare(part))
}

/// Whether the parts of a line name a door: its code last, and before it some of estate, building
/// and entrance, in that order. An entrance that is not there has an empty key, and no part is empty.
fn names(parts: &[String], [estate, building, entrance, code]: &[String; 4]) -> bool {
    let Some((last, before)) = parts.split_last() else {
        return false;
    };
    let mut wider = [estate, building, entrance].into_iter();
    last == code && before.iter().all(|part| wider.any(|name| name == part))
}
