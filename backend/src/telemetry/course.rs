//! The course of a point as a page shows it, and the same as a file.

use domain::{
    PointId,
    audit::{Deed, Subject},
    devices::ValueType,
    identity::Action,
    problem::{Check, Flaw},
    telemetry::{
        Summary,
        course::{Course, CourseForm, Grain, Part, Span},
    },
};
use jiff::{
    SignedDuration, Timestamp, ToSpan, Zoned,
    civil::{Date, DateTime},
};

use super::{
    export::{self, FileKind, Headers, Sheet},
    history::sane,
    store::steps as store,
};
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// More steps than any grain lets through.
const MOST_STEPS: i64 = 4000;

/// A point's numbers over a span or between two moments, in steps that fit, with the parts that one
/// may look at next. Days are those of the company's own calendar. `None` for a point that is not
/// there or not to be seen.
///
/// # Errors
/// `forbidden`; `invalid` where `from` or `to` is no local time, `to` is not after `from`, or more
/// is asked for than the point's type allows.
pub async fn course(cx: &Cx, point: PointId, form: &CourseForm) -> Result<Option<Course>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let asked = Asked::read(cx, form)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let Some(found) = store::point(&mut tx, cx.tenant.id, point).await? else {
        return Ok(None);
    };
    let (grain, steps) = steps(&mut tx, cx, point, &found, &asked).await?;
    tx.commit().await?;
    Ok(Some(asked.course(point, grain, steps)?))
}

/// The same as a file (.csv or .xlsx), with its name, and on record who took it along.
///
/// # Errors
/// As [`course`].
pub async fn export_course(
    cx: &Cx,
    point: PointId,
    form: &CourseForm,
    kind: FileKind,
    headers: Headers,
) -> Result<Option<(String, Vec<u8>)>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let asked = Asked::read(cx, form)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let Some(found) = store::point(&mut tx, cx.tenant.id, point).await? else {
        return Ok(None);
    };
    let (_, steps) = steps(&mut tx, cx, point, &found, &asked).await?;
    let sheet = Sheet {
        headers,
        zone: &cx.tenant.zone,
        unit: &found.unit,
        steps: &steps,
    };
    let bytes = export::write(kind, &sheet)?;
    let (of, estate) = (Subject::Device(found.device), Some(found.estate));
    let fields = audit::given([
        ("point", true),
        ("from", !form.from.trim().is_empty()),
        ("to", !form.to.trim().is_empty()),
    ]);
    audit::record(&mut tx, cx, Deed::HistoryExported, of, estate, fields).await?;
    tx.commit().await?;
    let name = format!(
        "linli-{}-{}-{}.{}",
        found.key,
        found.name,
        asked.from.date(),
        kind.as_str()
    );
    Ok(Some((name, bytes)))
}

async fn steps(
    tx: &mut TenantTx,
    cx: &Cx,
    point: PointId,
    found: &store::PointRow,
    asked: &Asked,
) -> Result<(Grain, Vec<Summary>)> {
    let (from, to) = (asked.from.timestamp(), asked.to.timestamp());
    let grain = Grain::of(to.duration_since(from), found.value_type)
        .ok_or_else(|| Error::invalid("from", Flaw::OutOfRange))?;
    let from_halves = !matches!(grain, Grain::Minute | Grain::QuarterHour);
    let span = store::Span {
        field: match grain {
            // Of half hours this is one of them.
            Grain::Minute | Grain::HalfHour => "minute",
            Grain::QuarterHour => "quarter_hour",
            Grain::Hour => "hour",
            Grain::Day => "day",
        },
        zone: cx.tenant.zone.iana_name().unwrap_or("UTC"),
        from,
        to,
        after: Timestamp::UNIX_EPOCH,
        rows: MOST_STEPS,
    };
    let mut made = match found.value_type {
        ValueType::Text => Vec::new(),
        ValueType::Number if from_halves => {
            store::of_half_hours(tx, cx.tenant.id, point, &span).await?
        }
        ValueType::Number | ValueType::Bool => {
            store::of_readings(tx, cx.tenant.id, point, &span).await?
        }
    };
    found.keep_use(&mut made);
    Ok((grain, made))
}

/// What is asked for, on the company's own clocks.
#[derive(Debug)]
struct Asked {
    from: Zoned,
    to: Zoned,
    now: Zoned,
    /// Of a span that ends now.
    live: bool,
}

impl Asked {
    fn read(cx: &Cx, form: &CourseForm) -> Result<Self> {
        let now = cx.now().to_zoned(cx.tenant.zone.clone());
        let mut check = Check::default();
        let (from, to) = (
            check.take("from", moment(cx, &form.from)),
            check.take("to", moment(cx, &form.to)),
        );
        let (from, to) = check.done(from.zip(to))?;
        let live = from.is_none() && to.is_none();
        let to = to.unwrap_or_else(|| now.clone());
        let from = match from {
            Some(from) => from,
            None => begin(&to, form.span).map_err(Error::internal)?,
        };
        if to <= from {
            return Err(Error::invalid("to", Flaw::OutOfRange));
        }
        Ok(Self {
            from,
            to,
            now,
            live,
        })
    }

    fn course(self, point: PointId, grain: Grain, steps: Vec<Summary>) -> Result<Course> {
        let (before, after, parts) = self.around().map_err(Error::internal)?;
        Ok(Course {
            point,
            from: self.from.timestamp(),
            to: self.to.timestamp(),
            live: self.live,
            grain,
            steps,
            shown: part(&self.from, &self.to, ""),
            before,
            after,
            parts,
        })
    }

    fn around(&self) -> Result<(Part, Option<Part>, Vec<Part>), jiff::Error> {
        let long = self.to.duration_since(&self.from);
        let before = part(&self.from.checked_sub(long)?, &self.from, "");
        let after = if self.to < self.now {
            Some(part(&self.to, &self.to.checked_add(long)?, ""))
        } else {
            None
        };
        let days = long.as_hours() / 24;
        let unit = match days {
            62.. => Unit::Month,
            2.. => Unit::Day,
            _ if long.as_hours() > 6 => Unit::Hour,
            _ => return Ok((before, after, Vec::new())),
        };
        let mut parts = Vec::new();
        let mut begin = unit.floor(&self.from)?;
        while begin < self.to && parts.len() < MOST_PARTS {
            let end = unit.next(&begin)?;
            parts.push(part(&begin, &end, unit.label()));
            begin = end;
        }
        Ok((before, after, parts))
    }
}

/// Two months of days, or ten years of months.
const MOST_PARTS: usize = 121;

#[derive(Debug, Clone, Copy)]
enum Unit {
    Month,
    Day,
    Hour,
}

impl Unit {
    fn floor(self, at: &Zoned) -> Result<Zoned, jiff::Error> {
        match self {
            Self::Month => at.first_of_month()?.start_of_day(),
            Self::Day => at.start_of_day(),
            Self::Hour => at.round(
                jiff::ZonedRound::new()
                    .smallest(jiff::Unit::Hour)
                    .mode(jiff::RoundMode::Trunc),
            ),
        }
    }

    fn next(self, at: &Zoned) -> Result<Zoned, jiff::Error> {
        match self {
            Self::Month => at.checked_add(1.month()),
            Self::Day => at.checked_add(1.day()),
            Self::Hour => at.checked_add(1.hour()),
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Month => "%Y-%m",
            Self::Day => "%m-%d",
            Self::Hour => "%H:%M",
        }
    }
}

/// In the form in which it can be asked for again.
fn part(from: &Zoned, to: &Zoned, label: &str) -> Part {
    let write = |at: &Zoned| at.strftime("%Y-%m-%dT%H:%M").to_string();
    Part {
        from: write(from),
        to: write(to),
        label: from.strftime(label).to_string(),
    }
}

/// Where a span that ends at `to` begins: those of days with a whole one.
fn begin(to: &Zoned, span: Span) -> Result<Zoned, jiff::Error> {
    match span {
        Span::Hour => to.checked_sub(1.hour()),
        Span::Day => to.checked_sub(SignedDuration::from_hours(24)),
        Span::Week => to.checked_sub(7.days()),
        Span::Month => to.checked_sub(30.days())?.start_of_day(),
        Span::Year => to.checked_sub(1.year())?.start_of_day(),
    }
}

/// A local time, or a day's beginning.
fn moment(cx: &Cx, text: &str) -> Result<Option<Zoned>, Flaw> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let civil = text.parse::<DateTime>().or_else(|_| {
        let day = text.parse::<Date>();
        day.map(|day| day.at(0, 0, 0, 0))
    });
    let civil = civil.map_err(|_| Flaw::Malformed)?;
    let zone = &cx.tenant.zone;
    let moment = civil.to_zoned(zone.clone()).map_err(|_| Flaw::Malformed)?;
    Ok(Some(sane(cx, moment.timestamp()).to_zoned(zone.clone())))
}
