//! Every piece in every state, to look at; part of debug builds only.

use leptos::prelude::*;

use super::chart::{Bar, BarColumns, BarList, LineChart, Point, Series, Sparkline};
use super::{
    Age, Button, ButtonKind, Card, CheckField, Choice, ConfirmDialog, ConsoleShell, CopyBox, Crumb,
    DialogActions, EmptyState, ErrorState, Facts, FieldRow, Figure, FileField, FilterChips,
    FormErrors, HomeShell, Icon, LinkButton, LinkItem, LiveDot, LiveState, Menu, Notice, NumCell,
    NumberField, PageHead, Pager, PasswordField, ProgressBar, RadioCards, RailItem, Segmented,
    SelectField, SiteShell, SkeletonCards, SkeletonRows, SortHead, Sorted, State, StateMark,
    SubmitRow, SwitchItem, Table, Tabs, TextArea, TextField, Tone, format, use_now,
};

const CHINA: i32 = 8 * 3600;
const MINUTE: i64 = 60_000;

/// A day's course: low at night, two humps, with a little unrest.
#[allow(clippy::cast_precision_loss, reason = "small indices")]
fn course(index: i64, seed: f64) -> f64 {
    let hour = index as f64 / 4.0;
    let hump = |at: f64, width: f64| (-((hour - at) / width).powi(2)).exp();
    let unrest = ((index as f64).mul_add(1.7, seed)).sin() * 5.0;
    36.0 + 80.0 * hump(9.5, 2.0) + 45.0 * hump(14.0, 1.5) + 110.0 * hump(20.0, 3.2) + unrest
}

fn points(from: i64, count: i64, seed: f64) -> Vec<Point> {
    (0..count)
        .map(|index| Point {
            at: from + index * 15 * MINUTE,
            value: (!(40..44).contains(&index) || seed > 0.0).then(|| course(index, seed)),
        })
        .collect()
}

fn spark(seed: f64) -> Vec<Option<f64>> {
    (0..40).map(|index| Some(course(index, seed))).collect()
}

fn links(labels: &[(&str, Option<u64>)]) -> Signal<Vec<LinkItem>> {
    let items = labels
        .iter()
        .enumerate()
        .map(|(index, (label, count))| {
            let item = LinkItem::new(format!("?part={index}"), *label, index == 0);
            count.map_or(item.clone(), |count| item.counted(count))
        })
        .collect();
    Signal::stored(items)
}

fn estates() -> Signal<Vec<SwitchItem>> {
    Signal::stored(
        ["阳光花园", "滨江一号国际公寓与商业综合体(东区)"]
            .into_iter()
            .enumerate()
            .map(|(index, label)| SwitchItem {
                href: format!("/console/dashboard?estate={index}"),
                label: label.to_owned(),
                sub: (index == 0).then(|| "460 户".to_owned()),
                current: index == 0,
            })
            .collect(),
    )
}

fn console(children: AnyView) -> impl IntoView {
    let rooms = vec![
        RailItem::new("/console/dashboard", "总览", Icon::Layout),
        RailItem::new("/console/estates", "住户", Icon::Users),
        RailItem::new("/console/devices", "设备", Icon::Gauge).badge(3),
    ];
    view! {
        <ConsoleShell
            rooms=rooms
            foot=Signal::stored(vec![RailItem::new("/console/settings", "设置", Icon::Settings)])
            home="/console/dashboard"
            estates=estates()
            person="王敏"
            role="项目经理"
            log_out="/fn/identity/log_out"
            live=Signal::stored(LiveState::Live)
        >
            {children}
        </ConsoleShell>
    }
}

/// The dashboard's pieces, as in the drawing.
#[allow(clippy::too_many_lines, reason = "one of each")]
#[component]
pub fn GalleryDashboard() -> impl IntoView {
    let now = use_now().get_untracked();
    let from = now - 14 * 60 * MINUTE;
    let to = from + 24 * 60 * MINUTE;
    let series = Signal::stored(vec![
        Series::new("今天", points(from, 57, 0.0)),
        Series::compare("上周日", points(from, 97, 2.0)),
    ]);
    let fresh = Signal::stored(Some(now - 2000));
    let figures = view! {
        <div class="figures">
            <Figure label="在线设备" icon=Icon::Radio value=Some("118".to_owned()) unit="/ 120" sub="2 台失联" at=fresh spark=Signal::stored(vec![Some(1.0), Some(1.0), Some(0.4), Some(1.0), Some(1.0), None, Some(0.4), Some(1.0)]) href="/console/devices" />
            <Figure label="当前功率" icon=Icon::Zap value=Some("69.6".to_owned()) unit="kW" sub="比上周日此时 −21.5%" at=fresh spark=Signal::stored(spark(0.0)) />
            <Figure label="今日用水" icon=Icon::Droplets value=None unit="m³" sub="总分表差 3.8%" at=Signal::stored(Some(now - 26 * MINUTE)) stale_after_s=120 tone=Tone::Stale spark=Signal::stored(spark(4.0)) />
            <Figure label="告警" icon=Icon::TriangleAlert value=Some("2".to_owned()) unit="未处理" sub="1 火警 · 1 注意" at=fresh tone=Tone::Alarm spark=Signal::stored(spark(9.0)) />
        </div>
    };
    let rows = [
        (
            State::Good,
            "总表 A（SDM630）",
            "地下一层配电间",
            69.6,
            "kW",
            2,
        ),
        (
            State::Good,
            "1-1-101 电表",
            "1号楼1单元 101",
            0.64,
            "kWh",
            5,
        ),
        (State::Attention, "2号水泵", "地下泵房", 7.8, "mm/s", 60),
        (
            State::Stale,
            "3-2-801 水表",
            "3号楼2单元 801",
            12_345.67,
            "m³",
            900,
        ),
        (
            State::Offline,
            "5-2-1203 水表 名字特别特别长的一块表，长到一行怎么也放不下",
            "5号楼2单元 1203",
            412.06,
            "m³",
            1560,
        ),
        (
            State::Alarm,
            "3号楼 12层 烟感",
            "3号楼12层走廊",
            0.21,
            "dB/m",
            1,
        ),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (state, name, place, value, unit, age))| {
        let old = matches!(state, State::Stale | State::Offline);
        #[allow(clippy::cast_precision_loss, reason = "small index")]
        let seed = index as f64;
        view! {
            <tr>
                <td><StateMark state=state /></td>
                <th scope="row"><a href="/console/devices/1">{name}</a></th>
                <td class="muted">{place}</td>
                <NumCell value=format::number(value, unit) unit=unit stale=old />
                <td class="num-cell"><Age at=Some(now - age * 1000) stale_after_s=120 /></td>
                <td><Sparkline points=Signal::stored(spark(seed)) /></td>
            </tr>
        }
    })
    .collect_view();
    let bars = Signal::stored(vec![
        Bar::new("1号楼", Some(11.8)).before(Some(12.5)),
        Bar::new("2号楼", Some(9.6))
            .before(Some(9.1))
            .href("/console/estates/1"),
        Bar::new("3号楼", Some(14.9))
            .before(Some(11.2))
            .tone(Tone::Attention),
        Bar::new("5号楼", Some(8.7)).before(Some(8.9)),
        Bar::new("6号楼", None),
    ]);
    let body = view! {
        <PageHead title="总览" sub="11 月 22 日 星期日 · 460 户 · 设备 120 台">
            <Segmented label="时间" items=links(&[("今天", None), ("7 天", None), ("30 天", None), ("1 年", None)]) />
        </PageHead>
        {figures}
        <div class="grid-main">
            <Card>
                <LineChart id="power" label="功率" series=series span=Signal::stored((from, to)) offset_s=CHINA unit="kW" />
            </Card>
            <Card title="各楼用水" end="今天，竖线为上周日".into_any()>
                <BarList bars=bars unit="m3" />
            </Card>
            <Card
                class="span-2"
                title="设备"
                beside=view! { <FilterChips label="筛选" items=links(&[("全部", Some(120)), ("失联", Some(2)), ("迟到", Some(1))]) /> }.into_any()
                end=view! { <a href="/console/devices">"打开"</a> }.into_any()
            >
                <Table caption="设备">
                    <thead>
                        <tr>
                            <th scope="col">"状态"</th>
                            <SortHead label="设备" href="?sort=name" sorted=None />
                            <th scope="col">"位置"</th>
                            <th scope="col" class="num-cell">"最新值"</th>
                            <SortHead label="时间" href="?sort=-seen" sorted=Some(Sorted::Down) numeric=true />
                            <th scope="col">"24 小时"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </Table>
                <Pager shown="1–50 / 460" prev="?cursor=a".to_owned() next="?cursor=b".to_owned() />
            </Card>
        </div>
    };
    console(body.into_any())
}

/// A form with everything, one field refused.
#[component]
pub fn GalleryForm() -> impl IntoView {
    let side = view! {
        <div class="stack">
            <Card title="登记以后">
                <p class="muted">"会得到用户名、口令和主题。口令只显示一次，可以随时换新的；换了以后，旧的立刻失效。"</p>
            </Card>
            <Card title="连接">
                <CopyBox label="口令" value="kH3v-92mD-aQ7x-Lp0Z" />
                <CopyBox label="等第一个读数" block=true value="mosquitto_pub -q 1 \\\n  -t linli/sunny/b3-main/telemetry \\\n  -m '{\"volume_m3\": 412.06}'" />
            </Card>
            <Card title="导入">
                <div class="stack">
                    <ProgressBar label="阳光花园.xlsx" done=Some(0.68) text="312 / 460" />
                    <ProgressBar label="正在读" done=None />
                </div>
            </Card>
        </div>
    };
    let transports = vec![
        Choice::new("mqtt", "MQTT")
            .hint("设备自己上报")
            .icon(Icon::Radio),
        Choice::new("modbus", "Modbus TCP")
            .hint("由系统定时读取")
            .icon(Icon::Plug),
        Choice::new("http", "HTTP")
            .hint("设备用网址上报")
            .icon(Icon::Link),
    ];
    let form = view! {
        <form method="post">
            <FormErrors fields=Signal::stored(vec![("key".to_owned(), "设备编号只能用小写字母、数字和连字符".to_owned())]) />
            <TextField name="name" label="名称" value="3号楼 总水表" hint="给人看的名字，可以以后再改" />
            <FieldRow>
                <SelectField name="kind" label="种类" value="water_meter" choices=Signal::stored(vec![Choice::new("water_meter", "水表"), Choice::new("door", "门")]) />
                <TextField name="place" label="位置" optional=true placeholder="例如 地下一层水表井" />
            </FieldRow>
            <TextField name="key" label="设备编号" value="b3 main" error="只能用小写字母、数字和连字符，例如 b3-main" />
            <RadioCards name="transport" label="怎样连接" choices=transports value="mqtt" />
            <FieldRow>
                <NumberField name="area" label="建筑面积" unit="m²" value="102.55" />
                <PasswordField name="password" label="密码" autocomplete="new-password" hint="至少 10 个字" />
            </FieldRow>
            <TextField name="slug" label="网址" prefix="linli.example/" value="sunny" suffix=view! { <StateMark state=State::Good word="可用" /> }.into_any() />
            <FileField name="file" label="住户表" accept=".xlsx,.csv" hint="表头用中文或英文，第一行是列名" />
            <TextArea name="note" label="备注" optional=true value="</textarea><b>" />
            <CheckField name="agree" label="装好以后自动上线" checked=true hint="也可以以后手动打开" />
            <SubmitRow label="登记" cancel="/console/devices" />
        </form>
    };
    let body = view! {
        <PageHead title="登记设备" crumbs=vec![Crumb::new("/console/devices", "设备"), Crumb::new("/console/devices/new", "登记")] />
        <div class="form-page">
            <Card>{form}</Card>
            {side}
        </div>
    };
    console(body.into_any())
}

/// The owner's first page.
#[component]
pub fn GalleryHome() -> impl IntoView {
    let homes = Signal::stored(vec![
        SwitchItem {
            href: "/home".to_owned(),
            label: "阳光花园 3-2-1202".to_owned(),
            sub: None,
            current: true,
        },
        SwitchItem {
            href: "/home?unit=2".to_owned(),
            label: "阳光花园 5-1-301".to_owned(),
            sub: Some("租客".to_owned()),
            current: false,
        },
    ]);
    let bar = vec![
        RailItem::new("/console/devices", "首页", Icon::Home),
        RailItem::new("/home/meters", "表计", Icon::Gauge).exact(),
        RailItem::new("/home/me", "我的", Icon::User),
    ];
    let bars = Signal::stored(
        (1..=11_u8)
            .map(|month| {
                let bar = Bar::new(
                    month.to_string(),
                    (month != 7).then(|| 8.0 + f64::from(month % 4)),
                );
                if month == 11 {
                    bar.tone(Tone::Attention)
                } else {
                    bar
                }
            })
            .collect::<Vec<_>>(),
    );
    let now = use_now().get_untracked();
    view! {
        <HomeShell homes=homes bar=bar top_end=view! { <LiveDot state=LiveState::Live /> }.into_any()>
            <h1 class="lead">"本月用水 " <strong>"11.8"</strong> " 吨，比上个月多 3 吨。"</h1>
            <LinkButton kind=ButtonKind::Primary href="/home/meters">"看用水"</LinkButton>
            <Figure label="冷水" icon=Icon::Droplets value=Some("11.8".to_owned()) unit="m³ 本月" sub="比上个月同期多用了 3 吨水，夜里有小流量，可能有地方在漏水。" at=Signal::stored(Some(now - 4000)) />
            <Card title="每月用水">
                <BarColumns label="每月用水" bars=bars unit="m3" />
            </Card>
            <a class="owner-row" href="/home/meters">
                {Icon::Zap.view()}
                <span>"电表 8,412.60 kWh"</span>
                {Icon::ChevronRight.view()}
            </a>
        </HomeShell>
    }
}

/// A page of the public site: log-in.
#[component]
pub fn GallerySite() -> impl IntoView {
    view! {
        <SiteShell
            narrow=true
            links=vec![LinkItem::new("/login", "登录", true)]
            action=view! { <LinkButton kind=ButtonKind::Primary href="/signup">"开通"</LinkButton> }.into_any()
            foot="邻里 · 小区物业管理".into_any()
        >
            <div class="stack">
                <PageHead title="登录" sub="物业人员和住户都在这里登录。" />
                <Card>
                    <form method="post">
                        <FormErrors message="用户名或密码不对" />
                        <TextField name="login" label="账号" autocomplete="username" hint="例如 admin@sunny" />
                        <PasswordField name="password" label="密码" />
                        <SubmitRow label="登录" wide=true />
                    </form>
                </Card>
            </div>
        </SiteShell>
    }
}

/// The rest: states, buttons, empty pages, dialogs.
#[component]
pub fn GalleryPieces() -> impl IntoView {
    let now = use_now().get_untracked();
    let from = now - 120 * MINUTE;
    let stale = Signal::stored(vec![Series::new("表底", {
        let point = |index: i64| Point {
            at: from + index * 10 * MINUTE,
            value: Some(412.0 + course(index, 0.0) / 4000.0),
        };
        (0..8).map(point).collect()
    })]);
    let icons = Icon::ALL.iter().map(|icon| icon.view()).collect_view();
    let body = view! {
        <PageHead title="3号楼 总水表" crumbs=vec![Crumb::new("/console/devices", "设备")] mark=view! { <StateMark state=State::Stale /> }.into_any()>
            <Button icon=Icon::Refresh>"换新口令"</Button>
            <ConfirmDialog id="revoke" trigger="停用" title="停用 3号楼 总水表?" text="口令立刻失效，设备会断开。已经存下的读数保留。">
                <form method="post"><DialogActions dialog="revoke" confirm="停用" /></form>
            </ConfirmDialog>
        </PageHead>
        <Tabs label="设备" items=links(&[("读数", None), ("拒收", Some(12)), ("设置", None)]) />
        <div class="stack">
            <Notice tone=Tone::Good>"已保存。"</Notice>
            <Notice tone=Tone::Attention>"最近一小时有 12 条读数被拒收。"<a href="/x">"看原因"</a></Notice>
            <Notice tone=Tone::Alarm>"没有存上，请再试一次。"</Notice>
            <Notice>"演示环境，数据每天重来。"</Notice>
            <Card title="按钮">
                <div class="row">
                    <Button kind=ButtonKind::Primary icon=Icon::Plus>"登记设备"</Button>
                    <Button>"取消"</Button>
                    <Button kind=ButtonKind::Ghost>"以后再说"</Button>
                    <Button kind=ButtonKind::Danger>"删除 3号楼"</Button>
                    <Button kind=ButtonKind::Primary pending=true>"正在存"</Button>
                    <Button disabled=true>"不能按"</Button>
                    <LinkButton href="/x" icon=Icon::Download download="住户.xlsx">"下载"</LinkButton>
                    <Menu label="更多" button=Icon::Menu.view().into_any() bare=true><a class="menu-item" href="/y">"改名"</a></Menu>
                </div>
            </Card>
            <Card title="状态">
                <div class="row">
                    <StateMark state=State::Good />
                    <StateMark state=State::Attention />
                    <StateMark state=State::Alarm />
                    <StateMark state=State::Stale />
                    <StateMark state=State::Offline />
                    <LiveDot state=LiveState::Live />
                    <LiveDot state=LiveState::Reconnecting />
                    <LiveDot state=LiveState::Stale />
                    <LiveDot state=LiveState::Off />
                </div>
            </Card>
            <Card>
                <LineChart id="register" label="表底" series=stale span=Signal::stored((from, now)) offset_s=CHINA unit="m3" near=true stale_from=Some(from + 70 * MINUTE) />
            </Card>
            <Card title="关于">
                <Facts>
                    <dt>"户主"</dt><dd>"陈 * 华，陈 * （共有 50%）"</dd>
                    <dt>"建筑面积"</dt><dd>"102.55 m²（套内 82.04）"</dd>
                </Facts>
            </Card>
            <Card><EmptyState icon=Icon::Gauge title="还没有设备" text="把电表、水表、门禁接进来，读数就在这里。"><LinkButton kind=ButtonKind::Primary href="/console/devices/new">"登记第一台"</LinkButton></EmptyState></Card>
            <Card><ErrorState title="没有加载出来" text="网络不通，或服务正在重启。" retry="/console/devices" /></Card>
            <SkeletonCards />
            <SkeletonRows rows=3 />
            <Card title="图标"><div class="row">{icons}</div></Card>
        </div>
    };
    console(body.into_any())
}

/// Everything below each other.
#[component]
pub fn Gallery() -> impl IntoView {
    view! {
        <GalleryDashboard />
        <GalleryForm />
        <GalleryPieces />
        <GalleryHome />
        <GallerySite />
    }
}
