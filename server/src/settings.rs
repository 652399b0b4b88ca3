//! The table of settings, and the layers that a value may come from.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::ArgMatches;

use crate::{config::setting, failure::Failure};

/// One setting and its three names.
#[derive(Debug)]
pub(crate) struct Setting {
    /// In the TOML file.
    pub(crate) key: &'static str,
    /// On the command line, without the dashes.
    pub(crate) flag: &'static str,
    /// In the environment.
    pub(crate) env: &'static str,
    /// Its value is never repeated in an error line.
    pub(crate) secret: bool,
    pub(crate) help: &'static str,
}

const fn open(
    key: &'static str,
    flag: &'static str,
    env: &'static str,
    help: &'static str,
) -> Setting {
    Setting {
        key,
        flag,
        env,
        secret: false,
        help,
    }
}

const fn secret(
    key: &'static str,
    flag: &'static str,
    env: &'static str,
    help: &'static str,
) -> Setting {
    Setting {
        key,
        flag,
        env,
        secret: true,
        help,
    }
}

/// Every setting that there is.
#[rustfmt::skip]
pub(crate) const SETTINGS: &[Setting] = &[
    open("config", "config", "LINLI_CONFIG", "TOML file with settings; linli.toml where it is there"),
    open("http_addr", "http-addr", "LINLI_HTTP_ADDR", "Where HTTP listens; default 127.0.0.1:3000"),
    open("public_url", "public-url", "LINLI_PUBLIC_URL", "What browsers call the site; default http:// (https:// with TLS) and the address"),
    open("data_dir", "data-dir", "LINLI_DATA_DIR", "Folder for the database, keys and logs; default .linli"),
    secret("database_url", "database-url", "LINLI_DATABASE_URL", "An outside database, with the serving login; default an embedded PostgreSQL"),
    secret("owner_database_url", "owner-database-url", "LINLI_OWNER_DATABASE_URL", "The outside database, with the login that migrates"),
    open("mqtt_listen", "mqtt-listen", "LINLI_MQTT_LISTEN", "Where the embedded broker listens; default 127.0.0.1:1883"),
    open("mqtts_listen", "mqtts-listen", "LINLI_MQTTS_LISTEN", "Where the embedded broker listens for TLS, with the certificate of HTTP; unset: nowhere"),
    secret("mqtt_url", "mqtt-url", "LINLI_MQTT_URL", "An outside broker, mqtt://user:password@host:port or mqtts://; default the embedded one"),
    open("tls_cert", "tls-cert", "LINLI_TLS_CERT", "PEM file with the certificate and its chain: HTTP then speaks TLS only"),
    open("tls_key", "tls-key", "LINLI_TLS_KEY", "PEM file with the certificate's private key"),
    open("trusted_proxies", "trusted-proxies", "LINLI_TRUSTED_PROXIES", "Networks of the proxies that end TLS in front of Linli, with commas between"),
    open("egress_allow", "egress-allow", "LINLI_EGRESS_ALLOW", "Networks beside the open internet that addresses people type may be in, with commas between"),
    open("key_file", "key-file", "LINLI_KEY_FILE", "The master key; made on the first start; default keys in the data folder"),
    open("readings_kept", "readings-kept", "LINLI_READINGS_KEPT", "Months of readings that are kept, at least 24; unset: all"),
    open("spare_disk", "spare-disk", "LINLI_SPARE_DISK", "Room on disk in MiB that doctor wants to find free; default 1024"),
    open("site_root", "site-root", "LINLI_SITE_ROOT", "The built site; default target/site, or site beside the program"),
    open("log", "log", "LINLI_LOG", "What is logged; default info"),
    open("log_format", "log-format", "LINLI_LOG_FORMAT", "text or json; default text"),
    secret("smtp_url", "smtp-url", "LINLI_SMTP_URL", "The server that takes mail, smtps://user:password@host; unset: no mail"),
    open("mail_from", "mail-from", "LINLI_MAIL_FROM", "Whom mail comes from; needed with smtp-url"),
    secret("sms_url", "sms-url", "LINLI_SMS_URL", "The gateway that takes SMS, https://…; unset: no codes by SMS"),
    secret("sms_token", "sms-token", "LINLI_SMS_TOKEN", "Bearer token for it; needed with sms-url"),
    secret("metrics_token", "metrics-token", "LINLI_METRICS_TOKEN", "Bearer token for /metrics from elsewhere; unset: loopback only"),
];

/// The layers, highest first.
pub(crate) struct Layers<'a> {
    flags: &'a ArgMatches,
    env: &'a dyn Fn(&str) -> Option<OsString>,
    file: Option<(PathBuf, toml::Table)>,
}

impl<'a> Layers<'a> {
    /// Finds the configuration file by the upper two layers and reads it.
    ///
    /// # Errors
    /// A file that was named and is not there, is not TOML, or holds an unknown key.
    pub(crate) fn read(
        flags: &'a ArgMatches,
        env: &'a dyn Fn(&str) -> Option<OsString>,
        folder: &Path,
    ) -> Result<Self, Failure> {
        let mut layers = Self {
            flags,
            env,
            file: None,
        };
        let named = layers.parse("config", |text| Ok(folder.join(text)))?;
        let wanted = named.is_some();
        let path = named.unwrap_or_else(|| folder.join("linli.toml"));
        match std::fs::read_to_string(&path) {
            Ok(text) => layers.file = Some((path.clone(), table(&path, &text)?)),
            Err(e) if !wanted && e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => {
                return Err(Failure::setting(format!(
                    "{}: {} cannot be read: {e}",
                    layers.name_of("config"),
                    path.display()
                )));
            }
        }
        Ok(layers)
    }

    /// The value of `key` from the highest layer that has one, through `parse`. An empty value
    /// counts as unset, which is how compose files pass on a variable that nobody set.
    ///
    /// # Errors
    /// One line with the name that the value came by, and what is wrong with it.
    pub(crate) fn parse<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let Some((name, text)) = self.find(key)? else {
            return Ok(None);
        };
        parse(&text).map(Some).map_err(|wrong| {
            let secret = setting(key).is_some_and(|setting| setting.secret);
            Failure::setting(if secret {
                format!("{name} {wrong}")
            } else {
                format!("{name}: {text:?} {wrong}")
            })
        })
    }

    /// What the person called the setting: a flag, a variable, or a key of the file.
    pub(crate) fn name_of(&self, key: &str) -> String {
        match self.find(key) {
            Ok(Some((name, _))) => name,
            _ => setting(key).map_or_else(|| key.to_owned(), |setting| setting.env.to_owned()),
        }
    }

    fn find(&self, key: &str) -> Result<Option<(String, String)>, Failure> {
        let Some(setting) = setting(key) else {
            return Ok(None);
        };
        if let Ok(Some(text)) = self.flags.try_get_one::<String>(key)
            && !text.is_empty()
        {
            return Ok(Some((format!("--{}", setting.flag), text.clone())));
        }
        if let Some(raw) = (self.env)(setting.env)
            && !raw.is_empty()
        {
            let text = raw.into_string().map_err(|_| {
                Failure::setting(format!("{}: the value is not UTF-8", setting.env))
            })?;
            return Ok(Some((setting.env.to_owned(), text)));
        }
        let Some((path, table)) = &self.file else {
            return Ok(None);
        };
        let Some(value) = table.get(key) else {
            return Ok(None);
        };
        let name = format!("{key} in {}", path.display());
        let text = plain(value).ok_or_else(|| {
            Failure::setting(format!("{name} is neither text nor a list of texts"))
        })?;
        Ok((!text.is_empty()).then_some((name, text)))
    }
}

fn table(path: &Path, text: &str) -> Result<toml::Table, Failure> {
    let shown = path.display();
    let table: toml::Table = toml::from_str(text).map_err(|e| {
        let line = e
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        Failure::setting(format!(
            "{shown}, line {line}: {}",
            e.message().replace('\n', ", ")
        ))
    })?;
    match table
        .keys()
        .find(|key| *key == "config" || setting(key).is_none())
    {
        Some(unknown) => Err(Failure::setting(format!(
            "{shown}: unknown setting {unknown:?}"
        ))),
        None => Ok(table),
    }
}

fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Array(items) => items
            .iter()
            .map(toml::Value::as_str)
            .collect::<Option<Vec<_>>>()
            .map(|items| items.join(",")),
        _ => None,
    }
}
