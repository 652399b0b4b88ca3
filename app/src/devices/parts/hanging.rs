//! What hangs below a main meter (总表), and choosing it.

use domain::{DeviceId, devices::mains::Hangings};
use leptos::prelude::*;

use crate::{
    devices::api::{HangBelow, hangings},
    i18n::{locale, td_string, tu_string, use_i18n},
    load::{Anew, resource},
    ui::{Card, FormErrors, HiddenField, SubmitRow},
    words::Complaints,
};

/// For whoever may say what hangs below it; nothing where there is nothing that could.
pub(in crate::devices) fn hanging(device: DeviceId) -> AnyView {
    let anew = Anew::new();
    let hang = ServerAction::<HangBelow>::new();
    anew.after(hang);
    let found = resource(move || anew.count(), move |_| hangings(device));
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(all) => form(device, all, hang),
                    // The page above says what is wrong.
                    Err(_) => ().into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

fn form(device: DeviceId, all: Hangings, hang: ServerAction<HangBelow>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let complaints = Complaints::of(hang.value());
    if all.buildings.is_empty() && all.meters.is_empty() {
        return ().into_any();
    }
    let buildings = all.buildings.into_iter().map(|each| {
        let label = td_string!(
            locale,
            energy.meters_of,
            building = each.name,
            n = each.meters.to_string()
        );
        let some = (each.below > 0 && each.below < each.meters)
            .then(|| td_string!(locale, energy.some_below, n = each.below.to_string()));
        tick(
            each.building.to_string(),
            label,
            some,
            each.below == each.meters,
        )
    });
    let meters = all
        .meters
        .into_iter()
        .map(|each| tick(each.device.to_string(), each.name, None, each.below));
    let ticks = buildings.chain(meters).collect_view();
    view! {
        <Card title=tu_string!(i18n, energy.hanging)>
            <p class="muted">{tu_string!(i18n, energy.hanging_text)}</p>
            <ActionForm action=hang>
                <FormErrors message=complaints.whole() />
                <FormErrors message=complaints.plain("below") />
                <HiddenField name="device" value=device.to_string() />
                <ul class="tick-grid plain-list">{ticks}</ul>
                <SubmitRow label=tu_string!(i18n, common.save) pending=hang.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

fn tick(id: String, label: String, some: Option<String>, below: bool) -> AnyView {
    view! {
        <li>
            <label class="check">
                <input
                    class="checkbox checkbox-primary"
                    type="checkbox"
                    name="below[]"
                    value=id
                    checked=below
                />
                <span>{label} " " <span class="muted">{some}</span></span>
            </label>
        </li>
    }
    .into_any()
}
