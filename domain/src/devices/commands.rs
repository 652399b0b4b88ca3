//! Commands to devices: open a door, switch a relay, set a value.
//!
//! No command may take arrears as its reason (民法典 944): a property company may not cut water,
//! power, heat or the way into the house to make somebody pay. So there is no such input anywhere,
//! and nothing that bills calls a command.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    estates::words,
    id::{CommandId, DeviceId},
    problem::{Check, Code, Flaw, Problem},
};

words! {
    /// How far a command has come.
    CommandState {
        /// Nobody has taken it to the device yet.
        Waiting = "waiting" [];
        /// On its way, at most once: what is lost here expires, since a door that opens twice is
        /// worse than one that stays shut.
        Sent = "sent" [];
        /// The device says that it did it.
        Done = "done" [];
        /// The device says that it did not, or could not be told.
        Failed = "failed" [];
        /// Its time was up without an answer. One that comes later is kept and marked as late: it
        /// may tell of a door that is open by now, and it is no success.
        Expired = "expired" [];
    }
}

/// Something that happens to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Sent,
    /// The device could not be told.
    Unsent,
    /// By the device, with what it says.
    Answered {
        ok: bool,
    },
    TimeUp,
}

impl CommandState {
    /// # Errors
    /// `conflict` for what does not happen in this state. A second answer is such a thing: the
    /// first one stands.
    pub fn next(self, event: Event) -> Result<Self, Problem> {
        match (self, event) {
            (Self::Waiting, Event::Sent) => Ok(Self::Sent),
            (Self::Sent, Event::Answered { ok: true }) => Ok(Self::Done),
            (Self::Sent, Event::Answered { ok: false })
            | (Self::Waiting | Self::Sent, Event::Unsent) => Ok(Self::Failed),
            (Self::Waiting | Self::Sent, Event::TimeUp)
            | (Self::Expired, Event::Answered { .. }) => Ok(Self::Expired),
            _ => Err(Code::Conflict.into()),
        }
    }

    /// Whether an answer may still come in time.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Sent)
    }
}

words! {
    /// Why a device could not be told.
    Unsent {
        /// It was connected a moment ago, by what it last said, and is not now.
        Offline = "device_offline" [];
        /// What it speaks has no commands.
        Unsupported = "transport_unsupported" [];
        /// Its register map lists no such command, or not with this value.
        NotAllowed = "not_allowed" [];
    }
}

impl Unsent {
    /// In the shape of a device's own answer.
    #[must_use]
    pub fn answer(self) -> Answer {
        Answer::failed(self.as_str())
    }
}

/// The most that a command's params may be as JSON text, in bytes.
pub const MAX_PARAMS: usize = 4 * 1024;
/// The most that an answer may be as JSON text, in bytes.
pub const MAX_ANSWER: usize = 16 * 1024;
/// How long a command is good for, in seconds: where nobody says, and at most.
pub const DEFAULT_TIMEOUT_S: u32 = 10;
pub const MAX_TIMEOUT_S: u32 = 300;

/// A command as it comes from a form or a client.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandForm {
    /// `[A-Za-z][A-Za-z0-9_]{0,39}`; which ones there are, the device says.
    pub method: String,
    /// An object of at most [`MAX_PARAMS`].
    #[serde(default)]
    pub params: Option<Value>,
    /// `1..=300`, else [`DEFAULT_TIMEOUT_S`].
    #[serde(default)]
    pub timeout_s: Option<u32>,
}

/// The same, whose every field holds.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCommand {
    pub method: String,
    pub params: Map<String, Value>,
    pub timeout_s: u32,
}

impl TryFrom<CommandForm> for NewCommand {
    type Error = Problem;

    fn try_from(form: CommandForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let method = check.take("method", method(&form.method));
        let params = check.take("params", params(form.params));
        let timeout_s = form.timeout_s.unwrap_or(DEFAULT_TIMEOUT_S);
        let timeout_s = (1..=MAX_TIMEOUT_S)
            .contains(&timeout_s)
            .then_some(timeout_s)
            .ok_or(Flaw::OutOfRange);
        let timeout_s = check.take("timeout_s", timeout_s);
        let whole = (|| {
            Some(Self {
                method: method?,
                params: params?,
                timeout_s: timeout_s?,
            })
        })();
        check.done(whole)
    }
}

fn method(raw: &str) -> Result<String, Flaw> {
    let raw = raw.trim();
    let mut bytes = raw.bytes();
    let shaped = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match raw.len() {
        0 => Err(Flaw::Required),
        1..=40 if shaped => Ok(raw.to_owned()),
        1..=40 => Err(Flaw::Malformed),
        _ => Err(Flaw::TooLong),
    }
}

fn params(raw: Option<Value>) -> Result<Map<String, Value>, Flaw> {
    let params = match raw {
        None | Some(Value::Null) => return Ok(Map::new()),
        Some(Value::Object(params)) => params,
        Some(_) => return Err(Flaw::Malformed),
    };
    if !storable(&params) {
        return Err(Flaw::Malformed);
    }
    match serde_json::to_vec(&params) {
        Ok(text) if text.len() <= MAX_PARAMS => Ok(params),
        Ok(_) => Err(Flaw::TooLong),
        Err(_) => Err(Flaw::Malformed),
    }
}

/// Postgres takes no NUL, not even in JSON: one would fail the statement, and its redelivery, for
/// ever.
fn storable(fields: &Map<String, Value>) -> bool {
    fn plain(value: &Value) -> bool {
        match value {
            Value::String(text) => !text.contains('\0'),
            Value::Array(items) => items.iter().all(plain),
            Value::Object(fields) => storable(fields),
            Value::Null | Value::Bool(_) | Value::Number(_) => true,
        }
    }
    fields
        .iter()
        .all(|(name, value)| !name.contains('\0') && plain(value))
}

/// What a device says to a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub ok: bool,
    /// All beside `ok`.
    fields: Map<String, Value>,
}

impl Answer {
    /// For a device that cannot say so itself.
    #[must_use]
    pub fn done() -> Self {
        Self {
            ok: true,
            fields: Map::new(),
        }
    }

    /// `{"ok": false, "error": …}`, for a device that cannot say so itself.
    #[must_use]
    pub fn failed(error: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("error".to_owned(), error.into());
        Self { ok: false, fields }
    }

    /// Reads a payload: an object with a bool `ok`, of at most [`MAX_ANSWER`]. `None` for anything
    /// else.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        if payload.len() > MAX_ANSWER {
            return None;
        }
        let mut fields: Map<String, Value> = serde_json::from_slice(payload).ok()?;
        let ok = fields.remove("ok")?.as_bool()?;
        storable(&fields).then_some(Self { ok, fields })
    }

    /// The whole object, as it is kept and shown.
    #[must_use]
    pub fn whole(self) -> Value {
        let mut fields = self.fields;
        fields.insert("ok".to_owned(), self.ok.into());
        Value::Object(fields)
    }
}

/// A command as it is shown. Its params are not: they may hold a code that opens a door.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    pub id: CommandId,
    pub device: DeviceId,
    /// Counts up on its device; the number in its topics.
    pub number: i64,
    pub method: String,
    pub state: CommandState,
    #[serde(with = "crate::time")]
    pub asked_at: Timestamp,
    #[serde(with = "crate::time")]
    pub expires_at: Timestamp,
    /// When the device answered, or it turned out that it cannot be told.
    #[serde(default, with = "crate::time::maybe")]
    pub answered_at: Option<Timestamp>,
    /// An object with a bool `ok`.
    pub answer: Option<Value>,
    /// Whether the answer came after its time was up.
    pub late: bool,
}

#[cfg(test)]
mod tests {
    use proptest::{collection, option, prelude::*, sample::Index};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_moves_one_way() {
        use CommandState::{Done, Expired, Failed, Sent, Waiting};
        let (yes, no) = (Event::Answered { ok: true }, Event::Answered { ok: false });
        let moves = [
            (Waiting, Event::Sent, Sent),
            (Waiting, Event::Unsent, Failed),
            (Waiting, Event::TimeUp, Expired),
            (Sent, Event::Unsent, Failed),
            (Sent, Event::TimeUp, Expired),
            (Sent, yes, Done),
            (Sent, no, Failed),
            (Expired, yes, Expired),
            (Expired, no, Expired),
        ];
        for state in CommandState::ALL {
            for event in [Event::Sent, Event::Unsent, Event::TimeUp, yes, no] {
                let allowed = moves
                    .iter()
                    .find(|(from, what, _)| (from, what) == (state, &event));
                assert_eq!(
                    state.next(event).ok(),
                    allowed.map(|(.., to)| *to),
                    "{state:?} {event:?}"
                );
            }
        }
    }

    fn checked(form: CommandForm) -> Result<NewCommand, String> {
        NewCommand::try_from(form).map_err(|problem| problem.to_string())
    }

    #[test]
    fn forms() {
        let open = || CommandForm {
            method: " open ".into(),
            ..CommandForm::default()
        };
        let made = checked(open()).unwrap();
        assert_eq!((made.method.as_str(), made.timeout_s), ("open", 10));
        assert!(made.params.is_empty());
        let form = CommandForm {
            method: "setValue".into(),
            ..open()
        };
        assert_eq!(checked(form).unwrap().method, "setValue");

        for (method, flaw) in [
            ("", "required"),
            ("_open", "malformed"),
            ("1open", "malformed"),
            ("open/door", "malformed"),
            ("开门", "malformed"),
            (&"a".repeat(41), "too_long"),
        ] {
            let form = CommandForm {
                method: method.into(),
                ..open()
            };
            assert_eq!(checked(form), Err(format!("invalid method={flaw}")));
        }
        for (params, flaw) in [
            (json!([1]), "malformed"),
            (json!("open"), "malformed"),
            (json!({ "to": ["a\0"] }), "malformed"),
            (json!({ "\0": 1 }), "malformed"),
            (json!({ "x": "a".repeat(MAX_PARAMS) }), "too_long"),
        ] {
            let form = CommandForm {
                params: Some(params),
                ..open()
            };
            assert_eq!(checked(form), Err(format!("invalid params={flaw}")));
        }
        for timeout_s in [0, 301, u32::MAX] {
            let form = CommandForm {
                timeout_s: Some(timeout_s),
                ..open()
            };
            assert_eq!(checked(form), Err("invalid timeout_s=out_of_range".into()));
        }
        let exact = "a".repeat(MAX_PARAMS - r#"{"x":""}"#.len());
        let form = CommandForm {
            params: Some(json!({ "x": exact })),
            timeout_s: Some(300),
            ..open()
        };
        assert!(checked(form).is_ok());
    }

    #[test]
    fn answers() {
        let answer = Answer::parse(br#"{"level": 3, "ok": true}"#).unwrap();
        assert!(answer.ok);
        assert_eq!(answer.whole(), json!({ "ok": true, "level": 3 }));
        for bad in [
            &b""[..],
            b"{",
            b"true",
            b"[true]",
            b"{}",
            br#"{"ok": 1}"#,
            br#"{"ok": "true"}"#,
            br#"{"ok": true, "why": "\u0000"}"#,
            br#"{"ok": true, "why": "\ud800"}"#,
            br#"{"ok": true, "level": 1e999}"#,
            b"{\"ok\": true, \"why\": \"\xff\"}",
        ] {
            assert_eq!(Answer::parse(bad), None, "{bad:?}");
        }
        let long = format!(r#"{{"ok": true, "why": "{}"}}"#, "a".repeat(MAX_ANSWER));
        assert_eq!(Answer::parse(long.as_bytes()), None);
        assert_eq!(
            Unsent::Offline.answer().whole(),
            json!({ "ok": false, "error": "device_offline" })
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_answer_is_too_strange(
            edits in collection::vec((any::<Index>(), any::<u8>()), 0..6),
            cut in option::of(any::<Index>()),
            noise in collection::vec(any::<u8>(), 0..200),
        ) {
            let mut bytes = r#"{"ok": true, "open": {"by": "东门", "at": [1, -2.5e3, null]}}"#.as_bytes().to_vec();
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            for bytes in [bytes, noise] {
                if let Some(answer) = Answer::parse(&bytes) {
                    prop_assert!(storable(&answer.fields));
                    let (ok, whole) = (answer.ok, serde_json::to_vec(&answer.whole()).unwrap());
                    // Numbers may be written longer than they came.
                    let again = Answer::parse(&whole).map(|answer| answer.ok);
                    prop_assert!(whole.len() > MAX_ANSWER || again == Some(ok));
                }
            }
        }
    }
}
