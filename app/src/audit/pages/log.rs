//! The company's deeds, newest first.

use domain::{
    Code,
    audit::{Acting, DeedGroup, Deeds, Doer, Entry, Origin, Subject},
    page::Page,
};
use jiff::Timestamp;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    AppError,
    audit::{api::list_audit, words as room_words},
    i18n::{locale, tu_string, use_i18n},
    load::resource,
    routes,
    telemetry::console::use_console,
    ui::{
        Button, Card, EmptyState, FilterChips, HiddenField, Icon, LinkItem, Notice, PageHead,
        Pager, SkeletonRows, Table, Tone, format, now_ms,
    },
    words,
};

/// What the address asks for, as it stands there; empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    deed: String,
    person: String,
    subject: String,
    from: String,
    to: String,
    cursor: String,
}

impl Asked {
    /// The address that asks for this.
    fn address(&self) -> String {
        let parts = [
            ("deed", &self.deed),
            ("person", &self.person),
            ("subject", &self.subject),
            ("from", &self.from),
            ("to", &self.to),
            ("cursor", &self.cursor),
        ];
        let mut address = routes::AUDIT.to_owned();
        for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(name);
            address.push('=');
            address.push_str(&Url::escape(value));
        }
        address
    }

    /// The same, changed, from the first page on.
    fn but(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = self.clone();
        other.cursor.clear();
        change(&mut other);
        other.address()
    }
}

#[component]
pub fn AuditPage() -> impl IntoView {
    let i18n = use_i18n();
    let console = use_console();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let get = |name| query.get(name).unwrap_or_default();
            Asked {
                deed: get("deed"),
                person: get("person"),
                subject: get("subject"),
                from: get("from"),
                to: get("to"),
                cursor: get("cursor"),
            }
        })
    });
    let found = resource(
        move || asked.get(),
        move |asked| async move {
            let offset_s = console.desk().await?.me.utc_offset_s;
            let Asked {
                deed,
                person,
                subject,
                from,
                to,
                cursor,
            } = asked;
            let cursor = (!cursor.is_empty()).then_some(cursor);
            list_audit(deed, person, subject, from, to, cursor)
                .await
                .map(|page| (offset_s, page))
        },
    );
    let title = tu_string!(i18n, audit.title);
    view! {
        <Title text=title />
        <PageHead title=title sub=tu_string!(i18n, audit.lead) />
        // What was there stays while another filter is on its way.
        <Transition fallback=|| view! { <SkeletonRows rows=12 /> }>
            {move || Suspend::new(async move {
                let asked = asked.get_untracked();
                match found.await {
                    Ok((offset_s, page)) => whole(&asked, page, offset_s),
                    Err(error) if error.code() == Code::Invalid => mistaken(&asked, &error),
                    Err(error) => words::refused(&error, routes::AUDIT),
                }
            })}
        </Transition>
    }
    .into_any()
}

fn whole(asked: &Asked, page: Page<Entry>, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    if page.items.is_empty() && *asked == Asked::default() {
        return view! {
            <Card>
                <EmptyState
                    icon=Icon::ShieldCheck
                    title=tu_string!(i18n, audit.none)
                    text=tu_string!(i18n, audit.none_text)
                />
            </Card>
        }
        .into_any();
    }
    let filters = filters(asked, page.items.first());
    let prev = (!asked.cursor.is_empty()).then(|| asked.but(|_| ()));
    let next = page.next.map(|next| asked.but(|asked| asked.cursor = next));
    let list = if page.items.is_empty() {
        view! { <EmptyState icon=Icon::Search title=tu_string!(i18n, audit.no_match) /> }.into_any()
    } else {
        table(page.items, asked, offset_s)
    };
    view! {
        <Card>{filters} {list} <Pager prev=prev next=next /></Card>
    }
    .into_any()
}

/// The filters again, with what is wrong with them.
fn mistaken(asked: &Asked, error: &AppError) -> AnyView {
    let locale = locale();
    let flaw = error.0.fields.values().next();
    let text = flaw.map_or_else(
        || words::code(locale, error.code()),
        |flaw| words::flaw(locale, *flaw),
    );
    let filters = filters(asked, None);
    view! {
        <Card>{filters} <Notice tone=Tone::Alarm>{text}</Notice></Card>
    }
    .into_any()
}

/// Groups of deeds, the span of days, and whose or what's entries these are, if only those. `any`
/// of the entries knows what that one is called.
fn filters(asked: &Asked, any: Option<&Entry>) -> AnyView {
    let i18n = use_i18n();
    let locale = locale();
    let group = Deeds::parse(&asked.deed);
    let item = |word: &str, label: &str, here: bool| {
        LinkItem::new(
            asked.but(|asked| word.clone_into(&mut asked.deed)),
            label,
            here,
        )
    };
    let mut groups = vec![item(
        "",
        tu_string!(i18n, common.all),
        asked.deed.is_empty(),
    )];
    groups.extend(DeedGroup::ALL.iter().map(|each| {
        let here = group == Some(Deeds::Group(*each));
        item(each.as_str(), room_words::group(locale, *each), here)
    }));
    if let Some(Deeds::One(deed)) = group {
        groups.push(item(deed.as_str(), room_words::deed(locale, deed), true));
    }
    let person = (!asked.person.is_empty()).then(|| {
        let name = any.and_then(|entry| entry.doer.name.clone());
        let name = name.unwrap_or_else(|| tu_string!(i18n, audit.this_person).to_owned());
        let all = tu_string!(i18n, audit.everybody);
        only(
            tu_string!(i18n, audit.who),
            all,
            asked.but(|asked| asked.person.clear()),
            name,
            asked,
        )
    });
    let subject = (!asked.subject.is_empty()).then(|| {
        let name = any.and_then(|entry| entry.subject_name.clone());
        let name = name.unwrap_or_else(|| tu_string!(i18n, audit.this_one).to_owned());
        let all = tu_string!(i18n, audit.everything);
        only(
            tu_string!(i18n, audit.what),
            all,
            asked.but(|asked| asked.subject.clear()),
            name,
            asked,
        )
    });
    view! {
        <div class="filters">
            <FilterChips label=tu_string!(i18n, audit.kinds) items=Signal::stored(groups) />
            {person}
            {subject}
            {days(asked)}
        </div>
    }
    .into_any()
}

/// A choice between all and the one that is shown now.
fn only(label: &str, all: &str, to_all: String, name: String, asked: &Asked) -> AnyView {
    let items = vec![
        LinkItem::new(to_all, all, false),
        LinkItem::new(asked.but(|_| ()), name, true),
    ];
    view! { <FilterChips label=label items=Signal::stored(items) /> }.into_any()
}

/// A plain GET form: the days are part of the address.
fn days(asked: &Asked) -> AnyView {
    let i18n = use_i18n();
    let kept = [
        ("deed", asked.deed.clone()),
        ("person", asked.person.clone()),
        ("subject", asked.subject.clone()),
    ];
    let kept = kept
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <HiddenField name=name value=value /> })
        .collect_view();
    view! {
        <form class="day-span" method="get" action=routes::AUDIT role="search">
            {kept}
            <label>
                <span>{tu_string!(i18n, audit.from_day)}</span>
                <input class="input" type="date" name="from" value=asked.from.clone() />
            </label>
            <label>
                <span>{tu_string!(i18n, audit.to_day)}</span>
                <input class="input" type="date" name="to" value=asked.to.clone() />
            </label>
            <Button icon=Icon::Search>{tu_string!(i18n, audit.show)}</Button>
        </form>
    }
    .into_any()
}

fn table(entries: Vec<Entry>, asked: &Asked, offset_s: i32) -> AnyView {
    let i18n = use_i18n();
    let now = now_ms();
    let rows = entries
        .into_iter()
        .map(|entry| row(entry, asked, offset_s, now))
        .collect_view();
    view! {
        <Table caption=tu_string!(i18n, audit.title)>
            <thead>
                <tr>
                    <th scope="col">{tu_string!(i18n, audit.when)}</th>
                    <th scope="col">{tu_string!(i18n, audit.who)}</th>
                    <th scope="col">{tu_string!(i18n, audit.what)}</th>
                    <th scope="col" class="wide-only">
                        {tu_string!(i18n, audit.from_where)}
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

fn row(entry: Entry, asked: &Asked, offset_s: i32, now: i64) -> AnyView {
    let locale = locale();
    let deed = room_words::deed(locale, entry.deed);
    let subject = subject(&entry);
    let named: Vec<_> = entry
        .fields
        .iter()
        .map(|name| room_words::field(locale, name).unwrap_or(name))
        .collect();
    let comma = if matches!(locale, crate::i18n::Locale::en) {
        ", "
    } else {
        "、"
    };
    let fields =
        (!named.is_empty()).then(|| view! { <div class="muted">{named.join(comma)}</div> });
    let from = whence(&entry.origin);
    view! {
        <tr>
            <td>{moment(entry.at, offset_s, now)}</td>
            <td>{doer(entry.doer, asked)}</td>
            <td class="deed">
                {deed} " " {subject} {fields}
                <div class="muted narrow-only">{from.clone()}</div>
            </td>
            <td class="muted wide-only">{from}</td>
        </tr>
    }
    .into_any()
}

/// Local date and time; a phone leaves year and seconds out.
fn moment(at: Timestamp, offset_s: i32, now: i64) -> AnyView {
    let at = at.as_millisecond();
    let (date, time) = (format::date(at, offset_s), format::time(at, offset_s));
    let (year, day) = date.split_at_checked(5).unwrap_or_default();
    let (minute, second) = time.split_at_checked(5).unwrap_or_default();
    let (year, second) = (year.to_owned(), second.to_owned());
    view! {
        <time datetime=format::rfc3339(at) title=format::age(now, at, locale())>
            <span class="wide-only">{year}</span>
            {format!("{day} {minute}")}
            <span class="wide-only">{second}</span>
        </time>
    }
    .into_any()
}

/// Who did it, leading to all that they did.
fn doer(doer: Doer, asked: &Asked) -> AnyView {
    let i18n = use_i18n();
    if doer.acting == Acting::Key {
        return view! {
            {doer.name}
            <div class="muted">{tu_string!(i18n, audit.by_key)}</div>
        }
        .into_any();
    }
    let Some(person) = doer.person else {
        return match doer.acting {
            Acting::Operator => tu_string!(i18n, audit.operator),
            _ => tu_string!(i18n, audit.system),
        }
        .into_any();
    };
    let name = doer
        .name
        .unwrap_or_else(|| tu_string!(i18n, audit.somebody).to_owned());
    let theirs = asked.but(|asked| asked.person = person.to_string());
    let resident = (doer.acting == Acting::Resident)
        .then(|| view! { <div class="muted">{tu_string!(i18n, audit.resident)}</div> });
    view! {
        <a class="link" href=theirs>{name}</a>
        {resident}
    }
    .into_any()
}

/// What it was done to, leading to its page where it has one.
fn subject(entry: &Entry) -> Option<AnyView> {
    let name = entry.subject_name.clone()?;
    let page = match entry.subject {
        Subject::Company(_) | Subject::Session(_) => None,
        Subject::Region(_) => Some(routes::ESTATES.to_owned()),
        Subject::Estate(id) => Some(routes::estate(id)),
        Subject::Phase(_) => entry.estate.map(routes::estate),
        Subject::Building(id) => entry
            .estate
            .map(|estate| format!("{}?building={id}", routes::estate(estate))),
        Subject::Unit(id) => Some(routes::unit(id)),
        Subject::Import(id) => Some(routes::import_result(id)),
        Subject::Resident(_) => entry.unit.map(routes::unit),
        Subject::Device(id) => Some(routes::device(id)),
        // Its address has the name that it goes by, which the log does not know.
        Subject::Model(_) => Some(routes::DEVICE_MODELS.to_owned()),
        Subject::Person(id) => Some(routes::member(id)),
        Subject::Role(_) => Some(routes::ROLES.to_owned()),
        Subject::Joining(_) => Some(routes::STAFF.to_owned()),
        Subject::Key(_) => Some(routes::KEYS.to_owned()),
    };
    Some(match page {
        Some(page) => view! { <a class="link" href=page>{name}</a> }.into_any(),
        None => name.into_any(),
    })
}

/// `网页 203.0.113.7`
fn whence(origin: &Origin) -> String {
    let channel = room_words::channel(locale(), origin.channel);
    match &origin.address {
        Some(address) => format!("{channel} {address}"),
        None => channel.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_keeps_the_others_and_starts_over() {
        let asked = Asked {
            deed: "people".to_owned(),
            from: "20261122".to_owned(),
            cursor: "aud1".to_owned(),
            ..Asked::default()
        };
        assert_eq!(
            asked.but(|asked| asked.person = "per1".to_owned()),
            "/console/audit?deed=people&person=per1&from=20261122"
        );
        assert_eq!(Asked::default().address(), routes::AUDIT);
    }
}
