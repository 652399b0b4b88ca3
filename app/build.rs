//! Turns `locales/<language>/<room>.json` into typed keys, so that a key that is missing
//! or misspelt does not compile.
//!
//! What `leptos_i18n_build` does is these two calls; it brings the sources of ICU's data along, which
//! take longer to compile than all of Linli.

use std::{error::Error, fs, path::PathBuf};

use leptos_i18n_codegen::gen_code;
use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};

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

/// What is generated is nobody's to tidy up.
const ATTRIBUTES: &str =
    "#![allow(clippy::all, clippy::pedantic, clippy::expect_used, missing_debug_implementations)]";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    let config = Config::new("zh-CN")?
        .add_locale("en")?
        .add_namespaces(NAMESPACES)?
        // Texts with values as plain strings, for attributes and tests.
        .parse_options(ParseOptions::new().interpolate_display(true));
    let parsed = parse_locales(None, config)?;
    for warning in parsed.diag.warnings().iter() {
        println!("cargo::warning={warning}");
    }
    for error in parsed.diag.errors().iter() {
        println!("cargo::error={error}");
    }
    for file in parsed.tracked_files.iter().flatten() {
        println!("cargo::rerun-if-changed={file}");
    }
    let attributes = ATTRIBUTES
        .parse()
        .map_err(|error| format!("module attributes: {error}"))?;
    let code = gen_code(&parsed, None, false, Some(&attributes), false)?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?).join("i18n");
    fs::create_dir_all(&out)?;
    fs::write(out.join("mod.rs"), code.to_string())?;
    Ok(())
}
