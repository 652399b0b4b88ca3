//! Lists read to their end.

use domain::page::{Page, PageAsk};

/// Every item of a list, one of the longest pages after the other: for lists that a person takes in
/// at a glance, and never for those that grow without end.
///
/// # Errors
/// What a page says.
pub async fn all<T, E, F, P>(page: F) -> Result<Vec<T>, E>
where
    F: Fn(PageAsk) -> P,
    P: Future<Output = Result<Page<T>, E>>,
{
    let mut items = Vec::new();
    let mut ask = PageAsk::longest();
    loop {
        let found = page(ask.clone()).await?;
        items.extend(found.items);
        match found.next {
            Some(next) => ask.cursor = Some(next),
            None => return Ok(items),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[tokio::test]
    async fn a_list_is_read_to_its_end() {
        let pages = async |ask: PageAsk| {
            let from: u32 = ask.cursor.map_or(0, |cursor| cursor.parse().unwrap());
            let rows = (from + 1..=450).take(201).collect();
            Ok::<_, Infallible>(Page::cut(rows, 200, u32::to_string))
        };
        let all = all(pages).await.unwrap();
        assert_eq!(all, (1..=450).collect::<Vec<_>>());
    }
}
