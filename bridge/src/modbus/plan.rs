//! Which registers are read together.
//!
//! A request costs a serial line some 50 ms and the silence after it, whether it asks for one
//! register or for eighty: so what lies together is read together, within what the device takes.

use std::collections::BTreeSet;

use domain::devices::register_map::{
    Function, Limits, MOST_REGISTERS_A_READ, Register, RegisterMap,
};

/// One request, and the registers that its answer holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub function: Function,
    pub address: u16,
    /// Registers, or coils.
    pub count: u16,
    /// By address. They may overlap: several bits of one status word.
    pub registers: Vec<Register>,
}

/// Which words a register is made of: function, address and count. Several bits of one status word have
/// the same.
pub(super) type Place = (Function, u16, u16);

pub(super) fn place(register: &Register) -> Place {
    (register.function, register.address, register.words())
}

/// The fewest requests that read every register once, going over no more unknown registers than
/// the map allows.
#[must_use]
pub fn plan(map: &RegisterMap) -> Vec<Read> {
    plan_around(map, &BTreeSet::new())
}

/// The same where the device refuses some: each of those is asked for by itself, after all others, and no
/// other request goes over it.
pub(super) fn plan_around(map: &RegisterMap, refused: &BTreeSet<Place>) -> Vec<Read> {
    let limits = &map.limits;
    let mut registers: Vec<&Register> = map.registers.iter().collect();
    registers.sort_by_key(|register| place(register));
    let mut reads: Vec<Read> = Vec::new();
    let mut alone: Vec<Read> = Vec::new();
    let mut ends = false;
    for register in registers {
        if refused.contains(&place(register)) {
            ends = true;
            join(&mut alone, register, limits);
            continue;
        }
        let taken = !ends
            && reads
                .last_mut()
                .is_some_and(|read| read.take(register, limits));
        ends = false;
        if !taken {
            reads.push(Read::single(register, limits));
        }
    }
    reads.append(&mut alone);
    reads
}

/// One more request, unless the last one is for the same words.
fn join(reads: &mut Vec<Read>, register: &Register, limits: &Limits) {
    let same = |read: &&mut Read| read.registers.iter().all(|of| place(of) == place(register));
    match reads.last_mut().filter(same) {
        Some(read) => read.registers.push(register.clone()),
        None => reads.push(Read::single(register, limits)),
    }
}

impl Read {
    /// A request for one register alone.
    #[must_use]
    pub fn single(register: &Register, limits: &Limits) -> Self {
        let function = register.function;
        let (address, count) = span(function, register.address, register.end(), limits);
        Self {
            function,
            address,
            count,
            registers: vec![register.clone()],
        }
    }

    /// A request for each of its registers; one for several that are of the same words.
    #[must_use]
    pub fn apart(&self, limits: &Limits) -> Vec<Self> {
        let mut reads = Vec::new();
        for register in &self.registers {
            join(&mut reads, register, limits);
        }
        reads
    }

    /// The words of one of its registers in an answer.
    #[must_use]
    pub fn words<'a>(&self, register: &Register, answer: &'a [u16]) -> Option<&'a [u16]> {
        let from = usize::from(register.address.checked_sub(self.address)?);
        answer.get(from..from + usize::from(register.words()))
    }

    /// Reads one more, the next by address, if it may.
    fn take(&mut self, register: &Register, limits: &Limits) -> bool {
        // Not of the request, which may be one longer than what is known.
        let end = self.registers.iter().map(Register::end).max().unwrap_or(0);
        let near = u32::from(register.address) <= end + u32::from(limits.max_gap);
        let (address, count) = span(self.function, self.address, end.max(register.end()), limits);
        let most = limits.max_registers.min(MOST_REGISTERS_A_READ);
        let takes = self.function == register.function && near && count <= most;
        if takes {
            self.address = address;
            self.count = count;
            self.registers.push(register.clone());
        }
        takes
    }
}

/// Address and count of a request from `address` to `end`: one further where the device reads in
/// pairs, or from one earlier where the address space ends.
fn span(function: Function, address: u16, end: u32, limits: &Limits) -> (u16, u16) {
    let length = end.saturating_sub(address.into());
    let odd = limits.even_reads && !function.reads_bits() && length % 2 == 1;
    let address = if odd && end > u32::from(u16::MAX) {
        address.saturating_sub(1)
    } else {
        address
    };
    let count = length + u32::from(odd);
    (address, u16::try_from(count).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Function, address and count of each request.
    fn shown(reads: &[Read]) -> Vec<(u8, u16, u16)> {
        let reads = reads.iter();
        reads
            .map(|read| (read.function.into(), read.address, read.count))
            .collect()
    }

    fn spans(map: &RegisterMap) -> Vec<(u8, u16, u16)> {
        shown(&plan(map))
    }

    fn known(id: &str) -> Vec<(u8, u16, u16)> {
        spans(RegisterMap::known(id).unwrap())
    }

    fn map(registers: Value, limits: Value) -> RegisterMap {
        RegisterMap::read(&json!({"registers": registers, "limits": limits})).unwrap()
    }

    #[test]
    fn known_models() {
        assert_eq!(
            known("eastron-sdm630"),
            [
                (4, 0, 36),
                (4, 52, 2),
                (4, 56, 2),
                (4, 60, 4),
                (4, 66, 2),
                (4, 70, 10),
                (4, 342, 16)
            ]
        );
        // 01 03 00 01 00 1C: the vendor's example reads one further, to 29.
        assert_eq!(known("xintai-water-valve"), [(3, 1, 28)]);
        assert_eq!(known("nyk-es810-water"), [(3, 9, 2)]);
        assert_eq!(
            known("chint-dtsu666"),
            [
                (3, 4126, 8),
                (3, 4136, 8),
                (3, 8198, 22),
                (3, 8234, 2),
                (3, 8260, 2)
            ]
        );
    }

    #[test]
    fn a_device_that_reads_in_pairs() {
        let one =
            |address: u16| json!([{"name": "a", "address": address, "function": 3, "type": "u16"}]);
        let pairs = json!({"even_reads": true});
        assert_eq!(spans(&map(one(10), pairs.clone())), [(3, 10, 2)]);
        assert_eq!(spans(&map(one(65_535), pairs)), [(3, 65_534, 2)]);
        assert_eq!(spans(&map(one(65_535), json!({}))), [(3, 65_535, 1)]);
    }

    #[test]
    fn bits_of_one_word_are_read_once() {
        let bit = |n: u8| json!({"name": format!("b{n}"), "address": 3, "function": 4, "type": "bits16", "bit": n});
        let map = map(json!([bit(0), bit(7), bit(15)]), json!({}));
        assert_eq!(spans(&map), [(4, 3, 1)]);
    }

    #[test]
    fn what_is_refused_is_asked_for_by_itself_and_gone_over_by_no_other() {
        let row = |name: &str, address: u16| json!({"name": name, "address": address, "function": 3, "type": "u16"});
        let rows = json!([row("a", 0), row("b", 1), row("c", 2), row("d", 3)]);
        // Unknown registers it may go over; this one is known to be refused.
        let map = map(rows, json!({"max_gap": 4}));
        assert_eq!(spans(&map), [(3, 0, 4)]);
        let without = |names: &[usize]| {
            let refused = names.iter().map(|n| place(&map.registers[*n]));
            shown(&plan_around(&map, &refused.collect()))
        };
        assert_eq!(without(&[1]), [(3, 0, 1), (3, 2, 2), (3, 1, 1)]);
        assert_eq!(without(&[0, 3]), [(3, 1, 2), (3, 0, 1), (3, 3, 1)]);
    }

    #[test]
    fn a_refused_word_is_asked_for_once_whatever_number_of_bits() {
        let bit = |n: u8| json!({"name": format!("b{n}"), "address": 3, "function": 4, "type": "bits16", "bit": n});
        let next = json!({"name": "next", "address": 4, "function": 4, "type": "u16"});
        let map = map(json!([bit(0), bit(7), next]), json!({}));
        let reads = plan(&map);
        assert_eq!(shown(&reads), [(4, 3, 2)]);
        assert_eq!(shown(&reads[0].apart(&map.limits)), [(4, 3, 1), (4, 4, 1)]);
        let refused = BTreeSet::from([place(&map.registers[0])]);
        let reads = plan_around(&map, &refused);
        assert_eq!(shown(&reads), [(4, 4, 1), (4, 3, 1)]);
        assert_eq!(reads[1].registers.len(), 2);
    }

    #[test]
    fn the_words_of_a_register() {
        let map = map(
            json!([
                {"name": "a", "address": 5, "function": 3, "type": "u16"},
                {"name": "b", "address": 6, "function": 3, "type": "u32"},
            ]),
            json!({}),
        );
        let reads = plan(&map);
        let words = |n: usize, answer| reads[0].words(&map.registers[n], answer);
        assert_eq!(words(0, &[1, 2, 3]), Some(&[1][..]));
        assert_eq!(words(1, &[1, 2, 3]), Some(&[2, 3][..]));
        assert_eq!(words(1, &[1, 2]), None);
    }

    fn maps() -> impl Strategy<Value = RegisterMap> {
        let kinds = prop::sample::select(vec!["u16", "f32", "bcd48", "f64", "bits16"]);
        // Some close together, some far apart, some at the end.
        let address = prop_oneof![0_u16..60, 0_u16..2_000, 65_500_u16..65_530];
        let row = (address, 3_u8..=4, kinds);
        let limits = (4_u16..=125, any::<bool>(), 0_u16..6);
        (prop::collection::vec(row, 1..60), limits).prop_map(|(rows, (most, even, gap))| {
            let rows: Vec<Value> = rows
                .into_iter()
                .enumerate()
                .map(|(n, (address, function, kind))| {
                    json!({"name": format!("r{n}"), "address": address, "function": function, "type": kind})
                })
                .collect();
            map(json!(rows), json!({"max_registers": most, "even_reads": even, "max_gap": gap}))
        })
    }

    proptest! {
        #[test]
        fn every_register_is_read_once_within_the_limits(map in maps()) {
            let reads = plan(&map);
            let mut names: Vec<&str> = reads
                .iter()
                .flat_map(|read| &read.registers)
                .map(|register| register.name.as_str())
                .collect();
            names.sort_unstable();
            let mut wanted: Vec<&str> = map.registers.iter().map(|r| r.name.as_str()).collect();
            wanted.sort_unstable();
            prop_assert_eq!(names, wanted);

            for read in &reads {
                let end = u32::from(read.address) + u32::from(read.count);
                prop_assert!(end <= 65_536);
                prop_assert!(read.count <= map.limits.max_registers);
                prop_assert!(!map.limits.even_reads || read.count % 2 == 0);
                let mut declared = BTreeSet::new();
                for register in &read.registers {
                    prop_assert_eq!(register.function, read.function);
                    prop_assert!(register.address >= read.address && register.end() <= end);
                    declared.extend(u32::from(register.address)..register.end());
                }
                // One more where it is padded to a pair.
                let most = u32::from(map.limits.max_gap.max(map.limits.even_reads.into()));
                let mut gap = 0;
                for address in u32::from(read.address)..end {
                    gap = if declared.contains(&address) { 0 } else { gap + 1 };
                    prop_assert!(gap <= most, "{:?}", read);
                }
            }
        }
    }
}
