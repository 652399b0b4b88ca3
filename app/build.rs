//! Turns `locales/<language>/<room>.json` into typed keys, so that a key that is missing
//! or misspelt does not compile.

use std::error::Error;
use std::path::PathBuf;

use leptos_i18n_build::options::CodegenOptions;
use leptos_i18n_build::{Config, ParseOptions, TranslationsInfos};

/// One namespace a room; `common` holds words that every room uses, `ui` the components' own.
const NAMESPACES: [&str; 20] = [
    "common",
    "ui",
    "site",
    "identity",
    "staff",
    "keys",
    "tenancy",
    "estates",
    "regions",
    "energy",
    "boards",
    "buildings",
    "claims",
    "devices",
    "models",
    "telemetry",
    "home",
    "audit",
    "privacy",
    "problem",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    let config = Config::new("zh-CN")?
        .add_locale("en")?
        .add_namespaces(NAMESPACES)?
        // Texts with values as plain strings, for attributes and tests.
        .parse_options(ParseOptions::new().interpolate_display(true));
    let translations = TranslationsInfos::parse(config)?;
    translations.emit_diagnostics();
    translations.rerun_if_locales_changed();
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let attributes = "#![allow(clippy::all, clippy::pedantic, clippy::expect_used, missing_debug_implementations)]"
        .parse()
        .map_err(|error| format!("module attributes: {error}"))?;
    translations.generate_i18n_module_with_options(
        out.join("i18n"),
        CodegenOptions::new()
            .top_level_attributes(Some(attributes))
            .gen_docs(false),
    )?;
    Ok(())
}
