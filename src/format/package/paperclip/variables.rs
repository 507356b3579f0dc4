//! Variables of agents and projects: plain ones are taken over, secret ones become secrets that are wanted.

use super::{Conversion, TEXT_CHARACTERS_MAX};
use crate::diag::KeyPath;
use crate::format::package::SecretWanted;
use crate::format::package::emit::Emit;
use crate::format::package::sensitive;
use crate::format::package::sidecar::{EnvValue, Input, Sidecar};
use crate::model::{Scalar as _, SecretName};
use std::collections::BTreeMap;

/// Plain variables and wanted secrets of one agent or project.
#[derive(Debug, Default)]
pub(super) struct Variables {
    plain: BTreeMap<String, String>,
    secrets: Vec<SecretName>,
    /// Those of them that nobody says are required.
    optional: Vec<SecretName>,
}

impl Variables {
    /// The variables that are not also secrets.
    fn plain(&self) -> impl Iterator<Item = (&str, &str)> {
        let secret = |key: &str| self.secrets.iter().any(|name| name.as_str() == key);
        self.plain.iter().map(|(key, value)| (key.as_str(), value.as_str())).filter(move |(key, _)| !secret(key))
    }

    pub(super) fn write_plain(&self, emit: &mut Emit, depth: usize) {
        if self.plain().next().is_some() {
            emit.open(depth, "env");
            for (key, value) in self.plain() {
                emit.text(depth + 1, key, value);
            }
        }
    }

    pub(super) fn write_secrets(&self, emit: &mut Emit) {
        let (optional, needed): (Vec<&str>, Vec<&str>) = self
            .secrets
            .iter()
            .map(SecretName::as_str)
            .partition(|name| self.optional.iter().any(|optional| optional.as_str() == *name));
        for (key, names) in [("secrets", needed), ("optional_secrets", optional)] {
            if !names.is_empty() {
                emit.list(0, key, &names);
            }
        }
    }
}

/// What is asked for where a variable is a secret, and nobody says that it can be done without.
fn needed() -> Input {
    Input { requirement: Some("required".to_owned()), ..Input::default() }
}

impl Conversion<'_> {
    /// Turns the variables that the importer is asked for into wanted secrets and plain values.
    pub(super) fn inputs(
        &mut self,
        sidecar: &Sidecar<'_>,
        path: &KeyPath,
        folder: &str,
        inputs: Option<&BTreeMap<String, Input>>,
        env: &mut Variables,
    ) {
        for (key, input) in inputs.into_iter().flatten() {
            let path = path.clone().key("inputs").key("env").key(key);
            let secret = match input.kind.as_deref() {
                Some("plain") => sensitive::key_is_secret(key),
                Some("secret") | None => true,
                Some(_) => {
                    self.warn_hidden(
                        sidecar,
                        &path,
                        "its `kind` is neither `secret` nor `plain`; it was taken for a secret",
                    );
                    true
                }
            };
            if secret {
                if matches!(&input.default, Some(EnvValue::Plain(text)) if !text.is_empty()) {
                    self.warn_hidden(sidecar, &path, "a secret has a value in the package; it was not taken over, and should count as known to others");
                }
                self.want(sidecar, &path, folder, key, input, env);
            } else if let Some(EnvValue::Plain(value)) = &input.default {
                if input.portability.as_deref() == Some("system_dependent") {
                    self.note_hidden(sidecar, &path, "its value belongs to one machine and was not taken over");
                } else {
                    self.variable(sidecar, &path, key, value, env);
                }
            } else {
                self.note_hidden(sidecar, &path, "the package asks for a value; write it under `env`");
            }
        }
    }

    /// Takes plain variables over, and leaves out what may be secret or steers programs.
    pub(super) fn env(
        &mut self,
        sidecar: &Sidecar<'_>,
        path: &KeyPath,
        folder: &str,
        values: Option<&BTreeMap<String, EnvValue>>,
        env: &mut Variables,
    ) {
        for (key, value) in values.into_iter().flatten() {
            let path = path.clone().key("env").key(key);
            match value {
                EnvValue::SecretReference => self.want(sidecar, &path, folder, key, &needed(), env),
                EnvValue::Plain(text) if sensitive::key_is_secret(key) => {
                    if !text.is_empty() {
                        self.warn_hidden(sidecar, &path, "its name says that it is secret; the value was not taken over, and should count as known to others");
                    }
                    self.want(sidecar, &path, folder, key, &needed(), env);
                }
                EnvValue::Plain(text) => self.variable(sidecar, &path, key, text, env),
                EnvValue::Other => {
                    self.warn_hidden(sidecar, &path, "its value is neither a text nor a reference to a secret");
                }
            }
        }
    }

    fn variable(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, key: &str, value: &str, env: &mut Variables) {
        let name = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !key.is_empty();
        if !name || key.starts_with(|c: char| c.is_ascii_digit()) || value.contains('\0') {
            self.warn_hidden(sidecar, path, "this is not a variable that a program can be given");
        } else if sensitive::steers(key) {
            self.warn_hidden(
                sidecar,
                path,
                "it changes what programs load, execute or talk to, so it was not taken over",
            );
        } else if value.chars().count() > TEXT_CHARACTERS_MAX {
            self.warn_hidden(sidecar, path, "its value is longer than a page and was not taken over");
        } else if sensitive::first_secret(value).is_some() {
            self.warn_hidden(
                sidecar,
                path,
                "its value looks like a secret and was not taken over; it should count as known to others",
            );
        } else if sensitive::is_machine_path(value) {
            self.note_hidden(sidecar, path, "its value belongs to one machine and was not taken over");
        } else {
            env.plain.entry(key.to_owned()).or_insert_with(|| value.to_owned());
        }
    }

    fn want(
        &mut self,
        sidecar: &Sidecar<'_>,
        path: &KeyPath,
        folder: &str,
        key: &str,
        input: &Input,
        env: &mut Variables,
    ) {
        let Ok(name) = SecretName::parse(key) else {
            self.warn_hidden(sidecar, path, "a secret's name has capitals, digits and `_` only; it was left out");
            return;
        };
        let description = input
            .description
            .clone()
            .filter(|text| text.chars().count() <= TEXT_CHARACTERS_MAX && sensitive::first_secret(text).is_none());
        if !env.secrets.contains(&name) {
            env.secrets.push(name.clone());
            let required = input.requirement.as_deref() == Some("required");
            if !required {
                env.optional.push(name.clone());
            }
            self.done.secrets_wanted.push(SecretWanted { name, wanted_by: folder.to_owned(), required, description });
        }
    }
}
