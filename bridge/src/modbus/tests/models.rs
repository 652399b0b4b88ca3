//! Whatever a company describes as a model can be asked, and whatever is answered can be read.

use domain::devices::models::file::{Instead, read};
use proptest::{collection, prelude::*};
use serde_json::{Value, json};

use crate::modbus::{decode, plan};

fn registers() -> impl Strategy<Value = Value> {
    let kinds = ["u16", "i32", "f32", "f64", "bcd48", "bits16", "bool"];
    let row = (
        any::<u16>(),
        0_u8..6,
        prop::sample::select(kinds.to_vec()),
        prop::sample::select(vec![1.0, 0.01, -3.5, 1e300, 0.0]),
        prop::option::of(0_u8..20),
        prop::option::of(any::<f64>()),
    );
    collection::vec(row, 0..20).prop_map(|rows| {
        let rows = rows.into_iter().enumerate();
        let rows = rows.map(|(n, (address, function, kind, scale, bit, max))| {
            json!({
                "name": format!("r{n}"), "address": address, "function": function, "type": kind,
                "scale": scale, "bit": bit, "max": max,
            })
        });
        rows.collect()
    })
}

proptest! {
    #[test]
    fn a_model_that_is_taken_can_be_asked(
        registers in registers(),
        limits in (1_u16..130, any::<bool>(), 0_u16..10),
        answer in collection::vec(any::<u16>(), 0..130),
    ) {
        let (most, even, gap) = limits;
        let file = json!({
            "id": "any", "model": "any", "kind": "sensor", "registers": registers,
            "limits": { "max_registers": most, "even_reads": even, "max_gap": gap },
        });
        let Ok(models) = read(file.to_string().as_bytes(), &Instead::default()) else {
            return Ok(());
        };
        for read in models.iter().flat_map(|model| &model.map).flat_map(plan) {
            prop_assert!(read.count <= most);
            for register in &read.registers {
                let words = read.words(register, &answer).unwrap_or_default();
                let value = decode(&register.coding, words);
                let number = value.ok().and_then(|value| value.number());
                prop_assert!(number.is_none_or(f64::is_finite));
            }
        }
    }
}
