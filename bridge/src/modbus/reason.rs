use std::fmt;

use domain::telemetry::Refusal;
use tokio_modbus::ExceptionCode;

/// Why there is no value, or nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nobody answers at the address, or it may not be dialled.
    Unreachable,
    /// The unit did not answer in time.
    TimedOut,
    /// The connection ended in the middle of a request.
    Disconnected,
    /// An answer to something else, or of another length.
    Garbled,
    /// The unit, or the gateway before it, said no.
    Exception(ExceptionCode),
    /// The registers hold no value of their type.
    Refused(Refusal),
}

impl Reason {
    /// For the device's page and the log, in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Disconnected => "disconnected",
            Self::Garbled => "garbled",
            Self::Refused(refusal) => refusal.as_str(),
            Self::Exception(code) => match code {
                ExceptionCode::IllegalFunction => "illegal_function",
                ExceptionCode::IllegalDataAddress => "illegal_data_address",
                ExceptionCode::IllegalDataValue => "illegal_data_value",
                ExceptionCode::ServerDeviceFailure => "server_device_failure",
                ExceptionCode::Acknowledge => "acknowledge",
                ExceptionCode::ServerDeviceBusy => "server_device_busy",
                ExceptionCode::MemoryParityError => "memory_parity_error",
                ExceptionCode::GatewayPathUnavailable => "gateway_path_unavailable",
                ExceptionCode::GatewayTargetDevice => "gateway_target_device",
                ExceptionCode::Custom(_) => "unknown_exception",
            },
        }
    }

    /// Whether only what was asked for is wrong: the unit is there, and other registers may be
    /// good.
    pub(super) const fn is_of_the_register(self) -> bool {
        match self {
            Self::Exception(code) => !matches!(
                code,
                ExceptionCode::Acknowledge
                    | ExceptionCode::ServerDeviceBusy
                    | ExceptionCode::GatewayPathUnavailable
                    | ExceptionCode::GatewayTargetDevice
            ),
            Self::Refused(_) => true,
            Self::Unreachable | Self::TimedOut | Self::Disconnected | Self::Garbled => false,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
