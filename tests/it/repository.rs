//! Companies with a past: repositories made by the real git, with fixed people and dates, so that ids are fixed too.

use crate::harness::{Company, Run};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A person at git.
pub(crate) const ADA: (&str, &str) = ("Ada", "ada@example.org");

/// An agent, as the program attributes its commits.
pub(crate) const CTO: (&str, &str) = ("cto", "cto@agents.acme");

/// The program.
pub(crate) const CORP: (&str, &str) = ("corp", "corp@localhost");

/// A company in a repository.
pub(crate) struct Repository {
    pub(crate) company: Company,
}

impl Repository {
    /// A repository without commits.
    pub(crate) fn unborn() -> Self {
        let repository = Self { company: Company::new(&[]) };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    /// A small company: founded by Ada, changed by her and by the program for an agent.
    pub(crate) fn acme() -> Self {
        let repository = Self::unborn();
        let company = &repository.company;
        company.write("COMPANY.md", "---\nname: Acme\n---\nWe make things.\n");
        let board = "board:\n  - id: ada\n    email: ada@example.org\n";
        company.write("corp.yaml", format!("timezone: Europe/Berlin\n{board}"));
        company.write("agents/cto/AGENTS.md", "---\nname: CTO\n---\nLead.\n");
        company.write("agents/cto/agent.yaml", "# how it runs\nheartbeat:\n  every: 30m\n");
        repository.commit(ADA, "2026-11-18T09:00:00Z", "Found Acme");
        company.write("tickets/0000/ACME-1.md", "---\nid: ACME-1\ntitle: Do it\nstatus: todo\n---\nPlease.\n");
        repository.commit(ADA, "2026-11-18T10:00:00Z", "First ticket");
        company.write("agents/cto/agent.yaml", "# how it runs\nheartbeat:\n  every: 1h\n");
        repository.commit(ADA, "2026-11-19T09:30:00Z", "Slow the CTO down\n\nIt woke for nothing.");
        company.write(
            "tickets/0000/ACME-1.md",
            "---\nid: ACME-1\ntitle: Do it\nstatus: in_progress\nassignee: cto\n---\nPlease.\n",
        );
        repository.commit_as(
            CTO,
            CORP,
            "2026-11-19T10:00:00Z",
            "cto took ACME-1\n\nActor: cto\nRun: r-01jd\nTicket: ACME-1\n",
        );
        company.write("tickets/0000/ACME-1/20261119T101000Z-cto-1a2b.md", "---\nauthor: cto\n---\nDone.\n");
        company.write(
            "tickets/0000/ACME-1.md",
            "---\nid: ACME-1\ntitle: Do it\nstatus: done\nassignee: cto\n---\nPlease.\n",
        );
        repository.commit_as(
            CTO,
            CORP,
            "2026-11-19T10:10:00Z",
            "cto finished ACME-1\n\nActor: cto\nRun: r-01jd\nTicket: ACME-1\nCost: 1.37 USD\n",
        );
        repository
    }

    /// Commits everything, by one person.
    pub(crate) fn commit(&self, who: (&str, &str), when: &str, message: &str) {
        self.commit_as(who, who, when, message);
    }

    /// Commits everything, even nothing.
    pub(crate) fn commit_as(&self, author: (&str, &str), committer: (&str, &str), when: &str, message: &str) {
        self.git(&["add", "-A"]);
        self.run(
            &["commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", message],
            &[
                ("GIT_AUTHOR_NAME", author.0),
                ("GIT_AUTHOR_EMAIL", author.1),
                ("GIT_AUTHOR_DATE", when),
                ("GIT_COMMITTER_NAME", committer.0),
                ("GIT_COMMITTER_EMAIL", committer.1),
                ("GIT_COMMITTER_DATE", when),
            ],
        );
    }

    /// Commits a folder that was never on the disk upon what is checked out, and returns the commit's id.
    pub(crate) fn committed(&self, folder: &str, who: (&str, &str), when: &str, message: &str) -> String {
        let (name, email) = who;
        let environment = [
            ("GIT_AUTHOR_NAME", name),
            ("GIT_AUTHOR_EMAIL", email),
            ("GIT_AUTHOR_DATE", when),
            ("GIT_COMMITTER_NAME", name),
            ("GIT_COMMITTER_EMAIL", email),
            ("GIT_COMMITTER_DATE", when),
        ];
        self.run(&["commit-tree", folder, "-p", "HEAD", "-m", message], &environment).trim().to_owned()
    }

    /// Merges a branch into what is checked out, whatever either changed.
    pub(crate) fn merge(&self, branch: &str, when: &str, message: &str) {
        let (name, email) = ADA;
        self.run(
            &["merge", "-q", "--no-ff", "-X", "ours", "-m", message, branch],
            &[
                ("GIT_AUTHOR_NAME", name),
                ("GIT_AUTHOR_EMAIL", email),
                ("GIT_AUTHOR_DATE", when),
                ("GIT_COMMITTER_NAME", name),
                ("GIT_COMMITTER_EMAIL", email),
                ("GIT_COMMITTER_DATE", when),
            ],
        );
    }

    /// Makes a folder of these entries, each `MODE TYPE ID<tab>NAME`, known to git alone, and returns its id.
    pub(crate) fn folder(&self, entries: &str) -> String {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(self.company.root())
            .arg("mktree")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(entries.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git mktree");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs git in the company.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.run(args, &[])
    }

    fn run(&self, args: &[&str], environment: &[(&str, &str)]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.company.root())
            .args(args)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `corp` in the company.
    pub(crate) fn corp(&self, args: &[&str]) -> Run {
        self.company.corp(args)
    }

    /// What `corp` prints when it is content.
    pub(crate) fn printed(&self, args: &[&str]) -> String {
        let run = self.corp(args);
        assert_eq!(run.code, 0, "{args:?}: {}{}", run.stdout, run.stderr);
        run.stdout
    }
}
