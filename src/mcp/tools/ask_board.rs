//! `ask_board`: what only the board may say.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::{Ask, Question};

pub(super) const TOOL: Tool = Tool {
    name: "ask_board",
    title: "Ask the board",
    about: "Put before the board what only it may decide: a strategy before work on it is given out, money, anything you may not \
            do yourself. You are woken with the decision; do not wait for it in this run. What it sends back to be revised you put \
            before it again with `approval`.",
    effect: Effect::Adds,
    fields: &[
        Field::needed(
            "title",
            Kind::Text,
            "What is asked, in a few words that can be answered with yes or no; what was sent back keeps the one it has",
        ),
        Field::needed("body", Kind::Text, "What is asked and why, in full, in Markdown: all that is needed to decide"),
        Field::optional("kind", Kind::Word(&["request", "strategy"]), "`strategy` for how a goal is reached"),
        Field::optional("ticket", Kind::Text, "The ticket it is about, such as ACME-12"),
        Field::optional("needs", Kind::Number, "How many of the board have to say yes; one, if it is left out"),
        Field::optional("approval", Kind::Text, "The question that was sent back and gets this body, such as AP-3"),
    ],
    ask: |given| {
        let (title, body) = (given.text("title"), given.text("body"));
        if let Some(approval) = given.maybe("approval") {
            return Ok(Ask::Resubmit { approval, body: Some(body), comment: None });
        }
        Ok(Ask::AskBoard(Box::new(Question {
            kind: given.maybe("kind").unwrap_or_else(|| "request".to_owned()),
            title,
            body,
            ticket: given.maybe("ticket"),
            needs: given.number("needs"),
            ..Question::default()
        })))
    },
};
