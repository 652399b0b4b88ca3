//! A sheet on its way in.

use leptos::prelude::*;

use super::{Card, Icon, LinkButton, SubmitRow};

/// An empty sheet to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Where it is fetched.
    pub href: &'static str,
    /// What the file is called.
    pub name: &'static str,
    /// The words of the button.
    pub label: &'static str,
}

/// A card that takes a file: what it is for, an empty sheet to begin with, and the form. The form is a
/// plain one, since what is wrong with a file comes as a document of its own. Children are its fields.
#[component]
pub fn SheetCard(
    /// The heading.
    #[prop(into)]
    title: String,
    /// What the file brings.
    #[prop(into)]
    text: String,
    /// How the last file ended.
    #[prop(optional_no_strip)]
    told: Option<AnyView>,
    /// The sheet to begin with.
    #[prop(optional)]
    template: Option<Template>,
    /// Where the form is posted.
    action: &'static str,
    /// The words of the form's button.
    #[prop(into)]
    submit: String,
    children: Children,
) -> impl IntoView {
    let template = template.map(|template| {
        view! {
            <div class="row">
                <LinkButton
                    href=template.href
                    icon=Icon::Download
                    download=template.name
                    external=true
                >
                    {template.label}
                </LinkButton>
            </div>
        }
    });
    view! {
        <Card title=title>
            {told} <p>{text}</p> {template}
            <form class="stack" method="post" action=action enctype="multipart/form-data">
                {children()}
                <SubmitRow label=submit />
            </form>
        </Card>
    }
    .into_any()
}
