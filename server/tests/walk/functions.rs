//! Every server function.

use domain::{EstateId, page::PageAsk};
use leptos::server_fn::axum::server_fn_paths;
use reqwest::Method;

use crate::{
    complete,
    house::{OWN, PASSWORD, Who},
    http::{FORM, PARTS, Record},
    rest::roster,
};

/// The audit log: all of it, and that of one unit.
async fn evidence(record: &mut Record<'_>) {
    let unit = record.house.unit;
    for arguments in ["from=2020-01-01".to_owned(), format!("subject={unit}")] {
        let answer = record.form(Who::Admin, "audit/list", arguments).await;
        assert!(
            answer.text.contains(".created"),
            "an empty answer proves nothing: {answer:?}"
        );
    }
}

/// Whoever is let in, given a role and let go again.
async fn staff(record: &mut Record<'_>) {
    let (admin, nobody) = (Who::Admin, Who::Nobody);
    let form = "name=早班&actions[]=view_devices".to_owned();
    record.form(admin, "identity/make_role", form).await;
    let roles = record.form(admin, "identity/roles", "").await.json();
    let own = |name: &str, roles: &serde_json::Value| {
        let roles = roles.as_array().unwrap();
        let role = roles.iter().find(|role| role["name"] == name).unwrap();
        role["key"].as_str().unwrap().to_owned()
    };
    let role = own("早班", &roles);
    let form = format!("role={role}&name=晚班&actions[]=view_devices");
    record.form(admin, "identity/change_role", form).await;
    record.form(admin, "identity/offer", "").await;

    let form = "name=小吴&role=cleaner&reach=everywhere&until=".to_owned();
    let link = record.form(admin, "identity/invite_staff", form).await;
    let link = link.json();
    let token = link.as_str().unwrap().rsplit('/').next().unwrap();
    record
        .form(nobody, "identity/join_invitation", format!("token={token}"))
        .await;
    let login = format!("login=wu@marked&password={}", PASSWORD.replace(' ', "+"));
    record
        .form(nobody, "identity/join", format!("token={token}&{login}"))
        .await;
    let listed = record.form(admin, "identity/staff", "").await.json();
    let members = listed["items"].as_array().unwrap();
    let joined = members.iter().find(|member| member["name"] == "小吴");
    let person = joined.unwrap()["person"].as_str().unwrap().to_owned();
    let form = format!("person={person}&role=guard&reach=everywhere&until=");
    record.form(admin, "identity/give_role", form).await;
    let member = record
        .form(admin, "identity/member", format!("person={person}"))
        .await
        .json();
    let given = member["roles"].as_array().unwrap();
    let guard = given.iter().find(|role| role["role"] == "guard").unwrap();
    let grant = guard["id"].as_str().unwrap();
    let me = record
        .house
        .of(Who::Admin)
        .unwrap()
        .cx
        .actor
        .person()
        .unwrap();
    let form = format!(
        "person={person}&grant={grant}&deputy={me}&until={}",
        record.house.today()
    );
    record.form(admin, "identity/stand_in", form).await;
    for (name, form) in [
        ("take_role", format!("person={person}&grant={grant}")),
        ("end_role", format!("role={role}")),
        ("dismiss", format!("person={person}")),
    ] {
        record.form(admin, &format!("identity/{name}"), form).await;
    }
}

/// Keys for programs of the company's own.
async fn keys(record: &mut Record<'_>) {
    let admin = Who::Admin;
    for name in ["门禁", "短工"] {
        let form = format!("name={name}&role=guard&reach=everywhere&until=");
        record.form(admin, "identity/make_key", form).await;
    }
    let listed = record.form(admin, "identity/keys", "").await.json();
    let items = listed["items"].as_array().unwrap();
    let brief = items.iter().find(|key| key["name"] == "短工").unwrap();
    let form = format!("key={}", brief["id"].as_str().unwrap());
    record.form(admin, "identity/end_key", form).await;
}

/// What the owner does about their own account.
async fn account(record: &mut Record<'_>) {
    let (owner, password) = (Who::Owner, PASSWORD.replace(' ', "+"));
    let login = format!("login={}@marked&password={password}", record.house.unit);
    let proof = format!("password={password}");
    record.form(owner, "identity/know_sessions", "").await;
    record
        .form(owner, "identity/start_second_factor", proof.clone())
        .await;
    let shown = record.form(owner, "identity/account", "").await.json();
    let shown = &shown["account"]["second_factor"]["pending"];
    let secret = shown["secret"].as_str().unwrap().replace(' ', "");
    let code = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(secret).unwrap())
        .build_noncompliant()
        .generate(u64::try_from(record.house.town.site.now().as_second()).unwrap());
    record
        .form(
            owner,
            "identity/confirm_second_factor",
            format!("otp={code}"),
        )
        .await;

    let nobody = Who::Nobody;
    let half = record.form(nobody, "identity/log_in", login).await;
    let cookie = half
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(cookie.starts_with("linli_half="), "{half:?}");
    let code = format!("otp={}", shown["codes"][0].as_str().unwrap());
    let code = (Method::POST, FORM, code);
    record
        .call_with(nobody, "/fn/identity/log_in_code", "", code, Some(cookie))
        .await;

    let seen = record.form(owner, "identity/account", "").await.json();
    let mut others = seen["account"]["sessions"].as_array().unwrap().iter();
    let other = others.find(|each| each["current"] == false).unwrap();
    let other = format!("session={}", other["id"].as_str().unwrap());
    record.form(owner, "identity/end_session", other).await;
    record.form(owner, "identity/end_other_sessions", "").await;
    let both = format!("{proof}&otp={}", shown["codes"][1].as_str().unwrap());
    record
        .form(owner, "identity/drop_second_factor", both)
        .await;
    let change = format!("old_password={password}&{proof}");
    record.form(owner, "identity/change_password", change).await;
}

/// A resident who comes to work here as well, and changes from one hat to the other.
async fn second_hat(record: &mut Record<'_>) {
    let (house, nobody) = (record.house, Who::Nobody);
    house.lives_and_works("two@marked").await;
    let login = format!("login=two@marked&password={}", PASSWORD.replace(' ', "+"));
    let entered = record.form(nobody, "identity/log_in", login).await;
    let cookies = entered.header("set-cookie");
    let cookie = cookies.split(';').next().unwrap().to_owned();
    let tenant = house.of(Who::Admin).unwrap().cx.tenant.id;
    let hat = (Method::POST, FORM, format!("tenant={tenant}&hat=resident"));
    record
        .call_with(nobody, "/fn/identity/wear", "", hat, Some(cookie))
        .await;
}

/// Somebody who logs in with a phone number, and with a code that comes there.
async fn by_sms(record: &mut Record<'_>) {
    let (house, nobody) = (record.house, Who::Nobody);
    house.lives_and_works("13900000077").await;
    record
        .form(nobody, "identity/codes_by_sms", String::new())
        .await;
    let login = "login=13900000077";
    record
        .form(nobody, "identity/send_code", login.to_owned())
        .await;
    let letter = house.town.letters.lock().await.recv().await.unwrap();
    let mut words = letter.text.split(|c: char| !c.is_ascii_digit());
    let code = words.find(|digits| digits.len() == 6).unwrap();
    record
        .form(
            nobody,
            "identity/log_in_sms",
            format!("{login}&code={code}"),
        )
        .await;
}

/// What goes before anybody is known.
async fn doors(record: &mut Record<'_>) {
    let (house, admin) = (record.house, Who::Admin);
    let nobody = Who::Nobody;
    let link = record
        .form(
            admin,
            "estates/invite",
            format!("resident={}", house.resident),
        )
        .await
        .json();
    let token = link
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let invitation = record
        .form(nobody, "identity/invitation", format!("token={token}"))
        .await;
    assert_ne!(invitation.text, "null");
    let login = format!("login=late@marked&password={}", PASSWORD.replace(' ', "+"));
    record
        .form(nobody, "identity/accept", format!("token={token}&{login}"))
        .await;
    record
        .form(nobody, "identity/check_slug", "slug=laifu")
        .await;
    record.form(nobody, "identity/log_in", login).await;
    let back_in = format!("resident={}", house.resident);
    let slip = record
        .form(admin, "estates/print_reset", back_in)
        .await
        .json();
    let login = "login=late@marked";
    record
        .form(nobody, "identity/forgot", login.to_owned())
        .await;
    let code = slip["code"].as_str().unwrap();
    let form = format!(
        "{login}&code={code}&password={}",
        PASSWORD.replace(' ', "+")
    );
    record.form(nobody, "identity/reset_password", form).await;
    let founding = format!(
        "company=来福&slug=laifu&admin_name=周敏&login=zhou@laifu&password={}",
        PASSWORD.replace(' ', "+")
    );
    record.form(nobody, "identity/sign_up", founding).await;
}

/// Codes on paper: one opens a home, later ones wait, and owners are told of them.
async fn claims(record: &mut Record<'_>) {
    let house = record.house;
    let (admin, owner, nobody) = (Who::Admin, Who::Owner, Who::Nobody);
    let form = format!("building={}", house.building);
    record.form(admin, "estates/code_homes", form).await;
    // The sheet is neither page nor server function, and shows what is shown once.
    let form = format!("building={}&unit={}", house.building, house.fresh);
    let sheet = (Method::POST, FORM, form);
    let sheet = record.call(admin, "/console/claims/print", "", sheet).await;
    assert!(sheet.text.contains("slip-code"), "{sheet:?}");
    let password = PASSWORD.replace(' ', "+");
    let all = (
        Method::POST,
        FORM,
        format!("password={password}&phones=true"),
    );
    let archive = record.call(admin, "/console/company/export", "", all).await;
    assert_eq!(archive.header("content-type"), "application/zip");
    let mut tokens = Vec::new();
    let (fresh, lived_in) = ((house.fresh, "新"), (house.unit, "王"));
    for (n, (unit, name)) in [fresh, fresh, fresh, lived_in].into_iter().enumerate() {
        let code = house.print(unit).await;
        let form = format!(
            "code={code}&surname={OWN}{name}&last_digits=5678&login=claim{n}@marked&password={password}"
        );
        let answer = record.form(nobody, "estates/claim", form).await;
        tokens.push(answer.led_to().rsplit('/').next().unwrap().to_owned());
    }
    let form = format!("token={}", tokens[1]);
    let status = record.form(nobody, "estates/claim_status", form).await;
    assert_ne!(status.text, "null");
    let listed = record.form(admin, "estates/claims", "").await.json();
    let unit = house.fresh.to_string();
    let rows = listed.as_array().unwrap().iter();
    let of_fresh: Vec<_> = rows.filter(|row| row["unit"] == unit.as_str()).collect();
    assert_eq!(of_fresh.len(), 2, "{listed}");
    for (row, name) in of_fresh.into_iter().zip(["accept_claim", "refuse_claim"]) {
        let claim = row["id"].as_str().unwrap();
        let form = format!("claim={claim}");
        record.form(admin, &format!("estates/{name}"), form).await;
    }
    let form = format!("household={}", house.household);
    let told = record.form(owner, "home/notices", form).await.json();
    let form = format!("notice={}", told[0]["id"].as_str().unwrap());
    record.form(owner, "home/see_notice", form).await;
}

/// What is held about the owner, and that they ask to be forgotten: one request is refused and the
/// other carried out, of somebody whom nothing else needs.
async fn privacy(record: &mut Record<'_>) {
    let house = record.house;
    let (admin, owner) = (Who::Admin, Who::Owner);
    record.form(owner, "privacy/agree", "").await;
    let held = record.form(owner, "privacy/held", "").await;
    assert!(held.text.contains(OWN), "{held:?}");
    // Neither page nor server function.
    let file = (Method::POST, FORM, String::new());
    let file = record.call(owner, "/home/me/export", "", file).await;
    assert!(file.text.contains(OWN), "{file:?}");

    let form = format!("resident={}", house.resident);
    let contact = record.form(admin, "estates/reveal", form).await;
    assert!(contact.text.contains("138"), "{contact:?}");
    let found = record.form(admin, "estates/find", format!("q={OWN}")).await;
    assert!(found.text.contains("res_"), "{found:?}");

    record.form(owner, "privacy/ask_erasure", "").await;
    house.asks_to_be_forgotten().await;
    let asked = record.form(admin, "privacy/erasures", "").await.json();
    let rows = asked.as_array().unwrap();
    let (of_owner, of_other): (Vec<_>, Vec<_>) = rows
        .iter()
        .partition(|row| row["unit"] == house.unit.to_string().as_str());
    let id = |rows: &[&serde_json::Value]| rows[0]["id"].as_str().unwrap().to_owned();
    let form = format!("request={}&reason=contract", id(&of_owner));
    record.form(admin, "privacy/refuse_erasure", form).await;
    let form = format!("request={}", id(&of_other));
    record.form(admin, "privacy/erase", form).await;
}

/// What the desk puts right about somebody, and files for them.
async fn register(record: &mut Record<'_>) {
    let (house, admin) = (record.house, Who::Admin);
    let resident = format!("resident={}", house.resident);
    let shown = record
        .form(admin, "estates/resident", resident.clone())
        .await;
    assert!(shown.text.contains(OWN), "{shown:?}");
    let form = format!("{resident}&texts[name]={OWN}妻");
    record.form(admin, "estates/change_resident", form).await;
    let (renter, child) = house.two_more().await;
    // Here they come to be known as A's.
    let form = format!("unit={}", house.unit);
    record.form(admin, "estates/unit", form).await;
    let form = format!("resident={renter}");
    record.form(admin, "estates/move_out", form).await;
    let form = format!("resident={child}");
    record.form(admin, "privacy/file_erasure", form).await;
}

/// A home that is shared, and one that is sold.
async fn homes(record: &mut Record<'_>) {
    let home = record.house.household;
    let (unit, seller) = record.house.sold;
    let (admin, owner) = (Who::Admin, Who::Owner);
    let form = format!("household={home}&name=赵租客&relation=renter&until=2036-01-31");
    record.form(owner, "home/share", form).await;
    let shown = record
        .form(owner, "home/people", format!("household={home}"))
        .await
        .json();
    let people = shown["people"].as_array().unwrap();
    let renter = people.iter().find(|sharer| sharer["name"] == "赵租客");
    let renter = renter.unwrap()["id"].as_str().unwrap();
    let form = format!("household={home}&resident={renter}");
    record
        .form(owner, "home/show_meters", format!("{form}&sees=true"))
        .await;
    record.form(owner, "home/end_sharing", form).await;

    claims(record).await;
    privacy(record).await;
    register(record).await;

    let today = record.house.today();
    let form = format!(
        "unit={unit}&household={seller}&on={today}&owners[0][name]=买家&owners[0][phone]=&owners[0][share]=&owners[0][agent]="
    );
    record.form(admin, "estates/transfer", form).await;
}

/// A picture as a form of several parts: as much of a WebP as is looked at, all of it plain text.
fn logo() -> String {
    let picture = "RIFFAAAAWEBPVP8XAAAAAAAAA\0\0A\0\0A";
    format!(
        "--linli\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"a.svg\"\r\n\
         Content-Type: image/svg+xml\r\n\r\n{picture}\r\n--linli--\r\n"
    )
}

/// A sheet for an estate, posted in the same way.
fn sheet(estate: EstateId, rows: &str) -> String {
    let part = |name: &str, of_it: &str, text: &str| {
        format!(
            "--linli\r\nContent-Disposition: form-data; name=\"{name}\"{of_it}\r\n\r\n{text}\r\n"
        )
    };
    let estate = part("estate", "", &estate.to_string());
    let file = part("file", "; filename=\"sheet.csv\"", rows);
    format!("{estate}{file}--linli--\r\n")
}

/// Units that are rearranged, and cars.
async fn rearranged(record: &mut Record<'_>) {
    let (admin, house) = (Who::Admin, record.house);
    let cx = &house.of(admin).unwrap().cx;
    let door = async |code: &str| {
        let form = domain::estates::UnitForm {
            building: house.building,
            entrance: None,
            unit: code.to_owned(),
            area_m2: None,
        };
        backend::estates::create_unit(cx, form).await.unwrap().id
    };
    let (one, _other, third) = (door("1901").await, door("1902").await, door("1903").await);
    let shown = record.form(admin, "estates/rearranged", format!("unit={one}"));
    assert!(shown.await.text.contains("bld_"));
    // Here it comes to be known as A's.
    record
        .form(admin, "estates/unit", format!("unit={third}"))
        .await;
    for (name, arguments) in [
        (
            "move_unit",
            format!("unit={one}&building={}&entrance=9单元", house.building),
        ),
        ("split_unit", format!("unit={one}&parts[0][unit]=1901A")),
        ("merge_units", format!("unit={one}&other=1902")),
        ("archive", format!("place={third}")),
        ("restore", format!("place={third}")),
        (
            "add_vehicle",
            format!("unit={}&plate=沪A12345&about={OWN}", house.unit),
        ),
    ] {
        record
            .form(admin, &format!("estates/{name}"), arguments)
            .await;
    }
    let cars = backend::estates::list_vehicles(cx, house.unit)
        .await
        .unwrap();
    let form = format!("vehicle={}", cars[0].id);
    record.form(admin, "estates/remove_vehicle", form).await;
    // Neither page nor server function.
    let home = backend::estates::unit(cx, house.unit)
        .await
        .unwrap()
        .unwrap();
    let cars = format!("home,plate\n{},沪A54321\n", home.address());
    let cars = (Method::POST, PARTS, sheet(house.estate, &cars));
    let done = record
        .call(admin, "/console/vehicles/batch", "", cars)
        .await;
    assert!(done.led_to().ends_with("&cars=1.0.0"), "{done:?}");
}

/// A roster by the page's form, and how far it is.
async fn imports(record: &mut Record<'_>) {
    let (admin, estate) = (Who::Admin, record.house.estate);
    let import = (Method::POST, PARTS, roster(&estate.to_string()));
    record.call(admin, "/fn/estates/import", "", import).await;
    let imports = record
        .form(admin, "estates/imports", format!("estate={estate}"))
        .await
        .json();
    let import = imports[0]["id"].as_str().unwrap();
    record
        .form(admin, "estates/import_result", format!("id={import}"))
        .await;
    record
        .form(admin, "estates/import_state", format!("id={import}"))
        .await;
}

/// The company's own page.
async fn company(record: &mut Record<'_>) {
    let admin = Who::Admin;
    record.form(admin, "tenancy/company", "").await;
    let form = "name=安居物业&time_zone=Asia/Shanghai&currency=CNY&language=zh-CN";
    record.form(admin, "tenancy/change_company", form).await;
    let set = (Method::POST, PARTS, logo());
    record.form(admin, "tenancy/drop_logo", "").await;
    record.call(admin, "/fn/tenancy/set_logo", "", set).await;
    record.form(admin, "tenancy/put_steps_away", "").await;
}

/// Regions and phases, and what lies in them.
async fn divisions(record: &mut Record<'_>) {
    let (admin, house) = (Who::Admin, record.house);
    let (estate, building) = (house.estate, house.building);
    let regions = record.form(admin, "estates/regions", "").await.json();
    let region = regions[0]["id"].as_str().unwrap();
    for (name, arguments) in [
        ("rename", format!("place={region}&name=东区")),
        ("create_region", "name=北区".to_owned()),
        ("create_phase", format!("estate={estate}&name=四期")),
        ("change_estate", format!("estate={estate}&change[region]=")),
        (
            "change_building",
            format!("building={building}&change[phase]="),
        ),
    ] {
        record
            .form(admin, &format!("estates/{name}"), arguments)
            .await;
    }
    // Blank took it out; and back, since others have a role at the region.
    let cx = &house.of(admin).unwrap().cx;
    let without = backend::estates::estate(cx, estate).await.unwrap().unwrap();
    assert_eq!(without.region, None);
    let back = format!("estate={estate}&change[region]={region}");
    record.form(admin, "estates/change_estate", back).await;
    let regions = record.form(admin, "estates/regions", "").await.json();
    let mut regions = regions.as_array().unwrap().iter();
    let empty = regions.find(|region| region["name"] == "北区").unwrap();
    let gone = format!("place={}", empty["id"].as_str().unwrap());
    record.form(admin, "estates/remove_place", gone).await;
}

/// Models of the company's own, typed and out of files.
async fn models(record: &mut Record<'_>) {
    let admin = Who::Admin;
    let row = "tables[registers][0][name]=volume_m3&tables[registers][0][address]=0x10&tables[registers][0][type]=u32";
    for id in ["typed-1", "typed-2"] {
        let form = format!("id={id}&name=水表&maker=&kind=water_meter&{row}");
        let made = record.form(admin, "devices/make_model", form).await;
        assert!(made.led_to().ends_with(id), "{made:?}");
    }
    for (name, form) in [
        (
            "change_model",
            format!("model=typed-1&name=水表二&maker=&{row}"),
        ),
        ("model", "model=typed-1".to_owned()),
        ("model_list", "q=typed".to_owned()),
        ("archive_model", "model=typed-1&archived=true".to_owned()),
        ("remove_model", "model=typed-2".to_owned()),
    ] {
        record.form(admin, &format!("devices/{name}"), form).await;
    }
    // Neither pages nor server functions.
    let file = r#"{"id": "filed-1", "name": "泵", "kind": "pump"}"#;
    let sheet = "name,address
volume_m3,1
";
    for (path, content, head) in [
        ("file", file, vec![("id", "filed-1")]),
        (
            "sheet",
            sheet,
            vec![("id", "sheet-1"), ("name", "水表"), ("kind", "water_meter")],
        ),
    ] {
        let path = format!("/console/device-models/import/{path}");
        let body = (Method::POST, PARTS, posted(&head, content));
        let led = record.call(admin, &path, "", body).await;
        let made = format!("/console/device-models/{}", head[0].1);
        assert_eq!(led.led_to(), made, "{led:?}");
    }
}

/// A form of several parts with a file.
fn posted(fields: &[(&str, &str)], file: &str) -> String {
    let part = |about: &str, body: &str| {
        format!("--linli\r\nContent-Disposition: form-data; {about}\r\n\r\n{body}\r\n")
    };
    let fields = fields.iter();
    let fields = fields.map(|(name, value)| part(&format!("name=\"{name}\""), value));
    let fields: String = fields.collect();
    let file = part("name=\"file\"; filename=\"a\"", file);
    format!("{fields}{file}--linli--\r\n")
}

/// A door that comes and goes, and a meter that is replaced and moved.
async fn devices(record: &mut Record<'_>) {
    let (admin, house) = (Who::Admin, record.house);
    let (estate, unit) = (house.estate, house.unit);
    let form = format!("name=门&key=door-1&kind=door&estate={estate}&unit={unit}&place=");
    let made = record.form(admin, "devices/register", form).await.json();
    let made = format!("device={}", made["id"].as_str().unwrap());
    record.form(admin, "devices/rekey", made.clone()).await;
    record.form(admin, "devices/revoke", made).await;
    let form = format!("name=水表&key=w-9&kind=water_meter&estate={estate}&unit={unit}&place=");
    let made = record.form(admin, "devices/register", form).await.json();
    let made = made["id"].as_str().unwrap();
    let form = format!("device={made}&meter[serial]=W-9&meter[first_register]=0");
    record.form(admin, "devices/replace", form).await;
    let (cx, first) = (&house.of(admin).unwrap().cx, PageAsk::default());
    let hung = backend::devices::instruments::instruments(cx, made.parse().unwrap(), &first).await;
    let hung = hung.unwrap().unwrap().items[0].id;
    record
        .form(
            admin,
            "devices/withdraw_replacement",
            format!("instrument={hung}"),
        )
        .await;
    let form = format!("device={made}&change[name]=总表&change[unit]=");
    record.form(admin, "devices/change", form).await;
    let moved = backend::devices::device(cx, made.parse().unwrap()).await;
    assert_eq!(
        moved.unwrap().unwrap().unit,
        None,
        "blank is the estate's own"
    );
    let form = format!("name=总表&key=w-0&kind=water_meter&estate={estate}&place=");
    let main = record.form(admin, "devices/register", form).await.json();
    let main = format!("device={}", main["id"].as_str().unwrap());
    record.form(admin, "devices/hangings", main.clone()).await;
    // Neither page nor server function, and shows what is shown once.
    let rows = format!("name,kind\n{OWN}泵,水泵\n");
    let many = (Method::POST, PARTS, sheet(estate, &rows));
    let many = record.call(admin, "/console/devices/batch", "", many).await;
    assert!(many.text.contains("anju:pump-"), "{many:?}");
    record.form(admin, "devices/hang", main).await;
}

pub(crate) async fn record(record: &mut Record<'_>) {
    let house = record.house;
    let (estate, building, unit) = (house.estate, house.building, house.unit);
    let (device, point) = (house.meter.id, house.point("power_w").await);
    let admin = Who::Admin;
    let form = format!("device={device}&method=read&value=");
    record.form(admin, "devices/tell", form).await;

    for (name, arguments) in [
        ("estates/in_brief", String::new()),
        ("estates/list", String::new()),
        ("estates/view", format!("estate={estate}&part[sort]=-area")),
        ("estates/unit", format!("unit={unit}")),
        ("estates/building", format!("building={building}")),
        ("estates/site", format!("estate={estate}")),
        ("estates/regions", String::new()),
        ("devices/list", format!("estate={estate}&sort=name")),
        ("devices/view", format!("device={device}&part[span]=day")),
        (
            "devices/view",
            format!("device={device}&point={point}&part[span]=hour"),
        ),
        ("devices/told", format!("device={device}")),
        ("devices/place", format!("unit={unit}")),
        ("devices/unheard", format!("estate={estate}")),
        ("telemetry/dashboard", format!("estate={estate}")),
        ("telemetry/energy", format!("estate={estate}")),
        ("telemetry/equipment", format!("estate={estate}&kind=pump")),
        ("telemetry/doors", format!("estate={estate}")),
        ("telemetry/wall", format!("estate={estate}")),
        ("identity/me", String::new()),
    ] {
        let answer = record.form(admin, name, arguments).await;
        assert!(
            answer.text.contains('_'),
            "an empty answer proves nothing: {answer:?}"
        );
    }
    evidence(record).await;
    // Neither page nor server function.
    let file = format!("point={point}&span=24h&from=2026-11-22&to=2026-11-23&kind=csv");
    let file = (Method::POST, FORM, file);
    let file = record
        .call(admin, "/console/devices/history", "", file)
        .await;
    assert!(file.text.lines().count() > 1, "an empty file: {file:?}");
    record.form(admin, "devices/broker", "").await;
    record.form(admin, "devices/models", "").await;
    company(record).await;
    for (name, arguments) in [
        ("home/homes", String::new()),
        ("home/meters", format!("household={}", house.household)),
        ("home/months", format!("household={}", house.household)),
    ] {
        let answer = record.form(Who::Owner, name, arguments).await;
        assert!(
            answer.text.contains('_'),
            "an empty answer proves nothing: {answer:?}"
        );
    }
    for (name, arguments) in [
        ("estates/create", "name=三期".to_owned()),
        ("estates/create_building", format!("estate={estate}&name=8")),
        (
            "estates/create_unit",
            format!("building={building}&entrance=&unit=801&area_m2="),
        ),
        (
            "estates/build",
            format!("estate={estate}&plan[name]=塔楼&plan[floors]=2&plan[doors]=2"),
        ),
        (
            "estates/change_unit",
            format!("unit={unit}&facts[occupancy]=let"),
        ),
        (
            "estates/add_resident",
            format!("unit={unit}&name=某&phone=&relation=renter"),
        ),
    ] {
        record.form(admin, name, arguments).await;
    }
    divisions(record).await;
    devices(record).await;
    models(record).await;
    rearranged(record).await;
    imports(record).await;
    staff(record).await;
    keys(record).await;
    homes(record).await;
    doors(record).await;
    second_hat(record).await;
    by_sms(record).await;
    account(record).await;
    record
        .form(admin, "identity/want_second_factor", "wanted=false")
        .await;

    let found = server_fn_paths().map(|(path, method)| format!("{method} {path}"));
    complete("server function", found, record.recorded(" /fn/"));
}
