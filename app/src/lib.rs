//! Pages and their server functions: compiled once for the server, once for wasm.

pub mod i18n;
pub mod ui;
