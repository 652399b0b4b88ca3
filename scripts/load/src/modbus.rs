//! How fast the polling client reads registers, beside a bare loop of the same requests, against one
//! server that answers at once.

use std::{
    future::{Ready, ready},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bridge::{
    dial::Dialer,
    modbus::{Line, Read, Settings, Unit, plan},
};
use domain::{DeviceId, devices::register_map::RegisterMap};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{net::TcpListener, net::TcpStream, sync::mpsc, time::Instant};
use tokio_modbus::{
    ExceptionCode, Request, Response, Slave, SlaveRequest,
    client::{Client, tcp},
    server::{Service, tcp::Server},
};
use uuid::Uuid;

use crate::Failed;

/// Four reads of a hundred registers, fifty floats each.
const READS: u16 = 4;
const VALUES: u16 = 50;

#[derive(Debug, Deserialize)]
pub struct Job {
    /// Of one measurement.
    seconds: f64,
    rounds: usize,
}

/// Registers a second, a round each.
#[derive(Debug, Serialize)]
pub struct Outcome {
    polled: Vec<f64>,
    bare: Vec<f64>,
}

pub async fn measure(job: Job) -> Result<Outcome, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    let serving = tokio::spawn(async move {
        let connected = |stream: TcpStream, _: SocketAddr| ready(Ok(Some((Meter, stream))));
        Server::new(listener).serve(&connected, |_| {}).await
    });
    let map = Arc::new(map()?);
    let time = Duration::from_secs_f64(job.seconds);
    let mut outcome = Outcome {
        polled: Vec::new(),
        bare: Vec::new(),
    };
    for _ in 0..job.rounds {
        outcome.polled.push(polled(addr, &map, time).await?);
        outcome.bare.push(bare(addr, &plan(&map), time).await?);
    }
    serving.abort();
    Ok(outcome)
}

fn map() -> Result<RegisterMap, Failed> {
    let registers: Vec<_> = (0..READS)
        .flat_map(|read| (0..VALUES).map(move |value| (read, value)))
        .map(|(read, value)| {
            let address = read * 1_000 + value * 2;
            json!({ "name": format!("p{read}_{value}"), "address": address, "function": 3, "type": "f32", "scale": 0.1 })
        })
        .collect();
    RegisterMap::read(&json!({ "registers": registers, "limits": { "max_registers": 2 * VALUES } }))
        .map_err(|problem| format!("{problem:?}").into())
}

/// The line as the server has it, with neither a pause between requests nor a wait between polls.
async fn polled(addr: SocketAddr, map: &Arc<RegisterMap>, time: Duration) -> Result<f64, Failed> {
    let dialer = Dialer::new(vec!["127.0.0.0/8".parse()?]);
    let settings = Settings {
        pause: Duration::ZERO,
        ..Settings::new("127.0.0.1", addr.port())
    };
    let clock = Arc::new(|| Timestamp::try_from(SystemTime::now()).unwrap_or_default());
    let (sender, mut polls) = mpsc::channel(4);
    let line = Line::open(settings, dialer, clock, sender);
    let unit = Unit {
        device: DeviceId(Uuid::nil()),
        id: 1,
        map: Arc::clone(map),
        every: Duration::ZERO,
    };
    line.watch(vec![unit]).await;
    // Dialling is not counted.
    polls.recv().await.ok_or("the line ended")?;
    let (began, mut read) = (Instant::now(), 0);
    while began.elapsed() < time {
        let poll = polls.recv().await.ok_or("the line ended")?;
        if let Some(failure) = poll.failures.first() {
            return Err(format!("{failure:?}").into());
        }
        read += poll.readings.len() * 2;
    }
    Ok(read as f64 / began.elapsed().as_secs_f64())
}

/// The same requests one after the other, and nothing done with the answers.
async fn bare(addr: SocketAddr, reads: &[Read], time: Duration) -> Result<f64, Failed> {
    let mut context = tcp::attach_slave(TcpStream::connect(addr).await?, Slave(1));
    let (began, mut read) = (Instant::now(), 0);
    while began.elapsed() < time {
        for each in reads {
            match context
                .call(Request::ReadHoldingRegisters(each.address, each.count))
                .await??
            {
                Response::ReadHoldingRegisters(words) => read += words.len(),
                other => return Err(format!("{other:?}").into()),
            }
        }
    }
    Ok(read as f64 / began.elapsed().as_secs_f64())
}

/// Answers at once: 1.0 in every pair of registers.
struct Meter;

impl Service for Meter {
    type Request = SlaveRequest<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, SlaveRequest { request, .. }: Self::Request) -> Self::Future {
        ready(match request {
            Request::ReadHoldingRegisters(_, count) => {
                let words = (0..count).map(|n| if n % 2 == 0 { 0x3F80 } else { 0 });
                Ok(Response::ReadHoldingRegisters(words.collect()))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}
