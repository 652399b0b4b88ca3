//! What needs no broker; the rest is tried against a real Mosquitto, where Linli is whole.

use domain::Secret;

use super::{accounts::Account, *};

#[test]
fn addresses() {
    let server = Server::parse("mqtt://linli:p%40ss@broker.example").unwrap();
    assert_eq!(server.address(), "broker.example:1883");
    assert_eq!(server.password, "p@ss");
    assert!(server.is_plain_text());
    let server = Server::parse("mqtts://linli:p@[::1]/").unwrap();
    assert_eq!(server.address(), "[::1]:8883");
    assert!(!server.is_plain_text());
    assert!(
        !Server::parse("mqtt://linli:p@127.0.0.1:1884")
            .unwrap()
            .is_plain_text()
    );
    assert!(
        !Server::parse("mqtt://linli:p@localhost")
            .unwrap()
            .is_plain_text()
    );
    assert!(
        Server::parse("mqtt://linli:p@192.168.0.7")
            .unwrap()
            .is_plain_text()
    );
}

#[test]
fn a_password_is_never_printed() {
    let server = Server::parse("mqtts://linli:hidden@broker.example").unwrap();
    assert_eq!(format!("{server:?}"), "mqtts://broker.example:8883");
    let account = Account::Open {
        username: "anju:door-1".to_owned(),
        password: Secret::new("hidden"),
    };
    assert!(!format!("{account:?}").contains("hidden"), "{account:?}");
}

#[test]
fn what_is_no_broker() {
    for url in [
        "",
        "broker.example:1883",
        "http://linli:p@broker.example",
        "mqtt://broker.example",
        "mqtt://linli@broker.example",
        "mqtt://:p@broker.example",
        "mqtt://linli:p@broker.example/topic",
        "mqtt://linli:p@broker.example?clean=1",
        "mqtt://linli:p@broker.example:99999",
        "mqtt://linli:p@",
    ] {
        let why = Server::parse(url).expect_err(url);
        assert!(!why.contains("linli:p"), "{why}");
    }
}
