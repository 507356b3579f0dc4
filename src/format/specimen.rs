//! Companies of any size, made up: what benchmarks, the simulator and `corp bench` work on.
//!
//! The same size and seed give the same bytes. The texts have the shape and length of real ones: half a
//! kilobyte of ticket, a few comments on some of them, a tree of agents five wide.

use std::fmt::Write as _;

/// How large a made-up company is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Agents, each with AGENTS.md, agent.yaml and HEARTBEAT.md.
    pub agents: usize,
    /// Tickets.
    pub tickets: usize,
    /// Every how many tickets one has a thread of two comments; 0: none has.
    pub thread_every: usize,
}

/// The files of a made-up company: path and text, in the order of the layout.
pub fn company(size: Size, seed: u64) -> impl Iterator<Item = (String, String)> {
    let mut random = Random(seed);
    let head = head();
    let agents = (0..size.agents).flat_map(agent);
    let tickets = (1..=size.tickets).flat_map(move |number| ticket(number, size, &mut random));
    head.into_iter().chain(agents).chain(tickets)
}

fn head() -> Vec<(String, String)> {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let projects = (0..PROJECTS).map(|number| {
        let text = format!("---\nname: Project {number}\ndescription: Work of one kind.\nslug: project-{number}\n---\n\nWhat belongs together.\n");
        (format!("projects/project-{number}/PROJECT.md"), text)
    });
    let mut files = vec![
        file(
            "COMPANY.md",
            "---\nname: Specimen\ndescription: A made-up company.\nslug: specimen\nschema: agentcompanies/v1\nversion: 1.0.0\nlicense: MIT\n---\n\nTo be measured.\n",
        ),
        file(
            "corp.yaml",
            "schema: corp/v1\nticket_prefix: SPEC\ntimezone: UTC\nboard:\n  - {id: ada, name: Ada, email: ada@specimen.example, role: owner}\n",
        ),
        file("budgets.yaml", "budgets:\n  - {scope: company, window: month, limit: 200.00 USD}\n"),
        file("goals/growth.md", "---\nname: Growth\nstatus: active\n---\n\nMore of the same.\n"),
    ];
    files.extend(projects);
    files
}

const PROJECTS: usize = 20;

fn agent(number: usize) -> [(String, String); 3] {
    let boss = if number == 0 { "null".to_owned() } else { format!("agent-{}", (number - 1) / 5) };
    let folder = format!("agents/agent-{number}");
    let paper = format!(
        "---\nname: Agent {number}\ntitle: Member {number}\nreportsTo: {boss}\n---\n\nYou do what member {number} does: read the ticket, do the work, say what you did.\n{}",
        "Keep to the plan, ask when in doubt, and leave the place tidier than you found it.\n".repeat(8)
    );
    let settings = "status: active\nrole: engineer\nadapter:\n  type: script\nheartbeat:\n  every: 1h\n  active_hours: 08:00-20:00\nrun_ceiling: {money: 1.00 USD, tokens: 1M}\n".to_owned();
    let heartbeat =
        "# Heartbeat\n\ntasks:\n  - name: inbox\n    interval: 1h\n    prompt: Look at the inbox.\n".to_owned();
    [
        (format!("{folder}/AGENTS.md"), paper),
        (format!("{folder}/agent.yaml"), settings),
        (format!("{folder}/HEARTBEAT.md"), heartbeat),
    ]
}

fn ticket(number: usize, size: Size, random: &mut Random) -> Vec<(String, String)> {
    const STATUS: [&str; 5] = ["todo", "todo", "backlog", "done", "cancelled"];
    const PRIORITY: [&str; 4] = ["critical", "high", "medium", "low"];
    let bucket = format!("tickets/{:04}", number / 100);
    let status = STATUS[random.below(STATUS.len())];
    let mut text = format!(
        "---\nid: SPEC-{number}\ntitle: Make thing {number} work as people expect\nstatus: {status}\npriority: {}\n",
        PRIORITY[random.below(PRIORITY.len())]
    );
    let mut line = |line: std::fmt::Arguments<'_>| writeln!(text, "{line}").expect("a string takes any text");
    if status != "backlog" && size.agents > 0 {
        line(format_args!("assignee: agent-{}", random.below(size.agents)));
    }
    line(format_args!("project: project-{}\ngoal: growth", random.below(PROJECTS)));
    if number.is_multiple_of(7) {
        line(format_args!("parent: SPEC-{}", number / 7));
    }
    // Work that is done waits for nothing.
    if number.is_multiple_of(11) && status != "done" {
        line(format_args!("blocked_by: [SPEC-{}]", number - 1));
    }
    line(format_args!("labels: [bug, area-{}]\nfence: {}", random.below(30), random.below(4)));
    line(format_args!(
        "created: 2026-{:02}-{:02}T10:00:00Z\ncreated_by: ada\n---\n",
        1 + random.below(12),
        1 + random.below(28)
    ));
    for _ in 0..=random.below(4) {
        line(format_args!("When somebody does this, that should happen, and it should be plain why it did not."));
    }
    let mut files = vec![(format!("{bucket}/SPEC-{number}.md"), text)];
    if size.thread_every > 0 && size.agents > 0 && number.is_multiple_of(size.thread_every) {
        for comment in 0..2 {
            let author = random.below(size.agents);
            let path = format!(
                "{bucket}/SPEC-{number}/20261120T10{comment:02}00Z-agent-{author}-{:04x}.md",
                random.below(0x1_0000)
            );
            files.push((path, format!("---\nauthor: agent-{author}\nkind: comment\n---\nI looked at it and it is as described. Next I will try the other way.\n")));
        }
    }
    files
}

/// A small generator of numbers (`SplitMix64`, Steele, Lea and Flood 2014): chance that is the same every time.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("below a usize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_and_seed_give_the_same_sound_company() {
        let size = Size { agents: 12, tickets: 150, thread_every: 10 };
        let files: Vec<_> = company(size, 7).collect();
        assert_eq!(files, company(size, 7).collect::<Vec<_>>());
        assert_eq!(files.iter().filter(|(path, _)| path.starts_with("tickets/")).count(), 150 + 2 * 15);
        for (path, text) in &files {
            let (_, diagnostics) = crate::format::read(path, text);
            assert_eq!(diagnostics, [], "{path}");
        }
    }
}
