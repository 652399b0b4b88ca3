//! What surrounds every answer: headers, cross-site checks, preferences, files.

use reqwest::{Method, StatusCode};

use crate::town::{Answer, Town, plain};

async fn page(town: &Town, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = town.ask(Method::GET, path).header("accept", "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_page_runs_only_what_is_its_own() {
    let town = Town::bare(plain).await;
    let first = page(&town, "/", &[]).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let policy = first.header("content-security-policy");
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap();
    assert!(nonce.len() >= 20, "{policy}");
    assert!(
        first.text.contains(&format!("nonce=\"{nonce}\"")),
        "{}",
        first.text
    );
    for script in first.text.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        let empty = script.starts_with("></script>");
        assert!(
            tag.contains("nonce=") || tag.contains("src=") || empty,
            "<script{script}"
        );
    }
    for part in [
        "default-src 'self'",
        "'wasm-unsafe-eval'",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "img-src 'self' data:",
        &format!("connect-src 'self' {};", town.base.replace("http", "ws")),
    ] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    let second = page(&town, "/", &[]).await;
    assert_ne!(
        second.header("content-security-policy"),
        policy,
        "a nonce is used once"
    );

    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(first.header(name), value, "{name}");
    }
    assert!(first.header("permissions-policy").contains("camera=()"));
    assert_eq!(
        first.header("strict-transport-security"),
        "",
        "plain HTTP here"
    );
    assert!(!first.header("x-request-id").is_empty());
    // A host that would break out of the policy does not get into it.
    let odd = page(&town, "/", &[("host", "a;script-src*")]).await;
    assert!(
        !odd.header("content-security-policy")
            .contains("script-src*"),
        "{odd:?}"
    );
}

#[tokio::test]
async fn https_is_kept_to() {
    let town = Town::bare(|base| server::http::EdgeSettings {
        public_url: "https://linli.example".to_owned(),
        ..plain(base)
    })
    .await;
    let landing = page(&town, "/?theme=dark", &[]).await;
    assert!(
        landing
            .header("strict-transport-security")
            .starts_with("max-age=")
    );
    assert!(
        landing.header("set-cookie").ends_with("; Secure"),
        "{landing:?}"
    );
    let gone = town
        .ask(Method::POST, "/logout")
        .header("origin", "https://linli.example")
        .send();
    let gone = Answer::of(gone.await.unwrap()).await;
    assert!(
        gone.header("set-cookie")
            .starts_with("__Host-linli=; Path=/; Max-Age=0;"),
        "{gone:?}"
    );
    assert!(gone.header("set-cookie").contains("; Secure"), "{gone:?}");
}

#[tokio::test]
async fn other_sites_cannot_send_for_a_visitor() {
    let town = Town::new().await;
    let cookie = town.cookie().await;
    let (host, token) = (
        town.base.trim_start_matches("http://").to_owned(),
        town.a.clone(),
    );
    let post = async |path: &str, headers: &[(&str, &str)]| {
        let mut request = town.ask(Method::POST, path).header("cookie", &cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send().await.unwrap()).await
    };
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "http://evil.example")],
        &[("origin", "null")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://evil.example"),
            ("accept", "text/html"),
        ],
    ] {
        for path in ["/logout", "/fn/identity/log_in", "/fn/nothing"] {
            let answer = post(path, headers).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{path} {headers:?} {answer:?}"
            );
            assert_eq!(answer.header("set-cookie"), "");
        }
        let open = post("/api/v1/signup", headers).await;
        open.refused(403, "forbidden");
    }
    // No browser sends a bearer token by itself.
    let bearer = format!("Bearer {token}");
    let client = post(
        "/api/v1/live/ticket",
        &[
            ("origin", "http://elsewhere.example"),
            ("authorization", &bearer),
        ],
    )
    .await;
    assert_eq!(client.status, StatusCode::OK, "{client:?}");

    // The cookie still works: nothing above has ended the session.
    let token = cookie.split_once('=').unwrap().1;
    assert!(
        backend::identity::resume(&town.site, token)
            .await
            .unwrap()
            .is_some()
    );
    let out = post(
        "/logout",
        &[
            ("origin", &format!("http://{host}")),
            ("sec-fetch-site", "same-origin"),
        ],
    )
    .await;
    assert_eq!(
        (out.status, out.header("location")),
        (StatusCode::SEE_OTHER, "/login")
    );
    assert!(
        out.header("set-cookie")
            .starts_with("linli_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
    );
    assert!(
        backend::identity::resume(&town.site, token)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(post("/logout", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        town.get("/logout", "").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn a_plain_form_logs_in() {
    let town = Town::new().await;
    let log_in = async |password: &str| {
        let request = town
            .ask(Method::POST, "/fn/identity/log_in")
            .header("accept", "text/html")
            .header("referer", format!("{}/login", town.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("login=admin%40anju&password={password}"));
        Answer::of(request.send().await.unwrap()).await
    };
    let refused = log_in("wrong+horse+battery").await;
    assert_eq!(refused.status, StatusCode::FOUND, "{refused:?}");
    assert!(
        refused
            .header("location")
            .starts_with(&format!("{}/login?", town.base)),
        "{refused:?}"
    );
    assert_eq!(refused.header("set-cookie"), "");

    let entered = log_in("correct+horse+battery").await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::FOUND, "/console/dashboard"),
        "{entered:?}"
    );
    let cookie = entered.header("set-cookie").to_owned();
    assert!(
        cookie.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    assert!(cookie.starts_with("linli_session="));
    let estates = page(&town, "/console/estates", &[("cookie", cookie)]).await;
    assert_eq!(estates.status, StatusCode::OK, "{estates:?}");
    assert!(
        estates.text.contains(crate::town::MARKER),
        "{}",
        estates.text
    );
    let console = page(&town, "/console", &[("cookie", cookie)]).await;
    assert_eq!(console.header("location"), "/console/dashboard");
    let nobody = page(&town, "/console", &[]).await;
    assert_eq!(nobody.header("location"), "/login");
}

#[tokio::test]
async fn language_and_theme_are_links() {
    let town = Town::bare(plain).await;
    let turned = page(&town, "/login?next=x&lang=en", &[]).await;
    assert_eq!(
        (turned.status, turned.header("location")),
        (StatusCode::SEE_OTHER, "/login?next=x")
    );
    assert!(
        turned
            .header("set-cookie")
            .starts_with("linli_lang=en; Path=/")
    );
    assert_eq!(
        page(&town, "/no/such/page?lang=en", &[]).await.status,
        StatusCode::SEE_OTHER
    );
    let english = page(&town, "/login", &[("cookie", "linli_lang=en")]).await;
    assert!(english.text.contains("lang=\"en\""), "{}", english.text);
}

#[tokio::test]
async fn what_is_not_there() {
    let town = Town::bare(plain).await;
    let missing = page(&town, "/no/such/page", &[]).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.text.contains("<html"), "{missing:?}");
    assert!(
        missing
            .header("content-security-policy")
            .contains("'nonce-")
    );
    let function = town.ask(Method::POST, "/fn/no/such").send().await.unwrap();
    let function = Answer::of(function).await;
    assert_eq!(
        (function.status, function.text.as_str()),
        (StatusCode::NOT_FOUND, r#"{"code":"not_found"}"#)
    );
    let large = town
        .ask(Method::POST, "/fn/identity/log_in")
        .body(vec![b'x'; (2 << 20) + 1])
        .send();
    assert_eq!(
        Answer::of(large.await.unwrap()).await.text,
        r#"{"code":"too_large"}"#
    );
}

#[tokio::test]
async fn a_panic_is_told_to_the_log_alone() {
    let town = Town::bare(plain).await;
    let page = page(&town, "/broken", &[("accept-language", "en")]).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.text.contains(page.header("x-request-id")) && page.text.contains("our side"));
    let rest = town.get("/api/v1/broken", "").await;
    rest.refused(500, "internal");
    assert!(!page.text.contains("secret") && !rest.text.contains("secret"));
    assert_eq!(rest.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn answers_are_compressed() {
    let town = Town::bare(plain).await;
    for (path, accepted, encoding) in [
        ("/", "br", "br"),
        ("/api/openapi.json", "gzip", "gzip"),
        ("/", "identity", ""),
    ] {
        let request = town
            .ask(Method::GET, path)
            .header("accept-encoding", accepted);
        let response = request.send().await.unwrap();
        let given = response
            .headers()
            .get("content-encoding")
            .map_or("", |v| v.to_str().unwrap());
        assert_eq!(given, encoding, "{path}");
    }
}

#[tokio::test]
async fn files_of_the_site() {
    let root = std::env::temp_dir().join(format!("linli-site-{}", std::process::id()));
    std::fs::create_dir_all(root.join("pkg/25ae4313")).unwrap();
    std::fs::write(root.join("pkg/current"), "25ae4313\n").unwrap();
    std::fs::write(root.join("pkg/25ae4313/linli.js"), "export {}").unwrap();
    std::fs::write(root.join("pkg/linli.css"), "body{}".repeat(100)).unwrap();
    std::fs::write(root.join("pkg/linli.css.br"), "compressed").unwrap();
    let site_root = root.clone();
    let town = Town::bare(move |base| server::http::EdgeSettings {
        site_root,
        ..plain(base)
    })
    .await;

    let plain_file = page(&town, "/pkg/linli.css", &[("accept-encoding", "identity")]).await;
    assert_eq!(
        (plain_file.status, plain_file.header("cache-control")),
        (StatusCode::OK, "no-cache")
    );
    assert_eq!(plain_file.header("content-type"), "text/css");
    assert!(plain_file.text.starts_with("body{}"));
    let small = page(&town, "/pkg/linli.css", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(
        (small.header("content-encoding"), small.text.as_str()),
        ("br", "compressed")
    );
    // A page asks for the scripts of its own build, and keeps them.
    let script = "/pkg/25ae4313/linli.js";
    assert!(page(&town, "/login", &[]).await.text.contains(script));
    let kept = page(&town, script, &[]).await;
    assert!(kept.header("cache-control").contains("immutable"));
    let since = plain_file.header("last-modified");
    let same = page(
        &town,
        "/pkg/linli.css",
        &[
            ("if-modified-since", since),
            ("accept-encoding", "identity"),
        ],
    )
    .await;
    assert_eq!(
        (same.status, same.header("cache-control")),
        (StatusCode::NOT_MODIFIED, "no-cache")
    );
    for path in ["/pkg/", "/pkg/..%2f..%2fetc/passwd", "/pkg/nothing.js"] {
        assert_eq!(
            page(&town, path, &[]).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    std::fs::remove_dir_all(root).unwrap();
}

#[tokio::test]
async fn the_roster_template_is_a_spreadsheet() {
    let town = Town::bare(plain).await;
    let response = town
        .ask(Method::GET, "/console/import/template.xlsx")
        .send()
        .await
        .unwrap();
    assert!(
        response.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    assert_eq!(&response.bytes().await.unwrap()[..2], b"PK");
}
