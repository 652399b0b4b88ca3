//! The one dialer: whatever connects to an address that somebody typed connects through it.
//!
//! A person who may register a device could otherwise make our server talk to itself, to its
//! neighbours or to its cloud's metadata. So a name is resolved once, **every** address of it has
//! to be one of the open internet or on the operator's list, and the connection goes to an address
//! that was looked at: a name that answers differently a moment later gains nothing. Whoever
//! reconnects dials again.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

pub use ipnet::IpNet;
use ipnet::{Ipv4Net, Ipv6Net};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

#[cfg(test)]
mod tests;

/// How long to wait for a name, and then for each address.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of a name with more addresses only the first ones are tried.
const MOST_TRIED: usize = 4;

/// Refused, not found and not answering look the same: the answer would tell what is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address cannot be reached")]
pub struct Unreachable;

/// Dials for people. Clones share the list.
#[derive(Debug, Clone)]
pub struct Dialer {
    allow: Arc<[IpNet]>,
}

impl Dialer {
    /// With the ranges that the operator opens beside the open internet.
    #[must_use]
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self {
            allow: allow.into(),
        }
    }

    /// # Errors
    /// [`Unreachable`], whatever the reason; the log has it.
    pub async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, Unreachable> {
        self.connect(host, port).await.map_err(|reason| {
            tracing::debug!(host, port, %reason, "cannot dial");
            Unreachable
        })
    }

    async fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let addresses: Vec<SocketAddr> = timeout(PATIENCE, lookup_host((host, port)))
            .await??
            .collect();
        if let Some(closed) = addresses.iter().find(|addr| !self.permits(addr.ip())) {
            let reason = format!("{} is in a closed range", closed.ip());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
        }
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in addresses.into_iter().take(MOST_TRIED) {
            match timeout(PATIENCE, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => failed = error,
                Err(elapsed) => failed = elapsed.into(),
            }
        }
        Err(failed)
    }

    fn permits(&self, address: IpAddr) -> bool {
        let meant = meant(address);
        let listed = |address| self.allow.iter().any(|range| range.contains(address));
        is_open(meant) || listed(&meant) || listed(&address)
    }
}

/// The v4 address inside a v6 one that only wraps it: IPv4-mapped (RFC 4291, 2.5.5.2) and the
/// well-known prefix of NAT64 (RFC 6052, 2.1).
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else {
        return address.to_canonical();
    };
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            Ipv4Addr::new(a, b, c, d).into()
        }
        _ => v6.into(),
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// A range by the first segments of its address; the others are 0.
const fn v6(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// The IANA IPv4 special-purpose address registry (RFC 6890), multicast, and one cloud's own.
const CLOSED_V4: [Ipv4Net; 17] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(168, 63, 129, 16, 32), // Azure's metadata and DNS, outside of all registered ranges
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 31, 196, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// What of v6 is given out for the open internet (RFC 4291, 2.5.4) …
const OPEN_V6: Ipv6Net = v6(0x2000, 0, 3);
/// … but for the IANA IPv6 special-purpose address registry: protocols and Teredo, documentation,
/// and 6to4, which has a v4 address inside and no use any more (RFC 7526).
const CLOSED_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 23),
    v6(0x2001, 0xdb8, 32),
    v6(0x2002, 0, 16),
    v6(0x3fff, 0, 20),
];

fn is_open(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !CLOSED_V4.iter().any(|range| range.contains(&v4)),
        IpAddr::V6(v6) => {
            OPEN_V6.contains(&v6) && !CLOSED_V6.iter().any(|range| range.contains(&v6))
        }
    }
}
