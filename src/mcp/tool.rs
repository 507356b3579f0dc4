//! A tool as data: its name, what it takes, how it may be called, and the request it comes to. The schema that is shown and
//! the reading of arguments come from the same [`Field`]s, so that they cannot differ.

use crate::runtime::wire::Ask;
use rmcp::model::{JsonObject, ToolAnnotations};
use serde_json::{Value, json};
use std::sync::Arc;

/// A tool.
#[derive(Debug)]
pub(super) struct Tool {
    /// What it is called.
    pub(super) name: &'static str,
    /// The same for people.
    pub(super) title: &'static str,
    /// What it does, and when to use it.
    pub(super) about: &'static str,
    /// What calling it does to the company.
    pub(super) effect: Effect,
    /// What it takes.
    pub(super) fields: &'static [Field],
    /// The request it comes to.
    pub(super) ask: fn(&Arguments) -> Result<Ask, String>,
}

/// What calling a tool does to the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    Looks,
    /// Something is added each time.
    Adds,
    /// Something is added or taken; calling it again the same way adds nothing.
    AddsOnce,
    /// Something becomes another; calling it again the same way changes nothing.
    Changes,
}

/// Something a tool takes.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// What kind of value a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A whole number that is not negative.
    Number,
}

impl Field {
    /// One that has to be given.
    pub(super) const fn needed(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, about, kind, required: true }
    }

    /// One that may be left out.
    pub(super) const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, about, kind, required: false }
    }

    fn schema(&self) -> Value {
        match self.kind {
            Kind::Text => json!({ "type": "string", "description": self.about }),
            Kind::Word(words) => json!({ "type": "string", "enum": words, "description": self.about }),
            Kind::Number => json!({ "type": "integer", "minimum": 0, "description": self.about }),
            Kind::Texts => json!({ "type": "array", "items": { "type": "string" }, "description": self.about }),
        }
    }

    /// Why a value is none of this field, in words.
    fn wrong(&self, value: &Value) -> Option<String> {
        let is_text = |value: &Value| value.is_string();
        match self.kind {
            Kind::Text => (!is_text(value)).then(|| "it is a text".to_owned()),
            Kind::Word(words) => {
                let known = value.as_str().is_some_and(|word| words.contains(&word));
                (!known).then(|| format!("it is one of {}", words.join(", ")))
            }
            Kind::Number => (!value.is_u64()).then(|| "it is a whole number, 0 or more".to_owned()),
            Kind::Texts => {
                let all = value.as_array().is_some_and(|all| all.iter().all(is_text));
                (!all).then(|| "it is a list of texts".to_owned())
            }
        }
    }
}

impl Tool {
    /// As a client is told of it.
    pub(super) fn described(&self) -> rmcp::model::Tool {
        let properties: JsonObject = self.fields.iter().map(|field| (field.name.to_owned(), field.schema())).collect();
        let required: Vec<&str> = self.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
        let mut schema = JsonObject::new();
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema.insert("required".to_owned(), json!(required));
        schema.insert("additionalProperties".to_owned(), json!(false));
        let (read_only, destructive, idempotent) = match self.effect {
            Effect::Looks => (true, false, true),
            Effect::Adds => (false, false, false),
            Effect::AddsOnce => (false, false, true),
            // History keeps what was, but what holds is another thing afterwards.
            Effect::Changes => (false, true, true),
        };
        // The company is all there is behind it: nothing outside is reached.
        let hints = ToolAnnotations::with_title(self.title)
            .read_only(read_only)
            .destructive(destructive)
            .idempotent(idempotent)
            .open_world(false);
        rmcp::model::Tool::new(self.name, self.about, Arc::new(schema)).with_title(self.title).with_annotations(hints)
    }

    /// The request that these arguments come to.
    ///
    /// # Errors
    /// What of them cannot be used.
    pub(super) fn asked(&self, given: JsonObject) -> Result<Ask, String> {
        // Some clients give `null` for what is left out.
        let given: JsonObject = given.into_iter().filter(|(_, value)| !value.is_null()).collect();
        for (name, value) in &given {
            let Some(field) = self.fields.iter().find(|field| field.name == name) else {
                return Err(format!("it takes no `{name}`"));
            };
            if let Some(why) = field.wrong(value) {
                return Err(format!("`{name}` cannot be {value}: {why}"));
            }
        }
        if let Some(missing) = self.fields.iter().find(|field| field.required && !given.contains_key(field.name)) {
            return Err(format!("`{}` is missing: {}", missing.name, missing.about));
        }
        (self.ask)(&Arguments(given))
    }
}

/// What a tool was given, known to fit its fields.
#[derive(Debug)]
pub(super) struct Arguments(JsonObject);

impl Arguments {
    /// A text that has to be there.
    pub(super) fn text(&self, name: &str) -> String {
        self.maybe(name).unwrap_or_default()
    }

    /// A text that may be left out.
    pub(super) fn maybe(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    /// A list; empty if it is left out.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let all = self.0.get(name).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A number that may be left out.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name).and_then(Value::as_u64)
    }
}
