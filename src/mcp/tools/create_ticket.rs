//! `create_ticket`: makes a ticket, for oneself or for others.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::{Ask, StageTag};

pub(super) const TOOL: Tool = Tool {
    name: "create_ticket",
    title: "Create or delegate a ticket",
    about: "Make a ticket: with an `assignee` it is delegated and that agent is woken; without, it waits in the backlog. Name the ticket it is a part of with `parent`; you are woken when all parts are done.",
    effect: Effect::Adds,
    fields: &[
        Field::needed("title", Kind::Text, "What is wanted, in a few words"),
        Field::optional(
            "body",
            Kind::Text,
            "What is wanted, in full, in Markdown: the outcome, what to know, how to tell that it is done",
        ),
        Field::optional(
            "assignee",
            Kind::Text,
            "Who does it: the slug of an agent you may give work to, as a rule one that reports to you",
        ),
        Field::optional("priority", Kind::Word(&["critical", "high", "medium", "low"]), "How urgent it is"),
        Field::optional("parent", Kind::Text, "The ticket it is a part of"),
        Field::optional("project", Kind::Text, "The project it belongs to"),
        Field::optional("goal", Kind::Text, "The goal it serves"),
        Field::optional("review", Kind::Texts, "Who reviews it when it is said to be done; one of them is enough"),
        Field::optional(
            "approval",
            Kind::Texts,
            "Who of the board or the agents approves it then; one of them is enough, or as many as `needs` says",
        ),
        Field::optional("needs", Kind::Number, "How many of `approval` have to say yes"),
    ],
    ask: |given| {
        Ok(Ask::NewTicket {
            title: given.text("title"),
            body: given.text("body"),
            assignee: given.maybe("assignee"),
            priority: given.maybe("priority"),
            status: None,
            project: given.maybe("project"),
            goal: given.maybe("goal"),
            parent: given.maybe("parent"),
            stages: StageTag::list(given.texts("review"), given.texts("approval"), given.number("needs")),
        })
    },
};
