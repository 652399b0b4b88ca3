//! Archiving a unit or a building, and taking it back.

use domain::problem::Code;
use leptos::prelude::*;

use crate::{
    estates::rearranging::{Archive, Restore},
    i18n::{locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{Button, ConfirmForm, FormErrors, HiddenField, Icon, Notice, Tone},
    words::Complaints,
};

/// Why it cannot be archived yet, or not be taken back as it was.
fn refusal(complaints: Complaints) -> Signal<Option<String>> {
    let locale = locale();
    let (whole, code) = (complaints.whole(), complaints.code());
    let named = move |field: &'static str| {
        let said = complaints.plain(field);
        move || said.get().is_some()
    };
    let (people, devices, building) = (named("household"), named("devices"), named("building"));
    let (door, name) = (named("unit"), named("name"));
    Signal::derive(move || {
        let text = match code.get()? {
            Code::Conflict if people() => td_string!(locale, estates.archive_people),
            Code::Conflict if devices() => td_string!(locale, estates.archive_devices),
            Code::Conflict if door() || name() => td_string!(locale, estates.restore_taken),
            Code::Conflict if building() => td_string!(locale, estates.restore_building),
            _ => return whole.get(),
        };
        Some(text.to_owned())
    })
}

/// The button that archives a place, with its question.
pub fn archive_button(place: String, name: &str, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let archive = ServerAction::<Archive>::new();
    anew.after(archive);
    let title = tu_string!(i18n, estates.archive_title, name = name.to_owned()).to_string();
    view! {
        <ConfirmForm
            id=format!("archive-{place}")
            trigger=tu_string!(i18n, estates.archive)
            icon=Icon::X
            title=title
            text=tu_string!(i18n, estates.archive_text)
            action=archive
            fields=[("place", place)]
            refused=refusal(Complaints::of(archive.value()))
        />
    }
    .into_any()
}

/// Says that a place is archived; `restores` is whether the asker takes it back.
pub fn archived(place: String, text: String, restores: bool, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let form = restores.then(|| {
        let restore = ServerAction::<Restore>::new();
        anew.after(restore);
        let refused = refusal(Complaints::of(restore.value()));
        view! {
            <ActionForm action=restore>
                <FormErrors message=refused />
                <HiddenField name="place" value=place />
                <Button pending=restore.pending()>{tu_string!(i18n, estates.restore)}</Button>
            </ActionForm>
        }
    });
    view! {
        <div class="stack-tight">
            <Notice tone=Tone::Attention>{text}</Notice>
            {form}
        </div>
    }
    .into_any()
}
