//! All of a company, as an archive that a browser saves.

use app::routes;
use axum::{
    Form, RequestExt,
    body::Body,
    extract::{Request, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use backend::exports;
use domain::Code;
use futures_util::stream;
use tokio::io::AsyncReadExt;

use super::{
    HttpState,
    inside::{Inside, file},
    refusal::Refusal,
};

/// How much of the file is in memory at a time.
const CHUNK: usize = 64 * 1024;

#[derive(Debug, serde::Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    password: String,
    #[serde(default)]
    phones: String,
}

/// Posted with a password, and so neither asked for by a link from elsewhere nor by a session that
/// somebody left open. What is wrong with the password comes back as a code in the address.
pub(super) async fn company(
    State(state): State<HttpState>,
    Inside(cx): Inside,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Refusal> {
    let peer = state.edge.peer(request.extensions(), &headers);
    let form = request.extract::<Form<Asked>, _>().await;
    let Form(asked) = form.map_err(|_| Refusal::unreadable())?;
    let whole = asked.phones == "true";
    let taken = match exports::company(&cx, &asked.password, whole, &peer).await {
        Ok(taken) => taken,
        Err(error) if matches!(error.code(), Code::Invalid | Code::TooMany) => {
            let code = match error.code() {
                Code::TooMany => "too_many",
                _ => "wrong",
            };
            let back = format!("{}?taken={code}", routes::COMPANY);
            return Ok(Redirect::to(&back).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let archive = tokio::fs::File::from_std(taken.file);
    let chunks = stream::try_unfold(archive, |mut archive| async move {
        let mut chunk = vec![0; CHUNK];
        let read = archive.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then_some((chunk, archive)))
    });
    file("application/zip", &taken.name, Body::from_stream(chunks))
}
