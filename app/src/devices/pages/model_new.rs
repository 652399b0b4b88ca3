//! A new device model: typed, or out of a file.

use domain::{
    devices::{DeviceKind, models::editor::ModelTables},
    problem::Flaw,
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    devices::{models::MakeModel, parts::model_tables, words as room_words},
    i18n::{locale, td_string, tu_string, use_i18n},
    routes,
    ui::{
        Card, Choice, Crumb, FieldRow, FileField, FormErrors, PageHead, SelectField, SheetCard,
        SubmitRow, Template, TextField,
    },
    words::Complaints,
};

#[component]
pub fn NewModelPage() -> impl IntoView {
    let i18n = use_i18n();
    let title = tu_string!(i18n, models.new_title);
    let crumbs = vec![
        Crumb::new(routes::DEVICES, tu_string!(i18n, devices.title)),
        Crumb::new(routes::DEVICE_MODELS, tu_string!(i18n, models.title)),
    ];
    view! {
        <Title text=title />
        <PageHead title=title crumbs=crumbs sub=tu_string!(i18n, models.lead) />
        <div class="stack">
            <div class="grid-two">{sheet()} {file()}</div>
            {typed()}
        </div>
    }
    .into_any()
}

fn kinds() -> Vec<Choice> {
    let locale = locale();
    let kinds = DeviceKind::ALL.iter();
    kinds
        .map(|kind| Choice::new(kind.as_str(), room_words::kind(locale, *kind)))
        .collect()
}

/// The fields that every model has. `form` tells the ids of one form from those of another.
fn head(form: &'static str, complaints: Option<Complaints>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let plain = move |field: &'static str| match complaints {
        Some(complaints) => complaints.plain(field),
        None => Signal::stored(None),
    };
    let id_error = match complaints {
        Some(complaints) => complaints.field("id", move |flaw| match flaw {
            Flaw::Taken => Some(td_string!(locale, models.id_taken).to_owned()),
            Flaw::Reserved => Some(td_string!(locale, models.id_reserved).to_owned()),
            _ => None,
        }),
        None => Signal::stored(None),
    };
    view! {
        <FieldRow>
            <TextField
                id=format!("{form}-name")
                name="name"
                label=tu_string!(i18n, models.name)
                error=plain("name")
                maxlength=80
                autocomplete="off"
            />
            <TextField
                id=format!("{form}-maker")
                name="maker"
                label=tu_string!(i18n, models.maker)
                error=plain("maker")
                maxlength=80
                optional=true
                autocomplete="off"
            />
        </FieldRow>
        <FieldRow>
            <TextField
                id=format!("{form}-id")
                name="id"
                label=tu_string!(i18n, models.id)
                hint=tu_string!(i18n, models.id_hint)
                error=id_error
                maxlength=40
                autocomplete="off"
            />
            <SelectField
                id=format!("{form}-kind")
                name="kind"
                label=tu_string!(i18n, models.kind)
                choices=Signal::stored(kinds())
                error=plain("kind")
            />
        </FieldRow>
    }
    .into_any()
}

fn typed() -> AnyView {
    let i18n = use_i18n();
    let make = ServerAction::<MakeModel>::new();
    let complaints = Complaints::of(make.value());
    view! {
        <ActionForm action=make attr:class="stack">
            <FormErrors message=complaints.whole() />
            <Card title=tu_string!(i18n, models.new_title)>
                {head("new", Some(complaints))}
                <p class="field-hint">{tu_string!(i18n, models.tables_text)}</p>
            </Card>
            {model_tables(ModelTables::default(), complaints)}
            <SubmitRow label=tu_string!(i18n, models.new_do) pending=make.pending() />
        </ActionForm>
    }
    .into_any()
}

fn sheet() -> AnyView {
    let i18n = use_i18n();
    let first = vec![
        Choice::new("0", tu_string!(i18n, models.first_0)),
        Choice::new("1", tu_string!(i18n, models.first_1)),
    ];
    let template = Template {
        href: routes::REGISTERS_TEMPLATE,
        name: "linli-registers-template.xlsx",
        label: tu_string!(i18n, models.template),
    };
    view! {
        <SheetCard
            title=tu_string!(i18n, models.import_sheet)
            text=tu_string!(i18n, models.import_sheet_text)
            template=template
            action=routes::DEVICE_MODELS_SHEET
            submit=tu_string!(i18n, models.import_do)
        >
            {head("sheet", None)}
            <SelectField
                id="sheet-first"
                name="first"
                label=tu_string!(i18n, models.first)
                choices=Signal::stored(first)
                value="0"
            />
            <FileField
                id="sheet-file"
                name="file"
                label=tu_string!(i18n, models.sheet_file)
                accept=".xlsx,.csv"
            />
        </SheetCard>
    }
    .into_any()
}

fn file() -> AnyView {
    let i18n = use_i18n();
    let mut kinds = kinds();
    kinds.insert(0, Choice::new("", tu_string!(i18n, models.as_in_file)));
    view! {
        <SheetCard
            title=tu_string!(i18n, models.import_file)
            text=tu_string!(i18n, models.import_file_text)
            action=routes::DEVICE_MODELS_FILE
            submit=tu_string!(i18n, models.import_do)
        >
            <FileField
                id="json-file"
                name="file"
                label=tu_string!(i18n, models.json_file)
                accept=".json,application/json"
            />
            <TextField
                id="json-id"
                name="id"
                label=tu_string!(i18n, models.instead_id)
                hint=tu_string!(i18n, models.instead_hint)
                maxlength=40
                optional=true
                autocomplete="off"
            />
            <SelectField
                id="json-kind"
                name="kind"
                label=tu_string!(i18n, models.kind)
                choices=Signal::stored(kinds)
                value=""
                optional=true
            />
        </SheetCard>
    }
    .into_any()
}
