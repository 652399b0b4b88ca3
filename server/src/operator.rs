//! `linli company`: what the operator does to companies.

use std::io::Write;

use backend::{kernel::clock::Clock, tenancy::operator};
use clap::Subcommand;
use domain::Code;

use crate::{config::Config, failure::Failure, ground::Operating};

/// Companies are named by their slug.
#[derive(Debug, Subcommand)]
pub enum Company {
    /// Every company with its state and its plan
    List,
    /// Let a company look and change nothing, and turn its devices away
    Suspend {
        slug: String,
        /// Why; its own staff read it
        #[arg(long)]
        reason: String,
    },
    /// Let a suspended company go on
    Resume { slug: String },
    /// Move a company to another plan: trial, standard, group
    Plan { slug: String, plan: String },
}

/// Does what was asked, as `linli_owner`.
///
/// # Errors
/// A company, plan or reason that will not do, with status 2; else what failed.
pub async fn run(config: &Config, what: Company) -> Result<(), Failure> {
    let mut operating = Operating::start(config).await?;
    let done = act(&mut operating, &what).await;
    operating.stop().await;
    done
}

async fn act(operating: &mut Operating, what: &Company) -> Result<(), Failure> {
    let (conn, now) = (&mut operating.conn, Clock::system().now());
    match what {
        Company::List => return list(operating).await,
        Company::Suspend { slug, reason } => {
            let done = operator::suspend(conn, slug, reason, now).await;
            done.map_err(|e| explain(&e, slug))?;
            tracing::info!(company = slug, "it is suspended");
        }
        Company::Resume { slug } => {
            let done = operator::resume(conn, slug, now).await;
            done.map_err(|e| match e.code() {
                Code::NotFound => {
                    Failure::setting(format!("no suspended company is called {slug:?}"))
                }
                _ => explain(&e, slug),
            })?;
            tracing::info!(company = slug, "it goes on");
        }
        Company::Plan { slug, plan } => {
            let done = operator::move_to(conn, slug, plan, now).await;
            done.map_err(|e| explain(&e, slug))?;
            tracing::info!(company = slug, plan, "it has another plan");
        }
    }
    Ok(())
}

async fn list(operating: &mut Operating) -> Result<(), Failure> {
    let companies = operator::companies(&mut operating.conn).await;
    let companies = companies.map_err(|e| explain(&e, ""))?;
    let mut out = std::io::stdout().lock();
    for each in companies {
        let why = each.suspended_for.map(|why| format!("  {why}"));
        let line = format!(
            "{:<32}  {:<9}  {:<8}  {}{}",
            each.slug,
            each.state,
            each.plan,
            each.name,
            why.unwrap_or_default()
        );
        writeln!(out, "{line}")
            .map_err(|e| Failure::work(format!("cannot write to standard output: {e}")))?;
    }
    Ok(())
}

fn explain(error: &backend::Error, slug: &str) -> Failure {
    let flawed = |field: &str| error.problem.fields.contains_key(field);
    match error.code() {
        Code::NotFound => Failure::setting(format!("no company is called {slug:?}")),
        Code::Invalid if flawed("reason") => {
            Failure::setting("--reason: 1 to 200 characters, which the company's staff will read")
        }
        Code::Invalid if flawed("plan") => Failure::setting("there is no such plan"),
        _ => {
            error.log();
            Failure::work(format!("the database refused: {error}"))
        }
    }
}
