//! How this site is reached, and by whom.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use app::session::SessionCookies;
use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, header},
};
use backend::Peer;
use tower_http::csrf::CsrfLayer;

use crate::{config::Config, ops};

/// What the edge has to be told.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// What browsers call the site, without a trailing slash.
    pub public_url: String,
    /// The built site: wasm, styles, static files.
    pub site_root: PathBuf,
    /// Whether nothing here is meant to be reached from elsewhere.
    pub stays_on_this_machine: bool,
    /// Networks of the proxies whose forwarded headers count: address and prefix length.
    pub trusted_proxies: Vec<(IpAddr, u8)>,
    /// Whether Linli ends TLS itself.
    pub speaks_tls: bool,
}

impl EdgeSettings {
    /// `public_url` is the one in effect, with the real port.
    #[must_use]
    pub fn of(config: &Config, public_url: &str) -> Self {
        Self {
            public_url: public_url.to_owned(),
            site_root: config.site_root.clone(),
            stays_on_this_machine: config.stays_on_this_machine(),
            trusted_proxies: config.trusted_proxies.clone(),
            speaks_tls: config.tls.is_some(),
        }
    }
}

/// The settings, and what follows from them.
#[derive(Debug, Clone)]
pub struct Edge {
    settings: Arc<EdgeSettings>,
    csrf: CsrfLayer,
}

impl Edge {
    pub(super) fn new(settings: EdgeSettings) -> Self {
        // A proxy may rewrite Host; the public URL's own pages still come from here.
        let csrf = CsrfLayer::new()
            .add_trusted_origin(&settings.public_url)
            .unwrap_or_else(|e| {
                tracing::warn!(error = %e, "the public URL is no origin that a browser sends");
                CsrfLayer::new()
            });
        Self {
            settings: Arc::new(settings),
            csrf,
        }
    }

    pub(super) fn csrf(&self) -> CsrfLayer {
        self.csrf.clone()
    }

    pub(super) fn site_root(&self) -> &std::path::Path {
        &self.settings.site_root
    }

    /// What browsers call the site, without a trailing slash.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.settings.public_url
    }

    /// Whether browsers reach the site over https.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.settings.public_url.starts_with("https://")
    }

    #[must_use]
    pub fn cookies(&self) -> SessionCookies {
        SessionCookies {
            secure: self.secure(),
        }
    }

    /// Who sent a request.
    #[must_use]
    pub fn peer(&self, extensions: &Extensions, headers: &HeaderMap) -> Peer {
        let socket = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| *peer);
        let loopback =
            self.settings.stays_on_this_machine && ops::comes_from_this_machine(socket, headers);
        let address = socket.map_or_else(
            || "unknown".to_owned(),
            |socket| self.client(socket.ip(), headers).to_string(),
        );
        let agent = headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        Peer {
            address,
            device: domain::session::device(agent.unwrap_or_default()),
            loopback,
        }
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        let mut proxies = self.settings.trusted_proxies.iter();
        proxies.any(|(network, bits)| contains(*network, *bits, ip))
    }

    /// Whether a request went around the proxy that ends TLS in front of Linli, and so crossed a
    /// network in the clear.
    pub(super) fn came_in_the_clear(&self, extensions: &Extensions) -> bool {
        if self.settings.speaks_tls || self.settings.trusted_proxies.is_empty() {
            return false;
        }
        let socket = extensions.get::<ConnectInfo<SocketAddr>>();
        socket.is_some_and(|ConnectInfo(peer)| {
            let ip = peer.ip().to_canonical();
            !ip.is_loopback() && !self.trusts(ip)
        })
    }

    /// The address in front of the last proxy that is ours; what is further left was written by
    /// whoever liked to.
    fn client(&self, socket: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = socket.to_canonical();
        let forwarded = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|ip| ip.trim().parse::<IpAddr>().ok())
            .collect::<Vec<_>>();
        for ip in forwarded.into_iter().rev() {
            match ip {
                Some(ip) if self.trusts(client) => client = ip.to_canonical(),
                _ => break,
            }
        }
        client
    }
}

fn contains(network: IpAddr, bits: u8, ip: IpAddr) -> bool {
    let (network, ip, width) = match (network.to_canonical(), ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => {
            (u128::from(network.to_bits()), u128::from(ip.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) => (network.to_bits(), ip.to_bits(), 128),
        _ => return false,
    };
    let rest = u32::saturating_sub(width, u32::from(bits));
    network.checked_shr(rest).unwrap_or(0) == ip.checked_shr(rest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(trusted_proxies: Vec<(IpAddr, u8)>) -> Edge {
        Edge::new(EdgeSettings {
            public_url: "http://127.0.0.1:3000".to_owned(),
            site_root: PathBuf::new(),
            stays_on_this_machine: trusted_proxies.is_empty(),
            trusted_proxies,
            speaks_tls: false,
        })
    }

    fn peer(edge: &Edge, socket: &str, headers: &[(&'static str, &'static str)]) -> Peer {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(socket.parse::<SocketAddr>().unwrap()));
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        edge.peer(&extensions, &headers.collect())
    }

    #[test]
    fn forwarded_addresses_count_only_from_our_proxies() {
        let via = [("x-forwarded-for", "6.6.6.6, 9.9.9.9, 10.1.0.2")];
        let open = edge(vec![]);
        assert_eq!(peer(&open, "1.2.3.4:5", &via).address, "1.2.3.4");
        let behind = edge(vec![("10.0.0.0".parse().unwrap(), 8)]);
        assert_eq!(peer(&behind, "10.0.0.1:5", &via).address, "9.9.9.9");
        assert_eq!(peer(&behind, "1.2.3.4:5", &via).address, "1.2.3.4");
        assert_eq!(
            peer(&behind, "10.0.0.1:5", &[("x-forwarded-for", "?")]).address,
            "10.0.0.1"
        );
    }

    #[test]
    fn nobody_comes_around_the_proxy_in_the_clear() {
        let from = |edge: &Edge, socket: &str| {
            let mut extensions = Extensions::new();
            extensions.insert(ConnectInfo(socket.parse::<SocketAddr>().unwrap()));
            edge.came_in_the_clear(&extensions)
        };
        let behind = edge(vec![("10.0.0.0".parse().unwrap(), 8)]);
        assert!(from(&behind, "192.0.2.9:5"));
        for good in ["10.1.2.3:5", "[::ffff:10.1.2.3]:5", "127.0.0.1:5"] {
            assert!(!from(&behind, good), "{good}");
        }
        // Without a proxy the configuration has it listen on this machine only.
        assert!(!from(&edge(vec![]), "192.0.2.9:5"));
        let settings = EdgeSettings {
            speaks_tls: true,
            ..EdgeSettings::clone(&behind.settings)
        };
        assert!(!from(&Edge::new(settings), "192.0.2.9:5"));
    }

    #[test]
    fn this_machine_means_every_sign_of_it() {
        let here = [("host", "127.0.0.1:3000")];
        assert!(peer(&edge(vec![]), "127.0.0.1:5", &here).loopback);
        assert!(!peer(&edge(vec![]), "127.0.0.1:5", &[("host", "linli.example")]).loopback);
        assert!(!peer(&edge(vec![]), "192.168.1.2:5", &here).loopback);
        let via = [("host", "127.0.0.1:3000"), ("x-forwarded-for", "127.0.0.1")];
        assert!(!peer(&edge(vec![]), "127.0.0.1:5", &via).loopback);
        let proxied = edge(vec![("10.0.0.0".parse().unwrap(), 8)]);
        assert!(!peer(&proxied, "127.0.0.1:5", &here).loopback);
    }
}
