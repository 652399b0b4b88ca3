//! Sign-up, log-in and accepting an invitation.

pub mod api;
pub mod pages;
mod parts;
