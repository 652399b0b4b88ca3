//! The library's hooks: who may connect, where to, and what becomes of each message.

use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use domain::telemetry::Refusal;
use mqtt5::{
    QoS, Result,
    broker::{
        AuthProvider, AuthResult, BrokerEventHandler, ClientConnectEvent, ClientDisconnectEvent,
        ClientPublishEvent, PublishAction,
    },
    packet::{connect::ConnectPacket, publish::PublishPacket},
    protocol::v5::reason_codes::ReasonCode,
};

use super::hub::{End, Hub, Link};
use crate::{
    intake::Intake,
    topic::{Prefix, Topic},
    word::Word,
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Which topics a device may use, by its prefix.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// What a topic is for; `None` where the device may not publish there.
    pub publish: fn(&Prefix, &str) -> Option<Topic>,
    /// Whether the device may subscribe to a filter.
    pub subscribe: fn(&Prefix, &str) -> bool,
}

impl Rules {
    /// What is below the own prefix, and nothing else.
    pub const OWN: Self = Self {
        publish: Prefix::topic,
        subscribe: Prefix::covers,
    };
}

pub(super) struct Hooks<I>(pub(super) Arc<Hub<I>>, pub(super) Rules);

impl<I: Intake> AuthProvider for Hooks<I> {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        addr: SocketAddr,
    ) -> Boxed<'a, Result<AuthResult>> {
        Box::pin(async move {
            Ok(match self.admit(connect).await {
                Ok(link) => AuthResult::success_with_user(&link.username),
                Err(reason) => {
                    tracing::debug!(%addr, client = connect.client_id, ?reason, "CONNECT refused");
                    AuthResult::fail(reason)
                }
            })
        })
    }

    fn authorize_publish<'a>(
        &'a self,
        client_id: &str,
        user_id: Option<&'a str>,
        topic: &'a str,
    ) -> Boxed<'a, bool> {
        let link = self.0.link(client_id);
        Box::pin(async move {
            let Some(prefix) = user_id.and_then(Prefix::of_username) else {
                return false;
            };
            if (self.1.publish)(&prefix, topic).is_some() {
                return true;
            }
            let Some(link) = link else { return false };
            if link.end().is_none() && self.0.count(&link, Refusal::ForeignTopic).await {
                return false;
            }
            // A refusal that is not counted may not be acknowledged, and `false` would be. The
            // publish hook comes next, and withholds what comes over a closed connection.
            self.0.close(&link).await;
            true
        })
    }

    fn authorize_subscribe<'a>(
        &'a self,
        client_id: &str,
        user_id: Option<&'a str>,
        topic_filter: &'a str,
    ) -> Boxed<'a, bool> {
        let link = self.0.link(client_id);
        Box::pin(async move {
            let Some(prefix) = user_id.and_then(Prefix::of_username) else {
                return false;
            };
            if (self.1.subscribe)(&prefix, topic_filter) {
                return true;
            }
            if let Some(link) = link
                && !self.0.count(&link, Refusal::ForeignTopic).await
            {
                self.0.close(&link).await;
            }
            false
        })
    }
}

impl<I: Intake> Hooks<I> {
    async fn admit(&self, connect: &ConnectPacket) -> std::result::Result<Arc<Link>, ReasonCode> {
        let (Some(username), Some(password)) = (&connect.username, &connect.password) else {
            return Err(ReasonCode::NotAuthorized);
        };
        // A second client with the same id throws the first out, so nobody may choose one.
        if connect.client_id != *username {
            return Err(ReasonCode::ClientIdentifierNotValid);
        }
        if Prefix::of_username(username).is_none() {
            return Err(ReasonCode::BadUsernameOrPassword);
        }
        let keep_alive = Duration::from_secs(connect.keep_alive.into());
        let link = match self.0.admit(username, password, keep_alive).await {
            Ok(Some(link)) => link,
            Ok(None) => return Err(ReasonCode::BadUsernameOrPassword),
            Err(away) => {
                tracing::warn!(%away, "a CONNECT could not be checked");
                return Err(ReasonCode::ServerUnavailable);
            }
        };
        let refused = connect.will.as_ref().and_then(|will| {
            match (self.1.publish)(&link.prefix, &will.topic) {
                Some(Topic::Status) => (will.payload != b"offline").then_some(Refusal::Malformed),
                _ => Some(Refusal::ForeignTopic),
            }
        });
        if let Some(reason) = refused {
            let counted = self.0.count(&link, reason).await;
            self.0.forget(&link);
            return Err(if counted {
                ReasonCode::NotAuthorized
            } else {
                ReasonCode::ServerUnavailable
            });
        }
        Ok(link)
    }

    /// What a message becomes once its word is kept.
    async fn take(&self, link: &Link, event: &ClientPublishEvent) -> Option<PublishAction> {
        let topic = (self.1.publish)(&link.prefix, &event.topic).unwrap_or(Topic::Other);
        let word = Word::read(topic, &event.payload, self.0.intake.now());
        // Of all that is said, only the status is there for others to read.
        let action = match (topic, &word) {
            (Topic::Status, None | Some(Word::Status(_))) => PublishAction::Continue,
            _ => PublishAction::Handled,
        };
        match word {
            Some(word) => self.0.keep(link, word).await.then_some(action),
            None => Some(action),
        }
    }
}

/// A topic that nobody can subscribe to.
const NOWHERE: &str = "$linli/withheld";

/// Answers a publish without an acknowledgement. The library acknowledges the message that the
/// hook returns, so it gets one at `QoS` 0, which has none.
fn withhold() -> PublishAction {
    PublishAction::Transform(PublishPacket::new(NOWHERE, Vec::new(), QoS::AtMostOnce))
}

impl<I: Intake> BrokerEventHandler for Hooks<I> {
    fn on_client_connect(&self, event: ClientConnectEvent) -> Boxed<'_, ()> {
        Box::pin(async move { self.0.join(&event.client_id).await })
    }

    fn on_client_publish(&self, event: ClientPublishEvent) -> Boxed<'_, PublishAction> {
        Box::pin(async move {
            let Some(link) = self.0.link(&event.client_id) else {
                return withhold();
            };
            if link.end().is_some() {
                return withhold();
            }
            if let Some(action) = self.take(&link, &event).await {
                return action;
            }
            if event.qos != QoS::AtMostOnce {
                self.0.close(&link).await;
            }
            withhold()
        })
    }

    fn on_client_disconnect(&self, event: ClientDisconnectEvent) -> Boxed<'_, ()> {
        Box::pin(async move {
            let Some((link, last)) = self.0.leave(&event.client_id) else {
                return;
            };
            if !last {
                return;
            }
            let end = link.end();
            if end == Some(End::Revoked) {
                // The will of the connection that was just ended.
                self.0.clear_retained(&link.prefix).await;
            }
            // When the store is away, or we are about to stop, that says nothing about the device.
            if event.unexpected && end != Some(End::Away) && !self.0.is_stopping() {
                self.0.keep(&link, Word::Lost).await;
            }
            self.0.forget(&link);
        })
    }
}
