//! Why there is no value, or nothing was written, in the words in which refusals are counted.

use domain::telemetry::Refusal;
use tokio_modbus::ExceptionCode;

/// What an exception means (Modbus Application Protocol V1.1b3, 7).
pub(super) const fn exception(code: ExceptionCode) -> Refusal {
    match code {
        ExceptionCode::IllegalFunction => Refusal::IllegalFunction,
        ExceptionCode::IllegalDataAddress => Refusal::IllegalAddress,
        ExceptionCode::IllegalDataValue => Refusal::IllegalValue,
        ExceptionCode::Acknowledge | ExceptionCode::ServerDeviceBusy => Refusal::DeviceBusy,
        ExceptionCode::GatewayPathUnavailable | ExceptionCode::GatewayTargetDevice => {
            Refusal::GatewayFailure
        }
        ExceptionCode::ServerDeviceFailure
        | ExceptionCode::MemoryParityError
        | ExceptionCode::Custom(_) => Refusal::DeviceFailure,
    }
}

/// Whether the device itself answered, if not with a value.
pub(super) const fn is_an_answer(reason: Refusal) -> bool {
    !matches!(
        reason,
        Refusal::Unreachable
            | Refusal::TimedOut
            | Refusal::Disconnected
            | Refusal::Garbled
            | Refusal::GatewayFailure
    )
}

/// Whether only what was asked for is wrong: the unit is there, and other registers may be good.
pub(super) const fn is_of_the_register(reason: Refusal) -> bool {
    is_an_answer(reason) && !matches!(reason, Refusal::DeviceBusy)
}
