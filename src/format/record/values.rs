//! What a value under a key can be: text, a number, a word out of a list, a list, a mapping of names.

use super::reader::{Reader, join, nearest};
use super::schema::nullable;
use super::{Field, Parts};
use crate::format::yaml::{Data, Node, Style};
use crate::model::{Choice, Scalar};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

impl<T: Scalar> Field for T {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = node.text() else {
            reader.expected(node, T::EXPECTED);
            return None;
        };
        match T::parse(text) {
            Ok(value) => match value.flaw() {
                None => Some(value),
                Some(flaw) => {
                    let message = format!("{} {}", shown(reader, text), flaw.message);
                    reader.error(flaw.code, node.span.clone(), message).help.push(flaw.help);
                    None
                }
            },
            Err(why) => {
                let message = format!("{} cannot be read: {why}", shown(reader, text));
                reader.error("bad-value", node.span.clone(), message).help.push(format!("write {}", T::EXPECTED));
                None
            }
        }
    }

    fn schema(_: &mut Parts) -> Json {
        let mut schema = json!({ "type": T::TYPES, "pattern": T::PATTERN, "description": T::EXPECTED });
        if let [only] = T::TYPES {
            schema["type"] = json!(only);
        }
        if T::TYPES.contains(&"integer") {
            schema["minimum"] = json!(0);
        }
        schema
    }
}

/// A value with its key, short and without control characters, for a message. Made only where there is one: a company has
/// tens of thousands of values, and hardly one is wrong.
fn shown(reader: &Reader<'_>, text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("`{}: {}`", reader.key, short.escape_debug())
}

/// Makes [`Choice`] types readable; a blanket implementation would collide with the one for [`Scalar`].
macro_rules! choice_fields {
    ($($choice:ty),+ $(,)?) => {
        $(impl $crate::format::record::Field for $choice {
            fn read(node: &$crate::format::yaml::Node<'_>, reader: &mut $crate::format::record::Reader<'_>) -> Option<Self> {
                $crate::format::record::read_choice(node, reader)
            }

            fn schema(_: &mut $crate::format::record::Parts) -> ::serde_json::Value {
                $crate::format::record::choice_schema::<$choice>()
            }
        })+
    };
}
pub(crate) use choice_fields;

use crate::model::status::{
    AgentStatus, ApprovalStatus, BoardRole, Confinement, GoalStatus, Priority, ProjectStatus, Role, TicketStatus,
    WakeReason,
};
choice_fields!(
    AgentStatus,
    ApprovalStatus,
    BoardRole,
    Confinement,
    GoalStatus,
    Priority,
    ProjectStatus,
    Role,
    TicketStatus,
    WakeReason
);

/// Reads one word out of a list.
pub(crate) fn read_choice<T: Choice>(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<T> {
    let words = || T::ALL.iter().map(|(word, _)| *word);
    let list = || join(words().map(|word| format!("`{word}`")), "or");
    let Some(text) = node.text() else {
        reader.expected(node, &format!("one of {}", list()));
        return None;
    };
    let found = T::from_word(text);
    if found.is_none() {
        let message = format!("`{}: {}` is not a choice", reader.key, text.escape_debug());
        let help = match nearest(text, words()) {
            Some(near) => format!("did you mean `{near}`? It is one of {}", list()),
            None => format!("it is one of {}", list()),
        };
        reader.error("unknown-word", node.span.clone(), message).help.push(help);
    }
    found
}

/// The schema of one word out of a list.
pub(crate) fn choice_schema<T: Choice>() -> Json {
    json!({ "type": "string", "enum": T::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
}

impl Field for String {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = node.text().map(str::to_owned);
        if text.is_none() {
            reader.expected(node, "text");
        }
        text
    }

    /// A plain number or `true` is text too: it is taken as it is written.
    fn schema(_: &mut Parts) -> Json {
        json!({ "type": ["string", "number", "boolean"] })
    }
}

impl Field for bool {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.data {
            Data::Scalar(text, Style::Plain) if text == "true" => Some(true),
            Data::Scalar(text, Style::Plain) if text == "false" => Some(false),
            Data::Scalar(text, _) => {
                let message = format!("`{}: {}` is neither `true` nor `false`", reader.key, text.escape_debug());
                reader
                    .error("bad-value", node.span.clone(), message)
                    .help
                    .push("write `true` or `false`, without quotes".to_owned());
                None
            }
            Data::List(_) | Data::Map(_) => {
                reader.expected(node, "`true` or `false`");
                None
            }
        }
    }

    fn schema(_: &mut Parts) -> Json {
        json!({ "type": "boolean" })
    }
}

impl Field for u64 {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = node.text() else {
            reader.expected(node, "a whole number");
            return None;
        };
        let number = crate::model::money::whole(text);
        if let Err(why) = &number {
            let message = format!("`{}: {}` cannot be read: {why}", reader.key, text.escape_debug());
            reader
                .error("bad-value", node.span.clone(), message)
                .help
                .push("write a whole number, such as `3`".to_owned());
        }
        number.ok()
    }

    fn schema(_: &mut Parts) -> Json {
        json!({ "type": ["integer", "string"], "minimum": 0, "pattern": "^(0|[1-9][0-9]*)$" })
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Data::List(items) = &node.data else {
            reader.expected(node, "a list");
            return None;
        };
        Some(items.iter().filter(|item| !item.is_null()).filter_map(|item| T::read(item, reader)).collect())
    }

    fn schema(parts: &mut Parts) -> Json {
        json!({ "type": "array", "items": nullable(T::schema(parts)) })
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Data::Map(entries) = &node.data else {
            reader.expected(node, "a mapping");
            return None;
        };
        let read = |(key, value): &(Node<'_>, Node<'_>), reader: &mut Reader<'_>| {
            let name = match &key.data {
                Data::Scalar(text, _) => text.clone().into_owned(),
                Data::List(_) | Data::Map(_) => return None,
            };
            if value.is_null() { None } else { Some((name, T::read(value, reader)?)) }
        };
        Some(entries.iter().filter_map(|entry| read(entry, reader)).collect())
    }

    fn schema(parts: &mut Parts) -> Json {
        json!({ "type": "object", "additionalProperties": nullable(T::schema(parts)) })
    }
}

/// A value that is kept as it is and read by nobody here, such as `metadata`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anything;

impl Field for Anything {
    fn read(_: &Node<'_>, _: &mut Reader<'_>) -> Option<Self> {
        Some(Self)
    }

    fn schema(_: &mut Parts) -> Json {
        json!({})
    }
}
