//! Server functions of a resident's home.
