//! The workbook that whoever mounts devices fills in.

use domain::devices::{
    DeviceKind,
    batch::{BatchColumn, MOST_DEVICES},
    register_map::RegisterMap,
};

use crate::kernel::{error::Result, sheet::table};

/// What a column takes, in Chinese and in English.
fn note(column: BatchColumn) -> (String, String) {
    let say = |chinese: &str, english: &str| (chinese.to_owned(), english.to_owned());
    match column {
        BatchColumn::Name => say(
            "必填。人们怎么称呼它，如 1702 水表",
            "Required. What people call it",
        ),
        BatchColumn::Kind => {
            let kinds = DeviceKind::ALL.iter();
            let kinds = kinds.filter(|kind| !kind.points().is_empty());
            let (chinese, english): (Vec<_>, Vec<_>) = kinds
                .map(|kind| (kind.roster_word(), kind.as_str()))
                .unzip();
            (
                format!("必填。{}", chinese.join("、")),
                format!("Required. {}", english.join(", ")),
            )
        }
        BatchColumn::Key => say(
            "小写字母、数字和短横线，不超过 40 个；留空则自动生成",
            "Small letters, digits and dashes, at most 40; made where it is blank",
        ),
        BatchColumn::Home => say(
            "所在房屋，如 3号楼 2单元 1702 或 3-2-1702；公共设备留空",
            "The unit, such as 3-2-1702; blank for a device of the estate's own",
        ),
        BatchColumn::Place => say("安装位置，如 地下一层水表井", "Where it stands, in words"),
        BatchColumn::Transport => say(
            "MQTT、HTTP 或 Modbus；留空按 MQTT",
            "MQTT, HTTP or Modbus; blank means MQTT",
        ),
        BatchColumn::Host => say(
            "Modbus 必填：网关或设备的地址",
            "Required for Modbus: the name or address to dial",
        ),
        BatchColumn::Port => say("Modbus：留空按 502", "Modbus: blank means 502"),
        BatchColumn::UnitId => say(
            "Modbus：从站号 0 到 255，留空按 1",
            "Modbus: 0 to 255, blank means 1",
        ),
        BatchColumn::Model => {
            let maps = RegisterMap::known_maps().iter();
            let ids: Vec<_> = maps.map(|map| map.id.as_str()).collect();
            let ids = ids.join(", ");
            (
                format!(
                    "Modbus 必填：本公司设备型号的编号，或 {ids}；其他接入方式可填，测点随型号"
                ),
                format!(
                    "Required for Modbus: the id of a model of the company's own, or {ids}. Others may have one too: its points come along"
                ),
            )
        }
        BatchColumn::Every => say(
            "Modbus：每隔多少秒读一次",
            "Modbus: seconds between two polls",
        ),
    }
}

/// An empty sheet (.xlsx) with the header row, and what each column takes.
///
/// # Errors
/// Internal, if the workbook cannot be written.
pub fn batch_template() -> Result<Vec<u8>> {
    let chinese = format!("任何一格有问题，则整份表都不会登记。最多 {MOST_DEVICES} 台。");
    let english =
        format!("If any cell is refused, nothing is registered. At most {MOST_DEVICES} devices.");
    table::template("设备", note, (chinese, english))
}
