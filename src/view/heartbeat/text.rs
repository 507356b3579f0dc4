//! An [`Explanation`] for people: a few lines, then the tasks, then what happens.

use super::{Explanation, Hours, Task};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::Write as _;

/// Renders an explanation; times are those of a clock in `zone`.
pub fn render(explanation: &Explanation, zone: &TimeZone) -> String {
    let e = explanation;
    let mut out = String::new();
    let mut line = |text: String| {
        let _written = writeln!(out, "{}", text.trim_end());
    };
    let subject = match (&e.agent, &e.file) {
        (Some(agent), _) => format!("heartbeat of {}", plain(agent)),
        (None, Some(file)) => plain(file),
        (None, None) => "heartbeat".to_owned(),
    };
    line(format!("{subject}, {} ({})", clock(&e.now, zone), plain(&e.timezone)));
    line(String::new());
    if e.agent.is_some() {
        let beats = match (e.status.as_deref(), &e.schedule) {
            (Some(status), Some(schedule)) if status != "active" => {
                format!("none while the agent is {}; otherwise {}", plain(status), plain(schedule))
            }
            (_, Some(schedule)) => plain(schedule),
            (_, None) => "none by time; the agent is woken by events only".to_owned(),
        };
        line(format!("  beats   {beats}"));
    }
    line(format!("  hours   {}", e.active_hours.as_ref().map_or("always".to_owned(), |hours| hours_line(hours, zone))));
    line(format!("  file    {}", file_line(e)));
    if !e.tasks.is_empty() {
        let unknown = if e.state_known { "" } else { "; last runs were not given (--state FILE)" };
        let due = e.tasks.iter().filter(|task| task.due).count();
        line(format!("  tasks   {}, {due} due{unknown}", e.tasks.len()));
        line(String::new());
        for row in table(&e.tasks, zone) {
            line(format!("  {row}"));
        }
    }
    line(String::new());
    line(format!("{}: {}.", if e.outcome.runs { "A run starts" } else { "Nothing starts" }, plain(&e.outcome.why)));
    if let Some(prompt) = &e.prompt {
        line("Its prompt:".to_owned());
        line(String::new());
        quoted(&prompt.body, &mut line);
    }
    if let Some(reply) = &e.reply {
        line(String::new());
        match &reply.delivered {
            None if !reply.skip => line("Nothing of the reply is delivered: it is NO_REPLY.".to_owned()),
            None if !reply.stripped => line("Nothing of the reply is delivered: it is empty.".to_owned()),
            None => line(format!(
                "Nothing of the reply is delivered: what it says beside HEARTBEAT_OK has at most {} characters.",
                reply.ack_max_chars
            )),
            Some(text) => {
                let how = if reply.stripped { ", without HEARTBEAT_OK" } else { "" };
                line(format!("The reply is delivered{how}:"));
                line(String::new());
                quoted(text, &mut line);
            }
        }
    }
    out
}

fn hours_line(hours: &Hours, zone: &TimeZone) -> String {
    let change = hours.next_change.as_ref().map(|at| clock(at, zone));
    let state = match (hours.active, change) {
        (true, Some(at)) => format!("active until {at}"),
        (true, None) => "always active".to_owned(),
        (false, Some(at)) => format!("quiet until {at}"),
        (false, None) => "never active".to_owned(),
    };
    format!("{}, {state}", hours.hours)
}

fn file_line(e: &Explanation) -> String {
    match (&e.emptiness, &e.file) {
        (Some(why), _) => match &why.first_content {
            Some(content) => format!("not empty, line {} says: {}", content.line, plain(&content.text)),
            None => format!("effectively empty, {}", why.why),
        },
        (None, Some(file)) => plain(file),
        (None, None) => "none".to_owned(),
    }
}

/// The tasks in columns that are as wide as what stands in them.
fn table(tasks: &[Task], zone: &TimeZone) -> Vec<String> {
    let header = ["TASK", "INTERVAL", "LAST RUN", "DUE", "NEXT"].map(str::to_owned);
    let row = |task: &Task| {
        let next = match (&task.next_due, task.due) {
            (_, true) => "now".to_owned(),
            (Some(at), false) => clock(at, zone),
            (None, false) => if task.interval_ms.is_some() { "far away" } else { "never" }.to_owned(),
        };
        [
            plain(&task.name),
            plain(&task.interval),
            match (&task.last_run, task.last_run_ms) {
                (Some(at), _) => clock(at, zone),
                (None, Some(ms)) => format!("{ms} ms"),
                (None, None) => "never".to_owned(),
            },
            if task.due { "yes" } else { "no" }.to_owned(),
            next,
        ]
    };
    let rows: Vec<[String; 5]> = std::iter::once(header).chain(tasks.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    rows.iter()
        .map(|row| row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect::<Vec<_>>().join("  "))
        .collect()
}

fn quoted(text: &str, line: &mut impl FnMut(String)) {
    for part in text.lines() {
        line(format!("  | {}", plain(part)));
    }
}

/// An instant on a clock in `zone`: seconds only where there are any.
fn clock(instant: &str, zone: &TimeZone) -> String {
    let Ok(at) = instant.parse::<Timestamp>() else {
        return instant.to_owned();
    };
    let local = zone.to_datetime(at);
    let format = if local.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
    local.strftime(format).to_string()
}

/// Text from a file, with nothing in it that moves a cursor.
fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut plain, c| {
        if c.is_control() && c != '\t' {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
        plain
    })
}
