//! What can be subscribed to, and by whom.

use std::collections::HashSet;

use backend::{Actor, Cx, Error, Result, telemetry};
use domain::{
    DeviceId, EstateId, HouseholdId, PointId,
    identity::{Action, Place},
    telemetry::Newest,
};

use super::hub::Source;

/// The points of an estate, of a device or of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    Estate(EstateId),
    Device(DeviceId),
    Home(HouseholdId),
}

/// How an id becomes a topic.
type Make = fn(&str) -> Option<Topic>;

/// Topics by their first level. [`Topic::parse`] reads names by this table alone, so that whoever
/// walks it leaves out no topic.
pub const KINDS: [(&str, Make); 3] = [
    ("estate", |id| id.parse().ok().map(Topic::Estate)),
    ("device", |id| id.parse().ok().map(Topic::Device)),
    ("home", |id| id.parse().ok().map(Topic::Home)),
];

impl Topic {
    /// Reads `estate/{id}/points` and the like; `None` for what does not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.strip_suffix("/points")?.split_once('/')?;
        let (_, make) = KINDS.iter().find(|(name, _)| *name == kind)?;
        make(id)
    }

    /// Whether the asker's role has such topics at all. Whether this one is theirs, the snapshot
    /// says.
    ///
    /// # Errors
    /// `forbidden`, for a home whose meters are not the asker's to read as well; `not_found` for
    /// one that is not theirs.
    pub fn allow(self, cx: &Cx) -> Result<()> {
        match self {
            Self::Estate(_) | Self::Device(_) => cx.authorize(Action::ViewDevices).map(drop),
            Self::Home(home) => {
                cx.authorize(Action::ViewHome)?;
                match &cx.actor {
                    Actor::Resident { metered, .. } if metered.contains(&home) => Ok(()),
                    Actor::Resident { households, .. } if households.contains(&home) => {
                        Err(Error::forbidden())
                    }
                    _ => Err(Error::not_found()),
                }
            }
        }
    }

    /// Whether it is followed point by point: a home, and an estate of which the asker has a part.
    #[must_use]
    pub fn by_points(self, cx: &Cx) -> bool {
        match self {
            Self::Estate(estate) => cx
                .authorize_at(Action::ViewDevices, &Place::estate(estate))
                .is_err(),
            Self::Device(_) => false,
            Self::Home(_) => true,
        }
    }

    /// The newest value of each of its points.
    ///
    /// # Errors
    /// `not_found` for what is not there or not the asker's to see.
    pub async fn snapshot(self, cx: &Cx) -> Result<Vec<Newest>> {
        let newest = match self {
            Self::Estate(estate) => telemetry::snapshot_estate(cx, estate).await?,
            Self::Device(device) => telemetry::snapshot_device(cx, device).await?,
            Self::Home(home) => telemetry::snapshot_home(cx, home).await?,
        };
        newest.ok_or_else(Error::not_found)
    }

    /// Where its values come from. Which points are a home's is a question to the database, and
    /// the answer changes with a sale or a new meter.
    ///
    /// # Errors
    /// Those of [`Topic::snapshot`].
    pub async fn sources(self, cx: &Cx) -> Result<HashSet<Source>> {
        Ok(match self {
            Self::Estate(estate) if !self.by_points(cx) => HashSet::from([Source::Estate(estate)]),
            Self::Device(device) => HashSet::from([Source::Device(device)]),
            Self::Estate(_) | Self::Home(_) => sources(&points(&self.snapshot(cx).await?)),
        })
    }
}

/// The points that are in a snapshot.
#[must_use]
pub fn points(newest: &[Newest]) -> HashSet<PointId> {
    newest.iter().map(|newest| newest.point).collect()
}

/// Each of these points by itself.
pub(super) fn sources(points: &HashSet<PointId>) -> HashSet<Source> {
    points.iter().copied().map(Source::Point).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn names() {
        let id = EstateId(Uuid::from_u128(7));
        assert_eq!(
            Topic::parse(&format!("estate/{id}/points")),
            Some(Topic::Estate(id))
        );
        let home = HouseholdId(Uuid::from_u128(7));
        assert_eq!(
            Topic::parse(&format!("home/{home}/points")),
            Some(Topic::Home(home))
        );
        for text in [
            "",
            "/points",
            "estate//points",
            "estate/+/points",
            "estate/#",
            &format!("estate/{id}/alarms"),
            &format!("estate/{id}/points/"),
            &format!("device/{id}/points"),
            &format!("estates/{id}/points"),
            &format!("estate/{id}/x/points"),
        ] {
            assert_eq!(Topic::parse(text), None, "{text}");
        }
    }
}
