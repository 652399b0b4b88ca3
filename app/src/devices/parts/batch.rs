//! Many devices from one sheet.

use domain::EstateId;
use leptos::prelude::*;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    routes,
    ui::{Choice, FileField, FormErrors, HiddenField, SelectField, SheetCard, Template},
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
    let template = Template {
        href: routes::DEVICES_TEMPLATE,
        name: "linli-devices-template.xlsx",
        label: tu_string!(i18n, devices.batch_template),
    };
    view! {
        <SheetCard
            title=tu_string!(i18n, devices.batch)
            text=tu_string!(i18n, devices.batch_text)
            template=template
            action=routes::DEVICES_BATCH
            submit=tu_string!(i18n, devices.batch_do)
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
        </SheetCard>
    }
    .into_any()
}
