//! Long work.

use leptos::prelude::*;

use crate::i18n::{tu_string, use_i18n};

/// How far a piece of work has come; without a value it only says that it goes on. What is being done
/// is read out when it becomes something else, and the count beside it is not.
#[component]
pub fn ProgressBar(
    /// What is being done.
    #[prop(into)]
    label: Signal<String>,
    /// Part done, 0 to 1.
    #[prop(into)]
    done: Signal<Option<f64>>,
    /// Beside the bar: `312 / 460`.
    #[prop(optional, into)]
    text: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <div class="progress-row">
            <div class="progress-words">
                <span aria-live="polite">{move || label.get()}</span>
                <span class="num">{move || text.get()}</span>
            </div>
            <progress
                class="progress progress-primary"
                aria-label=move || label.get()
                max="1"
                value=move || done.get().map(|done| format!("{:.3}", done.clamp(0.0, 1.0)))
            ></progress>
        </div>
    }
    .into_any()
}

/// Has a browser without scripts load the page again after so many seconds. With scripts nothing may:
/// a timer of the browser's own would go on after the page was left for another.
#[component]
pub fn ReloadWithoutScripts(seconds: u8) -> impl IntoView {
    let again = format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">");
    view! { <noscript inner_html=again></noscript> }.into_any()
}

/// Has a form with a [`UploadBar`] sent by script, so that one sees how much of its file is through, and
/// goes where the answer leads. Before any script, and where the answer leads nowhere, the browser
/// sends the form itself. Coming back to the page as it was left, one finds it fresh.
pub const UPLOAD_SCRIPT: &str = "(()=>{\
    document.addEventListener('submit',event=>{\
        const form=event.target,place=form.querySelector('[data-upload]');\
        if(!place||event.defaultPrevented)return;\
        event.preventDefault();\
        const bar=place.querySelector('progress'),pressed=event.submitter,sending=new XMLHttpRequest(),\
            plainly=()=>form.submit();\
        sending.open('POST',form.action);\
        sending.setRequestHeader('accept','application/json');\
        sending.upload.onprogress=sent=>{if(sent.lengthComputable)bar.value=sent.loaded/sent.total};\
        sending.upload.onload=()=>bar.removeAttribute('value');\
        sending.onload=()=>{\
            const to=sending.getResponseHeader('location');\
            if(sending.status<300&&to)location.assign(to);else plainly()};\
        sending.onerror=plainly;\
        sending.send(new FormData(form));\
        place.hidden=false;\
        if(pressed)pressed.disabled=true});\
    addEventListener('pageshow',event=>{\
        if(event.persisted&&document.querySelector('[data-upload]:not([hidden])'))location.reload()})\
})()";

/// How much of a form's file is through, once the form is sent: see [`UPLOAD_SCRIPT`]. For forms whose
/// answer leads to another page.
#[component]
pub fn UploadBar() -> impl IntoView {
    let i18n = use_i18n();
    let label = tu_string!(i18n, ui.uploading);
    view! {
        <div data-upload hidden role="status">
            <div class="progress-row">
                <span>{label}</span>
                <progress class="progress progress-primary" aria-label=label max="1"></progress>
            </div>
        </div>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::{super::testing::render, *};

    #[test]
    fn the_script_finds_what_the_page_has() {
        let page = render("zh-CN", || view! { <UploadBar /> });
        assert!(
            UPLOAD_SCRIPT.contains("[data-upload]") && page.contains("data-upload"),
            "{page}"
        );
        assert!(UPLOAD_SCRIPT.contains("querySelector('progress')") && page.contains("<progress"));
        assert!(page.contains("hidden"), "{page}");
    }

    #[test]
    fn only_browsers_without_scripts_load_again_by_themselves() {
        let page = render("zh-CN", || view! { <ReloadWithoutScripts seconds=2 /> });
        let again = "<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>";
        assert!(page.contains(again), "{page}");
    }
}
