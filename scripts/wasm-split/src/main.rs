//! `linli-wasm-split IN.wasm OUT_DIR`: cuts IN at the split points of `app::lazy`.
//!
//! OUT_DIR then holds `linli.js` and `linli_bg.wasm` (what every page needs), a `split_*.wasm` for each
//! area, a `chunk_*.wasm` for whatever some areas share, and `parts.json`: which of them each area needs.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use eyre::{Context, OptionExt, eyre};
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

/// What the main module imports the loaders from: the name that leptos preloads.
const LOADER: &str = "./__wasm_split.______________________.js";

fn main() -> eyre::Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: linli-wasm-split IN.wasm OUT_DIR";
    let (input, out) = (args.next().ok_or_eyre(usage)?, args.next().ok_or_eyre(usage)?);
    let wasm = fs::read(&input).wrap_err_with(|| input.display().to_string())?;
    let main = out.join("main.wasm");
    let mut options = Options::new(&wasm);
    options.output_dir = &out;
    options.main_out_path = &main;
    options.link_name = LOADER;
    let split = transform(options)?;
    // The loader that comes with it fetches each part by itself; scripts/bundle-areas.mjs makes ours.
    fs::remove_file(out.join(LOADER))?;
    // Sorted, so that the same input gives the same file.
    let parts: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    fs::write(out.join("parts.json"), serde_json::to_vec(&parts)?)?;
    bind(&main, &out).map_err(|error| eyre!("{error:#}"))?;
    Ok(fs::remove_file(main)?)
}

/// What wasm-bindgen's own command does, which would bring a web server and a client along.
fn bind(main: &Path, out: &Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(main)
        .out_name("linli")
        .typescript(false)
        .demangle(false)
        // The parts find what they share by these names.
        .keep_lld_exports(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.web(true)?;
    Ok(bindgen.generate(out)?)
}
