//! How alive a device is, as time passes and readings come.

use std::collections::HashMap;

use domain::{DeviceId, PointId, devices::DeviceState};
use leptos::prelude::*;

use crate::{live::Live, ui::use_now};

/// The points that have moved, by device.
pub type Index = HashMap<DeviceId, Vec<PointId>>;

/// Changes only when a point is heard for the first time, so that each row looks up its own few.
pub fn by_device(live: Live) -> Memo<Index> {
    Memo::new(move |_| {
        let mut index = Index::new();
        live.newest.with(|newest| {
            for value in newest.values() {
                index.entry(value.device).or_default().push(value.point);
            }
        });
        for points in index.values_mut() {
            points.sort_unstable();
        }
        index
    })
}

/// The points of one device that have moved.
pub fn moved(index: Memo<Index>, device: DeviceId) -> Memo<Vec<PointId>> {
    Memo::new(move |_| index.with(|index| index.get(&device).cloned().unwrap_or_default()))
}

/// When a device was heard last, in milliseconds since 1970, and what state that makes.
#[derive(Clone, Copy, Debug)]
pub struct Alive {
    pub heard: Memo<Option<i64>>,
    pub state: Memo<DeviceState>,
}

/// `last` is what the server knew: when it was heard, and its state then. A last will is known to the
/// server only; anything newer than it takes it back.
pub fn alive(
    live: Live,
    points: Memo<Vec<PointId>>,
    last: Signal<(Option<i64>, DeviceState)>,
    rhythm_s: Option<u32>,
) -> Alive {
    let now = use_now();
    let heard = Memo::new(move |_| {
        let moved = live.newest.with(|newest| {
            points.with(|points| {
                let times = points.iter().filter_map(|point| newest.get(point));
                times.map(|value| value.ts.as_millisecond()).max()
            })
        });
        last.get().0.max(moved)
    });
    let state = Memo::new(move |_| {
        let (seen, state) = last.get();
        let age = heard.get().map(|at| (now.get() - at) / 1000);
        let silenced = state == DeviceState::Offline && heard.get() == seen;
        DeviceState::of(age, rhythm_s, silenced)
    });
    Alive { heard, state }
}
