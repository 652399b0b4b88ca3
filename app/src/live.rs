//! The page's live connection: topics become signals.
//!
//! One websocket a page, opened with the first topic that is asked for and closed after the last.
//! On the server, and before wasm arrives, the signals hold nothing and the page shows what it was
//! rendered with.

#[cfg(feature = "hydrate")]
mod link;

use std::collections::HashMap;

use domain::{PointId, telemetry::Newest};
use leptos::prelude::*;

pub use crate::ui::LiveState;

/// Why the server will not have this page any more. Trying again would not help; reloading does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The session has ended.
    Session,
    /// The session has moved on to another company, in another tab.
    Hat,
}

/// A topic's values.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// How the page's connection is doing.
    pub state: Signal<LiveState>,
    /// The newest value of each point since the page asked; empty at first.
    pub newest: Signal<HashMap<PointId, Newest>>,
    /// What the last message brought that was news, for whatever draws a line: never the same
    /// reading twice, but for one that fails.
    pub arrived: Signal<Vec<Newest>>,
}

impl Live {
    /// The newest value of one point.
    #[must_use]
    pub fn value(&self, point: PointId) -> Memo<Option<Newest>> {
        let newest = self.newest;
        Memo::new(move |_| newest.with(|newest| newest.get(&point).cloned()))
    }
}

/// What [`provide_live`] puts into the context.
#[derive(Clone, Copy)]
struct Page {
    state: RwSignal<LiveState>,
    refused: RwSignal<Option<Refused>>,
    heard: RwSignal<Option<i64>>,
    #[cfg(feature = "hydrate")]
    link: StoredValue<std::rc::Rc<link::Link>, LocalStorage>,
}

/// Lets everything inside use [`use_live`]. Once a page, in the frame around it.
pub fn provide_live() {
    let state = RwSignal::new(LiveState::Off);
    let refused = RwSignal::new(None);
    let heard = RwSignal::new(None);
    #[cfg(feature = "hydrate")]
    let link = {
        let link = StoredValue::new_local(link::Link::new(state, refused, heard));
        Effect::new(move |_| link.with_value(|link| link.start()));
        on_cleanup(move || {
            link.try_with_value(|link| link.end());
        });
        link
    };
    provide_context(Page {
        state,
        refused,
        heard,
        #[cfg(feature = "hydrate")]
        link,
    });
}

/// When the connection last said something, in milliseconds since 1970: for a page that says since when
/// it is away.
pub fn use_live_heard() -> Signal<Option<i64>> {
    use_context::<Page>().map_or_else(|| Signal::stored(None), |page| page.heard.into())
}

/// How the page's connection is doing, for the dot in the top bar.
pub fn use_live_state() -> Signal<LiveState> {
    use_context::<Page>().map_or_else(|| Signal::stored(LiveState::Off), |page| page.state.into())
}

/// Set once the server has closed the connection for good, for a notice that offers to reload.
pub fn use_live_refused() -> Signal<Option<Refused>> {
    use_context::<Page>().map_or_else(|| Signal::stored(None), |page| page.refused.into())
}

/// Subscribes to a topic (`estate/{id}/points`, `device/{id}/points`, `home/{id}/points`) for as
/// long as the calling component is there; follows the topic when it changes. `tenant` is the
/// slug of the company that the page was rendered for. Nothing happens until both are there.
pub fn use_live(topic: Signal<Option<String>>, tenant: Signal<Option<String>>) -> Live {
    let newest = RwSignal::new(HashMap::new());
    let arrived = RwSignal::new(Vec::new());
    #[cfg(feature = "hydrate")]
    if let Some(page) = use_context::<Page>() {
        let mine = StoredValue::new(None::<u32>);
        let leave = move || {
            if let Some(Some(sub)) = mine.try_get_value() {
                page.link.try_with_value(|link| link.unsubscribe(sub));
            }
        };
        Effect::new(move |_| {
            leave();
            let asked = topic.get().zip(tenant.get());
            newest.maybe_update(|known| !std::mem::take(known).is_empty());
            mine.set_value(asked.and_then(|(topic, tenant)| {
                page.link
                    .try_with_value(|link| link.subscribe(topic, tenant, newest, arrived))
            }));
        });
        on_cleanup(leave);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (topic, tenant);
    Live {
        state: use_live_state(),
        newest: newest.into(),
        arrived: arrived.into(),
    }
}

/// Takes values in, each only if it is newer than what is there, or says of the same that it cannot be
/// read any more. Answers those that were.
#[cfg(any(feature = "hydrate", test))]
fn absorb(known: &mut HashMap<PointId, Newest>, values: Vec<Newest>) -> Vec<Newest> {
    use domain::telemetry::Quality::Failed;

    values
        .into_iter()
        .filter(|value| {
            let fails = |old: &Newest| old.quality != Failed && value.quality == Failed;
            let news = known
                .get(&value.point)
                .is_none_or(|old| old.ts < value.ts || (old.ts == value.ts && fails(old)));
            if news {
                known.insert(value.point, value.clone());
            }
            news
        })
        .collect()
}

/// How long to wait before the next try, in milliseconds: doubling from half a second to half a
/// minute, of which `chance` (0 to 1) takes up to half away, so that a thousand pages do not come
/// back in the same moment.
#[cfg(any(feature = "hydrate", test))]
fn pause_ms(tries: u32, chance: f64) -> u64 {
    let longest = (500_u64 << tries.min(6)).min(30_000);
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most 30,000, and not below 0"
    )]
    let less = (longest as f64 / 2.0 * chance.clamp(0.0, 1.0)) as u64;
    longest - less
}

#[cfg(test)]
mod tests {
    use domain::{
        DeviceId,
        telemetry::{Quality, Value},
    };

    use super::*;

    fn value(point: u128, ts: &str, number: f64) -> Newest {
        Newest {
            point: PointId(uuid(point)),
            device: DeviceId(uuid(1)),
            name: "power_w".to_owned(),
            ts: ts.parse().unwrap(),
            value: Value::Number(number),
            quality: Quality::Good,
        }
    }

    fn uuid<T: std::str::FromStr>(n: u128) -> T
    where
        T::Err: std::fmt::Debug,
    {
        format!("{n:032x}").parse().unwrap()
    }

    #[test]
    fn a_value_never_steps_back() {
        let mut known = HashMap::new();
        let (old, new) = ("2026-11-22T06:30:00Z", "2026-11-22T06:30:01Z");
        assert_eq!(
            absorb(&mut known, vec![value(1, new, 1.0), value(2, old, 2.0)]).len(),
            2
        );
        assert!(absorb(&mut known, vec![value(1, old, 9.0), value(2, old, 9.0)]).is_empty());
        assert_eq!(
            absorb(&mut known, vec![value(2, new, 3.0)]),
            [value(2, new, 3.0)]
        );
        assert_eq!(known[&PointId(uuid(1))].value, Value::Number(1.0));
    }

    /// A point that fails keeps the time of what was read last.
    #[test]
    fn a_value_that_fails_is_news_once() {
        let mut known = HashMap::new();
        let at = "2026-11-22T06:30:00Z";
        let failed = || Newest {
            quality: Quality::Failed,
            ..value(1, at, 1.0)
        };
        absorb(&mut known, vec![value(1, at, 1.0)]);
        assert_eq!(absorb(&mut known, vec![failed()]), [failed()]);
        assert!(absorb(&mut known, vec![failed(), value(1, at, 1.0)]).is_empty());
        let later = value(1, "2026-11-22T06:30:01Z", 1.0);
        assert_eq!(absorb(&mut known, vec![later.clone()]), [later]);
    }

    #[test]
    fn tries_come_further_apart_and_not_together() {
        assert_eq!(pause_ms(0, 0.0), 500);
        assert_eq!(pause_ms(0, 1.0), 250);
        assert_eq!(pause_ms(3, 0.0), 4_000);
        assert_eq!(pause_ms(60, 0.0), 30_000);
        assert_eq!(pause_ms(60, 0.999), 15_015);
    }
}
