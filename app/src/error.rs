//! What a server function may answer when it refuses: codes, never internals.

use domain::{Code, Problem};
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// A refusal on its way to the page. It may travel in a redirect's URL, where wasm has not
/// arrived yet, so it holds codes and field names only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{0}")]
pub struct AppError(pub Problem);

impl AppError {
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    #[must_use]
    pub fn not_found() -> Self {
        Code::NotFound.into()
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match error {
            // The request never arrived: the network's fault, and worth another try.
            ServerFnErrorErr::Request(_) => Code::Unavailable,
            ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_) => Code::Invalid,
            _ => Code::Internal,
        };
        code.into()
    }
}

impl From<Code> for AppError {
    fn from(code: Code) -> Self {
        Problem::from(code).into()
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        #[cfg(feature = "ssr")]
        answer_with(problem.code);
        Self(problem)
    }
}

#[cfg(feature = "ssr")]
impl From<backend::Error> for AppError {
    fn from(error: backend::Error) -> Self {
        error.log();
        error.problem.into()
    }
}

/// Gives a refused server function the status that fits. Only where wasm asked: for a plain form
/// any status would break the redirect back to the page, and a page sets its own.
#[cfg(feature = "ssr")]
fn answer_with(code: Code) {
    use axum::http::{StatusCode, header::ACCEPT, request::Parts};
    use leptos::prelude::use_context;

    let is_page = use_context::<Parts>().is_none_or(|parts| {
        let accept = parts
            .headers
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    });
    if !is_page
        && let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = StatusCode::from_u16(code.status())
    {
        response.set_status(status);
    }
}
