//! Changing a device model of the company's own.

use domain::devices::models::{ModelKey, ModelShown, editor::ModelTables};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    AppError,
    devices::{
        models::{ChangeModel, model_view},
        parts::model_tables,
    },
    i18n::{locale, td_string, tu_string, use_i18n},
    load::resource,
    routes,
    ui::{
        Card, Crumb, FieldRow, FormErrors, HiddenField, Notice, PageHead, SkeletonRows, SubmitRow,
        TextField, Tone, format,
    },
    words::{self, Complaints},
};

#[component]
pub fn EditModelPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("model")?.parse::<ModelKey>().ok()));
    let found = resource(
        move || id.get(),
        move |id| async move {
            let id = id.ok_or_else(AppError::not_found)?;
            let shown = model_view(id, None).await?.shown;
            // Linli's own are not for anybody to change.
            if shown.built_in {
                return Err(AppError::not_found());
            }
            Ok(shown)
        },
    );
    let change = ServerAction::<ChangeModel>::new();
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=12 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(shown) => form(&shown, change),
                    Err(error) => words::refused(&error, routes::DEVICE_MODELS),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn form(shown: &ModelShown, change: ServerAction<ChangeModel>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let model = &shown.model;
    let title = td_string!(locale, models.edit_title, name = model.name.clone()).to_string();
    let crumbs = vec![
        Crumb::new(routes::DEVICE_MODELS, tu_string!(i18n, models.title)),
        Crumb::new(routes::device_model(&model.id), model.title()),
    ];
    let followed = u64::try_from(shown.devices).unwrap_or_default();
    let told = (followed > 0).then(|| {
        let text = td_string!(locale, models.edit_text, n = format::count(followed)).to_string();
        view! { <Notice tone=Tone::Attention>{text}</Notice> }
    });
    let complaints = Complaints::of(change.value());
    let tables = model_tables(ModelTables::of(model), complaints);
    let id = model.id.to_string();
    let (name, maker) = (model.name.clone(), model.maker.clone());
    view! {
        <Title text=title.clone() />
        <PageHead title=title crumbs=crumbs sub=tu_string!(i18n, models.tables_text) />
        {told}
        <ActionForm action=change attr:class="stack">
            <FormErrors message=complaints.whole() />
            <HiddenField name="model" value=id />
            <Card>
                <FieldRow>
                    <TextField
                        name="name"
                        label=tu_string!(i18n, models.name)
                        value=name
                        error=complaints.plain("name")
                        maxlength=80
                        autocomplete="off"
                    />
                    <TextField
                        name="maker"
                        label=tu_string!(i18n, models.maker)
                        value=maker
                        error=complaints.plain("maker")
                        maxlength=80
                        optional=true
                        autocomplete="off"
                    />
                </FieldRow>
            </Card>
            {tables}
            <SubmitRow label=tu_string!(i18n, models.save) pending=change.pending() />
        </ActionForm>
    }
    .into_any()
}
