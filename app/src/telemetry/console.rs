//! What the console's frame tells the pages inside it.

use domain::{EstateId, estates::EstateSummary, identity::Me};
use leptos::prelude::*;

use crate::routes;

/// Who is at the desk, and which estate they look at.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    me: StoredValue<Option<Me>>,
    pub estates: RwSignal<Vec<EstateSummary>>,
    /// The estate in the address, else the one before it, else the first.
    pub chosen: Memo<Option<EstateId>>,
}

impl Console {
    /// What the frame knows; `asked` is the estate that the address names.
    #[must_use]
    pub fn new(
        me: Option<Me>,
        estates: RwSignal<Vec<EstateSummary>>,
        asked: Signal<Option<EstateId>>,
    ) -> Self {
        let chosen = Memo::new(move |before: Option<&Option<EstateId>>| {
            let asked = asked.get();
            estates.with(|estates| {
                let known = |id: &EstateId| estates.iter().any(|estate| estate.id == *id);
                let before = || before.copied().flatten().filter(known);
                asked
                    .filter(known)
                    .or_else(before)
                    .or_else(|| estates.first().map(|estate| estate.id))
            })
        });
        Self { me: StoredValue::new(me), estates, chosen }
    }

    /// The company's slug, as it stands in topics.
    #[must_use]
    pub fn slug(&self) -> String {
        self.me.with_value(|me| me.as_ref().map(|me| me.slug.clone()).unwrap_or_default())
    }

    /// The same for the live connection, which waits until it is there.
    #[must_use]
    pub fn tenant(&self) -> Signal<Option<String>> {
        let slug = self.slug();
        Signal::stored((!slug.is_empty()).then_some(slug))
    }

    /// The company's zone now, in seconds east of UTC.
    #[must_use]
    pub fn offset_s(&self) -> i32 {
        self.me.with_value(|me| me.as_ref().map(|me| me.utc_offset_s).unwrap_or_default())
    }

    /// The chosen estate with its counts.
    #[must_use]
    pub fn estate(&self) -> Option<EstateSummary> {
        let chosen = self.chosen.get()?;
        self.estates.with(|estates| estates.iter().find(|estate| estate.id == chosen).cloned())
    }
}

/// What the frame around this page knows.
#[must_use]
pub fn use_console() -> Console {
    use_context()
        .unwrap_or_else(|| Console::new(None, RwSignal::new(Vec::new()), Signal::stored(None)))
}

/// The estate that an address names: in its path, else as `?estate=`.
#[must_use]
pub fn named(path: &str, query: Option<&str>) -> Option<EstateId> {
    let own = path.strip_prefix(routes::ESTATES).and_then(|rest| rest.strip_prefix('/'));
    own.or(query).and_then(|id| id.parse().ok())
}

/// The same page in another estate; of a page of one thing, the list that it is in.
#[must_use]
pub fn over_there(path: &str, estate: EstateId) -> String {
    if path.starts_with(routes::ESTATES) || path.starts_with("/console/units/") {
        routes::estate(estate)
    } else if path == routes::DEVICE_NEW {
        format!("{path}?estate={estate}")
    } else if path.starts_with(routes::DEVICES) {
        routes::devices(estate)
    } else if path.starts_with(routes::IMPORT) {
        routes::import(estate)
    } else {
        routes::dashboard(estate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estate() -> EstateId {
        "est_01JA0000000000000000000000".parse().unwrap()
    }

    #[test]
    fn an_estate_is_part_of_the_address() {
        let id = estate().to_string();
        assert_eq!(named(&routes::estate(estate()), None), Some(estate()));
        assert_eq!(named(routes::DEVICES, Some(&id)), Some(estate()));
        assert_eq!(named(routes::ESTATES, None), None);
        assert_eq!(named(routes::DEVICES, Some("unt_1")), None);
    }

    #[test]
    fn the_same_page_over_there() {
        let there = |path| over_there(path, estate());
        assert_eq!(there("/console/units/unt_1"), routes::estate(estate()));
        assert_eq!(there("/console/devices/dev_1"), routes::devices(estate()));
        assert_eq!(there("/console/devices/new"), format!("{}?estate={}", routes::DEVICE_NEW, estate()));
        assert_eq!(there("/console/import/imp_1"), routes::import(estate()));
        assert_eq!(there("/console/dashboard"), routes::dashboard(estate()));
    }
}
