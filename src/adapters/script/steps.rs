//! The steps of a script: one a line, a word and what belongs to it. `docs/script-adapter.md` is the page for people.

use crate::model::money::Bytes;
use crate::model::{Interval, Money, Scalar as _};
use std::fmt;

/// Longest script, in steps: a script is read by people.
pub const STEPS_MAX: usize = 1_000;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Say something into the transcript.
    Say(String),
    /// Write a file in the workspace, whole.
    Edit {
        /// Where, relative to the workspace.
        path: String,
        /// What.
        text: String,
    },
    /// Comment on the ticket.
    Comment(String),
    /// Ask for the ticket to be done.
    Done,
    /// Of work it was asked to judge: let it pass. In other runs this says nothing, as `done` says nothing in such a one.
    Approve(String),
    /// Of work it was asked to judge: send it back.
    Return(String),
    /// Say that the ticket is blocked, and why.
    Block(String),
    /// Have used this much.
    Spend {
        /// Money.
        money: Money,
        /// Tokens read and written.
        tokens: (u64, u64),
    },
    /// Do nothing for a time.
    Wait(Interval),
    /// Never end, and heed no signal that can be ignored.
    Hang,
    /// End with an error.
    Fail(String),
    /// Say this many bytes.
    Flood(u64),
    /// Leave a process behind that keeps the output open, in a session of its own.
    Fork(Interval),
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

const WORDS: &[&str] =
    &["say", "edit", "comment", "done", "approve", "return", "block", "spend", "wait", "hang", "fail", "flood", "fork"];

/// Reads a script. Empty lines and lines that begin with `#` say nothing.
///
/// # Errors
/// The first line that is no step.
pub fn parse(text: &str) -> Result<Vec<Step>, Wrong> {
    let mut steps = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |why: String| Wrong { line: index + 1, why };
        if steps.len() == STEPS_MAX {
            return Err(wrong(format!("a script has at most {STEPS_MAX} steps")));
        }
        steps.push(step(line).map_err(wrong)?);
    }
    Ok(steps)
}

fn step(line: &str) -> Result<Step, String> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let needed = |what: &str| if rest.is_empty() { Err(format!("`{word}` needs {what}")) } else { Ok(rest.to_owned()) };
    let alone = |step: Step| if rest.is_empty() { Ok(step) } else { Err(format!("`{word}` stands alone")) };
    let time = || Interval::parse(&needed("a length of time such as `5s`")?);
    match word {
        "say" => Ok(Step::Say(rest.to_owned())),
        "edit" => {
            let rest = needed("a path and a text")?;
            let (path, text) = rest.split_once(char::is_whitespace).unwrap_or((&rest, ""));
            Ok(Step::Edit { path: path.to_owned(), text: text.trim().to_owned() })
        }
        "comment" => needed("a text").map(Step::Comment),
        "done" => alone(Step::Done),
        "approve" => needed("what was found").map(Step::Approve),
        "return" => needed("what is missing").map(Step::Return),
        "block" => needed("a reason").map(Step::Block),
        "spend" => spend(&needed("an amount such as `0.05 USD`")?),
        "wait" => time().map(Step::Wait),
        "hang" => alone(Step::Hang),
        "fail" => Ok(Step::Fail(if rest.is_empty() { "it was told to fail".to_owned() } else { rest.to_owned() })),
        "flood" => Bytes::parse(&needed("a size such as `1MiB`")?).map(|size| Step::Flood(size.0)),
        "fork" if rest.is_empty() => Ok(Step::Fork(Interval::from_ms(3_600_000))),
        "fork" => time().map(Step::Fork),
        _ => Err(format!("there is no step `{word}`, only {}", WORDS.join(", "))),
    }
}

/// `0.05 USD`, or `0.05 USD 1200 300` with the tokens read and written.
fn spend(text: &str) -> Result<Step, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let count = |at: usize| match words.get(at) {
        Some(word) => word.parse::<u64>().map_err(|_| format!("`{word}` is not a number of tokens")),
        None => Ok(0),
    };
    if words.len() > 4 {
        return Err("`spend` has an amount, a currency, and at most two numbers of tokens".to_owned());
    }
    let money = Money::parse(&words.iter().take(2).copied().collect::<Vec<_>>().join(" "))?;
    Ok(Step::Spend { money, tokens: (count(2)?, count(3)?) })
}

impl fmt::Display for Step {
    /// The line that reads as this step.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Say(text) => write!(f, "say {text}"),
            Self::Edit { path, text } => write!(f, "edit {path} {text}"),
            Self::Comment(text) => write!(f, "comment {text}"),
            Self::Done => f.write_str("done"),
            Self::Approve(found) => write!(f, "approve {found}"),
            Self::Return(missing) => write!(f, "return {missing}"),
            Self::Block(why) => write!(f, "block {why}"),
            Self::Spend { money, tokens: (input, output) } => write!(f, "spend {money} {input} {output}"),
            Self::Wait(time) => write!(f, "wait {time}"),
            Self::Hang => f.write_str("hang"),
            Self::Fail(why) => write!(f, "fail {why}"),
            Self::Flood(bytes) => write!(f, "flood {bytes}"),
            Self::Fork(time) => write!(f, "fork {time}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_reads_back() {
        let text = "# played\n\nsay hi there\nedit a/b.md One line.\ncomment Done so far.\ndone\napprove Reads well.\nreturn The sums are missing.\nblock no key\n\
                    spend 0.05 USD\nspend 0.05 USD 12 3\nwait 5s\nhang\nfail\nfail tired\nflood 1KiB\nfork\nfork 5s\n";
        let steps = parse(text).unwrap();
        assert_eq!(steps.len(), 16);
        let again: String = steps.iter().map(|step| format!("{step}\n")).collect();
        assert_eq!(parse(&again).unwrap(), steps);
        for word in WORDS {
            assert!(again.lines().any(|line| line.split(' ').next() == Some(word)), "{word} is not tried");
        }
    }

    #[test]
    fn what_is_no_step() {
        for (line, why) in [
            ("comment", "`comment` needs a text"),
            ("done now", "`done` stands alone"),
            ("wait", "`wait` needs a length of time such as `5s`"),
            ("spend 5", "the currency is missing"),
            ("spend 5 USD x", "`x` is not a number of tokens"),
            ("spend 5 USD 1 2 3", "`spend` has an amount, a currency, and at most two numbers of tokens"),
        ] {
            assert_eq!(parse(line).unwrap_err(), Wrong { line: 1, why: why.to_owned() }, "{line}");
        }
        assert!(parse(&"say\n".repeat(STEPS_MAX + 1)).unwrap_err().why.contains("1000 steps"));
    }
}
