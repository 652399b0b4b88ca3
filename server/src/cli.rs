//! The command line.

use std::{io::Write, net::SocketAddr, process::ExitCode, time::Duration};

use backend::{Site, kernel::clock::Clock};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    config::{self, Config},
    demo, doctor,
    failure::Failure,
    ground, keys, observe, operator, rest,
    serve::{self, Part, Serving},
};

/// Linli 邻里: property management for residential estates.
#[derive(Debug, Parser)]
#[command(name = "linli", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve: web, workers and device bridge, with the embedded PostgreSQL and broker
    Serve {
        /// One part only, beside other processes; needs an outside database and broker
        #[arg(long, value_enum)]
        only: Option<Part>,
    },
    /// Serve with the demo: two companies, and devices that speak real MQTT
    Demo,
    /// Bring roles and schema up to date
    Migrate,
    /// Make what is missing of the demo
    Seed {
        #[command(subcommand)]
        what: Seed,
    },
    /// Let the demo's devices speak, to any address
    Simulate {
        /// The broker; default where this configuration's broker listens
        #[arg(long)]
        broker: Option<SocketAddr>,
    },
    /// Say what is wrong with this installation, and how to mend it; changes nothing
    Doctor {
        /// For machines: one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Look after the keys in the key file
    Keys {
        #[command(subcommand)]
        what: Keys,
    },
    /// What the operator does to companies, beside a running server or without one
    Company {
        #[command(subcommand)]
        what: operator::Company,
    },
    /// Print the OpenAPI document of the REST interface
    Openapi,
}

#[derive(Debug, Subcommand)]
enum Seed {
    /// Two companies with their estates, devices and log-ins
    Demo,
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// Let the next key sign access tokens; the one before it verifies as long as a token lives
    Rotate,
}

/// Parses the command line, does what it says, and tells how it ended.
pub fn main() -> ExitCode {
    let matches = config::flags(Cli::command()).get_matches();
    let command = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli.command,
        Err(e) => e.exit(),
    };
    // Flags are global: what was given before the subcommand arrives at the innermost one as well.
    let mut innermost = &matches;
    while let Some((_, deeper)) = innermost.subcommand() {
        innermost = deeper;
    }
    let ended = Config::load(innermost).and_then(|config| {
        observe::start_logs(&config.log, config.log_format)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|e| Failure::work(format!("no runtime: {e}")))?;
        let ended = runtime.block_on(run(command, &config));
        // A thread that waits for a dead disk would otherwise keep the process.
        runtime.shutdown_timeout(Duration::from_secs(2));
        ended
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("linli: {failure}");
            ExitCode::from(&failure)
        }
    }
}

async fn run(command: Command, config: &Config) -> Result<(), Failure> {
    match command {
        Command::Serve { only } => {
            let with_demo = false;
            serve::run(config, Serving { with_demo, only }).await
        }
        Command::Demo => {
            let (with_demo, only) = (true, None);
            serve::run(config, Serving { with_demo, only }).await
        }
        Command::Seed { what: Seed::Demo } => seed(config).await,
        Command::Simulate { broker } => simulate(config, broker).await,
        Command::Company { what } => operator::run(config, what).await,
        Command::Doctor { json } => doctor::run(config, json).await,
        Command::Openapi => std::io::stdout()
            .write_all(rest::openapi_json().as_bytes())
            .map_err(|e| Failure::work(format!("cannot write to standard output: {e}"))),
        Command::Keys { what: Keys::Rotate } => {
            let (number, turn) = keys::rotate(&config.key_file, Clock::system().now())?;
            let life = backend::identity::ACCESS_TOKEN_LIFE;
            tracing::info!(number, from = %turn, "the next signing key has its turn");
            tracing::info!(until = %(turn + life), "tokens of the one before it are good");
            Ok(())
        }
        Command::Migrate => {
            ground::migrate(config).await?;
            tracing::info!("the database is up to date");
            Ok(())
        }
    }
}

async fn seed(config: &Config) -> Result<(), Failure> {
    let ground = ground::Ground::start(config).await?;
    let site = Site::new(ground.db.clone(), ground.keys.clone(), Clock::system());
    let seeded = demo::seed(&site).await;
    ground.stop().await;
    match seeded? {
        demo::Seeded::Ready => {
            tracing::info!("the demo is there");
            Ok(())
        }
        demo::Seeded::Refused => Err(Failure::setting(
            "LINLI_DATA_DIR or LINLI_DATABASE_URL holds companies but not the demo, which is not put beside them",
        )),
    }
}

async fn simulate(config: &Config, broker: Option<SocketAddr>) -> Result<(), Failure> {
    let mut asked = serve::Asked::listen()?;
    let broker = broker.unwrap_or(config.mqtt_listen);
    let options = demo::Options {
        broker: (broker.ip().to_string(), broker.port()),
        memory: None,
        clock: Clock::system(),
    };
    tokio::select! {
        ended = demo::simulate(options) => ended,
        () = asked.to_stop() => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        config::flags(Cli::command()).debug_assert();
    }
}
