//! A whole building by a rule, with a drawing of what it would be. The drawing follows each
//! keystroke once wasm is there; before that a button shows it, and the form stays as it was typed.

use domain::{
    EstateId,
    estates::{EstateSummary, Numbering, Occupancy, RegularBuilding, RegularForm, RegularTexts},
    problem::{Flaw, Problem},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    estates::{
        buildings::{Build, site},
        parts::floors,
        words as room_words,
    },
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    load::resource,
    routes,
    ui::{
        Button, ButtonKind, Card, CheckField, Choice, Crumb, FieldRow, FormErrors, HiddenField,
        PageHead, RadioCards, SelectField, SkeletonRows, TextField, format,
    },
    words::{self, Complaints},
};

#[component]
pub fn NewBuildingPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("estate")?.parse::<EstateId>().ok());
    let found = resource(id, |id| async move {
        match id {
            Some(id) => site(id).await,
            None => Err(crate::AppError::not_found()),
        }
    });
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=12 /> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(estate) => whole(estate),
                    Err(error) => words::refused(&error, routes::ESTATES),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// What is typed, field by field.
#[derive(Clone, Copy)]
struct Typed {
    name: RwSignal<String>,
    entrances: RwSignal<String>,
    first_floor: RwSignal<String>,
    floors: RwSignal<String>,
    doors: RwSignal<String>,
    numbering: RwSignal<String>,
    through: RwSignal<bool>,
    skipped_floors: RwSignal<String>,
    skipped_doors: RwSignal<String>,
    areas_m2: RwSignal<String>,
    occupancy: RwSignal<String>,
}

impl Typed {
    /// What the address holds after the preview button, else a building to begin with.
    fn begun() -> Self {
        let query = use_query_map();
        let from = |name: &str, usual: &str| {
            let key = field(name);
            let typed = query.with_untracked(|query| query.get(&key));
            RwSignal::new(typed.unwrap_or_else(|| usual.to_owned()))
        };
        let through = field("through");
        Self {
            name: from("name", ""),
            entrances: from("entrances", ""),
            first_floor: from("first_floor", "1"),
            floors: from("floors", "18"),
            doors: from("doors", "2"),
            numbering: from("numbering", Numbering::Digits.as_str()),
            through: RwSignal::new(query.with_untracked(|query| query.get(&through).is_some())),
            skipped_floors: from("skipped_floors", ""),
            skipped_doors: from("skipped_doors", ""),
            areas_m2: from("areas_m2", ""),
            occupancy: from("occupancy", ""),
        }
    }

    fn texts(self) -> RegularTexts {
        let through = if self.through.get() { "true" } else { "" };
        RegularTexts {
            name: self.name.get(),
            entrances: self.entrances.get(),
            first_floor: self.first_floor.get(),
            floors: self.floors.get(),
            doors: self.doors.get(),
            numbering: self.numbering.get(),
            through: through.to_owned(),
            skipped_floors: self.skipped_floors.get(),
            skipped_doors: self.skipped_doors.get(),
            areas_m2: self.areas_m2.get(),
            occupancy: self.occupancy.get(),
        }
    }
}

/// The name of an input.
fn field(name: &str) -> String {
    format!("plan[{name}]")
}

/// What is wrong with a field, better said than in the common words.
fn flaw(locale: Locale, name: &str, flaw: Flaw) -> Option<&'static str> {
    Some(match (name, flaw) {
        ("floors" | "first_floor", Flaw::OutOfRange) => td_string!(locale, buildings.floors_wrong),
        ("doors", Flaw::OutOfRange) => td_string!(locale, buildings.doors_wrong),
        ("entrances", Flaw::Taken) => td_string!(locale, buildings.entrances_taken),
        ("areas_m2", Flaw::OutOfRange) => td_string!(locale, buildings.areas_wrong),
        ("skipped_floors", Flaw::Taken) => td_string!(locale, buildings.skips_taken),
        ("skipped_doors", Flaw::Taken) => td_string!(locale, buildings.skipped_doors_taken),
        ("skipped_floors" | "skipped_doors", Flaw::Malformed | Flaw::OutOfRange) => {
            td_string!(locale, buildings.skips_wrong)
        }
        _ => return None,
    })
}

fn whole(estate: EstateSummary) -> AnyView {
    let i18n = use_i18n();
    let typed = Typed::begun();
    let title = tu_string!(i18n, buildings.build);
    let crumbs = vec![
        Crumb::new(routes::ESTATES, tu_string!(i18n, estates.title)),
        Crumb::new(routes::estate(estate.id), estate.name),
    ];
    view! {
        <Title text=title />
        <PageHead title=title crumbs=crumbs sub=tu_string!(i18n, buildings.build_lead) />
        <div class="build-page">
            <Card>{form(estate.id, typed)}</Card>
            {preview(typed)}
        </div>
    }
    .into_any()
}

fn form(estate: EstateId, typed: Typed) -> AnyView {
    let i18n = use_i18n();
    let build = ServerAction::<Build>::new();
    let complaints = Complaints::of(build.value());
    view! {
        <ActionForm action=build>
            <FormErrors message=complaints.whole() />
            <HiddenField name="estate" value=estate.to_string() />
            {size(typed, complaints)} {numbers(typed, complaints)} {facts(typed, complaints)}
            <div class="submit-row">
                <a class="btn btn-plain" href=routes::estate(estate)>
                    {tu_string!(i18n, common.cancel)}
                </a>
                <button
                    class="btn btn-plain until-wasm"
                    type="submit"
                    formmethod="get"
                    formaction=routes::new_building(estate)
                >
                    {tu_string!(i18n, buildings.show_preview)}
                </button>
                <Button kind=ButtonKind::Primary pending=build.pending()>
                    {tu_string!(i18n, buildings.build_do)}
                </Button>
            </div>
        </ActionForm>
    }
    .into_any()
}

/// The complaint about a field, in the best words there are.
fn complaint(complaints: Complaints, name: &'static str) -> Signal<Option<String>> {
    let locale = locale();
    complaints.field(name, move |found| {
        flaw(locale, name, found).map(str::to_owned)
    })
}

fn line(
    name: &'static str,
    label: &'static str,
    (hint, example): (&'static str, &'static str),
    bind: RwSignal<String>,
    complaints: Complaints,
    optional: bool,
) -> AnyView {
    view! {
        <TextField
            name=field(name)
            label=label
            hint=hint
            placeholder=example
            error=complaint(complaints, name)
            bind=bind
            optional=optional
            autocomplete="off"
            maxlength=400
        />
    }
    .into_any()
}

/// A short number.
fn count(
    name: &'static str,
    label: &'static str,
    bind: RwSignal<String>,
    complaints: Complaints,
) -> AnyView {
    view! {
        <TextField
            name=field(name)
            label=label
            error=complaint(complaints, name)
            bind=bind
            inputmode="numeric"
            autocomplete="off"
            maxlength=4
        />
    }
    .into_any()
}

fn size(typed: Typed, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    view! {
        <TextField
            name=field("name")
            label=tu_string!(i18n, estates.building_name)
            placeholder=tu_string!(i18n, estates.building_example)
            error=complaint(complaints, "name")
            bind=typed.name
            autocomplete="off"
            maxlength=40
        />
        {line(
            "entrances",
            tu_string!(i18n, buildings.entrances),
            (
                tu_string!(i18n, buildings.entrances_hint),
                tu_string!(i18n, buildings.entrances_example),
            ),
            typed.entrances,
            complaints,
            true,
        )}
        <FieldRow>
            {count("floors", tu_string!(i18n, buildings.floors), typed.floors, complaints)}
            {count("doors", tu_string!(i18n, buildings.doors), typed.doors, complaints)}
        </FieldRow>
        <TextField
            name=field("first_floor")
            label=tu_string!(i18n, buildings.first_floor)
            hint=tu_string!(i18n, buildings.first_floor_hint)
            error=complaint(complaints, "first_floor")
            bind=typed.first_floor
            inputmode="numeric"
            autocomplete="off"
            maxlength=4
        />
    }
    .into_any()
}

fn numbers(typed: Typed, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let rules = vec![
        Choice::new(
            Numbering::Digits.as_str(),
            tu_string!(i18n, buildings.digits),
        )
        .hint(tu_string!(i18n, buildings.digits_hint)),
        Choice::new(
            Numbering::Letters.as_str(),
            tu_string!(i18n, buildings.letters),
        )
        .hint(tu_string!(i18n, buildings.letters_hint)),
    ];
    view! {
        <RadioCards
            name=field("numbering")
            label=tu_string!(i18n, buildings.numbering)
            choices=rules
            value=typed.numbering.get_untracked()
            bind=typed.numbering
            error=complaint(complaints, "numbering")
        />
        <CheckField
            name=field("through")
            label=tu_string!(i18n, buildings.through)
            hint=tu_string!(i18n, buildings.through_hint)
            checked=typed.through.get_untracked()
            bind=typed.through
        />
        {line(
            "skipped_floors",
            tu_string!(i18n, buildings.skipped_floors),
            (tu_string!(i18n, buildings.skipped_floors_hint), "4=3A, 13=12A, 14=12B"),
            typed.skipped_floors,
            complaints,
            true,
        )}
        {line(
            "skipped_doors",
            tu_string!(i18n, buildings.skipped_doors),
            (tu_string!(i18n, buildings.skipped_doors_hint), "4"),
            typed.skipped_doors,
            complaints,
            true,
        )}
    }
    .into_any()
}

fn facts(typed: Typed, complaints: Complaints) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let states: Vec<Choice> = Occupancy::ALL
        .iter()
        .map(|state| Choice::new(state.as_str(), room_words::occupancy(locale, *state)))
        .collect();
    let area = format!("{} (m²)", tu_string!(i18n, buildings.areas));
    view! {
        <TextField
            name=field("areas_m2")
            label=area
            hint=tu_string!(i18n, buildings.areas_hint)
            placeholder="89.37, 102.5"
            error=complaint(complaints, "areas_m2")
            bind=typed.areas_m2
            optional=true
            autocomplete="off"
            maxlength=400
        />
        <SelectField
            name=field("occupancy")
            label=tu_string!(i18n, buildings.every_state)
            hint=tu_string!(i18n, buildings.every_state_hint)
            choices=Signal::stored(states)
            error=complaint(complaints, "occupancy")
            value=typed.occupancy.get_untracked()
            bind=typed.occupancy
            optional=true
        />
    }
    .into_any()
}

/// The drawing of what would be built, or why there is none yet.
fn preview(typed: Typed) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let unnamed = tu_string!(i18n, buildings.unnamed);
    let plan = Memo::new(move |_| {
        let mut texts = typed.texts();
        // A drawing needs no name, though a building does.
        if texts.name.trim().is_empty() {
            unnamed.clone_into(&mut texts.name);
        }
        RegularBuilding::try_from(RegularForm::from(texts))
    });
    // One line for as long as the page is there: a new one at each keystroke is not read out.
    let said = Memo::new(move |_| match plan.get() {
        Ok(plan) => {
            let number = |n: usize| format::count(u64::try_from(n).unwrap_or_default());
            td_string!(
                locale,
                buildings.preview_of,
                name = plan.name.clone(),
                floors = number(plan.floors.len()),
                units = number(plan.count())
            )
            .to_string()
        }
        Err(_) => td_string!(locale, buildings.preview_bad).to_owned(),
    });
    let shown = move || match plan.get() {
        Ok(plan) => floors(plan.drawing(), said.get_untracked(), cell),
        Err(problem) => wrong(locale, &problem),
    };
    view! {
        <Card title=tu_string!(i18n, buildings.preview) class="build-preview">
            <div class="stack-tight">
                <p class="muted" role="status">
                    {move || said.get()}
                </p>
                {shown}
            </div>
        </Card>
    }
    .into_any()
}

fn cell((code, area): (String, Option<domain::estates::Area>)) -> AnyView {
    let area = area.map(|area| view! { <span class="door-state">{format!("{area} m²")}</span> });
    view! {
        <span class="door is-planned">
            <span class="door-code">{code}</span>
            " "
            {area}
        </span>
    }
    .into_any()
}

/// Each field that is not right yet, by its label.
fn wrong(locale: Locale, problem: &Problem) -> AnyView {
    let label = |name: &str| match name {
        "name" => td_string!(locale, estates.building_name),
        "entrances" => td_string!(locale, buildings.entrances),
        "floors" => td_string!(locale, buildings.floors),
        "first_floor" => td_string!(locale, buildings.first_floor),
        "doors" => td_string!(locale, buildings.doors),
        "numbering" => td_string!(locale, buildings.numbering),
        "skipped_floors" => td_string!(locale, buildings.skipped_floors),
        "skipped_doors" => td_string!(locale, buildings.skipped_doors),
        "areas_m2" => td_string!(locale, buildings.areas),
        _ => td_string!(locale, buildings.every_state),
    };
    let lines = problem
        .fields
        .iter()
        .map(|(name, found)| {
            let text = flaw(locale, name, *found).map(str::to_owned);
            let text = text.unwrap_or_else(|| words::flaw(locale, *found));
            view! {
                <li>
                    <strong>{label(name)}</strong>
                    " "
                    {text}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="lines">{lines}</ul> }.into_any()
}
