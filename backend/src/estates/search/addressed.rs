//! Homes that somebody wrote down by their addresses, one a line.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Code, Problem, TenantId, UnitId,
    identity::{Action, MOST_PLACES},
    problem::Flaw,
};

use super::{address::Address, store};
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// The units that a text names, among those that the asker sees.
///
/// A line is an address as the search understands it (`3-2-1702`, `3号楼2单元1702室`), behind the name
/// of the estate where several have such a building: `阳光花园 3-2-1702`.
///
/// # Errors
/// `forbidden`; `invalid` on `field.line` for each line (counted from 1) that names none
/// (`unknown`) or several (`ambiguous`), on `field` over 500 lines (`too_long`).
pub async fn units_addressed(cx: &Cx, field: &str, text: &str) -> Result<BTreeSet<UnitId>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let lines = (1..).zip(text.lines().map(str::trim));
    let lines: Vec<(i32, &str)> = lines.filter(|(_, line)| !line.is_empty()).collect();
    if lines.len() > MOST_PLACES {
        return Err(Error::invalid(field, Flaw::TooLong));
    }
    let mut asked = store::Lines::default();
    for (line, text) in &lines {
        asked.push(*line, "", text);
        // A building may be called by a word as well, so that both are looked for.
        if let Some((estate, rest)) = text.split_once(|c: char| c.is_whitespace() || c == '-') {
            asked.push(*line, estate, rest);
        }
    }
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let by_line = by_line(&mut tx, cx.tenant.id, &asked).await?;
    tx.commit().await?;
    let mut problem = Problem::new(Code::Invalid);
    for (line, _) in lines {
        let flaw = match by_line.get(&line).map_or(0, BTreeSet::len) {
            1 => continue,
            0 => Flaw::Unknown,
            _ => Flaw::Ambiguous,
        };
        problem = problem.and(&format!("{field}.{line}"), flaw);
    }
    if problem.fields.is_empty() {
        Ok(by_line.into_values().flatten().collect())
    } else {
        Err(problem.into())
    }
}

/// The units of the estate of that name which addresses may mean, by the line that each stands on.
pub(crate) async fn homes_addressed<'a>(
    tx: &mut TenantTx,
    tenant: TenantId,
    estate: &str,
    said: impl Iterator<Item = (i32, &'a str)>,
) -> Result<BTreeMap<i32, BTreeSet<UnitId>>> {
    let mut asked = store::Lines::default();
    for (line, address) in said {
        asked.push(line, estate, address);
    }
    by_line(tx, tenant, &asked).await
}

/// The one unit that an address names.
///
/// # Errors
/// `unknown` where it names none, `ambiguous` where it names several.
pub(crate) fn only(found: Option<&BTreeSet<UnitId>>) -> Result<UnitId, Flaw> {
    let mut found = found.into_iter().flatten();
    match (found.next(), found.next()) {
        (Some(unit), None) => Ok(*unit),
        (None, _) => Err(Flaw::Unknown),
        (Some(_), Some(_)) => Err(Flaw::Ambiguous),
    }
}

async fn by_line(
    tx: &mut TenantTx,
    tenant: TenantId,
    asked: &store::Lines,
) -> Result<BTreeMap<i32, BTreeSet<UnitId>>> {
    let mut by_line = BTreeMap::<i32, BTreeSet<UnitId>>::new();
    for (line, unit) in store::addressed(tx, tenant, asked).await? {
        by_line.entry(line).or_default().insert(unit);
    }
    Ok(by_line)
}

impl store::Lines {
    /// An address in one estate, or in any where none is named. What is no address finds nothing.
    fn push(&mut self, line: i32, estate: &str, address: &str) {
        if let Some(address) = Address::read(address) {
            self.numbers.push(line);
            self.estates.push(estate.to_owned());
            self.wholes.push(address.whole());
            self.doors.push(address.door());
        }
    }
}
