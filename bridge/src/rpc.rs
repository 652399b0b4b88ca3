//! Commands on the wire: `{"method": "open", "params": {…}, "expires": ms}` down, `{"ok": true, …}` up.
//!
//! `expires` is in milliseconds since 1970 UTC, as `ts` is in telemetry. A device that gets a
//! command after that does nothing: MQTT delivers at `QoS` 1, so again after a reconnect.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// A command on its way to a device.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The last level of its topic, and of its answer's.
    pub number: u64,
    pub method: String,
    pub params: Map<String, Value>,
    pub expires_at: Timestamp,
}

#[derive(Serialize)]
struct Payload<'a> {
    method: &'a str,
    params: &'a Map<String, Value>,
    expires: i64,
}

impl Request {
    /// As devices read it.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        let payload = Payload {
            method: &self.method,
            params: &self.params,
            expires: self.expires_at.as_millisecond(),
        };
        // Cannot fail: every key is a text.
        serde_json::to_vec(&payload).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn as_the_contract_writes_it() {
        let request = Request {
            number: 7,
            method: "open".to_owned(),
            params: json!({ "seconds": 5 }).as_object().unwrap().clone(),
            expires_at: Timestamp::constant(1_763_812_800, 0),
        };
        assert_eq!(
            String::from_utf8(request.payload()).unwrap(),
            r#"{"method":"open","params":{"seconds":5},"expires":1763812800000}"#
        );
    }
}
