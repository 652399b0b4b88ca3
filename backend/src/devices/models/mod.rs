//! Device models of a company's own, beside those that come with Linli.
//!
//! Devices follow their model: what is put right in it is put right for all of them, from then on. What
//! they have said by then stays as it was read, so a point that they have keeps its unit and its type.

mod imports;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use domain::{
    Code, ModelId, Problem, TenantId,
    audit::{Deed, Subject},
    devices::{
        DeviceKind, DeviceRow,
        models::{
            DeviceModel, MOST_MODELS, ModelFilter, ModelForm, ModelKey, ModelRow, ModelShown,
            change::{ModelChangeForm, differences, fits},
            in_use,
        },
        register_map::RegisterMap,
    },
    identity::{Action, Scope},
    page::{Page, PageAsk},
    problem::Flaw,
};

pub use self::imports::{MapSheet, SheetHead, import_file, import_sheet, register_template};
use self::store::followers as reached;
use super::store as devices;
use crate::{
    audit,
    kernel::{
        cx::Cx,
        error::{Error, Result},
        tx::TenantTx,
    },
};

/// Models are the company's, so whoever changes them may edit its devices everywhere.
fn everywhere(cx: &Cx) -> Result<()> {
    match cx.authorize(Action::EditDevices)? {
        Scope::Everywhere => Ok(()),
        Scope::Within { .. } => Err(Error::forbidden()),
    }
}

/// One page of the models, Linli's and the company's own, by id.
///
/// # Errors
/// `forbidden`; `invalid` for a `cursor` that no page gave.
pub async fn list(cx: &Cx, filter: &ModelFilter, ask: &PageAsk) -> Result<Page<ModelRow>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let after = ask.after::<ModelKey>()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let mut rows = store::list(&mut tx, cx.tenant.id, filter, after.as_ref(), ask.rows()).await?;
    let asked = store::asked_by_known(&mut tx, cx.tenant.id).await?;
    tx.commit().await?;
    let known = RegisterMap::known_maps().iter();
    let known = known.filter_map(|map| DeviceModel::known(&map.id));
    let known = known.filter(|model| filter.shows(model));
    let known = known.filter(|model| after.as_ref().is_none_or(|after| model.id > *after));
    rows.extend(known.map(|model| {
        let devices = asked.get(model.id.as_str()).copied();
        row(&model, true, devices.unwrap_or_default(), false)
    }));
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows.truncate(usize::try_from(ask.rows()).unwrap_or(usize::MAX));
    Ok(Page::cut(rows, ask.limit(), |row| row.id.to_string()))
}

fn row(model: &DeviceModel, built_in: bool, devices: i64, archived: bool) -> ModelRow {
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    ModelRow {
        id: model.id.clone(),
        name: model.name.clone(),
        maker: model.maker.clone(),
        kind: model.kind,
        built_in,
        points: count(model.all_points().len()),
        registers: count(model.map.as_ref().map_or(0, |map| map.registers.len())),
        devices,
        archived,
    }
}

/// A model with all that it says.
///
/// # Errors
/// `forbidden`.
pub async fn model(cx: &Cx, id: &ModelKey) -> Result<Option<ModelShown>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let shown = shown(&mut tx, cx.tenant.id, id).await?;
    tx.commit().await?;
    Ok(shown)
}

async fn shown(tx: &mut TenantTx, tenant: TenantId, id: &ModelKey) -> Result<Option<ModelShown>> {
    let devices = reached::followers(tx, tenant, id).await?;
    let own = store::model(tx, tenant, id).await?;
    let known = || DeviceModel::known(id.as_str());
    Ok(match own {
        Some((_, model, archived)) => Some(ModelShown {
            model,
            built_in: false,
            archived,
            devices,
        }),
        None => known().map(|model| ModelShown::built_in(model, devices)),
    })
}

/// One page of the devices that follow a model, as far as the asker sees them, those out of use as
/// well. Of a model that is not there it is empty.
///
/// # Errors
/// `forbidden`; `invalid` for a `cursor` that no page gave.
pub async fn followers(cx: &Cx, id: &ModelKey, ask: &PageAsk) -> Result<Page<DeviceRow>> {
    let scope = cx.authorize(Action::ViewDevices)?;
    let after = ask.after()?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let ids = reached::following(&mut tx, cx.tenant.id, id, after, ask.rows()).await?;
    let page = Page::cut(ids, ask.limit(), ToString::to_string);
    let items = devices::seen::these(&mut tx, cx, &page.items).await?;
    tx.commit().await?;
    let next = page.next;
    Ok(Page { items, next })
}

/// What whoever registers devices can choose from: the company's own models, then Linli's.
///
/// # Errors
/// `forbidden`.
pub async fn offered(cx: &Cx) -> Result<Vec<DeviceModel>> {
    let scope = cx.authorize(Action::EditDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let mut all = store::all(&mut tx, cx.tenant.id, false).await?;
    tx.commit().await?;
    let known = RegisterMap::known_maps().iter();
    all.extend(known.filter_map(|map| DeviceModel::known(&map.id)));
    Ok(all)
}

/// All of the company's own, those that are archived as well: for what is taken along.
///
/// # Errors
/// `forbidden`.
pub(crate) async fn kept(cx: &Cx) -> Result<Vec<DeviceModel>> {
    let scope = cx.authorize_to_see(Action::ViewDevices)?;
    let mut tx = TenantTx::begin(cx, &scope).await?;
    let all = store::all(&mut tx, cx.tenant.id, true).await?;
    tx.commit().await?;
    Ok(all)
}

/// Makes a model of the company's own.
///
/// # Errors
/// `forbidden` for whoever may not edit devices everywhere; `suspended`; `invalid` with every flaw at
/// its place, `map.registers.3.type`; `conflict` on an `id` that another has; `over_quota` past 500.
pub async fn create(cx: &Cx, form: ModelForm) -> Result<ModelShown> {
    everywhere(cx)?;
    let model = DeviceModel::try_from(form)?;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    make(&mut tx, cx, std::slice::from_ref(&model)).await?;
    tx.commit().await?;
    Ok(ModelShown {
        model,
        built_in: false,
        archived: false,
        devices: 0,
    })
}

/// A step of making models; each leaves an entry of its own.
async fn make(tx: &mut TenantTx, cx: &Cx, models: &[DeviceModel]) -> Result<()> {
    let tenant = cx.tenant.id;
    // One at a time: two that made the last one would each see room.
    let there = store::count(tx, tenant).await?;
    let more = i64::try_from(models.len()).unwrap_or(i64::MAX);
    if there.saturating_add(more) > MOST_MODELS {
        return Err(Problem::field(Code::OverQuota, "models", Flaw::OutOfRange).into());
    }
    for (n, model) in models.iter().enumerate() {
        let id: ModelId = cx.new_id();
        if !store::insert(tx, tenant, id, model, cx.now()).await? {
            let place = match models.len() {
                1 => "id".to_owned(),
                _ => format!("models.{n}.id"),
            };
            return Err(in_use(&place).into());
        }
        let fields = audit::given([
            ("id", true),
            ("name", true),
            ("maker", !model.maker.is_empty()),
            ("kind", true),
            ("points", !model.points.is_empty()),
            ("map", model.map.is_some()),
        ]);
        let made = Subject::Model(id);
        audit::record(tx, cx, Deed::ModelMade, made, None, fields).await?;
    }
    Ok(())
}

/// Changes a model, and with it what the devices are asked for that follow it, and what of theirs can be
/// true. What they have said stays. A new point is made with each of them; one that is taken out stays
/// with what it said. What changes nothing leaves no trace.
///
/// # Errors
/// `not_found` for a model that is not the company's own; `forbidden`, `suspended`, `invalid` as
/// [`create`]; `conflict` at each point whose unit or type would change under the devices that have it,
/// and on `map` where devices are asked by it.
pub async fn change(cx: &Cx, id: &ModelKey, form: ModelChangeForm) -> Result<ModelShown> {
    everywhere(cx)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let locked = store::locked(&mut tx, tenant, id).await?;
    let (key, before, was_archived) = locked.ok_or_else(Error::not_found)?;
    let archived = form.archived;
    let after = form.on(&before)?;
    let fields = differences(&before, &after);
    if before.points != after.points || before.map != after.map {
        let had = reached::points_had(&mut tx, tenant, id).await?;
        fits(&after, had.iter())?;
        if after.map.is_none() && reached::asked(&mut tx, tenant, id).await? {
            return Err(in_use("map").into());
        }
    }
    if !fields.is_empty() {
        store::update(&mut tx, tenant, &after).await?;
        reach(&mut tx, cx, &before, &after).await?;
        let changed = Subject::Model(key);
        audit::record(&mut tx, cx, Deed::ModelChanged, changed, None, fields).await?;
    }
    if let Some(archived) = archived.filter(|archived| *archived != was_archived) {
        store::archive(&mut tx, tenant, id, archived.then(|| cx.now())).await?;
        let deed = if archived {
            Deed::ModelArchived
        } else {
            Deed::ModelRestored
        };
        audit::record(&mut tx, cx, deed, Subject::Model(key), None, []).await?;
    }
    let shown = shown(&mut tx, tenant, id).await?;
    let shown = shown.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(shown)
}

/// Brings a change to the devices that follow the model, and to whoever asks them.
async fn reach(
    tx: &mut TenantTx,
    cx: &Cx,
    before: &DeviceModel,
    after: &DeviceModel,
) -> Result<()> {
    let (tenant, points) = (cx.tenant.id, after.all_points());
    reached::add_points(tx, cx, &after.id, &points).await?;
    // What the model says no more, it says no range of.
    let gone = before.all_points().into_iter();
    let gone = gone.filter(|point| points.iter().all(|kept| kept.name != point.name));
    let gone = gone.map(|point| domain::devices::NewPoint {
        range: domain::devices::ValidRange::default(),
        ..point
    });
    let ranges: Vec<_> = points.iter().cloned().chain(gone).collect();
    reached::set_ranges(tx, tenant, &after.id, &ranges).await?;
    reached::tell(tx, tenant).await
}

/// Deletes a model that no device has: its id may be given again.
///
/// # Errors
/// `not_found` for a model that is not the company's own; `forbidden`, `suspended`; `conflict` on
/// `devices` while any follows it, in use or not: such a model is archived instead.
pub async fn remove(cx: &Cx, id: &ModelKey) -> Result<()> {
    everywhere(cx)?;
    let tenant = cx.tenant.id;
    let mut tx = TenantTx::begin(cx, &Scope::Everywhere).await?;
    let locked = store::locked(&mut tx, tenant, id).await?;
    let (key, ..) = locked.ok_or_else(Error::not_found)?;
    if reached::followers(&mut tx, tenant, id).await? > 0 {
        return Err(in_use("devices").into());
    }
    store::delete(&mut tx, tenant, id).await?;
    let removed = Subject::Model(key);
    audit::record(&mut tx, cx, Deed::ModelRemoved, removed, None, []).await?;
    tx.commit().await
}

/// A step of registering devices: the company's own models of these names, which stay as they are until
/// the transaction ends. An archived one is none.
pub(super) async fn held<'a>(
    tx: &mut TenantTx,
    tenant: TenantId,
    names: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, DeviceModel>> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let found = store::held(tx, tenant, &names).await?;
    let found = found.into_iter();
    Ok(found.map(|model| (model.id.to_string(), model)).collect())
}

/// A stored kind.
fn kind(stored: &str) -> Result<DeviceKind> {
    DeviceKind::parse(stored).ok_or_else(|| Error::internal("unknown kind of model"))
}
