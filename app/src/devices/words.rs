//! The room's kinds, states and reasons in the reader's words.

use std::borrow::Cow;

use domain::{
    devices::{
        DeviceColumn, DeviceKind, DeviceState, ValidRange, ValueType,
        commands::{Command, CommandState, Unsent},
    },
    telemetry::{Refusal, Value},
};

use crate::{
    i18n::{Locale, td_string},
    ui::{Icon, State, format},
};

#[must_use]
pub fn kind(locale: Locale, kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::ElectricityMeter => td_string!(locale, devices.electricity_meter),
        DeviceKind::WaterMeter => td_string!(locale, devices.water_meter),
        DeviceKind::GasMeter => td_string!(locale, devices.gas_meter),
        DeviceKind::Door => td_string!(locale, devices.door),
        DeviceKind::Lift => td_string!(locale, devices.lift),
        DeviceKind::Pump => td_string!(locale, devices.pump),
        DeviceKind::SmokeAlarm => td_string!(locale, devices.smoke_alarm),
        DeviceKind::Charger => td_string!(locale, devices.charger),
        DeviceKind::Sensor => td_string!(locale, devices.sensor),
    }
}

#[must_use]
pub const fn icon(kind: DeviceKind) -> Icon {
    match kind {
        DeviceKind::ElectricityMeter => Icon::Zap,
        DeviceKind::WaterMeter => Icon::Droplets,
        DeviceKind::GasMeter | DeviceKind::SmokeAlarm => Icon::Flame,
        DeviceKind::Door => Icon::Door,
        DeviceKind::Lift => Icon::Building,
        DeviceKind::Pump => Icon::Fan,
        DeviceKind::Charger => Icon::Plug,
        DeviceKind::Sensor => Icon::Gauge,
    }
}

#[must_use]
pub fn state(locale: Locale, state: DeviceState) -> &'static str {
    match state {
        DeviceState::Waiting => td_string!(locale, devices.waiting),
        DeviceState::Online => td_string!(locale, ui.state_good),
        DeviceState::Late => td_string!(locale, ui.state_stale),
        DeviceState::Stale => td_string!(locale, devices.stale),
        DeviceState::Offline => td_string!(locale, ui.state_offline),
    }
}

/// What a column of a list of devices is called.
#[must_use]
pub fn column(locale: Locale, column: DeviceColumn) -> &'static str {
    match column {
        DeviceColumn::State => td_string!(locale, devices.state),
        DeviceColumn::Key => td_string!(locale, devices.key),
        DeviceColumn::Kind => td_string!(locale, devices.kind),
        DeviceColumn::Place => td_string!(locale, devices.place),
        DeviceColumn::Newest => td_string!(locale, devices.newest),
        DeviceColumn::Seen => td_string!(locale, devices.heard),
        DeviceColumn::Refused => td_string!(locale, devices.refused),
    }
}

/// The shape beside the word.
#[must_use]
pub const fn mark(state: DeviceState) -> State {
    match state {
        DeviceState::Online => State::Good,
        DeviceState::Late | DeviceState::Stale => State::Stale,
        DeviceState::Offline | DeviceState::Waiting => State::Offline,
    }
}

/// How often a device speaks, in the unit that fits: `每 20 秒报一次`.
#[must_use]
pub fn rhythm(locale: Locale, seconds: u32) -> String {
    let (minutes, hours) = ((seconds + 30) / 60, (seconds + 1800) / 3600);
    if seconds < 120 {
        td_string!(locale, devices.each_seconds, n = seconds).to_string()
    } else if hours < 2 {
        td_string!(locale, devices.each_minutes, n = minutes).to_string()
    } else if hours < 48 {
        td_string!(locale, devices.each_hours, n = hours).to_string()
    } else {
        td_string!(locale, devices.each_days, n = (hours + 12) / 24).to_string()
    }
}

#[must_use]
pub fn value_type(locale: Locale, value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Number => td_string!(locale, devices.type_number),
        ValueType::Bool => td_string!(locale, devices.type_bool),
        ValueType::Text => td_string!(locale, devices.type_text),
    }
}

/// A value of a point as text, without its unit.
#[must_use]
pub fn value(locale: Locale, point: &str, value: &Value, unit: &str) -> String {
    match value {
        Value::Number(number) if unit.is_empty() => bare(*number),
        Value::Number(number) => format::number(*number, unit),
        Value::Bool(on) => switched(locale, point, *on).to_owned(),
        Value::Text(text) => text.clone(),
    }
}

/// Yes or no, in the words of what is switched.
fn switched(locale: Locale, point: &str, on: bool) -> &'static str {
    match (point, on) {
        ("running" | "moving", true) => td_string!(locale, devices.is_running),
        ("running" | "moving", false) => td_string!(locale, devices.is_still),
        ("open" | "door_open", true) => td_string!(locale, devices.is_open),
        ("open" | "door_open", false) => td_string!(locale, devices.is_closed),
        ("fault" | "alarm", false) => td_string!(locale, devices.is_well),
        (_, true) => td_string!(locale, devices.yes),
        (_, false) => td_string!(locale, devices.no),
    }
}

/// A number without a unit says nothing of its digits: at most three, and no idle zeros.
fn bare(number: f64) -> String {
    let text = format::decimal(number, 3);
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// What a point of a known name measures, and on which phase or in all; others go by their name
/// alone.
#[must_use]
pub fn point(locale: Locale, name: &str) -> Option<Cow<'static, str>> {
    if let Some(word) = measured(locale, name) {
        return Some(word.into());
    }
    let (name, of) = name.rsplit_once('_')?;
    let word = measured(locale, name)?;
    match of {
        "l1" | "l2" | "l3" => Some(format!("{word} {}", of.to_ascii_uppercase()).into()),
        "total" => Some(td_string!(locale, devices.point_total, of = word).into()),
        _ => None,
    }
}

fn measured(locale: Locale, name: &str) -> Option<&'static str> {
    Some(match name {
        "energy_kwh" => td_string!(locale, devices.point_energy),
        "power_w" | "power" => td_string!(locale, devices.point_power),
        "volume_m3" | "volume" => td_string!(locale, devices.point_volume),
        "open" | "door_open" => td_string!(locale, devices.point_open),
        "held_open" => td_string!(locale, boards.held),
        "opened_by" => td_string!(locale, devices.point_opened_by),
        "floor" => td_string!(locale, devices.point_floor),
        "moving" => td_string!(locale, devices.point_moving),
        "fault" => td_string!(locale, devices.point_fault),
        "running" => td_string!(locale, devices.point_running),
        "pressure_mpa" | "pressure" => td_string!(locale, devices.point_pressure),
        "vibration_mm_s" => td_string!(locale, devices.point_vibration),
        "smoke_db_m" => td_string!(locale, devices.point_smoke),
        "alarm" => td_string!(locale, devices.point_alarm),
        "charging" => td_string!(locale, devices.point_charging),
        "voltage" => td_string!(locale, devices.point_voltage),
        "current" | "current_a" => td_string!(locale, devices.point_current),
        "apparent_power" => td_string!(locale, devices.point_apparent_power),
        "reactive_power" => td_string!(locale, devices.point_reactive_power),
        "power_factor" => td_string!(locale, devices.point_power_factor),
        "phase_angle" => td_string!(locale, devices.point_phase_angle),
        "frequency" => td_string!(locale, devices.point_frequency),
        "energy_import" => td_string!(locale, devices.point_energy_import),
        "energy_export" => td_string!(locale, devices.point_energy_export),
        "energy_sum" => td_string!(locale, devices.point_energy_sum),
        "reactive_import" => td_string!(locale, devices.point_reactive_import),
        "reactive_export" => td_string!(locale, devices.point_reactive_export),
        "reactive_sum" => td_string!(locale, devices.point_reactive_sum),
        "flow_forward" => td_string!(locale, devices.point_flow_forward),
        "flow_reverse" => td_string!(locale, devices.point_flow_reverse),
        "flow_rate" => td_string!(locale, devices.point_flow_rate),
        "temperature" => td_string!(locale, devices.point_temperature),
        "battery_voltage" => td_string!(locale, devices.point_battery_voltage),
        "valve" => td_string!(locale, devices.point_valve),
        "pipe_status" => td_string!(locale, devices.point_pipe_status),
        "remaining_prepaid" => td_string!(locale, devices.point_remaining_prepaid),
        "device_address" => td_string!(locale, devices.point_device_address),
        _ => return None,
    })
}

/// From where to where a point's values can be true; nothing where they can be any.
#[must_use]
pub fn range(locale: Locale, range: ValidRange) -> Option<String> {
    Some(match (range.min, range.max) {
        (None, None) => return None,
        (Some(min), None) => td_string!(locale, models.from, min = min).to_string(),
        (None, Some(max)) => td_string!(locale, models.to, max = max).to_string(),
        (Some(min), Some(max)) => {
            td_string!(locale, models.from_to, min = min, max = max).to_string()
        }
    })
}

/// Why a reading was refused, and what to do about it.
#[must_use]
pub fn refusal(locale: Locale, reason: Refusal) -> (&'static str, &'static str) {
    match reason {
        Refusal::Malformed => (
            td_string!(locale, devices.refused_malformed),
            td_string!(locale, devices.mend_malformed),
        ),
        Refusal::UnknownPoint => (
            td_string!(locale, devices.refused_unknown_point),
            td_string!(locale, devices.mend_unknown_point),
        ),
        Refusal::WrongType => (
            td_string!(locale, devices.refused_wrong_type),
            td_string!(locale, devices.mend_wrong_type),
        ),
        Refusal::NotFinite => (
            td_string!(locale, devices.refused_not_finite),
            td_string!(locale, devices.mend_not_finite),
        ),
        Refusal::OutOfRange => (
            td_string!(locale, devices.refused_out_of_range),
            td_string!(locale, devices.mend_out_of_range),
        ),
        Refusal::Future => (
            td_string!(locale, devices.refused_future),
            td_string!(locale, devices.mend_future),
        ),
        Refusal::TooOld => (
            td_string!(locale, devices.refused_too_old),
            td_string!(locale, devices.mend_too_old),
        ),
        Refusal::TooLong => (
            td_string!(locale, devices.refused_too_long),
            td_string!(locale, devices.mend_too_long),
        ),
        Refusal::ForeignTopic => (
            td_string!(locale, devices.refused_foreign_topic),
            td_string!(locale, devices.mend_foreign_topic),
        ),
        Refusal::UnknownCommand => (
            td_string!(locale, devices.refused_unknown_command),
            td_string!(locale, devices.mend_unknown_command),
        ),
        Refusal::ForeignDevice => (
            td_string!(locale, devices.refused_foreign_device),
            td_string!(locale, devices.mend_foreign_device),
        ),
        Refusal::Duplicate => (
            td_string!(locale, devices.refused_duplicate),
            td_string!(locale, devices.mend_duplicate),
        ),
        Refusal::OverQuota => (
            td_string!(locale, devices.refused_over_quota),
            td_string!(locale, devices.mend_over_quota),
        ),
        Refusal::Unreachable => (
            td_string!(locale, devices.refused_unreachable),
            td_string!(locale, devices.mend_unreachable),
        ),
        Refusal::TimedOut => (
            td_string!(locale, devices.refused_timed_out),
            td_string!(locale, devices.mend_timed_out),
        ),
        Refusal::Disconnected => (
            td_string!(locale, devices.refused_disconnected),
            td_string!(locale, devices.mend_disconnected),
        ),
        Refusal::Garbled => (
            td_string!(locale, devices.refused_garbled),
            td_string!(locale, devices.mend_garbled),
        ),
        Refusal::IllegalFunction => (
            td_string!(locale, devices.refused_illegal_function),
            td_string!(locale, devices.mend_illegal_function),
        ),
        Refusal::IllegalAddress => (
            td_string!(locale, devices.refused_illegal_address),
            td_string!(locale, devices.mend_illegal_address),
        ),
        Refusal::IllegalValue => (
            td_string!(locale, devices.refused_illegal_value),
            td_string!(locale, devices.mend_illegal_value),
        ),
        Refusal::DeviceFailure => (
            td_string!(locale, devices.refused_device_failure),
            td_string!(locale, devices.mend_device_failure),
        ),
        Refusal::DeviceBusy => (
            td_string!(locale, devices.refused_device_busy),
            td_string!(locale, devices.mend_device_busy),
        ),
        Refusal::GatewayFailure => (
            td_string!(locale, devices.refused_gateway_failure),
            td_string!(locale, devices.mend_gateway_failure),
        ),
    }
}

/// What a device is told to do; an act of nobody's words goes by its own.
#[must_use]
pub fn act(locale: Locale, method: &str, value: Option<f64>) -> String {
    let known = match method {
        "open" => Some(td_string!(locale, devices.act_open)),
        "start" => Some(td_string!(locale, devices.act_start)),
        "stop" => Some(td_string!(locale, devices.act_stop)),
        "open_valve" => Some(td_string!(locale, devices.act_open_valve)),
        "close_valve" => Some(td_string!(locale, devices.act_close_valve)),
        _ => None,
    };
    match (known, value) {
        (Some(known), _) => known.to_owned(),
        (None, Some(value)) => format!("{method} = {}", bare(value)),
        (None, None) => method.to_owned(),
    }
}

/// How far a command has come, as a shape and a word.
#[must_use]
pub fn command_state(locale: Locale, command: &Command) -> (State, &'static str) {
    match command.state {
        CommandState::Waiting => (State::Stale, td_string!(locale, devices.command_waiting)),
        CommandState::Sent => (State::Stale, td_string!(locale, devices.command_sent)),
        CommandState::Done => (State::Good, td_string!(locale, devices.command_done)),
        CommandState::Failed => (State::Attention, td_string!(locale, devices.command_failed)),
        CommandState::Expired if command.late => {
            (State::Attention, td_string!(locale, devices.command_late))
        }
        CommandState::Expired => (State::Offline, td_string!(locale, devices.command_expired)),
    }
}

/// Why it was not done, where somebody said so; a device may say it in words of its own.
#[must_use]
pub fn answered(locale: Locale, command: &Command) -> Option<String> {
    let error = command.answer.as_ref()?.get("error")?.as_str()?;
    Some(match Unsent::parse(error) {
        Some(Unsent::Offline) => td_string!(locale, devices.unsent_offline).to_owned(),
        Some(Unsent::Unsupported) => td_string!(locale, devices.unsent_unsupported).to_owned(),
        Some(Unsent::NotAllowed) => td_string!(locale, devices.unsent_not_allowed).to_owned(),
        None => error.chars().take(80).collect(),
    })
}

/// What the columns of a history's file are called.
#[cfg(feature = "ssr")]
#[must_use]
pub fn history_headers(locale: Locale) -> backend::telemetry::Headers {
    backend::telemetry::Headers {
        time: td_string!(locale, devices.heard),
        min: td_string!(locale, devices.least),
        max: td_string!(locale, devices.greatest),
        mean: td_string!(locale, devices.mean),
        last: td_string!(locale, devices.last),
        used: td_string!(locale, devices.used),
        unit: td_string!(locale, devices.point_unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_register_of_a_known_map_has_a_word() {
        for map in domain::devices::register_map::RegisterMap::known_maps() {
            for register in &map.registers {
                for locale in [Locale::en, Locale::zh_CN] {
                    assert!(point(locale, &register.name).is_some(), "{}", register.name);
                }
            }
        }
        let word = |name| point(Locale::zh_CN, name);
        assert_eq!(word("voltage_l1").as_deref(), Some("电压 L1"));
        assert_eq!(
            word("energy_import_total").as_deref(),
            Some("总正向有功电能")
        );
        assert_eq!(word("voltage_l4"), None);
        assert_eq!(word("total"), None);
    }

    #[test]
    fn a_rhythm_is_said_in_the_unit_that_fits() {
        let said = |seconds| rhythm(Locale::zh_CN, seconds);
        assert_eq!(said(1), "每 1 秒报一次");
        assert_eq!(said(20), "每 20 秒报一次");
        assert_eq!(said(300), "每 5 分钟报一次");
        assert_eq!(said(86_100), "每 24 小时报一次");
        assert_eq!(said(604_800), "每 7 天报一次");
    }

    #[test]
    fn a_switch_is_said_in_its_own_words() {
        let said = |point, on| value(Locale::zh_CN, point, &Value::Bool(on), "");
        assert_eq!([said("open", true), said("open", false)], ["开着", "关着"]);
        assert_eq!([said("fault", true), said("fault", false)], ["是", "正常"]);
        assert_eq!([said("on", true), said("on", false)], ["是", "否"]);
    }

    #[test]
    fn a_number_without_a_unit_keeps_its_digits() {
        let text = |number| value(Locale::en, "", &Value::Number(number), "");
        assert_eq!(text(31.7), "31.7");
        assert_eq!(text(3.0), "3");
        assert_eq!(text(1200.0), "1,200");
        assert_eq!(value(Locale::en, "", &Value::Number(31.7), "kWh"), "31.70");
    }
}
