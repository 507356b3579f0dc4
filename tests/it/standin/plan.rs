//! What is answered: read from what the user said in this turn.
//!
//! | words | what happens |
//! | --- | --- |
//! | `[[bash:CMD]]` | the shell tool that the program offers is called; several, one after another |
//! | `[[tool:NAME {…}]]` | that tool is called with these arguments |
//! | `[[reply:TEXT]]` | the last word |
//! | `[[probe:TEXT]]` | the last word says in which parts of the request TEXT was: `system`, `messages`, `tools` |
//! | `[[fault:KIND]]`, `[[fault:KIND*N]]` | 400, 401, 429, 500, 529, hang, disconnect, garbage; the first N times |
//! | `[[usage:IN,CACHED,OUT]]` | what each answer used; IN without what came from the cache |

use super::Usual;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Shell tools by the names the programs give them.
const SHELLS: [&str; 6] = ["exec_command", "shell_command", "bash", "shell", "local_shell", "exec"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Anthropic,
    Responses,
    Chat,
}

impl Dialect {
    pub(super) fn of(path: &str) -> Option<Self> {
        let ends = [("/messages", Self::Anthropic), ("/responses", Self::Responses), ("/chat/completions", Self::Chat)];
        ends.iter().find(|(end, _)| path.ends_with(end)).map(|(_, dialect)| *dialect)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Status(u16),
    Hang,
    Disconnect,
    Garbage,
}

/// What one answer used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) input: u64,
    pub(super) cached: u64,
    pub(super) output: u64,
}

#[derive(Debug)]
pub(super) struct Plan {
    /// A tool to call, with its arguments; otherwise the text is the last word.
    pub(super) call: Option<(String, Value)>,
    pub(super) text: String,
    pub(super) usage: Used,
    /// What goes wrong, and how often.
    pub(super) fault: Option<(Fault, Option<u64>)>,
    /// What the user said in this turn.
    pub(super) said: String,
}

/// Who said something, the same for all dialects.
#[derive(Debug, PartialEq, Eq)]
enum By {
    User,
    Tool,
    /// The model, which then called a tool.
    Calling,
    /// The model, with its last word.
    Last,
}

impl Plan {
    pub(super) fn of(dialect: Dialect, body: &Value, usual: &Usual) -> Self {
        let (system, said) = conversation(dialect, body);
        let start = said.iter().rposition(|(by, _)| *by == By::Last).map_or(0, |at| at + 1);
        let turn = &said[start..];
        let user: Vec<&str> = turn.iter().filter(|(by, _)| *by == By::User).map(|(_, text)| text.as_str()).collect();
        let user = user.join("\n");
        let results = turn.iter().filter(|(by, _)| *by == By::Tool).count();
        let tools = tools(body);
        let mut plan = Self {
            call: None,
            text: "the stand-in is done".to_owned(),
            usage: Used { input: 800, cached: 200, output: 50 },
            fault: None,
            said: user.clone(),
        };
        let mut calls = Vec::new();
        let asked = words(&user);
        let usual = if asked.is_empty() { usual(&user, &body.to_string()) } else { String::new() };
        let usual = usual.replace("{ticket}", ticket(&system, &said));
        for (word, value) in if asked.is_empty() { words(&usual) } else { asked } {
            match word {
                "bash" => calls.push(("bash".to_owned(), json!(value))),
                "tool" => {
                    let (name, arguments) = value.split_once(' ').unwrap_or((value, "{}"));
                    calls.push((name.to_owned(), serde_json::from_str(arguments).unwrap_or_default()));
                }
                "reply" => plan.text = value.to_owned(),
                "probe" => plan.text = probe(value, &system, &said, body),
                "fault" => plan.fault = fault(value),
                "usage" => {
                    let figures: Vec<u64> = value.split(',').filter_map(|figure| figure.trim().parse().ok()).collect();
                    if let [input, cached, output] = figures[..] {
                        plan.usage = Used { input, cached, output };
                    }
                }
                _ => {}
            }
        }
        // A request without tools is one on the side: a title, a summary.
        if let Some((name, arguments)) = calls.into_iter().nth(results).filter(|_| !tools.is_empty()) {
            plan.call = Some(match name.as_str() {
                "bash" => shell(&tools, arguments.as_str().unwrap_or_default()),
                _ => (name, arguments),
            });
        }
        plan
    }
}

/// The ticket that the model is told to report on.
fn ticket<'t>(system: &'t str, said: &'t [(By, String)]) -> &'t str {
    let texts = std::iter::once(system).chain(said.iter().map(|(_, text)| text.as_str()));
    let mut named = texts.filter_map(|text| text.split_once("`corp ticket done ")?.1.split('`').next());
    named.next().unwrap_or("NONE")
}

fn words(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("[[").skip(1).filter_map(|part| part.split_once("]]")).map(|(inner, _)| inner);
    parts.filter_map(|inner| inner.split_once(':')).collect()
}

fn fault(value: &str) -> Option<(Fault, Option<u64>)> {
    let (kind, times) = value.split_once('*').map_or((value, None), |(kind, times)| (kind, times.parse().ok()));
    let fault = match kind {
        "hang" => Fault::Hang,
        "disconnect" => Fault::Disconnect,
        "garbage" => Fault::Garbage,
        code => Fault::Status(code.parse().ok()?),
    };
    Some((fault, times))
}

fn probe(what: &str, system: &str, said: &[(By, String)], body: &Value) -> String {
    // The words that ask are no find.
    let asked = format!("[[probe:{what}]]");
    let messages = said.iter().map(|(_, text)| text.replace(&asked, "")).any(|text| text.contains(what));
    let found = [
        ("system", system.contains(what)),
        ("messages", messages),
        ("tools", body["tools"].to_string().contains(what)),
    ];
    let found: Vec<&str> = found.iter().filter(|(_, found)| *found).map(|(part, _)| *part).collect();
    format!("{what}: {}", if found.is_empty() { "nowhere".to_owned() } else { found.join(", ") })
}

/// The text in a value of any dialect.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text).collect::<Vec<_>>().join("\n"),
        Value::Object(object) => {
            let inner = ["text", "content", "output"].iter().find_map(|key| object.get(*key));
            inner.map(text).unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn conversation(dialect: Dialect, body: &Value) -> (String, Vec<(By, String)>) {
    let list = |key: &str| body[key].as_array().cloned().unwrap_or_default();
    let mut system = match dialect {
        Dialect::Anthropic => text(&body["system"]),
        Dialect::Responses => text(&body["instructions"]),
        Dialect::Chat => String::new(),
    };
    let mut said: Vec<(By, String)> = Vec::new();
    for message in list(if dialect == Dialect::Responses { "input" } else { "messages" }) {
        let kind = message["type"].as_str().unwrap_or("message");
        if kind.ends_with("_call_output") {
            said.push((By::Tool, text(&message["output"])));
            continue;
        }
        if kind.ends_with("_call") {
            // What was said just before a call was not the last word.
            if let Some((by, _)) = said.last_mut().filter(|(by, _)| *by == By::Last) {
                *by = By::Calling;
            }
            said.push((By::Calling, String::new()));
            continue;
        }
        if kind != "message" {
            continue;
        }
        let content = &message["content"];
        let blocks = content.as_array().cloned().unwrap_or_else(|| vec![json!({"type": "text", "text": content})]);
        match message["role"].as_str() {
            Some("assistant") => {
                let calls = message["tool_calls"].is_array() || blocks.iter().any(|block| block["type"] == "tool_use");
                said.push((if calls { By::Calling } else { By::Last }, text(content)));
            }
            Some("tool") => said.push((By::Tool, text(content))),
            Some("user") => said.extend(blocks.iter().map(|block| match block["type"].as_str() {
                Some("tool_result") => (By::Tool, text(block)),
                _ => (By::User, text(block)),
            })),
            _ => {
                system.push('\n');
                system.push_str(&text(content));
            }
        }
    }
    (system, said)
}

/// The tools that are offered, with the names of their arguments.
fn tools(body: &Value) -> BTreeMap<String, Value> {
    let all = body["tools"].as_array().cloned().unwrap_or_default();
    all.into_iter()
        .filter_map(|tool| {
            let function = if tool["function"].is_object() { &tool["function"] } else { &tool };
            let name =
                function["name"].as_str().or_else(|| tool["type"].as_str().filter(|kind| *kind == "local_shell"));
            let schema = ["input_schema", "parameters"].iter().find_map(|key| function.get(*key)).cloned();
            Some((name?.to_owned(), schema.unwrap_or_default()))
        })
        .collect()
}

fn shell(tools: &BTreeMap<String, Value>, command: &str) -> (String, Value) {
    let found = SHELLS.iter().find_map(|shell| tools.iter().find(|(name, _)| name.eq_ignore_ascii_case(shell)));
    let Some((name, schema)) = found else { return ("no_shell".to_owned(), json!({})) };
    let properties = &schema["properties"];
    let argument = if properties["cmd"].is_object() { "cmd" } else { "command" };
    let value = match properties[argument]["type"].as_str() {
        Some("array") => json!(["bash", "-lc", command]),
        _ => json!(command),
    };
    let mut arguments = json!({ argument: value });
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if arguments.get(required).is_none() {
            arguments[required] = match properties[required]["type"].as_str() {
                Some("integer" | "number") => json!(10),
                Some("boolean") => json!(false),
                Some("array") => json!([]),
                _ => json!("as the ticket says"),
            };
        }
    }
    (name.clone(), arguments)
}
