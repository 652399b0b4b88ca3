//! Every role with what it allows, and the roles that a company makes for itself.

use domain::identity::{Action, RoleRow};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    i18n::{locale, td_string, tu_string, use_i18n},
    identity::{
        parts::role_name,
        staff::{ChangeRole, EndRole, MakeRole, roles},
        words as room_words,
    },
    load::{Anew, resource},
    routes,
    telemetry::console::use_console,
    ui::{
        Card, ConfirmForm, Crumb, FormErrors, HiddenField, Icon, LinkButton, NumCell, PageHead,
        SkeletonRows, SubmitRow, Table, TextField, format,
    },
    words::{self, Complaints},
};

#[component]
pub fn RolesPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let anew = Anew::new();
    let found = resource(
        move || anew.count(),
        move |_| async move {
            let desk = console.desk().await?;
            Ok((
                roles().await?,
                desk.me.may_everywhere.contains(Action::EditRoles),
                desk.me.may(Action::EditKeys),
            ))
        },
    );
    let crumbs = vec![Crumb::new(routes::STAFF, tu_string!(i18n, staff.title))];
    view! {
        <Title text=tu_string!(i18n, staff.all_roles) />
        <PageHead
            title=tu_string!(i18n, staff.all_roles)
            sub=tu_string!(i18n, staff.matrix_lead)
            crumbs=crumbs
        />
        <Suspense fallback=|| view! { <SkeletonRows rows=14 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((roles, edits, keys)) => {
                        let keys = keys
                            .then(|| {
                                view! {
                                    <p>
                                        <LinkButton href=routes::KEYS icon=Icon::Key>
                                            {tu_string!(i18n, keys.title)}
                                        </LinkButton>
                                    </p>
                                }
                            });
                        view! {
                            <div class="stack">
                                {keys}
                                {matrix(&roles)}
                                {edits.then(|| own(&roles, anew))}
                            </div>
                        }
                            .into_any()
                    }
                    Err(error) => words::refused(&error, routes::ROLES),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn matrix(roles: &[RoleRow]) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let heads = Action::of_staff()
        .map(|action| view! { <th scope="col" class="matrix-head">{room_words::action(locale, action)}</th> })
        .collect_view();
    let (may, may_not) = (tu_string!(i18n, staff.may), tu_string!(i18n, staff.may_not));
    let rows = roles
        .iter()
        .map(|row| {
            let cells = Action::of_staff()
                .map(|action| {
                    let cell = if row.actions.contains(&action) {
                        view! {
                            {Icon::Check.view()}
                            <span class="sr-only">{may}</span>
                        }
                        .into_any()
                    } else {
                        view! { <span class="sr-only">{may_not}</span> }.into_any()
                    };
                    view! { <td class="matrix-cell">{cell}</td> }
                })
                .collect_view();
            let holders = format::count(u64::try_from(row.holders).unwrap_or_default());
            view! {
                <tr>
                    <th scope="row">{role_name(locale, row.key, row.name.as_deref())}</th>
                    <NumCell value=holders />
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card>
            <Table caption=tu_string!(i18n, staff.all_roles)>
                <thead>
                    <tr>
                        <th scope="col">{tu_string!(i18n, staff.role)}</th>
                        <th scope="col" class="num">{tu_string!(i18n, staff.holders)}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

fn own(roles: &[RoleRow], anew: Anew) -> AnyView {
    let i18n = use_i18n();
    let make = ServerAction::<MakeRole>::new();
    anew.after(make);
    let complaints = Complaints::of(make.value());
    let forms = roles
        .iter()
        .filter_map(|row| change(row, anew))
        .collect_view();
    view! {
        <Card title=tu_string!(i18n, staff.own_roles)>
            <p class="muted">{tu_string!(i18n, staff.own_roles_text)}</p>
            {forms}
        </Card>
        <Card title=tu_string!(i18n, staff.make_role)>
            <ActionForm action=make>
                <FormErrors message=complaints.whole() />
                {fields("new", "", &[], complaints)}
                <SubmitRow label=tu_string!(i18n, common.add) pending=make.pending() />
            </ActionForm>
        </Card>
    }
    .into_any()
}

/// Name and actions of a role. `form` tells the ids of one form from those of another.
fn fields(form: &str, name: &str, chosen: &[Action], complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let boxes = Action::of_staff()
        .map(|action| {
            view! {
                <label class="check">
                    <input
                        class="checkbox checkbox-primary"
                        type="checkbox"
                        name="actions[]"
                        value=action.as_str()
                        checked=chosen.contains(&action)
                    />
                    <span>{room_words::action(locale, action)}</span>
                </label>
            }
        })
        .collect_view();
    let error = complaints.plain("actions");
    view! {
        <TextField
            id=format!("field-name-{form}")
            name="name"
            label=tu_string!(i18n, staff.role_name)
            placeholder=tu_string!(i18n, staff.role_example)
            value=name.to_owned()
            error=complaints.plain("name")
            maxlength=40
        />
        <fieldset class="field">
            <legend class="field-label">{tu_string!(i18n, staff.actions)}</legend>
            <div class="tick-grid">{boxes}</div>
            {move || {
                error
                    .get()
                    .map(|error| {
                        view! {
                            <p class="field-error">
                                {Icon::CircleAlert.view()}
                                {error}
                            </p>
                        }
                    })
            }}
        </fieldset>
    }
    .into_any()
}

fn change(row: &RoleRow, anew: Anew) -> Option<AnyView> {
    let i18n = use_i18n();
    let locale = locale();
    let (id, name) = (row.own()?, row.name.clone()?);
    let (change, end) = (
        ServerAction::<ChangeRole>::new(),
        ServerAction::<EndRole>::new(),
    );
    anew.after(change);
    anew.after(end);
    let (changed, ended) = (Complaints::of(change.value()), Complaints::of(end.value()));
    let title = td_string!(locale, staff.end_role_title, role = name.clone());
    let text = td_string!(locale, staff.end_role_text, n = row.holders);
    let form = fields(&id.to_string(), &name, &row.actions, changed);
    let view = view! {
        <details class="own-role">
            <summary>{name}</summary>
            <ActionForm action=change>
                <FormErrors message=changed.whole() />
                <HiddenField name="role" value=id.to_string() />
                {form}
                <SubmitRow label=tu_string!(i18n, common.save) pending=change.pending() />
            </ActionForm>
            <ConfirmForm
                id=format!("end-{id}")
                trigger=tu_string!(i18n, staff.end_role)
                title=title
                text=text
                action=end
                fields=[("role", id.to_string())]
                refused=ended.whole()
            />
        </details>
    };
    Some(view.into_any())
}
