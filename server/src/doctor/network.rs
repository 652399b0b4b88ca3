//! How the site is reached: addresses, ports, proxies.

use std::net::{SocketAddr, TcpStream};

use bridge::outside::Server;
use rustix::io::Errno;

use super::{Finding, patient::Patient};
use crate::holder;

/// The settings were checked one by one when they were read; this is how they go together.
pub(super) fn settings(patient: &Patient) -> Finding {
    let config = &patient.config;
    let url = config.public_url_at(config.http_addr);
    if let Some((network, _)) = config.trusted_proxies.iter().find(|(_, bits)| *bits == 0) {
        return Finding::wrong(
            format!(
                "LINLI_TRUSTED_PROXIES: {network}/0 is everybody, who may then claim any address"
            ),
            "name the proxies' own addresses",
        );
    }
    if url.starts_with("http://") && !config.stays_on_this_machine() {
        return Finding::wrong(
            format!(
                "the public URL is {url}, and the site is reached from elsewhere: session cookies are sent in the clear"
            ),
            "set LINLI_PUBLIC_URL to the https:// address that browsers use",
        );
    }
    let said = format!(
        "browsers come by {url}, HTTP listens on {}",
        config.http_addr
    );
    if url.starts_with("https://") && config.tls.is_none() && config.trusted_proxies.is_empty() {
        return Finding::note(format!(
            "{said}; nothing is known to end TLS: without LINLI_TRUSTED_PROXIES all of a proxy's clients count as one"
        ));
    }
    Finding::ok(said)
}

pub(super) fn http_port(patient: &Patient) -> Finding {
    port("LINLI_HTTP_ADDR", patient.config.http_addr, patient)
}

/// Our own broker's port, or whether another is there.
pub(super) fn broker(patient: &Patient) -> Finding {
    match &patient.config.mqtt_outside {
        Some(server) => outside(server),
        None => port("LINLI_MQTT_LISTEN", patient.config.mqtt_listen, patient),
    }
}

fn outside(server: &Server) -> Finding {
    if let Err(error) = TcpStream::connect(server.place()) {
        return Finding::wrong(
            format!("LINLI_MQTT_URL: {server:?} does not answer: {error}"),
            "start the broker, or name the right one; deploy/mosquitto has a configuration",
        );
    }
    if server.is_plain_text() {
        return Finding::wrong(
            format!(
                "LINLI_MQTT_URL: {server:?} answers, and what devices say crosses the network in the clear"
            ),
            "use mqtts://",
        );
    }
    Finding::ok(format!("an outside one answers at {server:?}"))
}

fn port(setting: &str, addr: SocketAddr, patient: &Patient) -> Finding {
    if addr.port() == 0 {
        return Finding::ok(format!("{addr}: each start takes a free one"));
    }
    let error = match bind(addr) {
        Ok(()) => {
            return match patient.linli {
                None => Finding::ok(format!("{addr} is free")),
                Some(pid) => Finding::note(format!(
                    "{addr} is free, though Linli runs (process {pid}): it was started with other settings"
                )),
            };
        }
        Err(error) => error,
    };
    let holder = holder::of_port(addr.port());
    if let (Some((pid, _)), Some(linli)) = (&holder, patient.linli)
        && *pid == linli
    {
        return Finding::ok(format!("{addr}, where Linli listens (process {pid})"));
    }
    Finding::new(
        super::Mark::Wrong,
        holder::explain(setting, addr, &error.into()),
        None,
    )
}

/// Whether somebody could listen there. It does not listen: a device might come in just then.
fn bind(addr: SocketAddr) -> Result<(), Errno> {
    use rustix::net::{AddressFamily, SocketType, bind, socket, sockopt};
    let family = if addr.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let socket = socket(family, SocketType::STREAM, None)?;
    // As the server does: what is left of old connections is not in the way.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &addr)
}

pub(super) fn channels(patient: &Patient) -> Finding {
    let sms = if patient.config.sms.is_some() {
        "SMS goes to a gateway"
    } else {
        "SMS is not configured: codes by SMS are not offered"
    };
    match &patient.config.smtp {
        Some(smtp) => Finding::ok(format!("mail comes from {}; {sms}", smtp.from.email)),
        None if patient.config.stays_on_this_machine() => {
            Finding::note(format!("mail is printed, for this machine only; {sms}"))
        }
        None => Finding::note(format!(
            "mail is not configured: links for a new password are not offered; {sms}"
        )),
    }
}
