//! Lists as pages: their order and their columns, without wasm.

use reqwest::{Method, StatusCode};

use crate::town::{Answer, Town};

async fn page(town: &Town, path: &str, cookies: &str) -> Answer {
    let request = town.ask(Method::GET, path);
    let request = request
        .header("accept", "text/html")
        .header("cookie", cookies);
    Answer::of(request.send().await.unwrap()).await
}

/// The head that a list is sorted by.
fn sorted(answer: &Answer) -> Option<&str> {
    let (_, rest) = answer.text.split_once("aria-sort=\"")?;
    rest.split('"').next()
}

#[tokio::test]
async fn heads_sort_and_an_odd_order_is_the_usual_one() {
    let town = Town::new().await;
    let cookie = town.cookie().await;
    let units = format!("/console/estates/{}", town.estate);
    for (asked, order) in [
        ("", Some("ascending")),
        ("?sort=-area", Some("descending")),
        (
            "?sort=-area&state=&use=home&code=&cursor=",
            Some("descending"),
        ),
        ("?sort=colour&state=x&use=castle", Some("ascending")),
    ] {
        let answer = page(&town, &format!("{units}{asked}"), &cookie).await;
        assert_eq!(answer.status, StatusCode::OK, "{asked}");
        assert_eq!(sorted(&answer), order, "{asked}");
        assert!(answer.text.contains("sort=area"), "{asked}");
    }
    let gone = format!("{units}?cursor=unt_00000000000000000000000000");
    let gone = page(&town, &gone, &cookie).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn chosen_columns_stay_for_the_next_visit() {
    let town = Town::new().await;
    let cookie = town.cookie().await;
    let units = format!("/console/estates/{}", town.estate);
    let shown =
        |answer: &Answer| ["sort=area", "sort=fee_start"].map(|head| answer.text.contains(head));
    let usual = page(&town, &units, &cookie).await;
    assert_eq!(shown(&usual), [true, false]);

    let form = format!("{units}?columns=units&use=home&column=fee_start&column=colour");
    let chosen = page(&town, &form, &cookie).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    let there = chosen.header("location").to_owned();
    assert_eq!(there, format!("{units}?use=home&show=fee_start"));
    let kept = chosen.header("set-cookie").split(';').next().unwrap();
    assert_eq!(kept, "linli_units=fee_start");
    assert_eq!(shown(&page(&town, &there, &cookie).await), [false, true]);
    let later = page(&town, &units, &format!("{cookie}; {kept}")).await;
    assert_eq!(shown(&later), [false, true]);
    let odd = format!("{cookie}; linli_units=<script>,area");
    let odd = page(&town, &units, &odd).await;
    assert_eq!(shown(&odd), [true, false]);
}
