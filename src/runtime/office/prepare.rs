//! Making ready what a run is given: its conversation, its desk, its skills, its prompt. The folder it works in is only
//! named here: the run's supervisor makes it ready, since that may take its time.

use super::Office;
use super::told::About;
use crate::adapters::Adapter;
use crate::engine::session::{self as engine, Choice, Now};
use crate::model::agent::Worker;
use crate::model::run::{Run, Wake};
use crate::model::skill::Skills;
use crate::model::ticket::Ticket;
use crate::model::{Slug, session as talk};
use crate::runtime::desk::Desk;
use crate::runtime::run::Used;
use crate::runtime::session::{self, Begun, Known};
use crate::runtime::workspace::tidy::Cleanup;
use crate::runtime::{skills, workspace};
use crate::view::prompt::{self, Material, Places, Prompt, Talk};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// What was made ready for a run.
#[derive(Debug)]
pub(super) struct Prepared {
    pub work: workspace::Plan,
    pub desk: PathBuf,
    pub home: PathBuf,
    pub prompt: Prompt,
    pub session: Option<String>,
    pub used_before: Option<Used>,
    pub begun: Begun,
    pub skills: Option<PathBuf>,
}

impl Office {
    /// Makes ready what the run is given.
    pub(super) fn prepare(
        &self,
        run: &Run,
        adapter: &dyn Adapter,
        ticket: Option<&Ticket>,
    ) -> Result<Prepared, String> {
        let agent = run.agent();
        let worker = self.snapshot.worker(agent.as_str()).ok_or_else(|| format!("there is no agent `{agent}`"))?;
        let work = self.work(run, worker, ticket);
        let skills = self.skills(agent)?;
        let desk = self.free_desk(agent);
        let places = places(&desk, agent, &work);
        let home = PathBuf::from(&places.home);
        let about = About { agent, run: run.id.as_str(), ticket, wake: &run.wake, places };
        let mut material = self.material(&about, &skills)?;
        let (begun, chosen) = self.conversation(run, adapter, &material, &work, ticket);
        material.talk = match chosen {
            Choice::Resume { anew: false } => Talk::Resumed,
            Choice::Resume { anew: true } => Talk::Renewed,
            Choice::Begin(why) if why.is_rotation() => Talk::Rotated,
            Choice::Begin(_) => Talk::Fresh,
        };
        self.lay(&desk, agent, ticket, &skills)?;
        let below = adapter.skills_below().filter(|_| !skills.usable.is_empty());
        let skills = below.map(|below| {
            let folder = self.place.state.join("skills").join(run.id.as_str());
            self.put_skills(&folder, below, &skills).map(|()| folder)
        });
        let session = begun.resumed.as_ref().map(|known| known.id.clone());
        let used_before = session.as_ref().map(|id| {
            let before = engine::before(&self.snapshot, agent, id);
            Used {
                input: before.usage.input,
                cached_input: before.usage.cached_input,
                cache_write: before.usage.cache_write,
                output: before.usage.output,
                cost: before.cost.map(|cost| cost.to_string()),
            }
        });
        Ok(Prepared {
            work,
            desk: desk.folder().to_owned(),
            home,
            prompt: prompt::prompt(&material),
            session,
            used_before,
            begun,
            skills: skills.transpose()?,
        })
    }

    /// What an agent would be told now, with what of its skills is of no use.
    ///
    /// # Errors
    /// Why nothing, in words.
    pub fn prompt(&self, agent: &Slug, ticket: Option<&Ticket>, wake: &Wake) -> Result<(Prompt, Skills), String> {
        let worker = self.snapshot.worker(agent.as_str()).ok_or_else(|| format!("there is no agent `{agent}`"))?;
        let skills = self.skills(agent)?;
        let run = Run {
            id: crate::model::Nonce([0; 16]).run_id(self.now()),
            wake: wake.clone(),
            ticket: ticket.map(|ticket| ticket.id.clone()),
            project: None,
            goal: None,
            routine: None,
            queued: None,
            clone: None,
            reserved: crate::model::run::Ceiling::default(),
            progress: false,
            state: crate::model::run::RunState::Queued,
        };
        let work = self.work(&run, worker, ticket);
        let desk = Desk::at(self.place.desk(agent.as_str(), 1));
        let places = places(&desk, agent, &work);
        let about = About { agent, run: run.id.as_str(), ticket, wake, places };
        let material = self.material(&about, &skills)?;
        Ok((prompt::prompt(&material), skills))
    }

    /// Lays the desk of an agent as for its next run without a ticket, and says where it is. One that a run is at is left
    /// alone.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn lay_desk(&self, agent: &Slug) -> Result<PathBuf, String> {
        let skills = self.skills(agent)?;
        let desk = self.free_desk(agent);
        self.lay(&desk, agent, None, &skills)?;
        Ok(desk.folder().to_owned())
    }

    /// The folder a run works in: its project's repository on the ticket's branch, or a plain folder.
    fn work(&self, run: &Run, worker: Worker<'_>, ticket: Option<&Ticket>) -> workspace::Plan {
        let plain =
            |folder: PathBuf, name: String| workspace::Plan { folder, name, run: run.id.to_string(), source: None };
        let (folder, name) = self.work_folder(Some(worker.slug), ticket);
        let Some(ticket) = ticket.filter(|_| worker.adapter().cwd.is_none()) else { return plain(folder, name) };
        let project = ticket.head.project.as_ref().and_then(|slug| Some((slug, self.snapshot.projects().get(slug)?)));
        let shared = project.filter(|(_, project)| project.shared_workspace);
        let repository = project.and_then(|(slug, project)| Some((slug, project.repository.as_ref()?)));
        let Some((slug, repository)) = repository else { return plain(folder, name) };
        let (url, refused) = workspace::address(&repository.url, &self.place.root);
        let source = workspace::Source {
            mirror: self.place.mirror(&url),
            url,
            refused,
            project: slug.to_string(),
            start: repository.branch.clone(),
            branch: match (&ticket.head.branch, shared) {
                (_, Some((slug, _))) => format!("corp/{slug}"),
                (Some(branch), None) => branch.clone(),
                (None, None) => format!("corp/{}", ticket.id),
            },
            named: ticket.head.branch.is_some() || shared.is_some(),
            author: worker.agent.name.clone().unwrap_or_else(|| worker.slug.to_string()),
            email: format!("{}@agents.{}", worker.slug, self.domain()),
            setup: repository.setup.clone(),
        };
        workspace::Plan { folder, name, run: run.id.to_string(), source: Some(source) }
    }

    /// The folder in which somebody works, and what it is called: the one their settings name, that of the ticket, or of
    /// the project whose tickets share one.
    pub(super) fn work_folder(&self, who: Option<&Slug>, ticket: Option<&Ticket>) -> (PathBuf, String) {
        let name = who.map_or("nobody", Slug::as_str);
        if let Some(cwd) = self.snapshot.worker(name).and_then(|worker| worker.adapter().cwd) {
            return (self.place.root.join(cwd), name.to_owned());
        }
        let Some(ticket) = ticket else { return (self.place.workspace(name), name.to_owned()) };
        let project = ticket.head.project.as_ref().and_then(|slug| Some((slug, self.snapshot.projects().get(slug)?)));
        let shared = project.filter(|(_, project)| project.shared_workspace);
        let name = shared.map_or_else(|| ticket.id.to_string(), |(slug, _)| format!("project-{slug}"));
        (self.place.workspace(&name), name)
    }

    /// What is to be run before the workspace of a ticket goes, if its project wants anything.
    pub fn cleanup(&self, ticket: &Ticket) -> Option<Cleanup> {
        let slug = ticket.head.project.as_ref()?;
        let repository = self.snapshot.projects().get(slug)?.repository.as_ref()?;
        let text = repository.cleanup.clone()?;
        let folder = self.place.workspace(&ticket.id.to_string());
        let environment = self.command_environment(ticket, &folder);
        let policy = self.command_policy(ticket, &folder);
        Some(Cleanup { project: slug.to_string(), text, environment, policy })
    }

    /// The conversation the run goes on with, or begins.
    fn conversation(
        &self,
        run: &Run,
        adapter: &dyn Adapter,
        material: &Material,
        work: &workspace::Plan,
        ticket: Option<&Ticket>,
    ) -> (Begun, Choice) {
        let about = talk::about(ticket.map(|ticket| &ticket.id));
        let place = session::place_of(run.agent().as_str(), adapter.name(), &about);
        let known = session::read(&self.place, &place);
        let capabilities = adapter.capabilities();
        let folder = work.folder.to_string_lossy().into_owned();
        let (instructions, standing) = (instructions_of(material), standing_of(material));
        let last = known.as_ref().and_then(|known| self.snapshot.run(&known.run));
        let at = self.clock.now();
        let now = Now {
            resumes: capabilities.resumes,
            manages_context: capabilities.manages_context,
            folder: &folder,
            instructions: &instructions,
            standing: &standing,
            in_use: last.is_some_and(|last| last.is_open() && last.id != run.id),
            at,
        };
        let chosen = session::choose(known.as_ref(), &now);
        if let Choice::Begin(why) = chosen {
            tracing::debug!(run = run.id.as_str(), why = why.words(), "a conversation begins");
        }
        let fresh = Known {
            id: String::new(),
            folder,
            instructions,
            standing,
            begun: at,
            runs: 0,
            input: 0,
            run: run.id.to_string(),
        };
        let resumed = known.filter(|_| matches!(chosen, Choice::Resume { .. }));
        if let Some(known) = &resumed {
            // From now on it is this run's. One that cannot be written down is found out by its own word in the end.
            drop(session::write(&self.place, &place, &Known { run: run.id.to_string(), ..known.clone() }));
        }
        (Begun { place, resumed, fresh }, chosen)
    }

    fn lay(&self, desk: &Desk, agent: &Slug, ticket: Option<&Ticket>, skills: &Skills) -> Result<(), String> {
        let files = self.desk_files(agent, ticket, skills)?;
        let revision = self.snapshot.revision.to_string();
        let seconds = self.clock.now().as_second();
        let laid = desk.lay(&revision, &files, agent.as_str(), seconds);
        laid.map_err(|error| format!("the desk {} cannot be laid: {error}", desk.folder().display()))
    }

    fn put_skills(&self, folder: &Path, below: &str, skills: &Skills) -> Result<(), String> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let files = self.skill_files(skills)?;
        skills::put(&folder.join(below), &files)
            .map_err(|error| format!("{} cannot be made: {error}", folder.display()))
    }
}

fn places(desk: &Desk, agent: &Slug, work: &workspace::Plan) -> Places {
    let folder = desk.folder();
    Places {
        desk: folder.to_string_lossy().into_owned(),
        home: folder.join("agents").join(agent.as_str()).to_string_lossy().into_owned(),
        workspace: work.folder.to_string_lossy().into_owned(),
        branch: work.source.as_ref().map(|source| source.branch.clone()),
    }
}

/// What makes an agent who it is: with another one, a conversation begins anew.
fn instructions_of(material: &Material) -> String {
    let papers = material.papers.iter().flat_map(|paper| [paper.path.as_str(), &paper.text]);
    let own = [material.instructions.text.as_str()];
    let templates = [material.template.as_deref(), material.bootstrap.as_deref()];
    digest(own.into_iter().chain(papers).chain(templates.map(|template| template.unwrap_or("\0"))))
}

/// What else is told at the beginning of a conversation.
fn standing_of(material: &Material) -> String {
    let own = [prompt::prompt(material).system(), material.mission.clone()];
    let pieces = material.goals.iter().chain(&material.project);
    let pieces = pieces.flat_map(|piece| [piece.path.as_str(), &piece.text]);
    digest(own.iter().map(String::as_str).chain(pieces))
}

fn digest<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
