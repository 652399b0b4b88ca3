//! What a roster would do to an estate, worked out before anything is written.

use std::collections::HashMap;

use domain::{
    BuildingId, EntranceId, HouseholdId, ResidentId, UnitId,
    estates::{Area, ImportCounts, Occupancy, RefusedRow, RowRefusal, UnitUse},
    identity::Phone,
};

use super::{
    super::order,
    rows::{Owner, Row},
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
    pub(in crate::estates) counts: ImportCounts,
    pub(in crate::estates) refused: Vec<RefusedRow>,
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
    /// Compares each row with what is known. `owner_header` is what the file calls that column.
    pub(super) fn of(
        cx: &Cx,
        rows: Vec<Row>,
        mut known: Known,
        owner_header: Option<&str>,
    ) -> Self {
        let mut plan = Self::default();
        for row in rows {
            plan.take(cx, row, &mut known, owner_header);
        }
        plan
    }

    fn take(&mut self, cx: &Cx, mut row: Row, known: &mut Known, owner_header: Option<&str>) {
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
            return;
        };

        let people_changed = match unit.household {
            None => {
                let any = !owners.is_empty();
                self.settle(cx, unit.id, owners);
                any
            }
            Some(household) => {
                let on_record = known
                    .owners
                    .get(&household)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let Some(changed) = self.compare(cx, household, on_record, owners) else {
                    self.refused.push(RefusedRow {
                        row: row.number,
                        reason: RowRefusal::OwnerDiffers,
                        column: owner_header.map(str::to_owned),
                    });
                    return;
                };
                changed
            }
        };
        let facts = unit.facts.with(&row);
        let facts_changed = facts != unit.facts;
        if facts_changed {
            self.changed_units.push((unit.id, facts));
        }
        if people_changed || facts_changed {
            self.counts.changed += 1;
        } else {
            self.counts.same += 1;
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
        // Ids of one millisecond are in no order; sorted, they keep the order of the cell.
        let mut ids: Vec<ResidentId> = owners.iter().map(|_| cx.new_id()).collect();
        ids.sort_unstable();
        let owners = ids.into_iter().zip(owners);
        self.owners.extend(owners.map(|(id, owner)| FreshOwner {
            id,
            household,
            name: owner.name,
            phone: owner.phone,
        }));
    }

    /// Whether the owners on record get something new from a row; nothing where the row has
    /// other owners, in whatever order. A row without owners has nothing to say.
    fn compare(
        &mut self,
        cx: &Cx,
        household: HouseholdId,
        on_record: &[KnownOwner],
        owners: Vec<Owner>,
    ) -> Option<bool> {
        if owners.is_empty() {
            return Some(false);
        }
        if on_record.is_empty() {
            self.join(cx, household, owners);
            return Some(true);
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
            let Some(phone) = owner.phone else { continue };
            let index = cx.site.keys.phone_index(cx.tenant.id, phone.as_str());
            if known.phone_index.as_ref() != Some(&index) {
                phones.push((known.id, phone));
            }
        }
        let changed = !phones.is_empty();
        self.phones.append(&mut phones);
        Some(changed)
    }
}
