//! The accounts of devices at a broker that is not ours, over Mosquitto's dynamic security.
//!
//! Its plugin takes commands as JSON on [`CONTROL`] and answers on a topic beside it. Version 2.0
//! knows no placeholder for a user name, so each device has a role of its own. Protocol:
//! `plugins/dynamic-security` of Mosquitto.

use std::{pin::pin, time::Duration};

use domain::Secret;
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
    Open { username: String, password: Secret },
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
    let own = json!({ "command": "getClient", "username": server.username });
    let found = ask(server, client_id, vec![own], &[]).await?;
    if !found.iter().any(Answer::has_own_role) {
        tracing::info!(?server, "the broker is told what Linli itself may do there");
        // It ends the connections of an account whose roles change, and answers nobody.
        match ask(server, client_id, own_role(&server.username), &[]).await {
            Ok(_) | Err(Error::Away(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let shut = accounts.iter().filter_map(|account| match account {
        Account::Shut { username } => Prefix::of_username(username),
        Account::Open { .. } => None,
    });
    let silenced: Vec<_> = shut.map(|prefix| prefix.status()).collect();
    let answers = ask(server, client_id, commands(accounts), &silenced).await?;
    check(&answers)
}

/// Puts commands to the broker, over a connection of their own, and takes back what is retained on
/// some topics. What comes back are the answers to these commands: others may ask at the same time.
async fn ask(
    server: &Server,
    client_id: &str,
    mut commands: Vec<Value>,
    silenced: &[String],
) -> Result<Vec<Answer>, Error> {
    if let Some(Value::Object(first)) = commands.first_mut() {
        first.insert("correlationData".to_owned(), client_id.into());
    }
    let question = json!({ "commands": commands }).to_string();
    let (client, mut events) = AsyncClient::new(server.options(client_id), 16);
    let (said, mut hearing) = mpsc::channel(16);
    let polling = until_lost(&mut events, |packet| hear(&client, &said, packet));
    let talking = async {
        if !matches!(next(&mut hearing).await?, Heard::Ready) {
            return Err(Error::Silent);
        }
        publish(&client, CONTROL, false, question).await?;
        let answers = answers(&mut hearing, client_id).await?;
        for topic in silenced {
            publish(&client, topic, true, String::new()).await?;
            while !matches!(next(&mut hearing).await?, Heard::Taken) {}
        }
        Ok(answers)
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

/// What to do about a packet; an error ends the connection.
fn hear(client: &AsyncClient, said: &mpsc::Sender<Heard>, packet: Incoming) -> Result<(), String> {
    let heard = match packet {
        Incoming::ConnAck(_) => {
            let answers = Filter::new(ANSWERS, QoS::AtLeastOnce);
            let asked = client.try_subscribe_many([answers]);
            return asked.map_err(|error| error.to_string());
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
    #[serde(default)]
    data: Value,
}

impl Answer {
    /// To the question who Linli is there.
    fn has_own_role(&self) -> bool {
        let roles = self.data.pointer("/client/roles").and_then(Value::as_array);
        let own = |role: &Value| role.get("rolename").and_then(Value::as_str) == Some(OWN_ROLE);
        roles.is_some_and(|roles| roles.iter().any(own))
    }
}

#[derive(Deserialize)]
struct Answers {
    responses: Vec<Answer>,
}

async fn answers(hearing: &mut mpsc::Receiver<Heard>, asker: &str) -> Result<Vec<Answer>, Error> {
    loop {
        let Heard::Answer(payload) = next(hearing).await? else {
            continue;
        };
        let answers: Answers = serde_json::from_slice(&payload)
            .map_err(|_| Error::Refused("its answer cannot be read".to_owned()))?;
        let ours = |answer: &Answer| answer.about.as_deref() == Some(asker);
        if answers.responses.first().is_some_and(ours) {
            return Ok(answers.responses);
        }
    }
}

/// What is there already is made anew, and what is not there need not be taken away.
fn check(answers: &[Answer]) -> Result<(), Error> {
    let failed = |answer: &Answer| {
        let error = answer.error.clone()?;
        match answer.command.as_str() {
            "createClient" => Some(error),
            "deleteClient" if error != "Client not found" => Some(error),
            _ => None,
        }
    };
    let mut failed = answers.iter().filter_map(failed);
    failed.next().map_or(Ok(()), |why| Err(Error::Refused(why)))
}

fn may(acltype: &str, topic: &str) -> Value {
    json!({ "acltype": acltype, "topic": topic, "allow": true })
}

/// Reads what devices say, tells them what to do, and takes back their last words.
fn own_role(username: &str) -> Vec<Value> {
    let acls = [
        may("subscribePattern", "linli/#"),
        may("publishClientReceive", "linli/#"),
        may("publishClientSend", "linli/+/+/rpc/request/+"),
        may("publishClientSend", "linli/+/+/status"),
    ];
    vec![
        json!({ "command": "createRole", "rolename": OWN_ROLE, "acls": acls }),
        json!({ "command": "addClientRole", "username": username, "rolename": OWN_ROLE }),
    ]
}

fn commands(accounts: &[Account]) -> Vec<Value> {
    let mut commands = Vec::new();
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
        let said = prefix.said();
        let said = said.iter().map(|topic| may("publishClientSend", topic));
        let heard = ["subscribePattern", "publishClientReceive"].map(|of| may(of, &prefix.all()));
        let acls: Vec<Value> = said.chain(heard).collect();
        commands.push(json!({ "command": "createRole", "rolename": role, "acls": acls }));
        commands.push(json!({
            "command": "createClient", "username": username, "clientid": username,
            "password": password.reveal(), "roles": [{ "rolename": role }],
        }));
    }
    commands
}
