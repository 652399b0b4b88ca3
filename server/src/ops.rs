//! What the operator's machines ask: `/healthz`, `/readyz`, `/metrics`.

use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{ConnectInfo, Extension, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    config::{Secret, is_loopback_host},
    observe,
};

type Check = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A part that Linli cannot answer without, and how to ask whether it is there.
#[derive(Clone)]
pub struct Dependency {
    name: &'static str,
    check: Arc<dyn Fn() -> Check + Send + Sync>,
}

impl Dependency {
    /// `check` says why the part is away; that goes to the log, not to whoever asks.
    pub fn new<F, Answer>(name: &'static str, check: F) -> Self
    where
        F: Fn() -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self {
            name,
            check: Arc::new(move || Box::pin(check())),
        }
    }
}

impl std::fmt::Debug for Dependency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Counts the devices that are connected now.
#[derive(Clone)]
pub struct Census(Arc<dyn Fn() -> usize + Send + Sync>);

impl Census {
    pub fn new(count: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        Self(Arc::new(count))
    }
}

impl std::fmt::Debug for Census {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Census")
    }
}

/// What the three routes need.
#[derive(Debug, Clone)]
pub struct Ops {
    /// Asked by `/readyz`, all at once.
    pub dependencies: Vec<Dependency>,
    /// Asked at each scrape, where devices connect to this process.
    pub devices: Option<Census>,
    /// Opens `/metrics` to scrapers from elsewhere.
    pub metrics_token: Option<Secret>,
}

/// The three routes.
pub fn routes(ops: Ops) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(ops)
}

async fn ready(State(ops): State<Ops>) -> Response {
    const PATIENCE: Duration = Duration::from_secs(1);
    let checks = ops.dependencies.iter().map(async |part| {
        let failure = match tokio::time::timeout(PATIENCE, (part.check)()).await {
            Ok(Ok(())) => return None,
            Ok(Err(why)) => why,
            Err(_) => "no answer within a second".to_owned(),
        };
        tracing::warn!(part = part.name, why = %failure, "not ready");
        Some(part.name)
    });
    let failing: Vec<_> = futures_util::future::join_all(checks)
        .await
        .into_iter()
        .flatten()
        .collect();
    let status = if failing.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({ "ready": failing.is_empty(), "failing": failing });
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

async fn metrics(
    State(ops): State<Ops>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Response {
    let right_token = ops
        .metrics_token
        .as_ref()
        .is_some_and(|token| bears(&headers, token));
    if !right_token
        && !comes_from_this_machine(peer.map(|Extension(ConnectInfo(addr))| addr), &headers)
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(Census(count)) = &ops.devices {
        observe::mqtt_connections(count());
    }
    let text = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, text)], observe::metrics().render()).into_response()
}

/// Digests are compared, so the time that it takes tells nothing about the token.
fn bears(headers: &HeaderMap, token: &Secret) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|given| Sha256::digest(given) == Sha256::digest(token.reveal()))
}

/// A peer on loopback that forwards for nobody. A proxy on this machine is such a peer for the
/// whole world, and a page whose name resolves to 127.0.0.1 makes a browser one: hence the headers.
#[must_use]
pub fn comes_from_this_machine(peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
    const FORWARDED: [&str; 6] = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
        "via",
    ];
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<http::uri::Authority>().ok());
    peer.is_some_and(|addr| addr.ip().to_canonical().is_loopback())
        && host.is_some_and(|host| is_loopback_host(host.host()))
        && !FORWARDED.iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::Request,
    };
    use tower::ServiceExt;

    use super::*;

    fn ops(dependencies: Vec<Dependency>) -> Router {
        routes(Ops {
            dependencies,
            devices: Some(Census::new(|| 7)),
            metrics_token: Some(Secret::new("a-token-of-some-length")),
        })
    }

    async fn get(
        router: Router,
        path: &str,
        peer: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, String) {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn readiness_names_what_is_away() {
        let there = Dependency::new("broker", async || Ok(()));
        let away = Dependency::new("database", async || Err("password wrong".to_owned()));
        let slow = Dependency::new("slow", std::future::pending);
        let here = "127.0.0.1:9";
        let (status, body) = get(ops(vec![there.clone()]), "/readyz", here, &[]).await;
        assert_eq!(
            (status, body.as_str()),
            (StatusCode::OK, r#"{"failing":[],"ready":true}"#)
        );
        let (status, body) = get(ops(vec![away, there, slow]), "/readyz", here, &[]).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body, r#"{"failing":["database","slow"],"ready":false}"#);
        let (status, _) = get(ops(vec![]), "/healthz", "192.0.2.1:9", &[]).await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn metrics_stay_on_this_machine_without_the_token() {
        let status = async |peer: &str, headers: &[(&str, &str)]| {
            get(ops(vec![]), "/metrics", peer, headers).await.0
        };
        let local = ("host", "127.0.0.1:3000");
        assert_eq!(status("127.0.0.1:9", &[local]).await, StatusCode::OK);
        assert_eq!(
            status("[::ffff:127.0.0.1]:9", &[("host", "localhost")]).await,
            StatusCode::OK
        );
        assert_eq!(status("192.0.2.1:9", &[local]).await, StatusCode::NOT_FOUND);
        assert_eq!(
            status("127.0.0.1:9", &[("host", "linli.example")]).await,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            status("127.0.0.1:9", &[local, ("x-forwarded-for", "192.0.2.1")]).await,
            StatusCode::NOT_FOUND
        );
        let token = ("authorization", "Bearer a-token-of-some-length");
        assert_eq!(status("192.0.2.1:9", &[token]).await, StatusCode::OK);
        let (_, scraped) = get(ops(vec![]), "/metrics", "192.0.2.1:9", &[token]).await;
        assert!(scraped.contains("\nmqtt_connections 7\n"), "{scraped}");
        assert_eq!(
            status("192.0.2.1:9", &[("authorization", "Bearer a-token")]).await,
            StatusCode::NOT_FOUND
        );
    }
}
