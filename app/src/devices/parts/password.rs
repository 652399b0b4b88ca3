//! A device's password: a new one, which is told only once, or none any more.

use domain::devices::Device;
use leptos::prelude::*;

use crate::{
    devices::api::{Rekey, Revoke},
    i18n::{locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{ButtonKind, Card, ConfirmForm, CopyBox, Icon, Notice, State, StateMark, Tone, format},
    words::Complaints,
};

/// What may be done about it. Kept outside what is loaded anew, so that a new password stays on the
/// page.
#[derive(Clone, Copy)]
pub(in crate::devices) struct Doors {
    rekey: ServerAction<Rekey>,
    revoke: ServerAction<Revoke>,
}

impl Doors {
    /// After either the page is loaded anew.
    pub(in crate::devices) fn new(anew: Anew) -> Self {
        let doors = Self {
            rekey: ServerAction::new(),
            revoke: ServerAction::new(),
        };
        anew.after(doors.rekey);
        anew.after(doors.revoke);
        doors
    }
}

/// Since when it is good, and for whoever may edit devices the two acts.
pub(in crate::devices) fn password(
    device: &Device,
    doors: Doors,
    may_edit: bool,
    offset_s: i32,
) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let since = match device.password_since {
        Some(since) => {
            let at = format::date_time(since.as_millisecond(), offset_s);
            let text = td_string!(locale, devices.password_since, at = at);
            view! { <p class="muted tabular">{text}</p> }.into_any()
        }
        None => view! {
            <p>
                <StateMark state=State::Offline word=tu_string!(i18n, devices.password_revoked) />
            </p>
        }
        .into_any(),
    };
    let acts = may_edit.then(|| acts(device, doors));
    view! {
        <Card title=tu_string!(i18n, devices.password)>
            {since} <div aria-live="polite">{shown(doors.rekey)}</div> {acts}
        </Card>
    }
    .into_any()
}

/// The new password, once.
fn shown(rekey: ServerAction<Rekey>) -> impl Fn() -> Option<AnyView> {
    let i18n = use_i18n();
    let (once, label) = (
        tu_string!(i18n, devices.once),
        tu_string!(i18n, devices.password),
    );
    move || {
        let credentials = rekey.value().get()?.ok()?;
        let view = view! {
            <Notice tone=Tone::Attention>{once}</Notice>
            <CopyBox label=label value=credentials.password />
        };
        Some(view.into_any())
    }
}

fn acts(device: &Device, doors: Doors) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let Doors { rekey, revoke } = doors;
    let (id, name) = (device.id.to_string(), device.name.clone());
    let password_since = device.password_since;
    let device = id.clone();
    let revoked = password_since.map(|_| {
        view! {
            <ConfirmForm
                id="revoke"
                trigger=tu_string!(i18n, devices.revoke)
                title=td_string!(locale, devices.revoke_title, name = name.clone())
                text=tu_string!(i18n, devices.revoke_text)
                action=revoke
                fields=[("device", device)]
                refused=Complaints::of(revoke.value()).whole()
            />
        }
        .into_any()
    });
    view! {
        <div class="row">
            <div class="needs-wasm">
                <ConfirmForm
                    id="rekey"
                    icon=Icon::Key
                    trigger=tu_string!(i18n, devices.rekey)
                    title=td_string!(locale, devices.rekey_title, name = name)
                    text=tu_string!(i18n, devices.rekey_text)
                    act=ButtonKind::Primary
                    action=rekey
                    fields=[("device", id)]
                    refused=Complaints::of(rekey.value()).whole()
                />
            </div>
            {revoked}
        </div>
    }
    .into_any()
}
