//! Many devices from one sheet: a plain form, since its answer is a document of its own.

use domain::EstateId;
use leptos::prelude::*;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    routes,
    ui::{
        Card, Choice, FileField, FormErrors, HiddenField, Icon, LinkButton, SelectField, SubmitRow,
    },
};

/// The value of the field `as` that asks for a file.
pub const WORKBOOK: &str = "xlsx";

/// The card with the template and the form. `flaw` is what was wrong with the file as a whole.
pub fn batch(estate: EstateId, flaw: Option<String>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let flaw = flaw.map(|flaw| {
        match flaw.as_str() {
            "required" => td_string!(locale, devices.batch_empty),
            "unknown" => td_string!(locale, devices.batch_columns),
            "out_of_range" => td_string!(locale, devices.batch_many),
            _ => td_string!(locale, devices.batch_unreadable),
        }
        .to_owned()
    });
    let answers = vec![
        Choice::new("print", tu_string!(i18n, devices.batch_print)),
        Choice::new(WORKBOOK, tu_string!(i18n, devices.batch_workbook)),
    ];
    view! {
        <Card title=tu_string!(i18n, devices.batch)>
            <p>{tu_string!(i18n, devices.batch_text)}</p>
            <div class="row">
                <LinkButton
                    href=routes::DEVICES_TEMPLATE
                    icon=Icon::Download
                    download="linli-devices-template.xlsx"
                    external=true
                >
                    {tu_string!(i18n, devices.batch_template)}
                </LinkButton>
            </div>
            <form
                class="stack"
                method="post"
                action=routes::DEVICES_BATCH
                enctype="multipart/form-data"
            >
                <FormErrors message=flaw />
                <HiddenField name="estate" value=estate.to_string() />
                <FileField
                    name="file"
                    label=tu_string!(i18n, devices.batch_file)
                    hint=tu_string!(i18n, devices.batch_file_hint)
                    accept=".xlsx,.csv"
                />
                <SelectField
                    name="as"
                    label=tu_string!(i18n, devices.batch_as)
                    choices=Signal::stored(answers)
                    value="print"
                />
                <SubmitRow label=tu_string!(i18n, devices.batch_do) />
            </form>
        </Card>
    }
    .into_any()
}
