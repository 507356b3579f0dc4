//! What stands outside of task blocks and is given to the agent as context.
//!
//! This rule is simpler than that of [`super::tasks`], as in the original: everything indented below `tasks:`
//! is left out, whether or not it could be read. So what a task block loses, the agent never sees.

use crate::model::ecma;

pub(super) fn outside_of_tasks(text: &str) -> String {
    let mut kept = Vec::new();
    let mut in_block = false;
    for line in text.split('\n') {
        // The last line has no line feed behind it, so a carriage return there belongs to it; trimming takes it off.
        let line = line.strip_suffix('\r').unwrap_or(line);
        let words = ecma::trim(line);
        if in_block {
            if words.is_empty() || line.starts_with(ecma::is_white) || words.starts_with("- name:") {
                continue;
            }
            in_block = false;
        } else if words == "tasks:" {
            in_block = true;
            continue;
        }
        kept.push(line);
    }
    ecma::trim(&kept.join("\n")).to_owned()
}
