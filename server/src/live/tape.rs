//! What one source says, written once for all who follow it.
//!
//! A value goes to the end of the tape, and what the same point said before is cut out. A reader
//! keeps nothing but its place, so that one who is slow skips what was overtaken, and a value costs
//! the same however many follow:
//!
//! ```text
//! tape   1:a  2:b  3:a  4:c     (3 cuts 1 out)
//! whoever stands at 2 reads 3:a and 4:c, whoever comes now stands at 4
//! ```

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use domain::{
    PointId,
    telemetry::{Newest, Quality},
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::hub::Source;
use crate::mutex::locked;

/// A value on its way out, written as JSON once for all who get it.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    pub point: PointId,
    pub age: Age,
    pub json: Box<str>,
}

/// How new a value is. One that could not be read again since then is newer than itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    pub ts: Timestamp,
    pub failed: bool,
}

/// Nothing this far ahead of our clock is taken, so what is was told while the clock was wrong.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

impl Item {
    /// `None` for what has no JSON, which a decoded reading always has.
    #[must_use]
    pub fn of(newest: &Newest) -> Option<Self> {
        let json = serde_json::to_string(newest).ok()?.into_boxed_str();
        Some(Self {
            point: newest.point,
            age: Age {
                ts: newest.ts,
                failed: newest.quality == Quality::Failed,
            },
            json,
        })
    }

    /// Whether it takes the place of what the same point said before.
    fn follows(&self, before: &Self) -> bool {
        self.age > before.age || before.age.ts.duration_since(self.age.ts) > AHEAD
    }
}

/// One who follows tapes, with a bell that several may share.
#[derive(Debug)]
pub(super) struct Reader {
    /// Whose tapes have gone on.
    news: Mutex<Vec<Source>>,
    bell: Arc<Notify>,
}

impl Reader {
    pub(super) fn new(bell: Arc<Notify>) -> Self {
        Self {
            news: Mutex::default(),
            bell,
        }
    }

    fn tell(&self, source: Source) {
        let mut news = locked(&self.news);
        news.push(source);
        if news.len() == 1 {
            self.bell.notify_one();
        }
    }

    pub(super) fn has_news(&self) -> bool {
        !locked(&self.news).is_empty()
    }

    pub(super) fn take_news(&self) -> Vec<Source> {
        std::mem::take(&mut locked(&self.news))
    }
}

/// How far a reader has read: the number of the value that came last.
pub(super) type Place = u64;

#[derive(Debug, Default)]
struct Strip {
    /// By their numbers, which rise; `None` where one was cut out.
    values: Vec<(Place, Option<Arc<Item>>)>,
    /// Where among them the newest of each point is.
    newest: HashMap<PointId, usize>,
    end: Place,
    /// Whoever stands before this has missed something.
    torn: Place,
    /// Who has read everything and is to be told when it goes on, once.
    waiting: Vec<Arc<Reader>>,
}

impl Strip {
    fn tell(&mut self, source: Source) {
        for reader in self.waiting.drain(..) {
            reader.tell(source);
        }
    }

    /// Leaves out what was cut out, once that is most of it.
    fn tidy(&mut self) {
        if self.values.len() < 2 * self.newest.len() + 16 {
            return;
        }
        self.values.retain(|(_, item)| item.is_some());
        let kept = self.values.iter().enumerate();
        self.newest = kept
            .filter_map(|(at, (_, item))| Some((item.as_ref()?.point, at)))
            .collect();
    }
}

#[derive(Debug)]
pub(super) struct Tape {
    source: Source,
    strip: Mutex<Strip>,
}

impl Tape {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            strip: Mutex::default(),
        }
    }

    pub(super) fn write(&self, item: &Arc<Item>) {
        let mut strip = locked(&self.strip);
        let Strip { values, newest, .. } = &mut *strip;
        let before = newest
            .get(&item.point)
            .and_then(|at| values.get_mut(*at))
            .map(|(_, before)| before);
        if let Some(before) = before {
            if before.as_ref().is_some_and(|before| !item.follows(before)) {
                return;
            }
            *before = None;
        }
        newest.insert(item.point, values.len());
        strip.end += 1;
        let end = strip.end;
        strip.values.push((end, Some(Arc::clone(item))));
        strip.tidy();
        strip.tell(self.source);
    }

    /// Something may be missing here: whoever follows starts over.
    pub(super) fn tear(&self) {
        let mut strip = locked(&self.strip);
        strip.values.clear();
        strip.newest.clear();
        strip.end += 1;
        strip.torn = strip.end;
        strip.tell(self.source);
    }

    /// From its end on. The reader is told when it goes on.
    pub(super) fn follow(&self, reader: &Arc<Reader>) -> Place {
        let mut strip = locked(&self.strip);
        strip.waiting.push(Arc::clone(reader));
        strip.end
    }

    pub(super) fn leave(&self, reader: &Arc<Reader>) {
        let mut strip = locked(&self.strip);
        strip
            .waiting
            .retain(|waiting| !Arc::ptr_eq(waiting, reader));
        locked(&reader.news).retain(|source| *source != self.source);
    }

    /// Reads from a place to the end, oldest first; for one who was told that it went on, and is told
    /// again. Answers whether nothing is missing in between.
    pub(super) fn read(
        &self,
        place: &mut Place,
        reader: &Arc<Reader>,
        into: &mut Vec<Arc<Item>>,
    ) -> bool {
        let mut strip = locked(&self.strip);
        let from = strip.values.partition_point(|(number, _)| number <= place);
        let ahead = strip.values.get(from..).unwrap_or_default().iter();
        into.extend(ahead.filter_map(|(_, item)| item.clone()));
        let whole = *place >= strip.torn;
        *place = strip.end;
        strip.waiting.push(Arc::clone(reader));
        whole
    }

    /// How many values it holds on to, those that were cut out included.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        locked(&self.strip).values.len()
    }
}
