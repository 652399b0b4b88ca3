//! Why the program ends with something other than success.

use std::{fmt, process::ExitCode};

/// One line for the person who started the program, and the status it ends with.
#[derive(Debug)]
pub struct Failure {
    status: u8,
    line: String,
}

impl Failure {
    /// A setting, or something that only the person at the machine can put right. Status 2.
    pub fn setting(line: impl Into<String>) -> Self {
        Self {
            status: 2,
            line: line.into(),
        }
    }

    /// Something went wrong while working. Status 1.
    pub fn work(line: impl Into<String>) -> Self {
        Self {
            status: 1,
            line: line.into(),
        }
    }

    /// The exit status: 2 for a setting, 1 otherwise.
    #[must_use]
    pub fn status(&self) -> u8 {
        self.status
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl std::error::Error for Failure {}

impl From<&Failure> for ExitCode {
    fn from(failure: &Failure) -> Self {
        Self::from(failure.status)
    }
}
