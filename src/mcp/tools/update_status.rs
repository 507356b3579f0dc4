//! `update_status`: where a ticket stands.

use crate::mcp::tool::{Arguments, Effect, Field, Kind, Tool};
use crate::runtime::wire::{Ask, TicketEdit};

pub(super) const TOOL: Tool = Tool {
    name: "update_status",
    title: "Say where a ticket stands",
    about: "Say where your ticket stands. `done`: everything that is wanted is there; stages and deliverables are checked. \
            `in_review`: somebody should look at it. `blocked`: you cannot go on; name the tickets it waits for or who can \
            unblock it, and say why. `todo`: you give it back. `in_progress`: you take it. `cancelled`: it is not wanted any \
            more.",
    effect: Effect::Changes,
    fields: &[
        Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12"),
        Field::needed(
            "status",
            Kind::Word(&["done", "in_review", "blocked", "todo", "in_progress", "cancelled"]),
            "Where it stands now",
        ),
        Field::optional("reason", Kind::Text, "Why, in a sentence or two"),
        Field::optional("waits_for", Kind::Texts, "For `blocked`: the tickets that have to be done first"),
        Field::optional(
            "unblock_owner",
            Kind::Text,
            "For `blocked`: who can unblock it, an agent or a person; `board` if you know nobody",
        ),
    ],
    ask,
};

fn ask(given: &Arguments) -> Result<Ask, String> {
    let ticket = given.text("ticket");
    let reason = given.maybe("reason");
    let status = given.text("status");
    let (wait_for, unblock_owner) = (given.texts("waits_for"), given.maybe("unblock_owner"));
    let change = |edit: TicketEdit| {
        let change = Box::new(TicketEdit { status: Some(status.clone()), ..edit });
        Ask::EditTicket { ticket: ticket.clone(), change, reason: reason.clone() }
    };
    Ok(match status.as_str() {
        "done" => Ask::Done { ticket },
        "todo" => Ask::Release { ticket, reason },
        "in_progress" => Ask::Checkout { ticket, holder: None },
        "blocked" if wait_for.is_empty() => {
            Ask::Block { ticket, why: reason.unwrap_or_default(), owner: unblock_owner }
        }
        "blocked" => change(TicketEdit { wait_for, unblock_owner, ..TicketEdit::default() }),
        _ => change(TicketEdit::default()),
    })
}
