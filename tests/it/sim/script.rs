//! What an agent with a script plays: the same steps the adapter `script` plays in a process, on the invented clock.

use super::play::Play;
use super::world::{Process, World};
use corp::adapters::script::steps::Step;
use corp::model::run::{RunOutcome, Spent, Usage};
use corp::model::{Currency, Money};

/// How long a step takes that takes no time of its own, in milliseconds.
const STEP_MS: u64 = 20_000;

/// How long a run may take, in milliseconds: the usual `timeout`.
const TIMEOUT_MS: u64 = 30 * 60_000;

/// A run that plays `steps`.
pub(super) fn cast(world: &mut World, steps: &[Step]) -> Process {
    let mut at = 0;
    let mut acts = Vec::new();
    let mut outcome = RunOutcome::Succeeded;
    let mut changed = false;
    let (mut money, mut input, mut output) = (0, 0, 0);
    for step in steps {
        at += STEP_MS;
        match step {
            // The companies of these runs have no stages.
            Step::Say(_) | Step::Flood(_) | Step::Fork(_) | Step::Approve(_) | Step::Return(_) => {}
            Step::Edit { .. } => changed = true,
            Step::Comment(text) => acts.push((at, Play::Say(text.clone()))),
            Step::Done => acts.push((at, Play::Finish)),
            Step::Block(why) => acts.push((at, Play::Block(why.clone()))),
            Step::Spend { money: more, tokens } => {
                money += more.micro();
                input += tokens.0;
                output += tokens.1;
            }
            Step::Wait(time) => at += time.ms(),
            Step::Hang => {
                at = TIMEOUT_MS;
                outcome = RunOutcome::TimedOut;
                break;
            }
            Step::Fail(_) => {
                outcome = RunOutcome::Failed;
                break;
            }
        }
    }
    at += STEP_MS;
    let mut report = world.report(outcome, at);
    report.changed = changed;
    report.spent = Spent {
        cost: Some(Money::from_micro(money, Currency::USD)),
        usage: Some(Usage { input, cached_input: 0, cache_write: 0, output }),
        ..Spent::default()
    };
    // The machine is no better to those who play a script.
    let silent = world.faulty() && world.random.once_in(25);
    let acts = acts.into_iter().map(|(ms, play)| (world.later(ms), play)).collect();
    Process { acts, ends: world.later(at), report, over: false, silent }
}
