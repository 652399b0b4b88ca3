//! The live websocket, `GET /live`: pages and clients hear of new values as they are stored.
//!
//! [`hub`] is fed by whoever stores readings; [`socket`] is one connection.

mod beside;
mod frame;
pub mod hub;
mod socket;
mod tape;
pub mod topic;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Extension, Router,
    extract::{Query, State, WebSocketUpgrade},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use backend::{
    Cx, Site,
    identity::{self, Changed},
};
use domain::{Code, PersonId};
use serde::Deserialize;
use tokio::{
    sync::{broadcast, watch},
    time::timeout,
};

pub use beside::feed;
pub use hub::Hub;

use crate::{http::Refusal, mutex::locked, observe};

/// Reads a client's message as a socket does, and its topic: for fuzz/.
#[cfg(fuzzing)]
#[must_use]
pub fn read_ask(text: &str) -> Option<topic::Topic> {
    match frame::Ask::parse(text) {
        Ok(frame::Ask::Sub { topic, .. }) => topic::Topic::parse(&topic),
        Ok(_) | Err(_) => None,
    }
}

/// How often things happen, and how much is allowed.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Deltas of one subscription are at least this far apart, so that many points share a frame.
    pub window: Duration,
    /// Between pings.
    pub ping: Duration,
    /// A client that says nothing for this long, not even a pong, is gone.
    pub silence: Duration,
    /// A client that does not take a frame within this is too slow.
    pub patience: Duration,
    /// Between looks at whether the session still holds, and at what is still the home's. What ends
    /// or changes a session is heard of at once; this is for what gets lost on the way.
    pub recheck: Duration,
    pub subscriptions_per_socket: usize,
    pub sockets_per_person: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            window: Duration::from_millis(250),
            ping: Duration::from_secs(20),
            silence: Duration::from_secs(45),
            patience: Duration::from_secs(10),
            recheck: Duration::from_secs(10),
            subscriptions_per_socket: 32,
            sockets_per_person: 16,
        }
    }
}

/// Changes that may wait for a socket; one that misses some looks as well.
const CHANGES: usize = 256;

#[derive(Debug)]
struct Shared {
    site: Site,
    hub: Hub,
    pace: Pace,
    /// Scheme and authority of the public URL.
    public: Origin,
    /// Open sockets by person.
    people: Mutex<HashMap<PersonId, usize>>,
    open: watch::Sender<usize>,
    stopping: watch::Sender<bool>,
    changes: broadcast::Sender<Changed>,
}

/// What all live sockets of this process share; clones are the same one.
#[derive(Debug, Clone)]
pub struct Live(Arc<Shared>);

impl Live {
    #[must_use]
    pub fn new(site: Site, hub: Hub, public_url: &str) -> Self {
        Self::paced(site, hub, public_url, Pace::default())
    }

    #[must_use]
    pub fn paced(site: Site, hub: Hub, public_url: &str, pace: Pace) -> Self {
        Self(Arc::new(Shared {
            site,
            hub,
            pace,
            public: Origin::parse(public_url).unwrap_or_default(),
            people: Mutex::default(),
            open: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            changes: broadcast::Sender::new(CHANGES),
        }))
    }

    /// Passes on to the sockets what ends or changes their sessions, for as long as the process
    /// runs.
    pub async fn hear_changes(self) {
        let Shared { site, changes, .. } = &*self.0;
        identity::watch(site.clone(), |changed| {
            // An error means that no socket is open.
            let _ = changes.send(changed);
        })
        .await;
    }

    /// The same news for others, from now on.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.0.changes.subscribe()
    }

    /// Closes every socket with 1001 and waits for them, for some seconds at most. An HTTP server
    /// that drains does not count upgraded connections.
    pub async fn stop(&self) {
        self.0.stopping.send_replace(true);
        let mut open = self.0.open.subscribe();
        if timeout(Duration::from_secs(5), open.wait_for(|open| *open == 0))
            .await
            .is_err()
        {
            tracing::warn!("some live sockets did not close in time");
        }
    }

    fn people(&self) -> MutexGuard<'_, HashMap<PersonId, usize>> {
        locked(&self.0.people)
    }

    /// A place for one more socket of that person, if there is one.
    fn seat(&self, person: PersonId) -> Option<Seat> {
        let mut people = self.people();
        let taken = people.entry(person).or_default();
        if *taken >= self.0.pace.sockets_per_person {
            return None;
        }
        *taken += 1;
        drop(people);
        self.0.open.send_modify(|open| *open += 1);
        observe::live_sockets(1);
        Some(Seat {
            live: self.clone(),
            person,
        })
    }
}

/// An open socket's place, given back when dropped.
#[derive(Debug)]
struct Seat {
    live: Live,
    person: PersonId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut people = self.live.people();
        if let Some(taken) = people.get_mut(&self.person) {
            *taken = taken.saturating_sub(1);
            if *taken == 0 {
                people.remove(&self.person);
            }
        }
        drop(people);
        self.live
            .0
            .open
            .send_modify(|open| *open = open.saturating_sub(1));
        observe::live_sockets(-1);
    }
}

/// `GET /live`. Needs the middleware that puts the session's [`Cx`] into the request's extensions;
/// without one, only tickets open it.
pub fn routes(live: Live) -> Router {
    // HTTP/1.1 opens a websocket by GET, HTTP/2 by CONNECT (RFC 8441).
    let open = on(MethodFilter::GET.or(MethodFilter::CONNECT), open);
    Router::new().route("/live", open).with_state(live)
}

/// Nothing of it may be logged: the ticket is a secret.
#[derive(Deserialize)]
struct Admission {
    ticket: Option<String>,
    /// The slug of the tenant that the page was rendered for.
    tenant: Option<String>,
}

async fn open(
    State(live): State<Live>,
    Query(admission): Query<Admission>,
    session: Option<Extension<Cx>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let from_here = match headers.get(header::ORIGIN) {
        Some(origin) => origin
            .to_str()
            .ok()
            .and_then(Origin::parse)
            .is_some_and(|origin| origin.is(&live.0.public, host)),
        // Browsers always say where a page comes from; other clients have their ticket.
        None => admission.ticket.is_some(),
    };
    if !from_here {
        return Refusal::from(Code::Forbidden).into_response();
    }
    let cx = match &admission.ticket {
        Some(ticket) => match identity::redeem_ticket(&live.0.site, ticket).await {
            Ok(cx) => cx,
            Err(error) => return Refusal::from(error).into_response(),
        },
        None => session.map(|Extension(cx)| cx),
    };
    let Some((cx, person)) = cx.and_then(|cx| cx.actor.person().map(|person| (cx, person))) else {
        return Refusal::from(Code::Unauthenticated).into_response();
    };
    let wrong_hat = admission.tenant.is_some_and(|slug| slug != cx.tenant.slug);
    let Some(seat) = live.seat(person) else {
        return Refusal::from(Code::TooMany).into_response();
    };
    upgrade
        // Twice what is allowed, so that a frame that is a little too large gets an answer.
        .max_message_size(2 * socket::MAX_FRAME)
        .max_frame_size(2 * socket::MAX_FRAME)
        // What clients say is a line. The library clears all of it at each look at the socket: with
        // its own 128 KiB that is most of what a socket costs.
        .read_buffer_size(4 * 1024)
        .on_upgrade(async move |socket| {
            // A script cannot read the status of a refused upgrade, but it can read a close code.
            if wrong_hat {
                socket::refuse(socket, socket::WRONG_HAT).await;
            } else {
                socket::run(live, socket, cx).await;
            }
            drop(seat);
        })
}

/// Where a page comes from.
#[derive(Debug, Default, PartialEq, Eq)]
struct Origin {
    https: bool,
    /// Host, and port where it is not the usual one, in lower case.
    authority: String,
}

impl Origin {
    /// From an `Origin` header or the public URL; `None` for `null` and other schemes.
    fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?.as_str().to_ascii_lowercase();
        let usual = if https { ":443" } else { ":80" };
        let authority = authority
            .strip_suffix(usual)
            .map(str::to_owned)
            .unwrap_or(authority);
        Some(Self { https, authority })
    }

    /// Whether it is the public URL's, or that of the host that was asked; then not over plain
    /// HTTP where the public URL is HTTPS, since anybody on the way can write such a page.
    fn is(&self, public: &Self, host: Option<&str>) -> bool {
        let asked = host.and_then(|host| {
            Self::parse(&format!(
                "{}://{host}",
                if self.https { "https" } else { "http" }
            ))
        });
        self == public || (asked.as_ref() == Some(self) && (self.https || !public.https))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        let is = |origin: &str, public: &str, host: &str| {
            let public = Origin::parse(public).unwrap();
            Origin::parse(origin).is_some_and(|origin| origin.is(&public, Some(host)))
        };
        let here = "http://127.0.0.1:3000";
        assert!(is(here, here, "127.0.0.1:3000"));
        assert!(is("http://localhost:3000", here, "localhost:3000"));
        assert!(is(
            "https://Linli.example",
            "https://linli.example/",
            "inner:3000"
        ));
        assert!(is(
            "https://linli.example:443",
            "https://linli.example",
            "inner:3000"
        ));
        assert!(!is(
            "http://linli.example",
            "https://linli.example",
            "linli.example"
        ));
        assert!(!is("http://127.0.0.1:3001", here, "127.0.0.1:3000"));
        assert!(!is("http://evil.example", here, "127.0.0.1:3000"));
        assert!(!is(
            "http://127.0.0.1:3000.evil.example",
            here,
            "127.0.0.1:3000"
        ));
        for origin in [
            "null",
            "",
            "file://",
            "chrome-extension://abc",
            "127.0.0.1:3000",
        ] {
            assert!(!is(origin, here, "127.0.0.1:3000"), "{origin}");
        }
    }
}
