//! `linli doctor`: looks at an installation, says what is wrong with it and how to mend it.
//!
//! It changes nothing and takes no lock, so it works beside a running server as well as without
//! one. All checks run at once and each has a few seconds, so it ends whatever hangs.

mod database;
mod files;
mod network;
mod patient;
mod walls;

use std::{io::Write, pin::Pin, sync::Arc, time::Duration};

use futures_util::future::join_all;
use serde::Serialize;
use tokio::time::timeout;

use self::patient::Patient;
use crate::{config::Config, failure::Failure};

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a finding means. A word and not a colour, so that everybody can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mark {
    Ok,
    /// Worth knowing; nothing has to be done about it now.
    Note,
    Wrong,
}

impl Mark {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Wrong => "WRONG",
        }
    }
}

/// What a check found, without any secret.
#[derive(Debug, Serialize)]
struct Finding {
    mark: Mark,
    what: String,
    /// What somebody can do about it.
    mend: Option<String>,
}

impl Finding {
    fn ok(what: impl Into<String>) -> Self {
        Self::new(Mark::Ok, what, None)
    }

    fn note(what: impl Into<String>) -> Self {
        Self::new(Mark::Note, what, None)
    }

    fn wrong(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(Mark::Wrong, what, Some(mend.into()))
    }

    /// A failure of ours already says what to do.
    fn failed(failure: &Failure) -> Self {
        Self::new(Mark::Wrong, failure.to_string(), None)
    }

    fn new(mark: Mark, what: impl Into<String>, mend: Option<String>) -> Self {
        // One line a check: PostgreSQL's words and printed SQL may have more.
        let line = |text: String| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        Self {
            mark,
            what: line(what.into()),
            mend: mend.map(line),
        }
    }
}

type Looking = Pin<Box<dyn Future<Output = Finding> + Send>>;

/// One thing to look at.
struct Check {
    subject: &'static str,
    look: fn(Arc<Patient>) -> Looking,
}

/// Looks that wait for a disk or for `/proc` and for nothing else.
fn on_disk(look: impl FnOnce() -> Finding + Send + 'static) -> Looking {
    Box::pin(async {
        tokio::task::spawn_blocking(look).await.unwrap_or_else(|e| {
            Finding::wrong(format!("the check itself failed: {e}"), "report it")
        })
    })
}

#[rustfmt::skip]
const CHECKS: &[Check] = &[
    Check { subject: "settings", look: |p| on_disk(move || network::settings(&p)) },
    Check { subject: "certificate", look: |p| on_disk(move || files::certificate(&p)) },
    Check { subject: "data directory", look: |p| on_disk(move || files::data_dir(&p)) },
    Check { subject: "disk space", look: |p| on_disk(move || files::disk_space(&p)) },
    Check { subject: "site files", look: |p| on_disk(move || files::site(&p)) },
    Check { subject: "key file", look: |p| on_disk(move || files::key(&p)) },
    Check { subject: "stored secrets", look: |p| Box::pin(database::secrets(p)) },
    Check { subject: "PostgreSQL", look: |p| Box::pin(database::server(p)) },
    Check { subject: "serving login", look: |p| Box::pin(database::serving(p)) },
    Check { subject: "migrating login", look: |p| Box::pin(async move { database::migrating(&p) }) },
    Check { subject: "migrations", look: |p| Box::pin(database::migrations(p)) },
    Check { subject: "row security", look: |p| Box::pin(walls::tables(p)) },
    Check { subject: "partitions", look: |p| Box::pin(walls::partitions(p)) },
    Check { subject: "definer functions", look: |p| Box::pin(walls::functions(p)) },
    Check { subject: "clock", look: |p| Box::pin(database::clock(p)) },
    Check { subject: "HTTP port", look: |p| on_disk(move || network::http_port(&p)) },
    Check { subject: "broker", look: |p| on_disk(move || network::broker(&p)) },
    Check { subject: "demo log-ins", look: |p| Box::pin(database::demo(p)) },
    Check { subject: "mail and SMS", look: |p| on_disk(move || network::channels(&p)) },
];

/// Looks at everything and prints one line a check, or JSON.
///
/// # Errors
/// A setting without which there is nothing to look at, with status 2; with status 1 how much is
/// wrong.
pub async fn run(config: &Config, json: bool) -> Result<(), Failure> {
    let patient = Arc::new(Patient::meet(config).await?);
    let findings = join_all(CHECKS.iter().map(async |check| {
        let look = timeout(PATIENCE, (check.look)(Arc::clone(&patient)));
        let finding = look.await.unwrap_or_else(|_| {
            Finding::wrong(
                format!("no answer within {} s", PATIENCE.as_secs()),
                "see what keeps it: a dead disk, a network that swallows, a database under load",
            )
        });
        (check.subject, finding)
    }))
    .await;
    let text = if json {
        as_json(&findings)
    } else {
        as_lines(&findings)
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| Failure::work(format!("cannot write to standard output: {e}")))?;
    match count(&findings, Mark::Wrong) {
        0 => Ok(()),
        1 => Err(Failure::work("one thing is wrong")),
        n => Err(Failure::work(format!("{n} things are wrong"))),
    }
}

fn count(findings: &[(&str, Finding)], mark: Mark) -> usize {
    findings
        .iter()
        .filter(|(_, found)| found.mark == mark)
        .count()
}

fn as_lines(findings: &[(&str, Finding)]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for (subject, found) in findings {
        let mend = found
            .mend
            .as_ref()
            .map_or_else(String::new, |mend| format!("; to mend it: {mend}"));
        let word = found.mark.word();
        let _ = writeln!(text, "{word:<5}  {subject:<17}  {}{mend}", found.what);
    }
    let [ok, notes, wrong] = [Mark::Ok, Mark::Note, Mark::Wrong].map(|mark| count(findings, mark));
    let _ = writeln!(text, "{ok} ok, {notes} to note, {wrong} wrong");
    text
}

fn as_json(findings: &[(&str, Finding)]) -> String {
    let checks: Vec<_> = findings
        .iter()
        .map(|(subject, found)| {
            serde_json::json!({
                "subject": subject, "mark": found.mark, "what": found.what, "mend": found.mend,
            })
        })
        .collect();
    let [ok, note, wrong] = [Mark::Ok, Mark::Note, Mark::Wrong].map(|mark| count(findings, mark));
    let all = serde_json::json!({
        "checks": checks, "counts": { "ok": ok, "note": note, "wrong": wrong },
    });
    format!("{all:#}\n")
}
