//! The OpenAPI document: what the routes say of themselves, and what holds for all of them.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, Content, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
        ResponseBuilder,
        path::{Operation, PathItem},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};
use utoipa_axum::router::OpenApiRouter;

use super::schema::{DeviceSortWord, ErrorOut, UnitSortWord};
use crate::http::HttpState;

const SCHEME: &str = "bearer";
const DEVICE_SCHEME: &str = "device";

const ABOUT: &str = "Lists page by cursor: pass `next` of one page as `cursor` of the following one. \
    Times are RFC 3339 in UTC, ids are prefixed strings, unknown fields are ignored. \
    What you may not see is 404; what you may see and not do is 403.";

/// Refusals by status: when they come.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("400", "Unreadable", "The body cannot be read."),
    (
        "401",
        "Unauthenticated",
        "No access token or key, or one that is no longer good.",
    ),
    (
        "403",
        "Forbidden",
        "Visible, but not allowed; or the company is suspended, or wants a second factor first.",
    ),
    (
        "404",
        "NotFound",
        "Not there, or not to be seen by the one who asks.",
    ),
    (
        "409",
        "Conflict",
        "It clashes with what is already there; see the fields.",
    ),
    (
        "413",
        "TooLarge",
        "The body is larger than 2 MB, or 20 MB where it is a file.",
    ),
    (
        "415",
        "UnsupportedMediaType",
        "A body of another content type than this route reads.",
    ),
    (
        "422",
        "Invalid",
        "Fields or parameters that do not hold; see the fields.",
    ),
    (
        "429",
        "TooMany",
        "Too many attempts, or keys that open nothing; see Retry-After.",
    ),
    ("500", "Internal", "Something failed on our side."),
    (
        "503",
        "Unavailable",
        "A part is away for a moment; try again.",
    ),
];

/// A router whose document has everything but the routes.
pub(super) fn blank() -> OpenApiRouter<HttpState> {
    let info = InfoBuilder::new()
        .title("Linli REST")
        .version("1")
        .description(Some(ABOUT))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "An access token, or a key of the company's own programs, which begins with `lk_`.",
        ))
        .build();
    let device = ApiKey::Header(ApiKeyValue::with_description(
        "Authorization",
        "`Device <user name>:<password>`, as the registration of the device gave them.",
    ));
    let mut schemas = Vec::new();
    ErrorOut::schemas(&mut schemas);
    let mut components = ComponentsBuilder::new()
        .security_scheme(SCHEME, SecurityScheme::Http(bearer))
        .security_scheme(DEVICE_SCHEME, SecurityScheme::ApiKey(device))
        .schema(ErrorOut::name(), ErrorOut::schema())
        // Those that stand in queries alone: only what bodies hold is gathered by itself.
        .schema(UnitSortWord::name(), UnitSortWord::schema())
        .schema(DeviceSortWord::name(), DeviceSortWord::schema())
        .schemas_from_iter(schemas);
    for (_, name, about) in REFUSALS {
        let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name(ErrorOut::name()))));
        let response = ResponseBuilder::new()
            .description(*about)
            .content("application/json", content)
            .build();
        components = components.response(*name, response);
    }
    let blank = OpenApiBuilder::new()
        .info(info)
        .components(Some(components.build()))
        .security(Some([SecurityRequirement::new::<_, _, String>(SCHEME, [])]))
        .build();
    OpenApiRouter::with_openapi(blank)
}

/// The document of everything under `/api/v1`.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut document = super::described().into_openapi();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            describe_successes(operation);
            refusals(path, &method, operation);
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, item.get.as_mut()),
        (HttpMethod::Post, item.post.as_mut()),
        (HttpMethod::Put, item.put.as_mut()),
        (HttpMethod::Patch, item.patch.as_mut()),
        (HttpMethod::Delete, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.map(|operation| (method, operation)))
}

/// The format wants words for every response; what a success holds, its schema says.
fn describe_successes(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            let words = match status.as_str() {
                "201" => "Made.",
                "202" => "Taken in.",
                _ => "Done.",
            };
            words.clone_into(&mut response.description);
        }
    }
}

fn refusals(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let open = operation.security.is_some();
    let has_body = operation.request_body.is_some();
    let has_query = operation
        .parameters
        .as_ref()
        .is_some_and(|given| !given.is_empty());
    for (status, name, _) in REFUSALS {
        let comes = match *status {
            "400" | "413" | "415" => has_body,
            "422" => has_body || has_query,
            "403" => !open,
            "404" => path.contains('{') || (has_body && !open) || (has_query && !open),
            "409" => *method != HttpMethod::Get && (has_body || *method == HttpMethod::Delete),
            _ => true,
        };
        if comes {
            let response = RefOr::Ref(Ref::from_response_name(*name));
            operation
                .responses
                .responses
                .entry((*status).to_owned())
                .or_insert(response);
        }
    }
}

/// The document as text: indented, and in the same order whenever it is made.
#[must_use]
pub fn openapi_json() -> String {
    // Through a value, whose maps are sorted: parts of the document keep the order of insertion.
    serde_json::to_value(openapi())
        .and_then(|document| serde_json::to_string_pretty(&document))
        .map(|text| text + "\n")
        .unwrap_or_default()
}
