//! Pages and their server functions: compiled once for the server, once for wasm.

pub mod audit;
#[cfg(feature = "ssr")]
pub(crate) mod bad_cells;
pub mod columns;
pub mod devices;
pub mod error;
pub mod estates;
pub mod home;
pub mod i18n;
pub mod identity;
pub mod lazy;
pub mod live;
pub mod load;
#[cfg(feature = "ssr")]
pub mod paper;
pub mod privacy;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod session;
pub mod site;
pub mod telemetry;
pub mod tenancy;
pub mod ui;
pub mod words;
pub mod worn;

mod shell;

pub use error::AppError;
pub use shell::{App, shell};

/// The context of the request that is being answered.
///
/// # Errors
/// `unauthenticated` where nobody is logged in.
#[cfg(feature = "ssr")]
pub async fn cx() -> Result<backend::Cx, AppError> {
    let found = leptos_axum::extract::<Option<axum::Extension<backend::Cx>>>().await;
    match found {
        Ok(Some(axum::Extension(cx))) => Ok(cx),
        _ => Err(backend::Error::new(domain::Code::Unauthenticated).into()),
    }
}

/// The process-wide context, for what comes before anybody is known.
///
/// # Errors
/// Internal where the router forgot to provide it.
#[cfg(feature = "ssr")]
pub async fn site_cx() -> Result<backend::Site, AppError> {
    leptos_axum::extract::<axum::Extension<backend::Site>>()
        .await
        .map(|axum::Extension(site)| site)
        .map_err(|_| AppError::from(domain::Code::Internal))
}
