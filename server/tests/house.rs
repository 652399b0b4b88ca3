//! The shape of the house: which crate may know which.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Crate → the crates of the house that it may depend on, outside of tests.
const ARROWS: [(&str, &[&str]); 7] = [
    ("domain", &[]),
    ("backend", &["domain"]),
    ("bridge", &["domain"]),
    ("app", &["backend", "domain"]),
    ("frontend", &["app"]),
    ("server", &["app", "backend", "bridge", "domain"]),
    ("testkit", &[]),
];

#[test]
fn arrows_point_one_way() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(name, to)| (*name, to.iter().copied().collect()))
        .collect();
    let names: BTreeSet<&str> = metadata
        .packages
        .iter()
        .map(|each| each.name.as_str())
        .collect();
    assert_eq!(
        names,
        allowed.keys().copied().collect(),
        "every crate has its arrows here"
    );

    for package in &metadata.packages {
        let inside = package
            .dependencies
            .iter()
            .filter(|each| names.contains(each.name.as_str()));
        for dependency in inside {
            let (from, to) = (package.name.as_str(), dependency.name.as_str());
            if dependency.kind == DependencyKind::Development {
                assert!(
                    to == "testkit" || allowed[from].contains(to),
                    "{from} tests with {to}"
                );
            } else {
                assert!(allowed[from].contains(to), "{from} must not know {to}");
            }
        }
    }
}

#[test]
fn versions_stand_in_one_table() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for (name, _) in ARROWS {
        let path = format!("{root}/{name}/Cargo.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        for part in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = manifest.get(part).and_then(toml::Value::as_table) else {
                continue;
            };
            for (dependency, spec) in dependencies {
                let shared = spec.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                assert!(shared, "{name}: {dependency} has a version of its own");
            }
        }
    }
}

#[test]
fn the_backend_is_not_in_the_browser() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/Cargo.toml");
    let text = std::fs::read_to_string(manifest).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let optional = manifest["dependencies"]["backend"].get("optional");
    assert_eq!(optional.and_then(toml::Value::as_bool), Some(true));
    let hydrate = manifest["features"]["hydrate"].as_array().unwrap();
    assert!(
        hydrate
            .iter()
            .all(|each| !each.as_str().unwrap().contains("backend"))
    );
}
