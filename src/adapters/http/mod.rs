//! `http`: the task is sent to a web address, and what comes back says how it went.
//!
//! What is sent is made here; it is sent by a process of this same program, in [`crate::runtime`], so that it is bounded
//! and stopped like any other run. What that process says is read in [`read`].

mod read;

use super::{
    Adapter, Capabilities, Configuration, Invocation, Metering, Need, Program, Reader, RunContext, Unusable,
    surroundings,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The name under which what is to be sent lies in the run's folder.
pub const SENT: &str = "send.json";

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Where to.
    pub url: String,
    /// Headers beside the usual ones.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON.
    pub body: String,
    /// Known by it, a task that is sent twice can be told from two.
    pub run: String,
    /// The variable that holds the key the body is signed with.
    pub signing_key: Option<String>,
    /// The variable that holds the token which is shown.
    pub token: Option<String>,
}

/// A web address.
#[derive(Debug, Clone, Copy)]
pub struct Http;

impl Adapter for Http {
    fn name(&self) -> &'static str {
        "http"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            resumes: true,
            manages_context: true,
            system_prompt: false,
            metering: Metering::End,
            offline: false,
        }
    }

    fn invocation(&self, context: &RunContext) -> Result<Invocation, Unusable> {
        let configuration = &context.configuration;
        let place = format!("below `adapter:` in agents/{}/agent.yaml", context.agent);
        let url = configuration.url.clone().ok_or_else(|| Unusable(format!("no url: write `url:` {place}")))?;
        if !url.starts_with("https://") && !is_near(&url) {
            return Err(Unusable(format!(
                "{url} would be told everything in the clear: write an https:// address {place}"
            )));
        }
        let body = match &configuration.payload {
            Some(template) => filled(context, template).map_err(|why| Unusable(format!("`payload` {place}: {why}")))?,
            None => usual(context).to_string(),
        };
        let letter = Letter {
            url,
            headers: configuration.headers.clone(),
            body,
            run: context.run.to_string(),
            signing_key: configuration.signing_key.clone(),
            token: configuration.token.clone(),
        };
        let text = serde_json::to_string(&letter).map_err(|error| Unusable(error.to_string()))?;
        let mut inherited = surroundings::network();
        inherited.extend(configuration.signing_key.clone());
        inherited.extend(configuration.token.clone());
        Ok(Invocation {
            arguments: vec!["send-task".to_owned(), format!("{}/{SENT}", context.run_folder)],
            environment: context.environment(),
            files: BTreeMap::from([(SENT.to_owned(), text)]),
            inherited,
            ..Invocation::of(Program::Ourselves)
        })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(read::HttpReader::default())
    }

    fn needs(&self, _configuration: &Configuration) -> Vec<Need> {
        Vec::new()
    }
}

/// Whether an address is on this machine.
fn is_near(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is no host.
    let host = host.rsplit('@').next().unwrap_or_default();
    let name = host.strip_prefix("[::1]").map_or_else(|| host.split(':').next().unwrap_or_default(), |_| "[::1]");
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// What is sent when the settings say nothing.
fn usual(context: &RunContext) -> Value {
    let wake: Value = serde_json::from_str(&context.wake_payload).unwrap_or_default();
    json!({
        "company": context.company,
        "agent": {"slug": context.agent.as_str(), "name": context.agent_name},
        "run": context.run.as_str(),
        "ticket": context.ticket.as_ref().map(|ticket| json!({"id": ticket.id.to_string(), "title": ticket.title})),
        "wake": {"reason": context.wake_reason, "payload": wake},
        "session": context.session,
        "prompt": context.prompt,
    })
}

/// The template with each `{{name}}` filled in as a part of a JSON text.
fn filled(context: &RunContext, template: &str) -> Result<String, String> {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else { break };
        let end = start + length + 2;
        let name = rest[start + 2..end - 2].trim();
        let value = match name {
            "prompt" => Some(context.prompt.clone()),
            "session" => Some(context.session.clone().unwrap_or_default()),
            other => context.value(other),
        };
        let value = value.ok_or_else(|| format!("there is no {{{{{name}}}}}"))?;
        text.push_str(&rest[..start]);
        // Written as a string, without its quotes: a title with a quote in it stays a title.
        let quoted = Value::String(value).to_string();
        text.push_str(&quoted[1..quoted.len() - 1]);
        rest = &rest[end..];
    }
    text.push_str(rest);
    let value: Value = serde_json::from_str(&text).map_err(|error| format!("that is no JSON: {error}"))?;
    Ok(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::context::tests::context;
    use super::*;

    fn letter(context: &RunContext) -> Result<Letter, String> {
        let invocation = Http.invocation(context).map_err(|unusable| unusable.to_string())?;
        Ok(serde_json::from_str(&invocation.files[SENT]).unwrap())
    }

    #[test]
    fn only_this_machine_is_told_in_the_clear() {
        let mut context = context();
        assert!(letter(&context).unwrap_err().starts_with("no url: write `url:` below"));
        for (url, allowed) in [
            ("https://example.com/hook", true),
            ("http://127.0.0.1:8080/x", true),
            ("http://localhost", true),
            ("http://[::1]:9/", true),
            ("http://example.com/", false),
            ("http://127.0.0.1@example.com/", false),
            ("http://localhost.example.com/", false),
            ("file:///etc/passwd", false),
        ] {
            context.configuration.url = Some(url.to_owned());
            assert_eq!(letter(&context).is_ok(), allowed, "{url}");
        }
    }

    #[test]
    fn a_payload_stays_what_its_template_says() {
        let mut context = context();
        context.configuration.url = Some("https://example.com".to_owned());
        let usual: Value = serde_json::from_str(&letter(&context).unwrap().body).unwrap();
        assert_eq!(usual["ticket"]["id"], "ACME-1");
        assert_eq!(usual["prompt"], "do it");
        context.prompt = "say \"hi\"\n{{run.id}}".to_owned();
        context.configuration.payload = Some(r#"{"text": "{{ prompt }}", "for": "{{ticket.id}}", "n": 1}"#.to_owned());
        let body: Value = serde_json::from_str(&letter(&context).unwrap().body).unwrap();
        assert_eq!(body, json!({"text": "say \"hi\"\n{{run.id}}", "for": "ACME-1", "n": 1}));
        context.configuration.payload = Some(r#"{"text": {{prompt}}}"#.to_owned());
        assert!(letter(&context).unwrap_err().contains("that is no JSON"));
        context.configuration.payload = Some(r#"{"a": "{{nothing}}"}"#.to_owned());
        assert!(letter(&context).unwrap_err().contains("there is no {{nothing}}"));
    }

    #[test]
    fn a_key_is_named_and_never_written() {
        let mut context = context();
        context.configuration.url = Some("https://example.com".to_owned());
        context.configuration.signing_key = Some("HOOK_KEY".to_owned());
        let invocation = Http.invocation(&context).unwrap();
        assert!(invocation.inherited.contains(&"HOOK_KEY".to_owned()));
    }
}
