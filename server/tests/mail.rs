//! A forgotten password, by the real program and a mail server that listens.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, helpers included"
)]

mod support;

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Client, StatusCode, redirect::Policy};
use support::{Dir, Linli, PATIENCE};

/// One mail: whom the server was told it is for, and its lines.
#[derive(Debug)]
struct Mail {
    to: String,
    lines: Vec<String>,
}

/// A server that takes every mail (RFC 5321, as much of it as a client needs).
fn post_office() -> (String, Receiver<Mail>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let (taken, mails) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let taken = taken.clone();
            thread::spawn(move || {
                converse(stream, |mail| drop(taken.send(mail)));
            });
        }
    });
    (url, mails)
}

fn converse(stream: TcpStream, take: impl Fn(Mail)) -> Option<()> {
    let mut out = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut to = String::new();
    let mut say = |answer: &str| write!(out, "{answer}\r\n").ok();
    say("220 post")?;
    loop {
        let line = lines.next()?;
        let verb: String = line.chars().take(4).collect();
        match verb.to_uppercase().as_str() {
            "RCPT" => {
                line.clone_into(&mut to);
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let lines = lines.by_ref().take_while(|line| line != ".").collect();
                let to = to.clone();
                take(Mail { to, lines });
                say("250 ok")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
}

/// Quoted-printable (RFC 2045) or base64, as mail clients read it.
fn text(mail: &Mail) -> String {
    let body = mail.lines.iter().skip_while(|line| !line.is_empty());
    let coded: Vec<_> = body.skip(1).map(String::as_str).collect();
    let base64 = mail
        .lines
        .iter()
        .any(|line| line.eq_ignore_ascii_case("Content-Transfer-Encoding: base64"));
    if base64 {
        return String::from_utf8(STANDARD.decode(coded.concat()).unwrap()).unwrap();
    }
    coded.join("\n").replace("=\n", "").replace("=3D", "=")
}

async fn form(linli: &Linli, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let mut body = form_urlencoded::Serializer::new(String::new());
    let body = body.extend_pairs(fields).finish();
    let answer = client
        .post(format!("{}{path}", linli.url))
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_mail() {
    let (url, mails) = post_office();
    let dir = Dir::new(0o755);
    let settings = [
        ("LINLI_SMTP_URL", url.as_str()),
        ("LINLI_MAIL_FROM", "邻里 <post@linli.example>"),
    ];
    let linli = Linli::serve_with(&dir, &settings);
    let login = "zhou@mail.example";
    let (old, new) = ("correct horse battery", "another battery staple");
    let company = [
        ("company", "晨光物业"),
        ("slug", "chenguang"),
        ("admin_name", "周敏"),
        ("login", login),
        ("password", old),
    ];
    let (status, said) = form(&linli, "/fn/identity/sign_up", &company).await;
    assert!(status.is_success() || status.is_redirection(), "{said}");

    for asked in ["nobody@mail.example", login] {
        let answer = form(&linli, "/fn/identity/forgot", &[("login", asked)]).await;
        assert_eq!(answer, (StatusCode::OK, "\"mail\"".to_owned()), "{asked}");
    }
    let mail = mails.recv_timeout(PATIENCE).unwrap();
    assert!(mail.to.contains("<zhou@mail.example>"), "{mail:?}");
    let text = text(&mail);
    let marker = format!("{}/reset/", linli.url);
    let (_, token) = text.split_once(&marker).unwrap_or_else(|| panic!("{text}"));
    let token = token.split_whitespace().next().unwrap();
    assert!(mails.try_recv().is_err(), "nobody else got a mail");

    let reset = [("token", token), ("password", new)];
    let (status, said) = form(&linli, "/fn/identity/reset_password", &reset).await;
    assert!(status.is_success() || status.is_redirection(), "{said}");
    let enter = async |password| {
        let fields = [("login", login), ("password", password)];
        form(&linli, "/fn/identity/log_in", &fields).await.0
    };
    assert_eq!(enter(old).await, StatusCode::UNAUTHORIZED);
    assert_ne!(enter(new).await, StatusCode::UNAUTHORIZED);
    let (status, _) = form(&linli, "/fn/identity/reset_password", &reset).await;
    assert_eq!(status, StatusCode::GONE);
}
