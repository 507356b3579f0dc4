//! Commands that tell the board something: which of their words would run what an agent wrote as code.

/// What stands for something that an agent may have written, in an argument of a command.
const WRITTEN: &[&str] = &["{title}", "{text}", "{company}"];

/// Programs that run an argument as code, or hand it on to one that does; without the number of their version.
const INTERPRETERS: &[&str] = &[
    "ash",
    "awk",
    "bash",
    "bun",
    "busybox",
    "chroot",
    "cmd",
    "csh",
    "dash",
    "deno",
    "doas",
    "emacs",
    "env",
    "eval",
    "expect",
    "fish",
    "gawk",
    "gmake",
    "groovy",
    "ksh",
    "lua",
    "make",
    "mawk",
    "mksh",
    "mosh",
    "mysql",
    "node",
    "nodejs",
    "nsenter",
    "nu",
    "osascript",
    "parallel",
    "perl",
    "php",
    "powershell",
    "psql",
    "pwsh",
    "pypy",
    "python",
    "rbash",
    "rscript",
    "rsh",
    "ruby",
    "runuser",
    "screen",
    "script",
    "sed",
    "sh",
    "sqlite",
    "ssh",
    "su",
    "sudo",
    "systemd-run",
    "tclsh",
    "tcsh",
    "tmux",
    "vim",
    "watch",
    "xargs",
    "zsh",
];

/// Options after which code comes, whatever the program is called.
const CODE_OPTIONS: &[&str] = &["-c", "-e", "--command", "--eval", "--exec", "--execute"];

/// The first word of a command in which an agent's words would be filled into code, by its place.
pub fn word_run_as_code(words: &[String]) -> Option<usize> {
    let filled = |word: &str| WRITTEN.iter().any(|name| word.contains(name));
    (1..words.len()).find(|at| {
        let (before, word) = (&words[..*at], words[*at].as_str());
        let joined = CODE_OPTIONS.iter().any(|option| {
            let rest = word.strip_prefix(option);
            rest.is_some_and(|rest| rest.starts_with('=') || (option.len() == 2 && rest.starts_with('{')))
        });
        let after = CODE_OPTIONS.contains(&words[*at - 1].as_str());
        filled(word) && (joined || after || before.iter().any(|word| is_interpreter(word)))
    })
}

fn is_interpreter(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    INTERPRETERS.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_wrote_is_no_code() {
        for (words, expected) in [
            (&["sh", "-c", "echo {title}"][..], Some(2)),
            (&["/bin/bash", "-lc", "mail <<< '{text}'"], Some(2)),
            (&["sh", "tell.sh", "{title}"], Some(2)),
            (&["python3.12", "tell.py", "{event}", "{text}"], Some(3)),
            (&["/usr/bin/perl5", "-e{title}"], Some(1)),
            (&["env", "LANG=C", "notify-send", "{title}"], Some(3)),
            (&["Rscript", "tell.R", "{title}"], Some(2)),
            (&["ssh", "desk", "notify-send", "{title}"], Some(3)),
            (&["timeout", "9", "zsh", "-c", "{title}"], Some(4)),
            (&["own-program", "-e", "{title}"], Some(2)),
            (&["own-program", "--eval=say({title})"], Some(1)),
            (&["sh", "-c", "echo {company}"], Some(2)),
            (&["sh", "-c", "echo {event}"], None),
            (&["sh", "-c", "echo \"$CORP_TITLE\""], None),
            (&["notify-send", "{title}", "{text}"], None),
            (&["mail", "-s", "corp: {title}", "-c", "bob@acme.example", "ada@acme.example"], None),
            (&["scripts/shout", "--extra={title}", "-"], None),
            (&["./python-notify", "{title}"], None),
            (&["tell", "{title}", "sh"], None),
            (&[], None),
        ] {
            let owned: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(word_run_as_code(&owned), expected, "{words:?}");
        }
    }
}
