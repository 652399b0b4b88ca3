//! The cars of an estate from one sheet.

use domain::EstateId;
use leptos::prelude::*;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    routes,
    ui::{Choice, FileField, FormErrors, Notice, SelectField, SheetCard, Template, Tone},
};

/// How the last sheet ended, as it stands in the address: how many cars were new, changed and the same, or
/// what was wrong with the file as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CarsTold {
    pub done: Option<String>,
    pub flaw: Option<String>,
}

pub fn cars(estates: Vec<Choice>, chosen: EstateId, told: CarsTold) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let flaw = told.flaw.map(|flaw| {
        match flaw.as_str() {
            "required" => td_string!(locale, estates.cars_empty),
            "unknown" => td_string!(locale, estates.cars_columns),
            "out_of_range" => td_string!(locale, estates.cars_many),
            _ => td_string!(locale, estates.file_unreadable),
        }
        .to_owned()
    });
    let done = told
        .done
        .as_deref()
        .and_then(counts)
        .map(|(new, changed, same)| {
            let text = tu_string!(
                i18n,
                estates.cars_done,
                new = new,
                changed = changed,
                same = same
            );
            view! { <Notice tone=Tone::Good>{text}</Notice> }.into_any()
        });
    let template = Template {
        href: routes::VEHICLES_TEMPLATE,
        name: "linli-vehicles-template.xlsx",
        label: tu_string!(i18n, estates.cars_template),
    };
    view! {
        <SheetCard
            title=tu_string!(i18n, estates.cars_import)
            text=tu_string!(i18n, estates.cars_import_text)
            told=done
            template=template
            action=routes::VEHICLES_BATCH
            submit=tu_string!(i18n, estates.cars_import)
        >
            <FormErrors message=flaw />
            <SelectField
                name="estate"
                id="cars-estate"
                label=tu_string!(i18n, estates.estate)
                choices=Signal::stored(estates)
                value=chosen.to_string()
            />
            <FileField
                name="file"
                id="cars-file"
                label=tu_string!(i18n, estates.file)
                accept=".xlsx,.csv"
            />
        </SheetCard>
    }
    .into_any()
}

/// `12.1.3`: an address can be typed, and holds nothing but numbers here.
fn counts(done: &str) -> Option<(u32, u32, u32)> {
    let mut counts = done.split('.').map(|count| count.parse().ok());
    let counted = (counts.next()??, counts.next()??, counts.next()??);
    counts.next().is_none().then_some(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_three_counts_or_nothing() {
        assert_eq!(counts("12.0.3"), Some((12, 0, 3)));
        for typed in ["", "1.2", "1.2.3.4", "1.2.x", "-1.2.3"] {
            assert_eq!(counts(typed), None, "{typed}");
        }
    }
}
