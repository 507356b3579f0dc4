//! Commit messages: a subject a person would write, and trailers that programs read.
//!
//! What is written here is read back the same. A trailer that arrives from outside proves nothing: who may say what
//! is decided where a commit is taken in, not here.

use crate::model::{Money, RunId, Scalar as _, Slug, TicketId};
use std::fmt;

/// Longest subject, in characters; longer ones are cut, since git's own views cut them too.
pub const SUBJECT_CHARACTERS_MAX: usize = 120;

/// Longest body that is kept, in bytes: a message is a summary, what changed is in the commit.
pub const BODY_BYTES_MAX: usize = 16 << 10;

/// Longest value of a trailer, in characters: it stands on one line.
pub const VALUE_CHARACTERS_MAX: usize = 200;

/// A commit's message. Made by [`Message::new`] and the `with_…` methods, so that it always reads back the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    subject: String,
    body: String,
    /// What programs read.
    pub trailers: Trailers,
}

/// The machine-readable part of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trailers {
    /// Who caused the change: a person's id, an agent's slug, or `corp`.
    pub actor: Option<Slug>,
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// The tickets it is about.
    pub tickets: Vec<TicketId>,
    /// What led to it, in one line.
    pub cause: Option<Line>,
    /// What was spent.
    pub cost: Option<Money>,
    /// The ticket's fence at the time.
    pub fence: Option<u64>,
    /// What held the run.
    pub confinement: Option<Line>,
    /// The request that asked for it; asked again, it is answered from here.
    pub mutation: Option<Line>,
}

/// A text that fits on one line of a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line(String);

impl Line {
    /// The nearest text that fits on one line; `None` if nothing is left.
    pub fn new(text: &str) -> Option<Self> {
        let line = one_line(text, VALUE_CHARACTERS_MAX);
        if line.is_empty() { None } else { Some(Self(line)) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Replaces what would break a line by spaces, and joins runs of them.
fn one_line(text: &str, characters_max: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut line = String::new();
    let mut count = 0;
    for word in words {
        let gap = usize::from(!line.is_empty());
        let length = word.chars().count();
        if count + gap + length > characters_max {
            let room = characters_max.saturating_sub(count + gap + 1);
            if room > 0 {
                line.extend((gap == 1).then_some(' '));
                line.extend(word.chars().take(room));
            } else if count == characters_max {
                // The words fill the line to the end: the mark takes the place of the last character.
                line.pop();
                line.truncate(line.trim_end().len());
            }
            line.push('…');
            break;
        }
        line.extend((gap == 1).then_some(' '));
        line.push_str(word);
        count += gap + length;
    }
    line
}

impl Message {
    /// A message with a subject. An empty one becomes "change", since git refuses none.
    pub fn new(subject: &str) -> Self {
        let subject = one_line(subject, SUBJECT_CHARACTERS_MAX);
        let subject = if subject.is_empty() { "change".to_owned() } else { subject };
        Self { subject, body: String::new(), trailers: Trailers::default() }
    }

    /// Adds what else a person would say. Longer texts than [`BODY_BYTES_MAX`] are cut.
    #[must_use]
    pub fn with_body(mut self, body: &str) -> Self {
        let end = (0..=BODY_BYTES_MAX.min(body.len())).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
        let clean = |line: &str| line.chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>();
        let lines: Vec<String> = body[..end].lines().map(|line| clean(line).trim_end().to_owned()).collect();
        lines.join("\n").trim_matches('\n').clone_into(&mut self.body);
        self
    }

    /// Adds the trailers.
    #[must_use]
    pub fn with_trailers(mut self, trailers: Trailers) -> Self {
        self.trailers = trailers;
        self
    }

    /// The first line.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What stands between subject and trailers.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Reads any commit's message, ours or a person's. What does not look like our trailers stays in the body.
    pub fn parse(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (subject, rest) = text.trim_start_matches('\n').split_once('\n').unwrap_or((text.trim(), ""));
        let rest = rest.trim_matches('\n');
        let (body, last) = match rest.rsplit_once("\n\n") {
            Some((body, last)) => (body, last),
            None => ("", rest),
        };
        match Trailers::parse(last) {
            Some(trailers) => Self::new(subject).with_body(body).with_trailers(trailers),
            None => Self::new(subject).with_body(rest),
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.subject)?;
        if !self.body.is_empty() {
            writeln!(f, "\n{}", self.body)?;
        }
        let trailers = self.trailers.lines();
        // A body that ends like trailers is told from them by an empty set of our own.
        if trailers.is_empty() {
            let last = self.body.rsplit("\n\n").next().unwrap_or_default();
            if Trailers::parse(last).is_some() {
                return writeln!(f, "\n{NONE}");
            }
            return Ok(());
        }
        writeln!(f)?;
        trailers.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Stands where trailers would, when there are none and the body ends like some.
const NONE: &str = "Actor: -";

impl Trailers {
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut add = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                lines.push(format!("{key}: {value}"));
            }
        };
        add("Actor", self.actor.as_ref().map(ToString::to_string));
        add("Run", self.run.as_ref().map(ToString::to_string));
        for ticket in &self.tickets {
            add("Ticket", Some(ticket.to_string()));
        }
        add("Cause", self.cause.as_ref().map(|line| line.0.clone()));
        add("Cost", self.cost.as_ref().map(ToString::to_string));
        add("Fence", self.fence.map(|fence| fence.to_string()));
        add("Confinement", self.confinement.as_ref().map(|line| line.0.clone()));
        add("Mutation-Id", self.mutation.as_ref().map(|line| line.0.clone()));
        lines
    }

    /// Reads a paragraph in which every line is one of our trailers; `None` if one is not.
    fn parse(paragraph: &str) -> Option<Self> {
        if paragraph.trim().is_empty() {
            return None;
        }
        let mut trailers = Self::default();
        if paragraph.trim() == NONE {
            return Some(trailers);
        }
        for line in paragraph.lines() {
            let (key, value) = line.split_once(": ")?;
            match key {
                "Actor" => set(&mut trailers.actor, Slug::parse(value).ok()?)?,
                "Run" => set(&mut trailers.run, RunId::parse(value).ok()?)?,
                "Ticket" => trailers.tickets.push(TicketId::parse(value).ok()?),
                "Cause" => set(&mut trailers.cause, Line::new(value)?)?,
                "Cost" => set(&mut trailers.cost, Money::parse(value).ok()?)?,
                "Fence" => set(&mut trailers.fence, value.parse().ok()?)?,
                "Confinement" => set(&mut trailers.confinement, Line::new(value)?)?,
                "Mutation-Id" => set(&mut trailers.mutation, Line::new(value)?)?,
                _ => return None,
            }
        }
        Some(trailers)
    }
}

/// Sets what is set once.
fn set<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    let first = slot.is_none();
    *slot = Some(value);
    first.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_looks_like_one_a_person_wrote() {
        let trailers = Trailers {
            actor: Some(Slug::parse("cto").unwrap()),
            run: Some(RunId::parse("r-01jd").unwrap()),
            tickets: vec![TicketId::parse("ACME-12").unwrap()],
            cause: Line::new("timer\nevery 30m"),
            cost: Some(Money::parse("1.37 USD").unwrap()),
            fence: Some(4),
            confinement: Line::new("standard (landlock 7, seccomp)"),
            mutation: Line::new("m-1"),
        };
        let message = Message::new("cto finished  ACME-12\n").with_body("Sign-in works.\r\n\n").with_trailers(trailers);
        let expected = "cto finished ACME-12\n\nSign-in works.\n\nActor: cto\nRun: r-01jd\nTicket: ACME-12\n\
                        Cause: timer every 30m\nCost: 1.37 USD\nFence: 4\n\
                        Confinement: standard (landlock 7, seccomp)\nMutation-Id: m-1\n";
        assert_eq!(message.to_string(), expected);
        assert_eq!(Message::parse(expected), message);
    }

    #[test]
    fn messages_of_people_are_read_as_they_are() {
        for (text, subject, body, actor) in [
            ("fix", "fix", "", None),
            ("fix\n", "fix", "", None),
            ("\n\nfix\n\nbecause\n", "fix", "because", None),
            ("fix\r\n\r\nbecause\r\n", "fix", "because", None),
            ("fix\n\nSigned-off-by: A\n", "fix", "Signed-off-by: A", None),
            ("fix\n\nActor: ceo\nSigned-off-by: A\n", "fix", "Actor: ceo\nSigned-off-by: A", None),
            ("fix\n\nActor: ceo\n", "fix", "", Some("ceo")),
            ("fix\n\nActor: ceo\nActor: cto\n", "fix", "Actor: ceo\nActor: cto", None),
            ("", "change", "", None),
        ] {
            let message = Message::parse(text);
            let found = (message.subject(), message.body(), message.trailers.actor.as_ref().map(Slug::as_str));
            assert_eq!(found, (subject, body, actor), "{text:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let message = Message::new(&"word ".repeat(100));
        assert_eq!(message.subject().chars().count(), SUBJECT_CHARACTERS_MAX);
        assert!(message.subject().ends_with('…'));
        assert!(Message::new("x").with_body(&"ä".repeat(BODY_BYTES_MAX)).body().len() <= BODY_BYTES_MAX);
    }

    fn anything() -> impl Strategy<Value = Message> {
        let text = "[a-zA-Z:äß#\t \r\n-]{0,40}";
        let body = prop_oneof![
            Just(String::new()),
            text.prop_map(String::from),
            "(Actor: [a-z]{1,3}\n){1,2}",
            "[a-z\n]{0,9}\n\n(Fence: [0-9]{1,3}\n)?",
            Just(NONE.to_owned()),
        ];
        let trailers = (
            proptest::option::of("[a-z]{1,8}"),
            proptest::collection::vec(1_u32..999, 0..3),
            proptest::option::of(text),
            proptest::option::of(0_u64..99),
            proptest::option::of(text),
        );
        (text, body, trailers).prop_map(|(subject, body, (actor, tickets, cause, fence, mutation))| {
            Message::new(&subject).with_body(&body).with_trailers(Trailers {
                actor: actor.and_then(|actor| Slug::parse(&actor).ok()),
                tickets: tickets.into_iter().map(|number| TicketId::new("ACME", number).unwrap()).collect(),
                cause: cause.and_then(|cause| Line::new(&cause)),
                fence,
                mutation: mutation.and_then(|mutation| Line::new(&mutation)),
                ..Trailers::default()
            })
        })
    }

    #[test]
    fn words_that_fill_the_line_to_the_end_leave_room_for_the_mark() {
        for length in [SUBJECT_CHARACTERS_MAX - 1, SUBJECT_CHARACTERS_MAX] {
            for text in [format!("{} more", "x".repeat(length)), format!("{} y more", "x".repeat(length - 2))] {
                let message = Message::parse(&text);
                assert!(
                    message.subject().ends_with('…') && message.subject().chars().count() <= SUBJECT_CHARACTERS_MAX,
                    "{text}"
                );
                assert_eq!(Message::parse(&message.to_string()), message, "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(message in anything()) {
            prop_assert_eq!(Message::parse(&message.to_string()), message);
        }

        #[test]
        fn any_text_is_read_and_then_stays_the_same(text in "[\\PC\n\r]{0,200}") {
            let once = Message::parse(&text);
            prop_assert_eq!(Message::parse(&once.to_string()), once);
        }
    }
}
