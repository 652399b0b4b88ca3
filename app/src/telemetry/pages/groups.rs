//! Devices of a table under headings: what somebody should look at, then building by building.

use domain::{
    DeviceId,
    telemetry::{
        doors::DoorRow,
        equipment::{Machine, Trouble},
    },
};
use leptos::prelude::*;

use crate::i18n::{tu_string, use_i18n};

/// A row that has a place under some heading.
pub(super) trait Placed {
    fn id(&self) -> DeviceId;
    fn building(&self) -> Option<&str>;
    fn trouble(&self) -> Option<Trouble>;
}

impl Placed for Machine {
    fn id(&self) -> DeviceId {
        self.id
    }

    fn building(&self) -> Option<&str> {
        self.building.as_deref()
    }

    fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }
}

impl Placed for DoorRow {
    fn id(&self) -> DeviceId {
        self.id
    }

    fn building(&self) -> Option<&str> {
        self.building.as_deref()
    }

    fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }
}

/// Rows under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Group {
    /// `None` for those that somebody should look at.
    place: Option<String>,
    rows: Vec<DeviceId>,
}

/// Rows come the worst first, then by building. By buildings alone, one of them would head the troubled
/// and, further down, the others once more.
pub(super) fn groups<T: Placed>(rows: &[T], elsewhere: &str) -> Vec<Group> {
    let place = |row: &T| {
        let building = row.building().unwrap_or(elsewhere);
        row.trouble().is_none().then(|| building.to_owned())
    };
    rows.chunk_by(|one, other| place(one) == place(other))
        .map(|rows| Group {
            place: rows.first().and_then(place),
            rows: rows.iter().map(Placed::id).collect(),
        })
        .collect()
}

/// A group as a part of its table, which is so many `columns` wide. `find` reads a row as it is now; one
/// that is there no more stays as it was until its group is made anew.
pub(super) fn group_rows<T>(
    group: Group,
    columns: &'static str,
    find: impl Fn(DeviceId) -> Option<T> + Copy + Send + Sync + 'static,
    show: impl Fn(Memo<T>) -> AnyView,
) -> AnyView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let i18n = use_i18n();
    let wrong = group.place.is_none();
    let head = group
        .place
        .unwrap_or_else(|| tu_string!(i18n, boards.to_look_at).to_owned());
    let rows = group.rows.into_iter();
    let rows = rows
        .filter_map(|id| {
            let first = untrack(|| find(id))?;
            let row = Memo::new(move |before: Option<&T>| {
                find(id).unwrap_or_else(|| before.unwrap_or(&first).clone())
            });
            Some(show(row))
        })
        .collect_view();
    view! {
        <tbody class:is-wrong=wrong>
            <tr class="group">
                <th colspan=columns scope="rowgroup">{head}</th>
            </tr>
            {rows}
        </tbody>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(u8, Option<&'static str>, Option<Trouble>);

    impl Placed for Row {
        fn id(&self) -> DeviceId {
            let n = self.0;
            format!("dev_01JA000000000000000000000{n}").parse().unwrap()
        }

        fn building(&self) -> Option<&str> {
            self.1
        }

        fn trouble(&self) -> Option<Trouble> {
            self.2
        }
    }

    #[test]
    fn what_is_wrong_has_a_group_of_its_own() {
        let rows = [
            Row(1, Some("2号楼"), Some(Trouble::Alarm)),
            Row(2, Some("1号楼"), Some(Trouble::Stale)),
            Row(3, Some("1号楼"), None),
            Row(4, Some("2号楼"), None),
            Row(5, None, None),
        ];
        let found = groups(&rows, "公共区域");
        let told: Vec<_> = found
            .iter()
            .map(|group| (group.place.as_deref(), group.rows.len()))
            .collect();
        let expected = [
            (None, 2),
            (Some("1号楼"), 1),
            (Some("2号楼"), 1),
            (Some("公共区域"), 1),
        ];
        assert_eq!(told, expected);
    }
}
