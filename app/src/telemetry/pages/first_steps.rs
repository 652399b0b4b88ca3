//! An empty company: what comes first, and what is done already.

use domain::identity::Action;
use leptos::prelude::*;

use crate::{
    i18n::{tu_string, use_i18n},
    routes,
    telemetry::console::{Console, Desk},
    ui::{ButtonKind, Card, Icon, LinkButton, PageHead},
};

/// A step on the way to the first reading.
struct Step {
    title: &'static str,
    text: &'static str,
    href: String,
    button: &'static str,
    done: bool,
}

/// Estate, roster, device: the first step that is not done has the one main button.
pub(super) fn first_steps(desk: &Desk, console: Console) -> AnyView {
    let i18n = use_i18n();
    let estate = desk.pick(console.wanted.get());
    let id = estate.map(|estate| estate.id);
    let steps = [
        Step {
            title: tu_string!(i18n, telemetry.step_estate),
            text: tu_string!(i18n, telemetry.step_estate_text),
            href: routes::ESTATES.to_owned(),
            button: tu_string!(i18n, estates.add_estate),
            done: estate.is_some(),
        },
        Step {
            title: tu_string!(i18n, telemetry.step_roster),
            text: tu_string!(i18n, telemetry.step_roster_text),
            href: id.map_or_else(|| routes::IMPORT.to_owned(), routes::import),
            button: tu_string!(i18n, estates.import),
            done: estate.is_some_and(|estate| estate.has_units),
        },
        Step {
            title: tu_string!(i18n, telemetry.step_device),
            text: tu_string!(i18n, telemetry.step_device_text),
            href: id.map_or_else(
                || routes::DEVICE_NEW.to_owned(),
                |id| format!("{}?estate={id}", routes::DEVICE_NEW),
            ),
            button: tu_string!(i18n, devices.register),
            done: estate.is_some_and(|estate| estate.devices > 0),
        },
    ];
    let next = steps.iter().position(|step| !step.done);
    // Without an estate the others lead nowhere yet.
    let open = id.is_some();
    let done_word = tu_string!(i18n, telemetry.step_done);
    let list = steps
        .into_iter()
        .enumerate()
        .map(|(index, step)| {
            let mark = if step.done {
                Icon::Check.labelled(done_word).into_any()
            } else {
                (index + 1).into_any()
            };
            let kind = if next == Some(index) {
                ButtonKind::Primary
            } else {
                ButtonKind::Secondary
            };
            let button = (!step.done && (open || index == 0)).then(|| {
                view! {
                    <LinkButton href=step.href kind=kind>
                        {step.button}
                    </LinkButton>
                }
            });
            view! {
                <li class="step" class:is-done=step.done>
                    <span class="step-mark">{mark}</span>
                    <div class="step-words">
                        <h2>{step.title}</h2>
                        <p>{step.text}</p>
                    </div>
                    {button}
                </li>
            }
        })
        .collect_view();
    let all = desk.me.may(Action::EditCompany).then(|| {
        view! { <LinkButton href=routes::COMPANY>{tu_string!(i18n, tenancy.steps)}</LinkButton> }
    });
    view! {
        <PageHead
            title=tu_string!(i18n, telemetry.welcome)
            sub=tu_string!(i18n, telemetry.welcome_text)
        >
            {all}
        </PageHead>
        <Card>
            <ol class="steps">{list}</ol>
        </Card>
    }
    .into_any()
}
