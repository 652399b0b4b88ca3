//! The live websocket as a client sees it.

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, Utf8Bytes},
};

use crate::{Failed, speaking::PATIENCE};

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What somebody may see.
#[derive(Debug, Clone, Deserialize)]
pub struct Watcher {
    pub access_token: String,
    pub topic: String,
}

/// Opens a socket with a ticket of its own, and subscribes so many times to its topic. Whoever is
/// nobody is at somebody else's server, which tells everybody everything.
pub async fn open(host: &str, watcher: &Watcher, subscriptions: u32) -> Result<Socket, Failed> {
    if watcher.access_token.is_empty() {
        let opening = connect_async(format!("ws://{host}/live"));
        return Ok(timeout(PATIENCE, opening).await??.0);
    }
    let ticket = timeout(PATIENCE, ticket(host, &watcher.access_token)).await??;
    let (mut socket, _) = timeout(
        PATIENCE,
        connect_async(format!("ws://{host}/live?ticket={ticket}")),
    )
    .await??;
    for id in 0..subscriptions {
        let ask = serde_json::json!({ "op": "sub", "id": id, "topic": watcher.topic });
        socket.send(Message::text(ask.to_string())).await?;
    }
    let mut snapshots = 0;
    while snapshots < subscriptions {
        let frame = timeout(PATIENCE, frame(&mut socket)).await??;
        if frame.contains(r#""error""#) {
            return Err(format!("{}: {frame}", watcher.topic).into());
        }
        snapshots += u32::from(frame.contains(r#""snapshot""#));
    }
    Ok(socket)
}

/// The next text; the library answers pings.
pub async fn frame(socket: &mut Socket) -> Result<Utf8Bytes, Failed> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(Message::Close(why))) => {
                return Err(format!("the socket was closed: {why:?}").into());
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error.into()),
            None => return Err("the socket ended".into()),
        }
    }
}

async fn ticket(host: &str, token: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(host).await?;
    let request = format!(
        "POST /api/v1/live/ticket HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let ticket = answer
        .split_once(r#""ticket":""#)
        .and_then(|(_, rest)| rest.split_once('"'));
    ticket.map(|(ticket, _)| ticket.to_owned()).ok_or_else(|| {
        let status = answer.lines().next().unwrap_or_default();
        format!("no ticket to the websocket: {status}").into()
    })
}
