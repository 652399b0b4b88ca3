//! What is held about a person: they see it, take it along, and ask to be forgotten.
//!
//! A person belongs to no company, and so what is held about them may be with several: each forgets
//! its own part. A request is about one home, past ones too, because whoever answers for that place
//! decides on it. Bills, meters and deeds stay, and name ids only.

mod erasure;
mod store;
#[cfg(test)]
mod tests;

use domain::{
    PersonId,
    audit::{Deed, Subject},
    estates::mask_id_number,
    identity::{Scope, mask_phone},
    privacy::{ConsentView, Held, HeldHome, HeldHomeView, HeldView},
};

pub use self::erasure::{ask_erasure, erase, file_erasure, list_erasures, refuse_erasure};
use crate::{
    audit, identity,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Who asks. It takes no permission: what is held about a person is theirs to see.
fn asker(cx: &Cx) -> Result<PersonId> {
    let person = cx.actor.person();
    person.ok_or_else(|| Error::new(domain::Code::Unauthenticated))
}

async fn held(tx: &mut TenantTx, cx: &Cx, person: PersonId) -> Result<Held> {
    let found = identity::held(tx, person).await?;
    let found = found.ok_or_else(|| Error::new(domain::Code::Unauthenticated))?;
    Ok(Held {
        person: found,
        homes: store::homes(tx, cx, person).await?,
    })
}

/// All that is held about the asker, whichever company it is with, numbers whole. It is remembered
/// that they took it along.
///
/// # Errors
/// `unauthenticated` for the product's own context, which is nobody.
pub async fn export(cx: &Cx) -> Result<Held> {
    let person = asker(cx)?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let held = held(&mut tx, cx, person).await?;
    let taken = Subject::Person(person);
    audit::record(&mut tx, cx, Deed::DataExported, taken, None, []).await?;
    tx.commit().await?;
    Ok(held)
}

/// The same for a page, with masked numbers.
///
/// # Errors
/// As [`export`].
pub async fn held_about_me(cx: &Cx) -> Result<HeldView> {
    let person = asker(cx)?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let held = held(&mut tx, cx, person).await?;
    tx.commit().await?;
    let consent = held.person.consents.last();
    Ok(HeldView {
        sessions: held.person.sessions.len(),
        consent: consent.map(|consent| ConsentView {
            version: consent.version,
            agreed_at: consent.agreed_at,
        }),
        homes: held.homes.into_iter().map(masked).collect(),
    })
}

fn masked(home: HeldHome) -> HeldHomeView {
    HeldHomeView {
        home: home.home,
        name: home.name,
        phone: home.phone.as_deref().map(mask_phone),
        id_number: home.id_number.as_deref().map(mask_id_number),
        cars: home.cars,
        asked: home.asked,
        refused_for: home.refused_for,
    }
}
