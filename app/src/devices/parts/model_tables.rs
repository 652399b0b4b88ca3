//! The tables of a model as they are typed: points, and registers.
//!
//! A row goes by a number that it keeps; the server counts the rows as they come, so what is wrong with
//! one stands at its place among those that are there.

use domain::{
    devices::{
        ValueType,
        models::editor::{ModelTables, ORDERS, PointFields, RegisterFields, TYPES},
    },
    problem::Flaw,
};
use leptos::prelude::*;

use crate::{
    devices::words as room_words,
    i18n::{locale, td_string, tu_string, use_i18n},
    ui::{Button, ButtonKind, Card, Icon, Table},
    words::Complaints,
};

/// Blank rows below those that are there, so that some can be added without wasm.
const SPARE: usize = 3;

/// The rows of a table, each under its number.
type Rows<T> = RwSignal<Vec<(usize, T)>>;

fn rows<T: Clone + Default + Send + Sync + 'static>(there: Vec<T>) -> Rows<T> {
    let spare = std::iter::repeat_n(T::default(), SPARE);
    RwSignal::new(there.into_iter().chain(spare).enumerate().collect())
}

/// Both tables, within a form.
pub(in crate::devices) fn model_tables(tables: ModelTables, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let ModelTables { points, registers } = tables;
    // Rows come and go once wasm is there.
    let awake = RwSignal::new(false);
    Effect::new(move |_| awake.set(true));
    let points = table(
        "points",
        "points",
        points,
        [
            tu_string!(i18n, models.name),
            tu_string!(i18n, models.unit),
            tu_string!(i18n, models.value_type),
            tu_string!(i18n, models.min),
            tu_string!(i18n, models.max),
        ]
        .to_vec(),
        (complaints, awake),
        point_cells,
    );
    let registers = table(
        "registers",
        "map.registers",
        registers,
        [
            tu_string!(i18n, models.name),
            tu_string!(i18n, models.point),
            tu_string!(i18n, models.address),
            tu_string!(i18n, models.function),
            tu_string!(i18n, models.value_type),
            tu_string!(i18n, models.order),
            tu_string!(i18n, models.scale),
            tu_string!(i18n, models.offset),
            tu_string!(i18n, models.unit),
            tu_string!(i18n, models.bit),
            tu_string!(i18n, models.min),
            tu_string!(i18n, models.max),
        ]
        .to_vec(),
        (complaints, awake),
        register_cells,
    );
    let locale = locale();
    let whole = complaints.field("points", move |flaw| match flaw {
        Flaw::Required => Some(td_string!(locale, models.points_required).to_owned()),
        _ => None,
    });
    let map = complaints.field("map", move |flaw| match flaw {
        Flaw::Taken => Some(td_string!(locale, models.map_used).to_owned()),
        _ => None,
    });
    view! {
        <Card title=tu_string!(i18n, models.registers)>
            <p class="muted">{tu_string!(i18n, models.registers_text)}</p>
            {below(map)}
            {registers}
        </Card>
        <Card title=tu_string!(i18n, models.points)>
            <p class="muted">{tu_string!(i18n, models.points_text)}</p>
            {below(whole)}
            {points}
        </Card>
    }
    .into_any()
}

fn below(error: Signal<Option<String>>) -> AnyView {
    (move || {
        error.get().map(|error| {
            view! {
                <p class="field-error">
                    {Icon::CircleAlert.view()}
                    {error}
                </p>
            }
        })
    })
    .into_any()
}

/// One row of a form's table: how its cells are named and where what is wrong with them stands.
#[derive(Clone)]
struct Row {
    /// `tables[registers][3]`.
    name: String,
    number: Signal<usize>,
    place: &'static str,
    complaints: Complaints,
}

impl Row {
    fn error(&self, member: &'static str) -> Signal<Option<String>> {
        let (number, place, locale) = (self.number, self.place, locale());
        let at = move || format!("{place}.{}.{member}", number.get());
        self.complaints.at(at, move |flaw| match flaw {
            Flaw::Taken if matches!(member, "unit" | "type") => {
                Some(td_string!(locale, models.kept).to_owned())
            }
            Flaw::Malformed if member == "unit" => {
                Some(td_string!(locale, models.clash).to_owned())
            }
            _ => None,
        })
    }

    /// What the cell is called for those who hear it.
    fn label(&self, head: &'static str) -> impl Fn() -> String + Send + Sync + Clone + 'static {
        let (number, locale) = (self.number, locale());
        move || {
            let row = td_string!(locale, models.row, n = number.get() + 1);
            format!("{head} · {row}")
        }
    }

    fn text(&self, member: &'static str, head: &'static str, value: String, size: u8) -> AnyView {
        let error = self.error(member);
        let id = format!("{}-{member}", self.name.replace(['[', ']'], "-"));
        let described = format!("{id}-error");
        let (by, name) = (described.clone(), format!("{}[{member}]", self.name));
        let label = self.label(head);
        view! {
            <td>
                <input
                    class="input cell-input"
                    id=id
                    name=name
                    value=value
                    size=size
                    maxlength="40"
                    autocomplete="off"
                    aria-label=label
                    aria-invalid=move || error.get().map(|_| "true")
                    aria-describedby=move || error.get().map(|_| by.clone())
                />
                {cell_error(described, error)}
            </td>
        }
        .into_any()
    }

    fn choice(
        &self,
        member: &'static str,
        head: &'static str,
        value: String,
        choices: Vec<(String, String)>,
    ) -> AnyView {
        let error = self.error(member);
        let id = format!("{}-{member}", self.name.replace(['[', ']'], "-"));
        let described = format!("{id}-error");
        let (by, name) = (described.clone(), format!("{}[{member}]", self.name));
        let label = self.label(head);
        let options = choices
            .into_iter()
            .map(|(word, said)| {
                let selected = word == value;
                view! { <option value=word selected=selected>{said}</option> }
            })
            .collect_view();
        view! {
            <td>
                <select
                    class="select cell-input"
                    id=id
                    name=name
                    aria-label=label
                    aria-invalid=move || error.get().map(|_| "true")
                    aria-describedby=move || error.get().map(|_| by.clone())
                >
                    {options}
                </select>
                {cell_error(described, error)}
            </td>
        }
        .into_any()
    }
}

fn cell_error(id: String, error: Signal<Option<String>>) -> AnyView {
    (move || {
        let id = id.clone();
        error.get().map(|error| {
            view! {
                <p class="field-error cell-error" id=id>
                    {error}
                </p>
            }
        })
    })
    .into_any()
}

/// A table of one kind of rows.
fn table<T: Clone + Default + Send + Sync + 'static>(
    name: &'static str,
    place: &'static str,
    there: Vec<T>,
    heads: Vec<&'static str>,
    (complaints, awake): (Complaints, RwSignal<bool>),
    cells: fn(&Row, &[&'static str], T) -> AnyView,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let lines = rows(there);
    let captions = heads.clone();
    let line = move |(key, fields): (usize, T)| {
        let number = Signal::derive(move || {
            let at = lines.with(|lines| lines.iter().position(|line| line.0 == key));
            at.unwrap_or_default()
        });
        let row = Row {
            name: format!("tables[{name}][{key}]"),
            number,
            place,
            complaints,
        };
        let drop = move || {
            let label = td_string!(locale, models.drop_row, n = number.get() + 1).to_string();
            awake.get().then(|| {
                view! {
                    <button
                        class="btn btn-ghost btn-sm"
                        type="button"
                        aria-label=label
                        on:click=move |_| lines.update(|lines| lines.retain(|line| line.0 != key))
                    >
                        {Icon::X.view()}
                    </button>
                }
            })
        };
        view! {
            <tr>
                {cells(&row, &captions, fields)}
                <td>{drop}</td>
            </tr>
        }
    };
    let add = move |_| {
        lines.update(|lines| {
            let next = lines
                .iter()
                .map(|line| line.0)
                .max()
                .map_or(0, |most| most + 1);
            lines.push((next, T::default()));
        });
    };
    let heads = heads
        .into_iter()
        .map(|head| view! { <th scope="col">{head}</th> })
        .collect_view();
    view! {
        <Table caption=if name == "points" {
            tu_string!(i18n, models.points)
        } else {
            tu_string!(i18n, models.registers)
        }>
            <thead>
                <tr>
                    {heads} <td></td>
                </tr>
            </thead>
            <tbody>
                <For each=move || lines.get() key=|line| line.0 children=line />
            </tbody>
        </Table>
        {move || {
            awake
                .get()
                .then(|| {
                    view! {
                        <Button
                            kind=ButtonKind::Ghost
                            action="button"
                            icon=Icon::Plus
                            on:click=add
                        >
                            {tu_string!(i18n, models.add_row)}
                        </Button>
                    }
                })
        }}
    }
    .into_any()
}

fn head(heads: &[&'static str], at: usize) -> &'static str {
    heads.get(at).copied().unwrap_or_default()
}

fn point_cells(row: &Row, heads: &[&'static str], fields: PointFields) -> AnyView {
    let locale = locale();
    let types = ValueType::ALL.iter().map(|each| {
        let word = room_words::value_type(locale, *each);
        (each.as_str().to_owned(), word.to_owned())
    });
    (
        row.text("name", head(heads, 0), fields.name, 16),
        row.text("unit", head(heads, 1), fields.unit, 6),
        row.choice("type", head(heads, 2), fields.value_type, types.collect()),
        row.text("min", head(heads, 3), fields.min, 6),
        row.text("max", head(heads, 4), fields.max, 6),
    )
        .into_any()
}

fn register_cells(row: &Row, heads: &[&'static str], fields: RegisterFields) -> AnyView {
    let plain = |word: &str| (word.to_owned(), word.to_owned());
    let types = TYPES.iter().map(|(word, _)| plain(word));
    let orders = ORDERS.iter().map(|(word, ..)| plain(word));
    let or = |said: String, usual: &str| {
        if said.is_empty() {
            usual.to_owned()
        } else {
            said
        }
    };
    let functions = ["3", "4", "1", "2"].map(plain);
    (
        row.text("name", head(heads, 0), fields.name, 14),
        row.text("point", head(heads, 1), fields.point, 10),
        row.text("address", head(heads, 2), fields.address, 6),
        row.choice(
            "function",
            head(heads, 3),
            or(fields.function, "3"),
            functions.to_vec(),
        ),
        row.choice(
            "type",
            head(heads, 4),
            or(fields.encoding, "u16"),
            types.collect(),
        ),
        row.choice(
            "order",
            head(heads, 5),
            or(fields.order, "ABCD"),
            orders.collect(),
        ),
        row.text("scale", head(heads, 6), fields.scale, 5),
        row.text("offset", head(heads, 7), fields.offset, 4),
        row.text("unit", head(heads, 8), fields.unit, 5),
        row.text("bit", head(heads, 9), fields.bit, 2),
        row.text("min", head(heads, 10), fields.min, 5),
        row.text("max", head(heads, 11), fields.max, 5),
    )
        .into_any()
}
