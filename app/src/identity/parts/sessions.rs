//! The list of a person's sessions, and how they end one.

use domain::{identity::Hat, session::OwnSession};
use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::api::{EndOtherSessions, EndSession, KnowSessions},
    ui::{Button, ButtonKind, Card, FormErrors, Notice, State, StateMark, Tone, format},
    words::Complaints,
};

#[derive(Clone, Copy)]
pub(super) struct Sessions {
    end: ServerAction<EndSession>,
    others: ServerAction<EndOtherSessions>,
}

impl Sessions {
    pub(super) fn new() -> Self {
        Self {
            end: ServerAction::new(),
            others: ServerAction::new(),
        }
    }

    /// Changes whenever something was done.
    pub(super) fn done(self) -> (usize, usize) {
        (self.end.version().get(), self.others.version().get())
    }
}

pub(super) fn list(sessions: Vec<OwnSession>, acts: Sessions, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let complaints = Complaints::of(acts.end.value());
    let unusual = sessions.iter().any(|each| each.unusual).then(|| {
        view! {
                    <Notice tone=Tone::Attention>
                        <p>{tu_string!(i18n, telemetry.unusual)}</p>
        // The whole page anew, since the frame tells of it as well.
                        <form method="post" action=KnowSessions::PATH>
                            <Button>{tu_string!(i18n, identity.known)}</Button>
                        </form>
                    </Notice>
                }
    });
    let others = (sessions.len() > 1).then(|| {
        view! {
            <ActionForm action=acts.others>
                <Button kind=ButtonKind::Danger pending=acts.others.pending()>
                    {tu_string!(i18n, identity.end_others)}
                </Button>
            </ActionForm>
        }
    });
    let rows = sessions
        .into_iter()
        .map(|each| row(each, acts, offset_s))
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, identity.sessions)>
            <p class="field-hint">{tu_string!(i18n, identity.sessions_text)}</p>
            {unusual}
            <FormErrors message=complaints.whole() />
            <ul class="lines">{rows}</ul>
            {others}
        </Card>
    }
    .into_any()
}

/// A hat in words: `阳光物业 · 员工`.
pub(super) fn hat_words(hat: Hat, company: String) -> String {
    let locale = locale();
    match hat {
        Hat::Staff => td_string!(locale, identity.staff_of, company = company),
        Hat::Resident => td_string!(locale, identity.resident_of, company = company),
    }
}

fn row(session: OwnSession, acts: Sessions, offset_s: i32) -> AnyView {
    let (i18n, locale) = (use_i18n(), locale());
    let device = match session.device.as_str() {
        "API" => td_string!(locale, identity.api).to_owned(),
        "" | "?" => td_string!(locale, identity.unknown_device).to_owned(),
        known => known.to_owned(),
    };
    let hat = hat_words(session.hat, session.company);
    let at = |at: jiff::Timestamp| format::date_time(at.as_millisecond(), offset_s);
    let times = format!(
        "{} {} · {} {}",
        td_string!(locale, identity.opened),
        at(session.created_at),
        td_string!(locale, identity.seen),
        at(session.seen_at)
    );
    let mark = if session.current {
        Some((State::Good, tu_string!(i18n, identity.this_device)))
    } else if session.unusual {
        Some((State::Attention, tu_string!(i18n, identity.new_device)))
    } else {
        None
    };
    let mark = mark.map(|(state, word)| view! { <StateMark state=state word=word /> });
    // Who wants to end the one that they are in logs out instead.
    let end = (!session.current).then(|| {
        view! {
            <ActionForm action=acts.end>
                <input type="hidden" name="session" value=session.id.to_string() />
                <Button pending=acts.end.pending()>{tu_string!(i18n, identity.end)}</Button>
            </ActionForm>
        }
    });
    view! {
        <li class="row-between">
            <span class="owner-words">
                <span>{device} " " {mark}</span>
                <span class="muted">{hat} " · " {session.address}</span>
                <span class="muted num">{times}</span>
            </span>
            {end}
        </li>
    }
    .into_any()
}
