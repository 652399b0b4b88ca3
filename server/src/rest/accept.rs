//! Reading requests: who asks, ids in paths, queries, and bodies whose every flaw is named.

use std::{collections::BTreeMap, str::FromStr};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use backend::{
    Cx,
    identity::{self, api_keys},
};
use bridge::intake::DeviceSession;
use domain::{
    Code, Problem,
    audit::Channel,
    columns::{Column, Sort},
    identity::KeySecret,
    page::PageAsk,
    problem::{Check, Flaw},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::http::{HttpState, Refusal};

/// Whoever an access token or a key stands for, as their session, or the key and its maker, are now.
pub(super) struct Asker(pub(super) Cx);

/// No token, or one that is good for nothing (any more).
pub(super) enum Stranger {
    NoToken,
    BadToken,
    Failed(Refusal),
}

impl IntoResponse for Stranger {
    fn into_response(self) -> Response {
        let challenge = match self {
            Self::Failed(refusal) => return refusal.into_response(),
            Self::NoToken => "Bearer realm=\"linli\"",
            Self::BadToken => "Bearer realm=\"linli\", error=\"invalid_token\"",
        };
        let mut response = Refusal::from(Code::Unauthenticated).into_response();
        let challenge = HeaderValue::from_static(challenge);
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
        response
    }
}

/// What the header `Authorization` holds after this scheme.
fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (given, shown) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| shown.trim())
}

impl FromRequestParts<HttpState> for Asker {
    type Rejection = Stranger;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Stranger> {
        let token = authorization(&parts.headers, "bearer").ok_or(Stranger::NoToken)?;
        let peer = state.edge.peer(&parts.extensions, &parts.headers);
        let found = if KeySecret::is_meant(token) {
            api_keys::bearer(&state.site, token, &peer).await
        } else {
            identity::bearer(&state.site, token).await
        };
        match found {
            Ok(Some(cx)) => Ok(Self(cx.coming_from(peer.through(Channel::Api)))),
            Ok(None) => Err(Stranger::BadToken),
            Err(error) => Err(Stranger::Failed(error.into())),
        }
    }
}

/// A device that shows its user name and password: `Authorization: Device <user name>:<password>`.
/// There is no session and no cookie, so none can be made to speak in a device's name.
pub(super) struct Speaker(pub(super) DeviceSession);

/// Nobody's credentials, or a store that cannot look them up.
pub(super) enum Unknown {
    Refused,
    Away,
}

impl IntoResponse for Unknown {
    fn into_response(self) -> Response {
        if matches!(self, Self::Away) {
            return Refusal::from(Code::Unavailable).into_response();
        }
        let mut response = Refusal::from(Code::Unauthenticated).into_response();
        let challenge = HeaderValue::from_static("Device realm=\"linli\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
        response
    }
}

impl FromRequestParts<HttpState> for Speaker {
    type Rejection = Unknown;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Unknown> {
        let shown = authorization(&parts.headers, "device").ok_or(Unknown::Refused)?;
        // `{slug}:{key}:{password}`: neither a slug nor a key nor a password has a colon in it.
        let (username, password) = shown.rsplit_once(':').ok_or(Unknown::Refused)?;
        let here = state.edge.peer(&parts.extensions, &parts.headers).loopback;
        match state
            .intake
            .admit(username, password.as_bytes(), here)
            .await
        {
            Ok(Some(session)) => Ok(Self(session)),
            Ok(None) => Err(Unknown::Refused),
            Err(_) => Err(Unknown::Away),
        }
    }
}

/// The `{id}` of a path. What is no id of the kind names nothing: 404.
pub(super) struct Named<T>(pub(super) T);

impl<T: FromStr + Send> FromRequestParts<HttpState> for Named<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Refusal> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| Code::NotFound.into())
    }
}

/// A query, read parameter by parameter; unknown ones are ignored.
#[derive(Default)]
pub(super) struct Asked {
    given: BTreeMap<String, String>,
    flaws: Check,
}

impl FromRequestParts<HttpState> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Refusal> {
        let pairs = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let pairs = pairs
            .map(|Query(pairs)| pairs)
            .map_err(|_| Refusal::from(Code::Invalid))?;
        Ok(Self {
            given: pairs.into_iter().collect(),
            flaws: Check::default(),
        })
    }
}

impl Asked {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.given
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A parameter that `parse` understands; absent and empty are the same.
    pub(super) fn by<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let read = self
            .text(name)
            .map(|text| parse(text).ok_or(Flaw::Malformed))
            .transpose();
        self.flaws.take(name, read).flatten()
    }

    pub(super) fn parse<T: FromStr>(&mut self, name: &str) -> Option<T> {
        self.by(name, |text| text.parse().ok())
    }

    /// The order of a list: a column's word, with a minus for the largest first.
    pub(super) fn sort<C: Column>(&mut self) -> Option<Sort<C>> {
        let sort = Sort::read(self.text("sort"));
        self.flaws.take("sort", sort).flatten()
    }

    pub(super) fn flaw(&mut self, name: &str, flaw: Flaw) {
        self.flaws.take::<()>(name, Err(flaw));
    }

    pub(super) fn page(&mut self) -> PageAsk {
        let limit = self.parse::<u32>("limit");
        if limit == Some(0) {
            self.flaw("limit", Flaw::OutOfRange);
        }
        PageAsk {
            cursor: self.text("cursor").map(str::to_owned),
            limit,
        }
    }

    /// # Errors
    /// `invalid` with every parameter that does not hold.
    pub(super) fn done(self) -> Result<(), Problem> {
        self.flaws.done(Some(()))
    }
}

/// A JSON object.
pub(super) struct Sent<T>(pub(super) T);

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

impl<T: DeserializeOwned> FromRequest<HttpState> for Sent<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            return Err(Refusal::unsupported_media_type());
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|e| match e.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::from(Code::TooLarge),
                _ => Refusal::unreadable(),
            })?;
        // An array would be read as a struct's fields in their order.
        let object: serde_json::Map<String, Value> = match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(Code::Invalid.into()),
            Err(_) => return Err(Refusal::unreadable()),
        };
        // Fields read themselves leniently (see Given), so this fails for no object.
        serde_json::from_value(Value::Object(object))
            .map(Self)
            .map_err(|_| Code::Invalid.into())
    }
}

/// A field of a body: a wrong one is kept as such, so that all flaws are named at once.
#[derive(Debug, Default)]
pub(super) enum Given<T> {
    /// Not there, or null.
    #[default]
    Absent,
    Good(T),
    /// Of another type or shape.
    Bad,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Absent,
            value => serde_json::from_value(value).map_or(Self::Bad, Self::Good),
        })
    }
}

impl<T> Given<T> {
    /// # Errors
    /// `required` or `malformed`.
    pub(super) fn need(self) -> Result<T, Flaw> {
        match self {
            Self::Good(value) => Ok(value),
            Self::Absent => Err(Flaw::Required),
            Self::Bad => Err(Flaw::Malformed),
        }
    }

    /// # Errors
    /// `malformed`.
    pub(super) fn maybe(self) -> Result<Option<T>, Flaw> {
        match self {
            Self::Good(value) => Ok(Some(value)),
            Self::Absent => Ok(None),
            Self::Bad => Err(Flaw::Malformed),
        }
    }
}

/// A field of a change: what is not there stays as it is, and null empties it.
#[derive(Debug, Default)]
pub(super) enum Patched<T> {
    #[default]
    Absent,
    Null,
    Good(T),
    /// Of another type or shape.
    Bad,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Patched<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Null,
            value => serde_json::from_value(value).map_or(Self::Bad, Self::Good),
        })
    }
}

impl<T: std::fmt::Display> Patched<T> {
    /// As a form would have it: nothing, a blank, or the text.
    ///
    /// # Errors
    /// `malformed`.
    pub(super) fn typed(self) -> Result<Option<String>, Flaw> {
        match self {
            Self::Absent => Ok(None),
            Self::Null => Ok(Some(String::new())),
            Self::Good(value) => Ok(Some(value.to_string())),
            Self::Bad => Err(Flaw::Malformed),
        }
    }
}

/// A number as people write it: JSON's own, or text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Figure {
    Number(serde_json::Number),
    Text(String),
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct In {
        name: Given<String>,
        area: Given<Figure>,
    }

    fn read(text: &str) -> In {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_field_says_what_is_wrong_with_itself_alone() {
        let sent = read(r#"{"name": 5, "area": 89.37, "more": {}}"#);
        assert_eq!(sent.name.need(), Err(Flaw::Malformed));
        assert_eq!(sent.area.need().unwrap().to_string(), "89.37");
        let sent = read(r#"{"area": null}"#);
        assert_eq!(sent.name.need(), Err(Flaw::Required));
        assert!(sent.area.maybe().unwrap().is_none());
        assert_eq!(
            read(r#"{"area": "89.370"}"#)
                .area
                .need()
                .unwrap()
                .to_string(),
            "89.370"
        );
        assert!(read(r#"{"area": [1]}"#).area.maybe().is_err());
    }

    #[test]
    fn a_change_tells_null_from_nothing() {
        #[derive(Deserialize)]
        #[serde(default)]
        struct Patch {
            area: Patched<Figure>,
        }
        impl Default for Patch {
            fn default() -> Self {
                let area = Patched::Absent;
                Self { area }
            }
        }
        let typed = |text: &str| serde_json::from_str::<Patch>(text).unwrap().area.typed();
        assert_eq!(typed("{}"), Ok(None));
        assert_eq!(typed(r#"{"area": null}"#), Ok(Some(String::new())));
        assert_eq!(typed(r#"{"area": 89.37}"#), Ok(Some("89.37".to_owned())));
        assert_eq!(typed(r#"{"area": [1]}"#), Err(Flaw::Malformed));
    }

    #[test]
    fn a_query_names_every_bad_parameter() {
        let given = [
            ("limit", "x"),
            ("estate", "est_1"),
            ("unit", ""),
            ("more", "?"),
        ];
        let mut asked = Asked {
            given: given
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into_iter()
                .collect(),
            flaws: Check::default(),
        };
        asked.page();
        assert!(asked.parse::<domain::EstateId>("estate").is_none());
        assert!(asked.parse::<domain::UnitId>("unit").is_none());
        let fields = asked.done().unwrap_err().fields;
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["estate", "limit"]);
    }
}
