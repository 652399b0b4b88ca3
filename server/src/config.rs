//! Settings: flags over environment over a TOML file over defaults.
//!
//! The only place that reads the environment. Everything is checked here, once, before anything
//! starts, and a wrong setting is one line that names it the way its author wrote it.

use std::{
    ffi::OsString,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

use backend::telemetry::FEWEST_MONTHS;
use bridge::{dial::IpNet, outside};
use clap::{Arg, ArgMatches};
pub use domain::Secret;
use lettre::message::Mailbox;

use crate::{
    failure::Failure,
    settings::{Layers, SETTINGS, Setting},
};

/// Where the rows live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A private cluster under the data directory, started and stopped with Linli.
    Embedded,
    /// Somebody else's server, with up to two logins.
    Outside {
        /// `linli_app`: serves.
        serving: Option<Secret>,
        /// `linli_owner`: migrates.
        owner: Option<Secret>,
    },
}

/// Absolute paths of what TLS needs, both in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and after it those that lead to a root.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// The server that takes mail, and whom mail comes from.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Holds the password.
    pub url: Secret,
    pub from: Mailbox,
}

/// The gateway that takes SMS.
#[derive(Debug, Clone)]
pub struct Sms {
    pub url: String,
    pub token: Secret,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people; coloured on a terminal.
    Text,
    /// One JSON object a line.
    Json,
}

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where HTTP listens; port 0 takes a free one.
    pub http_addr: SocketAddr,
    /// What browsers call the site, without a trailing slash; unset: see [`Config::public_url_at`].
    pub public_url: Option<String>,
    /// Absolute; holds the cluster, the broker's files, the keys and the logs.
    pub data_dir: PathBuf,
    /// Where the rows live.
    pub database: Database,
    /// Where the embedded broker listens; port 0 takes a free one.
    pub mqtt_listen: SocketAddr,
    /// Where the embedded broker listens for TLS.
    pub mqtts_listen: Option<SocketAddr>,
    /// Set: devices connect there, and no broker is embedded.
    pub mqtt_outside: Option<outside::Server>,
    /// Set: HTTP speaks TLS and nothing else.
    pub tls: Option<TlsFiles>,
    /// Networks of the proxies that end TLS in front of Linli: address and prefix length.
    pub trusted_proxies: Vec<(IpAddr, u8)>,
    /// Networks beside the open internet that an address which somebody typed may be in.
    pub egress_allow: Vec<IpNet>,
    /// Absolute path of the master key.
    pub key_file: PathBuf,
    /// Set: so many months of readings are kept, and what is older is dropped.
    pub readings_kept: Option<u16>,
    /// Room on disk that `linli doctor` wants to find free, in bytes.
    pub spare_disk: u64,
    /// Absolute path of the built site: wasm, CSS, static files.
    pub site_root: PathBuf,
    /// Set: mail is sent.
    pub smtp: Option<Smtp>,
    /// Set: codes go by SMS.
    pub sms: Option<Sms>,
    /// A `tracing` filter such as `info` or `info,sqlx=debug`.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Lets a scraper from elsewhere read `/metrics`.
    pub metrics_token: Option<Secret>,
    /// `PATH`, to look for PostgreSQL where it is not in Debian's place.
    pub search_path: Option<OsString>,
}

/// Adds a flag for every setting to `command` and its subcommands.
pub fn flags(command: clap::Command) -> clap::Command {
    SETTINGS.iter().fold(command, |command, setting| {
        command.arg(
            Arg::new(setting.key)
                .long(setting.flag)
                .global(true)
                .value_name("VALUE")
                .help(format!("{} [env: {}]", setting.help, setting.env)),
        )
    })
}

impl Config {
    /// Reads the flags that were matched, the process's environment and the configuration file.
    ///
    /// # Errors
    /// A wrong setting, named, with status 2.
    pub fn load(flags: &ArgMatches) -> Result<Self, Failure> {
        let folder = std::env::current_dir()
            .map_err(|e| Failure::work(format!("the working directory cannot be read: {e}")))?;
        let program = std::env::current_exe().ok();
        let beside = program.as_deref().and_then(Path::parent);
        Self::from_parts(flags, &|name| std::env::var_os(name), &folder, beside)
    }

    fn from_parts(
        flags: &ArgMatches,
        env: &dyn Fn(&str) -> Option<OsString>,
        folder: &Path,
        beside: Option<&Path>,
    ) -> Result<Self, Failure> {
        let layers = Layers::read(flags, env, folder)?;

        let http_addr = layers.parse("http_addr", address)?;
        let mqtt_listen = layers.parse("mqtt_listen", address)?;
        let trusted_proxies = layers.parse("trusted_proxies", networks)?;
        let data_dir = layers.parse("data_dir", |text| path(folder, text))?;

        let config = Self {
            http_addr: http_addr.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 3000))),
            public_url: layers.parse("public_url", public_url)?,
            key_file: layers
                .parse("key_file", |text| path(folder, text))?
                .or_else(|| data_dir.as_deref().map(|dir| dir.join("keys")))
                .unwrap_or_else(|| folder.join(".linli/keys")),
            data_dir: data_dir.unwrap_or_else(|| folder.join(".linli")),
            database: database(&layers)?,
            mqtt_listen: mqtt_listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 1883))),
            mqtts_listen: layers.parse("mqtts_listen", address)?,
            mqtt_outside: layers.parse("mqtt_url", |url| {
                outside::Server::parse(url).map_err(str::to_owned)
            })?,
            tls: tls(&layers, folder)?,
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            egress_allow: layers.parse("egress_allow", egress)?.unwrap_or_default(),
            readings_kept: layers.parse("readings_kept", months)?,
            spare_disk: layers.parse("spare_disk", mebibytes)?.unwrap_or(1 << 30),
            site_root: layers
                .parse("site_root", |text| path(folder, text))?
                .unwrap_or_else(|| default_site_root(folder, beside)),
            smtp: smtp(&layers)?,
            sms: sms(&layers)?,
            log: layers
                .parse("log", log_filter)?
                .unwrap_or_else(|| "info".to_owned()),
            log_format: layers
                .parse("log_format", log_format)?
                .unwrap_or(LogFormat::Text),
            metrics_token: layers.parse("metrics_token", metrics_token)?,
            search_path: env("PATH"),
        };
        config.refuse_half_a_tls_broker(&layers)?;
        config.refuse_plain_text_off_loopback(&layers)?;
        Ok(config)
    }

    fn refuse_half_a_tls_broker(&self, layers: &Layers) -> Result<(), Failure> {
        if self.mqtts_listen.is_none() {
            return Ok(());
        }
        let refuse = |why: &str| {
            let setting = layers.name_of("mqtts_listen");
            Err(Failure::setting(format!("{setting}: {why}")))
        };
        if self.mqtt_outside.is_some() {
            return refuse("the broker is an outside one (LINLI_MQTT_URL), and listens by itself");
        }
        if self.tls.is_none() {
            return refuse("needs a certificate: set LINLI_TLS_CERT and LINLI_TLS_KEY");
        }
        Ok(())
    }

    /// Passwords and readings must not cross a network in the clear by accident.
    fn refuse_plain_text_off_loopback(&self, layers: &Layers) -> Result<(), Failure> {
        if self.tls.is_some()
            && let Some(url) = self.public_url.as_deref()
            && url.starts_with("http://")
        {
            return Err(Failure::setting(format!(
                "{}: {url:?} is plain text, and with {} Linli speaks TLS only: write https://",
                layers.name_of("public_url"),
                layers.name_of("tls_cert"),
            )));
        }
        if !self.trusted_proxies.is_empty() {
            return Ok(());
        }
        let refuse = |key, addr: SocketAddr, what: &str, else_: &str| {
            Err(Failure::setting(format!(
                "{}: {addr} is not a loopback address, and {what} there would be plain text. \
                 Listen on 127.0.0.1, {else_}or set LINLI_TRUSTED_PROXIES to the addresses of what ends TLS in front of Linli",
                layers.name_of(key),
            )))
        };
        if self.tls.is_none() && !self.http_addr.ip().is_loopback() {
            let with = "set LINLI_TLS_CERT and LINLI_TLS_KEY, ";
            return refuse("http_addr", self.http_addr, "HTTP", with);
        }
        if self.mqtt_outside.is_none() && !self.mqtt_listen.ip().is_loopback() {
            let with = "with LINLI_MQTTS_LISTEN beside it, ";
            return refuse("mqtt_listen", self.mqtt_listen, "MQTT", with);
        }
        Ok(())
    }

    /// The networks beside the open internet that an address which somebody typed may be in. The
    /// demo's own devices are on this machine.
    #[must_use]
    pub fn egress(&self, with_demo: bool) -> Vec<IpNet> {
        let loopback = with_demo.then_some([
            IpNet::new_assert(Ipv4Addr::LOCALHOST.into(), 8),
            IpNet::new_assert(Ipv6Addr::LOCALHOST.into(), 128),
        ]);
        let listed = self.egress_allow.iter().copied();
        listed.chain(loopback.into_iter().flatten()).collect()
    }

    /// Whether other processes may serve the same companies.
    #[must_use]
    pub fn may_be_shared(&self) -> bool {
        self.database != Database::Embedded && self.mqtt_outside.is_some()
    }

    /// What browsers call the site where HTTP listens on `http`, without a trailing slash.
    #[must_use]
    pub fn public_url_at(&self, http: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("{scheme}://{http}"))
    }

    /// Whether nothing of this installation is meant to be reached from elsewhere: the demo's
    /// published passwords work only then.
    #[must_use]
    pub fn stays_on_this_machine(&self) -> bool {
        let public = self.public_url.as_deref().is_none_or(|url| {
            url.parse::<http::Uri>()
                .ok()
                .is_some_and(|uri| uri.host().is_some_and(is_loopback_host))
        });
        public
            && self.http_addr.ip().is_loopback()
            && self.mqtt_listen.ip().is_loopback()
            && self.mqtts_listen.is_none_or(|addr| addr.ip().is_loopback())
            && self
                .mqtt_outside
                .as_ref()
                .is_none_or(outside::Server::is_here)
            && self.trusted_proxies.is_empty()
    }
}

/// Whether a host name, as in a URL or a `Host` header without its port, is this machine.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text
        .strip_prefix("localhost:")
        .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric
        .parse()
        .map_err(|_| "is not an address such as 127.0.0.1:3000".to_owned())
}

fn path(folder: &Path, text: &str) -> Result<PathBuf, String> {
    std::path::absolute(folder.join(text)).map_err(|e| format!("is not a path: {e}"))
}

fn public_url(text: &str) -> Result<String, String> {
    let wrong = || "is not an address such as https://linli.example".to_owned();
    let uri: http::Uri = text.parse().map_err(|_| wrong())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
        return Err(wrong());
    }
    if uri
        .path_and_query()
        .is_some_and(|rest| rest.as_str() != "/")
    {
        return Err("has a path: Linli answers at the root of a host".to_owned());
    }
    if uri.authority().is_some_and(|a| a.as_str().contains('@')) {
        return Err(wrong());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Both files or neither.
fn tls(layers: &Layers, folder: &Path) -> Result<Option<TlsFiles>, Failure> {
    let file = |key| layers.parse(key, |text| path(folder, text));
    let alone = |key: &str, other: &str| {
        Failure::setting(format!(
            "{} is set and {} is not: TLS needs both files",
            layers.name_of(key),
            layers.name_of(other)
        ))
    };
    match (file("tls_cert")?, file("tls_key")?) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (Some(_), None) => Err(alone("tls_cert", "tls_key")),
        (None, Some(_)) => Err(alone("tls_key", "tls_cert")),
    }
}

fn months(text: &str) -> Result<u16, String> {
    let months = text.parse().ok().filter(|months| *months >= FEWEST_MONTHS);
    months.ok_or_else(|| format!("must be a number of months, {FEWEST_MONTHS} or more"))
}

fn egress(text: &str) -> Result<Vec<IpNet>, String> {
    let networks = networks(text)?.into_iter();
    networks
        .map(|(ip, bits)| IpNet::new(ip, bits).map_err(|e| e.to_string()))
        .collect()
}

fn networks(text: &str) -> Result<Vec<(IpAddr, u8)>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            let wrong = || {
                format!("holds {item:?}, which is not a network such as 10.0.0.0/8 or an address")
            };
            let (ip, bits) = item
                .split_once('/')
                .map_or((item, None), |(ip, bits)| (ip, Some(bits)));
            let ip: IpAddr = ip.parse().map_err(|_| wrong())?;
            let most = if ip.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
            if bits > most {
                Err(wrong())
            } else {
                Ok((ip, bits))
            }
        })
        .collect()
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|e| format!("is not a filter such as info or info,sqlx=debug: {e}"))
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("is neither text nor json".to_owned()),
    }
}

fn smtp(layers: &Layers<'_>) -> Result<Option<Smtp>, Failure> {
    let url = layers.parse("smtp_url", smtp_url)?;
    let from = layers.parse("mail_from", |text| {
        text.parse::<Mailbox>()
            .map_err(|_| "must be a mail address, such as Linli <post@linli.example>".to_owned())
    })?;
    let (set, unset) = match (url, from) {
        (Some(url), Some(from)) => return Ok(Some(Smtp { url, from })),
        (None, None) => return Ok(None),
        (Some(_), None) => ("smtp_url", "mail_from"),
        (None, Some(_)) => ("mail_from", "smtp_url"),
    };
    Err(Failure::setting(format!(
        "{}: goes with {}, which is not set",
        layers.name_of(set),
        layers.name_of(unset)
    )))
}

/// Passwords and links must not cross a network in the clear by accident.
fn smtp_url(text: &str) -> Result<Secret, String> {
    let wrong = "must be smtps://user:password@host, or smtp://…:587?tls=required";
    let rest = text
        .strip_prefix("smtps://")
        .map(|rest| (rest, true))
        .or_else(|| text.strip_prefix("smtp://").map(|rest| (rest, false)));
    let Some((rest, tls)) = rest else {
        return Err(wrong.to_owned());
    };
    let host = rest.rsplit('@').next().unwrap_or(rest);
    let here = ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
        let port = host.strip_prefix(name);
        port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
    });
    if tls || here || text.ends_with("tls=required") {
        Ok(Secret::new(text))
    } else {
        Err(format!("would be plain text; {wrong}"))
    }
}

fn sms(layers: &Layers<'_>) -> Result<Option<Sms>, Failure> {
    let url = layers.parse("sms_url", sms_url)?;
    let token = layers.parse("sms_token", sms_token)?;
    let (set, unset) = match (url, token) {
        (Some(url), Some(token)) => return Ok(Some(Sms { url, token })),
        (None, None) => return Ok(None),
        (Some(_), None) => ("sms_url", "sms_token"),
        (None, Some(_)) => ("sms_token", "sms_url"),
    };
    Err(Failure::setting(format!(
        "{}: goes with {}, which is not set",
        layers.name_of(set),
        layers.name_of(unset)
    )))
}

/// Numbers and codes must not cross a network in the clear, and a secret has a setting of its own.
fn sms_url(text: &str) -> Result<String, String> {
    let wrong = || "must be https://host/path, or http:// on this machine alone".to_owned();
    let url: reqwest::Url = text.parse().map_err(|_| wrong())?;
    let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
    if !safe || url.host_str().is_none() {
        return Err(wrong());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("names a user; the token has a setting of its own".to_owned());
    }
    Ok(url.into())
}

fn sms_token(text: &str) -> Result<Secret, String> {
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(Secret::new(text))
    } else {
        Err("must be visible ASCII without spaces".to_owned())
    }
}

fn mebibytes(text: &str) -> Result<u64, String> {
    text.parse()
        .ok()
        .and_then(|mebibytes: u64| mebibytes.checked_mul(1 << 20))
        .ok_or_else(|| "must be a number of MiB, such as 1024".to_owned())
}

fn metrics_token(text: &str) -> Result<Secret, String> {
    if text.len() < 16 {
        return Err("is shorter than 16 characters".to_owned());
    }
    Ok(Secret::new(text))
}

fn database_url(text: &str) -> Result<Secret, String> {
    let right = text.starts_with("postgres://") || text.starts_with("postgresql://");
    if !right || text.parse::<sqlx::postgres::PgConnectOptions>().is_err() {
        return Err("is not a URL such as postgres://linli_app:…@db.example:5432/linli".to_owned());
    }
    Ok(Secret::new(text))
}

fn database(layers: &Layers) -> Result<Database, Failure> {
    let serving = layers.parse("database_url", database_url)?;
    let owner = layers.parse("owner_database_url", database_url)?;
    Ok(match (serving, owner) {
        (None, None) => Database::Embedded,
        (serving, owner) => Database::Outside { serving, owner },
    })
}

/// `target/site` where the project was built; `site` beside an installed program.
fn default_site_root(folder: &Path, beside: Option<&Path>) -> PathBuf {
    let built = folder.join("target/site");
    match beside {
        Some(beside) if !built.is_dir() => beside.join("site"),
        _ => built,
    }
}

/// The setting `key` of the table; the table is a constant, so a missing one is a slip in this crate.
pub(crate) fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
