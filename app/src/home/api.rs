//! Server functions of a resident's home.

use domain::{
    HouseholdId, NoticeId, ResidentId,
    estates::{Home, HomeNotice, HomePeople},
    telemetry::{HomeMeter, HomeMonths},
};
use leptos::prelude::*;

use crate::AppError;

/// The homes that the asker lives in.
#[server(name = LoadHomes, prefix = "/fn", endpoint = "home/homes")]
pub async fn homes() -> Result<Vec<Home>, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::estates::homes(&cx).await?)
}

/// The meters of one of them with what they counted.
#[server(name = LoadMeters, prefix = "/fn", endpoint = "home/meters")]
pub async fn meters(household: HouseholdId) -> Result<Vec<HomeMeter>, AppError> {
    let cx = crate::cx().await?;
    backend::telemetry::home_meters(&cx, household)
        .await?
        .ok_or_else(AppError::not_found)
}

/// What they used month by month.
#[server(name = LoadMonths, prefix = "/fn", endpoint = "home/months")]
pub async fn months(household: HouseholdId) -> Result<Vec<HomeMonths>, AppError> {
    let cx = crate::cx().await?;
    backend::telemetry::home_months(&cx, household)
        .await?
        .ok_or_else(AppError::not_found)
}

/// Who shares one of them.
#[server(name = LoadPeople, prefix = "/fn", endpoint = "home/people")]
pub async fn people(household: HouseholdId) -> Result<HomePeople, AppError> {
    let cx = crate::cx().await?;
    backend::estates::home_people(&cx, household)
        .await?
        .ok_or_else(AppError::not_found)
}

/// Lets somebody in and answers the path of the link, which is told only this once.
#[server(prefix = "/fn", endpoint = "home/share")]
pub async fn share_home(
    household: HouseholdId,
    name: String,
    #[server(default)] relation: String,
    #[server(default)] until: String,
    #[server(default)] sees_meters: bool,
) -> Result<String, AppError> {
    let cx = crate::cx().await?;
    let form = domain::estates::ShareForm {
        household,
        name,
        relation,
        until,
        sees_meters,
    };
    let (_, link) = backend::estates::share_home(&cx, form).await?;
    Ok(crate::routes::invite(&link.token))
}

#[server(prefix = "/fn", endpoint = "home/end_sharing")]
pub async fn end_sharing(household: HouseholdId, resident: ResidentId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::end_sharing(&cx, resident).await?;
    leptos_axum::redirect(&crate::routes::home_people(household));
    Ok(())
}

#[server(prefix = "/fn", endpoint = "home/show_meters")]
pub async fn show_meters(
    household: HouseholdId,
    resident: ResidentId,
    sees: bool,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::show_meters(&cx, resident, sees).await?;
    leptos_axum::redirect(&crate::routes::home_people(household));
    Ok(())
}

/// What the asker has not seen yet of one of their homes.
#[server(name = LoadNotices, prefix = "/fn", endpoint = "home/notices")]
pub async fn notices(household: HouseholdId) -> Result<Vec<HomeNotice>, AppError> {
    let cx = crate::cx().await?;
    backend::estates::home_notices(&cx, household)
        .await?
        .ok_or_else(AppError::not_found)
}

#[server(prefix = "/fn", endpoint = "home/see_notice")]
pub async fn see_notice(notice: NoticeId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::estates::see_notice(&cx, notice).await?;
    leptos_axum::redirect(crate::routes::HOME);
    Ok(())
}
