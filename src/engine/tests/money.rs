//! What runs are charged, and that no limit is passed by starting one.

use super::{report, start};
use crate::engine::budget::Scopes;
use crate::engine::testing::{at, company, happen, hire, id, slug, ticket};
use crate::engine::{Due, Lost, Report, Verb, What, pending};
use crate::model::agent::Settings;
use crate::model::budget::{AtLimit, Budget, Scope, Window};
use crate::model::money::{Amount, Percent};
use crate::model::price::Price;
use crate::model::run::{Ceiling, RunOutcome, Spent, Usage};
use crate::model::snapshot::Sum;
use crate::model::status::TicketStatus;
use crate::model::{Currency, Money, RunId, Scalar as _, Snapshot};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn price(model: &str) -> Price {
    let dollars = |text| money(text);
    Price {
        model: model.to_owned(),
        provider: None,
        from: None,
        input: dollars("1.00 USD"),
        cached_input: dollars("0.10 USD"),
        cache_write: dollars("1.00 USD"),
        output: dollars("10.00 USD"),
    }
}

fn tokens(input: u64, output: u64) -> Usage {
    Usage { input, output, ..Usage::default() }
}

fn ended(spent: Spent, at_least: Option<Usage>) -> Box<Report> {
    Box::new(Report { spent, at_least, ..*report(RunOutcome::Succeeded, 1) })
}

/// What the company has spent, in millionths of a dollar and in tokens.
fn spent(snapshot: &Snapshot) -> (i128, i128) {
    let sum = snapshot.history().tally.spent(&Scope::Company, None);
    (sum.micro(Currency::USD), sum.tokens)
}

#[test]
fn a_cost_is_reported_or_computed_or_assumed() {
    let model = |name: &str| Some(name.to_owned());
    let used = |usage, name| Spent { usage: Some(usage), model: model(name), ..Spent::default() };
    for (what, spent_, at_least, expected, source) in [
        (
            "reported",
            Spent { cost: Some(money("0.30 USD")), ..used(tokens(1_000, 10), "m") },
            None,
            (300_000, 1_010),
            Some("reported"),
        ),
        ("by the company's price", used(tokens(1_000, 10), "m"), None, (1_100, 1_010), Some("computed")),
        ("by the card", used(tokens(1_000_000, 0), "gpt-5.2"), None, (1_750_000, 1_000_000), Some("computed")),
        ("unpriced", used(tokens(1_000, 10), "nobody-knows"), None, (2_000_000, 1_010), None),
        ("nothing was used", used(tokens(0, 0), "m"), None, (2_000_000, 0), None),
        ("nobody knows", Spent::default(), None, (2_000_000, 4_000_000), Some("assumed")),
        (
            "less than reserved, and how much is not known",
            Spent { model: model("m"), ..Spent::default() },
            Some(tokens(5, 5)),
            (2_000_000, 4_000_000),
            Some("assumed"),
        ),
        (
            "more than reserved, and how much is not known",
            Spent { model: model("m"), ..Spent::default() },
            Some(tokens(5_000_000, 0)),
            (5_000_000, 5_000_000),
            Some("computed"),
        ),
    ] {
        let mut snapshot = company();
        snapshot.put_prices(vec![price("m")]);
        ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
        let run = start(&mut snapshot, 0);
        let mut report = ended(spent_, at_least);
        report.spent.cost_source = report.spent.cost.map(|_| "reported".to_owned());
        happen(&mut snapshot, What::RunEnded { run: run.clone(), report }, 1).unwrap();
        assert_eq!(spent(&snapshot), expected, "{what}");
        let settled = &snapshot.run(run.as_str()).unwrap().end().unwrap().spent;
        assert_eq!(settled.cost_source.as_deref(), source, "{what}");
    }
}

#[test]
fn what_was_assumed_of_a_run_is_corrected_by_somebody_who_knows() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    let run = start(&mut snapshot, 0);
    let say = |snapshot: &mut Snapshot, run: &RunId, cost: &str, reason: &str| {
        let (cost, reason) = (Money::parse(cost).unwrap(), reason.to_owned());
        let verb = Verb::CorrectRun { run: run.clone(), cost, usage: None, reason };
        happen(snapshot, What::Request { by: crate::engine::testing::ada(), verb }, 2)
    };
    assert!(say(&mut snapshot, &run, "0.30 USD", "seen").is_err(), "it is not over");
    happen(&mut snapshot, What::RunEnded { run: run.clone(), report: ended(Spent::default(), None) }, 1).unwrap();
    assert_eq!(spent(&snapshot), (2_000_000, 4_000_000));
    assert!(say(&mut snapshot, &run, "0.30 USD", " ").is_err(), "nobody says how that is known");
    assert!(say(&mut snapshot, &RunId::parse("r-none").unwrap(), "0.30 USD", "seen").is_err());
    for (cost, micro) in [("0.30 USD", 300_000), ("0.40 USD", 400_000), ("0.00 USD", 0)] {
        let plan = say(&mut snapshot, &run, cost, "the provider's account").unwrap();
        assert_eq!(plan.edits.len(), 1, "{plan:?}");
        assert_eq!(spent(&snapshot), (micro, 4_000_000));
        assert!(say(&mut snapshot, &run, cost, "the provider's account").unwrap().edits.is_empty(), "once");
    }
    assert_eq!(snapshot.history().corrected(&run).unwrap().id, format!("{run}-4"));
}

#[test]
fn a_price_that_becomes_known_corrects_the_run_itself_and_once() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    let run = start(&mut snapshot, 0);
    let unpriced = Spent { usage: Some(tokens(1_000, 10)), model: Some("nobody-knows".to_owned()), ..Spent::default() };
    happen(&mut snapshot, What::RunEnded { run: run.clone(), report: ended(unpriced, None) }, 1).unwrap();
    assert_eq!(spent(&snapshot), (2_000_000, 1_010));
    let due =
        |snapshot: &Snapshot| pending(snapshot, at(2)).due.into_iter().find(|due| matches!(due, Due::Price { .. }));
    assert_eq!(due(&snapshot), None);
    snapshot.put_prices(vec![price("nobody-knows")]);
    let priced = due(&snapshot).unwrap();
    assert_eq!(priced, Due::Price { runs: vec![run.clone()] });
    let plan = happen(&mut snapshot, What::Due(priced.clone()), 2).unwrap();
    assert_eq!(plan.reason.subject, "1 run that had no price is corrected");
    assert_eq!(spent(&snapshot), (1_100, 1_010));
    assert_eq!(due(&snapshot), None);
    assert_eq!(happen(&mut snapshot, What::Due(priced), 3).unwrap().edits, []);
    // By the time of the run, not of the correction.
    let day = snapshot.history().tally.spent(&Scope::Agent(slug("dev")), Some(at(-1)));
    assert_eq!(day.micro(Currency::USD), 1_100);
    assert_eq!(snapshot.history().tally.spent(&Scope::Company, Some(at(20))), Sum::default());
}

#[test]
fn who_reads_the_ticket_is_told_that_the_ceiling_was_reached() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    let run = start(&mut snapshot, 0);
    let mut report = report(RunOutcome::Failed, 1);
    report.over_ceiling = true;
    report.note = Some("it spent 2.10 USD, more than its ceiling of 2.00 USD".to_owned());
    let plan = happen(&mut snapshot, What::RunEnded { run, report }, 1).unwrap();
    let said = plan.edits.iter().find_map(|edit| match edit {
        crate::model::plan::Edit::NewEntry { body, .. } => Some(body.as_str()),
        _ => None,
    });
    assert!(said.unwrap().contains("it spent 2.10 USD, more than its ceiling of 2.00 USD"), "{said:?}");
    let after = snapshot.ticket(&id(1)).unwrap();
    assert_eq!((after.head.status, &after.lock), (TicketStatus::Todo, &None));
}

#[test]
fn the_board_is_told_once_when_it_wants_to_be_and_once_when_all_is_spent() {
    let mut snapshot = company();
    snapshot.put_budgets(vec![Budget {
        scope: Scope::Agent(slug("dev")),
        window: Window::Day,
        limit: Amount::parse("10.00 USD").unwrap(),
        warn_at: Percent(50),
        at_limit: AtLimit::Stop,
    }]);
    let mut told = Vec::new();
    for (number, cost) in (1..).zip(["2.00 USD", "2.99 USD", "0.01 USD", "1.00 USD", "1.50 USD", "2.50 USD"]) {
        ticket(&mut snapshot, number, TicketStatus::Todo, |_| {});
        let minutes = i64::from(number) * 5;
        let run = start(&mut snapshot, minutes);
        let spent = Spent { cost: Some(money(cost)), ..Spent::default() };
        let plan = happen(&mut snapshot, What::RunEnded { run, report: ended(spent, None) }, minutes + 1).unwrap();
        told.extend(plan.effects.into_iter().filter_map(|effect| match effect {
            crate::model::plan::Effect::Tell(notice) => Some((number, notice.title)),
            _ => None,
        }));
        happen(&mut snapshot, called_off(number), minutes + 1).unwrap();
    }
    assert_eq!(
        told,
        [
            (3, "50% of the budget of agent:dev for the day is spent".to_owned()),
            // The last run took more than it had reserved.
            (6, "the budget of agent:dev for the day is spent".to_owned()),
        ]
    );
}

fn called_off(number: u32) -> What {
    What::Request {
        by: crate::engine::testing::ada(),
        verb: Verb::EditTicket {
            ticket: id(number),
            changes: vec![crate::model::plan::TicketChange::Status(TicketStatus::Cancelled)],
            reopen: false,
            reason: None,
        },
    }
}

#[test]
fn who_shares_an_account_waits_and_goes_on_one_after_another() {
    let mut snapshot = company();
    for name in ["dev", "cto", "qa"] {
        let adapter = crate::model::agent::Adapter { kind: Some("claude_local".to_owned()), ..Default::default() };
        let own = (name == "qa").then_some(crate::model::agent::Login::Own);
        let adapter = crate::model::agent::Adapter { login: own, ..adapter };
        hire(&mut snapshot, name, Settings { adapter: Some(adapter), ..Settings::default() });
    }
    for (number, name) in (1..).zip(["dev", "cto", "qa"]) {
        ticket(&mut snapshot, number, TicketStatus::Todo, |head| head.assignee = Some(slug(name)));
    }
    let hold = crate::model::local::AccountHold { until: at(30), run: "r-1".to_owned() };
    snapshot.put_holds([("claude_local".to_owned(), hold)].into());
    let woken = |snapshot: &Snapshot, at: jiff::Timestamp| -> Vec<String> {
        let due = pending(snapshot, at).due.into_iter();
        due.filter_map(|due| if let Due::Wake(wake) = due { Some(wake.agent.to_string()) } else { None }).collect()
    };
    assert_eq!(woken(&snapshot, at(0)), ["qa"]);
    assert_eq!(pending(&snapshot, at(0)).next, Some(at(30)));
    assert_eq!(woken(&snapshot, at(30)), ["cto", "qa"]);
    let later = at(30) + jiff::SignedDuration::from_secs(2);
    assert_eq!(woken(&snapshot, later), ["dev", "cto", "qa"]);
    // Whoever can be another program on another account is that meanwhile, unless that one rests as well.
    let adapter = |kind: &str| Some(crate::model::agent::Adapter { kind: Some(kind.to_owned()), ..Default::default() });
    let both = Settings { adapter: adapter("claude_local"), fallback: adapter("codex_local"), ..Settings::default() };
    hire(&mut snapshot, "dev", both);
    let is = |snapshot: &Snapshot, seconds: i64| {
        let worker = snapshot.worker("dev").unwrap();
        crate::engine::account::adapter(snapshot, worker, at(0) + jiff::SignedDuration::from_secs(seconds))
            .kind
            .unwrap()
    };
    assert_eq!((woken(&snapshot, at(0)), is(&snapshot, 0).as_str()), (vec!["dev".into(), "qa".into()], "codex_local"));
    assert_eq!(is(&snapshot, 40 * 60), "claude_local");
    let until = |minutes| crate::model::local::AccountHold { until: at(minutes), run: "r-1".to_owned() };
    snapshot.put_holds([("claude_local".to_owned(), until(30)), ("codex_local".to_owned(), until(20))].into());
    assert_eq!((woken(&snapshot, at(0)), is(&snapshot, 0).as_str()), (vec!["qa".into()], "claude_local"));
    assert_eq!(pending(&snapshot, at(0)).next, Some(at(20)));
    snapshot.put_holds(BTreeMap::new());
    assert_eq!(woken(&snapshot, at(0)).len(), 3);
}

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// Time passes, and whatever is due is decided.
    Wait(u8),
    /// One of the runs ends, and says this.
    End(prop::sample::Index, Option<u32>, Option<u32>),
    /// One of the runs dies.
    Die(prop::sample::Index, bool),
    /// A price becomes known.
    Learn,
    /// The board changes a limit.
    Limit(prop::sample::Index, u8),
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (1..90_u8).prop_map(Step::Wait),
        4 => (index(), prop::option::of(0..2_000_000_u32), prop::option::of(0..4_000_000_u32))
            .prop_map(|(run, cost, tokens)| Step::End(run, cost, tokens)),
        2 => (index(), any::<bool>()).prop_map(|(run, started)| Step::Die(run, started)),
        1 => Just(Step::Learn),
        1 => (index(), 1..30_u8).prop_map(|(budget, limit)| Step::Limit(budget, limit)),
    ]
}

fn limits() -> Vec<Budget> {
    let limit = |scope: &str, window: &str, limit: &str| Budget {
        scope: Scope::parse(scope).unwrap(),
        window: Window::parse(window).unwrap(),
        limit: Amount::parse(limit).unwrap(),
        warn_at: Percent(80),
        at_limit: AtLimit::Stop,
    };
    vec![
        limit("company", "day", "9.00 USD"),
        limit("company", "rolling 5h", "30M tokens"),
        limit("agent:dev", "week", "6.00 USD"),
        limit("agent:cto", "lifetime", "12 runs"),
        limit("project:web", "month", "20M tokens"),
        limit("ticket:ACME-1", "rolling 5h", "5.00 USD"),
    ]
}

/// What a run counts for in the unit of a limit, said anew and not by the engine's own sums.
fn counts(limit: &Amount, money: Option<Money>, tokens: u64) -> i128 {
    match limit {
        Amount::Money(_) => money.map_or(0, |money| i128::from(money.micro())),
        Amount::Tokens(_) => i128::from(tokens),
        Amount::Runs(_) => 1,
    }
}

fn most(limit: &Amount) -> i128 {
    match limit {
        Amount::Money(money) => i128::from(money.micro()),
        Amount::Tokens(count) | Amount::Runs(count) => i128::from(count.0),
    }
}

/// What all runs come to in a limit's scope and window, counted one by one.
fn by_hand(snapshot: &Snapshot, budget: &Budget, now: jiff::Timestamp) -> i128 {
    let since = crate::engine::budget::window(snapshot, budget.window, now).0;
    // A rolling window is rounded outwards to a quarter of an hour.
    let grain = |at: jiff::Timestamp| at.as_second().div_euclid(900);
    let inside = |at: jiff::Timestamp| since.is_none_or(|since| grain(at) >= grain(since));
    let of = |run: &crate::model::run::Run| {
        let announced = run.announced()?;
        if !Scopes::of_run(run).within(snapshot, &budget.scope) {
            return None;
        }
        let Ceiling { money, tokens } = run.reserved;
        match snapshot.history().spent_by(run) {
            None => Some(counts(&budget.limit, money, tokens.unwrap_or(0))),
            Some(spent) if inside(announced) => {
                let used = spent.usage.map_or(tokens.unwrap_or(0), |usage| usage.total());
                Some(counts(&budget.limit, spent.cost.or(money), used))
            }
            Some(_) => None,
        }
    };
    snapshot.runs().values().filter_map(|run| of(run)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever ends, dies, becomes known or is changed: no run starts where it would not fit, every reservation ends in one
    /// settlement, and the sums that are kept are those of the runs.
    #[test]
    fn nothing_starts_without_room(steps in prop::collection::vec(step(), 1..60)) {
        let mut snapshot = company();
        for name in ["dev", "cto", "qa"] {
            let settings = Settings { max_concurrent_runs: Some(3), cooldown: Some(crate::model::Interval::from_ms(0)), ..Settings::default() };
            hire(&mut snapshot, name, settings);
        }
        for number in 1..=9 {
            ticket(&mut snapshot, number, TicketStatus::Todo, |head| {
                head.assignee = Some(slug(["dev", "cto", "qa"][number as usize % 3]));
                head.project = (number % 2 == 0).then(|| slug("web"));
            });
        }
        let mut budgets = limits();
        snapshot.put_budgets(budgets.clone());
        let mut minutes = 0;
        let mut settled: BTreeMap<RunId, u32> = BTreeMap::new();
        for step in steps {
            let open: Vec<RunId> = snapshot.open_runs().map(|run| run.id.clone()).collect();
            let over = match step {
                Step::Wait(by) => {
                    minutes += i64::from(by);
                    None
                }
                Step::Learn => {
                    snapshot.put_prices(vec![price("m")]);
                    None
                }
                Step::Limit(budget, limit) => {
                    let budget = budget.get_mut(&mut budgets);
                    budget.limit = match budget.limit {
                        Amount::Money(_) => Amount::Money(Money::from_micro(i64::from(limit) * 1_000_000, Currency::USD)),
                        Amount::Tokens(_) => Amount::Tokens(crate::model::money::Count(u64::from(limit) * 1_000_000)),
                        Amount::Runs(_) => Amount::Runs(crate::model::money::Count(u64::from(limit))),
                    };
                    snapshot.put_budgets(budgets.clone());
                    None
                }
                Step::End(..) | Step::Die(..) if open.is_empty() => None,
                Step::End(run, cost, used) => {
                    let spent = Spent {
                        usage: used.map(|used| tokens(u64::from(used), 0)),
                        cost: cost.map(|cost| Money::from_micro(i64::from(cost), Currency::USD)),
                        model: Some("m".to_owned()),
                        ..Spent::default()
                    };
                    let report = Box::new(Report { at: at(minutes), ..*ended(spent, None) });
                    Some(What::RunEnded { run: run.get(&open).clone(), report })
                }
                Step::Die(run, started) => {
                    let why = if started { Lost::SupervisorDied } else { Lost::NeverStarted };
                    Some(What::RunLost { run: run.get(&open).clone(), why })
                }
            };
            if let Some(over) = over {
                let (What::RunEnded { run, .. } | What::RunLost { run, .. }) = over.clone() else { unreachable!() };
                happen(&mut snapshot, over.clone(), minutes).unwrap();
                *settled.entry(run).or_default() += 1;
                // Told again after a crash, it is settled once.
                prop_assert_eq!(happen(&mut snapshot, over, minutes).unwrap().edits, []);
            }
            for due in pending(&snapshot, at(minutes)).due {
                let starts = matches!(due, Due::Wake(_));
                let before: Vec<RunId> = snapshot.open_runs().map(|run| run.id.clone()).collect();
                if happen(&mut snapshot, What::Due(due), minutes).is_err() || !starts {
                    continue;
                }
                let new: Vec<_> = snapshot.open_runs().filter(|run| !before.contains(&run.id)).cloned().collect();
                for run in new {
                    for budget in &budgets {
                        if Scopes::of_run(&run).within(&snapshot, &budget.scope) {
                            let sum = by_hand(&snapshot, budget, at(minutes));
                            prop_assert!(sum <= most(&budget.limit), "{}: {sum} of {:?}", budget.scope, budget.limit);
                        }
                    }
                }
            }
            let unsettled = snapshot.open_runs().count();
            prop_assert_eq!(snapshot.runs().len(), unsettled + settled.len());
            for budget in &budgets {
                let level = crate::engine::budget::level(&snapshot, budget, at(minutes));
                prop_assert_eq!(level.spent + level.reserved, by_hand(&snapshot, budget, at(minutes)));
            }
        }
        prop_assert!(settled.values().all(|times| *times == 1));
    }
}
