//! A sheet that somebody uploads for an estate, by a plain form.

use app::worn;
use axum::extract::Multipart;
use backend::Cx;
use domain::{Code, EstateId};

use super::refusal::Refusal;

/// The parts of the form.
#[derive(Default)]
pub(super) struct Posted {
    pub(super) estate: Option<EstateId>,
    pub(super) sheet: Vec<u8>,
    /// The word for how the answer is wanted, where the form asks that.
    pub(super) wanted: String,
}

impl Posted {
    /// # Errors
    /// `invalid` for a body that cannot be read, `wrong_hat` where another tab has changed hats.
    pub(super) async fn read(cx: &Cx, mut parts: Multipart) -> Result<Self, Refusal> {
        let mut posted = Self::default();
        while let Some(part) = parts
            .next_field()
            .await
            .map_err(|_| Refusal::unreadable())?
        {
            let name = part.name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|_| Refusal::unreadable())?;
            let text = || std::str::from_utf8(&bytes).unwrap_or_default();
            match name.as_str() {
                "file" => posted.sheet = bytes.to_vec(),
                "estate" => posted.estate = text().parse().ok(),
                "as" => text().clone_into(&mut posted.wanted),
                worn::FIELD if cx.worn().as_deref() == Some(text()) => {}
                worn::FIELD => return Err(Code::WrongHat.into()),
                _ => {}
            }
        }
        Ok(posted)
    }
}
