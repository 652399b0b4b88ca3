//! Cells of the files that people open in a spreadsheet program.

/// A text that no spreadsheet program takes for a formula, whatever it is saved as:
/// names and units are whatever somebody typed.
pub(crate) fn harmless(text: &str) -> String {
    let starts = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    if text.starts_with(starts) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_like_a_formula_is_quoted() {
        for text in ["=1+1", "+8", "-2", "@a", "\t=1", "\r=1", "＝1"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        for text in ["", "kWh", "3-1", "°C", "a=b"] {
            assert_eq!(harmless(text), text);
        }
    }
}
