//! `corp explain` and `corp plan` for people: the engine's answers as lines of text, its instants as local times.

use crate::engine::explain::{Asked, Considered, Explanation, Outlook};
use crate::model::{Choice as _, Zone};
use jiff::Timestamp;

/// How many wakes of one agent are shown.
const WAKES_MAX: usize = 12;

/// How many things that wait are shown.
const WAITING_MAX: usize = 20;

/// Width of a rule's name.
const RULE_WIDTH: usize = 12;

/// In whose time, and from when, it is told.
#[derive(Debug, Clone, Copy)]
pub struct Told<'z> {
    /// The company's zone.
    pub zone: &'z Zone,
    /// Now.
    pub now: Timestamp,
}

/// Why something runs or does not: the answer first, then every rule.
pub fn explanation(explained: &Explanation, told: Told<'_>) -> Vec<String> {
    // Most answers name what was asked about.
    let named = explained.verdict.contains(&explained.about);
    let about = if named { String::new() } else { format!("{}: ", explained.about) };
    let mut lines = vec![told.times(&format!("{about}{}", explained.verdict))];
    if !explained.rules.is_empty() {
        lines.push(String::new());
        lines.extend(explained.rules.iter().map(|asked| rule(asked, "  ", told)));
    }
    for one in explained.wakes.iter().take(WAKES_MAX) {
        lines.push(String::new());
        lines.push(told.times(&format!("  {}", considered(one))));
        lines.extend(one.rules.iter().map(|asked| rule(asked, "    ", told)));
    }
    let more = explained.wakes.len().saturating_sub(WAKES_MAX);
    if more > 0 {
        lines.extend([String::new(), format!("  and {more} more")]);
    }
    if !explained.facts.is_empty() {
        lines.push(String::new());
        lines.extend(explained.facts.iter().map(|fact| told.times(&format!("  {fact}"))));
    }
    lines
}

/// What would happen next, and why.
pub fn outlook(outlook: &Outlook, told: Told<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if !outlook.stopped.is_empty() {
        lines.push(told.times(&outlook.stopped));
    }
    lines.push("now".to_owned());
    for step in &outlook.now {
        let line = match step.not.is_empty() {
            true => format!("  {}, because {}", step.what, step.why),
            false => format!("  not: {}, because {}; {}", step.what, step.why, step.not),
        };
        lines.push(told.times(&line));
    }
    if outlook.now.is_empty() {
        lines.push("  nothing is due".to_owned());
    }
    if !outlook.waiting.is_empty() {
        lines.push("waiting".to_owned());
    }
    for one in outlook.waiting.iter().take(WAITING_MAX) {
        let why = one.rules.iter().find(|asked| !asked.passes).or(one.hold.as_ref());
        let why = why.map(|asked| format!(": {}{}", asked.words, until(asked, told))).unwrap_or_default();
        lines.push(told.times(&format!("  {}{why}", considered(one))));
    }
    let more = outlook.waiting.len().saturating_sub(WAITING_MAX);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    if !outlook.coming.is_empty() {
        lines.push("coming".to_owned());
    }
    for coming in &outlook.coming {
        lines.push(format!("  {}  {}", told.time(coming.at), coming.what));
    }
    lines
}

fn considered(one: &Considered) -> String {
    if one.wakes { format!("{}, because {}", one.what, one.why) } else { one.what.clone() }
}

fn rule(asked: &Asked, indent: &str, told: Told<'_>) -> String {
    let word = if asked.passes { "yes" } else { "no" };
    let line = format!("{indent}{word:3}  {:RULE_WIDTH$}  {}{}", asked.rule.word(), asked.words, until(asked, told));
    told.times(&line)
}

/// When asking again may help.
fn until(asked: &Asked, told: Told<'_>) -> String {
    match asked.until {
        Some(at) => format!(", until {}", told.time(at)),
        None => String::new(),
    }
}

impl Told<'_> {
    /// An instant on a clock of the company: the time alone if it is today.
    fn time(self, at: Timestamp) -> String {
        let [at, now] = [at, self.now].map(|at| at.to_zoned(self.zone.rules().clone()));
        let form = if at.date() == now.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M" };
        at.strftime(form).to_string()
    }

    /// Instants in a text, as [`Self::time`] has them.
    fn times(self, text: &str) -> String {
        let mut told = String::with_capacity(text.len());
        for (place, word) in text.split(' ').enumerate() {
            if place > 0 {
                told.push(' ');
            }
            let bare = word.trim_end_matches([',', ';', ':', '.', ')']);
            match bare.parse::<Timestamp>() {
                Ok(at) if bare.ends_with('Z') => {
                    told.push_str(&self.time(at));
                    told.push_str(&word[bare.len()..]);
                }
                Ok(_) | Err(_) => told.push_str(word),
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scalar as _;

    #[test]
    fn instants_become_times_on_the_company_s_clock() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let told = Told { zone: &zone, now: "2026-11-20T10:00:00Z".parse().unwrap() };
        for (text, expected) in [
            ("dev has it since 2026-11-20T09:30:01.25Z", "dev has it since 10:30:01"),
            ("since 2026-11-19T23:30:00Z, and", "since 00:30:00, and"),
            ("since 2026-11-18T23:30:00Z.", "since 2026-11-19 00:30."),
            ("  no   words", "  no   words"),
            ("ACME-1Z at 2026", "ACME-1Z at 2026"),
        ] {
            assert_eq!(told.times(text), expected);
        }
    }
}
