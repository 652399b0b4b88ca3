//! What an owner is told on their first page until they have seen it.

use domain::estates::{HomeNotice, NoticeKind};
use leptos::prelude::*;

use crate::{
    home::{
        api::{SeeNotice, notices},
        at_home::use_at_home,
    },
    i18n::{tu_string, use_i18n},
    load::{Anew, resource},
    ui::{Button, HiddenField, Notice, Tone},
};

/// The chosen home's notices; nothing while there are none, or while they do not come.
pub fn home_notices() -> AnyView {
    let home = use_at_home();
    let see = ServerAction::<SeeNotice>::new();
    let anew = Anew::new();
    anew.after(see);
    let found = resource(
        move || (home.wanted.get(), anew.count()),
        move |(wanted, _)| async move {
            let indoors = home.indoors().await?;
            match indoors.pick(wanted) {
                Some(home) => notices(home.household).await,
                None => Ok(Vec::new()),
            }
        },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let notices = found.await.unwrap_or_default();
                notices.into_iter().map(|notice| told(&notice, see)).collect_view()
            })}
        </Suspense>
    }
    .into_any()
}

fn told(notice: &HomeNotice, see: ServerAction<SeeNotice>) -> AnyView {
    let i18n = use_i18n();
    let id = Signal::stored(notice.id.to_string());
    let text = match notice.kind {
        NoticeKind::Claim => tu_string!(i18n, claims.told),
        NoticeKind::PhoneChanged => tu_string!(i18n, claims.told_phone),
    };
    view! {
        <Notice tone=Tone::Attention>
            <p>{text}</p>
            <ActionForm action=see>
                <HiddenField name="notice" value=id />
                <Button pending=see.pending()>{tu_string!(i18n, claims.told_seen)}</Button>
            </ActionForm>
        </Notice>
    }
    .into_any()
}
