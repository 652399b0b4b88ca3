//! What the console's frame tells the pages inside it.

use domain::{
    Code, EstateId,
    estates::EstateBrief,
    identity::{Action, Hat, Me},
};
use leptos::prelude::*;

use crate::{
    AppError,
    estates::api::estates_in_brief,
    identity::api::me,
    load::{Loaded, resource},
    routes,
};

/// Who is at the desk, and the estates that they may see.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Desk {
    pub me: Me,
    pub estates: Vec<EstateBrief>,
}

impl Desk {
    /// The estate that is wanted, if it is one of these, else the first.
    #[must_use]
    pub fn pick(&self, wanted: Option<EstateId>) -> Option<&EstateBrief> {
        let found = self.estates.iter().find(|estate| Some(estate.id) == wanted);
        found.or_else(|| self.estates.first())
    }
}

/// Nobody is `None`; a resident has no estates here.
type Arrived = Result<Option<Desk>, AppError>;

/// The frame's data. Pages wait for it in their own resources ([`Console::desk`]): the frame does
/// not wait for them, because what a `Suspense` holds may be made twice, and with it their
/// resources.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    arrived: Loaded<Arrived>,
    /// The estate that the address names, else the one that it named last.
    pub wanted: Signal<Option<EstateId>>,
    /// The list as it was read anew.
    newer: RwSignal<Option<Vec<EstateBrief>>>,
}

async fn arrive() -> Arrived {
    let Some(me) = me().await? else {
        return Ok(None);
    };
    let estates = match me.hat {
        Hat::Staff if me.may(Action::ViewEstates) => estates_in_brief().await?,
        _ => Vec::new(),
    };
    Ok(Some(Desk { me, estates }))
}

impl Console {
    /// `asked` is the estate that the address names.
    #[must_use]
    pub fn new(asked: Signal<Option<EstateId>>) -> Self {
        let last = RwSignal::new(None);
        Effect::new(move |_| {
            if let Some(asked) = asked.get() {
                last.set(Some(asked));
            }
        });
        Self {
            arrived: resource(|| (), |()| arrive()),
            wanted: Signal::derive(move || asked.get().or_else(|| last.get())),
            newer: RwSignal::new(None),
        }
    }

    /// Who asked, as the frame sees it.
    ///
    /// # Errors
    /// What the server said.
    pub async fn arrived(self) -> Arrived {
        self.arrived.await
    }

    /// The desk.
    ///
    /// # Errors
    /// `unauthenticated` where nobody is logged in, and what the server said.
    pub async fn desk(self) -> Result<Desk, AppError> {
        let mut desk = self
            .arrived
            .await?
            // Without a status: the frame leads to the log-in, and its redirect stands.
            .ok_or(AppError(Code::Unauthenticated.into()))?;
        if let Some(newer) = self.newer.get_untracked() {
            desk.estates = newer;
        }
        Ok(desk)
    }

    /// The same, as far as it is there. Inside a `Suspense`, or in the browser.
    #[must_use]
    pub fn seen(self) -> Option<Desk> {
        let mut desk = self.arrived.get()?.ok()??;
        if let Some(newer) = self.newer.get() {
            desk.estates = newer;
        }
        Some(desk)
    }

    /// The chosen estate, as far as it is known.
    #[must_use]
    pub fn chosen(self) -> Option<EstateId> {
        self.seen()?.pick(self.wanted.get()).map(|estate| estate.id)
    }

    /// The company's slug for the live connection, which waits until it is there.
    #[must_use]
    pub fn tenant(self) -> Signal<Option<String>> {
        Signal::derive(move || self.seen().map(|desk| desk.me.slug))
    }

    /// The topic of the chosen estate's points.
    #[must_use]
    pub fn points_topic(self) -> Signal<Option<String>> {
        let chosen = Memo::new(move |_| self.chosen());
        Signal::derive(move || chosen.get().map(|id| format!("estate/{id}/points")))
    }

    /// Reads the list of estates anew.
    pub async fn read_again(self) {
        if let Ok(estates) = estates_in_brief().await {
            let _ = self.newer.try_set(Some(estates));
        }
    }
}

/// What the frame around this page knows.
#[must_use]
pub fn use_console() -> Console {
    use_context().unwrap_or_else(|| Console::new(Signal::stored(None)))
}

/// The estate that an address names: in its path, else as `?estate=`.
#[must_use]
pub fn named(path: &str, query: Option<&str>) -> Option<EstateId> {
    let own = path
        .strip_prefix(routes::ESTATES)
        .and_then(|rest| rest.strip_prefix('/'));
    own.or(query).and_then(|id| id.parse().ok())
}

/// The same page in another estate; of a page of one thing, the list that it is in.
#[must_use]
pub fn over_there(path: &str, estate: EstateId) -> String {
    if path.starts_with(routes::ESTATES) || path.starts_with(routes::UNITS) {
        routes::estate(estate)
    } else if [
        routes::DEVICE_NEW,
        routes::ENERGY,
        routes::EQUIPMENT,
        routes::DOORS,
    ]
    .contains(&path)
    {
        format!("{path}?estate={estate}")
    } else if path.starts_with(routes::DEVICES) || path.starts_with(routes::DEVICE_MODELS) {
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
        assert_eq!(
            there("/console/devices/new"),
            format!("{}?estate={}", routes::DEVICE_NEW, estate())
        );
        assert_eq!(
            there(routes::ENERGY),
            format!("{}?estate={}", routes::ENERGY, estate())
        );
        assert_eq!(there(routes::EQUIPMENT), routes::equipment(estate()));
        assert_eq!(there(routes::DOORS), routes::doors(estate()));
        assert_eq!(there("/console/import/imp_1"), routes::import(estate()));
        assert_eq!(there("/console/dashboard"), routes::dashboard(estate()));
    }
}
