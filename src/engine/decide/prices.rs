//! What models cost: the board names a price, and runs that had none are corrected. So is a run of which somebody knows better.

use super::authority::only_people;
use super::making::Making;
use crate::engine::charge;
use crate::engine::refusal::Refusal;
use crate::model::plan::{Answer, Edit, Plan, Reason};
use crate::model::price::Price;
use crate::model::run::{Spent, Usage};
use crate::model::{Actor, Money, RunId};

/// A model gets a price of the company's own, from its time on.
pub(super) fn set(mut making: Making<'_>, by: &Actor, price: &Price) -> Result<Plan, Refusal> {
    only_people(by, "say what a model costs")?;
    let model = &price.model;
    if model.trim().is_empty() {
        return Err(Refusal::Invalid("say which model it is, as its program names it".to_owned()));
    }
    let known = making.snapshot.prices().iter();
    let mut known = known
        .filter(|known| (&known.model, &known.provider, known.from) == (&price.model, &price.provider, price.from));
    match known.next() {
        Some(known) if known == price => return Ok(making.nothing(Answer::Already)),
        Some(_) => {
            return Err(Refusal::Invalid(format!(
                "{model} has another price from that time on; change it in prices.yaml, or name with --from when this one begins"
            )));
        }
        None => {}
    }
    let currency = price.input.currency();
    if [price.cached_input, price.cache_write, price.output].iter().any(|part| part.currency() != currency) {
        return Err(Refusal::Invalid(format!("all parts of the price of {model} are in one currency")));
    }
    making.edit(Edit::NewPrice(Box::new(price.clone())));
    let reason = Reason::new(by.clone(), format!("{by} sets the price of {model}"));
    Ok(making.plan(reason, Answer::Done))
}

/// Somebody knows what a run came to, such as from the provider's account: that stands in the place of what was known.
pub(super) fn say(
    mut making: Making<'_>,
    by: &Actor,
    id: &RunId,
    cost: Money,
    usage: Option<Usage>,
    reason: &str,
) -> Result<Plan, Refusal> {
    only_people(by, "say what a run came to")?;
    let invalid = |words: String| Err(Refusal::Invalid(words));
    let snapshot = making.snapshot;
    let Some(run) = snapshot.run(id.as_str()) else {
        return invalid(match snapshot.history().has_counted(id) {
            true => format!("{id} is sealed, and what it cost was known then"),
            false => format!("there is no run `{id}`"),
        });
    };
    let Some(known) = snapshot.history().spent_by(run) else {
        return invalid(format!("{id} is not over; what it came to is said afterwards"));
    };
    if reason.trim().is_empty() {
        return invalid("say how that is known".to_owned());
    }
    let source = Some("corrected".to_owned());
    let spent = Spent { cost: Some(cost), cost_source: source, usage: usage.or(known.usage), ..known.clone() };
    if spent == *known {
        return Ok(making.nothing(Answer::Already));
    }
    let Some(correction) = charge::corrected(snapshot, run, spent) else {
        return invalid(format!("{id} was corrected too often"));
    };
    making.edit(Edit::Correction(Box::new(correction)));
    let subject = format!("{by} says that {id} cost {cost}");
    let reason = Reason { cause: Some(reason.to_owned()), ..Reason::new(by.clone(), subject) };
    Ok(making.plan(reason, Answer::Done))
}

/// Runs that were unpriced when they ended are corrected, now that their price is known.
pub(super) fn correct(mut making: Making<'_>, runs: &[RunId]) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let known = runs.iter().filter_map(|id| snapshot.run(id.as_str()));
    let corrections: Vec<_> = known.filter_map(|run| charge::priced(snapshot, run)).collect();
    let count = corrections.len();
    if count == 0 {
        return Ok(making.nothing(Answer::Already));
    }
    for correction in corrections {
        making.edit(Edit::Correction(Box::new(correction)));
    }
    let subject = format!(
        "{count} run{} that had no price {} corrected",
        if count == 1 { "" } else { "s" },
        if count == 1 { "is" } else { "are" }
    );
    let reason = Reason { cause: Some("their model has a price now".to_owned()), ..Reason::new(Actor::Corp, subject) };
    Ok(making.plan(reason, Answer::Done))
}
