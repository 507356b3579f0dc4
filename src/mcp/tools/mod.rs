//! The tools, one per file.

mod answer;
mod ask;
mod ask_board;
mod attach;
mod budget_left;
mod checkout;
mod comment;
mod create_ticket;
mod edit_ticket;
mod goals;
mod my_inbox;
mod next;
mod propose_change;
mod read_org;
mod record_product;
mod review;
mod show_ticket;
mod update_status;
mod write_document;

use super::tool::Tool;

/// All tools, in the order in which a run needs them.
pub(super) const ALL: &[&Tool] = &[
    &my_inbox::TOOL,
    &next::TOOL,
    &checkout::TOOL,
    &show_ticket::TOOL,
    &comment::TOOL,
    &ask::TOOL,
    &answer::TOOL,
    &update_status::TOOL,
    &review::TOOL,
    &create_ticket::TOOL,
    &edit_ticket::TOOL,
    &ask_board::TOOL,
    &write_document::TOOL,
    &attach::TOOL,
    &record_product::TOOL,
    &propose_change::TOOL,
    &read_org::TOOL,
    &goals::TOOL,
    &budget_left::TOOL,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::tool::Kind;
    use crate::runtime::wire::Ask;
    use serde_json::{Value, json};

    fn asked(name: &str, given: Value) -> Result<Ask, String> {
        let tool = ALL.iter().find(|tool| tool.name == name).unwrap();
        let Value::Object(given) = given else { panic!("{given}") };
        tool.asked(given)
    }

    #[test]
    fn a_call_comes_to_the_request_that_the_command_line_makes() {
        let table = [
            ("next", json!({}), r#"{"verb":"next","agent":null}"#),
            ("checkout", json!({"ticket": "A-1"}), r#"{"verb":"checkout","ticket":"A-1","holder":null}"#),
            ("comment", json!({"ticket": "A-1", "text": "hi"}), r#"{"verb":"comment","ticket":"A-1","text":"hi"}"#),
            (
                "ask",
                json!({"ticket": "A-1", "to": "cto", "text": "why?"}),
                r#"{"verb":"question","ticket":"A-1","to":"cto","text":"why?"}"#,
            ),
            (
                "answer",
                json!({"ticket": "A-1", "text": "so", "question": null}),
                r#"{"verb":"answer","ticket":"A-1","question":null,"text":"so"}"#,
            ),
            ("update_status", json!({"ticket": "A-1", "status": "done"}), r#"{"verb":"done","ticket":"A-1"}"#),
            (
                "update_status",
                json!({"ticket": "A-1", "status": "blocked", "reason": "no key", "unblock_owner": "board"}),
                r#"{"verb":"block","ticket":"A-1","why":"no key","owner":"board"}"#,
            ),
            (
                "update_status",
                json!({"ticket": "A-1", "status": "todo", "reason": "not mine"}),
                r#"{"verb":"release","ticket":"A-1","reason":"not mine"}"#,
            ),
            (
                "ask_board",
                json!({"title": "A film", "body": "So that they see.", "approval": "AP-1"}),
                r#"{"verb":"resubmit","approval":"AP-1","body":"So that they see.","comment":null}"#,
            ),
            ("my_inbox", json!({}), r#"{"verb":"look","at":"inbox","who":null}"#),
            ("budget_left", json!({}), r#"{"verb":"look","at":"budget_left","run":null}"#),
            ("show_ticket", json!({"ticket": "A-1"}), r#"{"verb":"look","at":"ticket","ticket":"A-1"}"#),
        ];
        for (name, given, expected) in table {
            let ask = asked(name, given.clone()).unwrap();
            assert_eq!(serde_json::to_string(&ask).unwrap(), expected, "{name} {given}");
        }
        let Ask::EditTicket { change, .. } =
            asked("update_status", json!({"ticket": "A-1", "status": "blocked", "waits_for": ["A-2"]})).unwrap()
        else {
            panic!("waiting for a ticket is a change of the ticket")
        };
        assert_eq!((change.status.as_deref(), change.wait_for), (Some("blocked"), vec!["A-2".to_owned()]));
    }

    #[test]
    fn what_is_wanted_and_what_is_asked_is_filled_in() {
        let given = json!({"title": "A film", "body": "Why.", "kind": "strategy", "ticket": "A-1", "needs": 2});
        let Ask::AskBoard(question) = asked("ask_board", given).unwrap() else { panic!("the board is asked") };
        assert_eq!((question.kind.as_str(), question.title.as_str(), question.needs), ("strategy", "A film", Some(2)));
        let given = json!({"ticket": "A-2", "status": "todo", "labels": ["film"]});
        let Ask::EditTicket { change, .. } = asked("edit_ticket", given).unwrap() else {
            panic!("a ticket is changed")
        };
        assert_eq!(
            (change.status.as_deref(), change.label, change.title),
            (Some("todo"), vec!["film".to_owned()], None)
        );
        let given = json!({"title": "A page", "review": ["rosa"], "approval": ["ada", "bob"], "needs": 2});
        let Ask::NewTicket { stages, .. } = asked("create_ticket", given).unwrap() else { panic!("a ticket is made") };
        assert_eq!(stages.iter().map(|stage| stage.needs).collect::<Vec<_>>(), [None, Some(2)]);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let table = [
            ("comment", json!({"ticket": "A-1"}), "`text` is missing"),
            ("comment", json!({"ticket": 1, "text": "x"}), "`ticket` cannot be 1: it is a text"),
            ("next", json!({"agent": "cto"}), "it takes no `agent`"),
            ("update_status", json!({"ticket": "A-1", "status": "finished"}), "it is one of done, in_review"),
        ];
        for (name, given, expected) in table {
            let why = asked(name, given.clone()).unwrap_err();
            assert!(why.contains(expected), "{name} {given}: {why}");
        }
    }

    #[test]
    fn every_tool_is_described() {
        let mut names = std::collections::BTreeSet::new();
        for tool in ALL {
            assert!(names.insert(tool.name), "{} is there twice", tool.name);
            let described = serde_json::to_value(tool.described()).unwrap();
            assert!(tool.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", tool.name);
            for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
                assert!(described["annotations"][hint].is_boolean(), "{described}");
            }
            assert_eq!(described["inputSchema"]["type"], "object");
            jsonschema::meta::validate(&described["inputSchema"]).unwrap();
            for field in tool.fields {
                assert!(!field.about.is_empty() && described["inputSchema"]["properties"][field.name].is_object());
                if let Kind::Word(words) = field.kind {
                    assert!(!words.is_empty());
                }
            }
        }
    }
}
