//! What people do: give work, say something, close, reassign, pause, edit files by hand, and sometimes break them.

use super::world::{World, ada};
use corp::engine::{Change, Said, Verb};
use corp::format::document::Document;
use corp::format::{document, patch};
use corp::model::company::CompanyStatus;
use corp::model::plan::{Body, TicketChange};
use corp::model::status::{AgentStatus, Priority, TicketStatus};
use corp::model::ticket::{EntryKind, Ticket, TicketHead};
use corp::model::{RunId, Scalar as _, Slug, TicketId};

impl World {
    fn some_ticket(&mut self) -> Option<TicketId> {
        let all: Vec<TicketId> = self.snapshot.tickets().map(|ticket| ticket.id.clone()).collect();
        let recent = all.len().saturating_sub(40);
        self.random.pick(&all[recent..]).cloned()
    }

    fn some_agent(&mut self) -> Slug {
        let names: Vec<Slug> = self.names().into_iter().collect();
        self.random.pick(&names).unwrap().clone()
    }

    /// A person does something. While the daemon is away, files can be edited and nobody is there to be asked.
    pub(super) fn person_acts(&mut self) {
        let what = if self.up { self.random.below(21) } else { 14 + self.random.below(6) };
        match what {
            0..=3 => self.gives_work(),
            4 | 5 => {
                let Some(ticket) = self.some_ticket() else { return };
                let said = Box::new(Said::comment("How far is it? @cto @qa"));
                self.request(ada(), Verb::Comment { ticket, said });
            }
            6 => {
                let Some(ticket) = self.some_ticket() else { return };
                let status = if self.random.once_in(2) { TicketStatus::Done } else { TicketStatus::Cancelled };
                self.change(ticket, TicketChange::Status(status));
            }
            7 => {
                let (Some(ticket), agent) = (self.some_ticket(), self.some_agent()) else { return };
                self.change(ticket, TicketChange::Assignee(Some(agent)));
            }
            8 => {
                let agent = self.some_agent();
                if agent.as_str() != "intern" {
                    let status = if self.random.once_in(3) { AgentStatus::Paused } else { AgentStatus::Active };
                    self.request(ada(), Verb::AgentStatus { agent, status, reason: None });
                }
            }
            9 => {
                let status = if self.random.once_in(6) { CompanyStatus::Paused } else { CompanyStatus::Active };
                self.request(ada(), Verb::CompanyStatus { status, reason: Some("a break".to_owned()) });
            }
            10 => {
                let agent = self.some_agent();
                let ticket = if self.random.once_in(2) { self.some_ticket() } else { None };
                self.request(ada(), Verb::Wake { agent, ticket, why: Some("please".to_owned()) });
            }
            11 => {
                let Some(ticket) = self.some_ticket() else { return };
                self.request(ada(), Verb::Unlock { ticket, reason: "it takes too long".to_owned() });
            }
            12 => self.answers_questions(),
            13 => {
                let open: Vec<RunId> = self.snapshot.open_runs().map(|run| run.id.clone()).collect();
                if let Some(run) = self.random.pick(&open).cloned() {
                    self.request(ada(), Verb::StopRun { run, reason: None });
                }
            }
            14 => self.edits_a_ticket(),
            15 => self.edits_an_agent(),
            16 => self.drops_a_draft(),
            17 => self.removes_a_lock(),
            18 => self.edits_the_budget(),
            19 => self.undoes_a_record(),
            _ => self.takes_a_ticket(),
        }
    }

    /// A person works on a ticket, and gives one back now and then.
    fn takes_a_ticket(&mut self) {
        let held = |world: &Self| {
            let mine = world.snapshot.tickets().filter(|ticket| {
                ticket.lock.as_ref().is_some_and(|lock| lock.run.is_none() && lock.holder.as_str() == "ada")
            });
            mine.map(|ticket| ticket.id.clone()).collect::<Vec<_>>()
        };
        if let Some(ticket) = held(self).into_iter().next() {
            self.request(ada(), Verb::Release { ticket, reason: None });
            return;
        }
        let Some(ticket) = self.some_ticket() else { return };
        let unassigned = vec![TicketChange::Assignee(None)];
        self.request(
            ada(),
            Verb::EditTicket { ticket: ticket.clone(), changes: unassigned, reopen: false, reason: None },
        );
        self.request(ada(), Verb::Checkout { ticket, holder: None });
        if !held(self).is_empty() {
            self.told.count("checkout of a person");
        }
    }

    /// Somebody removes the file of a checkout, maybe under the hands of a run.
    fn removes_a_lock(&mut self) {
        let held: Vec<_> = self.snapshot.tickets().filter(|ticket| ticket.lock.is_some()).cloned().collect();
        let Some(before) = self.random.pick(&held).cloned() else { return };
        let path = Ticket::lock_path_of(&before.id);
        if self.files.contains_key(&path) {
            self.told.count("lock removed by hand");
            let change = Change::Ticket { id: before.id.clone(), before: Some(before.clone()) };
            self.by_hand(&path, None, vec![change]);
        }
    }

    fn edits_the_budget(&mut self) {
        let limit = 5 + self.random.below(25);
        self.sets_the_budget(limit);
    }

    /// The limit of the company for a day becomes another.
    fn sets_the_budget(&mut self, dollars: u64) {
        let Some(text) = self.files.get("budgets.yaml").cloned() else { return };
        let Some((before, rest)) = text.split_once("window: day, limit: ") else { return };
        let Some((_, after)) = rest.split_once(" USD") else { return };
        self.told.count("budget changed by hand");
        let text = format!("{before}window: day, limit: {dollars}.00 USD{after}");
        self.by_hand("budgets.yaml", Some(text), Vec::new());
    }

    fn change(&mut self, ticket: TicketId, change: TicketChange) {
        let reopen = self.random.once_in(2);
        self.request(ada(), Verb::EditTicket { ticket, changes: vec![change], reopen, reason: None });
    }

    fn gives_work(&mut self) {
        let mut head = TicketHead::new("Something new");
        head.assignee = Some(self.some_agent());
        head.project = self.random.once_in(2).then(|| Slug::parse("web").unwrap());
        head.priority = *self.random.pick(&[Priority::Critical, Priority::High, Priority::Low]).unwrap();
        if self.random.once_in(4) {
            head.blocked_by = self.some_ticket().into_iter().collect();
        }
        let body = Body::Text("Please.".to_owned());
        self.request(ada(), Verb::NewTicket { head: Box::new(head), with_status: false, body });
    }

    fn answers_questions(&mut self) {
        let asked: Vec<(TicketId, String)> = self
            .snapshot
            .tickets()
            .flat_map(|ticket| ticket.open_questions().map(|question| (ticket.id.clone(), question.file.clone())))
            .collect();
        for (ticket, file) in asked {
            let said = Box::new(Said { kind: EntryKind::Answer, answers: Some(file), ..Said::comment("You may.") });
            self.request(ada(), Verb::Comment { ticket, said });
        }
    }

    /// An edit by hand comes into force unless the rules about files keep it in the work tree, where it is not seen here. They
    /// know nothing of how a ticket came to stand where it does: a person may say anything.
    fn edits_a_ticket(&mut self) {
        let Some(before) = self.some_ticket().and_then(|id| self.snapshot.ticket(&id).cloned()) else { return };
        let status = *self.random.pick(&["todo", "done", "blocked", "in_review", "cancelled", "in_progress"]).unwrap();
        let edits = [patch::Edit::Set(corp::diag::KeyPath::from("status"), patch::Value::text(status))];
        let text = patch::patch(&before.path, &self.files[&before.path], &edits).unwrap();
        let (Document::Ticket(file), _) = document::read(&before.path, &text) else { return };
        let mut head = before.head.clone();
        head.status = file.status.unwrap();
        let after = Ticket { head, ..(*before).clone() };
        let by_something = !after.head.blocked_by.is_empty()
            || after.head.unblock_owner.is_some()
            || after.open_questions().next().is_some();
        let kept_out = match after.head.status {
            TicketStatus::InProgress | TicketStatus::InReview => after.head.assignee.is_none(),
            TicketStatus::Blocked => !by_something,
            _ => false,
        };
        if !kept_out {
            let change = Change::Ticket { id: before.id.clone(), before: Some(before.clone()) };
            self.by_hand(&before.path, Some(text), vec![change]);
        }
    }

    fn edits_an_agent(&mut self) {
        let every = *self.random.pick(&["30m", "1h", "4h"]).unwrap();
        let path = "agents/cto/agent.yaml";
        if !self.files.contains_key(path) {
            return;
        }
        let edits = [patch::Edit::Set(corp::diag::KeyPath::from("heartbeat").key("every"), patch::Value::text(every))];
        let text = patch::patch(path, &self.files[path], &edits).unwrap();
        let before = self.snapshot.worker("cto").unwrap().status();
        let slug = Slug::parse("cto").unwrap();
        self.by_hand(path, Some(text), vec![Change::Agent { slug, before }]);
    }

    fn drops_a_draft(&mut self) {
        let path = format!("tickets/draft-{:08x}.md", self.random.below(1 << 32));
        self.by_hand(&path, Some("---\ntitle: By hand\nassignee: dev\n---\nWhat I want.\n".to_owned()), Vec::new());
    }

    /// Somebody reverts a commit: a record of the ledger is gone, or is what it was.
    fn undoes_a_record(&mut self) {
        let records: Vec<String> = self.files.keys().filter(|path| path.starts_with("ledger/open/")).cloned().collect();
        let recent = records.len().saturating_sub(10);
        if let Some(path) = self.random.pick(&records[recent..]).cloned()
            && !self.files[&path].contains("\"firing\"")
        {
            self.told.count("record removed by hand");
            self.by_hand(&path, None, Vec::new());
        }
    }
}

/// Before the calm: everybody works, there is money, what was asked is answered, what people hold is given back.
pub(super) fn set_right(world: &mut World) {
    world.answers_questions();
    world.sets_the_budget(30);
    world.request(ada(), Verb::CompanyStatus { status: CompanyStatus::Active, reason: None });
    for agent in world.names() {
        if agent.as_str() != "intern" {
            world.request(ada(), Verb::AgentStatus { agent, status: AgentStatus::Active, reason: None });
        }
    }
    let held = world.snapshot.tickets().filter(|ticket| ticket.lock.as_ref().is_some_and(|lock| lock.run.is_none()));
    for ticket in held.map(|ticket| ticket.id.clone()).collect::<Vec<_>>() {
        world.request(ada(), Verb::Unlock { ticket, reason: "the day is over".to_owned() });
    }
}
