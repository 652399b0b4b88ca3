//! Server functions of the audit log.

use domain::{audit::Entry, page::Page};
use leptos::prelude::*;

use crate::AppError;

/// One page of the company's entries, newest first. The arguments are as the address has them:
/// what cannot be read is refused, and named.
#[server(name = LoadAudit, prefix = "/fn", endpoint = "audit/list")]
pub async fn list_audit(
    #[server(default)] deed: String,
    #[server(default)] person: String,
    #[server(default)] subject: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] cursor: Option<String>,
) -> Result<Page<Entry>, AppError> {
    use domain::{
        audit::{Deeds, EntryFilter},
        page::PageAsk,
        problem::Check,
    };

    let cx = crate::cx().await?;
    let mut check = Check::default();
    let filter = EntryFilter {
        deeds: read(&mut check, "deed", &deed, Deeds::parse),
        person: read(&mut check, "person", &person, |text| text.parse().ok()),
        subject: read(&mut check, "subject", &subject, |text| text.parse().ok()),
        from: read(&mut check, "from", &from, |text| text.parse().ok()),
        to: read(&mut check, "to", &to, |text| text.parse().ok()),
    };
    let filter = check.done(Some(filter))?;
    let ask = PageAsk {
        cursor,
        limit: None,
    };
    Ok(backend::audit::list(&cx, &filter, &ask).await?)
}

/// Empty is the same as absent: a form sends every field.
#[cfg(feature = "ssr")]
fn read<T>(
    check: &mut domain::problem::Check,
    name: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    use domain::problem::Flaw;

    let read = (!text.is_empty()).then(|| parse(text).ok_or(Flaw::Malformed));
    check.take(name, read.transpose()).flatten()
}
