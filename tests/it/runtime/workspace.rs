//! What a run is given, with the real program and real gits: the clone it works in, its desk, and what becomes of both.

use super::daemon::{After, daemon, git, live, status_of, subjects, until, workers};
use crate::harness::Company;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A company of agents that are a shell command, each with a ticket in the project `web`.
fn shells(count: usize, command: &str) -> Company {
    let company = workers(count, "done\n");
    for number in 1..=count {
        let settings = format!(
            "status: active\nadapter:\n  type: process\n  command: /bin/sh\n  args: [\"-ec\", {}]\n  grace: 1s\ncooldown: 1ms\n\
             run_ceiling: {{money: 0.50 USD}}\n",
            serde_json::to_string(command).unwrap()
        );
        company.write(&format!("agents/w{number}/agent.yaml"), settings);
        let head =
            format!("id: COMPANY-{number}\ntitle: Job {number}\nstatus: todo\nassignee: w{number}\nproject: web\n");
        company.write(&format!("tickets/0000/COMPANY-{number}.md"), format!("---\n{head}---\n\nDo it.\n"));
    }
    company.write("projects/web/PROJECT.md", "---\nname: Web\nslug: web\ndescription: The web.\n---\n\nThe web.\n");
    let url = repository(&company);
    company
        .write("projects/web/project.yaml", format!("status: in_progress\nrepository: {{url: {}}}\n", url.display()));
    commit(&company, "a project");
    company
}

fn commit(company: &Company, subject: &str) {
    git(company, &["add", "-A"]);
    git(company, &["commit", "-qm", subject]);
}

/// A project's repository with one commit, beside the company.
fn repository(company: &Company) -> PathBuf {
    let folder = company.root().with_file_name("web");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("README.md"), "the web\n").unwrap();
    std::fs::write(folder.join(".gitignore"), "target/\n").unwrap();
    in_folder(&folder, &["init", "-q", "-b", "main"]);
    in_folder(&folder, &["add", "-A"]);
    in_folder(&folder, &["commit", "-qm", "begin"]);
    folder
}

fn in_folder(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@localhost"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn ticket(number: usize) -> String {
    format!("tickets/0000/COMPANY-{number}.md")
}

fn branch_of(company: &Company, number: usize) -> Option<String> {
    let text = company.read(&ticket(number));
    text.lines().find_map(|line| line.strip_prefix("branch: ")).map(str::to_owned)
}

/// Everything said in a ticket's thread.
fn thread(company: &Company, number: usize) -> String {
    let folder = company.root().join(format!("tickets/0000/COMPANY-{number}"));
    let mut files: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect::<Vec<_>>().join("\n")
}

/// Sets keys of a ticket, as a person would.
fn set(company: &Company, number: usize, keys: &[(&str, &str)]) {
    let text = company.read(&ticket(number));
    let kept = text.lines().filter(|line| !keys.iter().any(|(key, _)| line.starts_with(&format!("{key}:"))));
    let mut lines: Vec<String> = kept.map(str::to_owned).collect();
    for (key, value) in keys {
        lines.insert(1, format!("{key}: {value}"));
    }
    company.write(&ticket(number), lines.join("\n") + "\n");
    commit(company, "a person sets something");
}

fn folder_of(company: &Company, name: &str) -> PathBuf {
    company.state().join("workspaces").join(name)
}

fn mirror(company: &Company) -> PathBuf {
    let mut found = std::fs::read_dir(company.state().join("mirrors")).unwrap().flatten().map(|entry| entry.path());
    found.find(|path| path.extension().is_some_and(|extension| extension == "git")).unwrap()
}

const WORK: &str = "echo \"$CORP_AGENT\" > \"$CORP_AGENT.txt\"; git add .; git commit -qm \"work of $CORP_AGENT\"; \
                    corp ticket comment \"$CORP_TICKET\" 'It is there.'; corp ticket done \"$CORP_TICKET\"";

#[test]
fn four_runs_in_one_repository_make_four_branches() {
    let company = shells(4, WORK);
    let _after = After(&company);
    let said = live(&company);
    let web = company.root().with_file_name("web");
    for number in 1..=4 {
        assert_eq!(status_of(&company, &ticket(number)), "done", "{said}\n{}", thread(&company, number));
        let branch = format!("corp/COMPANY-{number}");
        assert_eq!(branch_of(&company, number).as_deref(), Some(&*branch));
        let files = in_folder(&web, &["ls-tree", "--name-only", &branch]);
        assert_eq!(files.lines().collect::<Vec<_>>(), [".gitignore", "README.md", &format!("w{number}.txt")]);
        let log = in_folder(&web, &["log", "--format=%an <%ae> %s", &branch]);
        let name = format!("Worker {number} <w{number}@agents.");
        assert!(log.starts_with(&name) && log.contains(&format!("> work of w{number}\n")), "{log}");
    }
    in_folder(&web, &["fsck", "--strict"]);
    in_folder(&mirror(&company), &["fsck", "--strict"]);
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
    assert_eq!(company.corp(&["check"]).code, 0);
    // Objects are linked, not copied.
    use std::os::unix::fs::MetadataExt as _;
    let packs = folder_of(&company, "COMPANY-1").join(".git/objects");
    let linked = walk(&packs).into_iter().filter(|file| std::fs::metadata(file).unwrap().nlink() > 1).count();
    assert!(linked > 0, "no object of {} is linked", packs.display());
    let listed = company.corp(&["workspace", "list"]);
    assert_eq!(
        listed.stdout.lines().filter(|line| line.contains("corp/COMPANY-") && line.ends_with("done")).count(),
        4
    );
    let cleaned = company.corp(&["workspace", "clean"]);
    assert_eq!((cleaned.code, cleaned.stdout.lines().count()), (0, 4), "{}{}", cleaned.stdout, cleaned.stderr);
    assert!(!folder_of(&company, "COMPANY-1").exists());
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            files.extend(walk(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files
}

#[test]
fn a_repository_that_cannot_be_reached_blocks_the_ticket_until_it_can() {
    let company = shells(1, WORK);
    let _after = After(&company);
    let web = company.root().with_file_name("web");
    let away = company.root().with_file_name("away");
    std::fs::rename(&web, &away).unwrap();
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "blocked");
    let told = thread(&company, 1);
    for part in ["cannot be reached", "git ls-remote", "projects/web/project.yaml", "Then set `status: todo`"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(company.corp(&["check"]).code, 0);
    std::fs::rename(&away, &web).unwrap();
    set(&company, 1, &[("status", "todo")]);
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "done", "{}", thread(&company, 1));
}

#[test]
fn a_branch_that_exists_is_left_alone_until_the_ticket_names_one() {
    let company = shells(1, WORK);
    let _after = After(&company);
    let web = company.root().with_file_name("web");
    in_folder(&web, &["branch", "corp/COMPANY-1"]);
    let before = in_folder(&web, &["rev-parse", "corp/COMPANY-1"]);
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "blocked");
    let told = thread(&company, 1);
    assert!(told.contains("`corp/COMPANY-1` is in") && told.contains("Write `branch: corp/COMPANY-1`"), "{told}");
    assert_eq!(in_folder(&web, &["rev-parse", "corp/COMPANY-1"]), before);
    set(&company, 1, &[("branch", "fix/sign-in"), ("status", "todo")]);
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "done", "{}", thread(&company, 1));
    assert_eq!(in_folder(&web, &["rev-parse", "corp/COMPANY-1"]), before);
    assert_eq!(in_folder(&web, &["show", "fix/sign-in:w1.txt"]), "w1\n");
    assert_eq!(branch_of(&company, 1).as_deref(), Some("fix/sign-in"));
}

#[test]
fn what_is_not_committed_is_kept_and_its_folder_is_never_removed() {
    let command = "echo done > a.txt; git add a.txt; git commit -qm a; echo more >> a.txt; echo new > 'b c.txt'; \
                   rm README.md; mkdir target; echo x > target/junk; corp ticket done \"$CORP_TICKET\"";
    let company = shells(1, command);
    let _after = After(&company);
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "done", "{}", thread(&company, 1));
    let told = thread(&company, 1);
    assert!(told.contains("3 files in") && told.contains("are not committed"), "{told}");
    let mirror = mirror(&company);
    let reference = in_folder(&mirror, &["for-each-ref", "--format=%(refname)", "refs/rescue"]).trim().to_owned();
    assert!(told.contains(&reference), "{reference}: {told}");
    assert_eq!(in_folder(&mirror, &["show", &format!("{reference}:a.txt")]), "done\nmore\n");
    assert_eq!(in_folder(&mirror, &["show", &format!("{reference}:b c.txt")]), "new\n");
    let files = in_folder(&mirror, &["ls-tree", "-r", "--name-only", &reference]);
    assert!(!files.contains("README.md") && !files.contains("target"), "{files}");
    let cleaned = company.corp(&["workspace", "clean", "COMPANY-1"]);
    assert_eq!(cleaned.code, 1);
    assert!(cleaned.stderr.contains("are not committed"), "{}", cleaned.stderr);
    assert!(folder_of(&company, "COMPANY-1").join("b c.txt").exists());
    in_folder(&mirror, &["fsck", "--strict"]);
}

/// What it calls in the clone may be an agent's: it is held like a run.
#[test]
fn the_setup_of_a_project_reaches_its_folder_and_no_company() {
    if !corp::sandbox::Offer::here().is_of_use() {
        return;
    }
    let command = "git add setup.txt; git commit -qm 'what the setup said'; corp ticket done \"$CORP_TICKET\"";
    let company = shells(1, command);
    let root = company.root().canonicalize().unwrap();
    let setup = format!(
        "cat README.md > setup.txt; cat {company}/corp.yaml >> setup.txt || echo unread >> setup.txt; \
         (echo x > {company}/planted) || echo unwritten >> setup.txt; (echo x > {beside}) || echo held >> setup.txt",
        company = root.display(),
        beside = root.with_file_name("planted").display(),
    );
    let settings = company.read("projects/web/project.yaml").replace('}', "");
    let settings = format!("{}, setup: {}}}\n", settings.trim_end(), serde_json::to_string(&setup).unwrap());
    company.write("projects/web/project.yaml", settings);
    commit(&company, "a setup");
    let _after = After(&company);
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "done", "{}", thread(&company, 1));
    // This account can do all of it.
    assert!(std::fs::read(root.join("corp.yaml")).is_ok());
    let said = in_folder(&root.with_file_name("web"), &["show", "corp/COMPANY-1:setup.txt"]);
    assert_eq!(said, "the web\nunread\nunwritten\nheld\n");
    assert!(!root.join("planted").exists() && !root.with_file_name("planted").exists());
}

/// It is run where an agent worked, with nothing of what the agent planted there, and ends with all it started.
#[test]
fn the_cleanup_of_a_project_is_run_before_a_workspace_goes() {
    let command = "echo 1 > a.txt; git add .; git commit -qm a; mkdir -p .git/hooks; for hook in post-commit post-index-change; do \
                   printf '#!/bin/sh\\ntouch \"%s/../EVIL\"\\n' \"$PWD\" > .git/hooks/$hook; chmod +x .git/hooks/$hook; done; \
                   git config core.fsmonitor \"touch $PWD/../EVIL\"; corp ticket done \"$CORP_TICKET\"";
    let company = shells(2, command);
    let settings = company.read("projects/web/project.yaml").replace('}', "");
    let cleanup = "git commit -q --allow-empty -m tidy; setsid sleep 7302 & echo $! > ~/left-$CORP_TICKET; \
                   echo cleaned $CORP_TICKET; pwd > ~/where-$CORP_TICKET; test $CORP_TICKET != COMPANY-2";
    company.write(
        "projects/web/project.yaml",
        format!("{}, cleanup: {}}}\n", settings.trim_end(), serde_json::to_string(cleanup).unwrap()),
    );
    commit(&company, "a cleanup");
    let _after = After(&company);
    live(&company);
    for number in [1, 2] {
        assert_eq!(status_of(&company, &ticket(number)), "done", "{}", thread(&company, number));
    }
    let cleaned = company.corp(&["workspace", "clean"]);
    assert_eq!((cleaned.code, cleaned.stdout.as_str()), (1, "COMPANY-1 is gone\n"), "{}", cleaned.stderr);
    for part in
        ["COMPANY-1: cleaned COMPANY-1", "COMPANY-2 stays: the cleanup of the project ended with exit status: 1"]
    {
        assert!(cleaned.stderr.contains(part), "{part}: {}", cleaned.stderr);
    }
    let places = company.state().join("workspaces");
    assert!(!places.join("COMPANY-1").exists() && places.join("COMPANY-2/a.txt").exists());
    assert!(!places.join("COMPANY-1.cleanup.log").exists() && places.join("COMPANY-2.cleanup.log").exists());
    assert!(!places.join("EVIL").exists(), "something planted was run");
    for number in [1, 2] {
        // Of what lies around the folder it reaches the agent's home alone.
        let home = company.state().join(format!("homes/w{number}"));
        let said = |what: &str| std::fs::read_to_string(home.join(format!("{what}-COMPANY-{number}"))).unwrap();
        assert_eq!(Path::new(said("where").trim()).file_name().unwrap().to_str(), Some(&*format!("COMPANY-{number}")));
        let line = std::fs::read(format!("/proc/{}/cmdline", said("left").trim())).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&line).contains("7302"), "it left a process behind");
    }
    // Once it is mended, the folder goes.
    company.write("projects/web/project.yaml", format!("{}}}\n", settings.trim_end()));
    commit(&company, "none");
    assert_eq!(company.corp(&["workspace", "clean"]).stdout, "COMPANY-2 is gone\n");
}

#[test]
fn a_workspace_that_was_deleted_by_hand_begins_with_what_had_come_back() {
    let command = "if test -f a.txt; then corp ticket done \"$CORP_TICKET\"; else echo 1 > a.txt; git add .; git commit -qm a; \
                   corp ticket block \"$CORP_TICKET\" --owner board --reason 'I need a word.'; fi";
    let company = shells(1, command);
    let _after = After(&company);
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "blocked", "{}", thread(&company, 1));
    assert_eq!(branch_of(&company, 1).as_deref(), Some("corp/COMPANY-1"));
    std::fs::remove_dir_all(folder_of(&company, "COMPANY-1")).unwrap();
    set(&company, 1, &[("status", "todo")]);
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "done", "{}", thread(&company, 1));
    assert!(thread(&company, 1).contains("was gone. What had been committed there"), "{}", thread(&company, 1));
    // A folder that is something else now is put aside, whole.
    std::fs::remove_dir_all(folder_of(&company, "COMPANY-1").join(".git")).unwrap();
    std::fs::write(folder_of(&company, "COMPANY-1").join("mine"), "precious").unwrap();
    set(&company, 1, &[("status", "todo")]);
    live(&company);
    assert_eq!(std::fs::read_to_string(folder_of(&company, "COMPANY-1.kept-1").join("mine")).unwrap(), "precious");
    assert!(thread(&company, 1).contains("Nothing of it was deleted"), "{}", thread(&company, 1));
}

/// Needs a small disk of its own, which only root can have.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_blocks_the_ticket_until_there_is_room() {
    let company = shells(1, WORK);
    let _after = After(&company);
    let web = company.root().with_file_name("web");
    let chance = std::fs::File::open("/dev/urandom").unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(chance, 4 << 20), &mut bytes).unwrap();
    std::fs::write(web.join("large"), bytes).unwrap();
    in_folder(&web, &["add", "-A"]);
    in_folder(&web, &["commit", "-qm", "large"]);
    let disk = company.state().join("workspaces");
    std::fs::create_dir_all(&disk).unwrap();
    let mount = |args: &[&str]| {
        Command::new("mount").args(args).arg(&disk).output().is_ok_and(|output| output.status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=2m", "tmpfs"]) {
        eprintln!("SKIPPED: no small disk can be mounted here");
        return;
    }
    struct Unmount(PathBuf);
    impl Drop for Unmount {
        fn drop(&mut self) {
            drop(Command::new("umount").arg("-l").arg(&self.0).output());
        }
    }
    let _unmount = Unmount(disk.clone());
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "blocked", "{}", thread(&company, 1));
    let told = thread(&company, 1);
    assert!(told.contains("is full. Make room there"), "{told}");
    // What was half made is not in the way.
    assert!(walk(&disk).is_empty(), "{:?}", walk(&disk));
    assert!(mount(&["-o", "remount,size=64m"]));
    set(&company, 1, &[("status", "todo")]);
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "done", "{}", thread(&company, 1));
    assert_eq!(in_folder(&web, &["show", "corp/COMPANY-1:w1.txt"]), "w1\n");
}

/// What an agent plants in its clone (hooks, filters, another object folder) is run and read by nobody of ours.
#[test]
fn nothing_an_agent_planted_in_its_clone_is_run() {
    let command = "echo 1 > a.txt; git add .; git commit -qm a; \
                   evil=\"$PWD/../EVIL\"; for hook in post-checkout pre-push reference-transaction post-index-change update; do \
                   printf '#!/bin/sh\\ntouch %s\\n' \"$evil\" > .git/hooks/$hook 2>/dev/null || { mkdir -p .git/hooks; printf \
                   '#!/bin/sh\\ntouch %s\\n' \"$evil\" > .git/hooks/$hook; }; chmod +x .git/hooks/$hook; done; \
                   git config core.fsmonitor \"touch $evil\"; git config filter.x.clean \"touch $evil\"; git config \
                   filter.x.smudge \"touch $evil\"; mkdir -p .git/info; echo '* filter=x' > .git/info/attributes; echo '* \
                   filter=x' > .gitattributes; git config uploadpack.packObjectsHook \"touch $evil\"; git config \
                   core.sshCommand \"touch $evil\"; echo dirty > b.txt; rm -f \"$evil\"; corp ticket done \"$CORP_TICKET\"";
    let company = shells(1, command);
    let _after = After(&company);
    live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "done", "{}", thread(&company, 1));
    company.corp(&["workspace", "clean"]);
    assert!(!company.state().join("workspaces/EVIL").exists(), "something planted was run");
    let web = company.root().with_file_name("web");
    assert_eq!(in_folder(&web, &["show", "corp/COMPANY-1:a.txt"]), "1\n");
}

#[test]
fn what_an_agent_writes_down_is_committed_in_its_name_and_nothing_else() {
    let secret = concat!("ghp_", "R8sKq2LmZx7TbVn4WcYd9FhJp3GtQe6AuXrM");
    let command = format!(
        "test \"$(cat \"$AGENT_HOME/MEMORY.md\")\" = 'I knew.'; test -f \"$CORP_DESK/COMPANY.md\"; test -f \
         \"$CORP_DESK/tickets/0000/COMPANY-1.md\"; ! test -e \"$CORP_DESK/corp.yaml\"; ! test -e \"$AGENT_HOME/agent.yaml\"; \
         ! test -e \"$CORP_DESK/agents/w2\"; test -z \"$(git -C \"$CORP_DESK\" status --porcelain)\"; \
         echo 'I know.' > \"$AGENT_HOME/MEMORY.md\"; mkdir \"$AGENT_HOME/memory\"; echo today > \
         \"$AGENT_HOME/memory/2026-11-20.md\"; echo {secret} > \"$AGENT_HOME/memory/leak.md\"; ln -s /etc/passwd \
         \"$AGENT_HOME/memory/link.md\"; echo x > other; ln other \"$AGENT_HOME/memory/hard.md\"; echo pay me > \
         \"$CORP_DESK/COMPANY.md\"; echo new > \"$CORP_DESK/goals.txt\"; corp ticket done \"$CORP_TICKET\""
    );
    let company = shells(2, "corp ticket done \"$CORP_TICKET\"");
    let settings = company.read("agents/w1/agent.yaml").replace(
        &serde_json::to_string("corp ticket done \"$CORP_TICKET\"").unwrap(),
        &serde_json::to_string(&command).unwrap(),
    );
    company.write("agents/w1/agent.yaml", settings);
    company.write("agents/w1/MEMORY.md", "I knew.\n");
    commit(&company, "a memory");
    let mission = company.read("COMPANY.md");
    let _after = After(&company);
    let said = live(&company);
    assert_eq!(status_of(&company, &ticket(1)), "done", "{said}\n{}", thread(&company, 1));
    assert_eq!(company.read("agents/w1/MEMORY.md"), "I know.\n");
    assert_eq!(company.read("agents/w1/memory/2026-11-20.md"), "today\n");
    assert_eq!(company.read("COMPANY.md"), mission);
    for path in ["agents/w1/memory/leak.md", "agents/w1/memory/link.md", "agents/w1/memory/hard.md", "goals.txt"] {
        assert!(!company.root().join(path).exists(), "{path}");
    }
    let log = git(&company, &["log", "--format=%an|%s", "--", "agents/w1"]);
    assert!(log.starts_with("w1|w1 writes 2 papers\n"), "{log}");
    let written = git(&company, &["log", "-p", "--all", "--", "agents/w1/MEMORY.md", "agents/w1/memory"]);
    assert!(written.contains("I know.") && !written.contains(secret));
    let run = std::fs::read_dir(company.state().join("runs")).unwrap().flatten().map(|entry| entry.path());
    let run = run.into_iter().find(|run| run.join("desk.json").exists()).unwrap();
    let kept = std::fs::read_to_string(run.join("desk.json")).unwrap();
    for part in
        ["COMPANY.md", "goals.txt", "leak.md", "it is a link", "it has a second name elsewhere", "secret stood in it"]
    {
        assert!(kept.contains(part), "{part}: {kept}");
    }
    assert_eq!(std::fs::read_to_string(run.join("desk/COMPANY.md")).unwrap(), "pay me\n");
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
    assert_eq!(subjects(&company).iter().filter(|subject| subject.contains("writes")).count(), 1);
}

#[test]
fn what_changes_during_a_run_reaches_the_desk_when_it_asks() {
    let command = "touch \"$CORP_WORKSPACE/here\"; echo mine >> \"$AGENT_HOME/MEMORY.md\"; until test -f \
                   \"$CORP_DESK/goals/late.md\"; do corp desk refresh > \"$CORP_WORKSPACE/said\"; sleep 0.2; done; grep -q new \
                   \"$CORP_DESK/tickets/0000/COMPANY-1.md\"; corp ticket done \"$CORP_TICKET\"";
    let company = shells(1, command);
    company.write("agents/w1/MEMORY.md", "first\n\nlast\n");
    commit(&company, "a memory");
    let _after = After(&company);
    let mut child = daemon(&company);
    let here = folder_of(&company, "COMPANY-1").join("here");
    until("the agent is at work", || here.exists());
    let desk = company.state().join("desks/w1");
    assert!(!desk.join("goals/late.md").exists());
    let text = company.read(&ticket(1)).replace("Do it.", "Do it the new way.");
    company.write(&ticket(1), text);
    company.write("goals/late.md", "---\nname: Late\n---\n\nLate.\n");
    company.write("agents/w1/MEMORY.md", "by a person\n\nlast\n");
    commit(&company, "a person changes things");
    until("the ticket is done", || status_of(&company, &ticket(1)) == "done");
    company.corp(&["down"]);
    assert!(child.wait().is_ok());
    // Both wrote into the memory, in different places.
    until("the memory is taken up", || {
        company.read("agents/w1/MEMORY.md") == "by a person\n\nlast\nmine\n" || {
            drop(company.command(&["up", "--once"]).output());
            false
        }
    });
}
