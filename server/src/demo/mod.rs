//! The demo: two companies that one can look around in, and devices that speak real MQTT and Modbus.
//!
//! The estate is made up on real conventions (server/demo/roster.csv, assets.csv); how its homes
//! use power and water follows measured ones (server/demo/curves.json, made by
//! scripts/make-curves). Log-ins and device secrets are published, so they work on loopback only.

mod cabinet;
mod curves;
mod estate;
mod fleet;
mod obey;
mod people;
mod seed;
mod simulate;

pub use seed::{Seeded, seed};
pub use simulate::{Options, simulate};

use backend::{identity::hex, kernel::keys::digest};
use domain::identity::Role;

/// The password of every demo log-in.
pub const PASSWORD: &str = "linli-demo-2026";

/// The demo's companies: slug, name, estate.
pub(crate) const COMPANIES: [Company; 2] = [
    Company {
        slug: "demo",
        name: "阳光物业",
        estate: "阳光花园",
        admin: "王敏",
        small: false,
    },
    Company {
        slug: "rival",
        name: "竞邻物业",
        estate: "梧桐苑",
        admin: "李建国",
        small: true,
    },
];

/// The first company's staff beside its admin: log-in, name, role. Each works at its estate.
pub(crate) const STAFF: [(&str, &str, Role); 3] = [
    ("finance@demo", "赵静", Role::Accountant),
    ("desk@demo", "陈晓雪", Role::FrontDesk),
    ("repair@demo", "刘建军", Role::Repairer),
];

/// Every log-in of the demo.
pub fn log_ins() -> impl Iterator<Item = String> {
    let pair = |company: Company| ["admin", "owner"].map(|who| format!("{who}@{}", company.slug));
    let staff = STAFF.into_iter().map(|(login, ..)| login.to_owned());
    COMPANIES.into_iter().flat_map(pair).chain(staff)
}

/// One demo company.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Company {
    pub(crate) slug: &'static str,
    pub(crate) name: &'static str,
    pub(crate) estate: &'static str,
    pub(crate) admin: &'static str,
    /// One building instead of the whole roster.
    pub(crate) small: bool,
}

/// Whether a company is one of the demo's.
#[must_use]
pub fn is_demo(slug: &str) -> bool {
    COMPANIES.iter().any(|company| company.slug == slug)
}

/// The secret of a demo device. Anybody can work it out, and so it is refused off loopback.
#[must_use]
pub fn device_secret(slug: &str, key: &str) -> String {
    hex(&digest(
        format!("linli demo device {slug}:{key}").as_bytes(),
    ))
}
