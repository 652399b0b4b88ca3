//! What a device can be told, and what became of what it was told.

use domain::{
    DeviceId, EstateId,
    devices::{
        Device,
        acts::Act,
        commands::{Command, CommandState},
    },
};
use leptos::prelude::*;

use crate::{
    devices::{
        api::{Tell, told},
        words,
    },
    i18n::{Locale, locale, td_string, tu_string, use_i18n},
    load::Anew,
    ui::{
        Button, ButtonKind, Card, ConfirmDialog, DialogActions, FormErrors, HiddenField, Icon,
        Notice, StateMark, TextField, Tone, every, format,
    },
    words::Complaints,
};

/// How often an open command is looked after, while the page is there.
const FOLLOW: std::time::Duration = std::time::Duration::from_secs(1);

/// Kept outside what is loaded anew; after it the page is.
pub(in crate::devices) fn telling(anew: Anew) -> ServerAction<Tell> {
    let action = ServerAction::new();
    anew.after(action);
    action
}

/// `None` for a device that can be told nothing and never was.
pub(in crate::devices) fn tell(
    device: &Device,
    acts: &[Act],
    commands: Vec<Command>,
    action: ServerAction<Tell>,
    offset_s: i32,
) -> Option<AnyView> {
    if acts.is_empty() && commands.is_empty() {
        return None;
    }
    let i18n = use_i18n();
    let complaints = Complaints::of(action.value());
    let buttons = acts.iter().enumerate();
    let to = Told {
        device: device.id,
        name: &device.name,
        doors: None,
    };
    let buttons = buttons
        .map(|(nth, act)| act_button(&to, &format!("act-{nth}"), act, action))
        .collect_view();
    let away = device.state.is_away();
    let away = (away && !acts.is_empty()).then(|| {
        view! { <Notice tone=Tone::Attention>{tu_string!(i18n, devices.tell_offline)}</Notice> }
    });
    let lately = lately(device.id, commands, offset_s);
    Some(
        view! {
            <Card title=tu_string!(i18n, devices.tell)>
                {away} <FormErrors message=complaints.whole() /> <div class="row">{buttons}</div>
                {lately}
            </Card>
        }
        .into_any(),
    )
}

/// Whom a button tells something.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub device: DeviceId,
    pub name: &'a str,
    /// The estate whose doors are shown, where that is the page to come back to.
    pub doors: Option<EstateId>,
}

/// One act as a button, which asks once more where it is risky. `id` is unique in the page.
pub fn act_button(to: &Told<'_>, id: &str, act: &Act, action: ServerAction<Tell>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let words = words::act(locale, &act.method, act.value);
    let dialog = id.to_owned();
    let fields = fields(to, id, act);
    if !act.risky {
        return view! {
            <ActionForm action=action>
                {fields}
                <Button kind=ButtonKind::Secondary pending=action.pending()>
                    {words}
                </Button>
            </ActionForm>
        }
        .into_any();
    }
    let title = td_string!(
        locale,
        devices.tell_title,
        act = words.clone(),
        name = to.name.to_owned()
    );
    view! {
        <ConfirmDialog
            id=dialog.clone()
            icon=Icon::Zap
            trigger=words.clone()
            title=title
            text=tu_string!(i18n, devices.tell_text)
        >
            <ActionForm action=action>
                {fields}
                <DialogActions
                    dialog=dialog
                    kind=ButtonKind::Primary
                    confirm=words
                    pending=action.pending()
                />
            </ActionForm>
        </ConfirmDialog>
    }
    .into_any()
}

fn fields(to: &Told<'_>, id: &str, act: &Act) -> AnyView {
    let i18n = use_i18n();
    let value = act
        .value
        .map_or_else(String::new, |value| value.to_string());
    let value = match act.range {
        None => view! { <HiddenField name="value" value=value /> }.into_any(),
        Some((from, to)) => view! {
            <TextField
                id=format!("{id}-value")
                name="value"
                inputmode="decimal"
                autocomplete="off"
                label=tu_string!(i18n, devices.tell_value)
                hint=tu_string!(i18n, devices.tell_range, from = from, to = to).to_string()
            />
        }
        .into_any(),
    };
    view! {
        <HiddenField name="device" value=to.device.to_string() />
        <HiddenField name="method" value=act.method.clone() />
        {value}
        {to.doors.map(|estate| view! { <HiddenField name="doors" value=estate.to_string() /> })}
    }
    .into_any()
}

/// What it was told last, newest first. As long as one of them is open they are asked for again.
fn lately(device: DeviceId, commands: Vec<Command>, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let commands = RwSignal::new(commands);
    let ask = Action::new(move |(): &()| told(device));
    Effect::new(move |_| {
        if let Some(Ok(newer)) = ask.value().get() {
            commands.set(newer);
        }
    });
    let open = move || {
        commands.with(|all| {
            let mut states = all.iter().map(|command| command.state);
            states.any(CommandState::is_open)
        })
    };
    let open = Memo::new(move |_| open());
    Effect::new(move |_| {
        if !open.get() {
            return;
        }
        let again = move || {
            if !ask.pending().get_untracked() {
                ask.dispatch(());
            }
        };
        every(FOLLOW, again);
    });
    let rows = move || {
        let all = commands.get();
        all.iter()
            .map(|command| row(locale, command, offset_s))
            .collect_view()
    };
    let empty = Memo::new(move |_| commands.with(Vec::is_empty));
    let none = tu_string!(i18n, devices.told_none);
    view! {
        <ul class="lines" aria-live="polite">{rows}</ul>
        {move || empty.get().then(|| view! { <p class="muted">{none}</p> })}
    }
    .into_any()
}

fn row(locale: Locale, command: &Command, offset_s: i32) -> AnyView {
    let (mark, word) = words::command_state(locale, command);
    let at = format::date_time(command.asked_at.as_millisecond(), offset_s);
    let why = words::answered(locale, command);
    view! {
        <li class="row-between">
            <span>
                {words::act(locale, &command.method, None)} " " <span class="muted tabular">{at}</span>
                {why.map(|why| view! { <span class="muted">" " {why}</span> })}
            </span>
            <StateMark state=Signal::stored(mark) word=word />
        </li>
    }
    .into_any()
}
