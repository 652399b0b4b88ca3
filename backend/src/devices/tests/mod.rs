//! Devices, each verb as its owner and as a stranger.

mod doors;
mod register;
mod seen;
mod sorted;

use domain::{
    EstateId, HouseholdId, UnitId,
    devices::TransportForm,
    estates::{BuildingForm, EstateForm, Relation, ResidentForm, UnitForm},
};

use super::*;
use crate::{estates, testing::Town};

/// An estate with one building, one unit and its household.
pub(crate) struct Place {
    pub(crate) estate: EstateId,
    pub(crate) unit: UnitId,
    pub(crate) household: HouseholdId,
}

pub(crate) async fn settle(cx: &Cx, name: &str) -> Place {
    let estate = estates::create_estate(
        cx,
        EstateForm {
            name: name.to_owned(),
        },
    )
    .await
    .unwrap()
    .id;
    let (unit, household) = build(cx, estate, "1号楼", "101").await;
    Place {
        estate,
        unit,
        household,
    }
}

/// One more building with one lived-in unit.
pub(crate) async fn build(
    cx: &Cx,
    estate: EstateId,
    building: &str,
    unit: &str,
) -> (UnitId, HouseholdId) {
    let form = BuildingForm {
        estate,
        name: building.to_owned(),
    };
    let building = estates::create_building(cx, form).await.unwrap().id;
    let form = UnitForm {
        building,
        entrance: None,
        unit: unit.to_owned(),
        area_m2: None,
    };
    let unit = estates::create_unit(cx, form).await.unwrap().id;
    let form = ResidentForm {
        id_number: None,
        unit,
        name: "李雷".to_owned(),
        phone: None,
        relation: Relation::Owner,
    };
    let resident = estates::add_resident(cx, form).await.unwrap();
    (unit, resident.household)
}

pub(crate) fn form(kind: DeviceKind, estate: EstateId, unit: Option<UnitId>) -> DeviceForm {
    DeviceForm {
        name: "表".to_owned(),
        key: None,
        kind,
        estate,
        unit,
        place: None,
        transport: TransportForm::Mqtt {},
        gateway: None,
        model: None,
        points: Vec::new(),
    }
}

/// Ends the household of a unit and starts another, as a sale will.
pub(crate) async fn sell(town: &Town, cx: &Cx, place: &Place) -> HouseholdId {
    let buyer: HouseholdId = cx.new_id();
    let (id, old) = (buyer.0, place.household.0);
    sqlx::query("UPDATE household SET ended_on = started_on WHERE id = $1")
        .bind(old)
        .execute(town.db.admin())
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO household (tenant_id, id, estate_id, unit_id, started_on) VALUES ($1, $2, $3, $4, '2026-11-22')",
    )
    .bind(cx.tenant.id.0)
    .bind(id)
    .bind(place.estate.0)
    .bind(place.unit.0)
    .execute(town.db.admin())
    .await
    .unwrap();
    let mut tx = TenantTx::begin(cx, &domain::identity::Scope::Everywhere)
        .await
        .unwrap();
    tenure_started(&mut tx, &[(place.unit, buyer)], cx.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    buyer
}

fn page(limit: u32, cursor: Option<String>) -> PageAsk {
    PageAsk {
        cursor,
        limit: Some(limit),
    }
}
