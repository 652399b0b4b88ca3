//! Server functions of device models.

use domain::{
    devices::{
        DeviceKind, DeviceRow,
        models::{ModelKey, ModelRow, ModelShown, editor::ModelTables},
    },
    page::Page,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;

/// One page of the models, Linli's and the company's own.
#[server(name = LoadModelList, prefix = "/fn", endpoint = "devices/model_list")]
pub async fn model_list(
    q: Option<String>,
    kind: Option<DeviceKind>,
    #[server(default)] archived: bool,
    cursor: Option<String>,
) -> Result<Page<ModelRow>, AppError> {
    use domain::{devices::models::ModelFilter, page::PageAsk};

    let cx = crate::cx().await?;
    let filter = ModelFilter { q, kind, archived };
    let ask = PageAsk {
        cursor,
        limit: None,
    };
    Ok(backend::devices::models::list(&cx, &filter, &ask).await?)
}

/// A model with the devices that follow it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelView {
    pub shown: ModelShown,
    /// As far as whoever looks sees them.
    pub devices: Page<DeviceRow>,
}

#[server(name = LoadModel, prefix = "/fn", endpoint = "devices/model")]
pub async fn model_view(model: ModelKey, cursor: Option<String>) -> Result<ModelView, AppError> {
    use backend::devices::models;
    use domain::page::PageAsk;

    let cx = crate::cx().await?;
    let ask = PageAsk {
        cursor,
        limit: None,
    };
    let shown = models::model(&cx, &model).await?;
    Ok(ModelView {
        shown: shown.ok_or_else(AppError::not_found)?,
        devices: models::followers(&cx, &model, &ask).await?,
    })
}

/// Makes a model of what was typed.
#[server(name = MakeModel, prefix = "/fn", endpoint = "devices/make_model")]
pub async fn make_model(
    id: String,
    name: String,
    #[server(default)] maker: String,
    #[server(default)] kind: String,
    #[server(default)] tables: ModelTables,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = tables.form(id, name, maker, kind);
    let made = backend::devices::models::create(&cx, form).await;
    let made = made.map_err(|error| told(&tables, error))?;
    leptos_axum::redirect(&crate::routes::device_model(&made.model.id));
    Ok(())
}

/// Changes a model to what was typed: a row that is not there any more is taken out.
#[server(name = ChangeModel, prefix = "/fn", endpoint = "devices/change_model")]
pub async fn change_model(
    model: ModelKey,
    name: String,
    #[server(default)] maker: String,
    #[server(default)] tables: ModelTables,
) -> Result<(), AppError> {
    use backend::devices::models;

    let cx = crate::cx().await?;
    let shown = models::model(&cx, &model).await?;
    let before = shown.ok_or_else(AppError::not_found)?.model;
    let form = tables.change(name, maker, &before);
    let changed = models::change(&cx, &model, form).await;
    changed.map_err(|error| told(&tables, error))?;
    leptos_axum::redirect(&crate::routes::device_model(&model));
    Ok(())
}

/// A refusal at the rows that were typed.
#[cfg(feature = "ssr")]
fn told(tables: &ModelTables, error: backend::Error) -> AppError {
    let AppError(problem) = error.into();
    AppError(tables.told(problem))
}

/// Takes a model out of what is offered, or offers it again.
#[server(name = ArchiveModel, prefix = "/fn", endpoint = "devices/archive_model")]
pub async fn archive_model(model: ModelKey, archived: bool) -> Result<(), AppError> {
    use domain::devices::models::change::ModelChangeForm;

    let cx = crate::cx().await?;
    let form = ModelChangeForm {
        archived: Some(archived),
        ..ModelChangeForm::default()
    };
    backend::devices::models::change(&cx, &model, form).await?;
    leptos_axum::redirect(&crate::routes::device_model(&model));
    Ok(())
}

/// Deletes a model that no device follows.
#[server(name = RemoveModel, prefix = "/fn", endpoint = "devices/remove_model")]
pub async fn remove_model(model: ModelKey) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::devices::models::remove(&cx, &model).await?;
    leptos_axum::redirect(crate::routes::DEVICE_MODELS);
    Ok(())
}
