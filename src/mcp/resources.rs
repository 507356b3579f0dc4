//! What can be read without a tool: the papers on the run's desk, and tickets.
//!
//! | address | what |
//! | --- | --- |
//! | `corp://paper/<path>` | a file of the company that the run may read, by its path there |
//! | `corp://ticket/<id>` | a ticket with its text and its thread, as JSON |

use crate::runtime::wire::{Ask, Reply};
use crate::view::look::{Look, Seen};
use rmcp::ErrorData;
use rmcp::model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate};

const PAPER: &str = "corp://paper/";
const TICKET: &str = "corp://ticket/";

/// The question which papers there are.
pub(super) fn which() -> Ask {
    Ask::Look(Look::Papers)
}

/// The papers, as resources.
pub(super) fn papers(reply: Reply) -> Result<Vec<Resource>, ErrorData> {
    let Seen::Papers(paths) = seen(reply)? else { return Err(nonsense()) };
    let paper = |path: String| {
        let mime = mime(&path);
        let ticket = path.strip_prefix("tickets/").and_then(|path| path.split('/').nth(1)?.strip_suffix(".md"));
        match ticket.filter(|id| !id.starts_with("draft-")) {
            Some(id) => Resource::new(format!("{TICKET}{id}"), id.to_owned()).with_mime_type("application/json"),
            None => Resource::new(format!("{PAPER}{path}"), path).with_mime_type(mime),
        }
    };
    // The entries of a thread come with their ticket.
    Ok(paths
        .into_iter()
        .filter(|path| !(path.starts_with("tickets/") && path.matches('/').count() > 2))
        .map(paper)
        .collect())
}

/// What else can be asked for.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(format!("{TICKET}{{id}}"), "ticket")
            .with_title("A ticket")
            .with_description("A ticket you may see, such as ACME-12, with its text and thread")
            .with_mime_type("application/json"),
        ResourceTemplate::new(format!("{PAPER}{{+path}}"), "paper")
            .with_title("A paper of the company")
            .with_description("A file on your desk, such as COMPANY.md or goals/launch.md"),
    ]
}

/// The question that an address comes to.
pub(super) fn asked(uri: &str) -> Result<Ask, ErrorData> {
    if let Some(ticket) = uri.strip_prefix(TICKET) {
        return Ok(Ask::Look(Look::Ticket { ticket: ticket.to_owned() }));
    }
    if let Some(path) = uri.strip_prefix(PAPER) {
        return Ok(Ask::Look(Look::Paper { path: path.to_owned() }));
    }
    let message = format!("`{uri}` is no address here: there are {TICKET}ID and {PAPER}PATH");
    Err(ErrorData::resource_not_found(message, None))
}

/// What stands there.
pub(super) fn read(uri: &str, reply: Reply) -> Result<ReadResourceResult, ErrorData> {
    let contents = match seen(reply)? {
        Seen::Paper(text) => ResourceContents::text(text, uri).with_mime_type(mime(uri)),
        Seen::Ticket(ticket) => {
            let text = serde_json::to_string(&ticket).map_err(|_| nonsense())?;
            ResourceContents::text(text, uri).with_mime_type("application/json")
        }
        _ => return Err(nonsense()),
    };
    Ok(ReadResourceResult::new(vec![contents]))
}

fn mime(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("md") => "text/markdown",
        Some("json") => "application/json",
        Some("yaml" | "yml") => "application/yaml",
        Some(_) | None => "text/plain",
    }
}

fn seen(reply: Reply) -> Result<Seen, ErrorData> {
    match reply {
        Reply::Seen(seen) => Ok(*seen),
        Reply::Ok(_) => Err(nonsense()),
        Reply::Refused(why) | Reply::Held(why) => Err(ErrorData::resource_not_found(why, None)),
        Reply::Failed(why) => Err(ErrorData::internal_error(why, None)),
    }
}

fn nonsense() -> ErrorData {
    ErrorData::internal_error("the answer makes no sense", None)
}
