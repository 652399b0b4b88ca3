//! How a device says its first word: a line for `mosquitto_pub` or `curl`, ready to paste.

use std::fmt::Write;

use domain::devices::{NewPoint, ValueType};

use crate::devices::api::Broker;

/// What a device with these points might send.
#[must_use]
pub fn example(points: &[NewPoint]) -> String {
    let mut out = String::from("{");
    for (index, point) in points.iter().enumerate() {
        let value = match (point.value_type, point.name.as_str()) {
            // Nobody who pastes this should raise an alarm.
            (ValueType::Bool, "fault" | "alarm") => "false",
            (ValueType::Bool, _) => "true",
            (ValueType::Text, _) => "\"101\"",
            (ValueType::Number, "energy_kwh") => "8412.6",
            (ValueType::Number, "power_w") => "420",
            (ValueType::Number, "volume_m3") => "1024.8",
            (ValueType::Number, "pressure_mpa") => "0.42",
            (ValueType::Number, "floor") => "3",
            (ValueType::Number, _) => "1.5",
        };
        let comma = if index > 0 { ", " } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{comma}\"{}\": {value}", point.name);
    }
    out.push('}');
    out
}

/// The whole command. Without a secret, a placeholder stands for the password; without a broker,
/// the one on this machine is meant.
#[must_use]
pub fn command(
    slug: &str,
    key: &str,
    payload: &str,
    more: Option<(&Broker, Option<&str>)>,
) -> String {
    let (broker, secret) = more.unzip();
    let secret = secret.flatten().unwrap_or("<password>");
    let place = broker.map_or_else(
        || "-h 127.0.0.1".to_owned(),
        |broker| format!("-h {} -p {}", broker.host, broker.port),
    );
    format!(
        "mosquitto_pub -q 1 \\\n  {place} \\\n  -i '{slug}:{key}' \\\n  -u '{slug}:{key}' \\\n  \
         -P '{secret}' \\\n  -t 'linli/{slug}/{key}/telemetry' \\\n  -m '{payload}'"
    )
}

/// The same over HTTP, to the site at `origin`: `https://linli.example`.
#[must_use]
pub fn call(origin: &str, slug: &str, key: &str, payload: &str, secret: Option<&str>) -> String {
    let secret = secret.unwrap_or("<password>");
    format!(
        "curl {origin}/api/v1/telemetry \\\n  -H 'Authorization: Device {slug}:{key}:{secret}' \\\n  \
         -d '{payload}'"
    )
}

#[cfg(test)]
mod tests {
    use domain::devices::DeviceKind;

    use super::*;

    #[test]
    fn an_example_is_what_the_device_may_send() {
        for kind in DeviceKind::ALL {
            let text = example(&kind.points());
            let sent: serde_json::Map<_, _> = serde_json::from_str(&text).unwrap();
            assert_eq!(sent.len(), kind.points().len(), "{text}");
        }
    }

    #[test]
    fn a_command_can_be_pasted() {
        let broker = Broker {
            host: "linli.example".into(),
            port: 1884,
        };
        let text = command("sunny", "b3-main", "{}", Some((&broker, Some("s3cret"))));
        assert!(
            text.starts_with("mosquitto_pub -q 1 \\\n  -h linli.example -p 1884 \\\n"),
            "{text}"
        );
        assert!(
            text.contains("-u 'sunny:b3-main' \\\n  -P 's3cret' \\\n"),
            "{text}"
        );
        assert!(
            text.contains("-t 'linli/sunny/b3-main/telemetry'"),
            "{text}"
        );
    }
}
