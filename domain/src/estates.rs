//! Places and the people in them: region (区域) → estate (小区) → phase (期) → building (楼栋) →
//! entrance (单元) → unit (房屋), of which region, phase and entrance may be missing,
//! and the household that is responsible for a unit from one date to another.

mod changes;
mod claims;
mod contacts;
mod drawing;
mod homes;
mod imports;
mod rearranged;
mod regions;
mod regular;
mod residents;
mod roster;
mod vehicles;

use serde::{Deserialize, Serialize};

pub use changes::{UnitChangeForm, UnitFacts};
pub use claims::{
    Claim, ClaimForm, ClaimReason, ClaimRow, ClaimState, ClaimStatus, CodeHome, HomeCode,
    HomeNotice, NoticeKind, Said, Slip,
};
pub use contacts::{
    Contact, Found, FoundResident, FoundUnit, IdNumber, ResidentSearch, mask_id_number, mask_name,
};
pub use drawing::{
    BuildingView, Drawing, DrawnEntrance, DrawnFloor, DrawnUnit, MOST_DRAWN, floor_and_door,
};
pub use homes::{
    HomePeople, MOST_OWNERS, NewOwner, NewSharer, OwnerForm, PastHousehold, Presence, Share,
    ShareForm, Sharer, Transfer, TransferForm,
};
pub use imports::{ImportFlaw, ImportProgress, ImportStage, ImportStanding};
pub use rearranged::{MOST_PARTS, MoveForm, PartForm, Split, SplitForm};
pub use regions::{
    BuildingChangeForm, EstateChangeForm, NameForm, Named, Phase, PhaseForm, Region,
};
pub use regular::{
    MOST_DOORS, MOST_ENTRANCES, MOST_FLOORS, MOST_UNITS, Numbering, RegularBuilding, RegularDoor,
    RegularEntrance, RegularFloor, RegularForm, RegularTexts, RegularUnit,
};
pub use residents::{Edit, ResidentChange, ResidentChangeForm, ResidentTexts, ResidentView};
pub use roster::{
    ColumnChoice, IGNORED, LONGEST_HEADER, MOST_COLUMNS, ReadColumn, RosterColumn, mask_cell,
    plain_header,
};
pub use vehicles::{
    FoundVehicle, MOST_VEHICLES, NewVehicle, Plate, Vehicle, VehicleColumn, VehicleForm,
};

use crate::{
    columns::{Sort, columns},
    id::{
        BuildingId, EntranceId, EstateId, HouseholdId, ImportId, PhaseId, RegionId, ResidentId,
        UnitId,
    },
    identity::Phone,
    problem::{Check, Flaw, Problem, text},
};

/// A floor area in 0.01 m², so that a roster's `89.37` is kept to the last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Area(pub i32);

impl Area {
    /// Reads `89.37`, `89.37㎡`, `1,089.3 m2`; more than two decimals are refused, not rounded.
    ///
    /// # Errors
    /// `malformed`, or `out_of_range` outside 0.01 to 1,000,000 m².
    pub fn parse(raw: &str) -> Result<Self, Flaw> {
        let compact: String = raw
            .trim()
            .trim_end_matches("平方米")
            .trim_end_matches('㎡')
            .trim_end_matches("m2")
            .trim_end_matches("m²")
            .chars()
            .filter(|c| !matches!(c, ',' | ' '))
            .collect();
        if compact.is_empty() {
            return Err(Flaw::Required);
        }
        let (whole, part) = compact.split_once('.').unwrap_or((&compact, ""));
        let part = part.trim_end_matches('0');
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 {
            return Err(Flaw::Malformed);
        }
        let hundredths: i64 = format!("{part:0<2}").parse().map_err(|_| Flaw::Malformed)?;
        let whole: i64 = whole.parse().map_err(|_| Flaw::OutOfRange)?;
        let centi = whole
            .checked_mul(100)
            .and_then(|w| w.checked_add(hundredths));
        match centi.and_then(|centi| i32::try_from(centi).ok()) {
            Some(centi @ 1..=100_000_000) => Ok(Self(centi)),
            _ => Err(Flaw::OutOfRange),
        }
    }

    /// Square metres, for JSON. Exact enough to print with two decimals.
    #[must_use]
    pub fn m2(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl std::fmt::Display for Area {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $wire:literal [$($alias:literal),*];)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $wire)] $variant,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stored and wire form.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)* }
            }

            /// The word that rosters use most.
            #[must_use]
            pub fn roster_word(self) -> &'static str {
                let all: &[&'static str] = match self { $(Self::$variant => &[$($alias),*],)* };
                all.first().copied().unwrap_or(self.as_str())
            }

            /// Reads the wire form or one of the words that rosters use.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text.trim() { $($wire $(| $alias)* => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What a unit is for.
    UnitUse {
        Home = "home" ["住宅", "公寓"];
        Shop = "shop" ["商铺", "商业", "底商"];
        Bay = "bay" ["车位", "车库", "车位（产权或人防）"];
        Public = "public" ["公共", "配套", "物业用房"];
    }
}

words! {
    /// How a unit is lived in (入住状态).
    Occupancy {
        Unsold = "unsold" ["未售"];
        NotHandedOver = "not_handed_over" ["未交付", "未交房"];
        HandedOver = "handed_over" ["已交付", "已交房"];
        Decorating = "decorating" ["装修", "装修中"];
        LivedIn = "lived_in" ["自住", "已入住", "入住"];
        Let = "let" ["出租", "已出租"];
        Vacant = "vacant" ["空置", "空关"];
    }
}

words! {
    /// How somebody belongs to a household.
    Relation {
        Owner = "owner" ["业主"];
        Family = "family" ["家属", "家庭成员"];
        Renter = "renter" ["租客", "租户"];
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estate {
    pub id: EstateId,
    pub name: String,
}

/// An estate with what is counted on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EstateSummary {
    pub id: EstateId,
    pub name: String,
    pub region: Option<RegionId>,
    pub region_name: Option<String>,
    pub buildings: i64,
    pub units: i64,
    pub households: i64,
    pub devices: i64,
}

/// An estate for whoever chooses one on every page: to count its homes takes as long as there are many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EstateBrief {
    pub id: EstateId,
    pub name: String,
    /// Whether it has a unit at all.
    pub has_units: bool,
    /// In use.
    pub devices: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Building {
    pub id: BuildingId,
    pub estate: EstateId,
    pub name: String,
    pub phase: Option<PhaseId>,
    pub phase_name: Option<String>,
    pub units: i64,
    /// Whether it is there no more. Lists leave it out.
    #[serde(default)]
    pub archived: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    pub id: UnitId,
    pub estate: EstateId,
    pub building: BuildingId,
    pub entrance_id: Option<EntranceId>,
    pub building_name: String,
    pub entrance: Option<String>,
    /// The door's code as text: `101`, `3A01`, `12A`.
    pub unit: String,
    /// What the floor is called: `3A`.
    pub floor_label: Option<String>,
    /// Which floor it is when one counts: 4.
    pub true_floor: Option<i16>,
    pub area: Option<Area>,
    pub inner_area: Option<Area>,
    pub use_: UnitUse,
    pub occupancy: Option<Occupancy>,
    /// The day from which fees are due.
    #[serde(default, with = "crate::time::maybe")]
    pub fee_start: Option<jiff::civil::Date>,
    /// Since when it is there no more. Lists leave it out.
    #[serde(default, with = "crate::time::maybe")]
    pub archived_at: Option<jiff::Timestamp>,
    /// The unit that it is a part of now.
    #[serde(default)]
    pub merged_into: Option<UnitId>,
    pub household: Option<HouseholdId>,
    /// The owners of the current household, names joined by `、`; empty where there is none.
    pub owners: String,
}

impl Unit {
    /// `3号楼 2单元 1202`
    #[must_use]
    pub fn address(&self) -> String {
        address(&self.building_name, self.entrance.as_deref(), &self.unit)
    }
}

/// `3号楼 2单元 1202`; an entrance that is not there is left out.
#[must_use]
pub fn address(building: &str, entrance: Option<&str>, unit: &str) -> String {
    match entrance {
        Some(entrance) => format!("{building} {entrance} {unit}"),
        None => format!("{building} {unit}"),
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resident {
    pub id: ResidentId,
    pub household: HouseholdId,
    pub unit: UnitId,
    pub name: String,
    /// Masked: `138****5678`.
    pub phone: Option<String>,
    pub relation: Relation,
    /// Whether this resident has a log-in that opens the home.
    pub claimed: bool,
    /// Whether an invitation is out that still opens.
    pub invited: bool,
}

/// A home as its resident sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    pub household: HouseholdId,
    pub estate: EstateId,
    pub estate_name: String,
    /// `3号楼 2单元 1202`
    pub address: String,
    pub area: Option<Area>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EstateForm {
    pub name: String,
}

#[derive(Debug, Clone)]
pub struct NewEstate {
    pub name: String,
}

impl TryFrom<EstateForm> for NewEstate {
    type Error = Problem;

    fn try_from(form: EstateForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(&form.name, 1, 80));
        check.done(name.map(|name| Self { name }))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BuildingForm {
    pub estate: EstateId,
    pub name: String,
}

#[derive(Debug, Clone)]
pub struct NewBuilding {
    pub estate: EstateId,
    pub name: String,
}

impl TryFrom<BuildingForm> for NewBuilding {
    type Error = Problem;

    fn try_from(form: BuildingForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(&form.name, 1, 40));
        check.done(name.map(|name| Self {
            estate: form.estate,
            name,
        }))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnitForm {
    pub building: BuildingId,
    #[serde(default)]
    pub entrance: Option<String>,
    pub unit: String,
    /// Square metres with at most two decimals, as typed.
    #[serde(default)]
    pub area_m2: Option<String>,
}

#[derive(Debug, Clone)]
pub struct NewUnit {
    pub building: BuildingId,
    pub entrance: Option<String>,
    pub unit: String,
    pub area: Option<Area>,
}

impl TryFrom<UnitForm> for NewUnit {
    type Error = Problem;

    fn try_from(form: UnitForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let blank = |raw: Option<String>| raw.filter(|raw| !raw.trim().is_empty());
        let entrance = blank(form.entrance)
            .map(|raw| text(&raw, 1, 20))
            .transpose();
        let entrance = check.take("entrance", entrance);
        let unit = check.take("unit", text(&form.unit, 1, 20));
        let area = blank(form.area_m2).map(|raw| Area::parse(&raw)).transpose();
        let area = check.take("area_m2", area);
        let whole = (|| {
            Some(Self {
                building: form.building,
                entrance: entrance?,
                unit: unit?,
                area: area?,
            })
        })();
        check.done(whole)
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub struct ResidentForm {
    pub unit: UnitId,
    pub name: String,
    #[serde(default)]
    pub phone: Option<String>,
    /// Of an identity card or a passport.
    #[serde(default)]
    pub id_number: Option<String>,
    pub relation: Relation,
}

impl std::fmt::Debug for ResidentForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResidentForm")
            .field("unit", &self.unit)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone)]
pub struct NewResident {
    pub unit: UnitId,
    pub name: String,
    pub phone: Option<Phone>,
    pub id_number: Option<IdNumber>,
    pub relation: Relation,
}

impl TryFrom<ResidentForm> for NewResident {
    type Error = Problem;

    fn try_from(form: ResidentForm) -> Result<Self, Problem> {
        let mut check = Check::default();
        let name = check.take("name", text(&form.name, 1, 60));
        let phone = form.phone.filter(|raw| !raw.trim().is_empty());
        let phone = check.take("phone", phone.map(|raw| Phone::parse(&raw)).transpose());
        let id_number = form.id_number.filter(|raw| !raw.trim().is_empty());
        let id_number = id_number.map(|raw| IdNumber::parse(&raw));
        let id_number = check.take("id_number", id_number.transpose());
        let whole = (|| {
            Some(Self {
                unit: form.unit,
                name: name?,
                phone: phone?,
                id_number: id_number?,
                relation: form.relation,
            })
        })();
        check.done(whole)
    }
}

/// Which units a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFilter {
    #[serde(default)]
    pub estate: Option<EstateId>,
    #[serde(default)]
    pub building: Option<BuildingId>,
    /// The start of a door code.
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default, rename = "use")]
    pub use_: Option<UnitUse>,
    #[serde(default)]
    pub state: Option<Occupancy>,
    /// By address, where nothing is said.
    #[serde(default)]
    pub sort: Option<Sort<UnitSort>>,
}

columns! {
    /// What a list of units is sorted by. Not by owners: who may not read a name would read it from
    /// the order.
    UnitSort {
        /// In the order that people count in.
        Address = "address";
        Use = "use";
        State = "state";
        Area = "area";
        FeeStart = "fee_start";
    }
}

columns! {
    /// What a list of units shows beside the address: as usual what a roster holds, so that the
    /// list's file is one.
    UnitColumn {
        Floor = "floor";
        Area = "area";
        InnerArea = "inner_area";
        Use = "use";
        Owners = "owners";
        State = "state";
        FeeStart = "fee_start";
    } but FeeStart
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    Running,
    Done,
    Refused,
}

/// How many rows of a roster were what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    pub new: u32,
    pub changed: u32,
    pub same: u32,
    pub refused: u32,
    /// Units whose owners are others than on record: sales that were confirmed, or are to be.
    #[serde(default)]
    pub sales: u32,
}

/// Why a roster's row was refused. The wire form is `snake_case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowRefusal {
    BuildingMissing,
    UnitMissing,
    TextTooLong,
    AreaUnreadable,
    PhoneUnreadable,
    PhoneWithoutOwner,
    /// Several owners and several numbers, but not as many of one as of the other.
    PhonesDoNotMatchOwners,
    OccupancyUnknown,
    UseUnknown,
    /// The same unit stands in an earlier row.
    DuplicateUnit,
    /// Another owner than the one on record. Imports of today list it as a [`PossibleSale`].
    OwnerDiffers,
    /// A cell that a spreadsheet program would run as a formula.
    FormulaLike,
}

impl RowRefusal {
    /// The wire form, e.g. `duplicate_unit`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BuildingMissing => "building_missing",
            Self::UnitMissing => "unit_missing",
            Self::TextTooLong => "text_too_long",
            Self::AreaUnreadable => "area_unreadable",
            Self::PhoneUnreadable => "phone_unreadable",
            Self::PhoneWithoutOwner => "phone_without_owner",
            Self::PhonesDoNotMatchOwners => "phones_do_not_match_owners",
            Self::OccupancyUnknown => "occupancy_unknown",
            Self::UseUnknown => "use_unknown",
            Self::DuplicateUnit => "duplicate_unit",
            Self::OwnerDiffers => "owner_differs",
            Self::FormulaLike => "formula_like",
        }
    }
}

/// A refused row: its number in the sheet (the header is row 1) and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRow {
    pub row: u32,
    pub reason: RowRefusal,
    /// The column's header as it stands in the file, where one is to blame.
    #[serde(default)]
    pub column: Option<String>,
}

/// A row with other owners than are on record: a sale perhaps, which somebody has to confirm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PossibleSale {
    pub row: u32,
    pub unit: UnitId,
    /// `3号楼 2单元 1202`
    pub address: String,
    /// The owners on record and those of the file; of each name the first character only.
    pub from: String,
    pub to: String,
    /// Whether it was confirmed with this import.
    pub confirmed: bool,
}

/// What a row does to a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChange {
    pub row: u32,
    /// `3号楼 2单元 1202`
    pub address: String,
    /// A unit that was not there.
    pub new: bool,
    /// What changes of one that was.
    pub fields: Vec<FieldChange>,
}

/// A field that changes. Of owners and numbers it is not said what they were and will be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: RosterField,
    #[serde(default)]
    pub from: Option<String>,
    #[serde(default)]
    pub to: Option<String>,
}

/// What a roster says of a unit besides its address. The wire form is that of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RosterField {
    FloorLabel,
    #[serde(rename = "area_m2")]
    Area,
    #[serde(rename = "inner_area_m2")]
    InnerArea,
    Use,
    Occupancy,
    Owner,
    Phone,
}

/// The outcome of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterImport {
    pub id: ImportId,
    pub estate: EstateId,
    pub file_name: String,
    pub dry_run: bool,
    pub state: ImportState,
    pub counts: ImportCounts,
    /// At most 1,000; `counts.refused` has them all.
    pub refused: Vec<RefusedRow>,
    /// At most 1,000; `counts.sales` has them all.
    #[serde(default)]
    pub possible_sales: Vec<PossibleSale>,
    /// New and changed units, at most 1,000; the counts have them all. Lists of imports leave them out.
    #[serde(default)]
    pub changes: Vec<RowChange>,
    /// Headers that were not understood and left aside.
    pub ignored_columns: Vec<String>,
    /// What each column was taken for. Lists of imports leave them out, and those of before they
    /// were kept have none.
    #[serde(default)]
    pub columns: Vec<ReadColumn>,
    /// How far it is, while it runs.
    #[serde(default)]
    pub progress: Option<ImportProgress>,
    /// What was wrong with the whole of it, where its request had been answered already.
    #[serde(default)]
    pub flaw: Option<ImportFlaw>,
    #[serde(with = "crate::time")]
    pub created_at: jiff::Timestamp,
}

impl RosterImport {
    /// The columns for want of which nothing of the file was read.
    #[must_use]
    pub fn lacks(&self) -> Vec<RosterColumn> {
        let known = |field| {
            self.columns
                .iter()
                .any(|column| column.field == Some(field))
        };
        let needed = RosterColumn::NEEDED.into_iter();
        needed
            .filter(|field| !self.columns.is_empty() && !known(*field))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_keep_every_digit() {
        for (raw, centi) in [
            ("89.37", 8937),
            ("89", 8900),
            (" 1,089.3 m2", 108_930),
            ("102.50㎡", 10250),
            ("0.01", 1),
        ] {
            assert_eq!(Area::parse(raw), Ok(Area(centi)), "{raw}");
        }
        for raw in [
            "",
            "-3",
            "89.375",
            "8 9x",
            ".5",
            "1e5",
            "99999999999999999999",
        ] {
            assert!(Area::parse(raw).is_err(), "{raw}");
        }
        assert_eq!(Area(8905).to_string(), "89.05");
    }

    #[test]
    fn roster_words() {
        assert_eq!(Occupancy::parse(" 自住 "), Some(Occupancy::LivedIn));
        assert_eq!(UnitUse::parse("商铺"), Some(UnitUse::Shop));
        assert_eq!(Occupancy::parse("别的"), None);
    }
}
