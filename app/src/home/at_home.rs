//! What the owner's frame tells the pages inside it.

use domain::{HouseholdId, estates::Home, identity::Me};
use leptos::prelude::*;

/// Who is at home, and in which of their homes.
#[derive(Clone, Copy, Debug)]
pub struct AtHome {
    me: StoredValue<Option<Me>>,
    pub homes: StoredValue<Vec<Home>>,
    /// The home in the address, else the one before it, else the first.
    pub chosen: Memo<Option<HouseholdId>>,
}

impl AtHome {
    /// What the frame knows; `asked` is the home that the address names.
    #[must_use]
    pub fn new(me: Option<Me>, homes: Vec<Home>, asked: Signal<Option<HouseholdId>>) -> Self {
        let homes = StoredValue::new(homes);
        let chosen = Memo::new(move |before: Option<&Option<HouseholdId>>| {
            homes.with_value(|homes| {
                let mine = |id: &HouseholdId| homes.iter().any(|home| home.household == *id);
                let before = || before.copied().flatten();
                let first = || homes.first().map(|home| home.household);
                asked.get().filter(mine).or_else(before).or_else(first)
            })
        });
        Self { me: StoredValue::new(me), homes, chosen }
    }

    /// The company's slug for the live connection, which waits until it is there.
    #[must_use]
    pub fn tenant(&self) -> Signal<Option<String>> {
        Signal::stored(self.me.with_value(|me| me.as_ref().map(|me| me.slug.clone())))
    }

    /// The person and the company that looks after the home.
    #[must_use]
    pub fn names(&self) -> (String, String) {
        self.me.with_value(|me| {
            let names = me.as_ref().map(|me| (me.name.clone(), me.tenant_name.clone()));
            names.unwrap_or_default()
        })
    }

    /// The company's zone now, in seconds east of UTC.
    #[must_use]
    pub fn offset_s(&self) -> i32 {
        self.me.with_value(|me| me.as_ref().map(|me| me.utc_offset_s).unwrap_or_default())
    }
}

/// What the frame around this page knows.
#[must_use]
pub fn use_at_home() -> AtHome {
    use_context().unwrap_or_else(|| AtHome::new(None, Vec::new(), Signal::stored(None)))
}
