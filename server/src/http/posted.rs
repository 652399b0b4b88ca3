//! A sheet that somebody uploads for an estate, by a plain form.

use std::collections::BTreeMap;

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
    /// What else was typed.
    typed: BTreeMap<String, String>,
}

/// The most fields of a form beside its file, and the longest text of one, in bytes: longer than any
/// field takes.
const MOST_TYPED: usize = 20;
const LONGEST_TYPED: usize = 1_000;

impl Posted {
    /// What was typed into a field; nothing where it is not there.
    pub(super) fn text(&self, name: &str) -> String {
        self.typed.get(name).cloned().unwrap_or_default()
    }

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
                _ if posted.typed.len() < MOST_TYPED && bytes.len() <= LONGEST_TYPED => {
                    posted.typed.insert(name, text().to_owned());
                }
                _ => return Err(Refusal::unreadable()),
            }
        }
        Ok(posted)
    }
}
