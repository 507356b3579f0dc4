//! Lines of the ledger: runs, firings and corrections to text and back. The program writes these files whole.

use crate::format::kind::{LedgerLine, Usage as UsageFile, WakeLine};
use crate::model::Money;
use crate::model::run::{Ceiling, Correction, End, Firing, LineKind, Run, RunState, Spent, Usage, Wake, WakeCause};
use crate::model::session::{SoFar, Talked};
use serde_json::{Map, Value as Json, json};

/// What a line of the ledger says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A run.
    Run(Box<Run>),
    /// A routine fired.
    Firing(Box<Firing>),
    /// What a run came to, said again.
    Correction(Box<Correction>),
}

/// What a line says; `None` if it lacks what it cannot do without.
pub fn line_of(line: &LedgerLine) -> Option<Line> {
    match line.kind.unwrap_or(LineKind::Run) {
        LineKind::Run => run_of(line).map(|run| Line::Run(Box::new(run))),
        LineKind::Firing => firing_of(line).map(|firing| Line::Firing(Box::new(firing))),
        LineKind::Correction => {
            let correction = Correction {
                id: line.id.clone()?,
                run: line.run.clone()?,
                agent: line.agent.clone()?,
                spent: spent_of(line),
            };
            Some(Line::Correction(Box::new(correction)))
        }
    }
}

fn run_of(line: &LedgerLine) -> Option<Run> {
    let agent = line.agent.clone()?;
    let silent = WakeLine::default();
    let said = line.wake.as_ref().unwrap_or(&silent);
    let mut wake = Wake::new(agent, said.ticket.clone(), said.cause.unwrap_or(WakeCause::Requested));
    wake.slot = said.slot.map(|slot| slot.0);
    wake.by = said.by.clone();
    wake.note = said.note.clone();
    wake.approval = said.approval.clone();
    wake.tasks = said.tasks.clone().unwrap_or_default();
    let announced = line.announced.map(|at| at.0);
    let state = match (line.outcome, announced) {
        (Some(outcome), _) => RunState::Ended {
            announced,
            end: Box::new(End {
                outcome,
                at: line.ended.map(|at| at.0).or(announced)?,
                started: line.started.map(|at| at.0),
                spent: spent_of(line),
                note: line.note.clone(),
                transcript: line.transcript.clone(),
                talked: talked_of(line),
                confinement: line.confinement.clone(),
            }),
        },
        (None, Some(announced)) => RunState::Open { announced },
        (None, None) => RunState::Queued,
    };
    let reserved = line.reserved.as_ref();
    Some(Run {
        id: line.run.clone()?,
        wake,
        ticket: line.ticket.clone(),
        project: line.project.clone(),
        goal: line.goal.clone(),
        routine: line.routine.clone(),
        queued: line.queued.map(|at| at.0),
        clone: line.clone.clone(),
        reserved: Ceiling {
            money: reserved.and_then(|reserved| reserved.money),
            tokens: reserved.and_then(|reserved| reserved.tokens).map(|count| count.0),
        },
        progress: line.progress.unwrap_or(false),
        state,
    })
}

fn spent_of(line: &LedgerLine) -> Spent {
    Spent {
        usage: line.usage.as_ref().map(usage_of),
        cost: line.cost,
        cost_source: line.cost_source.clone(),
        provider: line.provider.clone(),
        model: line.model.clone(),
        billing: line.billing,
    }
}

fn talked_of(line: &LedgerLine) -> Option<Talked> {
    let session = line.session.as_ref()?;
    let so_far = session.usage.as_ref().map(|usage| SoFar { usage: usage_of(usage), cost: session.cost });
    Some(Talked { id: session.id.clone()?, so_far })
}

fn usage_of(file: &UsageFile) -> Usage {
    let count = |count: Option<crate::model::money::Count>| count.map_or(0, |count| count.0);
    Usage {
        input: count(file.input),
        cached_input: count(file.cached_input),
        cache_write: count(file.cache_write),
        output: count(file.output),
    }
}

fn firing_of(line: &LedgerLine) -> Option<Firing> {
    Some(Firing {
        id: line.run.clone()?,
        routine: line.routine.clone()?,
        trigger: line.trigger.clone().unwrap_or_default(),
        agent: line.agent.clone()?,
        slot: line.slot?.0,
        at: line.announced?.0,
        ticket: line.ticket.clone(),
    })
}

/// The text of a line's file in `ledger/open/`: one JSON object on one line.
pub fn line_text(line: &Line) -> String {
    let keys = match line {
        Line::Run(run) => of_run(run),
        Line::Firing(firing) => of_firing(firing),
        Line::Correction(correction) => of_correction(correction),
    };
    let mut text = Json::Object(keys).to_string();
    text.push('\n');
    text
}

/// Keys that have a value, in the order in which they are written.
struct Keys(Map<String, Json>);

impl Keys {
    fn put<T: ToString>(&mut self, key: &str, value: Option<T>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), Json::String(value.to_string()));
        }
    }
}

fn of_run(run: &Run) -> Map<String, Json> {
    let mut keys = Keys(Map::new());
    keys.put("id", Some(&run.id));
    keys.put("run", Some(&run.id));
    keys.put("agent", Some(run.agent()));
    keys.0.insert("wake".to_owned(), Json::Object(of_wake(&run.wake)));
    keys.put("ticket", run.ticket.as_ref());
    keys.put("project", run.project.as_ref());
    keys.put("goal", run.goal.as_ref());
    keys.put("routine", run.routine.as_ref());
    keys.put("clone", run.clone.as_ref());
    if run.reserved != Ceiling::default() {
        let mut reserved = Keys(Map::new());
        reserved.put("money", run.reserved.money);
        if let Some(tokens) = run.reserved.tokens {
            reserved.0.insert("tokens".to_owned(), json!(tokens));
        }
        keys.0.insert("reserved".to_owned(), Json::Object(reserved.0));
    }
    keys.put("queued", run.queued);
    keys.put("announced", run.announced());
    if run.progress {
        keys.0.insert("progress".to_owned(), json!(true));
    }
    if let Some(end) = run.end() {
        keys.put("started", end.started);
        keys.put("ended", Some(end.at));
        keys.put("outcome", Some(end.outcome));
        of_spent(&mut keys, &end.spent);
        keys.put("note", end.note.as_ref());
        keys.put("transcript", end.transcript.as_ref());
        keys.put("confinement", end.confinement.as_ref());
        if let Some(talked) = &end.talked {
            let mut session = Keys(Map::new());
            session.put("id", Some(&talked.id));
            if let Some(so_far) = &talked.so_far {
                session.0.insert("usage".to_owned(), usage_json(&so_far.usage));
                session.put("cost", so_far.cost.as_ref());
            }
            keys.0.insert("session".to_owned(), Json::Object(session.0));
        }
    }
    keys.0
}

fn of_wake(wake: &Wake) -> Map<String, Json> {
    let mut keys = Keys(Map::new());
    keys.put("cause", Some(wake.cause));
    keys.put("ticket", wake.ticket.as_ref());
    keys.put("slot", wake.slot);
    keys.put("by", wake.by.as_ref());
    keys.put("note", wake.note.as_ref());
    keys.put("approval", wake.approval.as_ref());
    if !wake.tasks.is_empty() {
        keys.0.insert("tasks".to_owned(), json!(wake.tasks));
    }
    keys.0
}

fn of_spent(keys: &mut Keys, spent: &Spent) {
    keys.put("provider", spent.provider.as_ref());
    keys.put("model", spent.model.as_ref());
    keys.put("billing", spent.billing);
    if let Some(usage) = &spent.usage {
        keys.0.insert("usage".to_owned(), usage_json(usage));
    }
    keys.put("cost", spent.cost.as_ref().map(Money::to_string));
    keys.put("cost_source", spent.cost_source.as_ref());
}

fn usage_json(usage: &Usage) -> Json {
    let Usage { input, cached_input, cache_write, output } = usage;
    json!({ "input": input, "cached_input": cached_input, "cache_write": cache_write, "output": output })
}

fn of_firing(firing: &Firing) -> Map<String, Json> {
    let mut keys = Keys(Map::new());
    keys.put("id", Some(&firing.id));
    keys.put("kind", Some(LineKind::Firing));
    keys.put("run", Some(&firing.id));
    keys.put("agent", Some(&firing.agent));
    keys.put("routine", Some(&firing.routine));
    keys.put("trigger", Some(&firing.trigger));
    keys.put("slot", Some(firing.slot));
    keys.put("announced", Some(firing.at));
    keys.put("ticket", firing.ticket.as_ref());
    keys.0
}

fn of_correction(correction: &Correction) -> Map<String, Json> {
    let mut keys = Keys(Map::new());
    keys.put("id", Some(&correction.id));
    keys.put("kind", Some(LineKind::Correction));
    keys.put("run", Some(&correction.run));
    keys.put("agent", Some(&correction.agent));
    of_spent(&mut keys, &correction.spent);
    keys.0
}
