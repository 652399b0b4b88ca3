//! What goes wrong, in two halves: what may be told, and what only the log may know.

use std::fmt;

use domain::problem::{Code, Flaw, Problem};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal or a failure.
///
/// The problem is public. The cause is for the log and never leaves the server.
#[derive(Debug)]
pub struct Error {
    pub problem: Problem,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    #[must_use]
    pub fn new(code: Code) -> Self {
        Problem::new(code).into()
    }

    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(Code::Forbidden)
    }

    /// A field that does not hold.
    #[must_use]
    pub fn invalid(field: &str, flaw: Flaw) -> Self {
        Problem::field(Code::Invalid, field, flaw).into()
    }

    /// A field whose value somebody or something else has already.
    #[must_use]
    pub fn taken(field: &str) -> Self {
        Problem::field(Code::Conflict, field, Flaw::Taken).into()
    }

    /// Our own failure, with its cause for the log.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            problem: Problem::new(Code::Internal),
            cause: Some(cause.into()),
        }
    }

    #[must_use]
    pub fn code(&self) -> Code {
        self.problem.code
    }

    /// Writes the cause to the log, if there is one. Called once, where the error leaves us.
    pub fn log(&self) {
        if let Some(cause) = &self.cause {
            tracing::error!(code = self.problem.code.as_str(), %cause, "request failed");
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            cause: None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        // A database that is restarting is a matter of seconds: the client may try again.
        let away = match &cause {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed => true,
            sqlx::Error::Database(db) => db
                .code()
                .is_some_and(|code| code.starts_with("57P") || code.starts_with("53")),
            _ => false,
        };
        let code = if away {
            Code::Unavailable
        } else {
            Code::Internal
        };
        Self {
            problem: Problem::new(code),
            cause: Some(Box::new(cause)),
        }
    }
}
