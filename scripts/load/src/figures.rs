//! CPU time and percentiles.

use std::{
    collections::BTreeMap,
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// Linux counts CPU time in hundredths of a second for everybody.
const TICKS: f64 = 100.0;

/// A process whose CPU time is wanted.
#[derive(Debug, Clone, Deserialize)]
pub struct Process {
    pub name: String,
    pub pid: u32,
    /// With its children, those that have ended included: Postgres has one for each connection.
    #[serde(default)]
    pub children: bool,
}

/// CPU seconds since each process began, by name, and our own.
pub fn cpu(processes: &[Process]) -> BTreeMap<String, f64> {
    let mut used = BTreeMap::from([("own".to_owned(), seconds(std::process::id(), false).1)]);
    for process in processes {
        let mut all = seconds(process.pid, process.children).1;
        if process.children {
            all += living()
                .filter(|(parent, _)| *parent == process.pid)
                .map(|(_, used)| used)
                .sum::<f64>();
        }
        used.insert(process.name.clone(), all);
    }
    used
}

/// What was used between two looks.
pub fn between(
    before: &BTreeMap<String, f64>,
    after: &BTreeMap<String, f64>,
) -> BTreeMap<String, f64> {
    let used =
        |(name, all): (&String, &f64)| (name.clone(), all - before.get(name).unwrap_or(&0.0));
    after.iter().map(used).collect()
}

/// Every process: its parent, and what it has used.
fn living() -> impl Iterator<Item = (u32, f64)> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = folders.filter_map(|folder| folder.file_name().to_str()?.parse::<u32>().ok());
    pids.map(|pid| seconds(pid, false))
}

/// The parent of a process, and its CPU seconds; nothing where it is gone. proc(5): after the name
/// in parentheses come the state, the parent, and as 12th to 15th our time, the kernel's for us, and
/// both again for children that were waited for.
fn seconds(pid: u32, waited_for: bool) -> (u32, f64) {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = text
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().collect())
        .unwrap_or_default();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u32>().ok());
    let last = if waited_for { 14 } else { 12 };
    let ticks: f64 = (11..=last).filter_map(number).map(f64::from).sum();
    (number(1).unwrap_or_default(), ticks / TICKS)
}

/// Milliseconds since 1970 UTC.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Of times in ms.
#[derive(Debug, Clone, Serialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p99: f64,
    pub of: usize,
}

impl Percentiles {
    pub fn of(mut times: Vec<f64>) -> Option<Self> {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied();
        Some(Self {
            p50: at(0.50)?,
            p99: at(0.99)?,
            of: times.len(),
        })
    }
}
