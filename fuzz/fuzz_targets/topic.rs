#![no_main]

use bridge::topic::{Prefix, parse};
use libfuzzer_sys::fuzz_target;

// Of a user name and a topic: what passes is below the one's prefix.
fuzz_target!(|said: (&str, &str)| {
    let (username, topic) = said;
    let _ = parse(topic);
    if let Some(own) = Prefix::of_username(username) {
        let below = format!("linli/{}/", username.replace(':', "/"));
        assert!(own.topic(topic).is_none() || topic.starts_with(&below));
        assert!(!own.covers(topic) || topic.starts_with(&below));
    }
});
