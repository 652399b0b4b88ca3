//! Server functions of readings.
