//! The composition root: configuration, the parts of a site, and the edges that face the world.

pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
mod doctor;
pub mod failure;
pub mod ground;
mod holder;
pub mod http;
pub mod intake;
pub mod keys;
mod lead;
pub mod live;
pub mod lock;
pub mod mail;
pub mod migrate;
mod mutex;
pub mod observe;
pub mod operator;
pub mod ops;
pub mod outside;
pub mod polling;
pub mod postgres;
pub mod rest;
pub mod serve;
mod settings;
pub mod tls;
