//! Logs, request ids and metrics.

use std::{io::IsTerminal, sync::OnceLock, time::Duration};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderValue, Method, StatusCode},
    middleware::Next,
    response::Response,
};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::Instant;
use tracing::Instrument;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{config::LogFormat, failure::Failure};

const REQUEST_ID: &str = "x-request-id";

/// Starts logging to standard error. A second call changes nothing.
///
/// # Errors
/// A filter that cannot be parsed.
pub fn start_logs(filter: &str, format: LogFormat) -> Result<(), Failure> {
    let filter =
        EnvFilter::try_new(filter).map_err(|e| Failure::setting(format!("LINLI_LOG: {e}")))?;
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let _ = match format {
        LogFormat::Json => registry
            .with(lines.json().flatten_event(true).with_span_list(false))
            .try_init(),
        LogFormat::Text => registry
            .with(
                lines
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_target(false),
            )
            .try_init(),
    };
    Ok(())
}

/// The id of a request, in its extensions, in each of its log lines and in the answer's
/// `x-request-id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    /// A caller's own id where it is short and plain: it ends up in logs and headers.
    fn of(request: &Request) -> Self {
        request
            .headers()
            .get(REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            .filter(|id| {
                let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
                (8..=64).contains(&id.len()) && id.bytes().all(plain)
            })
            .map_or_else(
                || Self(format!("{:032x}", rand::random::<u128>())),
                |id| Self(id.to_owned()),
            )
    }
}

/// Middleware, outermost: gives the request its id, logs one line about it and counts it.
pub async fn record(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(&request);
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let shown = shown_path(route.as_deref(), request.uri().path());
    request.extensions_mut().insert(id.clone());

    let span = tracing::info_span!("request", id = %id.0);
    let file = request.uri().path().starts_with("/pkg/");
    async move {
        let mut response = next.run(request).await;
        // Nobody asks after a file of the site, and each would bring 50 bytes more to every phone.
        if let Ok(value) = HeaderValue::from_str(&id.0)
            && !file
        {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let taken = started.elapsed();
        let status = response.status();
        count_request(&method, route.unwrap_or_default(), status, taken);
        let ms = taken.as_millis();
        let status = status.as_u16();
        // Probes and scrapes come every few seconds and say nothing new.
        if matches!(shown.as_str(), "/healthz" | "/readyz" | "/metrics") && status < 400 {
            tracing::debug!(request_id = %id.0, %method, path = %shown, status, ms, "answered");
        } else {
            tracing::info!(request_id = %id.0, %method, path = %shown, status, ms, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// What a log line may say about a path: its pattern, because a link's secret can be part of the
/// path itself, and never the query. Wildcards (files, server functions) name no secret and would
/// otherwise all look the same.
fn shown_path(route: Option<&str>, path: &str) -> String {
    match route {
        Some(route) if !route.contains("{*") => route.to_owned(),
        _ => path.chars().take(200).collect(),
    }
}

fn count_request(method: &Method, route: String, status: StatusCode, taken: Duration) {
    let class = match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    let method = match *method {
        Method::GET | Method::HEAD => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    counter!("http_requests_total", "method" => method, "route" => route.clone(), "class" => class)
        .increment(1);
    histogram!("http_request_seconds", "route" => route).record(taken.as_secs_f64());
}

/// Readings stored, after their commit.
pub fn readings_accepted(count: u64) {
    counter!("readings_accepted_total").increment(count);
}

/// Readings refused; `reason` is one of the fixed codes shown on the device's page.
pub fn readings_refused(reason: &'static str, count: u64) {
    counter!("readings_refused_total", "reason" => reason).increment(count);
}

/// Devices that are connected now.
pub fn mqtt_connections(count: usize) {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    gauge!("mqtt_connections").set(count as f64);
}

/// A live websocket opened (1) or closed (-1).
pub fn live_sockets(change: i8) {
    gauge!("live_sockets").increment(f64::from(change));
}

/// The embedded postmaster ended by itself and was started again.
pub(crate) fn postgres_restarted() {
    counter!("postgres_restarts_total").increment(1);
}

/// The process's metrics: the recorder is installed by the first call.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        const SECONDS: &[f64] = &[
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
        ];
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder was installed first: /metrics stays empty");
        }
        describe_counter!(
            "http_requests_total",
            "Requests answered, by route and class of status"
        );
        describe_histogram!("http_request_seconds", "Time to answer, by route");
        describe_counter!("readings_accepted_total", "Readings stored");
        describe_counter!("readings_refused_total", "Readings refused, by reason");
        describe_counter!(
            "commands_total",
            "Commands to devices, by what became of sending them"
        );
        describe_gauge!(
            "mqtt_connections",
            "Devices connected to the embedded broker"
        );
        describe_gauge!("live_sockets", "Open live websockets");
        describe_counter!(
            "postgres_restarts_total",
            "Times that the embedded PostgreSQL was started again"
        );
        counter!("readings_accepted_total").absolute(0);
        gauge!("mqtt_connections").set(0.0);
        gauge!("live_sockets").set(0.0);
        handle
    })
}

/// Counts commands that were sent, could not be, or whose time was up.
pub fn commands(outcome: &'static str, count: u64) {
    counter!("commands_total", "outcome" => outcome).increment(count);
}

/// Drains histograms now and then; without it they grow until the next scrape.
pub async fn keep_metrics() {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        metrics().run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, extract::Extension, routing::get};
    use tower::ServiceExt;

    use super::*;

    async fn ask(id: Option<&str>) -> (String, String) {
        let echo = |Extension(id): Extension<RequestId>| async move { id.0 };
        let router = Router::new()
            .route("/invite/{token}", get(echo))
            .layer(axum::middleware::from_fn(record));
        let mut request = Request::builder().uri("/invite/secret?ticket=secret");
        if let Some(id) = id {
            request = request.header(REQUEST_ID, id);
        }
        let answer = router
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let header = answer.headers()[REQUEST_ID].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
        (header, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_sane_request_id_is_kept_and_any_other_replaced() {
        let (header, seen) = ask(Some("client-id_1.2")).await;
        assert_eq!(
            (header.as_str(), seen.as_str()),
            ("client-id_1.2", "client-id_1.2")
        );
        for id in [
            None,
            Some("short"),
            Some("has space in it"),
            Some(&*"x".repeat(65)),
        ] {
            let (header, seen) = ask(id).await;
            assert_eq!(header, seen);
            assert_eq!(header.len(), 32, "{id:?}");
        }
    }

    #[test]
    fn paths_in_logs_hold_no_secret() {
        assert_eq!(
            shown_path(Some("/invite/{token}"), "/invite/s3cret"),
            "/invite/{token}"
        );
        assert_eq!(
            shown_path(Some("/fn/{*name}"), "/fn/estates/add"),
            "/fn/estates/add"
        );
        assert_eq!(shown_path(None, "/nowhere"), "/nowhere");
    }

    #[tokio::test]
    async fn counts_by_route() {
        let handle = metrics();
        ask(None).await;
        readings_refused("bad_json", 2);
        let text = handle.render();
        assert!(text.contains(r#"route="/invite/{token}""#), "{text}");
        assert!(text.contains(r#"class="2xx""#), "{text}");
        assert!(
            text.contains(r#"readings_refused_total{reason="bad_json"} 2"#),
            "{text}"
        );
        assert!(text.contains("http_request_seconds_bucket"), "{text}");
    }
}
