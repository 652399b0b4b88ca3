//! An estate on a screen on the wall.

use domain::{
    EstateId,
    identity::Action,
    page::PageAsk,
    telemetry::wall::{HeldDoor, Wall, WallDoors},
};

use super::{
    dashboard::dashboard,
    doors::Hall,
    equipment::{equipment, worst},
};
use crate::kernel::{cx::Cx, error::Result, tx::TenantTx};

/// How many devices it names that somebody should look at.
const WORST: usize = 12;

/// The figures of an estate for a screen that everybody sees who comes by: what its meters, its
/// equipment and its doors say, and nothing that a door says of people. `None` for an estate that is
/// not there or not to be seen.
///
/// # Errors
/// `forbidden`.
pub async fn wall(cx: &Cx, estate: EstateId) -> Result<Option<Wall>> {
    let Some(mut figures) = dashboard(cx, estate).await? else {
        return Ok(None);
    };
    figures.recent.clear();
    let Some(equipment) = equipment(cx, estate, None, &PageAsk::default()).await? else {
        return Ok(None);
    };
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let hall = Hall::look(&mut tx, cx, estate).await?;
    let hours = hall.hours(&mut tx, cx).await?;
    tx.commit().await?;
    let held = hall.all_held(cx.now()).map(|each| HeldDoor {
        id: each.found.id,
        name: each.found.name.clone(),
    });
    let doors = WallDoors {
        states: hall.states(cx.now()),
        open: hall.open(),
        held: held.collect(),
        say_held: hall.say_held().collect(),
        hours,
    };
    let mut kinds = equipment.kinds;
    let troubles = worst(&mut kinds, WORST);
    Ok(Some(Wall {
        utc_offset_s: cx.now().to_zoned(cx.tenant.zone.clone()).offset().seconds(),
        figures,
        equipment: kinds,
        troubles,
        doors,
    }))
}
