//! Server functions of devices.

use domain::{
    DeviceId, EstateId, InstrumentId, PointId, UnitId,
    columns::Columns,
    devices::{
        Credentials, Device, DeviceColumn, DeviceKind, DeviceRow, DeviceState, Point, Registered,
        acts::Act,
        changes::DeviceChangeForm,
        commands::Command,
        instruments::{Instrument, ReplacementForm},
        mains::Hangings,
        models::ModelKey,
    },
    estates::Unit,
    page::Page,
    telemetry::{
        Slot,
        course::{Course, CourseForm},
    },
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;

/// One page of an estate's devices, and what is shown of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceList {
    pub page: Page<DeviceRow>,
    pub columns: Columns<DeviceColumn>,
}

#[server(name = LoadDevices, prefix = "/fn", endpoint = "devices/list")]
pub async fn list_devices(
    estate: EstateId,
    kind: Option<DeviceKind>,
    state: Option<DeviceState>,
    cursor: Option<String>,
    #[server(default)] retired: bool,
    sort: Option<String>,
    show: Option<String>,
) -> Result<DeviceList, AppError> {
    use crate::columns::List;
    use domain::{Code, Problem, columns::Sort, devices::DeviceFilter, page::PageAsk};

    let cx = crate::cx().await?;
    let sort = Sort::read(sort.as_deref());
    let filter = DeviceFilter {
        estate: Some(estate),
        kind,
        state,
        unit: None,
        retired,
        sort: sort.map_err(|flaw| Problem::field(Code::Invalid, "sort", flaw))?,
    };
    let ask = PageAsk {
        cursor,
        limit: None,
    };
    Ok(DeviceList {
        page: backend::devices::list(&cx, &filter, &ask).await?,
        columns: List::Devices.shown(show.as_deref()),
    })
}

/// The past of one point as it is drawn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct History {
    /// Without its steps: the curve needs less.
    pub course: Course,
    pub slots: Vec<Slot>,
}

impl From<Course> for History {
    fn from(mut course: Course) -> Self {
        let slots = std::mem::take(&mut course.steps).into_iter();
        let slots = slots.map(|step| Slot {
            ts: step.ts,
            value: step.mean,
        });
        Self {
            slots: slots.collect(),
            course,
        }
    }
}

/// A device with its points and the past of one of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceView {
    pub device: Device,
    pub points: Vec<Point>,
    /// Of the point that was asked for, else of the first with numbers.
    pub history: Option<History>,
    /// Whether whoever looks may change its password.
    pub may_edit: bool,
    /// What whoever looks may tell it.
    pub acts: Vec<Act>,
    /// What it was told last, newest first.
    pub commands: Vec<Command>,
    /// The model that it follows, or by whose map it is asked, with what people call it.
    pub model: Option<(ModelKey, String)>,
    /// What hung there last, newest first; `None` for a device that counts nothing up.
    pub instruments: Option<Vec<Instrument>>,
}

#[server(name = LoadDevice, prefix = "/fn", endpoint = "devices/view")]
pub async fn device_view(
    device: DeviceId,
    point: Option<PointId>,
    #[server(default)] part: CourseForm,
) -> Result<DeviceView, AppError> {
    use backend::{devices, telemetry};
    use domain::devices::Transport;
    use domain::devices::ValueType;
    use domain::identity::{Action, Place};
    use domain::page::PageAsk;

    let cx = crate::cx().await?;
    let found = devices::device(&cx, device)
        .await?
        .ok_or_else(AppError::not_found)?;
    let points = devices::points(&cx, device)
        .await?
        .ok_or_else(AppError::not_found)?;
    let drawn = |each: &&Point| each.value_type == ValueType::Number;
    let chosen = points.iter().find(|each| Some(each.id) == point);
    let chosen = chosen
        .or_else(|| points.iter().find(drawn))
        .map(|each| each.id);
    let history = match chosen {
        Some(point) => telemetry::course(&cx, point, &part)
            .await?
            .map(History::from),
        None => None,
    };
    let named = match (&found.model, &found.transport) {
        (Some((id, _)), _) => Some(id.clone()),
        (None, Transport::Modbus(modbus)) => modbus.map.as_str().and_then(|id| id.parse().ok()),
        (None, Transport::Mqtt {} | Transport::Http {}) => None,
    };
    let model = match named {
        Some(id) => devices::models::model(&cx, &id).await?,
        None => None,
    };
    let model = model.map(|shown| shown.model);
    let instruments = match found.kind.register() {
        Some(_) => devices::instruments::instruments(&cx, device, &PageAsk::default()).await?,
        None => None,
    };
    let place = Place::hanging(found.estate, found.unit);
    let may = |action| cx.authorize_at(action, &place).is_ok();
    let reached = found.retired_at.is_none() && !found.is_behind_gateway();
    let acts = if reached && may(Action::CommandDevices) {
        let map = found.model.as_ref().and(model.as_ref());
        let map = map.and_then(|model| model.map.as_ref());
        let transport = found.transport.clone().with_map(map);
        domain::devices::acts::acts(found.kind, &transport)
    } else {
        Vec::new()
    };
    Ok(DeviceView {
        acts,
        commands: last_commands(&cx, device).await?,
        instruments: instruments.map(|page| page.items),
        model: model.map(|model| (model.id.clone(), model.title())),
        device: found,
        points,
        history,
        may_edit: may(Action::EditDevices),
    })
}

/// How many commands a device's page shows.
#[cfg(feature = "ssr")]
const COMMANDS: u32 = 5;

#[cfg(feature = "ssr")]
async fn last_commands(cx: &backend::Cx, device: DeviceId) -> Result<Vec<Command>, AppError> {
    let ask = domain::page::PageAsk {
        limit: Some(COMMANDS),
        cursor: None,
    };
    let page = backend::devices::commands::commands(cx, device, &ask).await?;
    Ok(page.ok_or_else(AppError::not_found)?.items)
}

/// What a device was told last, newest first: for a page that waits for an answer.
#[server(name = LoadTold, prefix = "/fn", endpoint = "devices/told")]
pub async fn told(device: DeviceId) -> Result<Vec<Command>, AppError> {
    let cx = crate::cx().await?;
    last_commands(&cx, device).await
}

/// Tells a device to do something, with the number that it is to write where there is one. It leads to
/// the device's page, or to the doors of an estate where that was the page.
#[server(name = Tell, prefix = "/fn", endpoint = "devices/tell")]
pub async fn tell(
    device: DeviceId,
    method: String,
    #[server(default)] value: String,
    #[server(default)] doors: Option<EstateId>,
) -> Result<(), AppError> {
    use domain::{Code, Problem, devices::commands::CommandForm, problem::Flaw};

    let cx = crate::cx().await?;
    let value = Some(value.trim()).filter(|value| !value.is_empty());
    // JSON knows no NaN and no infinity: they would go out as null.
    let number = |value: &str| value.parse::<f64>().ok().filter(|value| value.is_finite());
    let malformed = || Problem::field(Code::Invalid, "value", Flaw::Malformed);
    let value = value
        .map(|value| number(value).ok_or_else(malformed))
        .transpose()?;
    let form = CommandForm {
        method,
        params: value.map(|value| serde_json::json!({ "value": value })),
        timeout_s: None,
    };
    backend::devices::commands::command(&cx, device, form).await?;
    let back = doors.map_or_else(|| crate::routes::device(device), crate::routes::doors);
    leptos_axum::redirect(&back);
    Ok(())
}

/// The unit that a device is to be registered in.
#[server(name = LoadPlace, prefix = "/fn", endpoint = "devices/place")]
pub async fn place(unit: UnitId) -> Result<Unit, AppError> {
    let cx = crate::cx().await?;
    backend::estates::unit(&cx, unit)
        .await?
        .ok_or_else(AppError::not_found)
}

/// One more point, as the form's row has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PointRow {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub unit: String,
    /// A [`domain::devices::ValueType`]; a number where nothing was chosen.
    #[serde(default, rename = "type")]
    pub value_type: String,
}

/// How a Modbus device is asked, as the form has it: texts, and empty ones where nothing was said.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ModbusFields {
    pub host: String,
    pub port: String,
    pub framing: String,
    pub unit_id: String,
    /// A known model, or [`OWN_MAP`].
    pub model: String,
    /// Its own map, as JSON.
    pub own: String,
    pub every_s: String,
}

/// In the place of a model: the map is typed in.
pub const OWN_MAP: &str = "own";

#[cfg(feature = "ssr")]
impl ModbusFields {
    fn form(self) -> Result<domain::devices::modbus::ModbusForm, domain::Problem> {
        use domain::{
            devices::modbus::ModbusForm,
            problem::{Check, Flaw},
        };

        let mut check = Check::default();
        let [port, unit_id, every_s] = self.numbers(&mut check, None);
        let framing = self.framing();
        let map = match self.model.as_str() {
            OWN_MAP if self.own.trim().is_empty() => Err(Flaw::Required),
            OWN_MAP => serde_json::from_str(&self.own).map_err(|_| Flaw::Malformed),
            model => Ok(model.into()),
        };
        let map = check.take("transport.modbus.map", map);
        let whole = (|| {
            Some(ModbusForm {
                host: self.host,
                port: port?,
                framing,
                unit_id: unit_id?,
                map: map?,
                every_s: every_s?,
            })
        })();
        check.done(whole)
    }

    /// What of it is to change: a form that shows what is, so that a blank field is none.
    fn change(self) -> Result<domain::devices::modbus::ModbusChange, domain::Problem> {
        use domain::problem::{Check, Flaw};

        let mut check = Check::default();
        let [port, unit_id, every_s] = self.numbers(&mut check, Some(Flaw::Required));
        let framing = self.framing();
        let whole = (|| {
            Some(domain::devices::modbus::ModbusChange {
                host: Some(self.host),
                port: port?,
                framing: Some(framing),
                unit_id: unit_id?,
                every_s: every_s?,
            })
        })();
        check.done(whole)
    }

    /// Port, number on the line and seconds between polls; `blank` is what is wrong with none.
    #[expect(clippy::option_option, reason = "it holds, and says a number or none")]
    fn numbers(
        &self,
        check: &mut domain::problem::Check,
        blank: Option<domain::problem::Flaw>,
    ) -> [Option<Option<i64>>; 3] {
        use domain::problem::Flaw;

        let fields = [
            ("port", &self.port),
            ("unit_id", &self.unit_id),
            ("every_s", &self.every_s),
        ];
        fields.map(|(field, text)| {
            let number = match (text.trim(), blank) {
                ("", Some(blank)) => Err(blank),
                ("", None) => Ok(None),
                (text, _) => text.parse().map(Some).map_err(|_| Flaw::Malformed),
            };
            check.take(&format!("transport.modbus.{field}"), number)
        })
    }

    fn framing(&self) -> domain::devices::modbus::Framing {
        use domain::devices::modbus::Framing;

        match self.framing.as_str() {
            "rtu_over_tcp" => Framing::RtuOverTcp,
            _ => Framing::Tcp,
        }
    }
}

/// What a device says and how: both empty where nothing was chosen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SaysFields {
    /// `mqtt`, `http` or `modbus`.
    pub transport: String,
    pub points: Vec<PointRow>,
    pub modbus: ModbusFields,
    /// The model of a device that speaks by itself.
    pub model: String,
}

/// A model that a device can be registered with: its id, and what people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    pub id: String,
    pub name: String,
    pub kind: DeviceKind,
    /// Whether it says where its values stand in registers.
    pub asked: bool,
}

/// The company's own models, and those that come with Linli.
#[server(name = LoadModels, prefix = "/fn", endpoint = "devices/models")]
pub async fn models() -> Result<Vec<Model>, AppError> {
    let cx = crate::cx().await?;
    let offered = backend::devices::models::offered(&cx).await?.into_iter();
    Ok(offered
        .map(|model| Model {
            id: model.id.to_string(),
            name: model.title(),
            kind: model.kind,
            asked: model.map.is_some(),
        })
        .collect())
}

/// Registers a device; it speaks MQTT unless `says` has another transport. The answer holds its
/// password, told only this once. Rows of `points` without a name are left out.
#[server(prefix = "/fn", endpoint = "devices/register")]
pub async fn register(
    name: String,
    key: String,
    kind: String,
    estate: EstateId,
    unit: Option<UnitId>,
    place: String,
    #[server(default)] says: SaysFields,
) -> Result<Registered, AppError> {
    use domain::{
        Code, Problem,
        devices::{DeviceForm, NewPoint, TransportForm, ValueType},
        problem::Flaw,
    };

    let cx = crate::cx().await?;
    let kind = DeviceKind::parse(&kind)
        .ok_or_else(|| Problem::field(Code::Invalid, "kind", Flaw::Required))?;
    let filled = says
        .points
        .into_iter()
        .filter(|row| !row.name.trim().is_empty());
    let points = filled
        .map(|row| NewPoint {
            name: row.name.trim().to_owned(),
            unit: row.unit,
            value_type: ValueType::parse(&row.value_type).unwrap_or(ValueType::Number),
            range: domain::devices::ValidRange::default(),
        })
        .collect();
    // One that is asked names its model as its map.
    let model = Some(says.model).filter(|_| says.transport != "modbus");
    let transport = match says.transport.as_str() {
        "" | "mqtt" => TransportForm::Mqtt {},
        "http" => TransportForm::Http {},
        "modbus" => TransportForm::Modbus(says.modbus.form()?),
        _ => return Err(Problem::field(Code::Invalid, "transport", Flaw::Unknown).into()),
    };
    let (key, place) = (Some(key), Some(place));
    let form = DeviceForm {
        name,
        key,
        kind,
        estate,
        unit,
        place,
        transport,
        gateway: None,
        model,
        points,
    };
    Ok(backend::devices::register(&cx, form).await?)
}

/// A new password for a device; the old one ends, with the connection that it let in.
#[server(name = Rekey, prefix = "/fn", endpoint = "devices/rekey")]
pub async fn rekey(device: DeviceId) -> Result<Credentials, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::devices::rekey(&cx, device).await?)
}

/// Ends a device's password, and its connection.
#[server(name = Revoke, prefix = "/fn", endpoint = "devices/revoke")]
pub async fn revoke(device: DeviceId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    Ok(backend::devices::revoke(&cx, device).await?)
}

/// Puts on record that another meter hangs there.
#[server(name = Replace, prefix = "/fn", endpoint = "devices/replace")]
pub async fn replace(
    device: DeviceId,
    #[server(default)] meter: ReplacementForm,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::devices::instruments::replace_meter(&cx, device, meter).await?;
    leptos_axum::redirect(&crate::routes::device(device));
    Ok(())
}

/// Takes the newest replacement of a meter back.
#[server(name = Withdraw, prefix = "/fn", endpoint = "devices/withdraw_replacement")]
pub async fn withdraw_replacement(instrument: InstrumentId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let device = backend::devices::instruments::withdraw_replacement(&cx, instrument).await?;
    leptos_axum::redirect(&crate::routes::device(device));
    Ok(())
}

/// Changes a device: its name, where it is, whether it is in use, and where it is asked.
#[server(name = ChangeDevice, prefix = "/fn", endpoint = "devices/change")]
pub async fn change(
    device: DeviceId,
    #[server(default)] change: DeviceChangeForm,
    asked: Option<ModbusFields>,
) -> Result<(), AppError> {
    use domain::devices::changes::TransportChange;

    let cx = crate::cx().await?;
    let asked = asked.map(ModbusFields::change).transpose()?;
    let change = DeviceChangeForm {
        transport: asked.map(TransportChange::Modbus),
        ..change
    };
    backend::devices::change(&cx, device, change).await?;
    leptos_axum::redirect(&crate::routes::device(device));
    Ok(())
}

/// A device that nobody has heard yet, and how it says its first word.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unheard {
    pub device: DeviceId,
    /// Ready to paste.
    pub command: String,
}

/// The first device of an estate that speaks for itself, as one that is to be heard. Put together here:
/// the page that shows it is everybody's first, and need not know how.
#[server(name = LoadUnheard, prefix = "/fn", endpoint = "devices/unheard")]
pub async fn unheard(estate: EstateId) -> Result<Option<Unheard>, AppError> {
    use crate::devices::parts::publish;

    let cx = crate::cx().await?;
    let seen = backend::estates::estate(&cx, estate).await?;
    seen.ok_or_else(AppError::not_found)?;
    let Some(first) = backend::devices::first_to_speak(&cx, estate).await? else {
        return Ok(None);
    };
    let points = first.kind.points();
    // A sensor's own points are on its page.
    let payload = if points.is_empty() {
        r#"{"temperature_c": 21.5}"#.to_owned()
    } else {
        publish::example(&points)
    };
    let (to, slug) = (broker().await?, &cx.tenant.slug);
    let line = publish::first_word(&first.speaks, &to, slug, &first.key, &payload, None);
    Ok(line.map(|command| Unheard {
        device: first.device,
        command,
    }))
}

/// Where devices connect to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Broker {
    pub host: String,
    pub port: u16,
    /// This site, for those that speak HTTP: `https://linli.example`.
    pub site: String,
}

#[server(name = LoadBroker, prefix = "/fn", endpoint = "devices/broker")]
pub async fn broker() -> Result<Broker, AppError> {
    use axum::{Extension, http::HeaderMap};

    crate::cx().await?;
    let place = leptos_axum::extract::<Option<Extension<super::BrokerPlace>>>().await;
    let place = place.ok().flatten().map(|Extension(place)| place);
    let headers = leptos_axum::extract::<HeaderMap>().await;
    Ok(Broker::of(place, &headers.unwrap_or_default()))
}

impl Broker {
    /// Where it was said to be, else by whatever name this site is reached.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn of(place: Option<super::BrokerPlace>, headers: &axum::http::HeaderMap) -> Self {
        use axum::http::{header::HOST, uri::Authority};

        let header = headers.get(HOST).and_then(|host| host.to_str().ok());
        let reached = header.and_then(|host| host.parse::<Authority>().ok());
        let port = place.as_ref().map_or(1883, |place| place.port);
        let secure = place.as_ref().is_some_and(|place| place.secure);
        let (host, site) = place
            .map(|place| (place.host, place.site))
            .unwrap_or_default();
        let name = |part: fn(&Authority) -> &str| reached.as_ref().map_or("127.0.0.1", part);
        Self {
            host: host.unwrap_or_else(|| name(Authority::host).to_owned()),
            port,
            site: site.unwrap_or_else(|| {
                let scheme = if secure { "https" } else { "http" };
                format!("{scheme}://{}", name(Authority::as_str))
            }),
        }
    }
}

/// What may hang below a meter of the estate's own, and what does.
#[server(name = LoadHangings, prefix = "/fn", endpoint = "devices/hangings")]
pub async fn hangings(device: DeviceId) -> Result<Hangings, AppError> {
    let cx = crate::cx().await?;
    let found = backend::devices::mains::hangings(&cx, device).await?;
    found.ok_or_else(AppError::not_found)
}

/// Says what hangs below a main meter.
#[server(prefix = "/fn", endpoint = "devices/hang")]
pub async fn hang_below(
    device: DeviceId,
    #[server(default)] below: Vec<String>,
) -> Result<(), AppError> {
    use domain::devices::mains::BelowForm;

    let cx = crate::cx().await?;
    backend::devices::mains::hang(&cx, device, BelowForm { below }).await?;
    leptos_axum::redirect(&crate::routes::device(device));
    Ok(())
}
