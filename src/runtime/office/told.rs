//! Gathering what an agent is told: the texts in force, without their front matter, each with where it lies on the desk.
//! How they become a prompt is [`crate::view::prompt`]'s business.

use super::Office;
use crate::engine::heartbeat::{self as beats, Beat as Beating, Decision, Missing};
use crate::format::front_matter;
use crate::model::heartbeat::HeartbeatState;
use crate::model::run::{Wake, WakeCause};
use crate::model::skill::Skills;
use crate::model::ticket::{Deliverable, Ticket};
use crate::model::{Choice as _, Slug, TicketId};
use crate::view::prompt::skills::Listed;
use crate::view::prompt::{Agent, Beat, Material, Piece, Places, Said, Talk, TicketText, Wake as Woken};
use std::collections::BTreeSet;

/// The papers that belong into every prompt, beside `AGENTS.md` and `HEARTBEAT.md`, in the order in which they are told.
const PAPERS: [&str; 4] = ["SOUL.md", "TOOLS.md", "IDENTITY.md", "USER.md"];

/// Most tickets upwards that are followed: longer chains are circles, which the rules report.
const PARENTS_MAX: usize = 64;

/// What a prompt is to be about.
#[derive(Debug, Clone)]
pub(super) struct About<'a> {
    /// The agent.
    pub agent: &'a Slug,
    /// The run.
    pub run: &'a str,
    /// The ticket.
    pub ticket: Option<&'a Ticket>,
    /// Why.
    pub wake: &'a Wake,
    /// Where things are.
    pub places: Places,
}

impl Office {
    /// What an agent is told in a fresh conversation.
    pub(super) fn material(&self, about: &About<'_>, skills: &Skills) -> Result<Material, String> {
        let snapshot = &self.snapshot;
        let slug = about.agent;
        let worker = snapshot.worker(slug.as_str()).ok_or_else(|| format!("there is no agent `{slug}`"))?;
        let desk = &about.places.desk;
        let folder = format!("agents/{slug}");
        let own = |name: &str| self.piece(&format!("{folder}/{name}"), None);
        let goal = about.ticket.and_then(|ticket| snapshot.goal_of(&ticket.head));
        let mut chain = goal.map(|goal| snapshot.goal_chain(&goal)).unwrap_or_default();
        chain.reverse();
        let goals = chain.iter().map(|goal| {
            let name = snapshot.goals().get(goal).and_then(|goal| goal.name.clone());
            self.piece(&format!("goals/{goal}.md"), name)
        });
        let project = about.ticket.and_then(|ticket| ticket.head.project.as_ref()).map(|project| {
            let name = snapshot.projects().get(project).and_then(|project| project.name.clone());
            self.piece(&format!("projects/{project}/PROJECT.md"), name)
        });
        let mut parents = Vec::new();
        for parent in self.parents(about.ticket) {
            parents.push(self.ticket_text(parent, false)?);
        }
        let papers: Result<Vec<Piece>, String> = PAPERS.iter().map(|name| own(name)).collect();
        let mut reports = Vec::new();
        for other in snapshot.workers().filter(|other| other.agent.reports_to.as_ref() == Some(slug)) {
            reports.push(other.slug.to_string());
        }
        let memory = own("MEMORY.md")?;
        Ok(Material {
            company: snapshot.company.name.clone(),
            agent: Agent {
                slug: slug.to_string(),
                name: worker.agent.name.clone().unwrap_or_else(|| slug.to_string()),
                title: worker.agent.title.clone(),
                reports_to: worker.agent.reports_to.as_ref().map(ToString::to_string),
                reports,
            },
            run: about.run.to_owned(),
            mission: self.body("COMPANY.md")?,
            goals: goals.collect::<Result<_, _>>()?,
            project: project.transpose()?.filter(|project| !project.text.is_empty()),
            parents,
            ticket: about.ticket.map(|ticket| self.ticket_text(ticket, true)).transpose()?,
            beat: if about.wake.cause == WakeCause::Scheduled { Some(self.beat(about)?) } else { None },
            wake: Woken {
                cause: about.wake.cause,
                by: about.wake.by.as_ref().map(ToString::to_string),
                note: about.wake.note.clone().filter(|_| about.wake.cause == WakeCause::Requested),
            },
            instructions: own("AGENTS.md")?,
            papers: papers?.into_iter().filter(|paper| !paper.text.is_empty()).collect(),
            memory: Some(memory).filter(|memory| !memory.text.is_empty()),
            skills: skills
                .usable
                .iter()
                .map(|skill| Listed {
                    location: format!("{desk}/skills/{}/SKILL.md", skill.name),
                    skill: skill.clone(),
                })
                .collect(),
            template: worker.prompt_template().map(str::to_owned),
            bootstrap: worker.bootstrap_template().map(str::to_owned),
            talk: Talk::Fresh,
            places: about.places.clone(),
        })
    }

    /// The tickets a ticket is a part of, the outermost first.
    pub(super) fn parents(&self, ticket: Option<&Ticket>) -> Vec<&Ticket> {
        let mut seen: BTreeSet<&TicketId> = BTreeSet::new();
        let mut parents = Vec::new();
        let mut next = ticket.and_then(|ticket| ticket.head.parent.as_ref());
        while let Some(parent) = next.and_then(|id| self.snapshot.ticket(id)) {
            if !seen.insert(&parent.id) || parents.len() >= PARENTS_MAX {
                break;
            }
            parents.push(parent.as_ref());
            next = parent.head.parent.as_ref();
        }
        parents.reverse();
        parents
    }

    fn piece(&self, path: &str, name: Option<String>) -> Result<Piece, String> {
        Ok(Piece { name, path: path.to_owned(), text: self.body(path)? })
    }

    /// What a file in force says below its front matter; nothing if it is not there.
    fn body(&self, path: &str) -> Result<String, String> {
        let text = self.text(path)?.unwrap_or_default();
        let body = front_matter::split(&text).body;
        Ok(text.get(body).unwrap_or(&text).trim().to_owned())
    }

    fn ticket_text(&self, ticket: &Ticket, with_thread: bool) -> Result<TicketText, String> {
        let head = &ticket.head;
        let deliverables = head.deliverables.iter().map(|deliverable| match deliverable {
            Deliverable::Path(path) => path.clone(),
            Deliverable::Run(command) => format!("`{command}` succeeds"),
        });
        let mut thread = Vec::new();
        if with_thread {
            for entry in &ticket.thread {
                let path = format!("{}/{}", Ticket::thread_path_of(&ticket.id), entry.file);
                let (author, kind, at, text) = (entry.author.to_string(), entry.kind, entry.at, self.body(&path)?);
                thread.push(Said { author, kind, at, path, text });
            }
        }
        Ok(TicketText {
            id: ticket.id.to_string(),
            title: head.title.clone(),
            status: head.status.word(),
            priority: head.priority.word(),
            by: head.created_by.as_ref().map(ToString::to_string),
            path: ticket.path.clone(),
            body: self.body(&ticket.path)?,
            deliverables: deliverables.collect(),
            thread,
        })
    }

    /// What a beat is for. The tasks were named when the run was announced: looking at the clock again would name others.
    fn beat(&self, about: &About<'_>) -> Result<Beat, String> {
        let worker = self.snapshot.worker(about.agent.as_str()).ok_or("the agent is gone")?;
        let file = worker.agent.heartbeat.as_deref();
        let settings = worker.beat();
        let mut state = HeartbeatState::default();
        for task in file.iter().flat_map(|file| &file.tasks).filter(|task| !about.wake.tasks.contains(&task.name)) {
            // One that runs again far in the future is not due, whatever its interval.
            state.0.insert(task.name.clone(), i64::MAX);
        }
        let zone = settings.and_then(|settings| settings.timezone.as_ref()).unwrap_or(&self.snapshot.company.timezone);
        let path = format!("{}/HEARTBEAT.md", about.places.home);
        let now = self.clock.now();
        let decision = beats::decide(&Beating {
            file,
            missing: Missing::AskModel,
            path: &path,
            prompt: settings.and_then(|settings| settings.prompt.as_deref()),
            state: &state,
            now,
            zone: zone.rules(),
            hours: None,
            reason: "interval",
        });
        let prompt = match decision {
            Decision::Run { prompt, .. } => prompt,
            // The file changed since it was due; it is the agent's to look.
            Decision::Skip(_) => beats::DEFAULT_PROMPT.to_owned(),
        };
        // What stands outside of tasks is in the prompt already; the file itself is on the desk.
        Ok(Beat { prompt: beats::with_time(&prompt, now, zone.rules(), zone.name()), file: None })
    }
}
