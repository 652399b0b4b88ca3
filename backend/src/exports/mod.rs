//! What people take along: lists as they are shown, as workbooks, and all of a company as an
//! archive.
//!
//! The room has no SQL of its own: it asks for page after page of what other rooms' verbs show the
//! asker, so that a file holds what the page would have shown, masked as it is there. No list is held
//! in memory as a whole. Each file leaves an entry of evidence: what was taken, by which filters, and
//! about how much.

mod company;
#[cfg(test)]
mod company_tests;
mod lists;
mod registers;
mod tables;
#[cfg(test)]
mod tests;
mod workbook;

use domain::page::{MAX_LIMIT, Page, PageAsk};

pub use self::{
    company::{Taken, company},
    lists::{DeviceWords, ResidentWords, credentials, devices, residents, units},
};

/// Page after page of a list.
struct Pages {
    ask: Option<PageAsk>,
    rows: u32,
}

impl Pages {
    const fn new() -> Self {
        Self {
            ask: Some(PageAsk::longest()),
            rows: 0,
        }
    }

    /// The next page to ask for, if there is one.
    fn next(&mut self) -> Option<PageAsk> {
        self.ask.take()
    }

    /// What is on a page.
    fn take<T>(&mut self, page: Page<T>) -> Vec<T> {
        self.ask = page.next.map(|next| PageAsk {
            cursor: Some(next),
            limit: Some(MAX_LIMIT),
        });
        let rows = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
        self.rows = self.rows.saturating_add(rows);
        page.items
    }

    const fn about(&self) -> &'static str {
        about(self.rows)
    }
}

/// About how many rows there were, as an entry of evidence says it: those hold no values.
const fn about(rows: u32) -> &'static str {
    match rows {
        0..=10 => "up_to_10",
        11..=100 => "up_to_100",
        101..=1_000 => "up_to_1000",
        1_001..=10_000 => "up_to_10000",
        _ => "over_10000",
    }
}
