//! TLS over real sockets: what gets in, what does not, and a certificate that is renewed.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, helpers included"
)]

mod support;

use std::{fs, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::ConnectInfo,
    routing::get,
    serve::{Listener, ListenerExt},
};
use backend::kernel::clock::Clock;
use futures_util::{SinkExt, StreamExt};
use reqwest::{StatusCode, Version};
use rumqttc::{AsyncClient, MqttOptions, TlsConfiguration, Transport};
use serde_json::{Value, json};
use server::{config::TlsFiles, tls::Tls};
use support::{Dir, Linli, voices::Rest};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

const DAY: i64 = 86_400;

/// A certificate for this machine, good for so many days from a day ago, and its key, both in PEM.
fn certificate(days: i64) -> (String, String) {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut wanted = rcgen::CertificateParams::new(names).unwrap();
    let now = Clock::system().now().as_second();
    let on = |second: i64| std::time::UNIX_EPOCH + Duration::from_secs(second.unsigned_abs());
    wanted.not_before = on(now - DAY).into();
    wanted.not_after = on(now - DAY + days * DAY).into();
    let key = rcgen::KeyPair::generate().unwrap();
    (wanted.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// A folder with both files.
struct Files {
    _dir: Dir,
    paths: TlsFiles,
}

impl Files {
    fn new((cert, key): &(String, String)) -> Self {
        let dir = Dir::new(0o755);
        let paths = TlsFiles {
            cert: dir.0.join("cert.pem"),
            key: dir.0.join("key.pem"),
        };
        let files = Self { _dir: dir, paths };
        files.write(cert, key);
        files
    }

    fn write(&self, cert: &str, key: &str) {
        fs::write(&self.paths.cert, cert).unwrap();
        fs::write(&self.paths.key, key).unwrap();
    }

    fn settings(&self) -> [(&str, &str); 2] {
        [
            ("LINLI_TLS_CERT", self.paths.cert.to_str().unwrap()),
            ("LINLI_TLS_KEY", self.paths.key.to_str().unwrap()),
        ]
    }
}

fn client(cert: &str) -> reqwest::ClientBuilder {
    let root = reqwest::Certificate::from_pem(cert.as_bytes()).unwrap();
    reqwest::Client::builder().tls_certs_only([root])
}

/// A greeted connection that trusts `cert` and offers one protocol.
async fn greet(host: &str, cert: &str, protocol: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(cert.as_bytes()).unwrap();
    roots.add(root).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(host).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

#[tokio::test]
async fn https_and_wss_get_in_and_plain_text_does_not() {
    let pair = certificate(90);
    let (files, dir) = (Files::new(&pair), Dir::new(0o755));
    let linli = Linli::serve_with(&dir, &files.settings());
    let base = linli.url.clone();
    let host = base.strip_prefix("https://").unwrap().to_owned();
    let http = client(&pair.0).build().unwrap();

    // Browsers get HTTP/2, others the older one, and both are told to come by https only.
    for (client, version) in [
        (http.clone(), Version::HTTP_2),
        (
            client(&pair.0).http1_only().build().unwrap(),
            Version::HTTP_11,
        ),
    ] {
        let page = client
            .get(format!("{base}/login"))
            .header("accept", "text/html")
            .send()
            .await
            .unwrap();
        assert_eq!((page.status(), page.version()), (StatusCode::OK, version));
        let headers = page.headers();
        assert!(headers.contains_key("strict-transport-security"));
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(&format!("wss://{host}")), "{policy}");
        let scrape = client.get(format!("{base}/metrics")).send().await.unwrap();
        assert_eq!(scrape.status(), StatusCode::OK, "a peer on this machine");
    }

    let mut plain = TcpStream::connect(&host).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
    plain.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset is as good an end as any.
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/"));

    let password = "a long enough password";
    let body = json!({ "company": "新家物业", "slug": "xinjia", "admin_name": "周敏", "login": "zhou@xinjia", "password": password });
    let signed_up: Value = http
        .post(format!("{base}/api/v1/signup"))
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let token = signed_up["access_token"].as_str().unwrap();
    let cookie = log_in(&pair.0, &base, password).await;
    assert!(cookie.starts_with("__Host-linli="), "{cookie}");

    let ticket: Value = http
        .post(format!("{base}/api/v1/live/ticket"))
        .bearer_auth(token)
        .json(&json!({}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let ticket = ticket["ticket"].as_str().unwrap();
    for answer in [
        wss(&host, &pair.0, &base, &cookie).await,
        wss_over_h2(&host, &pair.0, ticket).await,
    ] {
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer, json!({ "op": "pong" }));
    }
    drop(http);
    assert_eq!(linli.interrupt(), 0);
}

/// As the log-in page's form does before wasm arrives; the cookie's name and value.
async fn log_in(cert: &str, base: &str, password: &str) -> String {
    let http = client(cert).redirect(reqwest::redirect::Policy::none());
    let answer = http
        .build()
        .unwrap()
        .post(format!("{base}/fn/identity/log_in"))
        .header("origin", base)
        .header("accept", "text/html")
        .header("referer", format!("{base}/login"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "login=zhou%40xinjia&password={}",
            password.replace(' ', "+")
        ))
        .send()
        .await
        .unwrap();
    let set = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|line| line.to_str().unwrap())
        .find(|line| line.contains("linli="))
        .unwrap();
    assert!(set.contains("Secure") && set.contains("HttpOnly"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

/// What a ping is answered with on `/live`, opened with a page's cookie over HTTP/1.1.
async fn wss(host: &str, cert: &str, base: &str, cookie: &str) -> String {
    let stream = greet(host, cert, b"http/1.1").await.unwrap();
    let mut request = format!("wss://{host}/live").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("origin", base.parse().unwrap());
    headers.insert("cookie", cookie.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    let ping = Message::text(r#"{"op":"ping"}"#);
    socket.send(ping).await.unwrap();
    loop {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            return text.to_string();
        }
    }
}

/// The same with a ticket, over HTTP/2, as browsers do it once they have such a connection
/// (RFC 8441). Frames are written by hand: the client knows HTTP/1.1 only.
async fn wss_over_h2(host: &str, cert: &str, ticket: &str) -> String {
    let stream = greet(host, cert, b"h2").await.unwrap();
    let (mut sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    while !sender.is_extended_connect_protocol_enabled() {
        sender = sender.ready().await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let request = http::Request::builder()
        .method("CONNECT")
        .uri(format!("https://{host}/live?ticket={ticket}"))
        .header("sec-websocket-version", "13")
        .extension(h2::ext::Protocol::from_static("websocket"))
        .body(())
        .unwrap();
    let (answer, mut up) = sender.send_request(request, false).unwrap();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let ping = br#"{"op":"ping"}"#;
    let mut frame = vec![0x81, 0x80 | u8::try_from(ping.len()).unwrap(), 0, 0, 0, 0];
    frame.extend_from_slice(ping);
    up.send_data(frame.into(), false).unwrap();
    let mut down = answer.into_body();
    let mut heard = Vec::new();
    loop {
        let data = down.data().await.unwrap().unwrap();
        down.flow_control().release_capacity(data.len()).unwrap();
        heard.extend_from_slice(&data);
        // Text frames of less than 126 bytes; a ping of the server's may come first.
        while heard.len() >= 2 && heard.len() >= 2 + usize::from(heard[1]) {
            let rest = heard.split_off(2 + usize::from(heard[1]));
            let frame = std::mem::replace(&mut heard, rest);
            if frame[0] == 0x81 {
                return String::from_utf8(frame[2..].to_vec()).unwrap();
            }
        }
    }
}

#[test]
fn files_that_cannot_be_served_are_refused_by_name() {
    let dir = Dir::new(0o755);
    let (good, other, expired) = (certificate(90), certificate(90), certificate(0));
    let refused = |cert: &str, key: &str| {
        let files = Files::new(&(cert.to_owned(), key.to_owned()));
        let ended = Linli::run(&dir, &["serve"], &files.settings());
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert_eq!(ended.said.lines().count(), 1, "{}", ended.said);
        assert!(!ended.said.contains("PRIVATE"), "{}", ended.said);
        ended.said
    };
    for (cert, key, setting, why) in [
        (&good.0, &other.1, "LINLI_TLS_KEY: ", "is not the key of"),
        (&expired.0, &expired.1, "LINLI_TLS_CERT: ", "expired at 20"),
        (
            &good.1,
            &good.1,
            "LINLI_TLS_CERT: ",
            "no certificate in PEM",
        ),
        (&good.0, &good.0, "LINLI_TLS_KEY: ", "no private key in PEM"),
    ] {
        let said = refused(cert, key);
        assert!(
            said.starts_with(&format!("linli: {setting}")) && said.contains(why),
            "{said}"
        );
    }
    let files = Files::new(&good);
    fs::remove_file(&files.paths.key).unwrap();
    let ended = Linli::run(&dir, &["serve"], &files.settings());
    assert_eq!(ended.status, Some(2));
    assert!(
        ended.said.starts_with("linli: LINLI_TLS_KEY: ") && ended.said.contains("cannot be read"),
        "{ended:?}"
    );
    let ended = Linli::run(&dir, &["serve"], &files.settings()[..1]);
    assert_eq!(ended.status, Some(2));
    assert!(ended.said.contains("LINLI_TLS_KEY is not"), "{ended:?}");
    assert!(!dir.cluster().exists(), "nothing was started");
}

#[test]
fn plain_text_off_this_machine_is_refused() {
    let dir = Dir::new(0o755);
    let files = Files::new(&certificate(90));
    let [cert, key] = files.settings();
    for (settings, named) in [
        (vec![("LINLI_HTTP_ADDR", "0.0.0.0:0")], "LINLI_HTTP_ADDR: "),
        (
            vec![cert, key, ("LINLI_MQTT_LISTEN", "0.0.0.0:0")],
            "LINLI_MQTT_LISTEN: ",
        ),
        (
            vec![cert, key, ("LINLI_PUBLIC_URL", "http://linli.example")],
            "LINLI_PUBLIC_URL: ",
        ),
    ] {
        let ended = Linli::run(&dir, &["serve"], &settings);
        assert_eq!(ended.status, Some(2), "{ended:?}");
        assert!(
            ended.said.starts_with(&format!("linli: {named}"))
                && ended.said.contains("plain text")
                && ended.said.lines().count() == 1,
            "{ended:?}"
        );
    }
    assert!(!dir.cluster().exists(), "nothing was started");
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_over_and_a_broken_one_is_not() {
    let (first, second) = (certificate(30), certificate(90));
    let files = Files::new(&first);
    let mut tls = Tls::load(&files.paths, &Clock::system()).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listener = tls.listener(tcp);
    let host = listener.local_addr().unwrap().to_string();
    let router = Router::new().route(
        "/",
        get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
    );
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(listener.tap_io(|_| {}), service).into_future());

    // Somebody who connects and says nothing keeps nobody else out.
    let _silent = TcpStream::connect(&host).await.unwrap();
    let shows = async |cert: &str| greet(&host, cert, b"http/1.1").await.is_ok();
    assert!(shows(&first.0).await && !shows(&second.0).await);
    let answer = client(&first.0)
        .build()
        .unwrap()
        .get(format!("https://{host}"))
        .send()
        .await
        .unwrap();
    let peer: SocketAddr = answer.text().await.unwrap().parse().unwrap();
    assert!(peer.ip().is_loopback());

    assert!(tls.refresh().unwrap().is_none(), "nothing has changed");
    // One file is there and the other not yet.
    files.write(&second.0, &first.1);
    let half = tls.refresh().unwrap_err().to_string();
    assert!(half.starts_with("LINLI_TLS_KEY: "), "{half}");
    assert!(tls.refresh().unwrap().is_none(), "told once");
    assert!(shows(&first.0).await);

    files.write(&second.0, &second.1);
    let taken = tls.refresh().unwrap().unwrap();
    assert!(taken.until.as_second() - Clock::system().now().as_second() > 80 * DAY);
    assert!(!shows(&first.0).await && shows(&second.0).await);

    fs::remove_file(&files.paths.cert).unwrap();
    assert!(tls.refresh().is_err());
    files.write("?", &second.1);
    assert!(tls.refresh().is_err());
    assert!(shows(&second.0).await);
}

/// Until the broker has answered CONNECT.
async fn connect_device(host: &str, cert: Option<&str>, made: &Value) -> Result<(), String> {
    let text = |name: &str| made["credentials"][name].as_str().unwrap().to_owned();
    let port = host.rsplit_once(':').unwrap().1.parse().unwrap();
    let mut options = MqttOptions::new(text("username"), "localhost", port);
    options.set_credentials(text("username"), text("password"));
    if let Some(cert) = cert {
        let (ca, client_auth) = (cert.as_bytes().to_vec(), None);
        options.set_transport(Transport::tls_with_config(TlsConfiguration::SimpleNative {
            ca,
            client_auth,
        }));
    }
    let (_client, mut events) = AsyncClient::new(options, 1);
    events
        .poll()
        .await
        .map(drop)
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn devices_come_over_tls_too_by_the_same_certificate() {
    let pair = certificate(90);
    let (files, dir) = (Files::new(&pair), Dir::new(0o755));
    let [cert, key] = files.settings();
    let linli = Linli::serve_with(&dir, &[cert, key, ("LINLI_MQTTS_LISTEN", "127.0.0.1:0")]);
    let mqtts = linli.mqtts.clone().unwrap();
    let rest = Rest {
        client: client(&pair.0).build().unwrap(),
        ..Rest::at(&linli.url)
    };
    let rest = rest.found().await;
    let estate = rest.post("estates", json!({ "name": "安居花园" })).await;
    let form = json!({
        "name": "电表", "kind": "electricity_meter", "estate": estate["id"], "transport": { "mqtt": {} },
    });
    let made = rest.post("devices", form).await;
    connect_device(&mqtts, Some(&pair.0), &made).await.unwrap();
    // Not in plain text, and not by a certificate that is somebody else's.
    assert!(connect_device(&mqtts, None, &made).await.is_err());
    let other = certificate(90);
    assert!(connect_device(&mqtts, Some(&other.0), &made).await.is_err());
    // A device that offers a protocol offers MQTT.
    assert!(greet(&mqtts, &pair.0, b"mqtt").await.is_ok());
    assert!(greet(&mqtts, &pair.0, b"h2").await.is_err());
}
