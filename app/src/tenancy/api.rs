//! Server functions of the company.

use domain::tenancy::CompanyView;
use leptos::prelude::*;

use crate::AppError;

#[server(name = LoadCompany, prefix = "/fn", endpoint = "tenancy/company")]
pub async fn company() -> Result<CompanyView, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::tenancy::company(&cx).await?)
}

#[server(prefix = "/fn", endpoint = "tenancy/change_company")]
pub async fn change_company(name: String, time_zone: String) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::tenancy::CompanyForm { name, time_zone };
    backend::tenancy::change_company(&cx, form).await?;
    leptos_axum::redirect(crate::routes::COMPANY);
    Ok(())
}
