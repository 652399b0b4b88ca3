//! The session cookie. Its making lives beside the server functions that log people in; the
//! server puts one [`SessionCookies`] into each request, since only it knows how it is reached.

use axum::http::{HeaderMap, HeaderValue};
use backend::identity::SessionToken;

use crate::{AppError, ui::prefs};

/// Thirty days, the session's own absolute limit, in seconds.
const MAX_AGE_S: u32 = 30 * 24 * 60 * 60;

/// Five minutes, as long as a log-in waits for its code, in seconds.
const HALF_AGE_S: u32 = 5 * 60;

/// Makes and reads the session cookie.
#[derive(Debug, Clone, Copy)]
pub struct SessionCookies {
    /// Whether the site is reached over https.
    pub secure: bool,
}

impl SessionCookies {
    /// `__Host-linli` binds the cookie to this host over https; over http on loopback it has a
    /// plain name, because not every client sends the other there.
    #[must_use]
    pub const fn name(self) -> &'static str {
        if self.secure {
            "__Host-linli"
        } else {
            "linli_session"
        }
    }

    /// The cookie of a log-in whose code is still to come.
    const fn half_name(self) -> &'static str {
        if self.secure {
            "__Host-linli-half"
        } else {
            "linli_half"
        }
    }

    fn value(self, name: &str, token: &str, max_age: u32) -> Result<HeaderValue, AppError> {
        let secure = if self.secure { "; Secure" } else { "" };
        HeaderValue::from_str(&format!(
            "{name}={token}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}"
        ))
        .map_err(|_| AppError::from(domain::Code::Internal))
    }

    /// The `Set-Cookie` of a session that was just opened.
    ///
    /// # Errors
    /// Internal, and only for a token that is no header text.
    pub fn set(self, token: &SessionToken) -> Result<HeaderValue, AppError> {
        self.value(self.name(), &token.to_string(), MAX_AGE_S)
    }

    /// The `Set-Cookie` that takes it away.
    ///
    /// # Errors
    /// As [`SessionCookies::set`].
    pub fn clear(self) -> Result<HeaderValue, AppError> {
        self.value(self.name(), "", 0)
    }

    /// The `Set-Cookie` of a log-in that waits for its code.
    ///
    /// # Errors
    /// As [`SessionCookies::set`].
    pub fn set_half(self, token: &SessionToken) -> Result<HeaderValue, AppError> {
        self.value(self.half_name(), &token.to_string(), HALF_AGE_S)
    }

    /// The `Set-Cookie` that takes it away.
    ///
    /// # Errors
    /// As [`SessionCookies::set`].
    pub fn clear_half(self) -> Result<HeaderValue, AppError> {
        self.value(self.half_name(), "", 0)
    }

    /// The token of the first step that a request carries.
    #[must_use]
    pub fn read_half(self, headers: &HeaderMap) -> Option<String> {
        prefs::cookie(headers, self.half_name()).filter(|token| !token.is_empty())
    }

    /// The token that a request carries.
    #[must_use]
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        prefs::cookie(headers, self.name()).filter(|token| !token.is_empty())
    }
}
