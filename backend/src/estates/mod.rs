//! estates
