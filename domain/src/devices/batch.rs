//! Many devices that one sheet registers (批量登记).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    DeviceForm, DeviceKind, NewDevice, TransportForm, modbus::ModbusForm, models::DeviceModel,
};
use crate::{
    estates::words,
    id::{EstateId, UnitId},
    problem::{Flaw, Problem, text},
    sheet,
};

words! {
    /// What a column of the sheet can hold. The wire form is the English half of the template's
    /// header; the template has them in this order.
    BatchColumn {
        Name = "name" ["名称", "设备名称"];
        Kind = "kind" ["类型", "设备类型"];
        /// Where blank, one is made.
        Key = "key" ["编号", "设备编号"];
        /// `3-2-1702`, `3号楼 2单元 1702`.
        Home = "home" ["房屋", "房号"];
        Place = "place" ["位置", "安装位置"];
        Transport = "transport" ["接入方式", "协议"];
        Host = "host" ["主机", "IP"];
        Port = "port" ["端口"];
        UnitId = "unit_id" ["站号", "从站号", "从站地址"];
        Model = "model" ["型号"];
        Every = "every_s" ["间隔（秒）", "间隔(秒)", "间隔"];
    }
}

words! {
    /// How a device of the sheet speaks.
    BatchTransport {
        Mqtt = "mqtt" ["MQTT"];
        Http = "http" ["HTTP"];
        Modbus = "modbus" ["Modbus", "MODBUS", "Modbus TCP"];
    }
}

/// The most devices of one sheet.
pub const MOST_DEVICES: usize = 2_000;

sheet::columns! { BatchColumn needs Name, Kind }

impl BatchColumn {
    /// The column in which a flaw of a form's field stands.
    fn of_field(field: &str) -> Self {
        match field.strip_prefix("transport.modbus.") {
            Some("host") => Self::Host,
            Some("port") => Self::Port,
            Some("unit_id") => Self::UnitId,
            Some("every_s") => Self::Every,
            Some(_) => Self::Model,
            None => match field {
                "key" => Self::Key,
                "place" => Self::Place,
                "unit" => Self::Home,
                "kind" => Self::Kind,
                field if field == "model" || field.starts_with("model.") => Self::Model,
                _ => Self::Name,
            },
        }
    }
}

pub type BadCell = sheet::BadCell<BatchColumn>;
pub type BatchRow = sheet::Row<BatchColumn>;

impl BatchRow {
    /// The device of this row, in a unit that was found for its address, and with the company's own model
    /// that it names.
    ///
    /// # Errors
    /// Each cell that cannot be taken.
    pub fn device(
        &self,
        estate: EstateId,
        unit: Option<UnitId>,
        own: Option<&DeviceModel>,
    ) -> Result<NewDevice, Vec<BadCell>> {
        let mut bad = self.unreadable();
        let kind = self.word(BatchColumn::Kind, DeviceKind::parse, &mut bad);
        let transport = self.transport(&mut bad);
        let (Some(kind), Some(transport)) = (kind, transport) else {
            // What the form would have said of the name.
            let name = text(self.cell(BatchColumn::Name), 1, 80);
            bad.extend(name.err().map(|flaw| self.bad(BatchColumn::Name, flaw)));
            return Err(bad);
        };
        // A device that is asked names its model as its map.
        let asked = matches!(transport, TransportForm::Modbus(_));
        let model = self.said(BatchColumn::Model).filter(|_| !asked);
        let form = DeviceForm {
            name: self.cell(BatchColumn::Name).to_owned(),
            key: self.said(BatchColumn::Key),
            kind,
            estate,
            unit,
            place: self.said(BatchColumn::Place),
            transport,
            gateway: None,
            model,
            points: Vec::new(),
        };
        let device = NewDevice::of(form, own).map_err(|problem| self.told(problem));
        match device {
            Ok(device) if bad.is_empty() => Ok(device),
            Ok(_) => Err(bad),
            Err(flaws) => Err([bad, flaws].concat()),
        }
    }

    fn told(&self, problem: Problem) -> Vec<BadCell> {
        let cell = |(field, flaw): (String, Flaw)| match field.as_str() {
            // A kind without points of its own: what it measures does not stand in a sheet.
            "points" => self.bad(BatchColumn::Kind, Flaw::Malformed),
            field => self.bad(BatchColumn::of_field(field), flaw),
        };
        problem.fields.into_iter().map(cell).collect()
    }

    fn word<T>(
        &self,
        column: BatchColumn,
        parse: impl FnOnce(&str) -> Option<T>,
        bad: &mut Vec<BadCell>,
    ) -> Option<T> {
        let cell = self.cell(column);
        let found = parse(cell);
        if found.is_none() {
            let flaw = if cell.is_empty() {
                Flaw::Required
            } else {
                Flaw::Unknown
            };
            bad.push(self.bad(column, flaw));
        }
        found
    }

    /// Nothing but what a `Modbus` cell wants is asked of the columns behind it.
    fn transport(&self, bad: &mut Vec<BadCell>) -> Option<TransportForm> {
        let blank_is_mqtt = |cell: &str| match cell {
            "" => Some(BatchTransport::Mqtt),
            cell => BatchTransport::parse(cell),
        };
        let transport = self.word(BatchColumn::Transport, blank_is_mqtt, bad)?;
        Some(match transport {
            BatchTransport::Mqtt => TransportForm::Mqtt {},
            BatchTransport::Http => TransportForm::Http {},
            BatchTransport::Modbus => TransportForm::Modbus(ModbusForm {
                host: self.cell(BatchColumn::Host).to_owned(),
                port: self.number(BatchColumn::Port, bad),
                unit_id: self.number(BatchColumn::UnitId, bad),
                map: Value::String(self.cell(BatchColumn::Model).to_owned()),
                every_s: self.number(BatchColumn::Every, bad),
                ..ModbusForm::default()
            }),
        })
    }

    fn number(&self, column: BatchColumn, bad: &mut Vec<BadCell>) -> Option<i64> {
        let cell = self.said(column)?;
        let number = cell.parse().ok();
        if number.is_none() {
            bad.push(self.bad(column, Flaw::Malformed));
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        devices::{Transport, register_map::RegisterMap},
        sheet::Column,
    };

    fn row(cells: &[(BatchColumn, &str)]) -> BatchRow {
        let mut row = BatchRow::new(7);
        for (column, text) in cells {
            row.set(*column, (*text).to_owned());
        }
        row
    }

    fn device(cells: &[(BatchColumn, &str)]) -> Result<NewDevice, Vec<(BatchColumn, Flaw)>> {
        let made = row(cells).device(EstateId(uuid::Uuid::nil()), None, None);
        made.map_err(|bad| {
            assert!(bad.iter().all(|bad| bad.row == 7));
            bad.iter().map(|bad| (bad.column, bad.flaw)).collect()
        })
    }

    #[test]
    fn a_header_is_known_by_either_half() {
        for header in ["名称 name", "设备名称", "name", " 名称* "] {
            assert_eq!(BatchColumn::of_header(header), Some(BatchColumn::Name));
        }
        assert_eq!(
            BatchColumn::of_header("间隔（秒） every_s"),
            Some(BatchColumn::Every)
        );
        assert_eq!(BatchColumn::of_header("备注"), None);
    }

    #[test]
    fn a_row_is_a_device() {
        let made = device(&[
            (BatchColumn::Name, "1702 水表"),
            (BatchColumn::Kind, "水表"),
            (BatchColumn::Place, "水表井"),
        ])
        .unwrap();
        assert_eq!(made.name, "1702 水表");
        assert_eq!(made.kind, DeviceKind::WaterMeter);
        assert_eq!(made.transport, Transport::Mqtt {});
        assert!(made.key.is_none() && made.place.as_deref() == Some("水表井"));

        let model = RegisterMap::known_maps()[0].id.clone();
        let made = device(&[
            (BatchColumn::Name, "总表"),
            (BatchColumn::Kind, "electricity_meter"),
            (BatchColumn::Transport, "Modbus"),
            (BatchColumn::Host, "10.0.0.7"),
            (BatchColumn::UnitId, "12"),
            (BatchColumn::Model, &model),
        ]);
        let Transport::Modbus(modbus) = made.unwrap().transport else {
            panic!("not asked")
        };
        assert_eq!((modbus.unit_id, modbus.host.as_str()), (12, "10.0.0.7"));
    }

    #[test]
    fn a_row_names_a_model_of_the_companys_own() {
        let form = crate::devices::models::ModelForm {
            id: "damp".to_owned(),
            name: "温湿度".to_owned(),
            kind: "sensor".to_owned(),
            points: serde_json::json!([{ "name": "humidity", "unit": "%", "type": "number" }]),
            ..crate::devices::models::ModelForm::default()
        };
        let own = DeviceModel::try_from(form).unwrap();
        let made = |kind: &str, own| {
            let cells = [
                (BatchColumn::Name, "井"),
                (BatchColumn::Kind, kind),
                (BatchColumn::Model, "damp"),
            ];
            let made = row(&cells).device(EstateId(uuid::Uuid::nil()), None, own);
            made.map_err(|bad| {
                bad.iter()
                    .map(|bad| (bad.column, bad.flaw))
                    .collect::<Vec<_>>()
            })
        };
        let device = made("传感器", Some(&own)).unwrap();
        assert_eq!(device.model.unwrap().as_str(), "damp");
        assert_eq!(device.points.len(), 1);
        let unknown = [(BatchColumn::Model, Flaw::Unknown)];
        assert_eq!(made("水表", None).unwrap_err(), unknown);
        let other = [(BatchColumn::Kind, Flaw::Ambiguous)];
        assert_eq!(made("水表", Some(&own)).unwrap_err(), other);
    }

    #[test]
    fn each_bad_cell_is_named() {
        let bad = device(&[
            (BatchColumn::Name, "它"),
            (BatchColumn::Kind, "飞碟"),
            (BatchColumn::Transport, "电报"),
        ]);
        let unknown = [
            (BatchColumn::Kind, Flaw::Unknown),
            (BatchColumn::Transport, Flaw::Unknown),
        ];
        assert_eq!(bad.unwrap_err(), unknown);
        let nothing = [
            (BatchColumn::Kind, Flaw::Required),
            (BatchColumn::Name, Flaw::Required),
        ];
        assert_eq!(device(&[]).unwrap_err(), nothing);
        let bad = device(&[
            (BatchColumn::Kind, "门禁"),
            (BatchColumn::Key, "大门"),
            (BatchColumn::Transport, "modbus"),
            (BatchColumn::Port, "五"),
            (BatchColumn::UnitId, "300"),
            (BatchColumn::Model, "nobody-made-it"),
        ]);
        let mut bad = bad.unwrap_err();
        bad.sort_unstable_by_key(|(column, _)| *column as usize);
        assert_eq!(
            bad,
            [
                (BatchColumn::Name, Flaw::Required),
                (BatchColumn::Key, Flaw::Malformed),
                (BatchColumn::Host, Flaw::Required),
                (BatchColumn::Port, Flaw::Malformed),
                (BatchColumn::UnitId, Flaw::OutOfRange),
                (BatchColumn::Model, Flaw::Unknown),
            ]
        );
        let sensor = device(&[(BatchColumn::Name, "温度"), (BatchColumn::Kind, "传感器")]);
        assert_eq!(sensor.unwrap_err(), [(BatchColumn::Kind, Flaw::Malformed)]);
    }
}
