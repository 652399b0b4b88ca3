//! linli-load devices|rows|homes|fan-out|modbus: reads what to do as JSON from standard input, does it on
//! 127.0.0.1, and prints one line of JSON with what came of it. scripts/bench-*.mjs say the rest.
//!
//! It counts its own CPU apart, and that of the processes that it is told of: it shares the machine
//! with what it measures.

mod crowd;
mod devices;
mod fan_out;
mod figures;
mod homes;
mod live;
mod modbus;
mod rows;
mod speaking;

use std::{env, io::Read, process::ExitCode};

use serde::{Serialize, de::DeserializeOwned};

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let part = env::args().nth(1).unwrap_or_default();
    let done = match part.as_str() {
        "devices" => run(devices::measure).await,
        "rows" => run(rows::measure).await,
        "homes" => run(homes::measure).await,
        "fan-out" => run(fan_out::measure).await,
        "modbus" => run(modbus::measure).await,
        _ => {
            eprintln!("usage: linli-load devices|rows|homes|fan-out|modbus <JOB.json");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("linli-load {part}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run<J, O, F>(measure: impl FnOnce(J) -> F) -> Result<String, Failed>
where
    J: DeserializeOwned,
    O: Serialize,
    F: Future<Output = Result<O, Failed>>,
{
    let mut said = String::new();
    std::io::stdin().read_to_string(&mut said)?;
    let outcome = measure(serde_json::from_str(&said)?).await?;
    Ok(serde_json::to_string(&outcome)?)
}
