//! What lies on an agent's desk. What becomes of what it changed there is told in [`super::take_up`].

use super::Office;
use crate::engine::secrets::given;
use crate::format::layout::{self, Kind};
use crate::format::skill as skill_file;
use crate::model::skill::{Skill, Skills, Unusable};
use crate::model::ticket::Ticket;
use crate::model::{RunId, Scalar as _, Slug};
use crate::runtime::desk::repository::File;
use crate::runtime::desk::{Desk, FILE_BYTES_MAX, Refreshed};
use crate::runtime::skills;
use crate::store::history::trees::FileKind;
use crate::store::history::{Content, Entry, Id};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Most tickets of an agent on its desk, the first in line; the company's view of all of them is a question to `corp`.
const TICKETS_MAX: usize = 200;

/// The name of the file that tells who works here.
const ORG: &str = "ORG.md";

impl Office {
    /// The skills of an agent: those of use in its runs, and why the others are not.
    ///
    /// # Errors
    /// The company cannot be read.
    pub fn skills(&self, agent: &Slug) -> Result<Skills, String> {
        let worker = self.snapshot.worker(agent.as_str()).ok_or_else(|| format!("there is no agent `{agent}`"))?;
        let mut skills = Skills::default();
        let mut read: Vec<Skill> = Vec::new();
        for name in &worker.agent.skills {
            let known = Slug::parse(name).is_ok();
            let text = if known { self.text(&format!("skills/{name}/SKILL.md"))? } else { None };
            let skill = match text {
                Some(text) => skill_file::read(name, &text),
                None => Err(Unusable::NotThere(name.clone())),
            };
            match skill {
                Ok(skill) if read.iter().any(|other| other.name == skill.name) => {}
                Ok(skill) => read.push(skill),
                Err(why) => drop(skills.unusable.insert(name.clone(), why)),
            }
        }
        // One that it can do without is there for its skills only where it gets it.
        let gets = given(&self.snapshot, worker, None, None).unwrap_or_default();
        let gets = gets.into_iter().map(|given| given.name).filter(|name| worker.optional_secrets().contains(name));
        let secrets = worker.secrets().iter().cloned().chain(gets).map(|name| name.to_string());
        let env = worker.adapter().env.unwrap_or_default().into_keys().chain(secrets).collect();
        let corp = self.text("corp.yaml")?.unwrap_or_default();
        let around = skills::around(read.iter().map(|skill| &skill.gate), &self.programs(), env, |path| {
            skill_file::says(&corp, path)
        });
        for skill in read {
            match skill.gate.closed(&around) {
                None => skills.usable.push(skill),
                Some(why) => drop(skills.unusable.insert(skill.name.clone(), why)),
            }
        }
        Ok(skills)
    }

    /// Every skill of the company, with what it says it does.
    pub fn known_skills(&self) -> BTreeMap<&str, &str> {
        let all = self.force.draft().skills.iter();
        all.map(|(path, file)| (layout::locate(path).name, file.description.as_deref().unwrap_or_default())).collect()
    }

    /// Files of the skills, by path below the folder of all skills.
    pub(super) fn skill_files(&self, skills: &Skills) -> Result<BTreeMap<String, File>, String> {
        let mut files = BTreeMap::new();
        for skill in &skills.usable {
            self.put_all(&format!("skills/{}", skill.name), &mut files, |_| true)?;
        }
        Ok(files
            .into_iter()
            .filter_map(|(path, file)| Some((path.strip_prefix("skills/")?.to_owned(), file)))
            .collect())
    }

    /// What an agent may read: mission, org, goals, its projects, its tickets with their threads, its skills, its papers.
    pub(super) fn desk_files(
        &self,
        agent: &Slug,
        ticket: Option<&Ticket>,
        skills: &Skills,
    ) -> Result<BTreeMap<String, File>, String> {
        let snapshot = &self.snapshot;
        let mut files = BTreeMap::new();
        self.put_all("COMPANY.md", &mut files, |_| true)?;
        files.insert(ORG.to_owned(), File { bytes: self.org().into_bytes(), executable: false });
        self.put_all("goals", &mut files, |path| path.ends_with(".md"))?;
        let assigned = snapshot.index().assigned.get(agent).into_iter().flatten();
        let assigned = assigned.filter_map(|turn| snapshot.ticket(&turn.ticket)).map(AsRef::as_ref);
        let mut tickets: BTreeMap<&str, &Ticket> = BTreeMap::new();
        let children = ticket.and_then(|ticket| snapshot.index().children.get(&ticket.id)).into_iter().flatten();
        let blockers = ticket.into_iter().flat_map(|ticket| &ticket.head.blocked_by);
        let around = children.chain(blockers).filter_map(|id| snapshot.ticket(id)).map(AsRef::as_ref);
        for ticket in ticket.into_iter().chain(self.parents(ticket)).chain(around).chain(assigned).take(TICKETS_MAX) {
            tickets.insert(&ticket.path, ticket);
        }
        let own = tickets.values().filter_map(|ticket| ticket.head.project.as_ref());
        for project in own.collect::<BTreeSet<_>>() {
            // How it is run is not the agent's to read: addresses, names of secrets.
            let told = |path: &str| !matches!(layout::locate(path).kind, Kind::ProjectSettings | Kind::Routine);
            self.put_all(&format!("projects/{project}"), &mut files, told)?;
        }
        for ticket in tickets.values() {
            self.put_all(&ticket.path, &mut files, |_| true)?;
            self.put_all(&Ticket::thread_path_of(&ticket.id), &mut files, |_| true)?;
        }
        for skill in &skills.usable {
            self.put_all(&format!("skills/{}", skill.name), &mut files, |_| true)?;
        }
        let told = |path: &str| layout::locate(path).kind != Kind::AgentSettings;
        self.put_all(&format!("agents/{agent}"), &mut files, told)?;
        Ok(files)
    }

    /// Puts what lies at `path` in the company, and below it, among `files`. Links and what is too large are left out.
    fn put_all(
        &self,
        path: &str,
        files: &mut BTreeMap<String, File>,
        is_told: impl Fn(&str) -> bool,
    ) -> Result<(), String> {
        let Some(tip) = self.force.tip() else { return Ok(()) };
        let failed = |error: &dyn std::fmt::Display| format!("{path} cannot be read: {error}");
        let found = self.force.history().files(tip, path).map_err(|error| failed(&error))?;
        for (path, committed) in found {
            if !is_told(&path) || !matches!(committed.kind, FileKind::File | FileKind::Executable) {
                continue;
            }
            let in_force = match self.force.broken().get(&path) {
                None => Some(committed),
                Some(broken) => broken.in_force.map(|version| version.content),
            };
            let Some(bytes) = in_force.map(|entry| self.bytes(entry)).transpose()?.flatten() else { continue };
            if bytes.len() <= FILE_BYTES_MAX {
                files.insert(path, File { bytes, executable: committed.kind == FileKind::Executable });
            }
        }
        Ok(())
    }

    fn bytes(&self, entry: Entry) -> Result<Option<Vec<u8>>, String> {
        match self.force.history().content(entry).map_err(|error| error.to_string())? {
            Content::Text(text) => Ok(Some(text.into_bytes())),
            Content::Binary(bytes) => Ok(Some(bytes)),
            Content::Large(_) => Ok(None),
        }
    }

    /// Who works here, as a page.
    fn org(&self) -> String {
        let mut text = format!(
            "# Who works at {}\n\nWritten by the program; a change here changes nothing.\n\n",
            self.snapshot.company.name
        );
        for worker in self.snapshot.workers() {
            let agent = worker.agent;
            let _written =
                write!(text, "- `{}`: {}", worker.slug, agent.name.as_deref().unwrap_or(worker.slug.as_str()));
            if let Some(title) = &agent.title {
                let _written = write!(text, ", {title}");
            }
            if let Some(boss) = &agent.reports_to {
                let _written = write!(text, ", reports to `{boss}`");
            }
            let capabilities = agent.settings.as_ref().and_then(|settings| settings.capabilities.as_ref());
            if let Some(capabilities) = capabilities {
                let _written = write!(text, ": {}", capabilities.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            text.push('\n');
        }
        for person in &self.snapshot.company.board {
            let _written = writeln!(
                text,
                "- `{}`: {}, of the board",
                person.id,
                person.name.as_deref().unwrap_or(person.id.as_str())
            );
        }
        text
    }

    /// The desk of an agent that no other run is at.
    pub(super) fn free_desk(&self, agent: &Slug) -> Desk {
        let taken: BTreeSet<PathBuf> = self
            .snapshot
            .open_runs()
            .filter(|run| run.agent() == agent)
            .filter_map(|run| self.folder(&run.id).job().ok()?.desk)
            .collect();
        let places = (1..).map(|number| self.place.desk(agent.as_str(), number));
        let free = places.into_iter().find(|place| !taken.contains(place));
        Desk::at(free.unwrap_or_else(|| self.place.desk(agent.as_str(), 1)))
    }

    /// Brings the desk of a run along, or of an agent that is at work: what it has not touched becomes as it is now.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn refresh_desk(&self, run: Option<&RunId>, agent: &Slug) -> Result<Refreshed, String> {
        let open = self.snapshot.open_runs().filter(|open| open.agent() == agent);
        let run = run.cloned().or_else(|| open.map(|open| open.id.clone()).next());
        let run = run.ok_or_else(|| format!("{agent} is not at its desk; it is laid anew for its next run"))?;
        let job = self.folder(&run).job().map_err(|error| error.to_string())?;
        let desk = job.desk.ok_or("this run has no desk")?;
        let ticket = self.snapshot.run(run.as_str()).and_then(|run| run.ticket.clone());
        let ticket = ticket.and_then(|id| self.snapshot.ticket(&id)).map(AsRef::as_ref);
        let files = self.desk_files(agent, ticket, &self.skills(agent)?)?;
        let revision = self.snapshot.revision.to_string();
        Desk::at(desk).refresh(&revision, &files).map_err(|error| format!("the desk cannot be brought along: {error}"))
    }

    /// The text of an object of the company's git.
    pub(super) fn text_of(&self, id: &str) -> Option<String> {
        let id = Id::from_hex(id.as_bytes()).ok()?;
        let bytes = self.bytes(Entry { kind: FileKind::File, id }).ok()??;
        String::from_utf8(bytes).ok()
    }
}
