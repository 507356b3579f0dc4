//! Where a sidecar may hold secrets, so that no message quotes them.

use super::{EnvValue, Inputs, Sidecar};
use crate::diag::{At, Diagnostic, KeyPath, Place};
use crate::format::package::sensitive::key_is_secret;
use crate::format::yaml::Node;
use std::collections::BTreeMap;
use std::ops::Range;

impl Sidecar<'_> {
    /// Secrets that the sidecar holds a value for.
    pub(in crate::format::package) fn held_secrets(&self) -> Vec<Place> {
        let mut found = Vec::new();
        let mut look = |path: KeyPath, inputs: Option<&Inputs>, env: Option<&BTreeMap<String, EnvValue>>| {
            let filled = |value: Option<&EnvValue>| matches!(value, Some(EnvValue::Plain(text)) if !text.is_empty());
            for (key, input) in inputs.and_then(|inputs| inputs.env.as_ref()).into_iter().flatten() {
                let secret = input.kind.as_deref() != Some("plain") || key_is_secret(key);
                if secret && filled(input.default.as_ref()) {
                    found.push(self.place(&path.clone().key("inputs").key("env").key(key)));
                }
            }
            let config = if self.root.at(&path.clone().key("adapter")).is_some() {
                path.key("adapter").key("config")
            } else {
                path
            };
            for (key, value) in env.into_iter().flatten() {
                if key_is_secret(key) && filled(Some(value)) {
                    found.push(self.place(&config.clone().key("env").key(key)));
                }
            }
        };
        for (slug, agent) in self.content.agents.iter().flatten() {
            let config = agent.adapter.as_ref().and_then(|adapter| adapter.config.as_ref());
            look(
                KeyPath::from("agents").key(slug),
                agent.inputs.as_ref(),
                config.and_then(|config| config.0.env.as_ref()),
            );
        }
        for (slug, project) in self.content.projects.iter().flatten() {
            look(KeyPath::from("projects").key(slug), project.inputs.as_ref(), project.env.as_ref());
        }
        found
    }

    /// The bytes in which values may be secret: everything about variables and headers.
    pub(super) fn hidden(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        collect_hidden(&self.root, &mut found);
        found
    }
}

fn collect_hidden(node: &Node<'_>, found: &mut Vec<Range<usize>>) {
    for (key, value) in node.entries() {
        if key
            .text()
            .is_some_and(|name| matches!(name, "env" | "inputs" | "headers" | "variables") || key_is_secret(name))
        {
            found.push(key.span.start..value.span.end.max(key.span.end));
        } else {
            collect_hidden(value, found);
        }
    }
    for item in node.items() {
        collect_hidden(item, found);
    }
}

/// A diagnostic about a value that may be secret names the file and the key, and shows no line of it.
pub(super) fn hide(diagnostic: &mut Diagnostic, hidden: &[Range<usize>]) {
    for label in &mut diagnostic.labels {
        let At::Span(span) = &label.place.at else { continue };
        if hidden.iter().any(|range| range.start <= span.start && span.start < range.end) {
            label.place.at = At::File;
            if diagnostic.code == "bad-value" {
                let key = diagnostic.message.split('`').nth(1).unwrap_or_default();
                let key = key.split(':').next().unwrap_or_default();
                diagnostic.message = format!("a value under `{key}`, where secrets may stand, cannot be read");
            }
        }
    }
}
