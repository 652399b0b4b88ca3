//! What the owner's frame tells the pages inside it.

use domain::{
    Code, HouseholdId,
    estates::Home,
    identity::{Hat, Me},
};
use leptos::prelude::*;

use crate::{
    AppError,
    home::api::homes,
    identity::api::me,
    load::{Loaded, resource},
};

/// Who is at home, and where they live.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Indoors {
    pub me: Me,
    pub homes: Vec<Home>,
}

impl Indoors {
    /// The home that is wanted, if it is one of these, else the first.
    #[must_use]
    pub fn pick(&self, wanted: Option<HouseholdId>) -> Option<&Home> {
        let found = self
            .homes
            .iter()
            .find(|home| Some(home.household) == wanted);
        found.or_else(|| self.homes.first())
    }
}

/// Nobody is `None`; staff live nowhere here.
type Arrived = Result<Option<Indoors>, AppError>;

/// The frame's data. Pages wait for it in their own resources, as in the console.
#[derive(Clone, Copy, Debug)]
pub struct AtHome {
    arrived: Loaded<Arrived>,
    /// The home that the address names, else the one that it named last.
    pub wanted: Signal<Option<HouseholdId>>,
}

async fn arrive() -> Arrived {
    let Some(me) = me().await? else {
        return Ok(None);
    };
    let homes = match me.hat {
        Hat::Resident => homes().await?,
        Hat::Staff => Vec::new(),
    };
    Ok(Some(Indoors { me, homes }))
}

impl AtHome {
    /// `asked` is the home that the address names.
    #[must_use]
    pub fn new(asked: Signal<Option<HouseholdId>>) -> Self {
        let last = RwSignal::new(None);
        Effect::new(move |_| {
            if let Some(asked) = asked.get() {
                last.set(Some(asked));
            }
        });
        Self {
            arrived: resource(|| (), |()| arrive()),
            wanted: Signal::derive(move || asked.get().or_else(|| last.get())),
        }
    }

    /// Who asked, as the frame sees it.
    ///
    /// # Errors
    /// What the server said.
    pub async fn arrived(self) -> Arrived {
        self.arrived.await
    }

    /// The person and their homes.
    ///
    /// # Errors
    /// `unauthenticated` where nobody is logged in, and what the server said.
    pub async fn indoors(self) -> Result<Indoors, AppError> {
        self.arrived
            .await?
            // Without a status: the frame leads to the log-in, and its redirect stands.
            .ok_or(AppError(Code::Unauthenticated.into()))
    }

    /// The same, as far as it is there. Inside a `Suspense`, or in the browser.
    #[must_use]
    pub fn seen(self) -> Option<Indoors> {
        self.arrived.get()?.ok()?
    }

    /// The company's slug for the live connection, which waits until it is there.
    #[must_use]
    pub fn tenant(self) -> Signal<Option<String>> {
        Signal::derive(move || self.seen().map(|indoors| indoors.me.slug))
    }

    /// The topic of the chosen home's points.
    #[must_use]
    pub fn points_topic(self) -> Signal<Option<String>> {
        let chosen = Memo::new(move |_| {
            self.seen()?
                .pick(self.wanted.get())
                .map(|home| home.household)
        });
        Signal::derive(move || chosen.get().map(|id| format!("home/{id}/points")))
    }
}

/// What the frame around this page knows.
#[must_use]
pub fn use_at_home() -> AtHome {
    use_context().unwrap_or_else(|| AtHome::new(Signal::stored(None)))
}
