//! The course of a point: its grain, its days, its parts, and its file.

use domain::{
    Code,
    audit::Deed,
    devices::DeviceKind,
    telemetry::{
        Quality, Value,
        course::{Course, CourseForm, Grain, Span},
    },
};

use super::{Made, Scene, reading, ts};
use crate::telemetry::{FileKind, Headers, course, export_course};

const HEADERS: Headers = Headers {
    time: "time",
    min: "min",
    max: "max",
    mean: "mean",
    last: "last",
    used: "used",
    unit: "unit",
};

fn between(from: &str, to: &str) -> CourseForm {
    CourseForm {
        from: from.to_owned(),
        to: to.to_owned(),
        ..CourseForm::default()
    }
}

fn last(span: Span) -> CourseForm {
    CourseForm {
        span,
        ..CourseForm::default()
    }
}

impl Scene {
    async fn course(&self, of: &Made, point: usize, form: &CourseForm) -> Course {
        let made = course(self.admin(), of.points[point], form).await;
        made.unwrap().unwrap()
    }

    async fn flaw(&self, of: &Made, point: usize, form: &CourseForm) -> String {
        let refused = course(self.admin(), of.points[point], form).await;
        refused.unwrap_err().problem.to_string()
    }
}

fn means(course: &Course) -> Vec<(String, f64)> {
    let steps = course.steps.iter();
    steps.map(|step| (step.ts.to_string(), step.mean)).collect()
}

#[tokio::test]
async fn a_pump_by_the_minute_and_by_the_day() {
    let s = Scene::new().await;
    let pump = s.device(DeviceKind::Pump, None).await;
    let mut sent = Vec::new();
    for (at, number) in [
        ("2026-11-21T15:50:00Z", 1.0),
        ("2026-11-21T16:00:10Z", 2.0),
        ("2026-11-21T16:00:40Z", 4.0),
        ("2026-11-21T16:40:00Z", 7.0),
    ] {
        sent.push(reading("pressure_mpa", ts(at), Value::Number(number)));
        sent.push(reading("running", ts(at), Value::Bool(number > 3.0)));
    }
    let mut failed = reading(
        "pressure_mpa",
        ts("2026-11-21T16:00:50Z"),
        Value::Number(99.0),
    );
    failed.quality = Quality::Failed;
    sent.push(failed);
    s.send(&pump, sent).await;
    let row = |at: &str, mean: f64| (at.to_owned(), mean);

    // Local midnight is at 16:00 UTC.
    let hour = s
        .course(&pump, 1, &between("2026-11-22T00:00", "2026-11-22T01:00"))
        .await;
    assert_eq!((hour.grain, hour.live), (Grain::Minute, false));
    let by_minute = [
        row("2026-11-21T16:00:00Z", 3.0),
        row("2026-11-21T16:40:00Z", 7.0),
    ];
    assert_eq!(means(&hour), by_minute);
    let days = s
        .course(&pump, 1, &between("2026-11-20", "2026-11-23"))
        .await;
    assert_eq!(days.grain, Grain::HalfHour);
    let halves = [
        row("2026-11-21T15:30:00Z", 1.0),
        row("2026-11-21T16:00:00Z", 3.0),
        row("2026-11-21T16:30:00Z", 7.0),
    ];
    assert_eq!(means(&days), halves);
    let year = s.course(&pump, 1, &last(Span::Year)).await;
    assert_eq!((year.grain, year.live), (Grain::Day, true));
    assert_eq!(year.from, ts("2025-11-21T16:00:00Z"));
    let by_day = [
        row("2026-11-20T16:00:00Z", 1.0),
        row("2026-11-21T16:00:00Z", 13.0 / 3.0),
    ];
    assert_eq!(means(&year), by_day);
    let month = s.course(&pump, 1, &last(Span::Month)).await;
    assert_eq!((month.grain, month.steps.len()), (Grain::Hour, 2));
    // A switch is made of its readings.
    let day = s.course(&pump, 0, &last(Span::Day)).await;
    assert_eq!(day.grain, Grain::QuarterHour);
    let quarters = [
        row("2026-11-21T15:45:00Z", 0.0),
        row("2026-11-21T16:00:00Z", 0.5),
        row("2026-11-21T16:30:00Z", 1.0),
    ];
    assert_eq!(means(&day), quarters);
    assert_eq!(
        s.flaw(&pump, 0, &last(Span::Year)).await,
        "invalid from=out_of_range"
    );
    // A text has none.
    let door = s.device(DeviceKind::Door, None).await;
    assert!(s.course(&door, 1, &last(Span::Year)).await.steps.is_empty());
}

#[tokio::test]
async fn parts_lead_on() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    let labels = |course: &Course| -> Vec<String> {
        course.parts.iter().map(|part| part.label.clone()).collect()
    };
    let year = s.course(&meter, 0, &last(Span::Year)).await;
    assert_eq!(year.parts.len(), 13);
    assert_eq!(labels(&year)[..2], ["2025-11", "2025-12"]);
    assert_eq!(year.after, None, "nothing is after now");
    let (from, to) = (&year.parts[1].from, &year.parts[1].to);
    assert_eq!(
        (from.as_str(), to.as_str()),
        ("2025-12-01T00:00", "2026-01-01T00:00")
    );
    let december = s.course(&meter, 0, &between(from, to)).await;
    assert_eq!((december.grain, december.parts.len()), (Grain::Hour, 31));
    assert_eq!(labels(&december)[..2], ["12-01", "12-02"]);
    assert_eq!(december.before.to, december.shown.from);
    assert_eq!(december.after.as_ref().unwrap().from, december.shown.to);
    let day = &december.parts[0];
    let first = s.course(&meter, 0, &between(&day.from, &day.to)).await;
    assert_eq!((first.grain, first.parts.len()), (Grain::HalfHour, 24));
    assert_eq!(labels(&first)[23], "23:00");
    let hour = &first.parts[23];
    let finest = s.course(&meter, 0, &between(&hour.from, &hour.to)).await;
    assert_eq!((finest.grain, finest.parts.len()), (Grain::Minute, 0));
}

#[tokio::test]
async fn what_is_no_course() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, None).await;
    for (form, flaw) in [
        (between("yesterday", ""), "invalid from=malformed"),
        (between("", "2026-13-01"), "invalid to=malformed"),
        (
            between("2026-11-02", "2026-11-02"),
            "invalid to=out_of_range",
        ),
        (
            between("1970-01-02", "2026-11-02"),
            "invalid from=out_of_range",
        ),
    ] {
        assert_eq!(s.flaw(&meter, 0, &form).await, flaw);
    }
    // Times that Postgres cannot reckon with.
    let odd = between("1970-01-01", "9999-12-31");
    assert_eq!(s.flaw(&meter, 0, &odd).await, "invalid from=out_of_range");
}

#[tokio::test]
async fn a_file_of_it_is_remembered() {
    let s = Scene::new().await;
    let meter = s.device(DeviceKind::WaterMeter, Some(s.place.unit)).await;
    let said = [
        ("2026-11-01T02:00:00Z", 10.0),
        ("2026-11-20T02:00:00Z", 12.5),
    ];
    s.tell(&meter, "volume_m3", &said).await;
    let (point, form) = (meter.points[0], last(Span::Year));
    let take = async |cx, kind| export_course(cx, point, &form, kind, HEADERS).await;
    let (name, bytes) = take(s.admin(), FileKind::Csv).await.unwrap().unwrap();
    assert!(name.ends_with("-volume_m3-2025-11-22.csv"), "{name}");
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[2],
        "2026-11-20 00:00:00+08:00,12.5,12.5,12.5,12.5,2.5,m³"
    );
    let (name, bytes) = take(s.admin(), FileKind::Xlsx).await.unwrap().unwrap();
    let kind = std::path::Path::new(&name).extension();
    assert!(
        kind.is_some_and(|kind| kind == "xlsx") && bytes.starts_with(b"PK"),
        "{name}"
    );
    let taken =
        "SELECT count(*) FROM audit_entry WHERE deed = 'history.exported' AND fields = '{point}'";
    assert_eq!(s.count(taken).await, 2);
    assert_eq!(Deed::parse("history.exported"), Some(Deed::HistoryExported));

    assert_eq!(take(&s.town.admin_b, FileKind::Csv).await.unwrap(), None);
    let owner = &s.town.owner_of(s.admin(), s.place.household).await;
    let refused = take(owner, FileKind::Csv).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let bad = between("x", "");
    let bad = export_course(s.admin(), point, &bad, FileKind::Csv, HEADERS).await;
    assert_eq!(bad.unwrap_err().code(), Code::Invalid);
    assert_eq!(s.count(taken).await, 2, "a refusal takes nothing along");
}
