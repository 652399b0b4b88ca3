//! The tables of a company's archive, and how they are packed.

use std::{fs::File, io};

use domain::devices::models::DeviceModel;

use super::tables::{Archive, Csv, Table};

const README: &str = include_str!("readme.txt");

pub(super) struct Tables {
    pub(super) company: Table,
    pub(super) regions: Table,
    pub(super) estates: Table,
    pub(super) phases: Table,
    pub(super) buildings: Table,
    pub(super) units: Table,
    pub(super) households: Table,
    pub(super) residents: Table,
    pub(super) devices: Table,
    pub(super) points: Table,
    pub(super) roles: Table,
    pub(super) grants: Table,
}

impl Tables {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            company: Table::new(
                "company",
                &["slug", "name", "time_zone", "currency", "language"],
            )?,
            regions: Table::new("regions", &["id", "name"])?,
            estates: Table::new("estates", &["id", "region", "name"])?,
            phases: Table::new("phases", &["id", "estate", "name"])?,
            buildings: Table::new("buildings", &["id", "estate", "phase", "name"])?,
            units: Table::new(
                "units",
                &[
                    "id",
                    "estate",
                    "building",
                    "entrance",
                    "unit",
                    "floor_label",
                    "true_floor",
                    "area_m2",
                    "inner_area_m2",
                    "use",
                    "occupancy",
                    "fee_start",
                    "household",
                ],
            )?,
            households: Table::new("households", &["id", "estate", "unit", "since"])?,
            residents: Table::new(
                "residents",
                &["id", "household", "unit", "relation", "name", "phone"],
            )?,
            devices: Table::new(
                "devices",
                &[
                    "id",
                    "estate",
                    "unit",
                    "gateway",
                    "key",
                    "name",
                    "kind",
                    "place",
                    "transport",
                    "model",
                    "retired",
                ],
            )?,
            points: Table::new(
                "points",
                &["id", "device", "name", "unit", "type", "min", "max"],
            )?,
            roles: Table::new("roles", &["key", "name", "actions"])?,
            grants: Table::new(
                "grants",
                &[
                    "id",
                    "person",
                    "person_name",
                    "since",
                    "role",
                    "everywhere",
                    "places",
                    "until",
                    "stands_in_for",
                ],
            )?,
        })
    }

    /// For each estate its name, its roster and its cars; and the company's own device models.
    pub(super) fn pack(
        self,
        rosters: Vec<(String, Csv, Csv)>,
        models: &[DeviceModel],
        whole: bool,
    ) -> io::Result<File> {
        let mut archive = Archive::new()?;
        let phones = if whole {
            "完整 / whole"
        } else {
            "已遮挡 / masked"
        };
        archive.text("README.txt", &README.replace("{phones}", phones))?;
        for table in [
            self.company,
            self.regions,
            self.estates,
            self.phases,
            self.buildings,
            self.units,
            self.households,
            self.residents,
            self.devices,
            self.points,
            self.roles,
            self.grants,
        ] {
            archive.table(table)?;
        }
        // Two estates may have one name, once what no file's name has is gone.
        for (number, (name, roster, cars)) in (1..).zip(rosters) {
            let name: String = name.chars().map(plain).collect();
            archive.csv(&format!("rosters/{number:02}-{name}.csv"), roster)?;
            archive.csv(&format!("vehicles/{number:02}-{name}.csv"), cars)?;
        }
        for model in models {
            let (name, json) = model.file();
            archive.text(
                &format!("device_models/{name}"),
                &String::from_utf8_lossy(&json),
            )?;
        }
        archive.done()
    }
}

/// A character that the name of a file may have anywhere.
fn plain(c: char) -> char {
    if c.is_control() || "/\\:*?\"<>|".contains(c) {
        '_'
    } else {
        c
    }
}
