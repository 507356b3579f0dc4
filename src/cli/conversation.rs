//! What a run said, as a person reads it: text as text, tools on a line each, what they gave folded.

use crate::adapters::{self, Reader, Signal, Stream};
use serde_json::Value;

/// Most letters of a tool's input or output that are shown: enough to know which it was.
const FOLDED_CHARS_MAX: usize = 160;

/// Reads a transcript line by line.
pub struct Conversation {
    reader: Option<Box<dyn Reader>>,
}

impl Conversation {
    /// For what the program behind this adapter says.
    pub fn of(adapter: &str) -> Self {
        Self { reader: adapters::find(adapter).map(adapters::Adapter::reader) }
    }

    /// A line of the transcript, as lines for a person.
    pub fn lines(&mut self, record: &str) -> Vec<String> {
        let Ok(value) = serde_json::from_str::<Value>(record) else { return Vec::new() };
        if let Some(dropped) = value["dropped"].as_u64() {
            return vec![format!("[{dropped} bytes were not kept]")];
        }
        let (stream, line) = match (value["out"].as_str(), value["err"].as_str()) {
            (Some(out), _) => (Stream::Out, out),
            (None, Some(err)) => (Stream::Err, err),
            (None, None) => return Vec::new(),
        };
        let Some(reader) = &mut self.reader else { return vec![line.to_owned()] };
        let signals = reader.line(stream, line);
        signals.into_iter().filter_map(|signal| shown(stream, signal)).collect()
    }
}

fn shown(stream: Stream, signal: Signal) -> Option<String> {
    Some(match signal {
        Signal::Text(text) if stream == Stream::Err => format!("! {text}"),
        Signal::Text(text) => text,
        Signal::Tool { name, input } if input.is_empty() || input == "null" => format!("> {name}"),
        Signal::Tool { name, input } => format!("> {name} {}", folded(&input)),
        Signal::ToolResult { ok, output } => {
            let mark = if ok { "  =" } else { "  ! " };
            let more = output.trim().lines().count().saturating_sub(1);
            let more = if more > 0 { format!(" [{more} more lines]") } else { String::new() };
            format!("{mark} {}{more}", folded(output.trim().lines().next().unwrap_or_default())).trim_end().to_owned()
        }
        Signal::Used(usage) => {
            let cost = usage.cost.map(|cost| format!("{cost}, ")).unwrap_or_default();
            format!("$ {cost}{} tokens", usage.total())
        }
        Signal::RateLimited { until } => {
            let until = until.map(|until| format!(" after {until}")).unwrap_or_default();
            format!("~ it is to come back later{until}")
        }
        Signal::Failed(failure) => format!("! {}", failure.why),
        Signal::Finished => "= done".to_owned(),
        Signal::Session(_) | Signal::Model(_) | Signal::Using(_) | Signal::UsedSoFar(_) => return None,
    })
}

/// A text on one line, cut to what a person looks at.
fn folded(text: &str) -> String {
    let line: String = text.chars().take(FOLDED_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(FOLDED_CHARS_MAX).is_some() { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_reads_like_a_conversation() {
        let mut conversation = Conversation::of("claude_local");
        let said = |value: Value| serde_json::json!({"ms": 0, "out": value.to_string()}).to_string();
        let tool = serde_json::json!({"type": "assistant", "message": {"id": "m", "content": [
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "name": "Bash", "input": {"command": "ls"}},
        ]}});
        assert_eq!(conversation.lines(&said(tool)), ["I look.", "> Bash {\"command\":\"ls\"}"]);
        let result = serde_json::json!({"type": "user", "message": {"content": [
            {"type": "tool_result", "content": "a\nb\nc"},
        ]}});
        assert_eq!(conversation.lines(&said(result)), ["  = a [2 more lines]"]);
        assert_eq!(conversation.lines("{\"dropped\":7}"), ["[7 bytes were not kept]"]);
        assert_eq!(conversation.lines("{\"ms\":1,\"err\":\"hm\"}"), ["! hm"]);
        assert_eq!(conversation.lines("nonsense"), Vec::<String>::new());
        assert_eq!(folded(&"x".repeat(500)).chars().count(), FOLDED_CHARS_MAX + 1);
    }
}
