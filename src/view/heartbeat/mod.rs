//! What a `HEARTBEAT.md` would do, told to a person or to a program: `corp heartbeat explain`.
//!
//! [`Explanation`] is the JSON form, a stable interface described in `docs/heartbeat.md`; [`text`] is the same for
//! people.

pub mod text;

use crate::diag::text::Sources;
use crate::diag::{At, Diagnostic, line_column};
use crate::engine::heartbeat::{Beat, Decision, Skip, decide, is_due, next_due_ms, with_time};
use crate::engine::reply::{self, Mode};
use crate::model::heartbeat::{Emptiness, HeartbeatTask, LineKind};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Number;

/// The name and version of the JSON form.
pub const SCHEMA: &str = "corp/heartbeat-explain/v1";

/// What is explained.
pub struct Question<'a> {
    /// The beat.
    pub beat: Beat<'a>,
    /// The file as it is named to people.
    pub file: Option<&'a str>,
    /// The line of each task, from 1.
    pub lines: &'a [usize],
    /// The agent's slug.
    pub agent: Option<&'a str>,
    /// The agent's status.
    pub status: Option<&'a str>,
    /// When beats come, such as `every 1h`.
    pub schedule: Option<String>,
    /// The zone's name.
    pub timezone: &'a str,
    /// Whether the times of last runs were given.
    pub state_known: bool,
    /// A reply to judge.
    pub reply: Option<&'a str>,
    /// Longest text beside `HEARTBEAT_OK` that is dropped, in UTF-16 units.
    pub ack_max_chars: f64,
    /// What is wrong with the files.
    pub diagnostics: &'a [Diagnostic],
    /// The texts of those files.
    pub sources: Sources<'a>,
}

/// What a beat would do, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The file, as it was named; `null` if the agent has none.
    pub file: Option<String>,
    /// The agent's slug; `null` for a bare file.
    pub agent: Option<String>,
    /// The agent's status; `null` for a bare file.
    pub status: Option<String>,
    /// The instant that is looked at.
    pub now: String,
    /// The same in milliseconds since 1970.
    pub now_ms: i64,
    /// The zone of the hours and of the time the agent is told.
    pub timezone: String,
    /// What wakes the agent.
    pub reason: String,
    /// When beats come, such as `every 1h`; `null` if they do not come by time.
    pub schedule: Option<String>,
    /// The active hours; `null` if it is always active.
    pub active_hours: Option<Hours>,
    /// Whether the file is there and says nothing.
    pub effectively_empty: bool,
    /// Why it is empty or not; `null` without a file.
    pub emptiness: Option<Why>,
    /// Whether the times of last runs were given; if not, every task counts as never run.
    pub state_known: bool,
    /// The tasks, in the order of the file.
    pub tasks: Vec<Task>,
    /// Whether a run would start.
    pub outcome: Outcome,
    /// Its prompt; `null` if none starts.
    pub prompt: Option<Prompt>,
    /// What becomes of the reply that was given; `null` without one.
    pub reply: Option<Reply>,
    /// What is wrong with the files.
    pub diagnostics: Vec<Problem>,
}

/// Active hours at an instant.
#[derive(Debug, Clone, Serialize)]
pub struct Hours {
    /// Such as `08:00-20:00`.
    pub hours: String,
    /// Whether the instant is within.
    pub active: bool,
    /// When that changes; `null` if never.
    pub next_change: Option<String>,
}

/// Why a file is effectively empty or not.
#[derive(Debug, Clone, Serialize)]
pub struct Why {
    /// In words.
    pub why: String,
    /// The first line that says something.
    pub first_content: Option<FirstContent>,
    /// How many lines of each kind say nothing.
    pub lines: LineCounts,
}

/// The first line that says something.
#[derive(Debug, Clone, Serialize)]
pub struct FirstContent {
    /// Its number, from 1.
    pub line: usize,
    /// Its text, cut at 80 characters.
    pub text: String,
}

/// How many lines of each kind say nothing.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LineCounts {
    /// White space.
    pub blank: usize,
    /// Comments.
    pub comment: usize,
    /// Headings.
    pub heading: usize,
    /// List markers with nothing or a box behind them.
    pub stub: usize,
    /// Fences of code.
    pub fence: usize,
}

/// A task at an instant.
#[derive(Debug, Clone, Serialize)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Its interval, as written.
    pub interval: String,
    /// What to do.
    pub prompt: String,
    /// Where it begins, from 1.
    pub line: usize,
    /// The interval in milliseconds; `null` if it cannot be read.
    pub interval_ms: Option<u64>,
    /// When it last ran; `null` if never.
    pub last_run: Option<String>,
    /// The same in milliseconds since 1970.
    pub last_run_ms: Option<i64>,
    /// Whether it is due.
    pub due: bool,
    /// When it is due next, now if it is; `null` if never.
    pub next_due: Option<String>,
    /// The same in milliseconds since 1970.
    pub next_due_ms: Option<i64>,
}

/// Whether a run starts.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Whether it does.
    pub runs: bool,
    /// Why not, as one of a few words.
    pub skip: Option<&'static str>,
    /// Why, or why not, in words.
    pub why: String,
    /// The names of the tasks it is for.
    pub tasks: Vec<String>,
}

/// The prompt of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Prompt {
    /// Where it comes from: `default`, `configured` or `tasks`.
    pub kind: &'static str,
    /// The prompt without the time.
    pub text: String,
    /// The prompt as the agent gets it, with the time.
    pub body: String,
}

/// What becomes of a reply.
#[derive(Debug, Clone, Serialize)]
pub struct Reply {
    /// Whether it is dropped, by the rule of `HEARTBEAT_OK`.
    pub skip: bool,
    /// What is left of it by that rule; empty if it is dropped.
    pub text: String,
    /// Whether `HEARTBEAT_OK` was taken off.
    pub stripped: bool,
    /// Whether it says no more than that there is nothing to say; `NO_REPLY` alone counts, too.
    pub acknowledgement: bool,
    /// What is delivered; `null`: nothing.
    pub delivered: Option<String>,
    /// The limit that was applied, in UTF-16 units.
    pub ack_max_chars: Number,
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// The name of the rule.
    pub code: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// What happened.
    pub message: String,
    /// The file.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// What to do.
    pub help: Vec<String>,
}

/// Answers what a beat would do.
pub fn explain(question: &Question<'_>) -> Explanation {
    let beat = &question.beat;
    let decision = decide(beat);
    let all = beat.file.map(|file| file.tasks.as_slice()).unwrap_or_default();
    let (prompt, chosen) = match &decision {
        Decision::Skip(_) => (None, Vec::new()),
        Decision::Run { kind, prompt, tasks } => {
            let body = with_time(prompt, beat.now, beat.zone, question.timezone);
            let kind = crate::model::Choice::word(*kind);
            (Some(Prompt { kind, text: prompt.clone(), body }), tasks.clone())
        }
    };
    let names = chosen.iter().filter_map(|index| all.get(*index)).map(|task| task.name.clone()).collect();
    let skip = match decision {
        Decision::Skip(skip) => Some(crate::model::Choice::word(skip)),
        Decision::Run { .. } => None,
    };
    Explanation {
        schema: SCHEMA,
        file: question.file.map(str::to_owned),
        agent: question.agent.map(str::to_owned),
        status: question.status.map(str::to_owned),
        now: beat.now.to_string(),
        now_ms: beat.now.as_millisecond(),
        timezone: question.timezone.to_owned(),
        reason: beat.reason.to_owned(),
        schedule: question.schedule.clone(),
        active_hours: beat.hours.map(|hours| Hours {
            hours: hours.to_string(),
            active: hours.active(beat.now, beat.zone),
            next_change: hours.next_change(beat.now, beat.zone).map(|at| at.to_string()),
        }),
        effectively_empty: beat.file.is_some_and(|file| file.emptiness.is_empty()),
        emptiness: beat.file.map(|file| why_empty(&file.emptiness)),
        state_known: question.state_known,
        tasks: all.iter().zip(question.lines).map(|(item, line)| task(item, *line, beat)).collect(),
        outcome: Outcome { runs: skip.is_none(), skip, why: why(&decision, beat, question.file), tasks: names },
        prompt,
        reply: question.reply.map(|text| judge(text, question.ack_max_chars)),
        diagnostics: question.diagnostics.iter().map(|diagnostic| problem(diagnostic, question.sources)).collect(),
    }
}

fn why_empty(emptiness: &Emptiness) -> Why {
    let count = |kind| emptiness.lines.get(&kind).copied().unwrap_or_default();
    let lines = LineCounts {
        blank: count(LineKind::Blank),
        comment: count(LineKind::Comment),
        heading: count(LineKind::Heading),
        stub: count(LineKind::Stub),
        fence: count(LineKind::Fence),
    };
    let first_content =
        emptiness.content.as_ref().map(|content| FirstContent { line: content.line, text: content.text.clone() });
    let why = match &first_content {
        Some(content) => format!("line {} says something", content.line),
        None => {
            let kinds = [
                (lines.heading, "heading", "headings"),
                (lines.stub, "empty list item", "empty list items"),
                (lines.fence, "fence", "fences"),
                (lines.comment, "line of comment", "lines of comment"),
                (lines.blank, "blank line", "blank lines"),
            ];
            let kinds = kinds.into_iter().filter(|(count, ..)| *count > 0);
            let list: Vec<String> =
                kinds.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many })).collect();
            match list.split_last() {
                None => "there is not a single line".to_owned(),
                Some((only, [])) => format!("there is nothing but {only}"),
                Some((last, rest)) => format!("there is nothing but {} and {last}", rest.join(", ")),
            }
        }
    };
    Why { why, first_content, lines }
}

fn task(task: &HeartbeatTask, line: usize, beat: &Beat<'_>) -> Task {
    let now_ms = beat.now.as_millisecond();
    let last_run_ms = beat.state.0.get(&task.name).copied();
    let next_due_ms = next_due_ms(last_run_ms, task, now_ms);
    let instant = |ms: i64| Timestamp::from_millisecond(ms).ok().map(|at| at.to_string());
    Task {
        name: task.name.clone(),
        interval: task.interval.clone(),
        prompt: task.prompt.clone(),
        line,
        interval_ms: task.interval_ms().ok(),
        last_run: last_run_ms.and_then(instant),
        last_run_ms,
        due: is_due(last_run_ms, &task.interval, now_ms),
        next_due: next_due_ms.and_then(instant),
        next_due_ms,
    }
}

fn why(decision: &Decision, beat: &Beat<'_>, file: Option<&str>) -> String {
    let count = beat.file.map_or(0, |file| file.tasks.len());
    let bypass = crate::engine::heartbeat::bypasses_file(beat.reason);
    match decision {
        Decision::Run { tasks, .. } if !tasks.is_empty() => {
            let verb = if tasks.len() == 1 { "is" } else { "are" };
            format!("{} of {count} task{} {verb} due", tasks.len(), if count == 1 { "" } else { "s" })
        }
        Decision::Run { .. } if bypass => format!("a wake for `{}` is looked at whatever the file says", beat.reason),
        Decision::Run { .. } if file.is_some() => "the file says something and has no tasks".to_owned(),
        Decision::Run { .. } => "there is no file, and a prompt is configured".to_owned(),
        Decision::Skip(Skip::QuietHours) => "it is outside of the active hours".to_owned(),
        Decision::Skip(Skip::EmptyFile) => "the file says nothing".to_owned(),
        Decision::Skip(Skip::NoTasksDue) if count == 1 => "the only task is not due".to_owned(),
        Decision::Skip(Skip::NoTasksDue) => format!("none of {count} tasks is due"),
        Decision::Skip(Skip::NoFile) => "there is neither a HEARTBEAT.md nor a prompt".to_owned(),
    }
}

fn judge(text: &str, ack_max_chars: f64) -> Reply {
    let stripped = reply::strip(text, Mode::Heartbeat, ack_max_chars);
    let acknowledgement = stripped.skip || reply::is_silent(text);
    let delivered = (!acknowledgement).then(|| stripped.text.clone());
    let reply::Stripped { skip, text, stripped } = stripped;
    Reply { skip, text, stripped, acknowledgement, delivered, ack_max_chars: number(ack_max_chars) }
}

/// Whole numbers are written without a point.
fn number(value: f64) -> Number {
    let whole = format!("{value:.0}").parse::<u64>().ok().filter(|_| value.fract() == 0.0);
    whole.map(Number::from).or_else(|| Number::from_f64(value)).unwrap_or(Number::from(0))
}

fn problem(diagnostic: &Diagnostic, sources: Sources<'_>) -> Problem {
    let place = diagnostic.place();
    let at = place.and_then(|place| match &place.at {
        At::Span(span) => sources(&place.file).map(|text| line_column(&text, span.start)),
        At::File | At::Key(_) | At::Value(_) => None,
    });
    Problem {
        code: diagnostic.code,
        severity: diagnostic.severity.word(),
        message: diagnostic.message.clone(),
        file: place.map(|place| place.file.clone()),
        line: at.map(|(line, _)| line),
        column: at.map(|(_, column)| column),
        help: diagnostic.help.clone(),
    }
}

/// The lines (from 1) of byte offsets that rise.
pub fn line_numbers(text: &str, offsets: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut line = 1;
    let mut at = 0;
    offsets
        .map(|offset| {
            let offset = offset.min(text.len());
            line += memchr::memchr_iter(b'\n', &text.as_bytes()[at..offset]).count();
            at = offset;
            line
        })
        .collect()
}
