//! What a roster would do to an estate, worked out before anything is written.

use std::collections::{BTreeSet, HashMap};

use domain::{
    BuildingId, EntranceId, HouseholdId, ResidentId, UnitId,
    estates::{
        Area, FieldChange, ImportCounts, Occupancy, PossibleSale, RosterField, RowChange, UnitUse,
        address, mask_name,
    },
    identity::Phone,
};

use super::{
    super::order,
    rows::{Owner, Row},
    running::STEP,
};
use crate::kernel::cx::Cx;

/// What stands in the database.
#[derive(Default)]
pub(in crate::estates) struct Known {
    pub(in crate::estates) buildings: HashMap<String, BuildingId>,
    pub(in crate::estates) entrances: HashMap<(BuildingId, String), EntranceId>,
    pub(in crate::estates) units: HashMap<(BuildingId, Option<EntranceId>, String), KnownUnit>,
    /// The owners of each running household, in the order in which they were written down.
    pub(in crate::estates) owners: HashMap<HouseholdId, Vec<KnownOwner>>,
}

pub(in crate::estates) struct KnownUnit {
    pub(in crate::estates) id: UnitId,
    pub(in crate::estates) facts: Facts,
    pub(in crate::estates) household: Option<HouseholdId>,
}

pub(in crate::estates) struct KnownOwner {
    pub(in crate::estates) id: ResidentId,
    pub(in crate::estates) name: String,
    pub(in crate::estates) phone_index: Option<Vec<u8>>,
}

/// What a roster can say of a unit besides its address.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::estates) struct Facts {
    pub(in crate::estates) floor: Option<String>,
    pub(in crate::estates) area: Option<Area>,
    pub(in crate::estates) inner_area: Option<Area>,
    pub(in crate::estates) use_: UnitUse,
    pub(in crate::estates) occupancy: Option<Occupancy>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            floor: None,
            area: None,
            inner_area: None,
            use_: UnitUse::Home,
            occupancy: None,
        }
    }
}

impl Facts {
    /// These facts with what the row says; what it leaves blank stays.
    fn with(&self, row: &Row) -> Self {
        Self {
            floor: row.floor.clone().or_else(|| self.floor.clone()),
            area: row.area.or(self.area),
            inner_area: row.inner_area.or(self.inner_area),
            use_: row.use_.unwrap_or(self.use_),
            occupancy: row.occupancy.or(self.occupancy),
        }
    }

    /// What is another in `next`, old and new.
    fn differences(&self, next: &Self) -> Vec<FieldChange> {
        let area = |area: Option<Area>| area.map(|area| area.to_string());
        let word = |word: Option<Occupancy>| word.map(|word| word.as_str().to_owned());
        let all = [
            (
                RosterField::FloorLabel,
                self.floor.clone(),
                next.floor.clone(),
            ),
            (RosterField::Area, area(self.area), area(next.area)),
            (
                RosterField::InnerArea,
                area(self.inner_area),
                area(next.inner_area),
            ),
            (
                RosterField::Use,
                Some(self.use_.as_str().to_owned()),
                Some(next.use_.as_str().to_owned()),
            ),
            (
                RosterField::Occupancy,
                word(self.occupancy),
                word(next.occupancy),
            ),
        ];
        all.into_iter()
            .filter(|(_, from, to)| from != to)
            .map(|(field, from, to)| FieldChange { field, from, to })
            .collect()
    }
}

/// Names as an import may keep them.
fn masked<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(mask_name).collect::<Vec<_>>().join("、")
}

/// What changes of the people of a unit.
struct People {
    owner: bool,
    phone: bool,
}

impl People {
    const SAME: Self = Self {
        owner: false,
        phone: false,
    };
    const CAME: Self = Self {
        owner: true,
        phone: false,
    };

    fn differences(&self) -> impl Iterator<Item = FieldChange> {
        let all = [
            (RosterField::Owner, self.owner),
            (RosterField::Phone, self.phone),
        ];
        all.into_iter()
            .filter(|(_, changed)| *changed)
            .map(|(field, _)| FieldChange {
                field,
                from: None,
                to: None,
            })
    }
}

/// All that is to be written.
#[derive(Default)]
pub(in crate::estates) struct Plan {
    pub(in crate::estates) buildings: Vec<(BuildingId, String)>,
    pub(in crate::estates) entrances: Vec<(EntranceId, BuildingId, String)>,
    pub(in crate::estates) units: Vec<FreshUnit>,
    pub(in crate::estates) changed_units: Vec<(UnitId, Facts)>,
    pub(in crate::estates) households: Vec<(HouseholdId, UnitId)>,
    pub(in crate::estates) owners: Vec<FreshOwner>,
    pub(in crate::estates) phones: Vec<(ResidentId, Phone)>,
    /// The households that leave, each with its unit.
    pub(in crate::estates) sales: Vec<(UnitId, HouseholdId)>,
    pub(in crate::estates) counts: ImportCounts,
    pub(in crate::estates) possible_sales: Vec<PossibleSale>,
    pub(in crate::estates) changes: Vec<RowChange>,
}

pub(in crate::estates) struct FreshUnit {
    pub(in crate::estates) id: UnitId,
    pub(in crate::estates) building: BuildingId,
    pub(in crate::estates) entrance: Option<EntranceId>,
    pub(in crate::estates) code: String,
    pub(in crate::estates) facts: Facts,
    pub(in crate::estates) sort_key: String,
}

pub(in crate::estates) struct FreshOwner {
    pub(in crate::estates) id: ResidentId,
    pub(in crate::estates) household: HouseholdId,
    pub(in crate::estates) name: String,
    pub(in crate::estates) phone: Option<Phone>,
}

impl Plan {
    /// Compares each row with what is known. `confirmed` are the rows that are sales; `passed` hears
    /// now and then how many rows are compared.
    pub(super) fn of(
        cx: &Cx,
        rows: Vec<Row>,
        mut known: Known,
        confirmed: &BTreeSet<u32>,
        passed: impl Fn(usize),
    ) -> Self {
        let mut plan = Self::default();
        for (at, row) in rows.into_iter().enumerate() {
            if at.is_multiple_of(STEP) {
                passed(at);
            }
            plan.take(cx, row, &mut known, confirmed);
        }
        plan
    }

    /// How many rows of tables it writes, but for buildings and entrances.
    pub(super) fn size(&self) -> usize {
        self.units.len()
            + self.changed_units.len()
            + self.households.len()
            + self.owners.len()
            + self.phones.len()
    }

    /// Whether a sale waits for somebody to confirm it.
    pub(super) fn waits(&self) -> bool {
        self.possible_sales.iter().any(|sale| !sale.confirmed)
    }

    fn take(&mut self, cx: &Cx, mut row: Row, known: &mut Known, confirmed: &BTreeSet<u32>) {
        let number = row.number;
        let door = address(&row.building, row.entrance.as_deref(), &row.unit);
        let owners = std::mem::take(&mut row.owners);
        let building = *known
            .buildings
            .entry(row.building.clone())
            .or_insert_with(|| {
                let id = cx.new_id();
                self.buildings.push((id, row.building.clone()));
                id
            });
        let entrance = row.entrance.clone().map(|name| {
            *known
                .entrances
                .entry((building, name.clone()))
                .or_insert_with(|| {
                    let id = cx.new_id();
                    self.entrances.push((id, building, name));
                    id
                })
        });
        let Some(unit) = known.units.get(&(building, entrance, row.unit.clone())) else {
            let id = cx.new_id();
            self.units.push(FreshUnit {
                id,
                building,
                entrance,
                sort_key: order::unit_key(&row.building, row.entrance.as_deref(), &row.unit),
                facts: Facts::default().with(&row),
                code: row.unit,
            });
            self.settle(cx, id, owners);
            self.counts.new += 1;
            self.changes.push(RowChange {
                row: number,
                address: door,
                new: true,
                fields: Vec::new(),
            });
            return;
        };

        let mut sold = false;
        let people = match unit.household {
            None if owners.is_empty() => People::SAME,
            None => {
                self.settle(cx, unit.id, owners);
                People::CAME
            }
            Some(household) => {
                let on_record = known
                    .owners
                    .get(&household)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                if let Some(people) = self.compare(cx, household, on_record, &owners) {
                    people
                } else {
                    sold = confirmed.contains(&number);
                    self.counts.sales += 1;
                    self.possible_sales.push(PossibleSale {
                        row: number,
                        unit: unit.id,
                        address: door.clone(),
                        from: masked(on_record.iter().map(|owner| &*owner.name)),
                        to: masked(owners.iter().map(|owner| &*owner.name)),
                        confirmed: sold,
                    });
                    if !sold {
                        return;
                    }
                    self.sales.push((unit.id, household));
                    self.settle(cx, unit.id, owners);
                    People::CAME
                }
            }
        };
        let facts = unit.facts.with(&row);
        let mut fields = unit.facts.differences(&facts);
        if facts != unit.facts {
            self.changed_units.push((unit.id, facts));
        }
        fields.extend(people.differences());
        match (sold, fields.is_empty()) {
            // Counted with the sales.
            (true, _) => {}
            (false, true) => self.counts.same += 1,
            (false, false) => self.counts.changed += 1,
        }
        if !fields.is_empty() {
            self.changes.push(RowChange {
                row: number,
                address: door,
                new: false,
                fields,
            });
        }
    }

    /// Starts a household with these owners, if there are any.
    fn settle(&mut self, cx: &Cx, unit: UnitId, owners: Vec<Owner>) {
        if owners.is_empty() {
            return;
        }
        let household = cx.new_id();
        self.households.push((household, unit));
        self.join(cx, household, owners);
    }

    fn join(&mut self, cx: &Cx, household: HouseholdId, owners: Vec<Owner>) {
        self.owners
            .extend(owners.into_iter().map(|owner| FreshOwner {
                id: cx.new_id(),
                household,
                name: owner.name,
                phone: owner.phone,
            }));
    }

    /// What the owners on record get new from a row; nothing where the row has other owners, in
    /// whatever order. A row without owners has nothing to say.
    fn compare(
        &mut self,
        cx: &Cx,
        household: HouseholdId,
        on_record: &[KnownOwner],
        owners: &[Owner],
    ) -> Option<People> {
        if owners.is_empty() {
            return Some(People::SAME);
        }
        if on_record.is_empty() {
            self.join(cx, household, owners.to_vec());
            return Some(People::CAME);
        }
        if on_record.len() != owners.len() {
            return None;
        }
        let mut left: Vec<&KnownOwner> = on_record.iter().collect();
        let mut phones = Vec::new();
        for owner in owners {
            let same = |known: &&KnownOwner| {
                known
                    .name
                    .split_whitespace()
                    .eq(owner.name.split_whitespace())
            };
            let known = left.remove(left.iter().position(same)?);
            let Some(phone) = &owner.phone else { continue };
            let index = cx.site.keys.phone_index(cx.tenant.id, phone.as_str());
            if known.phone_index.as_ref() != Some(&index) {
                phones.push((known.id, phone.clone()));
            }
        }
        let phone = !phones.is_empty();
        self.phones.append(&mut phones);
        Some(People {
            owner: false,
            phone,
        })
    }
}
