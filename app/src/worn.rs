//! The hat that a page was made under, on its way with all that the page asks for: a tab that was
//! left open while its person put another hat on is refused, and nothing lands in the wrong company.
//!
//! With scripts, [`SCRIPT`] adds it to what is fetched and to every form; without them, the button
//! that was pressed carries it.

use domain::identity::Me;
use leptos::prelude::*;

/// The header of what scripts ask for.
pub const HEADER: &str = "x-linli-worn";

/// The field of what forms send.
pub const FIELD: &str = "worn";

/// Reads the mark of the page's frame anew each time: the frame may have come later than the
/// document. The pressed button is silenced first, or the field would be there twice.
pub const SCRIPT: &str = "(()=>{\
    const worn=()=>document.querySelector('[data-worn]')?.dataset.worn,send=window.fetch;\
    window.fetch=(what,how)=>{\
        const hat=worn();\
        if(hat&&what instanceof Request&&what.url.startsWith(location.origin+'/fn/'))what.headers.set('x-linli-worn',hat);\
        return send(what,how)};\
    document.addEventListener('submit',event=>{\
        const pressed=event.submitter;\
        if(pressed?.name==='worn')pressed.removeAttribute('name')},true);\
    document.addEventListener('formdata',event=>{\
        const hat=worn();\
        if(hat&&event.target.method==='post')event.formData.set('worn',hat)})\
})()";

/// The frame's mark.
pub fn mark(me: &Me) -> AnyView {
    view! { <i hidden data-worn=me.worn()></i> }.into_any()
}

/// The hat of the request that is being answered, on pages that are inside of a frame.
#[cfg(feature = "ssr")]
#[must_use]
pub fn on_this_page() -> Option<String> {
    let parts = use_context::<axum::http::request::Parts>()?;
    let path = parts.uri.path();
    if !["/console", "/home"]
        .iter()
        .any(|frame| path.starts_with(frame))
    {
        return None;
    }
    parts.extensions.get::<backend::Cx>()?.worn()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_names_what_the_server_reads() {
        assert!(SCRIPT.contains(&format!("headers.set('{HEADER}'")));
        assert!(SCRIPT.contains(&format!("formData.set('{FIELD}'")));
        assert!(SCRIPT.contains(&format!("name==='{FIELD}'")));
    }
}
