//! What a report of costs shows: what was spent over time and by whom, on what, in each currency and in tokens.

use super::budgets::{self, BudgetRow};
use super::cost::begin;
use crate::model::budget::Scope;
use crate::model::snapshot::Sum;
use crate::model::{Currency, Money, Snapshot};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most parts of a whole that are told apart; the others are one more.
const PARTS_MAX: usize = 12;

/// Most days and weeks that stand beside each other; longer ones are told by weeks, and by months.
const DAYS_MAX: i32 = 62;
const WEEKS_MAX: i32 = 7 * 62;

/// What a report of costs shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The company.
    pub company: String,
    /// The first day it is about.
    pub since: Option<Date>,
    /// The day it was made, in the company's zone.
    pub until: Date,
    /// Runs that ended.
    pub runs: i64,
    /// Runs whose cost is not known; what was reserved for them counts.
    pub unpriced: i64,
    /// What is reserved for runs that go on.
    pub reserved: Vec<String>,
    /// What was spent, in each unit: currencies first, then tokens.
    pub chapters: Vec<Chapter>,
    /// Where the budgets stand, the tightest first.
    pub budgets: Vec<BudgetRow>,
}

/// What was spent in one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// `USD`, or `tokens`.
    pub unit: String,
    /// All of it, in millionths of the currency, or tokens.
    pub total: i64,
    /// The time that one of `times` is long: `day`, `week` or `month`.
    pub step: String,
    /// By the day they begin, none left out.
    pub times: Vec<(Date, i64)>,
    /// The same told apart, by agent, project and model, the largest first.
    pub parts: Vec<Parts>,
}

/// What was spent, told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// By what.
    pub by: String,
    /// The parts; `-` is what belongs to none.
    pub parts: Vec<(String, i64)>,
}

impl Chapter {
    /// A figure of this chapter, in words.
    pub fn shown(&self, figure: i64) -> String {
        match Currency::new(&self.unit) {
            Some(currency) => Money::from_micro(figure, currency).to_string(),
            None => format!("{figure} {}", self.unit),
        }
    }
}

/// The report of what was spent since then.
///
/// # Errors
/// `since` is no time.
pub fn report(snapshot: &Snapshot, since: Option<&str>, now: Timestamp) -> Result<Report, String> {
    let since = begin(snapshot, since.unwrap_or("month"), now)?;
    let tally = &snapshot.history().tally;
    let zone = snapshot.company.timezone.rules();
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let total = tally.spent(&Scope::Company, since);
    let mut days: BTreeMap<Date, Sum> = BTreeMap::new();
    for (at, sum) in tally.parts(&Scope::Company, since.unwrap_or(Timestamp::MIN)) {
        days.entry(day(at)).or_default().add(&sum, 1);
    }
    let until = day(now);
    let first = since.map(day).or_else(|| days.keys().next().copied());
    let named = |wanted: fn(&Scope) -> Option<String>| -> Vec<(String, Sum)> {
        let scopes = tally.scopes(since).take_while(|(scope, _)| !matches!(scope, Scope::Ticket(_)));
        scopes.filter_map(|(scope, sum)| Some((wanted(scope)?, sum))).collect()
    };
    let told = [
        ("agent", named(|scope| if let Scope::Agent(slug) = scope { Some(slug.to_string()) } else { None })),
        ("project", named(|scope| if let Scope::Project(slug) = scope { Some(slug.to_string()) } else { None })),
        ("model", tally.models(since).map(|(model, sum)| (model.to_owned(), sum)).collect()),
    ];
    let mut chapters = Vec::new();
    let mut chapter = |unit: String, figure: &dyn Fn(&Sum) -> i128| {
        let whole = figure(&total);
        let by_day: BTreeMap<Date, i128> = days.iter().map(|(day, sum)| (*day, figure(sum))).collect();
        let (step, times) = times(first, until, &by_day);
        let parts = told.iter().map(|(by, parts)| {
            let parts = parts.iter().map(|(name, sum)| (name.clone(), figure(sum))).collect();
            Parts { by: (*by).to_owned(), parts: largest(parts, whole) }
        });
        chapters.push(Chapter { unit, total: clamp(whole), step: step.to_owned(), times, parts: parts.collect() });
    };
    for currency in total.money.keys() {
        chapter(currency.code().to_owned(), &|sum| sum.micro(*currency));
    }
    chapter("tokens".to_owned(), &|sum| sum.tokens);
    let mut reserved = Sum::default();
    snapshot.open_runs().for_each(|run| reserved.add(&Sum::of_ceiling(&run.reserved), 1));
    Ok(Report {
        company: snapshot.company.name.clone(),
        since: first,
        until,
        runs: clamp(total.runs),
        unpriced: clamp(total.unpriced),
        reserved: reserved
            .money
            .iter()
            .map(|(unit, micro)| Money::from_micro(clamp(*micro), *unit).to_string())
            .collect(),
        chapters,
        budgets: budgets::rows(snapshot, now),
    })
}

fn clamp(figure: i128) -> i64 {
    i64::try_from(figure).unwrap_or(i64::MAX)
}

/// What was spent in each day, week or month from the first to the last, none left out.
fn times(first: Option<Date>, last: Date, days: &BTreeMap<Date, i128>) -> (&'static str, Vec<(Date, i64)>) {
    let Some(first) = first.filter(|first| *first <= last) else { return ("day", Vec::new()) };
    let length = first.until(last).map_or(i32::MAX, |span| span.get_days());
    let (step, begin): (_, fn(Date) -> Date) = if length < DAYS_MAX {
        ("day", |day| day)
    } else if length < WEEKS_MAX {
        ("week", |day| {
            let monday = i64::from(day.weekday().to_monday_zero_offset());
            day.checked_sub(monday.days()).unwrap_or(day)
        })
    } else {
        ("month", Date::first_of_month)
    };
    let mut times: BTreeMap<Date, i128> = BTreeMap::new();
    let mut at = begin(first);
    while at <= last {
        times.insert(at, 0);
        let next = match step {
            "day" => at.checked_add(1.day()),
            "week" => at.checked_add(7.days()),
            _ => at.checked_add(1.month()),
        };
        let Ok(next) = next else { break };
        at = next;
    }
    for (day, figure) in days {
        *times.entry(begin(*day)).or_default() += figure;
    }
    (step, times.into_iter().map(|(day, figure)| (day, clamp(figure))).collect())
}

/// The largest parts, and what the others come to; what belongs to none is a part as well.
fn largest(mut parts: Vec<(String, i128)>, whole: i128) -> Vec<(String, i64)> {
    parts.retain(|(_, figure)| *figure != 0);
    for (name, _) in &mut parts {
        if name.is_empty() {
            "-".clone_into(name);
        }
    }
    let rest = whole - parts.iter().map(|(_, figure)| figure).sum::<i128>();
    if rest != 0 {
        parts.push(("-".to_owned(), rest));
    }
    parts.sort_by(|(one, a), (other, b)| (b, one).cmp(&(a, other)));
    if parts.len() > PARTS_MAX {
        let others = parts.split_off(PARTS_MAX - 1);
        parts.push((format!("{} others", others.len()), others.iter().map(|(_, figure)| figure).sum()));
    }
    parts.into_iter().map(|(name, figure)| (name, clamp(figure))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_days_then_weeks_then_months_and_lose_nothing() {
        for (first, last, step, count) in [
            ("2026-11-01", "2026-11-29", "day", 29),
            ("2026-11-29", "2026-11-29", "day", 1),
            ("2026-06-01", "2026-11-29", "week", 26),
            ("2020-01-15", "2026-11-29", "month", 83),
        ] {
            let days = [(date(first), 3), (date(last), 4)];
            let days = days.into_iter().fold(BTreeMap::new(), |mut days, (day, figure)| {
                *days.entry(day).or_default() += figure;
                days
            });
            let (found, times) = times(Some(date(first)), date(last), &days);
            assert_eq!((found, times.len()), (step, count), "{first} {last}");
            assert_eq!(times.iter().map(|(_, figure)| figure).sum::<i64>(), 7);
            assert!(times.windows(2).all(|two| two[0].0 < two[1].0));
        }
        assert_eq!(times(None, date("2026-11-29"), &BTreeMap::new()), ("day", Vec::new()));
        // A clock that went back.
        assert_eq!(times(Some(date("2026-12-01")), date("2026-11-29"), &BTreeMap::new()).1, []);
    }

    #[test]
    fn parts_come_to_the_whole() {
        let parts = |count: i128| (1..=count).map(|figure| (format!("a{figure:02}"), figure)).collect::<Vec<_>>();
        for count in [0, 1, 12, 13, 500] {
            let whole: i128 = (1..=count).sum::<i128>() + 7;
            let told = largest(parts(count), whole);
            assert!(told.len() <= PARTS_MAX);
            assert_eq!(told.iter().map(|(_, figure)| i128::from(*figure)).sum::<i128>(), whole);
        }
        let told = largest(parts(13), 91);
        assert_eq!((told[0].clone(), told[11].clone()), (("a13".to_owned(), 13), ("2 others".to_owned(), 3)));
    }

    #[test]
    fn a_company_without_a_run_has_a_report() {
        let snapshot = crate::engine::testing::company();
        let report = report(&snapshot, Some("all"), crate::engine::testing::at(0)).unwrap();
        assert_eq!((report.runs, report.chapters.len(), report.since), (0, 1, None));
        assert_eq!(report.chapters[0].shown(5), "5 tokens");
    }
}
