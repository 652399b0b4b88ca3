//! Meters as the people who live with them speak of them.

use domain::devices::DeviceKind;

use crate::{
    i18n::{Locale, td_string},
    ui::format,
};

/// The meter: 电表, 水表.
#[must_use]
pub fn meter(locale: Locale, kind: DeviceKind) -> &'static str {
    crate::devices::words::kind(locale, kind)
}

/// What it counts: 用电, 用水.
#[must_use]
pub fn used(locale: Locale, kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::ElectricityMeter => td_string!(locale, home.electricity),
        DeviceKind::WaterMeter => td_string!(locale, home.water),
        DeviceKind::GasMeter => td_string!(locale, home.gas),
        other => meter(locale, other),
    }
}

/// An amount in the words that bills use: 3 吨, 12 度.
#[must_use]
pub fn amount(locale: Locale, kind: DeviceKind, amount: f64) -> String {
    let n = format::decimal(amount, 1);
    match kind {
        DeviceKind::ElectricityMeter => td_string!(locale, home.kwh, n = n),
        DeviceKind::WaterMeter => td_string!(locale, home.tons, n = n),
        _ => td_string!(locale, home.cubic, n = n),
    }
}
