//! `{{name}}` in a prompt of the agent's own. What is filled in is not looked at again: a title that says `{{mission}}`
//! brings no mission.

/// `template` with every known name filled in; an unknown one stays as it is written, so that a slip of the pen shows.
pub(super) fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}").map(|close| open + close) else { break };
        filled.push_str(&rest[..open]);
        match value(rest[open + 2..close].trim()) {
            Some(value) => filled.push_str(&value),
            None => filled.push_str(&rest[open..close + 2]),
        }
        rest = &rest[close + 2..];
    }
    filled.push_str(rest);
    filled
}
