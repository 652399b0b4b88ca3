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
        Self(Code::NotFound.into())
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
        Self(code.into())
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

#[cfg(feature = "ssr")]
impl From<backend::Error> for AppError {
    fn from(error: backend::Error) -> Self {
        error.log();
        Self(error.problem)
    }
}
