//! Reports of every kind of company: they are well formed, names in them are text, colours have a class.

use super::*;
use crate::view::look::money::budgets::Figure;
use crate::view::look::money::report::Parts;
use jiff::civil::Date;

fn chapter(unit: &str, days: i8, parts: Vec<(&str, i64)>) -> Chapter {
    let total = parts.iter().map(|(_, figure)| figure).sum();
    let parts: Vec<(String, i64)> = parts.into_iter().map(|(name, figure)| (name.to_owned(), figure)).collect();
    let times = (1..=days).map(|day| (Date::constant(2026, 11, day), i64::from(day) * 1_000_000));
    Chapter {
        unit: unit.to_owned(),
        total,
        step: "day".to_owned(),
        times: times.collect(),
        parts: vec![Parts { by: "agent".to_owned(), parts }],
    }
}

fn report(chapters: Vec<Chapter>) -> Report {
    let figure = |amount: i64| Figure { shown: format!("{amount} runs"), amount };
    Report {
        company: "Acme & <Sons>".to_owned(),
        since: Some(Date::constant(2026, 11, 1)),
        until: Date::constant(2026, 11, 29),
        runs: 3,
        unpriced: 1,
        reserved: vec!["2.00 USD".to_owned()],
        chapters,
        budgets: vec![BudgetRow {
            scope: "company".to_owned(),
            window: "day".to_owned(),
            unit: "runs".to_owned(),
            at_limit: "stop".to_owned(),
            state: "full".to_owned(),
            limit: figure(2),
            raised_from: None,
            spent: figure(3),
            reserved: figure(0),
            left: figure(0),
            percent: 150,
            since: None,
            until: None,
            forecast: None,
        }],
    }
}

/// Every element that is opened is closed, in its order, and no attribute is there twice.
fn is_well_formed(xml: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for part in xml.split('<').skip(1) {
        let (tag, _) = part.split_once('>').ok_or_else(|| format!("no end: {part}"))?;
        if tag.starts_with(['!', '?']) {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            let opened = open.pop();
            if opened != Some(name.trim()) {
                return Err(format!("</{name}> closes {opened:?}"));
            }
            continue;
        }
        let name = tag.split([' ', '/', '\n']).next().unwrap_or_default();
        if tag.matches(" class=").count() > 1 {
            return Err(format!("two classes: {tag}"));
        }
        if !tag.ends_with('/') && name != "meta" {
            open.push(name);
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("never closed: {open:?}")) }
}

#[test]
fn whatever_there_is_it_is_a_picture_and_a_page() {
    let many: Vec<(String, i64)> = (0..12).map(|at| (format!("agent-{at}"), 5_000_000 * (13 - at))).collect();
    let many: Vec<(&str, i64)> = many.iter().map(|(name, figure)| (name.as_str(), *figure)).collect();
    for (what, chapters) in [
        ("nothing", vec![chapter("tokens", 0, vec![])]),
        ("nothing in a month", vec![chapter("USD", 0, vec![]), chapter("tokens", 0, vec![])]),
        ("one", vec![chapter("USD", 1, vec![("cto", 1)])]),
        (
            "many",
            vec![chapter("USD", 29, many.clone()), chapter("EUR", 29, many), chapter("tokens", 2, vec![("-", 3)])],
        ),
        ("the largest", vec![chapter("USD", 2, vec![("cto", i64::MAX), ("dev", 0)])]),
    ] {
        let report = report(chapters);
        let (picture, page) = (picture(&report), page(&report));
        assert_eq!(is_well_formed(&picture), Ok(()), "{what}: {picture}");
        assert_eq!(is_well_formed(&page), Ok(()), "{what}: {page}");
        assert!(picture.contains("Acme &amp; &lt;Sons&gt;: what was spent"), "{picture}");
        assert!(page.contains("2026-11-01 to 2026-11-29"), "{page}");
        assert_eq!(picture.contains("nothing was spent"), what.starts_with("nothing"), "{what}");
    }
}

#[test]
fn names_are_text_and_nothing_else() {
    let hostile = "</text><script>alert(1)</script>\u{7}&\"'";
    let report = report(vec![chapter("USD", 2, vec![(hostile, 5_000_000), ("cto", 1)])]);
    for made in [picture(&report), page(&report)] {
        assert!(!made.contains("<script") && !made.contains('\u{7}'), "{made}");
        assert_eq!(is_well_formed(&made), Ok(()), "{made}");
    }
}

#[test]
fn what_is_drawn_is_dark_where_that_is_wanted() {
    let picture = picture(&report(vec![chapter("USD", 3, vec![("cto", 5_000_000)])]));
    assert!(picture.contains("prefers-color-scheme:dark"), "{picture}");
    for class in ["class=\"series\" fill", "class=\"ink\" fill", "class=\"muted\" fill", "class=\"grid-line\" stroke"] {
        assert!(picture.contains(class), "{class} {picture}");
    }
    // Whatever is coloured has a class.
    for part in picture.split('<').filter(|part| part.contains("fill=\"#") || part.contains("stroke=\"#")) {
        assert!(part.contains("class=\""), "{part}");
    }
}
