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

/// The whole line for a device that speaks so (see [`Transport::as_str`]): `None` for one that is
/// asked, which logs in nowhere. Without a secret, a placeholder stands for the password.
///
/// [`Transport::as_str`]: domain::devices::Transport::as_str
#[must_use]
pub fn first_word(
    speaks: &str,
    to: &Broker,
    slug: &str,
    key: &str,
    payload: &str,
    secret: Option<&str>,
) -> Option<String> {
    let secret = secret.unwrap_or("<password>");
    match speaks {
        "mqtt" => Some(publish(to, slug, key, payload, secret)),
        "http" => Some(call(&to.site, slug, key, payload, secret)),
        _ => None,
    }
}

fn publish(to: &Broker, slug: &str, key: &str, payload: &str, secret: &str) -> String {
    let Broker { host, port, .. } = to;
    format!(
        "mosquitto_pub -q 1 \\\n  -h {host} -p {port} \\\n  -i '{slug}:{key}' \\\n  -u '{slug}:{key}' \\\n  \
         -P '{secret}' \\\n  -t 'linli/{slug}/{key}/telemetry' \\\n  -m '{payload}'"
    )
}

fn call(site: &str, slug: &str, key: &str, payload: &str, secret: &str) -> String {
    format!(
        "curl {site}/api/v1/telemetry \\\n  -H 'Authorization: Device {slug}:{key}:{secret}' \\\n  \
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
            site: "https://linli.example".into(),
        };
        let line = |speaks, secret| first_word(speaks, &broker, "sunny", "b3-main", "{}", secret);
        let text = line("mqtt", Some("s3cret")).unwrap();
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
        let text = line("http", None).unwrap();
        let expected = "curl https://linli.example/api/v1/telemetry \\\n  \
                        -H 'Authorization: Device sunny:b3-main:<password>' \\\n  -d '{}'";
        assert_eq!(text, expected);
        assert_eq!(line("modbus", None), None);
    }
}
