//! Topics: `linli/{tenant}/{device}/…`, where `{tenant}` is the slug and `{device}` the key.

/// What an own topic is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Readings, up.
    Telemetry,
    /// Readings of many devices behind one gateway, up.
    GatewayTelemetry,
    /// `online` or `offline`, up and retained.
    Status,
    /// A command, down.
    RpcRequest(u64),
    /// The answer to a command, up.
    RpcResponse(u64),
    /// What was stored of an edge gateway's log, down.
    Ack,
    /// Under the device's prefix, and nothing that we know.
    Other,
}

/// Topics by what follows the prefix. [`Topic::of`] reads names by these two tables alone, so that
/// whoever walks them leaves out no topic.
const NAMED: [(&str, Topic); 4] = [
    ("telemetry", Topic::Telemetry),
    ("gateway/telemetry", Topic::GatewayTelemetry),
    ("status", Topic::Status),
    ("ack", Topic::Ack),
];
type OfNumber = fn(u64) -> Topic;
const NUMBERED: [(&str, OfNumber); 2] = [
    ("rpc/request/", Topic::RpcRequest),
    ("rpc/response/", Topic::RpcResponse),
];

/// What may follow a device's prefix, each kind once; the numbered ones with the number 1.
pub fn names() -> impl Iterator<Item = String> {
    let named = NAMED.iter().map(|(name, _)| (*name).to_owned());
    named.chain(NUMBERED.iter().map(|(name, _)| format!("{name}1")))
}

impl Topic {
    /// By what follows the prefix.
    fn of(rest: &str) -> Self {
        let number = |digits: &str| {
            let plain = digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse().ok().filter(|_| plain)
        };
        let named = NAMED.iter().find(|(name, _)| *name == rest);
        let numbered = || {
            NUMBERED
                .iter()
                .find_map(|(name, make)| rest.strip_prefix(name).and_then(number).map(make))
        };
        named
            .map(|(_, topic)| *topic)
            .or_else(numbered)
            .unwrap_or(Self::Other)
    }
}

/// What devices say, as filters below their prefix.
const SAID: [&str; 4] = ["telemetry", "gateway/telemetry", "status", "rpc/response/+"];

/// Filters for all that the devices of a company say, by its slug.
#[must_use]
pub fn of_company(slug: &str) -> [String; 4] {
    SAID.map(|rest| format!("linli/{slug}/+/{rest}"))
}

/// Takes a topic name apart: the tenant's slug, the device's key, and what the topic is for.
#[must_use]
pub fn parse(topic: &str) -> Option<(&str, &str, Topic)> {
    let mut levels = topic.strip_prefix("linli/")?.splitn(3, '/');
    let (slug, key, rest) = (levels.next()?, levels.next()?, levels.next()?);
    (is_name(slug) && is_name(key) && is_rest(rest)).then(|| (slug, key, Topic::of(rest)))
}

/// Letters, digits and hyphens: nothing that could widen a prefix.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_rest(rest: &str) -> bool {
    !rest.is_empty() && !rest.contains(['+', '#', '\0'])
}

/// The part of the topic tree that belongs to one device: all of it, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    /// With the slash at the end, or `linli/a/b` would also cover `linli/a/bc`.
    text: String,
}

impl Prefix {
    /// `None` where a name has a character that topics give a meaning to.
    #[must_use]
    pub fn new(slug: &str, key: &str) -> Option<Self> {
        (is_name(slug) && is_name(key)).then(|| Self {
            text: format!("linli/{slug}/{key}/"),
        })
    }

    /// From a user name, `{slug}:{key}`.
    #[must_use]
    pub fn of_username(username: &str) -> Option<Self> {
        let (slug, key) = username.split_once(':')?;
        Self::new(slug, key)
    }

    /// What an own topic name is for; `None` for a foreign one and for one with wildcards.
    #[must_use]
    pub fn topic(&self, topic: &str) -> Option<Topic> {
        let rest = topic.strip_prefix(&self.text)?;
        is_rest(rest).then(|| Topic::of(rest))
    }

    /// Whether a subscription to this filter can only ever bring own messages: wildcards stand
    /// whole levels below the prefix, and `#` last.
    #[must_use]
    pub fn covers(&self, filter: &str) -> bool {
        let Some(rest) = filter.strip_prefix(&self.text) else {
            return false;
        };
        let mut levels = rest.split('/').peekable();
        let mut shaped = !rest.is_empty() && !rest.contains('\0');
        while let Some(level) = levels.next() {
            shaped &= match level {
                "+" => true,
                "#" => levels.peek().is_none(),
                plain => !plain.contains(['+', '#']),
            };
        }
        shaped
    }

    /// Filters for what the device says.
    #[must_use]
    pub fn said(&self) -> [String; 4] {
        SAID.map(|rest| format!("{}{rest}", self.text))
    }

    /// The filter for all that is the device's.
    #[must_use]
    pub fn all(&self) -> String {
        format!("{}#", self.text)
    }

    /// The name of the device's status topic.
    #[must_use]
    pub fn status(&self) -> String {
        format!("{}status", self.text)
    }

    /// The topic that a command comes on.
    #[must_use]
    pub fn request(&self, number: u64) -> String {
        format!("{}rpc/request/{number}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn own() -> Prefix {
        Prefix::new("demo", "b3-main").unwrap()
    }

    #[test]
    fn topics_by_name() {
        for (topic, expected) in [
            ("linli/demo/b3-main/telemetry", Some(Topic::Telemetry)),
            (
                "linli/demo/b3-main/gateway/telemetry",
                Some(Topic::GatewayTelemetry),
            ),
            ("linli/demo/b3-main/status", Some(Topic::Status)),
            (
                "linli/demo/b3-main/rpc/request/7",
                Some(Topic::RpcRequest(7)),
            ),
            (
                "linli/demo/b3-main/rpc/response/7",
                Some(Topic::RpcResponse(7)),
            ),
            ("linli/demo/b3-main/rpc/response/+7", None),
            ("linli/demo/b3-main/rpc/response/-7", Some(Topic::Other)),
            ("linli/demo/b3-main/rpc/response/", Some(Topic::Other)),
            ("linli/demo/b3-main/ack", Some(Topic::Ack)),
            ("linli/demo/b3-main/telemetry/", Some(Topic::Other)),
            ("linli/demo/b3-main/Telemetry", Some(Topic::Other)),
            ("linli/demo/b3-main/", None),
            ("linli/demo/b3-main", None),
            ("linli/demo/b3-mai/telemetry", None),
            ("linli/demo/b3-main2/telemetry", None),
            ("linli/rival/b3-main/telemetry", None),
            ("/linli/demo/b3-main/telemetry", None),
            ("linli//b3-main/telemetry", None),
            ("linli/demo/b3-main/#", None),
            ("linli/demo/b3-main/+", None),
            ("linli/demo/b3-main/a\0", None),
            ("$SYS/broker/uptime", None),
            ("", None),
        ] {
            assert_eq!(own().topic(topic), expected, "{topic}");
            if let Some(expected) = expected {
                assert_eq!(parse(topic), Some(("demo", "b3-main", expected)), "{topic}");
            }
        }
        assert_eq!(parse("linli/De/x/telemetry"), None);
        assert_eq!(parse("linli/+/x/telemetry"), None);
        assert_eq!(parse("linli/demo/x"), None);
    }

    #[test]
    fn every_name_is_that_of_a_topic() {
        let topics: Vec<_> = names().map(|name| Topic::of(&name)).collect();
        assert_eq!(topics.len(), 6);
        assert!(!topics.contains(&Topic::Other));
    }

    #[test]
    fn a_company_is_heard_on_what_its_devices_say_and_on_nothing_else() {
        let heard =
            of_company("demo").map(|filter| filter.replace("/+/", "/b3-main/").replace('+', "7"));
        let heard = heard.map(|topic| own().topic(&topic));
        let said = [
            Topic::Telemetry,
            Topic::GatewayTelemetry,
            Topic::Status,
            Topic::RpcResponse(7),
        ];
        assert_eq!(heard, said.map(Some));
    }

    #[test]
    fn a_command_has_a_topic_of_its_device() {
        let topic = own().request(7);
        assert_eq!(own().topic(&topic), Some(Topic::RpcRequest(7)));
    }

    #[test]
    fn filters() {
        for filter in [
            "linli/demo/b3-main/#",
            "linli/demo/b3-main/+",
            "linli/demo/b3-main/status",
            "linli/demo/b3-main/rpc/request/+",
            "linli/demo/b3-main/rpc/+/#",
            "linli/demo/b3-main/+/+",
        ] {
            assert!(own().covers(filter), "{filter}");
        }
        for filter in [
            "#",
            "+",
            "+/#",
            "+/demo/b3-main/#",
            "linli/#",
            "linli/+/b3-main/telemetry",
            "linli/demo/+/telemetry",
            "linli/demo/#",
            "linli/demo/b3-main",
            "linli/demo/b3-main/",
            "linli/demo/b3-main#",
            "linli/demo/b3-main/#/x",
            "linli/demo/b3-main/a#",
            "linli/demo/b3-main/a+/b",
            "linli/demo/b3-main2/#",
            "linli/rival/b3-main/#",
            "$SYS/#",
            "$share/g/linli/demo/b3-main/#",
            "$queue/linli/demo/b3-main/#",
            "",
        ] {
            assert!(!own().covers(filter), "{filter}");
        }
    }

    #[test]
    fn names_cannot_widen_a_prefix() {
        assert_eq!(Prefix::of_username("demo:b3-main"), Some(own()));
        for username in [
            "demo",
            "demo:",
            ":x",
            "demo:+",
            "#:x",
            "demo:a/b",
            "demo:x:y",
            "Demo:x",
            "demo:主表",
        ] {
            assert_eq!(Prefix::of_username(username), None, "{username}");
        }
    }

    fn topics() -> impl Strategy<Value = String> {
        let level = prop_oneof![
            Just("linli".to_owned()),
            Just("demo".to_owned()),
            Just("b3-main".to_owned()),
            Just("telemetry".to_owned()),
            Just("+".to_owned()),
            Just("#".to_owned()),
            Just("$SYS".to_owned()),
            Just("$share".to_owned()),
            "[a-z0-9+#$-]{0,3}",
        ];
        proptest::collection::vec(level, 0..7).prop_map(|levels| levels.join("/"))
    }

    proptest! {
        #[test]
        fn no_foreign_topic_passes(topic in topics()) {
            if own().topic(&topic).is_some() {
                prop_assert!(topic.starts_with("linli/demo/b3-main/"));
                prop_assert!(!topic.contains(['+', '#']));
            }
        }

        /// Whatever a passing filter matches by the protocol's own rules is ours.
        #[test]
        fn no_passing_filter_matches_a_foreign_topic(filter in topics(), topic in topics()) {
            let own_topic = topic.starts_with("linli/demo/b3-main/") || topic == "linli/demo/b3-main";
            if own().covers(&filter) && !topic.contains(['+', '#']) {
                prop_assert!(!mqtt5::topic_matches_filter(&topic, &filter) || own_topic);
            }
        }

        #[test]
        fn any_text_can_be_asked(text in any::<String>()) {
            prop_assert!(own().topic(&text).is_none() || text.starts_with("linli/demo/b3-main/"));
            prop_assert!(!own().covers(&text) || text.starts_with("linli/demo/b3-main/"));
            prop_assert!(parse(&text).is_none() || text.starts_with("linli/"));
        }
    }
}
