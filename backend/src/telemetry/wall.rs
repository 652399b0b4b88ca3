//! An estate on a screen on the wall.

use domain::{
    EstateId,
    identity::Action,
    telemetry::{
        equipment::{KINDS, KindOfEquipment},
        wall::{HeldDoor, Wall, WallDoors},
    },
};

use super::{
    dashboard::figures,
    doors::Hall,
    equipment::{Standing, Yard, machines, states},
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
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let Some(figures) = figures(&mut tx, cx, estate).await? else {
        return Ok(None);
    };
    let yard = Yard::look(&mut tx, cx, estate, &KINDS).await?;
    let worst = yard.worst(WORST);
    let mut rows = machines(&mut tx, cx, &yard, worst.iter().copied()).await?;
    let hall = Hall::look(&mut tx, cx, estate).await?;
    let hours = hall.hours(&mut tx, cx).await?;
    tx.commit().await?;

    let worst = worst.iter().map(|each| each.found.id);
    let troubles = worst.filter_map(|id| rows.remove(&id)).collect();
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
    Ok(Some(Wall {
        utc_offset_s: cx.now().to_zoned(cx.tenant.zone.clone()).offset().seconds(),
        figures,
        equipment: kinds(&yard),
        troubles,
        doors,
    }))
}

/// The kinds that there are any of, without their rows.
fn kinds(yard: &Yard) -> Vec<KindOfEquipment> {
    let kinds = KINDS.into_iter().filter_map(|kind| {
        let all: Vec<&Standing> = yard.of(kind).collect();
        (!all.is_empty()).then(|| KindOfEquipment {
            kind,
            states: states(&all),
            rows: Vec::new(),
            next: None,
        })
    });
    kinds.collect()
}
