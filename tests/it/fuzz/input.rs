//! What targets are given: texts of the right shape, and changes of them.

use bolero::TypeGenerator;

/// One change of a text.
#[derive(Debug, Clone, TypeGenerator)]
pub(crate) enum Change {
    Delete { at: u16, bytes: u8 },
    Insert { at: u16, token: u8 },
    Repeat { at: u16, bytes: u8, times: u8 },
    Byte { at: u16, byte: u8 },
    Swap { at: u16, other: u16 },
}

/// What a target is given: which seed, and what to change in it.
pub(crate) type Input = (u8, Vec<Change>);

/// The seed with the changes made; what is no longer UTF-8 becomes a replacement character.
pub(crate) fn mutate(seeds: &[&str], tokens: &[&str], (seed, changes): &Input) -> String {
    String::from_utf8_lossy(&mutate_bytes(
        &seeds.iter().map(|seed| seed.as_bytes()).collect::<Vec<_>>(),
        tokens,
        *seed,
        changes,
    ))
    .into_owned()
}

/// The same for bytes.
pub(crate) fn mutate_bytes(seeds: &[&[u8]], tokens: &[&str], seed: u8, changes: &[Change]) -> Vec<u8> {
    let mut text = seeds[usize::from(seed) % seeds.len()].to_vec();
    for change in changes.iter().take(40) {
        let place = |at: u16, text: &[u8]| if text.is_empty() { 0 } else { usize::from(at) % text.len() };
        match change {
            Change::Delete { at, bytes } => {
                let at = place(*at, &text);
                let end = (at + usize::from(*bytes)).min(text.len());
                text.drain(at..end);
            }
            Change::Insert { at, token } => {
                let at = place(*at, &text);
                let token = tokens[usize::from(*token) % tokens.len()];
                text.splice(at..at, token.bytes());
            }
            Change::Repeat { at, bytes, times } => {
                let at = place(*at, &text);
                let end = (at + usize::from(*bytes)).min(text.len());
                let piece = text[at..end].repeat(usize::from(*times));
                text.splice(at..at, piece);
            }
            Change::Byte { at, byte } => {
                let at = place(*at, &text);
                if let Some(slot) = text.get_mut(at) {
                    *slot = *byte;
                }
            }
            Change::Swap { at, other } => {
                if !text.is_empty() {
                    let (at, other) = (place(*at, &text), place(*other, &text));
                    text.swap(at, other);
                }
            }
        }
    }
    text
}

/// Pieces that mean something in YAML and Markdown.
pub(super) const YAML: &[&str] = &[
    "---\n",
    "...\n",
    "\n",
    "\r\n",
    "\t",
    "  ",
    "- ",
    ": ",
    "? ",
    "|\n",
    ">-\n",
    "&a ",
    "*a",
    "!!str ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    "\"",
    "#",
    "~",
    "<<: *a\n",
    "\u{feff}",
    "ä",
    "\u{2028}",
    "\\u0000",
    "id: ACME-1\n",
    "status: done\n",
    "%YAML 1.2\n",
    "17",
    "2.00 USD",
];

pub(super) const DOCUMENTS: &[&str] = &[
    "---\nid: ACME-1\ntitle: \"Sign-in: fails\"\nstatus: todo\nblocked_by: [ACME-2, ACME-3]\nstages:\n  - {review: [qa]}\n  - approval: [ada]\n    needs: 1\n---\nBody with @cto.\n",
    "status: active\nadapter: &a {type: script, env: {A: 'b', C: \"d\\n\"}}\nheartbeat:\n  every: 30m # often\n  active_hours: \"08:00-20:00\"\nrun_ceiling: {money: 2.00 USD, tokens: 4M}\n",
    "\u{feff}---\r\nname: >\r\n  folded\r\n  text\r\nmetadata:\r\n  sources:\r\n    - kind: github-file\r\n---\r\n",
    "a: &x [1, 2]\nb: *x\n? key\n: value\nc: |\n  block\n  text\n",
    "budgets:\n  - scope: agent:cto\n    window: rolling 5h\n    limit: 5M tokens\n    warn_at: 80%\n",
    "{\"id\": \"l-1\", \"run\": \"r-1\", \"agent\": \"cto\", \"usage\": {\"input\": 3}}\n",
];

/// A path of every kind, so that each text is read as each of them.
pub(super) const PATHS: &[&str] = &[
    "COMPANY.md",
    "corp.yaml",
    "home.yaml",
    "budgets.yaml",
    "prices.yaml",
    "agents/a/AGENTS.md",
    "agents/a/agent.yaml",
    "agents/a/HEARTBEAT.md",
    "teams/a/TEAM.md",
    "goals/a.md",
    "projects/a/PROJECT.md",
    "projects/a/project.yaml",
    "tasks/a/TASK.md",
    "tasks/a/routine.yaml",
    "skills/a/SKILL.md",
    "tickets/0000/ACME-1.md",
    "tickets/0000/ACME-1.lock",
    "tickets/0000/ACME-1/x.md",
    "approvals/AP-1.md",
    "secrets/A.yaml",
    "vaults/a.yaml",
    "ledger/open/r-1.json",
    "ledger/2026-11/20-1.jsonl",
];
