//! Who may do what, where: actions, roles, places and the scope of a grant.
//!
//! A grant gives a member of staff a role at some places. What a person may do is the union of
//! their grants, and it is asked by action: an estate manager of one estate who is a cashier in
//! another sees both and edits one.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{BuildingId, EstateId, GrantId, RoleId, UnitId};

/// Something a person may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Action {
    /// Read estates, buildings and units.
    ViewEstates,
    /// Create and change them, and import a roster.
    EditEstates,
    /// Read who lives where, with masked phone numbers.
    ViewResidents,
    /// Write residents down.
    EditResidents,
    /// Invite an owner to a home.
    InviteOwner,
    /// See a resident's whole phone and identity number; each look is remembered.
    ViewPhones,
    /// Forget a resident who asks for it, or refuse to.
    EraseResidents,
    /// Read devices, points, readings and refusals.
    ViewDevices,
    /// Register devices and make their credentials.
    EditDevices,
    /// Tell devices what to do: open a door, switch, set.
    CommandDevices,
    /// Read who works here and what each of them may do.
    ViewStaff,
    /// Invite staff, and give and take roles, never more than one's own.
    EditStaff,
    /// Make roles of one's own company.
    EditRoles,
    /// Make and end keys for the company's own programs, never with more than one's own.
    EditKeys,
    /// See and change what the company says about itself, and see what it uses of its plan.
    EditCompany,
    /// Read who did what, when and from where.
    ViewAudit,
    /// See one's own home and its meters.
    ViewHome,
    /// Let family and renters into one's own home, and end it again.
    ManageHome,
}

impl Action {
    pub const ALL: [Self; 18] = [
        Self::ViewEstates,
        Self::EditEstates,
        Self::ViewResidents,
        Self::EditResidents,
        Self::InviteOwner,
        Self::ViewPhones,
        Self::EraseResidents,
        Self::ViewDevices,
        Self::EditDevices,
        Self::CommandDevices,
        Self::ViewStaff,
        Self::EditStaff,
        Self::EditRoles,
        Self::EditKeys,
        Self::EditCompany,
        Self::ViewAudit,
        Self::ViewHome,
        Self::ManageHome,
    ];

    /// The word that is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ViewEstates => "view_estates",
            Self::EditEstates => "edit_estates",
            Self::ViewResidents => "view_residents",
            Self::EditResidents => "edit_residents",
            Self::InviteOwner => "invite_owner",
            Self::ViewPhones => "view_phones",
            Self::EraseResidents => "erase_residents",
            Self::ViewDevices => "view_devices",
            Self::EditDevices => "edit_devices",
            Self::CommandDevices => "command_devices",
            Self::ViewStaff => "view_staff",
            Self::EditStaff => "edit_staff",
            Self::EditRoles => "edit_roles",
            Self::EditKeys => "edit_keys",
            Self::EditCompany => "edit_company",
            Self::ViewAudit => "view_audit",
            Self::ViewHome => "view_home",
            Self::ManageHome => "manage_home",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }

    /// What whoever may do this has to see as well: nobody edits blindly.
    #[must_use]
    pub const fn needs(self) -> &'static [Self] {
        match self {
            Self::EditEstates | Self::ViewResidents | Self::ViewDevices | Self::EditRoles => {
                &[Self::ViewEstates]
            }
            Self::EditResidents | Self::InviteOwner | Self::ViewPhones | Self::EraseResidents => {
                &[Self::ViewEstates, Self::ViewResidents]
            }
            Self::EditDevices | Self::CommandDevices => &[Self::ViewEstates, Self::ViewDevices],
            Self::EditStaff | Self::EditKeys => &[Self::ViewEstates, Self::ViewStaff],
            Self::ManageHome => &[Self::ViewHome],
            Self::ViewEstates
            | Self::ViewStaff
            | Self::EditCompany
            | Self::ViewAudit
            | Self::ViewHome => &[],
        }
    }

    /// What a role of a company's own may hold: all but what belongs to people at home.
    pub fn of_staff() -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|action| !matches!(action, Self::ViewHome | Self::ManageHome))
    }

    /// What a program with a key may do at most: nothing that lets somebody in, or lets them do
    /// more, so that a key that was stolen cannot make itself others.
    pub fn of_keys() -> impl Iterator<Item = Self> {
        Self::of_staff().filter(|action| {
            !matches!(
                action,
                Self::EditStaff | Self::EditRoles | Self::EditKeys | Self::EditCompany
            )
        })
    }
}

/// A set of actions. Travels as a number, and only between the two halves of one version of Linli.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Actions(u32);

impl Actions {
    #[must_use]
    pub const fn contains(self, action: Action) -> bool {
        self.0 & (1 << action as u8) != 0
    }

    #[must_use]
    pub const fn with(self, action: Action) -> Self {
        Self(self.0 | (1 << action as u8))
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL
            .into_iter()
            .filter(move |action| self.contains(*action))
    }

    /// The same with all that its members need.
    #[must_use]
    pub fn completed(self) -> Self {
        let needed = self
            .iter()
            .flat_map(|action| action.needs().iter().copied());
        needed.fold(self, Self::with)
    }
}

impl FromIterator<Action> for Actions {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        actions.into_iter().fold(Self::default(), Self::with)
    }
}

/// A role that Linli brings along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the company's account: everything in the tenant (公司管理员).
    TenantAdmin,
    /// Answers for several estates (区域经理).
    RegionalManager,
    /// Answers for an estate (项目经理).
    EstateManager,
    /// Looks after the homes on a list (管家).
    Steward,
    /// Receives people (前台客服).
    FrontDesk,
    /// Takes money (收费员).
    Cashier,
    /// Keeps the books (会计).
    Accountant,
    /// Checks the books (财务复核).
    FinanceReviewer,
    /// Answers for the equipment (工程主管).
    EngineeringLead,
    /// Repairs (维修工).
    Repairer,
    /// Answers for the guards (安保主管).
    SecurityLead,
    /// Guards (保安).
    Guard,
    /// Cleans (保洁).
    Cleaner,
    /// Works for another company (外包人员).
    Contractor,
    /// Owns a home (业主): sees that home and nothing else.
    Owner,
    /// Lives with an owner (家庭成员).
    Family,
    /// Rents a home (租客).
    Renter,
}

impl Role {
    pub const ALL: [Self; 17] = [
        Self::TenantAdmin,
        Self::RegionalManager,
        Self::EstateManager,
        Self::Steward,
        Self::FrontDesk,
        Self::Cashier,
        Self::Accountant,
        Self::FinanceReviewer,
        Self::EngineeringLead,
        Self::Repairer,
        Self::SecurityLead,
        Self::Guard,
        Self::Cleaner,
        Self::Contractor,
        Self::Owner,
        Self::Family,
        Self::Renter,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TenantAdmin => "tenant_admin",
            Self::RegionalManager => "regional_manager",
            Self::EstateManager => "estate_manager",
            Self::Steward => "steward",
            Self::FrontDesk => "front_desk",
            Self::Cashier => "cashier",
            Self::Accountant => "accountant",
            Self::FinanceReviewer => "finance_reviewer",
            Self::EngineeringLead => "engineering_lead",
            Self::Repairer => "repairer",
            Self::SecurityLead => "security_lead",
            Self::Guard => "guard",
            Self::Cleaner => "cleaner",
            Self::Contractor => "contractor",
            Self::Owner => "owner",
            Self::Family => "family",
            Self::Renter => "renter",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether people get it by living somewhere, and not by a grant.
    #[must_use]
    pub const fn lives_here(self) -> bool {
        matches!(self, Self::Owner | Self::Family | Self::Renter)
    }

    /// The roles that a grant can give.
    pub fn of_staff() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|role| !role.lives_here())
    }
}

/// A role as forms, lists and the API name it: one of Linli's by its word, one of the company's own
/// by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoleKey {
    BuiltIn(Role),
    Own(RoleId),
}

impl fmt::Display for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.as_str()),
            Self::Own(id) => id.fmt(f),
        }
    }
}

impl FromStr for RoleKey {
    type Err = crate::id::BadId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Role::parse(text) {
            Some(role) => Ok(Self::BuiltIn(role)),
            None => text.parse().map(Self::Own),
        }
    }
}

impl RoleKey {
    /// The one of Linli's, if it is.
    #[must_use]
    pub const fn built_in(self) -> Option<Role> {
        match self {
            Self::BuiltIn(role) => Some(role),
            Self::Own(_) => None,
        }
    }
}

impl Serialize for RoleKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RoleKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where something is: in an estate, perhaps in a building of it, perhaps in a unit of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub estate: EstateId,
    pub building: Option<BuildingId>,
    pub unit: Option<UnitId>,
}

impl Place {
    /// The estate itself, as a whole.
    #[must_use]
    pub const fn estate(estate: EstateId) -> Self {
        Self {
            estate,
            building: None,
            unit: None,
        }
    }

    /// Where something hangs: in a unit, whose building is known by it, or on the estate itself.
    #[must_use]
    pub const fn hanging(estate: EstateId, unit: Option<UnitId>) -> Self {
        Self {
            estate,
            building: None,
            unit,
        }
    }
}

/// A place that a grant may be held at, and the wider ones that it lies in: whoever holds any of
/// them holds it. A building lies in its phase, its estate and the region of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts(pub Vec<Uuid>);

/// Where something may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// In the whole company.
    Everywhere,
    /// At some places of it.
    Within {
        /// Regions, estates, phases, buildings and units, each with all that is in it. The estates of
        /// a region, the buildings of a phase and the units of a building are listed beside it, since
        /// what hangs on a unit knows its estate and no more.
        places: BTreeSet<Uuid>,
        /// What those are in: to be named, and not to be entered.
        around: BTreeSet<Uuid>,
    },
}

impl Scope {
    /// No place at all.
    #[must_use]
    pub const fn nowhere() -> Self {
        Self::Within {
            places: BTreeSet::new(),
            around: BTreeSet::new(),
        }
    }

    #[must_use]
    pub fn union(self, other: &Self) -> Self {
        match (self, other) {
            (
                Self::Within {
                    mut places,
                    mut around,
                },
                Self::Within {
                    places: more,
                    around: wider,
                },
            ) => {
                places.extend(more);
                around.extend(wider);
                Self::Within { places, around }
            }
            _ => Self::Everywhere,
        }
    }

    /// What lies in both. Places count by their ids alone: of two scopes that list an estate and a
    /// building of it nothing is left.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Everywhere, scope) | (scope, Self::Everywhere) => scope.clone(),
            (Self::Within { places, .. }, Self::Within { places: others, .. }) => Self::Within {
                places: places.intersection(others).copied().collect(),
                around: BTreeSet::new(),
            },
        }
    }

    #[must_use]
    pub fn covers(&self, place: &Place) -> bool {
        let Self::Within { places, .. } = self else {
            return true;
        };
        places.contains(&place.estate.0)
            || place.building.is_some_and(|id| places.contains(&id.0))
            || place.unit.is_some_and(|id| places.contains(&id.0))
    }

    /// The same of a place of any kind.
    #[must_use]
    pub fn holds(&self, place: &Whereabouts) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Within { places, .. } => place.0.iter().any(|id| places.contains(id)),
        }
    }
}

/// What a member of staff was given, as a request knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub role: RoleKey,
    pub actions: Actions,
    pub scope: Scope,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
}

impl Grant {
    /// Whether it allows to give others `actions` at all of `places` (none: everywhere) until
    /// then: a gift reaches no further than what its giver holds, and lasts no longer.
    fn lends(&self, action: Action, place: Option<&Whereabouts>, until: Option<Timestamp>) -> bool {
        let there = match place {
            Some(place) => self.scope.holds(place),
            None => self.scope == Scope::Everywhere,
        };
        let then = match (self.until, until) {
            (None, _) => true,
            (Some(own), Some(given)) => given <= own,
            (Some(_), None) => false,
        };
        self.actions.contains(action) && there && then
    }
}

/// Whether somebody with these grants may give `actions` at `places` (none: everywhere) until then.
/// Each action at each place must be lent by some grant; `giving` itself is one of the actions.
#[must_use]
pub fn may_give(
    grants: &[Grant],
    giving: Action,
    actions: Actions,
    places: &[Whereabouts],
    until: Option<Timestamp>,
) -> bool {
    let places: Vec<Option<&Whereabouts>> = match places {
        [] => vec![None],
        places => places.iter().map(Some).collect(),
    };
    actions.with(giving).iter().all(|action| {
        places.iter().all(|place| {
            grants
                .iter()
                .any(|grant| grant.lends(action, *place, until))
        })
    })
}

/// What a key of a role at some places may do: each action where its maker holds it as well.
#[must_use]
pub fn within_maker(own: &Grant, maker: &[Grant]) -> Vec<Grant> {
    let usable = own.actions.intersection(Action::of_keys().collect());
    maker
        .iter()
        .map(|held| Grant {
            actions: usable.intersection(held.actions),
            scope: own.scope.intersection(&held.scope),
            ..own.clone()
        })
        .filter(|left| !left.actions.is_empty() && left.scope != Scope::nowhere())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(places: &[u128]) -> Scope {
        Scope::Within {
            places: places.iter().copied().map(Uuid::from_u128).collect(),
            around: BTreeSet::new(),
        }
    }

    #[test]
    fn a_scope_covers_what_is_in_its_places() {
        let place = Place {
            estate: EstateId(Uuid::from_u128(1)),
            building: Some(BuildingId(Uuid::from_u128(2))),
            unit: Some(UnitId(Uuid::from_u128(3))),
        };
        for (places, covered) in [(&[1][..], true), (&[2], true), (&[3], true), (&[4], false)] {
            assert_eq!(within(places).covers(&place), covered, "{places:?}");
        }
        // Whoever has a building has not its estate.
        assert!(!within(&[2]).covers(&Place::estate(place.estate)));
        assert!(Scope::Everywhere.covers(&place));
        assert!(!Scope::nowhere().covers(&place));
        assert_eq!(within(&[1]).union(&within(&[2])), within(&[1, 2]));
        assert_eq!(within(&[1]).union(&Scope::Everywhere), Scope::Everywhere);
    }

    #[test]
    fn nobody_gives_more_than_they_hold() {
        let actions = |actions: &[Action]| actions.iter().copied().collect::<Actions>();
        let manager = |places: &[u128], until: Option<i64>| Grant {
            id: GrantId(Uuid::nil()),
            role: RoleKey::BuiltIn(Role::EstateManager),
            actions: actions(&[Action::ViewEstates, Action::EditStaff]),
            scope: if places.is_empty() {
                Scope::Everywhere
            } else {
                within(places)
            },
            until: until.map(|s| Timestamp::new(s, 0).unwrap()),
        };
        let at = |id: u128| Whereabouts(vec![Uuid::from_u128(id)]);
        let view = actions(&[Action::ViewEstates]);
        let edit = actions(&[Action::EditEstates]);
        let grants = [manager(&[1], None)];
        assert!(may_give(&grants, Action::EditStaff, view, &[at(1)], None));
        assert!(
            !may_give(&grants, Action::EditStaff, edit, &[at(1)], None),
            "an action more"
        );
        assert!(
            !may_give(&grants, Action::EditStaff, view, &[at(1), at(2)], None),
            "a place more"
        );
        assert!(
            !may_give(&grants, Action::EditStaff, view, &[], None),
            "everywhere"
        );
        assert!(may_give(
            &[manager(&[], None)],
            Action::EditStaff,
            view,
            &[],
            None
        ));

        // A building of the estate, and the region around it.
        let inside = Whereabouts([7, 1, 9].map(Uuid::from_u128).into());
        assert!(may_give(&grants, Action::EditStaff, view, &[inside], None));
        assert!(
            !may_give(&grants, Action::EditStaff, view, &[at(9)], None),
            "a wider place"
        );

        let soon = Timestamp::new(100, 0).ok();
        let late = Timestamp::new(101, 0).ok();
        let grants = [manager(&[1], Some(100))];
        assert!(may_give(&grants, Action::EditStaff, view, &[at(1)], soon));
        assert!(
            !may_give(&grants, Action::EditStaff, view, &[at(1)], late),
            "a day more"
        );
        assert!(
            !may_give(&grants, Action::EditStaff, view, &[at(1)], None),
            "for ever"
        );

        // What one grant allows here and another there does not add up to both in both places.
        let viewer = Grant {
            actions: view,
            ..manager(&[2], None)
        };
        let grants = [manager(&[1], None), viewer];
        assert!(!may_give(&grants, Action::EditStaff, view, &[at(2)], None));
        assert!(!may_give(
            &[],
            Action::EditStaff,
            Actions::default(),
            &[at(1)],
            None
        ));
    }

    #[test]
    fn a_key_is_held_to_its_maker() {
        let grant = |actions: &[Action], scope: Scope| Grant {
            id: GrantId(Uuid::nil()),
            role: RoleKey::BuiltIn(Role::TenantAdmin),
            actions: actions.iter().copied().collect(),
            scope,
            until: None,
        };
        let all: Vec<_> = Action::of_staff().collect();
        let (view, edit) = (Action::ViewDevices, Action::EditDevices);
        let left = |own: &Grant, maker: &[Grant]| -> Vec<(Vec<Action>, Scope)> {
            let left = within_maker(own, maker).into_iter();
            left.map(|grant| (grant.actions.iter().collect(), grant.scope))
                .collect()
        };

        // Whatever role it has, it lets nobody in.
        let own = grant(&all, Scope::Everywhere);
        let held = left(&own, std::slice::from_ref(&own));
        assert_eq!(held, [(Action::of_keys().collect(), Scope::Everywhere)]);
        assert!(!held[0].0.contains(&Action::EditStaff));

        // Each action where the maker has it: sees one estate, edits another.
        let maker = [grant(&[view], within(&[1])), grant(&[edit], within(&[2]))];
        assert_eq!(
            left(&own, &maker),
            [(vec![view], within(&[1])), (vec![edit], within(&[2]))]
        );
        let own = grant(&[view, edit], within(&[1]));
        assert_eq!(left(&own, &maker), [(vec![view], within(&[1]))]);
        assert_eq!(left(&own, &[]), []);
        // A building of the estate that is left to the maker is not what the key was made for.
        assert_eq!(left(&own, &[grant(&all, within(&[3]))]), []);
    }

    #[test]
    fn words_come_back() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Some(action));
        }
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(
            "estate_manager".parse(),
            Ok(RoleKey::BuiltIn(Role::EstateManager))
        );
    }

    #[test]
    fn nobody_edits_blindly() {
        let editor: Actions = [Action::EditResidents].into_iter().collect();
        let all: Vec<_> = editor.completed().iter().collect();
        assert_eq!(
            all,
            [
                Action::ViewEstates,
                Action::ViewResidents,
                Action::EditResidents
            ]
        );
        for action in Action::ALL {
            // One step is enough: what is needed needs nothing that is not listed as well.
            let once: Actions = [action].into_iter().collect::<Actions>().completed();
            assert_eq!(once, once.completed(), "{action:?}");
        }
    }
}
