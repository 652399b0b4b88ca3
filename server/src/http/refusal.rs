//! Refusals on their way out: codes until the last moment, then words in the reader's language.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use domain::{Code, Problem, problem::Flaw};
use serde_json::json;

use super::words::{self, Language};
use crate::observe::RequestId;

/// Why a request is refused. As a response it is a status and nothing else: [`word`] writes the
/// body, since only it knows the request's language and id.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    problem: Problem,
}

impl Refusal {
    /// A field or parameter that does not hold.
    #[must_use]
    pub fn invalid(field: &str, flaw: Flaw) -> Self {
        Problem::field(Code::Invalid, field, flaw).into()
    }

    /// The body is not what its content type says.
    #[must_use]
    pub fn unreadable() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            ..Code::Invalid.into()
        }
    }

    /// A body of another type than the route reads.
    #[must_use]
    pub fn unsupported_media_type() -> Self {
        Self {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            code: "unsupported_media_type",
            problem: Code::Invalid.into(),
        }
    }

    /// What a bare status means.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::UNSUPPORTED_MEDIA_TYPE => return Self::unsupported_media_type(),
            StatusCode::METHOD_NOT_ALLOWED => {
                let problem = Code::Invalid.into();
                return Self {
                    status,
                    code: "method_not_allowed",
                    problem,
                };
            }
            StatusCode::UNAUTHORIZED => Code::Unauthenticated,
            StatusCode::FORBIDDEN => Code::Forbidden,
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => Code::TooMany,
            StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
            status if status.is_client_error() => Code::Invalid,
            _ => Code::Internal,
        };
        Self {
            status,
            ..code.into()
        }
    }

    fn message(&self, language: Language) -> &'static str {
        words::code(self.code, language)
    }

    fn json(&self, language: Language, id: &str) -> Response {
        let worded = |(field, flaw): (&String, &Flaw)| {
            let mut words = words::flaw(*flaw, language).to_owned();
            if let (Flaw::Clashes, Some(seen)) = (flaw, &self.problem.seen) {
                words.push_str(": ");
                words.push_str(seen);
            }
            (field.clone(), words)
        };
        let fields: BTreeMap<String, String> = self.problem.fields.iter().map(worded).collect();
        let error = json!({
            "code": self.code,
            "message": self.message(language),
            "fields": fields,
            "request_id": id,
        });
        Json(json!({ "error": error })).into_response()
    }

    /// For people whose browser asked for a page. The id is the only thing in it that is not ours,
    /// and it is made of letters, digits and `-_.`.
    fn html(&self, language: Language, id: &str) -> Response {
        let (tag, back) = match language {
            Language::Zh => ("zh-CN", "回到首页"),
            Language::En => ("en", "Back to the start"),
        };
        let (status, message) = (self.status.as_u16(), self.message(language));
        Html(format!(
            "<!DOCTYPE html><html lang=\"{tag}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{message} · 邻里</title><link rel=\"stylesheet\" href=\"/pkg/linli.css\"></head>\
             <body><main class=\"refusal\"><h1>{status}</h1><p>{message}</p>\
             <p><small>{id}</small></p><p><a href=\"/\">{back}</a></p></main></body></html>"
        ))
        .into_response()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let code = problem.code;
        let status =
            StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            code: code.as_str(),
            problem,
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Problem::new(code).into()
    }
}

impl From<backend::Error> for Refusal {
    fn from(error: backend::Error) -> Self {
        error.log();
        error.problem.into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Middleware: gives every refusal its body. Under `/api` whatever says no speaks the contract's
/// JSON; a server function gets the codes that its page can put into words itself.
pub(super) async fn word(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let (api, function) = (
        path == "/api" || path.starts_with("/api/"),
        path.starts_with("/fn/"),
    );
    let html = wants_html(request.headers());
    // Under /api no cookie counts, not even this one.
    let language = if api {
        Language::asked(request.headers())
    } else {
        Language::chosen(request.headers())
    };
    let id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone())
        .unwrap_or_default();

    let mut response = next.run(request).await;
    let status = response.status();
    let refusal = match response.extensions_mut().remove::<Refusal>() {
        Some(refusal) => refusal,
        None if api && (status.is_client_error() || status.is_server_error()) => {
            Refusal::of_status(status)
        }
        None => return response,
    };
    let mut worded = if html && !api {
        refusal.html(language, &id)
    } else if function {
        Json(&refusal.problem).into_response()
    } else {
        refusal.json(language, &id)
    };
    *worded.status_mut() = refusal.status;
    let headers = worded.headers_mut();
    for kept in [
        header::ALLOW,
        header::RETRY_AFTER,
        header::WWW_AUTHENTICATE,
        header::CONNECTION,
    ] {
        if let Some(value) = response.headers_mut().remove(&kept) {
            headers.insert(kept, value);
        }
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(language.tag()),
    );
    headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    worded
}
