//! What a beat does: whether a run starts, with which tasks and which prompt.
//!
//! Everything comes as an argument: the file, when tasks last ran, the time, the zone. The order in which things
//! are asked, the texts of the prompts and the names of the reasons are OpenClaw's of 2026.7.

use crate::choice;
use crate::model::ecma;
use crate::model::heartbeat::{HeartbeatFile, HeartbeatState, HeartbeatTask};
use crate::model::schedule::ActiveHours;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The prompt of a beat without due tasks, if nobody configured another one.
pub const DEFAULT_PROMPT: &str = "Read HEARTBEAT.md if it exists (workspace context). Follow it strictly. Do not infer or repeat old tasks from prior chats. If nothing needs attention, reply HEARTBEAT_OK.";

choice! {
    /// Why a beat starts nothing.
    pub enum Skip {
        /// It is outside of the active hours.
        "quiet-hours" => QuietHours,
        /// The file says nothing.
        "empty-heartbeat-file" => EmptyFile,
        /// There are tasks, and none is due.
        "no-tasks-due" => NoTasksDue,
        /// There is neither a file nor a prompt.
        "no-heartbeat-file" => NoFile,
    }
}

choice! {
    /// Where a prompt comes from.
    pub enum PromptKind {
        /// The one that is built in.
        "default" => Default,
        /// The agent's settings.
        "configured" => Configured,
        /// The tasks that are due.
        "tasks" => Tasks,
    }
}

/// What becomes of a beat of which there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The model is asked with the default prompt, as OpenClaw does.
    AskModel,
    /// Nothing starts, unless a prompt is configured: a company does not pay for beats nobody described.
    StartNothing,
}

/// Everything a beat depends on.
#[derive(Debug, Clone, Copy)]
pub struct Beat<'a> {
    /// The file, if there is one.
    pub file: Option<&'a HeartbeatFile>,
    /// What to do without one.
    pub missing: Missing,
    /// The full path of the file, for the prompt.
    pub path: &'a str,
    /// The configured prompt; blank is none.
    pub prompt: Option<&'a str>,
    /// When tasks last ran.
    pub state: &'a HeartbeatState,
    /// Now.
    pub now: Timestamp,
    /// The zone of the hours and of the time the agent is told.
    pub zone: &'a TimeZone,
    /// The active hours; without them it is always active.
    pub hours: Option<ActiveHours>,
    /// What woke the agent, such as `interval` or `hook:mail`.
    pub reason: &'a str,
}

/// What a beat does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A run starts.
    Run {
        /// Where its prompt comes from.
        kind: PromptKind,
        /// The prompt, without the time.
        prompt: String,
        /// The tasks it is for, by their place in the file; when it ends well, [`record`] notes them as run.
        tasks: Vec<usize>,
    },
    /// Nothing starts.
    Skip(Skip),
}

/// Whether a task is due. One that never ran is, even if its interval cannot be read; after that, such a task is
/// never due again. A last run in the future is waited for.
pub fn is_due(last_ms: Option<i64>, interval: &str, now_ms: i64) -> bool {
    let Some(last_ms) = last_ms else { return true };
    ecma::duration_ms(interval, "m").is_ok_and(|ms| now_ms.saturating_sub(last_ms) >= as_i64(ms))
}

/// When a task is due next: `now_ms` if it is, `None` if never.
pub fn next_due_ms(last_ms: Option<i64>, task: &HeartbeatTask, now_ms: i64) -> Option<i64> {
    match last_ms {
        Some(last_ms) if !is_due(Some(last_ms), &task.interval, now_ms) => {
            task.interval_ms().ok().map(|ms| last_ms.saturating_add(as_i64(ms)))
        }
        _ => Some(now_ms),
    }
}

fn as_i64(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Whether a wake for this reason asks the model whatever the file says: an event has to be looked at.
pub fn bypasses_file(reason: &str) -> bool {
    let reason = ecma::trim(reason);
    matches!(reason, "wake" | "exec-event") || reason.starts_with("hook:") || reason.starts_with("cron:")
}

/// Decides what a beat does.
pub fn decide(beat: &Beat<'_>) -> Decision {
    if beat.hours.is_some_and(|hours| !hours.active(beat.now, beat.zone)) {
        return Decision::Skip(Skip::QuietHours);
    }
    let configured = beat.prompt.map(ecma::trim).filter(|prompt| !prompt.is_empty());
    let bypass = bypasses_file(beat.reason);
    let file = if bypass { None } else { beat.file };
    let Some(file) = file else {
        let nothing = beat.missing == Missing::StartNothing && configured.is_none() && !bypass;
        return if nothing { Decision::Skip(Skip::NoFile) } else { general(beat, configured, "") };
    };
    if file.tasks.is_empty() {
        let empty = file.emptiness.is_empty();
        return if empty { Decision::Skip(Skip::EmptyFile) } else { general(beat, configured, &file.prose) };
    }
    let now_ms = beat.now.as_millisecond();
    let due = |task: &HeartbeatTask| is_due(beat.state.0.get(&task.name).copied(), &task.interval, now_ms);
    let tasks: Vec<usize> = (0..file.tasks.len()).filter(|index| due(&file.tasks[*index])).collect();
    if tasks.is_empty() {
        return Decision::Skip(Skip::NoTasksDue);
    }
    let lines: Vec<String> =
        tasks.iter().map(|index| &file.tasks[*index]).map(|task| format!("- {}: {}", task.name, task.prompt)).collect();
    let prompt = format!(
        "Run the following periodic tasks (only those due based on their intervals):\n\n{}\n\nAfter completing all due tasks, reply HEARTBEAT_OK.",
        lines.join("\n")
    );
    Decision::Run { kind: PromptKind::Tasks, prompt: with_prose(prompt, &file.prose), tasks }
}

/// A run that is not for tasks.
fn general(beat: &Beat<'_>, configured: Option<&str>, prose: &str) -> Decision {
    let kind = if configured.is_some() { PromptKind::Configured } else { PromptKind::Default };
    let prompt = with_path(configured.unwrap_or(DEFAULT_PROMPT), beat.path);
    Decision::Run { kind, prompt: with_prose(prompt, prose), tasks: Vec::new() }
}

/// Names the exact file to a prompt that speaks of one, since agents were seen to read a page of that name.
fn with_path(prompt: &str, path: &str) -> String {
    if !prompt.to_ascii_lowercase().contains("heartbeat.md") {
        return prompt.to_owned();
    }
    let path = path.replace('\\', "/");
    let hint =
        format!("When reading HEARTBEAT.md, use workspace file {path} (exact case). Do not read docs/heartbeat.md.");
    if prompt.contains(&hint) { prompt.to_owned() } else { format!("{prompt}\n{hint}") }
}

fn with_prose(prompt: String, prose: &str) -> String {
    if prose.is_empty() || prompt.contains(prose) {
        return prompt;
    }
    format!("{prompt}\n\nAdditional context from HEARTBEAT.md:\n{prose}")
}

/// A prompt with the time at its end, as the agent gets it.
pub fn with_time(prompt: &str, now: Timestamp, zone: &TimeZone, zone_name: &str) -> String {
    let local = zone.to_datetime(now);
    let day = local.day();
    let suffix = match (day, day % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    let date = local.strftime("%A, %B");
    let clock = local.strftime("%-I:%M %p");
    let utc = TimeZone::UTC.to_datetime(now).strftime("%Y-%m-%d %H:%M");
    format!(
        "{}\nCurrent time: {date} {day}{suffix}, {} - {clock} ({zone_name})\nReference UTC: {utc} UTC",
        ecma::trim_end(prompt),
        local.year()
    )
}

/// Notes the tasks of a run that ended well as run at the time it started. Runs that were skipped or failed
/// change nothing.
pub fn record(state: &mut HeartbeatState, file: &HeartbeatFile, tasks: &[usize], started: Timestamp) {
    for task in tasks.iter().filter_map(|index| file.tasks.get(*index)) {
        state.0.insert(task.name.clone(), started.as_millisecond());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::heartbeat::{Emptiness, FirstContent};

    static UTC: TimeZone = TimeZone::UTC;

    fn file(tasks: &[(&str, &str, &str)], prose: &str) -> HeartbeatFile {
        let task = |(name, interval, prompt): &(&str, &str, &str)| HeartbeatTask {
            name: (*name).to_owned(),
            interval: (*interval).to_owned(),
            prompt: (*prompt).to_owned(),
        };
        let content = FirstContent { line: 1, text: String::new() };
        let content = (!tasks.is_empty() || !prose.is_empty()).then_some(content);
        let emptiness = Emptiness { content, ..Emptiness::default() };
        HeartbeatFile { emptiness, tasks: tasks.iter().map(task).collect(), prose: prose.to_owned() }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn beat<'a>(file: Option<&'a HeartbeatFile>, state: &'a HeartbeatState) -> Beat<'a> {
        Beat {
            file,
            missing: Missing::AskModel,
            path: "/w/HEARTBEAT.md",
            prompt: None,
            state,
            now: at("2026-11-20T10:00:00Z"),
            zone: &UTC,
            hours: None,
            reason: "interval",
        }
    }

    fn prompt(decision: Decision) -> (PromptKind, String) {
        match decision {
            Decision::Run { kind, prompt, .. } => (kind, prompt),
            Decision::Skip(skip) => panic!("skipped: {skip}"),
        }
    }

    #[test]
    fn due() {
        for (last, interval, now, expected) in [
            (None, "soon", 5, true),
            (Some(0), "30m", 1_800_000, true),
            (Some(0), "30m", 1_799_999, false),
            (Some(0), "soon", i64::MAX, false),
            (Some(100), "0m", 50, false),
            (Some(i64::MIN), "1m", i64::MAX, true),
        ] {
            assert_eq!(is_due(last, interval, now), expected, "{last:?} {interval} {now}");
        }
    }

    #[test]
    fn due_tasks_are_put_into_one_prompt_with_the_prose_below() {
        let file = file(&[("inbox", "30m", "Look."), ("books", "1d", "Add up."), ("soon", "1m", "Go.")], "Be brief.");
        let mut state = HeartbeatState::default();
        state.0.insert("books".to_owned(), at("2026-11-20T09:00:00Z").as_millisecond());
        let decision = decide(&beat(Some(&file), &state));
        let expected = "Run the following periodic tasks (only those due based on their intervals):\n\n- inbox: Look.\n- soon: Go.\n\nAfter completing all due tasks, reply HEARTBEAT_OK.\n\nAdditional context from HEARTBEAT.md:\nBe brief.";
        let Decision::Run { kind, prompt, tasks } = decision else { panic!("{decision:?}") };
        assert_eq!((kind, prompt.as_str(), &tasks[..]), (PromptKind::Tasks, expected, &[0, 2][..]));
        record(&mut state, &file, &tasks, at("2026-11-20T10:00:00Z"));
        assert_eq!(decide(&beat(Some(&file), &state)), Decision::Skip(Skip::NoTasksDue));
    }

    #[test]
    fn what_skips_a_beat_and_what_does_not() {
        let state = HeartbeatState::default();
        let empty = file(&[], "");
        assert_eq!(decide(&beat(Some(&empty), &state)), Decision::Skip(Skip::EmptyFile));
        for reason in ["wake", " wake ", "hook:mail", "exec-event", "cron:job"] {
            let woken = Beat { reason, ..beat(Some(&empty), &state) };
            assert_eq!(prompt(decide(&woken)).0, PromptKind::Default, "{reason}");
        }
        for reason in ["interval", "awake", "hook", "manual", ""] {
            let woken = Beat { reason, ..beat(Some(&empty), &state) };
            assert_eq!(decide(&woken), Decision::Skip(Skip::EmptyFile), "{reason}");
        }
        let hours = ActiveHours::between("08:00", "09:00");
        assert_eq!(decide(&Beat { hours, reason: "wake", ..beat(None, &state) }), Decision::Skip(Skip::QuietHours));
        let missing = Missing::StartNothing;
        assert_eq!(decide(&Beat { missing, ..beat(None, &state) }), Decision::Skip(Skip::NoFile));
        let told = Beat { missing, prompt: Some(" Look around. "), ..beat(None, &state) };
        assert_eq!(prompt(decide(&told)), (PromptKind::Configured, "Look around.".to_owned()));
    }

    #[test]
    fn the_default_prompt_names_the_file_and_carries_the_prose() {
        let state = HeartbeatState::default();
        let prose = file(&[], "Water the plants.");
        let (kind, text) = prompt(decide(&beat(Some(&prose), &state)));
        let expected = format!(
            "{DEFAULT_PROMPT}\nWhen reading HEARTBEAT.md, use workspace file /w/HEARTBEAT.md (exact case). Do not read docs/heartbeat.md.\n\nAdditional context from HEARTBEAT.md:\nWater the plants."
        );
        assert_eq!((kind, text), (PromptKind::Default, expected));
        let said = Beat { prompt: Some("Water the plants. Then rest."), ..beat(Some(&prose), &state) };
        assert_eq!(prompt(decide(&said)).1, "Water the plants. Then rest.", "prose that is there is not said twice");
    }

    #[test]
    fn the_time_is_told_as_a_person_would() {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("America/Phoenix").unwrap();
        for (now, expected) in [
            (
                "2026-05-01T18:22:59Z",
                "Go\nCurrent time: Friday, May 1st, 2026 - 11:22 AM (America/Phoenix)\nReference UTC: 2026-05-01 18:22 UTC",
            ),
            (
                "2026-05-13T07:05:00Z",
                "Go\nCurrent time: Wednesday, May 13th, 2026 - 12:05 AM (America/Phoenix)\nReference UTC: 2026-05-13 07:05 UTC",
            ),
            (
                "2026-05-23T02:05:00Z",
                "Go\nCurrent time: Friday, May 22nd, 2026 - 7:05 PM (America/Phoenix)\nReference UTC: 2026-05-23 02:05 UTC",
            ),
        ] {
            assert_eq!(with_time("Go\n", at(now), &zone, "America/Phoenix"), expected);
        }
    }
}
