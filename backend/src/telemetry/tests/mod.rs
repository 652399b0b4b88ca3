//! Readings in and out, on a real Postgres and as the login that serves.

mod boards;
mod clock;
mod course;
mod doors;
mod edges;
mod energy;
mod figures;
mod history;
mod ingest;
mod pace;
mod quota;
mod refusals;
mod replaced;
mod rhythm;
mod turned;
mod walls;

use domain::{
    DeviceId, EstateId, PointId, UnitId,
    devices::{DeviceForm, DeviceKind},
    telemetry::{Quality, Reading, Value},
};
use jiff::Timestamp;

use super::{Arrived, Batch, Incoming, Registry, open_partitions};
use crate::{
    devices::{
        self,
        tests::{Place, form, settle},
    },
    kernel::cx::Cx,
    testing::Town,
};

/// A town with partitions, one estate of the first company, and the product's own context there.
struct Scene {
    town: Town,
    place: Place,
    system: Cx,
    registry: Registry,
}

/// A registered device with the ids of its points in their order.
struct Made {
    device: DeviceId,
    estate: EstateId,
    points: Vec<PointId>,
}

fn ts(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reading(point: &str, at: Timestamp, value: Value) -> Reading {
    Reading {
        point: point.to_owned(),
        ts: at,
        value,
        quality: Quality::Good,
    }
}

impl Scene {
    async fn new() -> Self {
        let town = Town::new().await;
        open_partitions(&town.site).await.unwrap();
        let place = settle(&town.admin_a, "阳光花园").await;
        let system = town.system(&town.admin_a);
        Self {
            town,
            place,
            system,
            registry: Registry::default(),
        }
    }

    fn admin(&self) -> &Cx {
        &self.town.admin_a
    }

    async fn device(&self, kind: DeviceKind, unit: Option<UnitId>) -> Made {
        self.made(form(kind, self.place.estate, unit)).await
    }

    async fn made(&self, form: DeviceForm) -> Made {
        let made = devices::register(self.admin(), form).await.unwrap();
        let points = devices::points(self.admin(), made.id)
            .await
            .unwrap()
            .unwrap();
        Made {
            device: made.id,
            estate: self.place.estate,
            points: points.into_iter().map(|p| p.id).collect(),
        }
    }

    async fn send(&self, to: &Made, readings: Vec<Reading>) -> Vec<Arrived> {
        super::ingest(&self.system, &self.registry, to.batch(readings))
            .await
            .unwrap()
    }

    /// A number at a time, of one point.
    async fn tell(&self, to: &Made, point: &str, said: &[(&str, f64)]) {
        let readings = said
            .iter()
            .map(|(at, number)| reading(point, ts(at), Value::Number(*number)));
        self.send(to, readings.collect()).await;
    }

    /// A count from behind the walls.
    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.town.db.admin())
            .await
            .unwrap()
    }
}

impl Made {
    fn batch(&self, readings: Vec<Reading>) -> Batch {
        let item = Incoming {
            device: self.device,
            estate: self.estate,
            readings,
        };
        Batch {
            items: vec![item],
            ..Batch::default()
        }
    }
}
