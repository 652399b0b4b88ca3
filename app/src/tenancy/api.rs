//! Server functions of the company.

use domain::tenancy::CompanyView;
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};

use crate::AppError;

#[server(name = LoadCompany, prefix = "/fn", endpoint = "tenancy/company")]
pub async fn company() -> Result<CompanyView, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::tenancy::company(&cx).await?)
}

#[server(prefix = "/fn", endpoint = "tenancy/change_company")]
pub async fn change_company(
    name: String,
    time_zone: String,
    currency: String,
    language: String,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::tenancy::CompanyForm {
        name: Some(name),
        time_zone: Some(time_zone),
        currency: Some(currency),
        language: Some(language),
    };
    backend::tenancy::change_company(&cx, form).await?;
    leptos_axum::redirect(crate::routes::COMPANY);
    Ok(())
}

/// Takes the logo's form: `logo`, a file. It is posted as a plain form, so what is wrong with the
/// file comes back as a code in the address.
#[server(prefix = "/fn", endpoint = "tenancy/set_logo", input = MultipartFormData)]
pub async fn set_logo(data: MultipartData) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let bytes = upload(data).await?;
    let back = match backend::tenancy::set_logo(&cx, &bytes).await {
        Ok(()) => crate::routes::COMPANY.to_owned(),
        Err(error) => {
            error.log();
            let flaw = error.problem.fields.get("logo");
            let flaw = flaw.map_or(error.code().as_str(), |flaw| flaw.as_str());
            format!("{}?flaw={flaw}", crate::routes::COMPANY)
        }
    };
    leptos_axum::redirect(&back);
    Ok(())
}

#[server(prefix = "/fn", endpoint = "tenancy/drop_logo")]
pub async fn drop_logo() -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::tenancy::drop_logo(&cx).await?;
    leptos_axum::redirect(crate::routes::COMPANY);
    Ok(())
}

#[server(prefix = "/fn", endpoint = "tenancy/put_steps_away")]
pub async fn put_steps_away() -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::tenancy::put_steps_away(&cx).await?;
    leptos_axum::redirect(crate::routes::COMPANY);
    Ok(())
}

/// Reads the form's file, nothing where there is none; the router has bounded its size already.
#[cfg(feature = "ssr")]
async fn upload(data: MultipartData) -> Result<Vec<u8>, AppError> {
    use domain::{Code, Problem, problem::Flaw};

    let broken = || AppError::from(Problem::field(Code::Invalid, "logo", Flaw::Unreadable));
    let mut parts = data.into_inner().ok_or_else(broken)?;
    let mut bytes = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        if part.name() == Some("logo") {
            bytes = part.bytes().await.map_err(|_| broken())?.to_vec();
        }
    }
    Ok(bytes)
}
