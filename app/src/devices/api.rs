//! Server functions of devices.
