//! Keys of a company's own programs. A new one is told only once, so that its form needs wasm.

use domain::{identity::ApiKey, page::Page};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, location::Url};

use super::staff::reach;
use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::{
        keys::{EndKey, MakeKey, list_keys},
        parts::{role_and_estates, role_name},
        staff::{Offer, offer},
    },
    load::{Anew, resource},
    routes,
    telemetry::console::use_console,
    ui::{
        Card, ConfirmForm, CopyBox, Crumb, EmptyState, FormErrors, Icon, PageHead, Pager,
        SkeletonRows, State, StateMark, SubmitRow, TextField, format,
    },
    words::{self, Complaints},
};

#[component]
pub fn KeysPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let query = use_query_map();
    let cursor = move || query.with(|query| query.get("cursor").filter(|text| !text.is_empty()));
    // Out here, so that the new key stays while the list is loaded anew.
    let make = ServerAction::<MakeKey>::new();
    let anew = Anew::new();
    anew.after(make);
    let found = resource(
        move || (cursor(), anew.count()),
        move |(cursor, _)| async move {
            let offset_s = console.desk().await?.me.utc_offset_s;
            let page = list_keys(cursor).await?;
            Ok((page, offer().await?, offset_s))
        },
    );
    let secret_label = tu_string!(i18n, keys.secret);
    let secret_hint = tu_string!(i18n, keys.secret_hint);
    let secret = move || {
        let shown = make.value().get()?.ok()?;
        let value = shown.secret.as_str().to_owned();
        Some(view! {
            <Card>
                <CopyBox label=secret_label value=value />
                <p class="field-hint">{secret_hint}</p>
            </Card>
        })
    };
    let title = tu_string!(i18n, keys.title);
    let crumbs = vec![
        Crumb::new(routes::STAFF, tu_string!(i18n, staff.title)),
        Crumb::new(routes::ROLES, tu_string!(i18n, staff.all_roles)),
    ];
    view! {
        <Title text=title />
        <PageHead title=title sub=tu_string!(i18n, keys.lead) crumbs=crumbs />
        <div aria-live="polite">{secret}</div>
        <Suspense fallback=|| view! { <SkeletonRows rows=6 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((page, offer, offset_s)) => {
                        view! {
                            <div class="grid-main">
                                {list(page, anew, offset_s)} {make_form(&offer, make)}
                            </div>
                        }
                            .into_any()
                    }
                    Err(error) => words::refused(&error, routes::KEYS),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn list(page: Page<ApiKey>, anew: Anew, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    if page.items.is_empty() {
        return view! {
            <Card>
                <EmptyState
                    icon=Icon::Key
                    title=tu_string!(i18n, keys.none)
                    text=tu_string!(i18n, keys.none_text)
                />
            </Card>
        }
        .into_any();
    }
    let next = page
        .next
        .map(|next| format!("{}?cursor={}", routes::KEYS, Url::escape(&next)));
    let rows = page
        .items
        .into_iter()
        .map(|key| row(key, anew, offset_s))
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, keys.all)>
            <ul class="lines">{rows}</ul>
            <Pager next=next />
        </Card>
    }
    .into_any()
}

fn row(key: ApiKey, anew: Anew, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let role = role_name(locale, key.role, key.role_name.as_deref());
    let places = reach(locale, key.everywhere, &key.places, Some(key.until));
    let expired = key.expired.then(|| {
        view! { <StateMark state=State::Stale word=tu_string!(i18n, keys.expired) /> }
    });
    let by = td_string!(locale, keys.made_by, name = key.maker);
    let used = match key.used {
        Some(used) => {
            let at = format::date_time(used.at.as_millisecond(), offset_s);
            td_string!(locale, keys.used, at = at, from = used.from)
        }
        None => td_string!(locale, keys.unused).to_owned(),
    };
    view! {
        <li class="row-between">
            <span class="owner-words">
                <span>
                    <strong>{key.name.clone()}</strong>
                    " "
                    <code>{key.starts_with} "…"</code>
                    " "
                    {expired}
                </span>
                <span>{role} " · " {places}</span>
                <span class="muted">{by} " · " {used}</span>
            </span>
            {ending(key.id.to_string(), key.name, anew)}
        </li>
    }
    .into_any()
}

fn ending(key: String, name: String, anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let end = ServerAction::<EndKey>::new();
    anew.after(end);
    view! {
        <ConfirmForm
            id=format!("end-{key}")
            trigger=tu_string!(i18n, keys.end)
            title=td_string!(locale(), keys.end_title, name = name)
            text=tu_string!(i18n, keys.end_text)
            action=end
            fields=[("key", key)]
            refused=Complaints::of(end.value()).whole()
        />
    }
    .into_any()
}

fn make_form(offer: &Offer, make: ServerAction<MakeKey>) -> AnyView {
    let i18n = use_i18n();
    let complaints = Complaints::of(make.value());
    let fields = role_and_estates(offer, complaints);
    view! {
        <Card title=tu_string!(i18n, keys.make)>
            <p class="muted">{tu_string!(i18n, keys.held)}</p>
            <p class="without-wasm">{tu_string!(i18n, keys.needs_wasm)}</p>
            <ActionForm action=make attr:class="needs-wasm">
                <FormErrors message=complaints.whole() />
                <TextField
                    name="name"
                    label=tu_string!(i18n, keys.name)
                    placeholder=tu_string!(i18n, keys.name_example)
                    error=complaints.plain("name")
                    autocomplete="off"
                    maxlength=40
                />
                {fields}
                <TextField
                    name="until"
                    kind="date"
                    label=tu_string!(i18n, staff.until_field)
                    hint=tu_string!(i18n, keys.until_hint)
                    error=complaints.plain("until")
                    optional=true
                />
                <SubmitRow label=tu_string!(i18n, keys.make_submit) pending=make.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}
