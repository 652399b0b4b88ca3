//! Server functions of keys that a company's own programs use.

use domain::{
    KeyId,
    identity::{ApiKey, KeyMade},
    page::Page,
};
use leptos::prelude::*;

use crate::AppError;

/// A page of the keys that nobody has ended, as far as the asker may see them.
#[server(name = LoadKeys, prefix = "/fn", endpoint = "identity/keys")]
pub async fn list_keys(cursor: Option<String>) -> Result<Page<ApiKey>, AppError> {
    let cx = crate::cx().await?;
    let ask = domain::page::PageAsk {
        limit: None,
        cursor,
    };
    Ok(backend::identity::api_keys::list(&cx, &ask).await?)
}

/// Makes a key and answers it, which is told only this once.
#[server(prefix = "/fn", endpoint = "identity/make_key")]
pub async fn make_key(
    name: String,
    #[server(default)] role: String,
    #[server(default)] reach: String,
    #[server(default)] places: Vec<String>,
    #[server(default)] until: String,
) -> Result<KeyMade, AppError> {
    let cx = crate::cx().await?;
    let grant = super::staff::grant(role, &reach, places, until);
    let form = domain::identity::KeyForm { name, grant };
    Ok(backend::identity::api_keys::make(&cx, form).await?)
}

#[server(prefix = "/fn", endpoint = "identity/end_key")]
pub async fn end_key(key: KeyId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::identity::api_keys::end(&cx, key).await?;
    leptos_axum::redirect(crate::routes::KEYS);
    Ok(())
}
