//! `edit_ticket`: what is wanted, by whom, and how urgent it is.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::{Ask, TicketEdit};

pub(super) const TOOL: Tool = Tool {
    name: "edit_ticket",
    title: "Change what a ticket asks for",
    about: "Change a ticket that you made or that is done below you: what is wanted, who does it, how urgent it is. `status` lets \
            work on a draft begin (`todo`) or wait (`backlog`). Where your own ticket stands you say with `update_status`.",
    effect: Effect::Changes,
    fields: &[
        Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12"),
        Field::optional("title", Kind::Text, "What is wanted, in a few words"),
        Field::optional(
            "body",
            Kind::Text,
            "What is wanted, in full, in Markdown; it takes the place of the text before",
        ),
        Field::optional("assignee", Kind::Text, "Who does it: the slug of an agent you may give work to"),
        Field::optional("status", Kind::Word(&["todo", "backlog"]), "Whether it is to be begun"),
        Field::optional("priority", Kind::Word(&["critical", "high", "medium", "low"]), "How urgent it is"),
        Field::optional("parent", Kind::Text, "The ticket it is a part of"),
        Field::optional("project", Kind::Text, "The project it belongs to"),
        Field::optional("goal", Kind::Text, "The goal it serves"),
        Field::optional("labels", Kind::Texts, "Labels it gets besides those it has"),
        Field::optional("reason", Kind::Text, "Why, in a sentence"),
    ],
    ask: |given| {
        let change = TicketEdit {
            title: given.maybe("title"),
            body: given.maybe("body"),
            assignee: given.maybe("assignee"),
            status: given.maybe("status"),
            priority: given.maybe("priority"),
            parent: given.maybe("parent"),
            project: given.maybe("project"),
            goal: given.maybe("goal"),
            label: given.texts("labels"),
            ..TicketEdit::default()
        };
        let (ticket, reason) = (given.text("ticket"), given.maybe("reason"));
        Ok(Ask::EditTicket { ticket, change: Box::new(change), reason })
    },
};
