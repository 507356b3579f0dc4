//! Types of files: one declaration gives the Rust type, the reader and the JSON Schema.
//!
//! [`record!`](crate::record) declares a mapping; [`Field`] is what a value under a key can be. A reader never
//! fails: a value it cannot use is reported with its place and left out. Unknown keys are reported and
//! otherwise left alone, since edits patch the text (`docs/decisions/0001-yaml-reading.md` tells why this is
//! not `serde`).

use super::yaml::{Data, Node, Style};
use crate::diag::{Diagnostic, PER_FILE_MAX, Place, Severity, more};
use crate::model::{Choice, Scalar};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::ops::Range;

/// Collects what is wrong while one file is read.
#[derive(Debug)]
pub struct Reader<'f> {
    /// The file's path, relative to the company's root.
    pub file: &'f str,
    /// What has been found so far.
    pub diagnostics: Vec<Diagnostic>,
    /// The key whose value is being read, for messages.
    pub key: &'static str,
    /// How many errors, warnings and notes there were.
    counts: [usize; 3],
    /// What is not kept because there is too much of it; see [`PER_FILE_MAX`].
    dropped: usize,
    spare: Option<Diagnostic>,
}

impl<'f> Reader<'f> {
    /// A reader for `file`.
    pub fn new(file: &'f str) -> Self {
        Self { file, diagnostics: Vec::new(), key: "", counts: [0; 3], dropped: 0, spare: None }
    }

    /// What was found, with a word on what was too much to be kept.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        if self.dropped > 0 {
            self.diagnostics.push(more(self.file, self.dropped));
        }
        self.diagnostics
    }

    /// Whether there are so many errors that further ones are not kept.
    pub fn is_full(&self) -> bool {
        self.counts[Severity::Error as usize] > PER_FILE_MAX
    }

    /// Reports an error at `span`; refine the returned diagnostic with `help`.
    pub fn error(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.report(Diagnostic::error(code, Place::span(self.file, span), message))
    }

    /// Reports a warning at `span`.
    pub fn warning(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.report(Diagnostic::warning(code, Place::span(self.file, span), message))
    }

    /// Reports something; refine the returned diagnostic.
    pub fn report(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        let count = &mut self.counts[diagnostic.severity as usize];
        *count += 1;
        if *count > PER_FILE_MAX {
            self.dropped += 1;
            return self.spare.insert(diagnostic);
        }
        self.diagnostics.push(diagnostic);
        self.diagnostics.last_mut().expect("one was just pushed")
    }

    /// Reports that `node` is not of the kind that is needed.
    pub fn expected(&mut self, node: &Node<'_>, expected: &str) {
        let message = format!("`{}` holds {}, where {expected} belongs", self.key, node.kind());
        let help = match expected {
            "a list" => "write a list: `[one, two]`, or a line `- one` for each".to_owned(),
            "a mapping" => "write `name: value` on lines of their own below the key, indented".to_owned(),
            "text" => "write text on the same line, in quotes if it has special characters".to_owned(),
            other => format!("write {other}"),
        };
        self.error("bad-value", node.span.clone(), message).help.push(help);
    }

    /// Reports a key nobody reads, with the nearest of `known`.
    pub fn unknown_key(&mut self, key: &Node<'_>, known: &[&'static str]) {
        let name = key.text().unwrap_or_default().to_owned();
        let help = match nearest(&name, known.iter().copied()) {
            Some(near) => {
                format!("did you mean `{near}`? As it stands, the key is kept and has no effect")
            }
            None => "it is kept, and has no effect".to_owned(),
        };
        self.warning("unknown-key", key.span.clone(), format!("nothing reads the key `{name}`")).help.push(help);
    }

    /// Reports that none, or more than one, of keys that exclude each other is there.
    fn choose(&mut self, node: &Node<'_>, keys: &[&'static str], needed: bool) {
        let present: Vec<_> =
            keys.iter().filter_map(|key| node.entry(key)).filter(|(_, value)| !value.is_null()).collect();
        let list = join(keys.iter().map(|key| format!("`{key}`")), "or");
        if let [_, (second, _), ..] = present[..] {
            let message = format!("only one of {list} can be given");
            self.error("choose-one", second.span.clone(), message).help.push("keep the one that is meant".to_owned());
        } else if present.is_empty() && needed {
            let message = format!("one of {list} is needed");
            self.error("choose-one", head(node), message).help.push("add the one that is meant".to_owned());
        }
    }
}

/// A value that can stand under a key.
pub trait Field: Sized {
    /// Reads the value, or reports why it cannot and returns `None`. Never called with "no value".
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self>;

    /// The JSON Schema of the value; named parts go into `parts`.
    fn schema(parts: &mut Parts) -> Json;
}

/// The named parts (`$defs`) of a schema.
pub type Parts = BTreeMap<&'static str, Json>;

impl<T: Scalar> Field for T {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = node.text() else {
            reader.expected(node, T::EXPECTED);
            return None;
        };
        let shown: String = text.chars().take(60).collect();
        let shown = format!("`{}: {}`", reader.key, shown.escape_debug());
        match T::parse(text) {
            Ok(value) => match value.flaw() {
                None => Some(value),
                Some(flaw) => {
                    let message = format!("{shown} {}", flaw.message);
                    reader.error(flaw.code, node.span.clone(), message).help.push(flaw.help);
                    None
                }
            },
            Err(why) => {
                let message = format!("{shown} cannot be read: {why}");
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
    let list = join(words().map(|word| format!("`{word}`")), "or");
    let Some(text) = node.text() else {
        reader.expected(node, &format!("one of {list}"));
        return None;
    };
    let found = T::from_word(text);
    if found.is_none() {
        let message = format!("`{}: {}` is not a choice", reader.key, text.escape_debug());
        let help = match nearest(text, words()) {
            Some(near) => format!("did you mean `{near}`? It is one of {list}"),
            None => format!("it is one of {list}"),
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

/// A mapping with known keys; implemented by [`record!`](crate::record).
pub trait Record: Default {
    /// The name of the type in the schema.
    const NAME: &'static str;
    /// The keys, in the order people should write them.
    const KEYS: &'static [&'static str];

    /// Reads a mapping; what cannot be used is reported and left out.
    fn read_record(node: &Node<'_>, reader: &mut Reader<'_>) -> Self;

    /// The schema of the mapping itself.
    fn record_schema(parts: &mut Parts) -> Json;
}

/// Declares a mapping with known keys. Every field is optional in the text; `(required)` after the type
/// reports its absence; `exactly_one [..]` and `at_most_one [..]` after the struct name keys that exclude
/// each other.
#[macro_export]
macro_rules! record {
    ($(#[doc = $doc:literal])* $vis:vis struct $name:ident {
        $($(#[doc = $field_doc:literal])* $key:literal => $field:ident: $type:ty $(, $required:ident)?;)+
    } $(exactly_one [$($one:literal),+])? $(at_most_one [$($most:literal),+])?) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        $vis struct $name { $($(#[doc = $field_doc])* pub $field: Option<$type>,)+ }

        impl $crate::format::record::Record for $name {
            const NAME: &'static str = stringify!($name);
            const KEYS: &'static [&'static str] = &[$($key),+];

            fn read_record(node: &$crate::format::yaml::Node<'_>, reader: &mut $crate::format::record::Reader<'_>) -> Self {
                use $crate::format::record as r;
                let mut record = Self::default();
                for (key, value) in node.entries() {
                    let $crate::format::yaml::Data::Scalar(name, _) = &key.data else { continue };
                    match name.as_ref() {
                        $($key => r::field(&mut record.$field, $key, value, reader),)+
                        _ => reader.unknown_key(key, Self::KEYS),
                    }
                }
                $($(r::$required(node, record.$field.is_none(), $key, reader);)?)+
                $(r::exactly_one(node, &[$($one),+], reader);)?
                $(r::at_most_one(node, &[$($most),+], reader);)?
                record
            }

            fn record_schema(parts: &mut $crate::format::record::Parts) -> ::serde_json::Value {
                use $crate::format::record as r;
                let properties: Vec<(&str, &[&str], ::serde_json::Value)> = vec![
                    $(($key, &[$($field_doc),*] as &[&str], <$type as r::Field>::schema(parts))),+
                ];
                let required: &[&str] = &[$($(r::name_of::$required($key),)?)+];
                let one: &[&str] = &[$($($one),+)?];
                let most: &[&str] = &[$($($most),+)?];
                r::object_schema(&[$($doc),*], properties, required, one, most)
            }
        }

        impl $crate::format::record::Field for $name {
            fn read(node: &$crate::format::yaml::Node<'_>, reader: &mut $crate::format::record::Reader<'_>) -> Option<Self> {
                $crate::format::record::read_nested(node, reader)
            }

            fn schema(parts: &mut $crate::format::record::Parts) -> ::serde_json::Value {
                $crate::format::record::nested_schema::<Self>(parts)
            }
        }
    };
}

/// Reads one field of a record; for the macro.
pub fn field<T: Field>(slot: &mut Option<T>, key: &'static str, value: &Node<'_>, reader: &mut Reader<'_>) {
    if value.is_null() || slot.is_some() {
        return;
    }
    reader.key = key;
    *slot = T::read(value, reader);
}

/// Reports a required key that is not there; for the macro.
pub fn required(node: &Node<'_>, missing: bool, key: &'static str, reader: &mut Reader<'_>) {
    // A value that is there and wrong has been reported already.
    if missing && node.get(key).is_none_or(Node::is_null) {
        let help = format!("add a line `{key}: …`");
        reader.error("missing-key", head(node), format!("the key `{key}` is missing")).help.push(help);
    }
}

/// Reports keys of which exactly one is needed; for the macro.
pub fn exactly_one(node: &Node<'_>, keys: &[&'static str], reader: &mut Reader<'_>) {
    reader.choose(node, keys, true);
}

/// Reports keys that exclude each other; for the macro.
pub fn at_most_one(node: &Node<'_>, keys: &[&'static str], reader: &mut Reader<'_>) {
    reader.choose(node, keys, false);
}

/// The names of required keys; for the macro.
pub mod name_of {
    /// The key itself.
    pub fn required(key: &str) -> &str {
        key
    }
}

/// Reads a record inside another one; for the macro.
pub fn read_nested<T: Record>(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<T> {
    if matches!(node.data, Data::Map(_)) {
        return Some(T::read_record(node, reader));
    }
    reader.expected(
        node,
        &format!("a mapping with {}", join(T::KEYS.iter().take(4).map(|key| format!("`{key}`")), "or")),
    );
    None
}

/// The schema of a record inside another one: a reference to a named part; for the macro.
pub fn nested_schema<T: Record>(parts: &mut Parts) -> Json {
    if !parts.contains_key(T::NAME) {
        parts.insert(T::NAME, Json::Null);
        let schema = T::record_schema(parts);
        parts.insert(T::NAME, schema);
    }
    json!({ "$ref": format!("#/$defs/{}", T::NAME) })
}

/// Puts the schema of a mapping together; for the macro.
pub fn object_schema(
    doc: &[&str],
    properties: Vec<(&str, &[&str], Json)>,
    required: &[&str],
    one: &[&str],
    most: &[&str],
) -> Json {
    let mut schema = json!({ "type": "object", "description": paragraph(doc), "properties": {} });
    for (key, doc, property) in properties {
        let mut property = if required.contains(&key) { property } else { nullable(property) };
        let text = paragraph(doc);
        if !text.is_empty() {
            property["description"] = Json::String(text);
        }
        schema["properties"][key] = property;
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    // Without a value a key counts as absent, so presence is "there and not null".
    let present = |key: &&str| json!({ "required": [key], "properties": { *key: { "not": { "type": "null" } } } });
    if !one.is_empty() {
        schema["oneOf"] = one.iter().map(present).collect();
    }
    if !most.is_empty() {
        let pairs =
            most.iter().enumerate().flat_map(|(at, first)| most[at + 1..].iter().map(move |second| (first, second)));
        schema["not"] = json!({ "anyOf": pairs.map(|(first, second)| json!({ "allOf": [present(first), present(second)] })).collect::<Json>() });
    }
    schema
}

/// A key without a value is the same as no key.
fn nullable(mut schema: Json) -> Json {
    let Some(object) = schema.as_object_mut() else {
        return schema;
    };
    if object.is_empty() {
        return schema;
    }
    match object.get_mut("type") {
        Some(Json::String(kind)) => {
            let kind = std::mem::take(kind);
            object.insert("type".to_owned(), json!([kind, "null"]));
        }
        Some(Json::Array(kinds)) => kinds.push(json!("null")),
        _ => return json!({ "anyOf": [schema, { "type": "null" }] }),
    }
    if let Some(Json::Array(words)) = object.get_mut("enum") {
        words.push(Json::Null);
    }
    schema
}

/// Doc comment lines as one paragraph.
fn paragraph(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The first line of a mapping: where something is said that concerns it as a whole.
fn head(node: &Node<'_>) -> Range<usize> {
    match node.entries().first() {
        Some((key, _)) => key.span.clone(),
        None => node.span.clone(),
    }
}

/// Returns the candidate nearest to `name`, if one is near enough to be a typing mistake.
pub fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let name_low = name.to_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&name_low, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().max(name.len()) / 4)
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// Joins words as people do: `a, b or c`.
pub fn join(words: impl Iterator<Item = String>, last: &str) -> String {
    let words: Vec<String> = words.collect();
    match words.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        Some((end, _)) => end.clone(),
        None => String::new(),
    }
}
