//! Who may use a secret: said in the secret's file and in that of the agent, the project or the routine. Both change in
//! one commit, so that they agree.

use super::error::SafeError;
use super::keep::{not_reserved, place_of};
use super::safe::{Draft, Made, Safe, elsewhere, key, path_of};
use crate::adapters;
use crate::format::kind::{self, SecretFile};
use crate::format::patch::{Edit, Value as Text};
use crate::model::authority::Act;
use crate::model::secret::{BoundTo, SecretDelivery};
use crate::model::{Choice as _, Scalar as _, SecretName, Slug};

/// A file, the secrets that it lists, and those that it can do without.
type Listed = (String, Option<Vec<SecretName>>, Vec<SecretName>);

/// How somebody is bound.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// The version that is used; `None`: the latest.
    pub version: Option<u64>,
    /// Whether a run starts without it.
    pub optional: bool,
    /// How a run gets it; `None`: the usual way.
    pub delivery: Option<SecretDelivery>,
}

impl Safe {
    /// Lets runs of an agent, on a project or of a routine have a secret. Said again, the terms change.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn bind(&mut self, name: &SecretName, to: &BoundTo, terms: &Terms) -> Result<Made, SafeError> {
        self.allow(Act::Configure)?;
        not_reserved(name)?;
        self.commit(|safe| {
            let file = safe.known(name)?;
            let (settings, listed, optional) = safe.settings_of(to)?;
            if let Some(version) = terms.version
                && (elsewhere(file).is_some() || safe.text(&place_of(name, file, Some(version)))?.is_none())
            {
                let message = format!("there is no version {version} of {name} any more");
                return Err(SafeError::refused(message, format!("`corp secret history {name}` shows those there are")));
            }
            let mut draft = Draft::new(format!("{} gives {} to {to}", safe.by, name));
            let mut binding = vec![(to.noun().to_owned(), Text::text(to.slug().as_str()))];
            binding.extend(terms.version.map(|version| ("version".to_owned(), Text::Bare(version.to_string()))));
            binding.extend(terms.optional.then(|| ("required".to_owned(), Text::Bare("false".to_owned()))));
            binding.extend(terms.delivery.map(|how| ("as".to_owned(), Text::text(how.word()))));
            let edit = match place_in(file, to) {
                Some(at) => Edit::Set(key("bindings").index(at), Text::Map(binding)),
                None => Edit::Append(key("bindings"), Text::Map(binding)),
            };
            draft.edit(safe, &path_of(name), &[edit])?;
            match listed {
                _ if optional.contains(name) => {}
                Some(names) if names.contains(name) => {}
                Some(_) => draft.edit(safe, &settings, &[Edit::Append(key("secrets"), Text::text(name.as_str()))])?,
                None => {
                    // A list of its own takes the place of the company's, so that it begins with that.
                    let mut names: Vec<SecretName> = safe.usual_names(to);
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                    let names = names.iter().map(|name| Text::text(name.as_str())).collect();
                    draft.edit(safe, &settings, &[Edit::Set(key("secrets"), Text::List(names))])?;
                }
            }
            Ok(draft)
        })
    }

    /// How a run of `to` best gets this secret, where that is not the usual way: the key of an agent's model provider is put
    /// in by the gateway, so that the agent never has it.
    pub fn best_delivery(&self, name: &SecretName, to: &BoundTo) -> Option<SecretDelivery> {
        let BoundTo::Agent(slug) = to else { return None };
        let adapter = self.snapshot.worker(slug.as_str())?.adapter();
        let metered = adapters::find(adapter.kind.as_deref()?)?.usually_metered(name.as_str());
        (metered && adapter.gateway != Some(false)).then_some(SecretDelivery::Gateway)
    }

    /// Takes a secret from an agent, a project or a routine.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn unbind(&mut self, name: &SecretName, from: &BoundTo) -> Result<Made, SafeError> {
        self.allow(Act::Configure)?;
        not_reserved(name)?;
        self.commit(|safe| {
            let file = safe.known(name)?;
            let mut draft = Draft::new(format!("{} takes {name} from {from}", safe.by));
            if let Some(at) = place_in(file, from) {
                draft.edit(safe, &path_of(name), &[Edit::Remove(key("bindings").index(at))])?;
            }
            if let Ok((settings, Some(names), _)) = safe.settings_of(from)
                && let Some(at) = names.iter().position(|listed| listed == name)
            {
                draft.edit(safe, &settings, &[Edit::Remove(key("secrets").index(at))])?;
            }
            Ok(draft)
        })
    }

    /// An agent, a project or a routine of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn whose(
        &self,
        agent: Option<&str>,
        project: Option<&str>,
        routine: Option<&str>,
    ) -> Result<BoundTo, SafeError> {
        let slug = |text: &str| {
            Slug::parse(text).map_err(|why| SafeError::refused(format!("`{text}` is no name: {why}"), String::new()))
        };
        let to = match (agent, project, routine) {
            (Some(agent), ..) => BoundTo::Agent(slug(agent)?),
            (None, Some(project), _) => BoundTo::Project(slug(project)?),
            (None, None, Some(routine)) => BoundTo::Routine(slug(routine)?),
            (None, None, None) => {
                return Err(SafeError::refused(
                    "it is not said for whom",
                    "name an agent, or `--project`, `--routine`",
                ));
            }
        };
        self.settings_of(&to)?;
        Ok(to)
    }

    /// Who uses a secret, in words: those it is for, and whatever else names it.
    pub fn users(&self, name: &SecretName) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let bound = self.file(name).and_then(|file| file.bindings.as_ref()).into_iter().flatten();
        found.extend(bound.filter_map(bound_to).map(|to| to.to_string()));
        let draft = self.force.draft();
        let lists = |names: &Option<Vec<SecretName>>| names.iter().flatten().any(|listed| listed == name);
        let mut naming = Vec::new();
        naming.extend(draft.agent_settings.iter().filter(|(_, file)| lists(&file.secrets)).map(|(path, _)| path));
        naming.extend(draft.project_settings.iter().filter(|(_, file)| lists(&file.secrets)).map(|(path, _)| path));
        naming.extend(draft.routines.iter().filter(|(_, file)| lists(&file.secrets)).map(|(path, _)| path));
        let to = |path: &String| {
            let located = crate::format::layout::locate(path);
            let slug = Slug::parse(located.name).ok()?;
            Some(match located.kind {
                crate::format::layout::Kind::AgentSettings => BoundTo::Agent(slug),
                crate::format::layout::Kind::ProjectSettings => BoundTo::Project(slug),
                _ => BoundTo::Routine(slug),
            })
        };
        found.extend(naming.into_iter().filter_map(to).map(|to| to.to_string()));
        if let Some(corp) = &draft.corp {
            let hooks = corp.notify.iter().flatten().filter_map(|target| target.webhook.as_ref());
            if hooks.filter_map(|hook| hook.secret.as_ref()).any(|secret| secret == name) {
                found.push("`notify` in corp.yaml".to_owned());
            }
            if corp.defaults.as_ref().is_some_and(|defaults| lists(&defaults.secrets)) {
                found.push("`defaults` in corp.yaml".to_owned());
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// The file in which an agent, a project or a routine lists its secrets, what it lists, and what it can do without.
    fn settings_of(&self, to: &BoundTo) -> Result<Listed, SafeError> {
        let draft = self.force.draft();
        let none = || {
            let list = match to {
                BoundTo::Agent(_) => "`corp org` shows who there is",
                BoundTo::Project(_) | BoundTo::Routine(_) => "`corp check` tells of names that stand for nothing",
            };
            SafeError::refused(format!("there is no {} `{}`", to.noun(), to.slug()), list)
        };
        match to {
            BoundTo::Agent(slug) => {
                let worker = self.snapshot.worker(slug.as_str()).ok_or_else(none)?;
                let path = format!("agents/{slug}/agent.yaml");
                let names = draft.agent_settings.get(&path).and_then(|file| file.secrets.clone());
                Ok((path, names, worker.optional_secrets().to_vec()))
            }
            BoundTo::Project(slug) => {
                let project = self.snapshot.projects().get(slug).ok_or_else(none)?;
                let path = format!("projects/{slug}/project.yaml");
                let names = draft.project_settings.get(&path).and_then(|file| file.secrets.clone());
                Ok((path, names, project.optional_secrets.clone()))
            }
            BoundTo::Routine(slug) => {
                let routine = self.snapshot.routines().get(slug).ok_or_else(none)?;
                let path = format!("{}/routine.yaml", routine.folder);
                let names = draft.routines.get(&path).and_then(|file| file.secrets.clone());
                Ok((path, names, Vec::new()))
            }
        }
    }

    fn usual_names(&self, to: &BoundTo) -> Vec<SecretName> {
        match to {
            BoundTo::Agent(_) => self.snapshot.company.defaults.secrets.clone().unwrap_or_default(),
            BoundTo::Project(_) | BoundTo::Routine(_) => Vec::new(),
        }
    }
}

/// Whom a binding is for.
pub fn bound_to(binding: &kind::Binding) -> Option<BoundTo> {
    let agent = binding.agent.clone().map(BoundTo::Agent);
    let project = || binding.project.clone().map(BoundTo::Project);
    agent.or_else(project).or_else(|| binding.routine.clone().map(BoundTo::Routine))
}

fn place_in(file: &SecretFile, to: &BoundTo) -> Option<usize> {
    file.bindings.iter().flatten().position(|binding| bound_to(binding).as_ref() == Some(to))
}
