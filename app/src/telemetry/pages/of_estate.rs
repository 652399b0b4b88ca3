//! A page about the estate that is looked at.

use domain::{EstateId, estates::EstateBrief, identity::Me};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    AppError,
    i18n::{tu_string, use_i18n},
    load::resource,
    telemetry::console::use_console,
    ui::{EmptyState, Icon, PageHead, SkeletonCards, SkeletonRows},
    words,
};

/// Loads what the page shows of the chosen estate, and shows it. `asked` is what the address asks for
/// beside the estate, `retry` where another try leads.
pub(super) fn of_estate<A, T, Fut>(
    title: &'static str,
    retry: &'static str,
    asked: Memo<A>,
    load: impl Fn(EstateId, A) -> Fut + Clone + Send + Sync + 'static,
    show: impl Fn(&EstateBrief, T, &Me, A) -> AnyView + Clone + Send + Sync + 'static,
) -> AnyView
where
    A: Clone + PartialEq + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let console = use_console();
    let found = resource(
        move || (console.wanted.get(), asked.get()),
        move |(wanted, asked)| {
            let load = load.clone();
            async move {
                let desk = console.desk().await?;
                let Some(estate) = desk.pick(wanted).cloned() else {
                    return Ok(None);
                };
                let found = load(estate.id, asked).await?;
                Ok(Some((estate, found, desk.me)))
            }
        },
    );
    view! {
        <Title text=title />
        <Transition fallback=move || {
            view! {
                <PageHead title=title />
                <SkeletonCards />
                <SkeletonRows rows=10 />
            }
        }>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match found.await {
                        Ok(Some((estate, found, me))) => {
                            show(&estate, found, &me, asked.get_untracked())
                        }
                        Ok(None) => no_estate(title),
                        Err(error) => words::refused(&error, retry),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}

fn no_estate(title: &'static str) -> AnyView {
    let i18n = use_i18n();
    view! {
        <PageHead title=title />
        <EmptyState icon=Icon::Buildings title=tu_string!(i18n, estates.none) />
    }
    .into_any()
}
