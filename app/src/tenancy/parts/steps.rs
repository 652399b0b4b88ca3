//! The first steps of a company: what is done, and the way to what is not.

use domain::tenancy::Step;
use leptos::prelude::*;

use crate::{
    i18n::{tu_string, use_i18n},
    load::Anew,
    routes,
    tenancy::api::PutStepsAway,
    ui::{Button, ButtonKind, Card, FormErrors, Icon, LinkButton},
    words::Complaints,
};

/// In the order in which they make sense; the first that is not done has the one main button.
pub(crate) fn steps(done: &[Step], anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let away = ServerAction::<PutStepsAway>::new();
    anew.after(away);
    let complaints = Complaints::of(away.value());
    let words = |step: Step| match step {
        Step::Estate => (tu_string!(i18n, tenancy.step_estate), routes::ESTATES),
        Step::Units => (tu_string!(i18n, tenancy.step_units), routes::IMPORT),
        Step::Device => (tu_string!(i18n, tenancy.step_device), routes::DEVICE_NEW),
        Step::Reading => (tu_string!(i18n, tenancy.step_reading), routes::DEVICES),
        Step::Owner => (tu_string!(i18n, tenancy.step_owner), routes::ESTATES),
        Step::Staff => (tu_string!(i18n, tenancy.step_staff), routes::STAFF),
        Step::Logo => (tu_string!(i18n, tenancy.step_logo), "#logo"),
    };
    let (done_word, go) = (
        tu_string!(i18n, tenancy.step_done),
        tu_string!(i18n, tenancy.step_go),
    );
    let next = Step::ALL.into_iter().find(|step| !done.contains(step));
    let list = Step::ALL
        .into_iter()
        .enumerate()
        .map(|(index, step)| {
            let (name, href) = words(step);
            let is_done = done.contains(&step);
            let mark = if is_done {
                Icon::Check.labelled(done_word).into_any()
            } else {
                (index + 1).into_any()
            };
            let kind = if next == Some(step) {
                ButtonKind::Primary
            } else {
                ButtonKind::Secondary
            };
            let button = (!is_done).then(|| {
                view! {
                    <LinkButton href=href kind=kind>
                        {go}
                        <span class="sr-only">" " {name}</span>
                    </LinkButton>
                }
            });
            view! {
                <li class="step" class:is-done=is_done>
                    <span class="step-mark">{mark}</span>
                    <div class="step-words">
                        <strong>{name}</strong>
                    </div>
                    {button}
                </li>
            }
        })
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, tenancy.steps)>
            <p class="muted">{tu_string!(i18n, tenancy.steps_text)}</p>
            <ol class="steps">{list}</ol>
            <ActionForm action=away>
                <FormErrors message=complaints.whole() />
                <Button kind=ButtonKind::Ghost pending=away.pending()>
                    {tu_string!(i18n, tenancy.steps_away)}
                </Button>
            </ActionForm>
        </Card>
    }
    .into_any()
}
