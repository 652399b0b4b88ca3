//! The accounts of devices at a broker that is not ours, over Mosquitto's dynamic security.
//!
//! Its plugin takes commands as JSON on [`CONTROL`] and answers on a topic beside it. Version 2.0
//! knows no placeholder for a user name, so each device has a role of its own. Protocol:
//! `plugins/dynamic-security` of Mosquitto.

use std::{pin::pin, time::Duration};

use rumqttc::v5::{
    AsyncClient, Incoming,
    mqttbytes::{
        QoS,
        v5::{Filter, SubscribeReasonCode},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{select, sync::mpsc, time::timeout};

use super::{Server, until_lost};
use crate::topic::Prefix;

const CONTROL: &str = "$CONTROL/dynamic-security/v1";
const ANSWERS: &str = "$CONTROL/dynamic-security/v1/response";
/// What Linli itself may do, beside what the account has that it was given.
const OWN_ROLE: &str = "linli";
/// How long the broker may take for one step.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a device's account is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// There, with this password and no other; a connection that another let in ends.
    Open { username: String, password: String },
    /// Not there: the device's connection ends, and its last word is forgotten.
    Shut { username: String },
}

impl Account {
    fn username(&self) -> &str {
        match self {
            Self::Open { username, .. } | Self::Shut { username } => username,
        }
    }
}

/// Why the broker's accounts are not as they should be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the broker cannot be reached: {0}")]
    Away(String),
    #[error(
        "the broker does not answer on {CONTROL}: it has no dynamic security, or this account may not use it"
    )]
    Silent,
    #[error("the broker refused: {0}")]
    Refused(String),
}

/// Brings accounts to the broker. When it returns, all of them are as they should be.
///
/// # Errors
/// What went wrong. Some may have been changed; doing it again is harmless.
pub async fn apply(server: &Server, client_id: &str, accounts: &[Account]) -> Result<(), Error> {
    let (client, mut events) = AsyncClient::new(server.options(client_id), 16);
    let (said, mut hearing) = mpsc::channel(16);
    let polling = until_lost(&mut events, |packet| {
        let heard = match packet {
            Incoming::ConnAck(_) => {
                let answers = Filter::new(ANSWERS, QoS::AtLeastOnce);
                return client
                    .try_subscribe_many([answers])
                    .map_err(|e| e.to_string());
            }
            Incoming::SubAck(answer) => {
                let granted = |code| matches!(code, &SubscribeReasonCode::Success(_));
                if answer.return_codes.iter().all(granted) {
                    Heard::Ready
                } else {
                    Heard::Refused
                }
            }
            Incoming::Publish(publish) => Heard::Answer(publish.payload.to_vec()),
            Incoming::PubAck(_) => Heard::Taken,
            _ => return Ok(()),
        };
        said.try_send(heard)
            .map_err(|_| "more answers than questions".to_owned())
    });
    let talking = async {
        if !matches!(next(&mut hearing).await?, Heard::Ready) {
            return Err(Error::Silent);
        }
        let asked = commands(&server.username, accounts);
        let question = json!({ "commands": asked }).to_string();
        publish(&client, CONTROL, false, question).await?;
        check(&answers(&mut hearing).await?)?;
        for account in accounts {
            if let Account::Shut { username } = account
                && let Some(prefix) = Prefix::of_username(username)
            {
                publish(&client, &prefix.status(), true, String::new()).await?;
                while !matches!(next(&mut hearing).await?, Heard::Taken) {}
            }
        }
        Ok(())
    };
    let mut polling = pin!(polling);
    let done = select! {
        why = &mut polling => return Err(Error::Away(why)),
        done = talking => done,
    };
    // What was handed over last still has to go out.
    if client.disconnect().await.is_ok() {
        let _ = timeout(PATIENCE, polling).await;
    }
    done
}

enum Heard {
    Ready,
    Refused,
    Taken,
    Answer(Vec<u8>),
}

async fn next(hearing: &mut mpsc::Receiver<Heard>) -> Result<Heard, Error> {
    match timeout(PATIENCE, hearing.recv()).await {
        Ok(Some(heard)) => Ok(heard),
        Ok(None) | Err(_) => Err(Error::Silent),
    }
}

async fn publish(
    client: &AsyncClient,
    topic: &str,
    retain: bool,
    text: String,
) -> Result<(), Error> {
    let handing = client.publish(topic, QoS::AtLeastOnce, retain, text);
    handing
        .await
        .map_err(|error| Error::Away(error.to_string()))
}

/// One answer to a command.
#[derive(Debug, Deserialize)]
struct Answer {
    command: String,
    #[serde(default)]
    error: Option<String>,
    #[serde(default, rename = "correlationData")]
    about: Option<String>,
}

#[derive(Deserialize)]
struct Answers {
    responses: Vec<Answer>,
}

/// The answers to our own commands: others may be asking at the same time.
async fn answers(hearing: &mut mpsc::Receiver<Heard>) -> Result<Vec<Answer>, Error> {
    loop {
        let Heard::Answer(payload) = next(hearing).await? else {
            continue;
        };
        let answers: Answers = serde_json::from_slice(&payload)
            .map_err(|_| Error::Refused("its answer cannot be read".to_owned()))?;
        if answers
            .responses
            .iter()
            .any(|answer| answer.about.as_deref() == Some(OWN_ROLE))
        {
            return Ok(answers.responses);
        }
    }
}

/// What is there already is made anew, and what is not there need not be taken away: only that what
/// is to be there was made counts.
fn check(answers: &[Answer]) -> Result<(), Error> {
    let made = |answer: &&Answer| answer.command == "createClient";
    let failed = answers.iter().filter(made).find_map(|answer| {
        let error = answer.error.as_deref()?;
        Some(format!(
            "{}: {error}",
            answer.about.as_deref().unwrap_or_default()
        ))
    });
    failed.map_or(Ok(()), |why| Err(Error::Refused(why)))
}

fn commands(own: &str, accounts: &[Account]) -> Vec<Value> {
    let may =
        |acltype: &str, topic: &str| json!({ "acltype": acltype, "topic": topic, "allow": true });
    let mut commands = vec![
        json!({
            "command": "createRole", "rolename": OWN_ROLE, "correlationData": OWN_ROLE,
            "acls": [
                may("subscribePattern", "linli/#"),
                may("publishClientReceive", "linli/#"),
                may("publishClientSend", "linli/+/+/rpc/request/+"),
                may("publishClientSend", "linli/+/+/status"),
            ],
        }),
        json!({ "command": "addClientRole", "username": own, "rolename": OWN_ROLE }),
    ];
    for account in accounts {
        let username = account.username();
        let Some(prefix) = Prefix::of_username(username) else {
            continue;
        };
        let role = format!("device {username}");
        // Whoever is connected by the old password is thrown out with its account.
        commands.push(json!({ "command": "deleteClient", "username": username }));
        commands.push(json!({ "command": "deleteRole", "rolename": role }));
        let Account::Open { password, .. } = account else {
            continue;
        };
        let mut acls: Vec<Value> = prefix
            .said()
            .map(|topic| may("publishClientSend", &topic))
            .into();
        acls.push(may("subscribePattern", &prefix.all()));
        acls.push(may("publishClientReceive", &prefix.all()));
        commands.push(json!({ "command": "createRole", "rolename": role, "acls": acls }));
        commands.push(json!({
            "command": "createClient", "username": username, "clientid": username,
            "password": password, "roles": [{ "rolename": role }], "correlationData": username,
        }));
    }
    commands
}
