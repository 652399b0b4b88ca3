//! The command line.

use std::{io::Write, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    config::{self, Config},
    failure::Failure,
    ground, observe, rest, serve,
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
    Serve,
    /// Bring roles and schema up to date
    Migrate,
    /// Print the OpenAPI document of the REST interface
    Openapi,
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
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|e| Failure::work(format!("no runtime: {e}")))?
            .block_on(run(command, &config))
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
        Command::Serve => serve::run(config).await,
        Command::Migrate => {
            ground::migrate(config).await?;
            tracing::info!("the database is up to date");
            Ok(())
        }
        Command::Openapi => std::io::stdout()
            .write_all(rest::openapi_json().as_bytes())
            .map_err(|e| Failure::work(format!("cannot write to standard output: {e}"))),
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
