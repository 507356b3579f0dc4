//! The company as a server of tools (Model Context Protocol) over standard input and output: `corp mcp`, inside a run.
//!
//! No rule is stated here: every tool is a request at the run's own door, the same that the command line makes there, with
//! the run's token and an id of its own, so that what is asked again after the daemon was away is done once. One tool per
//! file in [`tools`]; what can be read without a tool is in [`resources`].

mod answer;
mod resources;
mod tool;
mod tools;

use crate::runtime::chance;
use crate::runtime::client::Door;
use crate::runtime::wire::{Ask, Reply};
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer, ServiceExt as _};
use std::io;

/// What a client may tell its model about the server as a whole.
const INSTRUCTIONS: &str = "The company you work for. You act as yourself, for as long as your run lasts. Take work with \
    `next` or `checkout`, read it with `show_ticket`, report with `comment`, and end with `update_status`. A refusal is an \
    answer: it says why, and asking again the same way changes nothing.";

/// Serves the tools until standard input ends.
///
/// # Errors
/// Whoever called speaks something else, or the system refuses.
pub fn serve(door: Door) -> io::Result<()> {
    // Requests wait at the door on threads of their own; one thread is enough to speak.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let pipes = (tokio::io::stdin(), tokio::io::stdout());
        let running = Server { door }.serve(pipes).await.map_err(io::Error::other)?;
        running.waiting().await.map_err(io::Error::other)
    });
    // Standard input is read on a thread that nothing can wake; it goes with the process.
    runtime.shutdown_background();
    served.map(|_| ())
}

/// The tools of one run.
#[derive(Debug, Clone)]
struct Server {
    door: Door,
}

impl Server {
    /// Asks at the door, and waits for the answer.
    async fn ask(&self, ask: Ask) -> Reply {
        let door = self.door.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let id = chance::bytes::<12>().map(|bytes| bytes.map(|byte| format!("{byte:02x}")).concat());
            match id {
                Ok(id) => door.ask(id, ask).unwrap_or_else(|error| Reply::Failed(format!("the run's door: {error}"))),
                Err(error) => Reply::Failed(format!("/dev/urandom cannot be read: {error}")),
            }
        });
        asked.await.unwrap_or_else(|error| Reply::Failed(error.to_string()))
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("corp", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = tools::ALL.iter().map(|tool| tool.described()).collect::<Vec<Tool>>();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = tools::ALL.iter().find(|tool| tool.name == request.name) else {
            let known: Vec<&str> = tools::ALL.iter().map(|tool| tool.name).collect();
            let message = format!("there is no tool `{}`; there are {}", request.name, known.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        };
        let result: CallToolResult = match tool.asked(request.arguments.unwrap_or_default()) {
            Err(why) => answer::wrong(tool, &why),
            Ok(ask) => answer::told(self.ask(ask).await),
        };
        Ok(result.into())
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let papers = resources::papers(self.ask(resources::which()).await)?;
        Ok(ListResourcesResult::with_all_items(papers))
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let ask = resources::asked(&request.uri)?;
        resources::read(&request.uri, self.ask(ask).await).map(ReadResourceResponse::from)
    }
}
