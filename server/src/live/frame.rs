//! The messages of the live websocket, one JSON object a text frame.

use std::fmt::Write;

use domain::Code;
use serde::Deserialize;

use super::hub::Item;

/// What a client asks.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(super) enum Ask {
    Sub { id: u64, topic: String },
    Unsub { id: u64 },
    Ping,
}

/// The id of a message that is otherwise not understood, so that its sender can tell which.
#[derive(Deserialize)]
struct OnlyId {
    id: Option<u64>,
}

impl Ask {
    /// The id is the one to answer under, where there is one.
    pub(super) fn parse(text: &str) -> Result<Self, Option<u64>> {
        serde_json::from_str(text)
            .map_err(|_| serde_json::from_str(text).ok().and_then(|OnlyId { id }| id))
    }
}

pub(super) const PONG: &str = r#"{"op":"pong"}"#;

fn values<'a>(id: u64, seq: u64, name: &str, items: impl Iterator<Item = &'a Item>) -> String {
    let mut frame = format!(r#"{{"id":{id},"seq":{seq},"{name}":["#);
    for (index, item) in items.enumerate() {
        if index > 0 {
            frame.push(',');
        }
        frame.push_str(&item.json);
    }
    frame.push_str("]}");
    frame
}

pub(super) fn snapshot(id: u64, items: &[Item]) -> String {
    values(id, 0, "snapshot", items.iter())
}

pub(super) fn delta<'a>(id: u64, seq: u64, items: impl Iterator<Item = &'a Item>) -> String {
    values(id, seq, "delta", items)
}

pub(super) fn resync(id: u64) -> String {
    format!(r#"{{"id":{id},"resync":true}}"#)
}

/// A refusal; without an id where nobody knows what it is about.
pub(super) fn error(id: Option<u64>, code: Code) -> String {
    let mut frame = String::from("{");
    if let Some(id) = id {
        // Writing to a String cannot fail.
        let _ = write!(frame, r#""id":{id},"#);
    }
    let (code, message) = (code.as_str(), message(code));
    let _ = write!(
        frame,
        r#""error":{{"code":"{code}","message":"{message}"}}}}"#
    );
    frame
}

/// Words for whoever reads the frames; pages say it in their own language by the code.
const fn message(code: Code) -> &'static str {
    match code {
        Code::Invalid => "not a message of this protocol",
        Code::Forbidden => "not allowed for this role",
        Code::NotFound => "no such topic",
        Code::TooMany => "too many subscriptions on this socket",
        Code::TooLarge => "the message is too large",
        Code::Unavailable => "not available at the moment, try again",
        _ => "the request failed",
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection, prelude::*, sample::Index};
    use serde_json::{Value, json};

    use super::*;
    use crate::live::topic::Topic;

    fn read(frame: &str) -> Value {
        serde_json::from_str(frame).unwrap()
    }

    #[test]
    fn asks() {
        let sub = Ask::parse(r#"{"op":"sub","id":1,"topic":"x"}"#);
        assert_eq!(
            sub,
            Ok(Ask::Sub {
                id: 1,
                topic: "x".to_owned()
            })
        );
        assert_eq!(Ask::parse(r#"{"op":"ping"}"#), Ok(Ask::Ping));
        assert_eq!(
            Ask::parse(r#"{"op":"unsub","id":3}"#),
            Ok(Ask::Unsub { id: 3 })
        );
        assert_eq!(Ask::parse(r#"{"op":"fly","id":3}"#), Err(Some(3)));
        for text in [
            "",
            "{",
            "[]",
            "1",
            r#"{"id":-1}"#,
            r#"{"op":"sub","id":"1"}"#,
        ] {
            assert_eq!(Ask::parse(text), Err(None), "{text}");
        }
    }

    #[test]
    fn answers() {
        let item = |json: &str| Item {
            point: domain::PointId(uuid::Uuid::nil()),
            age: crate::live::hub::Age {
                ts: jiff::Timestamp::UNIX_EPOCH,
                failed: false,
            },
            json: json.into(),
        };
        let items = [item("1"), item("2")];
        assert_eq!(
            read(&snapshot(4, &items)),
            json!({"id": 4, "seq": 0, "snapshot": [1, 2]})
        );
        assert_eq!(
            read(&snapshot(4, &[])),
            json!({"id": 4, "seq": 0, "snapshot": []})
        );
        assert_eq!(
            read(&delta(4, 2, items.iter())),
            json!({"id": 4, "seq": 2, "delta": [1, 2]})
        );
        assert_eq!(read(&resync(4)), json!({"id": 4, "resync": true}));
        assert_eq!(
            read(&error(Some(4), Code::Forbidden)),
            json!({"id": 4, "error": {"code": "forbidden", "message": "not allowed for this role"}})
        );
        assert_eq!(
            read(&error(None, Code::Invalid))["error"]["code"],
            "invalid"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_message_is_too_strange(
            edits in collection::vec((any::<Index>(), any::<char>()), 0..4),
            noise in ".{0,60}",
        ) {
            let mut chars: Vec<char> = r#"{"op":"sub","id":1,"topic":"estate/est_01J00000000000000000000000/points"}"#.chars().collect();
            for (at, char) in edits {
                let at = at.index(chars.len());
                chars[at] = char;
            }
            for text in [String::from_iter(chars), noise] {
                // What is answered can be read, whatever was asked.
                let answer = match Ask::parse(&text) {
                    Ok(Ask::Sub { id, topic }) if Topic::parse(&topic).is_none() => error(Some(id), Code::NotFound),
                    Ok(_) => continue,
                    Err(id) => error(id, Code::Invalid),
                };
                prop_assert!(read(&answer)["error"].is_object());
            }
        }
    }
}
