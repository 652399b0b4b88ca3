use super::*;

/// A folder of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let dir =
            std::env::temp_dir().join(format!("linli-config-{:032x}", rand::random::<u128>()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn with(self, name: &str, text: &str) -> Self {
        std::fs::write(self.0.join(name), text).unwrap();
        self
    }

    fn load(&self, args: &[&str], env: &[(&str, &str)]) -> Result<Config, Failure> {
        let command = flags(clap::Command::new("linli").subcommand(clap::Command::new("serve")));
        let matches = command
            .try_get_matches_from(["linli", "serve"].iter().chain(args))
            .unwrap();
        let (_, matches) = matches.subcommand().unwrap();
        let env = |name: &str| {
            env.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        };
        Config::from_parts(matches, &env, &self.0, Some(Path::new("/opt/linli")))
    }

    fn refusal(&self, args: &[&str], env: &[(&str, &str)]) -> String {
        let failure = self.load(args, env).unwrap_err();
        assert_eq!(failure.status(), 2);
        let line = failure.to_string();
        assert!(!line.contains('\n'), "more than one line: {line}");
        line
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn defaults() {
    let folder = Folder::new();
    let config = folder.load(&[], &[]).unwrap();
    assert_eq!(config.http_addr.to_string(), "127.0.0.1:3000");
    assert_eq!(config.mqtt_listen.to_string(), "127.0.0.1:1883");
    assert_eq!(config.data_dir, folder.0.join(".linli"));
    assert_eq!(config.key_file, folder.0.join(".linli/keys"));
    assert_eq!(config.database, Database::Embedded);
    assert_eq!(config.site_root, Path::new("/opt/linli/site"));
    assert_eq!(config.spare_disk, 1 << 30);
    assert_eq!(config.log, "info");
    assert!(config.public_url.is_none());
    assert!(config.stays_on_this_machine());

    std::fs::create_dir_all(folder.0.join("target/site")).unwrap();
    let config = folder.load(&[], &[]).unwrap();
    assert_eq!(config.site_root, folder.0.join("target/site"));
}

#[test]
fn flags_win_over_environment_over_file() {
    let folder = Folder::new().with("linli.toml", "http_addr = '127.0.0.1:1'\nlog = 'warn'\n");
    let at = |args: &[&str], env: &[(&str, &str)]| folder.load(args, env).unwrap().http_addr.port();
    let env = [("LINLI_HTTP_ADDR", "127.0.0.1:2")];
    assert_eq!(at(&[], &[]), 1);
    assert_eq!(at(&[], &env), 2);
    assert_eq!(at(&["--http-addr", "127.0.0.1:3"], &env), 3);
    assert_eq!(at(&[], &[("LINLI_HTTP_ADDR", "")]), 1, "empty is unset");
    assert_eq!(folder.load(&[], &env).unwrap().log, "warn");
}

#[test]
fn a_named_file_replaces_the_default_one_and_must_be_there() {
    let folder = Folder::new()
        .with("linli.toml", "log = 'warn'\n")
        .with("other.toml", "data_dir = 'd'\n");
    let config = folder.load(&["--config", "other.toml"], &[]).unwrap();
    assert_eq!(config.log, "info");
    assert_eq!(config.key_file, folder.0.join("d/keys"));
    let line = folder.refusal(&[], &[("LINLI_CONFIG", "none.toml")]);
    assert!(line.starts_with("LINLI_CONFIG: "), "{line}");
}

#[test]
fn a_wrong_setting_is_named_as_its_author_named_it() {
    let folder = Folder::new();
    for (env, value) in [
        ("LINLI_HTTP_ADDR", "3000"),
        ("LINLI_MQTT_LISTEN", "127.0.0.1:99999"),
        ("LINLI_PUBLIC_URL", "linli.example"),
        ("LINLI_PUBLIC_URL", "https://linli.example/path"),
        ("LINLI_PUBLIC_URL", "https://me:pw@linli.example"),
        ("LINLI_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("LINLI_TRUSTED_PROXIES", "proxy"),
        ("LINLI_MQTTS_LISTEN", "8883"),
        ("LINLI_MQTTS_LISTEN", "127.0.0.1:8883"),
        ("LINLI_READINGS_KEPT", "12"),
        ("LINLI_READINGS_KEPT", "3 years"),
        ("LINLI_SPARE_DISK", "1 GiB"),
        ("LINLI_MAIL_FROM", "Linli"),
        ("LINLI_SPARE_DISK", "99999999999999999999"),
        ("LINLI_LOG", "linli=loud"),
        ("LINLI_LOG_FORMAT", "xml"),
    ] {
        let line = folder.refusal(&[], &[(env, value)]);
        assert!(line.starts_with(&format!("{env}: ")), "{line}");
    }
    let line = folder.refusal(&["--http-addr", "x"], &[]);
    assert!(line.starts_with("--http-addr: "), "{line}");
    let folder = folder.with("linli.toml", "http_addr = 'x'");
    let line = folder.refusal(&[], &[]);
    assert!(line.starts_with("http_addr in "), "{line}");
}

#[test]
fn mail_goes_encrypted_and_from_somebody() {
    let folder = Folder::new();
    for (url, wrong) in [
        ("mail.linli.example", "must be smtps://"),
        ("smtp://me:pw@mail.linli.example:587", "plain text"),
        ("smtp://me:pw@localhost.evil.example", "plain text"),
        ("smtps://me:pw@mail.linli.example", "LINLI_MAIL_FROM"),
    ] {
        let line = folder.refusal(&[], &[("LINLI_SMTP_URL", url)]);
        assert!(line.starts_with("LINLI_SMTP_URL"), "{line}");
        assert!(line.contains(wrong) && !line.contains("pw"), "{line}");
    }
    let line = folder.refusal(&[], &[("LINLI_MAIL_FROM", "post@linli.example")]);
    assert!(line.contains("LINLI_SMTP_URL"), "{line}");
    for url in [
        "smtps://me:pw@mail.example",
        "smtp://mail.example:587?tls=required",
        "smtp://127.0.0.1:25",
    ] {
        let from = ("LINLI_MAIL_FROM", "邻里 <post@linli.example>");
        let config = folder.load(&[], &[("LINLI_SMTP_URL", url), from]).unwrap();
        assert_eq!(
            config.smtp.unwrap().from.email.to_string(),
            "post@linli.example"
        );
    }
}

#[test]
fn sms_go_encrypted_and_with_a_token() {
    let folder = Folder::new();
    for (url, wrong) in [
        ("sms.example", "must be https://"),
        ("http://sms.example/send", "must be https://"),
        ("http://localhost.evil.example/send", "must be https://"),
        ("ftp://127.0.0.1/send", "must be https://"),
        ("https://me:pw@sms.example/send", "names a user"),
        ("https://sms.example/send", "LINLI_SMS_TOKEN"),
    ] {
        let line = folder.refusal(&[], &[("LINLI_SMS_URL", url)]);
        assert!(line.starts_with("LINLI_SMS_URL"), "{line}");
        assert!(line.contains(wrong) && !line.contains("pw"), "{line}");
    }
    for token in ["s3cret", "s3 cret"] {
        let line = folder.refusal(&[], &[("LINLI_SMS_TOKEN", token)]);
        assert!(line.starts_with("LINLI_SMS_TOKEN"), "{line}");
        assert!(!line.contains("cret"), "{line}");
    }
    for url in ["https://sms.example/send?v=1", "http://127.0.0.1:9100/"] {
        let token = ("LINLI_SMS_TOKEN", "s3cret");
        let config = folder.load(&[], &[("LINLI_SMS_URL", url), token]);
        assert_eq!(config.unwrap().sms.unwrap().url, url);
    }
}

#[test]
fn unknown_keys_and_broken_files_are_refused() {
    let folder = Folder::new().with("linli.toml", "log = 'info'\nhttp_adr = 'x'\n");
    let line = folder.refusal(&[], &[]);
    assert!(line.contains(r#"unknown setting "http_adr""#), "{line}");
    let folder = folder.with("linli.toml", "log = 'info'\nlog = \n");
    let line = folder.refusal(&[], &[]);
    assert!(line.contains("linli.toml, line 2"), "{line}");
    let folder = folder.with("linli.toml", "log = 3\n");
    let line = folder.refusal(&[], &[]);
    assert!(line.starts_with("log in "), "{line}");
}

#[test]
fn plain_text_off_loopback_needs_a_proxy() {
    let folder = Folder::new();
    for env in ["LINLI_HTTP_ADDR", "LINLI_MQTT_LISTEN"] {
        for addr in ["0.0.0.0:4000", "192.168.1.5:4000", "[::]:4000"] {
            let line = folder.refusal(&[], &[(env, addr)]);
            assert!(
                line.starts_with(env) && line.contains("LINLI_TRUSTED_PROXIES"),
                "{line}"
            );
            let config = folder
                .load(
                    &[],
                    &[(env, addr), ("LINLI_TRUSTED_PROXIES", "10.0.0.0/8, ::1")],
                )
                .unwrap();
            assert_eq!(config.trusted_proxies.len(), 2);
            assert!(!config.stays_on_this_machine());
        }
        folder.load(&[], &[(env, "[::1]:4000")]).unwrap();
        folder.load(&[], &[(env, "localhost:4000")]).unwrap();
    }
}

#[test]
fn what_may_be_dialled() {
    let folder = Folder::new();
    let config = folder.load(&[], &[]).unwrap();
    assert!(config.egress(false).is_empty());
    assert_eq!(config.egress(true).len(), 2);
    let list = [("LINLI_EGRESS_ALLOW", "10.3.0.0/16, 192.168.3.7, fd00::/8")];
    let config = folder.load(&[], &list).unwrap();
    let shown: Vec<String> = config
        .egress(false)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(shown, ["10.3.0.0/16", "192.168.3.7/32", "fd00::/8"]);
    let line = folder.refusal(&[], &[("LINLI_EGRESS_ALLOW", "10.3.0.0/33")]);
    assert!(line.starts_with("LINLI_EGRESS_ALLOW"), "{line}");
}

#[test]
fn secrets_are_never_shown() {
    let folder = Folder::new();
    let line = folder.refusal(&[], &[("LINLI_DATABASE_URL", "mysql://u:hunter2@h/d")]);
    assert!(
        line.starts_with("LINLI_DATABASE_URL ") && !line.contains("hunter2"),
        "{line}"
    );
    let line = folder.refusal(&[], &[("LINLI_METRICS_TOKEN", "hunter2")]);
    assert!(
        line.starts_with("LINLI_METRICS_TOKEN ") && !line.contains("hunter2"),
        "{line}"
    );
    let config = folder
        .load(
            &[],
            &[
                (
                    "LINLI_DATABASE_URL",
                    "postgres://linli_app:hunter2@db/linli",
                ),
                (
                    "LINLI_OWNER_DATABASE_URL",
                    "postgres://linli_owner:hunter2@db/linli",
                ),
                ("LINLI_METRICS_TOKEN", "hunter2-hunter2-hunter2"),
            ],
        )
        .unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_public_name_is_not_this_machine() {
    let folder = Folder::new();
    let stays = |url: &str| {
        folder
            .load(&["--public-url", url], &[])
            .unwrap()
            .stays_on_this_machine()
    };
    assert!(stays("http://localhost:3000/"));
    assert!(stays("http://[::1]:3000"));
    assert!(!stays("https://linli.example"));
    assert!(!stays("http://192.168.1.5:3000"));
}

#[test]
fn tls_takes_both_files_and_makes_the_site_https() {
    let folder = Folder::new();
    for (set, missing) in [
        ("LINLI_TLS_CERT", "LINLI_TLS_KEY"),
        ("LINLI_TLS_KEY", "LINLI_TLS_CERT"),
    ] {
        let line = folder.refusal(&[], &[(set, "a.pem")]);
        assert!(line.starts_with(set) && line.contains(missing), "{line}");
    }
    let both = [("LINLI_TLS_CERT", "a.pem"), ("LINLI_TLS_KEY", "b.pem")];
    let config = folder.load(&[], &both).unwrap();
    let files = config.tls.as_ref().unwrap();
    assert_eq!(files.cert, folder.0.join("a.pem"));
    assert_eq!(files.key, folder.0.join("b.pem"));
    assert_eq!(
        config.public_url_at(config.http_addr),
        "https://127.0.0.1:3000"
    );
    let line = folder.refusal(&["--public-url", "http://linli.example"], &both);
    assert!(line.starts_with("--public-url: "), "{line}");
}

#[test]
fn tls_opens_http_to_others_but_not_mqtt() {
    let folder = Folder::new();
    let tls = ["--tls-cert", "a.pem", "--tls-key", "b.pem"];
    let config = folder
        .load(&tls, &[("LINLI_HTTP_ADDR", "0.0.0.0:443")])
        .unwrap();
    assert!(!config.stays_on_this_machine());
    let line = folder.refusal(&tls, &[("LINLI_MQTT_LISTEN", "0.0.0.0:1883")]);
    assert!(line.starts_with("LINLI_MQTT_LISTEN: "), "{line}");
    let line = folder.refusal(&[], &[("LINLI_HTTP_ADDR", "0.0.0.0:80")]);
    assert!(line.contains("LINLI_TLS_CERT"), "{line}");
}
