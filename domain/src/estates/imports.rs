//! Imports that go on after their request was answered: how far they are, and how they end badly.

use serde::{Deserialize, Serialize};

use super::{ImportState, words};

words! {
    /// What an import is doing.
    ImportStage {
        /// Nothing yet: others are before it.
        Waiting = "waiting" [];
        Reading = "reading" [];
        /// Comparing with what stands on the estate.
        Checking = "checking" [];
        Writing = "writing" [];
    }
}

/// How far an import is. `done` and `total` count rows of the file while it is read and checked, and
/// what there is to write after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProgress {
    pub stage: ImportStage,
    pub done: Option<u32>,
    /// Not known before the end of the file.
    pub total: Option<u32>,
}

impl ImportProgress {
    /// The beginning of a stage.
    #[must_use]
    pub const fn at(stage: ImportStage) -> Self {
        Self {
            stage,
            done: None,
            total: None,
        }
    }

    /// The part that is done of the stage, 0 to 1.
    #[must_use]
    pub fn part(self) -> Option<f64> {
        let total = self.total.filter(|total| *total > 0)?;
        Some((f64::from(self.done?) / f64::from(total)).min(1.0))
    }
}

/// Where an import stands, without what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportStanding {
    pub state: ImportState,
    pub progress: Option<ImportProgress>,
}

words! {
    /// Why an import came to nothing that had been answered as running. Nothing of it was written.
    ImportFlaw {
        /// The file cannot be read.
        Unreadable = "unreadable" [];
        /// More rows than are taken.
        OutOfRange = "out_of_range" [];
        /// Columns that are needed are not there.
        Unknown = "unknown" [];
        /// The company's plan has no room for the new units.
        OverQuota = "over_quota" [];
        /// The estate is there no more.
        NotFound = "not_found" [];
        /// A dependency of ours was away.
        Unavailable = "unavailable" [];
        Internal = "internal" [];
        /// Its process ended in the middle.
        Interrupted = "interrupted" [];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_known_with_its_whole() {
        let progress = |done, total| ImportProgress {
            stage: ImportStage::Checking,
            done,
            total,
        };
        assert_eq!(progress(Some(5), Some(20)).part(), Some(0.25));
        assert_eq!(progress(Some(30), Some(20)).part(), Some(1.0));
        assert_eq!(progress(Some(5), None).part(), None);
        assert_eq!(progress(Some(0), Some(0)).part(), None);
        assert_eq!(ImportProgress::at(ImportStage::Waiting).part(), None);
    }
}
