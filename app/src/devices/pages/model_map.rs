//! The register map of a device model: what stands where, how it is read, and what may be written.

use domain::devices::{
    models::{editor::RegisterFields, hex},
    register_map::{Limits, RegisterMap, Write},
};
use leptos::prelude::*;

use crate::{
    devices::words as room_words,
    i18n::{locale, td_string, tu_string, use_i18n},
    ui::{Card, NumCell, Table},
};

pub(super) fn register_map(map: &RegisterMap) -> AnyView {
    (registers(map), writes(map)).into_any()
}

/// How a device wants to be read, in a line; nothing where it takes whatever the protocol allows.
fn reading(limits: &Limits) -> Option<String> {
    let locale = locale();
    let usual = Limits::default();
    let parts = [
        (limits.max_registers != usual.max_registers).then(|| {
            td_string!(locale, models.most_registers, n = limits.max_registers).to_string()
        }),
        limits
            .even_reads
            .then(|| td_string!(locale, models.even_reads).to_owned()),
        (limits.max_gap > 0)
            .then(|| td_string!(locale, models.max_gap, n = limits.max_gap).to_string()),
        (limits.pause_ms > 0)
            .then(|| td_string!(locale, models.pause_ms, n = limits.pause_ms).to_string()),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn registers(map: &RegisterMap) -> AnyView {
    let i18n = use_i18n();
    let rows = map
        .registers
        .iter()
        .map(|register| {
            let fields = RegisterFields::of(register);
            let point = register
                .point
                .clone()
                .filter(|point| *point != register.name);
            let scale = format!("{}", register.coding.scale);
            view! {
                <tr>
                    <td>
                        <code>{fields.name}</code>
                        {point
                            .map(|point| {
                                view! {
                                    " → "
                                    <code>{point}</code>
                                }
                            })}
                    </td>
                    <td class="tabular">
                        {register.address} " " <span class="muted">{hex(register)}</span>
                    </td>
                    <td class="num-cell">{fields.function}</td>
                    <td>{fields.encoding}</td>
                    <td>{fields.order}</td>
                    <NumCell value=scale />
                    <td class="num-cell">{fields.offset}</td>
                    <td>{fields.unit}</td>
                </tr>
            }
        })
        .collect_view();
    let reading = reading(&map.limits).map(|text| view! { <p class="muted">{text}</p> });
    view! {
        <Card title=tu_string!(i18n, models.registers)>
            {reading}
            <Table caption=tu_string!(i18n, models.registers)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, models.name)}</th>
                        <th scope="col">{tu_string!(i18n, models.address)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, models.function)}</th>
                        <th scope="col">{tu_string!(i18n, models.value_type)}</th>
                        <th scope="col">{tu_string!(i18n, models.order)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, models.scale)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, models.offset)}</th>
                        <th scope="col">{tu_string!(i18n, models.unit)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

/// What a device that follows it may be told: nothing is written that is not listed here.
fn writes(map: &RegisterMap) -> Option<AnyView> {
    if map.writes.is_empty() {
        return None;
    }
    let i18n = use_i18n();
    let locale = locale();
    let rows = map
        .writes
        .iter()
        .map(|(method, write)| {
            let word = room_words::act(locale, method, None);
            let method = method.clone();
            view! {
                <tr>
                    <td>{word}</td>
                    <td>
                        <code>{method}</code>
                    </td>
                    <td class="tabular">{write.address}</td>
                    <td class="num-cell">{u8::from(write.function)}</td>
                    <td class="tabular">{allowed(write)}</td>
                </tr>
            }
        })
        .collect_view();
    let view = view! {
        <Card title=tu_string!(i18n, models.writes)>
            <p class="muted">{tu_string!(i18n, models.writes_text)}</p>
            <Table caption=tu_string!(i18n, models.writes)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, models.command)}</th>
                        <th scope="col">{tu_string!(i18n, models.name)}</th>
                        <th scope="col">{tu_string!(i18n, models.address)}</th>
                        <th scope="col" class="num-cell">{tu_string!(i18n, models.function)}</th>
                        <th scope="col">{tu_string!(i18n, models.allowed)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    };
    Some(view.into_any())
}

/// `0, 1`, or `10 到 30`.
fn allowed(write: &Write) -> String {
    let mut parts: Vec<String> = write.values.iter().map(f64::to_string).collect();
    if let Some((min, max)) = write.min.zip(write.max) {
        let (min, max) = (min.to_string(), max.to_string());
        parts.push(td_string!(locale(), models.from_to, min = min, max = max).to_string());
    }
    parts.join(", ")
}
