//! Server functions of staff, roles and grants.

use domain::{
    BuildingId, EstateId, GrantId, PersonId, PhaseId, RegionId, RoleId,
    identity::{JoinInvitation, Member, RoleRow},
    page::Page,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;

/// A page of those who work here, as far as the asker may see them.
#[server(name = LoadStaff, prefix = "/fn", endpoint = "identity/staff")]
pub async fn list_staff(cursor: Option<String>) -> Result<Page<Member>, AppError> {
    let cx = crate::cx().await?;
    let ask = domain::page::PageAsk {
        limit: None,
        cursor,
    };
    Ok(backend::identity::staff::list(&cx, &ask).await?)
}

#[server(name = LoadMember, prefix = "/fn", endpoint = "identity/member")]
pub async fn member(person: PersonId) -> Result<Member, AppError> {
    let cx = crate::cx().await?;
    let found = backend::identity::staff::member(&cx, person).await?;
    found.ok_or_else(AppError::not_found)
}

#[server(name = LoadRoles, prefix = "/fn", endpoint = "identity/roles")]
pub async fn roles() -> Result<Vec<RoleRow>, AppError> {
    let cx = crate::cx().await?;
    Ok(backend::identity::staff::roles(&cx).await?)
}

/// An estate with its phases and buildings, to be ticked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Site {
    pub estate: EstateId,
    pub name: String,
    pub phases: Vec<(PhaseId, String)>,
    pub buildings: Vec<(BuildingId, String)>,
}

/// What there is to give: roles, and places.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Offer {
    pub roles: Vec<RoleRow>,
    pub regions: Vec<(RegionId, String)>,
    pub sites: Vec<Site>,
    /// Those who work here, by name, to stand in for each other.
    pub colleagues: Vec<(PersonId, String)>,
}

#[server(name = LoadOffer, prefix = "/fn", endpoint = "identity/offer")]
pub async fn offer() -> Result<Offer, AppError> {
    let cx = crate::cx().await?;
    let roles = backend::identity::staff::roles(&cx).await?;
    let regions = sites::regions(&cx).await?;
    let sites = sites::all(&cx).await?;
    let colleagues = sites::colleagues(&cx).await?;
    Ok(Offer {
        roles,
        regions,
        sites,
        colleagues,
    })
}

#[cfg(feature = "ssr")]
mod sites {
    use std::collections::HashMap;

    use backend::{Cx, estates, identity::staff, kernel::page};
    use domain::{EstateId, PersonId, RegionId};

    use super::Site;
    use crate::AppError;

    pub(super) async fn colleagues(cx: &Cx) -> Result<Vec<(PersonId, String)>, AppError> {
        let all = page::all(async |ask| staff::list(cx, &ask).await).await?;
        let all = all.into_iter().map(|each| (each.person, each.name));
        let mut all: Vec<_> = all.collect();
        all.sort_by(|(_, one), (_, other)| one.cmp(other));
        Ok(all)
    }

    pub(super) async fn regions(cx: &Cx) -> Result<Vec<(RegionId, String)>, AppError> {
        let all = page::all(async |ask| estates::list_regions(cx, &ask).await).await?;
        Ok(all.into_iter().map(|each| (each.id, each.name)).collect())
    }

    pub(super) async fn all(cx: &Cx) -> Result<Vec<Site>, AppError> {
        let all = page::all(async |ask| estates::list_estates(cx, &ask).await).await?;
        let bare = |estate: domain::estates::EstateSummary| Site {
            estate: estate.id,
            name: estate.name,
            phases: Vec::new(),
            buildings: Vec::new(),
        };
        let mut sites: Vec<Site> = all.into_iter().map(bare).collect();
        let at: HashMap<EstateId, usize> = sites.iter().map(|site| site.estate).zip(0..).collect();
        let place = |estate: EstateId| at.get(&estate).copied().unwrap_or(usize::MAX);
        let phases = page::all(async |ask| estates::list_phases(cx, None, &ask).await).await?;
        for phase in phases {
            if let Some(site) = sites.get_mut(place(phase.estate)) {
                site.phases.push((phase.id, phase.name));
            }
        }
        let buildings =
            page::all(async |ask| estates::list_buildings(cx, None, &ask).await).await?;
        for building in buildings {
            if let Some(site) = sites.get_mut(place(building.estate)) {
                site.buildings.push((building.id, building.name));
            }
        }
        Ok(sites)
    }
}

/// The form's fields as a grant: who chose the whole company has unticked the places.
#[cfg(feature = "ssr")]
pub(super) fn grant(
    role: String,
    reach: &str,
    places: Vec<String>,
    until: String,
) -> domain::identity::GrantForm {
    let everywhere = reach == "everywhere";
    domain::identity::GrantForm {
        role,
        everywhere,
        places: if everywhere { Vec::new() } else { places },
        until: Some(until),
    }
}

/// The same with the homes that are written down by their addresses.
#[cfg(feature = "ssr")]
async fn grant_with_homes(
    cx: &backend::Cx,
    mut grant: domain::identity::GrantForm,
    homes: &str,
) -> Result<domain::identity::GrantForm, AppError> {
    if !grant.everywhere && !homes.trim().is_empty() {
        let units = backend::estates::units_addressed(cx, "homes", homes).await?;
        grant.places.extend(units.iter().map(ToString::to_string));
    }
    Ok(grant)
}

/// Invites somebody to work here and answers the path of the link, which is told only this once.
#[server(prefix = "/fn", endpoint = "identity/invite_staff")]
pub async fn invite_staff(
    name: String,
    #[server(default)] role: String,
    #[server(default)] reach: String,
    #[server(default)] places: Vec<String>,
    #[server(default)] homes: String,
    #[server(default)] until: String,
) -> Result<String, AppError> {
    let cx = crate::cx().await?;
    let grant = grant_with_homes(&cx, grant(role, &reach, places, until), &homes).await?;
    let form = domain::identity::InviteStaffForm { name, grant };
    let (_, link) = backend::identity::staff::invite(&cx, form).await?;
    Ok(crate::routes::join(&link.token))
}

/// Has a colleague stand in for the holder of a grant.
#[server(prefix = "/fn", endpoint = "identity/stand_in")]
pub async fn stand_in(
    person: PersonId,
    grant: GrantId,
    #[server(default)] deputy: String,
    #[server(default)] until: String,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::identity::StandInForm { deputy, until };
    backend::identity::staff::stand_in(&cx, grant, form).await?;
    leptos_axum::redirect(&crate::routes::member(person));
    Ok(())
}

#[server(prefix = "/fn", endpoint = "identity/give_role")]
pub async fn give_role(
    person: PersonId,
    #[server(default)] role: String,
    #[server(default)] reach: String,
    #[server(default)] places: Vec<String>,
    #[server(default)] homes: String,
    #[server(default)] until: String,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = grant_with_homes(&cx, grant(role, &reach, places, until), &homes).await?;
    backend::identity::staff::give(&cx, person, form).await?;
    leptos_axum::redirect(&crate::routes::member(person));
    Ok(())
}

#[server(prefix = "/fn", endpoint = "identity/take_role")]
pub async fn take_role(person: PersonId, grant: GrantId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::identity::staff::take(&cx, grant).await?;
    leptos_axum::redirect(&crate::routes::member(person));
    Ok(())
}

#[server(prefix = "/fn", endpoint = "identity/dismiss")]
pub async fn dismiss(person: PersonId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::identity::staff::dismiss(&cx, person).await?;
    leptos_axum::redirect(crate::routes::STAFF);
    Ok(())
}

#[server(prefix = "/fn", endpoint = "identity/make_role")]
pub async fn make_role(
    name: String,
    #[server(default)] actions: Vec<String>,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::identity::RoleForm { name, actions };
    backend::identity::staff::make_role(&cx, form).await?;
    leptos_axum::redirect(crate::routes::ROLES);
    Ok(())
}

#[server(prefix = "/fn", endpoint = "identity/change_role")]
pub async fn change_role(
    role: RoleId,
    name: String,
    #[server(default)] actions: Vec<String>,
) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    let form = domain::identity::RoleForm { name, actions };
    backend::identity::staff::change_role(&cx, role, form).await?;
    leptos_axum::redirect(crate::routes::ROLES);
    Ok(())
}

#[server(prefix = "/fn", endpoint = "identity/end_role")]
pub async fn end_role(role: RoleId) -> Result<(), AppError> {
    let cx = crate::cx().await?;
    backend::identity::staff::end_role(&cx, role).await?;
    leptos_axum::redirect(crate::routes::ROLES);
    Ok(())
}

/// Who invites; `None` for a link that does not open.
#[server(name = LoadJoinInvitation, prefix = "/fn", endpoint = "identity/join_invitation")]
pub async fn join_invitation(token: String) -> Result<Option<JoinInvitation>, AppError> {
    let site = crate::site_cx().await?;
    Ok(backend::identity::staff::invitation(&site, &token).await?)
}

#[server(prefix = "/fn", endpoint = "identity/join")]
pub async fn join(
    token: String,
    login: String,
    password: String,
    otp: Option<String>,
) -> Result<(), AppError> {
    use backend::identity::{Kind, staff};

    let form = domain::identity::AcceptForm {
        token,
        login,
        password,
    };
    let (site, peer) = (crate::site_cx().await?, super::api::enter::peer().await?);
    let (otp, kind) = (otp.as_deref(), Kind::Browser);
    let opened = staff::join_with(&site, form, otp, kind, &peer).await?;
    super::api::enter::enter(&opened).await
}
