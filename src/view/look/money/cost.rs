//! What was spent, by whom, on what, for what, when.

use crate::choice;
use crate::engine::budget;
use crate::model::budget::{Scope, Window};
use crate::model::snapshot::Sum;
use crate::model::{Money, Scalar as _, Snapshot};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

choice! {
    /// By what spending is told apart.
    pub enum By {
        "agent" => Agent, "project" => Project, "goal" => Goal, "routine" => Routine, "model" => Model,
        "ticket" => Ticket, "day" => Day,
    }
}

/// Most rows that are shown; what the others come to is one more. A company has more tickets than anybody reads.
pub const ROWS_MAX: usize = 200;

/// What was spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Since when; none: ever.
    pub since: Option<Timestamp>,
    /// All of it.
    pub total: CostRow,
    /// Its parts, the largest first; days in their order.
    pub rows: Vec<CostRow>,
    /// Runs that are going on, and what is reserved for them.
    pub open: CostRow,
}

/// A part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostRow {
    /// What it is a part by: an agent, a project, a day. Empty for runs that have none.
    pub name: String,
    /// Runs.
    pub runs: i64,
    /// Tokens of every kind.
    pub tokens: i64,
    /// Money, one amount for each currency.
    pub cost: Vec<String>,
    /// Runs whose cost is not known; what was reserved for them is in `cost`.
    pub unpriced: i64,
}

/// What was spent since then, by something.
///
/// # Errors
/// `since` is no time.
pub fn cost(snapshot: &Snapshot, by: By, since: Option<&str>, now: Timestamp) -> Result<Cost, String> {
    let since = begin(snapshot, since.unwrap_or("month"), now)?;
    let tally = &snapshot.history().tally;
    let total = tally.spent(&Scope::Company, since);
    let named = |wanted: fn(&Scope) -> Option<String>| -> Vec<(String, Sum)> {
        // Tickets come last, and are by far the most.
        let last = by != By::Ticket;
        let scopes = tally.scopes(since).take_while(|(scope, _)| !last || !matches!(scope, Scope::Ticket(_)));
        scopes.filter_map(|(scope, sum)| Some((wanted(scope)?, sum))).collect()
    };
    let mut parts = match by {
        By::Agent => named(|scope| if let Scope::Agent(slug) = scope { Some(slug.to_string()) } else { None }),
        By::Project => named(|scope| if let Scope::Project(slug) = scope { Some(slug.to_string()) } else { None }),
        By::Goal => named(|scope| if let Scope::Goal(slug) = scope { Some(slug.to_string()) } else { None }),
        By::Routine => named(|scope| if let Scope::Routine(slug) = scope { Some(slug.to_string()) } else { None }),
        By::Ticket => named(|scope| if let Scope::Ticket(id) = scope { Some(id.to_string()) } else { None }),
        By::Model => tally.models(since).map(|(model, sum)| (model.to_owned(), sum)).collect(),
        By::Day => days(snapshot, since),
    };
    parts.retain(|(_, sum)| *sum != Sum::default());
    let mut rest = total.clone();
    for (_, sum) in &parts {
        rest.add(sum, -1);
    }
    if rest != Sum::default() {
        parts.push((String::new(), rest));
    }
    if by != By::Day {
        let weight = |sum: &Sum| sum.money.values().copied().max().unwrap_or(0);
        parts.sort_by(|(one, a), (other, b)| {
            (weight(b), b.tokens, b.runs, one).cmp(&(weight(a), a.tokens, a.runs, other))
        });
    }
    let mut rows: Vec<CostRow> = Vec::new();
    let skipped = parts.len().saturating_sub(ROWS_MAX);
    let (shown, others) = match by {
        // Of days the last say most.
        By::Day => {
            let (others, shown) = parts.split_at(skipped);
            (shown, others)
        }
        _ => parts.split_at(parts.len() - skipped),
    };
    rows.extend(shown.iter().map(|(name, sum)| row(name.clone(), sum)));
    if skipped > 0 {
        let mut sum = Sum::default();
        others.iter().for_each(|(_, part)| sum.add(part, 1));
        rows.push(row(format!("{skipped} others"), &sum));
    }
    let mut reserved = Sum::default();
    snapshot.open_runs().for_each(|run| reserved.add(&Sum::of_ceiling(&run.reserved), 1));
    Ok(Cost { since, total: row("total".to_owned(), &total), rows, open: row("reserved".to_owned(), &reserved) })
}

/// Since when: `all`; the beginning of this `day`, `week` or `month`; a day; an instant; a length of time before now.
pub(super) fn begin(snapshot: &Snapshot, since: &str, now: Timestamp) -> Result<Option<Timestamp>, String> {
    match since {
        "all" => return Ok(None),
        "day" | "week" | "month" => return Ok(budget::window(snapshot, Window::parse(since)?, now).0),
        _ => {}
    }
    if let Ok(length) = crate::model::Interval::parse(since) {
        return Ok(budget::window(snapshot, Window::Rolling(length), now).0);
    }
    if let Ok(date) = since.parse::<jiff::civil::Date>() {
        let zone = snapshot.company.timezone.rules().clone();
        return Ok(date.to_zoned(zone).ok().map(|zoned| zoned.timestamp()));
    }
    let words = "`day`, `week`, `month`, `all`, a date such as `2026-11-01`, or a length of time such as `7d`";
    since.parse().map(Some).map_err(|_| format!("`{since}` is no time: write {words}"))
}

/// By days of the company's zone.
fn days(snapshot: &Snapshot, since: Option<Timestamp>) -> Vec<(String, Sum)> {
    let zone = snapshot.company.timezone.rules();
    let mut days: BTreeMap<jiff::civil::Date, Sum> = BTreeMap::new();
    for (at, sum) in snapshot.history().tally.parts(&Scope::Company, since.unwrap_or(Timestamp::MIN)) {
        days.entry(at.to_zoned(zone.clone()).date()).or_default().add(&sum, 1);
    }
    days.into_iter().map(|(day, sum)| (day.to_string(), sum)).collect()
}

fn row(name: String, sum: &Sum) -> CostRow {
    let clamp = |figure: i128| i64::try_from(figure).unwrap_or(i64::MAX);
    CostRow {
        name,
        runs: clamp(sum.runs),
        tokens: clamp(sum.tokens),
        cost: sum
            .money
            .iter()
            .map(|(currency, micro)| Money::from_micro(clamp(*micro), *currency).to_string())
            .collect(),
        unpriced: clamp(sum.unpriced),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{at, company, ran, ticket};
    use crate::model::Choice as _;
    use crate::model::run::RunOutcome;
    use crate::model::status::TicketStatus;

    #[test]
    fn parts_come_to_the_whole_whatever_they_are_told_apart_by() {
        let mut snapshot = company();
        for number in 1..=3 {
            ticket(&mut snapshot, number, TicketStatus::Todo, |_| {});
            for minutes in 0..i64::from(number) {
                ran(&mut snapshot, number, i64::from(number) * 100 + minutes, RunOutcome::Succeeded, true);
            }
        }
        for (word, by) in By::ALL {
            let cost = cost(&snapshot, *by, Some("all"), at(2_000)).unwrap();
            assert_eq!(cost.total.runs, 6, "{word}");
            assert_eq!(cost.rows.iter().map(|row| row.runs).sum::<i64>(), 6, "{word}");
            assert_eq!(cost.rows.iter().map(|row| row.unpriced).sum::<i64>(), 6, "{word}");
        }
        let tickets = cost(&snapshot, By::Ticket, Some("all"), at(2_000)).unwrap();
        let told: Vec<_> = tickets.rows.iter().map(|row| (row.name.as_str(), row.runs)).collect();
        assert_eq!(told, [("ACME-3", 3), ("ACME-2", 2), ("ACME-1", 1)]);
        let models = cost(&snapshot, By::Model, Some("all"), at(2_000)).unwrap();
        assert_eq!(models.rows[0].name, "");
    }

    #[test]
    fn since_is_a_word_a_day_or_a_length() {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
        ran(&mut snapshot, 1, 0, RunOutcome::Succeeded, true);
        // at(0) is 2025-11-20T10:00:00Z.
        for (since, now, runs) in [
            (None, at(0), 1),
            (None, at(60 * 24 * 30), 0),
            (Some("all"), at(60 * 24 * 30), 1),
            (Some("day"), at(1), 1),
            (Some("day"), at(60 * 24), 0),
            (Some("2025-11-20"), at(60 * 24), 1),
            (Some("2025-11-21"), at(60 * 24 * 3), 0),
            (Some("2d"), at(60 * 24), 1),
            (Some("2h"), at(60 * 24), 0),
            (Some("2025-11-20T11:00:00Z"), at(60 * 24), 0),
        ] {
            let cost = cost(&snapshot, By::Agent, since, now).unwrap();
            assert_eq!(cost.total.runs, runs, "{since:?}");
        }
        assert!(cost(&snapshot, By::Agent, Some("soon"), at(0)).unwrap_err().starts_with("`soon` is no time"));
    }
}
