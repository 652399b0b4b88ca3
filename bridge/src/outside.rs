//! Brokers that are not ours: Mosquitto is the tested one.
//!
//! ```text
//! device -> broker -> Line, one a company -> Directory -> Postgres --commit--> PUBACK -> broker
//! ```
//!
//! - **Nothing lost**: a message is acknowledged after it is stored, and the broker keeps a line's
//!   session (for [`SESSION`]) while the line is away. What was stored and not yet acknowledged
//!   comes again; a reading that carries its `ts` is the same one then.
//! - **Who said it**: the topic says so, since the broker lets a device publish below its own prefix
//!   only. [`accounts`] keeps the broker's accounts in step with the registry; without accounts of
//!   that kind anybody who may publish may speak for anybody.
//! - **What the broker does by itself**: it acknowledges what a device says before Linli has it. How
//!   much it may lose when it is killed is the broker's own setting.

use std::{fmt, time::Duration};

use rumqttc::{
    Transport,
    v5::{EventLoop, MqttOptions},
};

pub mod accounts;
mod line;
#[cfg(test)]
mod tests;

pub use line::Line;

use crate::{
    intake::{Away, DeviceSession},
    payload::MAX_PAYLOAD,
};

/// How long the broker keeps what devices say for a line that is away.
pub const SESSION: Duration = Duration::from_hours(7 * 24);
/// Messages that may be under way to the store. What the broker allows may be less.
const UNDER_WAY: u16 = 200;
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// In seconds.
const CONNECTING: u64 = 10;

/// Where the broker is, and as whom Linli connects. Printing it prints no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    host: String,
    port: u16,
    tls: bool,
    username: String,
    password: String,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        write!(f, "{scheme}://{}", self.address())
    }
}

/// Where a line finds the devices of its company.
pub trait Directory: Send + Sync + 'static {
    /// The device of that key which may speak over a broker; `None` for a stranger, and for one
    /// whose secret was revoked.
    fn device(&self, key: &str)
    -> impl Future<Output = Result<Option<DeviceSession>, Away>> + Send;
}

impl Server {
    /// From `mqtt://user:password@host:port`, or `mqtts://` for TLS by the authorities that the
    /// system trusts. A port that is not named is 1883, and 8883 with TLS. Characters that a URL
    /// gives a meaning to are written as `%40`.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "must be mqtt://user:password@host:port, or mqtts://";
        let url = url::Url::parse(url).map_err(|_| SHAPE)?;
        let (tls, usual) = match url.scheme() {
            "mqtt" => (false, 1883),
            "mqtts" => (true, 8883),
            _ => return Err(SHAPE),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(SHAPE);
        }
        let text = |part: &str| {
            let plain = percent_encoding::percent_decode_str(part).decode_utf8();
            plain.map(String::from).map_err(|_| SHAPE)
        };
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(SHAPE)?;
        let password = url.password().unwrap_or_default();
        if url.username().is_empty() || password.is_empty() {
            return Err("names no user and password: Linli does not connect as anybody");
        }
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual),
            tls,
            username: text(url.username())?,
            password: text(password)?,
        })
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.tls
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        let ip = self.host.parse::<std::net::IpAddr>();
        ip.map_or(self.host == "localhost", |ip| ip.is_loopback())
    }

    /// Whether what is said to it crosses a network in the clear.
    #[must_use]
    pub fn is_plain_text(&self) -> bool {
        !self.tls && !self.is_here()
    }

    /// Host name or address, and port: where devices connect as well.
    #[must_use]
    pub fn place(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    fn options(&self, client_id: &str) -> MqttOptions {
        let mut options = MqttOptions::new(client_id, &self.host, self.port);
        options.set_credentials(&self.username, &self.password);
        options.set_keep_alive(KEEP_ALIVE);
        options.set_connection_timeout(CONNECTING);
        options.set_receive_maximum(Some(UNDER_WAY));
        // Each slot of the table costs memory, for every company.
        options.set_outgoing_inflight_upper_limit(128);
        // A larger one than we take still has to arrive: what a client says that it will not take,
        // the broker drops without a word.
        let largest = u32::try_from(2 * MAX_PAYLOAD).unwrap_or(u32::MAX);
        options.set_max_packet_size(Some(largest));
        if self.tls {
            options.set_transport(Transport::tls_with_config(
                rumqttc::TlsConfiguration::Native,
            ));
        }
        options
    }
}

/// Lets the loop run until the connection ends, and says why it did.
async fn until_lost(
    events: &mut EventLoop,
    mut hear: impl FnMut(rumqttc::v5::Incoming) -> Result<(), String>,
) -> String {
    loop {
        match events.poll().await {
            Ok(rumqttc::v5::Event::Incoming(packet)) => {
                if let Err(why) = hear(packet) {
                    return why;
                }
            }
            Ok(rumqttc::v5::Event::Outgoing(_)) => {}
            Err(error) => return error.to_string(),
        }
    }
}
