//! Finding units and residents: by address and door, by name in characters or letters, by the end
//! of a number beside either, or by the whole number.

mod address;
mod addressed;
#[cfg(test)]
mod addressed_tests;
mod asked;
#[cfg(test)]
mod found_tests;
#[cfg(test)]
mod pace_tests;
mod spelling;
mod store;
#[cfg(test)]
mod tests;

use domain::{
    Code, EstateId, ResidentId, VehicleId,
    estates::{Found, FoundResident, FoundVehicle, Plate, ResidentSearch},
    identity::Action,
    page::{Page, PageAsk},
};

pub use self::addressed::units_addressed;
pub(crate) use self::addressed::{homes_addressed, only};
use self::asked::{Asked, Hit, Mark};
pub(super) use self::spelling::spellings;
use super::{shown, vehicles};
use crate::kernel::{
    cx::Cx,
    error::{Error, Result},
    tx::TenantTx,
};

/// What a search finds within the asker's places: units whose address or door is just so, then cars
/// whose plate starts so, then residents, those who were written down first first, then units whose
/// address starts so. Numbers are masked. Whoever may not see residents finds units alone.
///
/// # Errors
/// `forbidden`; `invalid` on `q` with what is wrong with it, and on `cursor` for a bad one.
pub async fn search(cx: &Cx, q: &str, ask: &PageAsk) -> Result<Page<Found>> {
    let scope = cx.authorize(Action::ViewEstates)?;
    let after = Mark::of(ask)?;
    let search = ResidentSearch::beside_units(q).map_err(|flaw| Error::invalid("q", flaw))?;
    let mut asked = asked::by_words(&search);
    let mut units = Vec::new();
    if let Some(asked) = &mut asked {
        let mut tx = TenantTx::begin(cx, &scope).await?;
        if let Some(name) = asked.estate() {
            let named = store::estates_named(&mut tx, cx.tenant.id, name).await?;
            asked.within(named);
        }
        units = on_shelves(&mut tx, cx, asked, after, ask.rows()).await?;
        tx.commit().await?;
    }
    let mut hits = Vec::new();
    let first = units.iter().take_while(|hit| hit.shelf == 0).count();
    let further = units.split_off(first);
    hits.append(&mut units);
    let room = |hits: &Vec<Hit>| hits.len() <= ask.limit() as usize;
    if let Some(part) = Plate::part(q)
        && room(&hits)
        && after.is_none_or(|mark| mark.stage() <= 1)
    {
        let after = match after {
            Some(Mark::Vehicle(id)) => Some(id),
            _ => None,
        };
        let estates = asked.as_ref().and_then(|asked| asked.estates.as_deref());
        let cars = cars_seen(cx, &part, estates, after, ask.rows()).await?;
        hits.extend(cars.into_iter().map(|found| Hit {
            shelf: 0,
            found: Found::Vehicle(found),
        }));
    }
    if room(&hits) && after.is_none_or(|mark| mark.stage() <= 2) {
        let after = match after {
            Some(Mark::Resident(id)) => Some(id),
            _ => None,
        };
        let people = people_seen(cx, &search, asked, after, ask.rows()).await?;
        hits.extend(people.into_iter().map(|found| Hit {
            shelf: 0,
            found: Found::Resident(found),
        }));
    }
    hits.extend(further);
    // Whatever the shelves held, one more than the page is enough to know that there is more.
    Ok(Page::cut(hits, ask.limit(), |hit| hit.mark().text()).map(|hit| hit.found))
}

/// The units of each shelf, from the place where the page starts.
async fn on_shelves(
    tx: &mut TenantTx,
    cx: &Cx,
    asked: &Asked,
    after: Option<Mark>,
    most: i64,
) -> Result<Vec<Hit>> {
    let shelves = asked::shelves(asked);
    let mut hits = Vec::new();
    for (place, shelf) in shelves.iter().enumerate() {
        let behind = match after {
            Some(Mark::Unit(there, id)) if there == place => Some(id),
            // The first shelf comes before cars and residents, all others after them.
            Some(mark) if mark.stage() > if place == 0 { 0 } else { place + 2 } => continue,
            _ => None,
        };
        let earlier = shelves.get(..place).unwrap_or_default();
        let sought = store::Sought {
            shelf,
            earlier,
            estates: asked.estates.as_deref(),
        };
        let found = store::on_shelf(tx, cx.tenant.id, &sought, behind, most).await?;
        hits.extend(found.into_iter().map(|unit| Hit {
            shelf: place,
            found: Found::Unit(unit),
        }));
    }
    Ok(hits)
}

/// The cars of a search, for whoever may see whose they are.
async fn cars_seen(
    cx: &Cx,
    part: &str,
    estates: Option<&[EstateId]>,
    after: Option<VehicleId>,
    most: i64,
) -> Result<Vec<FoundVehicle>> {
    let Ok(scope) = cx.authorize(Action::ViewResidents) else {
        return Ok(Vec::new());
    };
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let found = vehicles::find(&mut tx, cx.tenant.id, part, estates, after, most).await?;
    tx.commit().await?;
    Ok(found)
}

/// The residents of a search, for whoever may see any.
async fn people_seen(
    cx: &Cx,
    search: &ResidentSearch,
    asked: Option<Asked>,
    after: Option<ResidentId>,
    most: i64,
) -> Result<Vec<FoundResident>> {
    match cx.authorize(Action::ViewResidents) {
        Ok(scope) => {
            let mut tx = TenantTx::begin(cx, &scope).await?;
            let found = people(&mut tx, cx, search, asked, after, most).await?;
            tx.commit().await?;
            Ok(found)
        }
        Err(error) if error.code() == Code::Forbidden => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The residents of running households whom a search finds, within the asker's places, those who
/// were written down first first. Numbers are masked.
///
/// # Errors
/// `forbidden`; `invalid` on `search` with what is wrong with it, `not_alone` for the last four
/// digits of a number without a name or a place beside them; on `cursor` for a bad one.
pub async fn find_residents(cx: &Cx, search: &str, ask: &PageAsk) -> Result<Page<FoundResident>> {
    let scope = cx.authorize(Action::ViewResidents)?;
    let after = ask.after()?;
    let search = ResidentSearch::parse(search).map_err(|flaw| Error::invalid("search", flaw))?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let asked = asked::by_words(&search);
    let found = people(&mut tx, cx, &search, asked, after, ask.rows()).await?;
    tx.commit().await?;
    Ok(Page::cut(found, ask.limit(), |found| {
        found.resident.id.to_string()
    }))
}

async fn people(
    tx: &mut TenantTx,
    cx: &Cx,
    search: &ResidentSearch,
    asked: Option<Asked>,
    after: Option<ResidentId>,
    most: i64,
) -> Result<Vec<FoundResident>> {
    let rows = match (search, asked) {
        (ResidentSearch::Phone(phone), _) => {
            let index = cx.site.keys.phone_index(cx.tenant.id, phone.as_str());
            store::by_phone(tx, cx, &index, after, most).await?
        }
        (ResidentSearch::Words { .. }, Some(asked)) => {
            let asked = asked.joined();
            let tail = asked.digits.as_deref();
            let tail = tail.map(|digits| cx.site.keys.phone_tail(cx.tenant.id, digits));
            if tail.is_some() {
                catch_up(tx, cx).await?;
            }
            if asked.in_letters() {
                spell(tx, cx).await?;
            }
            store::by_words(tx, cx, &asked, tail.as_deref(), after, most).await?
        }
        (ResidentSearch::Words { .. }, None) => Vec::new(),
    };
    let found = rows.into_iter().map(|(row, home)| {
        Ok(FoundResident {
            resident: shown(cx, row)?,
            home,
        })
    });
    found.collect()
}

/// Gives the numbers from before ends were kept theirs: only who has the key can. Those that the
/// asker does not see are not found either, and wait for somebody else.
async fn catch_up(tx: &mut TenantTx, cx: &Cx) -> Result<()> {
    let (keys, tenant) = (&cx.site.keys, cx.tenant.id);
    let (mut ids, mut tails) = (Vec::new(), Vec::new());
    for (id, sealed) in store::without_tail(tx, tenant).await? {
        ids.push(id);
        tails.push(keys.phone_tail(tenant, &keys.open_phone(tenant, &sealed)?));
    }
    if ids.is_empty() {
        return Ok(());
    }
    store::set_tails(tx, tenant, &ids, &tails).await
}

/// Spells the names from before spellings were kept, in the same way: the database knows no pinyin.
async fn spell(tx: &mut TenantTx, cx: &Cx) -> Result<()> {
    let names = store::unspelt(tx, cx.tenant.id).await?;
    if names.is_empty() {
        return Ok(());
    }
    let (ids, spelt): (Vec<_>, Vec<_>) = names
        .into_iter()
        .map(|(id, name)| (id, spellings(&name).join(" ")))
        .unzip();
    store::set_spelt(tx, cx.tenant.id, &ids, &spelt).await
}
