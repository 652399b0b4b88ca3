//! How a Chinese name is typed in letters: 王小明 is `wangxiaoming` and `wxm`.

use pinyin::ToPinyin;

/// How the first character, or the first two, are read where they are a surname and the usual
/// reading is another one. Both are kept: whoever types does not know which one it is.
const SURNAMES: &[(&str, &[&str])] = &[
    ("万俟", &["mo", "qi"]),
    ("尉迟", &["yu", "chi"]),
    ("澹台", &["tan", "tai"]),
    ("单于", &["chan", "yu"]),
    ("单", &["shan"]),
    ("解", &["xie"]),
    ("曾", &["zeng"]),
    ("仇", &["qiu"]),
    ("查", &["zha"]),
    ("盖", &["ge"]),
    ("朴", &["piao"]),
    ("区", &["ou"]),
    ("乐", &["yue"]),
    ("翟", &["zhai"]),
    ("覃", &["qin"]),
    ("缪", &["miao"]),
    ("员", &["yun"]),
    ("种", &["chong"]),
    ("召", &["shao"]),
    ("折", &["she"]),
    ("繁", &["po"]),
    ("祭", &["zhai"]),
    ("秘", &["bi"]),
    ("能", &["nai"]),
    ("句", &["gou"]),
    ("洗", &["xian"]),
    ("宓", &["fu"]),
    ("黑", &["he"]),
    ("那", &["nuo"]),
    ("乜", &["nie"]),
    ("郇", &["xun"]),
    ("隗", &["wei"]),
    ("藏", &["zang"]),
];

/// More of a name than a search is for.
const MOST_SYLLABLES: usize = 12;

/// The spellings of a name, whole and by its initials, in each reading of its surname: of 单小红
/// `shanxiaohong`, `sxh`, `danxiaohong` and `dxh`. Letters only; ü is `v`. None for a name without
/// Chinese characters: of that each part is found as it is written.
pub(in crate::estates) fn spellings(name: &str) -> Vec<String> {
    let name: Vec<char> = name.chars().filter(|c| c.is_alphanumeric()).collect();
    if !name.iter().any(|c| c.to_pinyin().is_some()) {
        return Vec::new();
    }
    let usual: Vec<String> = name
        .iter()
        .take(MOST_SYLLABLES)
        .copied()
        .map(syllable)
        .collect();
    let whole: String = name.iter().collect();
    let surnames = SURNAMES
        .iter()
        .filter(|(surname, _)| whole.starts_with(surname));
    let mut readings = vec![usual.clone()];
    for (_, sounds) in surnames {
        let mut reading = usual.clone();
        for (place, sound) in reading.iter_mut().zip(*sounds) {
            (*sound).clone_into(place);
        }
        readings.push(reading);
    }
    let mut spellings = Vec::with_capacity(readings.len() * 2);
    for reading in readings {
        let initials = reading.iter().filter_map(|sound| sound.chars().next());
        spellings.push(initials.collect());
        spellings.push(reading.concat());
    }
    spellings.sort_unstable();
    spellings.dedup();
    spellings
}

fn syllable(c: char) -> String {
    match c.to_pinyin() {
        Some(sound) => sound.plain().replace('ü', "v"),
        None => c.to_lowercase().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_typed_in_letters() {
        for (name, spelt) in [
            ("王小明", &["wangxiaoming", "wxm"][..]),
            ("吕 布", &["lb", "lvbu"]),
            ("单小红", &["danxiaohong", "dxh", "shanxiaohong", "sxh"]),
            ("解放", &["jf", "jiefang", "xf", "xiefang"]),
            ("曾国", &["cengguo", "cg", "zengguo", "zg"]),
            ("任我行", &["renwoxing", "rwx"]),
            ("阿拉Bob", &["alabob", "albob"]),
            ("John Smith", &[]),
            ("", &[]),
            ("42", &[]),
        ] {
            let mut found = spellings(name);
            found.sort();
            assert_eq!(found, spelt, "{name}");
        }
        assert!(spellings("万俟明").contains(&"moqiming".to_owned()));
        assert!(spellings("尉迟恭").contains(&"yuchigong".to_owned()));
    }

    #[test]
    fn every_surname_of_the_table_is_read_otherwise() {
        for (surname, sounds) in SURNAMES {
            let usual: Vec<String> = surname.chars().map(syllable).collect();
            assert_ne!(usual, *sounds, "{surname} is read so anyway");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_has_letters_and_digits_only(name in "\\PC{0,60}") {
            for spelt in spellings(&name) {
                proptest::prop_assert!(!spelt.is_empty() && spelt.chars().all(char::is_alphanumeric), "{spelt:?}");
            }
        }
    }
}
