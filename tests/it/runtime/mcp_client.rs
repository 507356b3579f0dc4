//! A client of the tools of a run, as an agent program is one: started as the run's `mcp.json` says, spoken to line by line.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(super) struct Client {
    child: Child,
    write: Option<ChildStdin>,
    read: BufReader<ChildStdout>,
    next: u64,
}

/// What a tool answered.
#[derive(Debug, PartialEq)]
pub(super) enum Told {
    Ok(Value),
    Error(String),
}

impl Told {
    #[track_caller]
    pub(super) fn ok(self) -> Value {
        match self {
            Self::Ok(value) => value,
            Self::Error(why) => panic!("{why}"),
        }
    }

    #[track_caller]
    pub(super) fn error(self) -> String {
        match self {
            Self::Error(why) => why,
            Self::Ok(value) => panic!("{value}"),
        }
    }
}

impl Client {
    /// Starts the server that a run's folder names, and shakes hands.
    pub(super) fn of_run(folder: &Path) -> Self {
        let named = std::fs::read_to_string(folder.join("mcp.json")).unwrap();
        let named: Value = serde_json::from_str(&named).unwrap();
        let server = &named["mcpServers"]["corp"];
        let texts = |value: &Value| -> Vec<String> {
            value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let environment = server["env"].as_object().unwrap();
        let mut child = Command::new(server["command"].as_str().unwrap())
            .args(texts(&server["args"]))
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value.as_str().unwrap())))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let write = child.stdin.take();
        let read = BufReader::new(child.stdout.take().unwrap());
        let mut client = Self { child, write, read, next: 0 };
        let hello = client.request(
            "initialize",
            &json!({
                "protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": { "name": "a test", "version": "1" },
            }),
        );
        assert_eq!(hello["result"]["serverInfo"]["name"], "corp", "{hello}");
        client.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        client
    }

    fn say(&mut self, message: &Value) {
        writeln!(self.write.as_mut().unwrap(), "{message}").unwrap();
    }

    /// Asks, and returns the whole answer.
    pub(super) fn request(&mut self, method: &str, with: &Value) -> Value {
        let id = self.send(method, with);
        self.hear(id)
    }

    /// Asks, and does not wait.
    pub(super) fn send(&mut self, method: &str, with: &Value) -> u64 {
        self.next += 1;
        let id = self.next;
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": with }));
        id
    }

    /// Waits for the answer to one question.
    pub(super) fn hear(&mut self, id: u64) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.read.read_line(&mut line).unwrap() > 0, "the server is gone");
            let answer: Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == id {
                return answer;
            }
        }
    }

    /// Calls a tool.
    pub(super) fn call(&mut self, tool: &str, with: Value) -> Told {
        let answer = self.request("tools/call", &json!({ "name": tool, "arguments": with }));
        told(&answer)
    }

    /// Ends it as a client does, and waits until it is gone.
    pub(super) fn end(mut self) {
        drop(self.write.take());
        assert!(self.child.wait().unwrap().success());
    }
}

/// What an answer to `tools/call` says.
pub(super) fn told(answer: &Value) -> Told {
    let result = &answer["result"];
    if result["isError"] == true {
        Told::Error(result["content"][0]["text"].as_str().unwrap().to_owned())
    } else {
        assert!(result["structuredContent"].is_object(), "{answer}");
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, result["structuredContent"]);
        Told::Ok(text)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // One that was ended is gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
