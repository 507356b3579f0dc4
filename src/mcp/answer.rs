//! What a client is told of an answer: data as structured content and as text, and what was not done as an error of the
//! tool, which a model reads, never as one of the protocol, which it does not.

use super::tool::Tool;
use crate::runtime::wire::Reply;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};

/// An answer from the door.
pub(super) fn told(reply: Reply) -> CallToolResult {
    match reply {
        // Structured content is an object; a bare list or text gets a name.
        Reply::Ok(Value::Object(answer)) => CallToolResult::structured(Value::Object(answer)),
        Reply::Ok(other) => CallToolResult::structured(json!({ "answer": other })),
        Reply::Seen(seen) => match serde_json::to_value(seen) {
            Ok(seen) => told(Reply::Ok(seen)),
            Err(error) => refused(&format!("not done: {error}"), "the answer has no form as JSON"),
        },
        Reply::Refused(why) => refused(&format!("refused: {why}"), "asking again the same way changes nothing"),
        Reply::Held(why) => refused(&format!("not yours: {why}"), "take another one with `next`"),
        Reply::Failed(why) => refused(&format!("not done: {why}"), "it was no decision; the same call may work later"),
    }
}

/// What is wrong with a call that was not made.
pub(super) fn wrong(tool: &Tool, why: &str) -> CallToolResult {
    let takes: Vec<String> = tool
        .fields
        .iter()
        .map(|field| format!("`{}`{}", field.name, if field.required { "" } else { " (optional)" }))
        .collect();
    let takes = if takes.is_empty() { "nothing".to_owned() } else { takes.join(", ") };
    refused(&format!("`{}` was not called: {why}", tool.name), &format!("it takes {takes}"))
}

fn refused(what: &str, next: &str) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(format!("{what}\n{next}"))])
}
