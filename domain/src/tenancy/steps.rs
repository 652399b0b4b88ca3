//! The first steps of a new company.

use serde::{Deserialize, Serialize};

/// Something that a company does once to get going, in the order in which it makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Estate,
    Units,
    Device,
    /// A first reading arrived.
    Reading,
    /// An owner was invited.
    Owner,
    /// A colleague was invited.
    Staff,
    Logo,
}

impl Step {
    pub const ALL: [Self; 7] = [
        Self::Estate,
        Self::Units,
        Self::Device,
        Self::Reading,
        Self::Owner,
        Self::Staff,
        Self::Logo,
    ];
}

/// The steps that are done, by what is there. `None` once nobody needs them any more: all are done,
/// or they were put away.
#[must_use]
pub fn left(done: Vec<Step>, put_away: bool) -> Option<Vec<Step>> {
    let all = Step::ALL.iter().all(|step| done.contains(step));
    (!all && !put_away).then_some(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_go_when_they_are_done_or_put_away() {
        assert_eq!(left(vec![Step::Logo], false), Some(vec![Step::Logo]));
        assert_eq!(left(Vec::new(), true), None);
        assert_eq!(left(Step::ALL.to_vec(), false), None);
    }
}
