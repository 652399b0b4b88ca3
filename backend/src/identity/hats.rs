//! One person, many hats: staff of several companies, resident of several homes.
//!
//! A session wears one of them. Another one is another session, so that what a page was made under
//! cannot turn into something else below it.

use domain::{Code, TenantId, identity::Hat, session::OwnHat};

use super::{
    Arrival, Kind, Opened,
    account::asker,
    log_out, open,
    store::{self, HatRow},
    under,
};
use crate::kernel::{
    cx::{Cx, Peer},
    error::{Error, Result},
};

/// The hats that the asker may wear, with the one that they wear now.
///
/// # Errors
/// `unauthenticated` for the product's own context, which is nobody.
pub async fn hats(cx: &Cx) -> Result<Vec<OwnHat>> {
    let worn = (cx.tenant.id, cx.actor.hat());
    let own = |row: HatRow| OwnHat {
        current: worn == (row.tenant, Some(row.hat)),
        tenant: row.tenant,
        company: row.company,
        hat: row.hat,
    };
    Ok(rows(cx).await?.into_iter().map(own).collect())
}

/// Puts another hat on: a new session in the place of the one that asks.
///
/// A second factor is not asked for again. Who has one showed it when this session began, or
/// switched it on in it; where the other company wants one that the person does not have, the new
/// session does nothing before it is set up.
///
/// # Errors
/// `not_found` for a hat that the asker does not have (any more), or wears already.
pub async fn wear(cx: &Cx, tenant: TenantId, hat: Hat, from: &Peer) -> Result<Opened> {
    let (person, _) = asker(cx)?;
    let worn = (cx.tenant.id, cx.actor.hat()) == (tenant, Some(hat));
    let wanted = |row: &HatRow| !worn && (row.tenant, row.hat) == (tenant, hat);
    let found = rows(cx).await?.into_iter().find(wanted);
    let found = found.ok_or_else(|| Error::new(Code::NotFound))?;
    let tx = under(&cx.site, &found).await?;
    let arrival = Arrival {
        person,
        tenant,
        hat,
        kind: Kind::Browser,
        from,
        deed: None,
    };
    let opened = open(&cx.site, tx, arrival).await?;
    log_out(cx).await?;
    Ok(opened)
}

async fn rows(cx: &Cx) -> Result<Vec<HatRow>> {
    let (person, _) = asker(cx)?;
    let mut tx = cx.site.db.open().await?;
    let rows = store::hats(&mut tx, person, cx.now()).await?;
    tx.commit().await?;
    Ok(rows)
}
