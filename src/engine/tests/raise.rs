//! Work that waits for money is put before the board, and goes on when the board allows more.

use super::{report, start};
use crate::engine::budget::{ceilings, level};
use crate::engine::testing::{ada, at, company, happen, slug, ticket};
use crate::engine::{Change, Step, Worth};
use crate::engine::{Due, Refusal, Report, Verb, What, pending};
use crate::model::approval::{Approval, ApprovalKind, Lasts, Raise, Terms, Verdict};
use crate::model::budget::{AtLimit, Budget, Scope, Window};
use crate::model::money::{Amount, Percent};
use crate::model::plan::{Edit, Effect, Plan};
use crate::model::run::{RunOutcome, Spent, Usage};
use crate::model::status::{ApprovalStatus, TicketStatus};
use crate::model::{ApprovalId, Money, Scalar as _, Snapshot};
use proptest::prelude::*;

/// Minutes of a day.
const DAY: i64 = 24 * 60;

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn budget(window: &str, limit: &str) -> Budget {
    Budget {
        scope: Scope::Agent(slug("dev")),
        window: Window::parse(window).unwrap(),
        limit: amount(limit),
        warn_at: Percent(80),
        at_limit: AtLimit::Stop,
    }
}

/// A company in which dev has a ticket, this budget, and spent this much of it in a run at minute 0.
fn spent(window: &str, limit: &str, cost: &str) -> Snapshot {
    let mut snapshot = company();
    snapshot.put_budgets(vec![budget(window, limit)]);
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    let run = start(&mut snapshot, 0);
    let cost = Some(Money::parse(cost).unwrap());
    let spent = Spent { usage: Some(Usage { input: 10, ..Usage::default() }), cost, ..Spent::default() };
    let report = Box::new(Report { spent, changed: true, ..*report(RunOutcome::Succeeded, 1) });
    happen(&mut snapshot, What::RunEnded { run, report }, 1).unwrap();
    snapshot
}

/// What is due at a minute.
fn due(snapshot: &Snapshot, minute: i64) -> Vec<Due> {
    pending(snapshot, at(minute)).due
}

/// Lets everything that is due happen, and says what the board is asked meanwhile.
fn all_due(snapshot: &mut Snapshot, minute: i64) -> Vec<ApprovalId> {
    let before: Vec<ApprovalId> = snapshot.approvals().keys().cloned().collect();
    for _ in 0..5 {
        for due in due(snapshot, minute) {
            // Of several wakes only the first may fit.
            drop(happen(snapshot, What::Due(due), minute));
        }
    }
    snapshot.approvals().keys().filter(|id| !before.contains(id)).cloned().collect()
}

fn decide(snapshot: &mut Snapshot, minute: i64, number: u32, verdict: Verdict, terms: Terms) -> Result<Plan, Refusal> {
    let approval = ApprovalId::parse(&format!("AP-{number}")).unwrap();
    let verb = Verb::Decide { approval, verdict, terms, on_behalf_of: None, comment: None, signed: false };
    happen(snapshot, What::Request { by: ada(), verb }, minute)
}

fn approval(snapshot: &Snapshot, number: u32) -> Approval {
    (**snapshot.approvals().get(&ApprovalId::parse(&format!("AP-{number}")).unwrap()).unwrap()).clone()
}

fn limit(snapshot: &Snapshot, minute: i64) -> i128 {
    level(snapshot, &snapshot.budgets()[0], at(minute)).limit
}

fn runs(snapshot: &Snapshot) -> usize {
    snapshot.open_runs().count()
}

#[test]
fn who_waits_for_money_has_the_board_asked_once() {
    let mut snapshot = spent("day", "3.00 USD", "1.50 USD");
    let asked = all_due(&mut snapshot, 5);
    assert_eq!((asked.len(), runs(&snapshot)), (1, 0));
    let asked = approval(&snapshot, 1);
    assert_eq!(asked.title, "raise the budget of agent:dev for the day from 3.00 USD to 4.50 USD");
    // It is money that the ticket waits for, and no answer.
    assert_eq!((asked.kind, asked.ticket.clone()), (ApprovalKind::BudgetOverride, None));
    // Then it begins anew, and there is nothing left to decide.
    assert_eq!(asked.expires, level(&snapshot, &snapshot.budgets()[0], at(5)).until);
    let raise = Raise {
        scope: Scope::Agent(slug("dev")),
        window: Window::Day,
        limit: amount("3.00 USD"),
        to: amount("4.50 USD"),
        lasts: Lasts::Once,
    };
    assert_eq!(asked.raise, Some(raise));
    assert_eq!(all_due(&mut snapshot, 6), []);
    // The next day there is money again, and what was asked lapses.
    all_due(&mut snapshot, DAY);
    assert_eq!((approval(&snapshot, 1).status, runs(&snapshot)), (ApprovalStatus::Cancelled, 1));
}

#[test]
fn other_runs_that_stand_in_the_way_are_no_matter_for_the_board() {
    let mut snapshot = company();
    snapshot.put_budgets(vec![budget("day", "3.00 USD")]);
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    ticket(&mut snapshot, 2, TicketStatus::Todo, |_| {});
    crate::engine::testing::hire(
        &mut snapshot,
        "dev",
        crate::model::agent::Settings { max_concurrent_runs: Some(2), ..Default::default() },
    );
    assert_eq!(all_due(&mut snapshot, 0), []);
    assert_eq!(runs(&snapshot), 1);
    // That it would never fit is one.
    snapshot.put_budgets(vec![budget("day", "1.50 USD")]);
    assert_eq!(all_due(&mut snapshot, 1).len(), 1);
    assert_eq!(approval(&snapshot, 1).raise.unwrap().to, amount("4.00 USD"));
}

#[test]
fn what_was_rejected_is_not_asked_again_before_the_window_is_over() {
    let mut snapshot = spent("day", "3.00 USD", "1.50 USD");
    all_due(&mut snapshot, 5);
    decide(&mut snapshot, 6, 1, Verdict::Rejected, Terms::default()).unwrap();
    assert_eq!(all_due(&mut snapshot, 7), []);
    assert_eq!((runs(&snapshot), limit(&snapshot, 7)), (0, 3_000_000));
    all_due(&mut snapshot, DAY);
    assert_eq!(runs(&snapshot), 1, "windows resume by themselves");
}

#[test]
fn more_is_allowed_once_or_for_good() {
    let once = Terms::default();
    let more = Terms { to: Some(amount("9.00 USD")), lasts: Some(Lasts::Once) };
    let for_good = Terms { to: None, lasts: Some(Lasts::ForGood) };
    for (window, terms, now, later, in_file) in [
        ("day", once, 4_500_000, 3_000_000, "3.00 USD"),
        ("day", more, 9_000_000, 3_000_000, "3.00 USD"),
        ("day", for_good, 4_500_000, 4_500_000, "4.50 USD"),
        ("rolling 5h", once, 4_500_000, 3_000_000, "3.00 USD"),
        ("lifetime", once, 4_500_000, 4_500_000, "3.00 USD"),
    ] {
        let mut snapshot = spent(window, "3.00 USD", "1.50 USD");
        all_due(&mut snapshot, 5);
        decide(&mut snapshot, 6, 1, Verdict::Approved, terms).unwrap();
        assert_eq!(limit(&snapshot, 6), now, "{window} {terms:?}");
        all_due(&mut snapshot, 7);
        assert_eq!(runs(&snapshot), 1, "{window} {terms:?}: work goes on");
        assert_eq!(limit(&snapshot, DAY + 7), later, "{window} {terms:?}");
        assert_eq!(snapshot.budgets()[0].limit, amount(in_file), "{window} {terms:?}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (to, why) in [
        ("3.00 USD", "3.00 USD is no more than the 3.00 USD there are"),
        ("3.10 USD", "3.20 USD are spent already"),
        ("9.00 EUR", "a budget of 3.00 USD cannot be raised to 9.00 EUR"),
        ("9 runs", "a budget of 3.00 USD cannot be raised to 9 runs"),
    ] {
        let mut snapshot = spent("day", "3.00 USD", "3.20 USD");
        all_due(&mut snapshot, 5);
        let terms = Terms { to: Some(amount(to)), lasts: None };
        let refused = decide(&mut snapshot, 6, 1, Verdict::Approved, terms).unwrap_err().to_string();
        assert!(refused.contains(why), "{to}: {refused}");
        assert!(approval(&snapshot, 1).is_open());
    }
    let mut snapshot = company();
    let asked = Approval::new(ApprovalKind::Request, "may I?");
    let ask = Verb::AskBoard { approval: Box::new(asked), body: String::new() };
    happen(&mut snapshot, What::Request { by: ada(), verb: ask }, 0).unwrap();
    let terms = Terms { to: Some(amount("9.00 USD")), lasts: None };
    let refused = decide(&mut snapshot, 1, 1, Verdict::Approved, terms).unwrap_err().to_string();
    assert!(refused.contains("AP-1 is not about a budget"), "{refused}");
}

#[test]
fn a_raise_of_a_limit_that_is_another_by_now_is_none() {
    let mut snapshot = spent("day", "3.00 USD", "1.50 USD");
    all_due(&mut snapshot, 5);
    decide(&mut snapshot, 6, 1, Verdict::Approved, Terms::default()).unwrap();
    assert_eq!(limit(&snapshot, 6), 4_500_000);
    // By hand it is lowered, and that holds.
    snapshot.put_budgets(vec![budget("day", "2.00 USD")]);
    assert_eq!(limit(&snapshot, 7), 2_000_000);
    let asked = all_due(&mut snapshot, 8);
    assert_eq!(asked.len(), 1, "it is asked anew");
    snapshot.put_budgets(vec![budget("day", "1.00 USD")]);
    let changed = What::TreeChanged { by: ada(), changes: vec![Change::Budgets] };
    happen(&mut snapshot, changed, 9).unwrap();
    assert_eq!(approval(&snapshot, 2).status, ApprovalStatus::Cancelled);
}

#[test]
fn written_into_the_file_it_is_decided_the_same() {
    let mut snapshot = spent("day", "3.00 USD", "1.50 USD");
    all_due(&mut snapshot, 5);
    let before = approval(&snapshot, 1);
    let mut after = before.clone();
    after.decision = Some(Verdict::Approved);
    after.raise = after.raise.map(|raise| Raise { to: amount("7.00 USD"), lasts: Lasts::ForGood, ..raise });
    let ap = ApprovalId::parse("AP-1").unwrap();
    snapshot.put_approval(&ap, Some(after.clone()));
    let change = Change::Approval {
        id: ap,
        before: Some(before.into()),
        steps: vec![Step { by: ada(), worth: Worth::Counts, at: at(6), approval: after }],
    };
    let plan = happen(&mut snapshot, What::TreeChanged { by: ada(), changes: vec![change] }, 6).unwrap();
    assert!(plan.reason.subject.contains("ada approves AP-1"), "{}", plan.reason.subject);
    assert!(plan.edits.iter().any(|edit| matches!(edit, Edit::BudgetLimit { .. })), "{:?}", plan.edits);
    assert_eq!(snapshot.budgets()[0].limit, amount("7.00 USD"));
    all_due(&mut snapshot, 7);
    assert_eq!(runs(&snapshot), 1);
}

/// Three runs of dev that were announced one after another, two dollars and four million tokens each.
fn three_runs(budgets: Vec<Budget>) -> Snapshot {
    let mut snapshot = company();
    snapshot.put_budgets(budgets);
    let settings = crate::model::agent::Settings { max_concurrent_runs: Some(4), ..Default::default() };
    crate::engine::testing::hire(&mut snapshot, "dev", settings);
    for number in 1..=3 {
        ticket(&mut snapshot, number, TicketStatus::Todo, |_| {});
        all_due(&mut snapshot, i64::from(number));
    }
    assert_eq!(runs(&snapshot), 3);
    snapshot
}

#[test]
fn a_limit_that_is_lowered_holds_for_runs_that_go_on() {
    for (limit, expected) in [
        ("9.00 USD", ["2.00 USD 4000000", "2.00 USD 4000000", "2.00 USD 4000000"]),
        ("5.00 USD", ["2.00 USD 4000000", "2.00 USD 4000000", "1.00 USD 4000000"]),
        ("1.50 USD", ["1.50 USD 4000000", "0.00 USD 4000000", "0.00 USD 4000000"]),
        ("5M tokens", ["2.00 USD 4000000", "2.00 USD 1000000", "2.00 USD 0"]),
        ("1 runs", ["2.00 USD 4000000", "2.00 USD 4000000", "2.00 USD 4000000"]),
        ("3.00 EUR", ["2.00 USD 4000000", "2.00 USD 4000000", "2.00 USD 4000000"]),
    ] {
        let mut snapshot = three_runs(vec![budget("day", "9.00 USD")]);
        snapshot.put_budgets(vec![budget("day", limit)]);
        let changed = What::TreeChanged { by: ada(), changes: vec![Change::Budgets] };
        let plan = happen(&mut snapshot, changed, 9).unwrap();
        assert_eq!(told(&snapshot, plan), expected, "{limit}");
    }
}

/// What runs are told that they may spend, in the order in which they were announced.
fn told(snapshot: &Snapshot, plan: Plan) -> Vec<String> {
    let mut told: Vec<(jiff::Timestamp, String)> = Vec::new();
    for effect in plan.effects {
        if let Effect::Limit { run, ceiling } = effect {
            let announced = snapshot.run(run.as_str()).unwrap().announced().unwrap();
            told.push((announced, format!("{} {}", ceiling.money.unwrap(), ceiling.tokens.unwrap())));
        }
    }
    told.sort();
    told.into_iter().map(|(_, told)| told).collect()
}

#[test]
fn a_limit_that_is_raised_holds_for_runs_that_were_told_to_spend_less() {
    for lasts in [Lasts::Once, Lasts::ForGood] {
        let mut snapshot = three_runs(vec![budget("day", "9.00 USD")]);
        snapshot.put_budgets(vec![budget("day", "1.50 USD")]);
        ticket(&mut snapshot, 4, TicketStatus::Todo, |_| {});
        all_due(&mut snapshot, 5);
        let terms = Terms { to: Some(amount("3.00 USD")), lasts: Some(lasts) };
        let plan = decide(&mut snapshot, 6, 1, Verdict::Approved, terms).unwrap();
        assert_eq!(told(&snapshot, plan), ["2.00 USD 4000000", "1.00 USD 4000000", "0.00 USD 4000000"], "{lasts:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the limits become, what runs may spend and what was spent is no more than each of them, and no run may spend
    /// more than was reserved for it.
    #[test]
    fn what_runs_may_spend_fits_into_every_limit(limits in prop::collection::vec((0..7_i64, any::<bool>()), 1..4)) {
        let mut snapshot = three_runs(Vec::new());
        let budgets = limits.iter().map(|(limit, money)| {
            let limit = if *money { format!("{limit}.00 USD") } else { format!("{limit}M tokens") };
            budget("day", &limit)
        });
        let budgets: Vec<Budget> = budgets.collect();
        snapshot.put_budgets(budgets.clone());
        let may = ceilings(&snapshot, None, at(9));
        prop_assert_eq!(may.len(), 3);
        for (run, ceiling) in &may {
            let reserved = snapshot.run(run.as_str()).unwrap().reserved;
            prop_assert!(ceiling.money <= reserved.money && ceiling.tokens <= reserved.tokens);
        }
        for budget in budgets {
            let sum: i128 = may.iter().map(|(_, ceiling)| match budget.limit {
                Amount::Money(_) => i128::from(ceiling.money.unwrap().micro()),
                _ => i128::from(ceiling.tokens.unwrap()),
            }).sum();
            prop_assert!(sum <= level(&snapshot, &budget, at(9)).limit);
        }
    }
}
