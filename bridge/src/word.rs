//! What one message says, whatever broker brought it.

use domain::{devices::commands::Answer, telemetry::Refusal};
use jiff::Timestamp;

use crate::{
    intake::{Away, DeviceSession, Intake},
    payload::{Behind, Decoded, decode, decode_behind},
    topic::Topic,
};

/// What a device said.
#[derive(Debug)]
pub(crate) enum Word {
    Decoded(Decoded),
    /// To the command of that number.
    Answer(u64, Answer),
    /// Of devices behind it.
    Behind(Behind),
    Status(bool),
    /// It has connected: it is there, whether or not it has anything to say.
    Came,
    /// Its connection was lost.
    Lost,
}

impl Word {
    /// What is said on one of the device's own topics; `None` where there is nothing to keep. What
    /// cannot be understood is a refusal to be counted.
    pub(crate) fn read(topic: Topic, payload: &[u8], now: Timestamp) -> Option<Self> {
        match topic {
            Topic::Telemetry => {
                let decoded = decode(payload, now);
                (!decoded.is_empty()).then_some(Self::Decoded(decoded))
            }
            Topic::GatewayTelemetry => match decode_behind(payload, now) {
                Some(behind) => (!behind.is_empty()).then_some(Self::Behind(behind)),
                None => Some(Self::refused(Refusal::Malformed)),
            },
            Topic::RpcResponse(number) => Some(match Answer::parse(payload) {
                Some(answer) => Self::Answer(number, answer),
                None => Self::refused(Refusal::Malformed),
            }),
            Topic::Status => match payload {
                b"online" => Some(Self::Status(true)),
                b"offline" => Some(Self::Status(false)),
                // An empty retained message takes the retained one back.
                b"" => None,
                _ => Some(Self::refused(Refusal::Malformed)),
            },
            Topic::RpcRequest(_) | Topic::Ack | Topic::Other => {
                Some(Self::refused(Refusal::ForeignTopic))
            }
        }
    }

    fn refused(reason: Refusal) -> Self {
        Self::Decoded(Decoded::refusal(reason))
    }

    /// Brings it to the store; returns once it is kept.
    pub(crate) async fn tell(
        &self,
        intake: &impl Intake,
        device: &DeviceSession,
    ) -> Result<(), Away> {
        match self {
            Self::Decoded(decoded) => intake.accept(device, decoded.clone()).await,
            Self::Answer(number, answer) => {
                if intake.answered(device, *number, answer.clone()).await? {
                    return Ok(());
                }
                let unknown = Decoded::refusal(Refusal::UnknownCommand);
                intake.accept(device, unknown).await
            }
            Self::Behind(behind) => intake.accept_behind(device, behind.clone()).await,
            Self::Status(online) => intake.status(device, *online).await,
            Self::Came => intake.status(device, true).await,
            Self::Lost => intake.status(device, false).await,
        }
    }
}
