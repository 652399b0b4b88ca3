//! The hats that a person may wear, and the button that changes them.

use domain::session::OwnHat;
use leptos::{prelude::*, server_fn::ServerFn};

use super::sessions::hat_words;
use crate::{
    i18n::{tu_string, use_i18n},
    identity::api::WearHat,
    ui::{Button, Card, State, StateMark},
};

/// Nothing for those who have one only.
pub(super) fn card(hats: Vec<OwnHat>) -> Option<AnyView> {
    let i18n = use_i18n();
    if hats.len() < 2 {
        return None;
    }
    let rows = hats.into_iter().map(row).collect_view();
    let card = view! {
        <Card title=tu_string!(i18n, identity.hats)>
            <p class="field-hint">{tu_string!(i18n, identity.hats_text)}</p>
            <ul class="lines">{rows}</ul>
        </Card>
    };
    Some(card.into_any())
}

fn row(own: OwnHat) -> AnyView {
    let i18n = use_i18n();
    let (tenant, hat) = (own.tenant.to_string(), own.hat.as_str());
    let end = if own.current {
        let word = tu_string!(i18n, identity.hat_worn);
        view! { <StateMark state=State::Good word=word /> }.into_any()
    } else {
        // The whole page anew: nothing of the old hat stays in it.
        view! {
            <form method="post" action=WearHat::PATH>
                <input type="hidden" name="tenant" value=tenant />
                <input type="hidden" name="hat" value=hat />
                <Button>{tu_string!(i18n, identity.wear)}</Button>
            </form>
        }
        .into_any()
    };
    let words = hat_words(own.hat, own.company);
    view! {
        <li class="row-between">
            <span>{words}</span>
            {end}
        </li>
    }
    .into_any()
}
