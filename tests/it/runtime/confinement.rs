//! What a confined process can do and cannot, tried by real programs, as root and as an ordinary account; and what is known
//! not to be held, tried as well, so that a kernel that holds it is noticed.

use corp::sandbox::{Bounds, Offer, Policy, Wall, launcher};
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    /// It is part of an agent's work.
    Allowed,
    /// It fails, and without confinement it does not.
    Refused,
    /// The same; but without confinement, too, it takes what not every account and machine has.
    Rarely,
    /// It should fail, and this kernel has no means for it.
    Gap,
    /// The same, with the version of Landlock that has the means.
    GapBefore(u32),
}

use Is::{Allowed, Gap, GapBefore, Rarely, Refused};

/// What is tried: a name, a command of the shell that succeeds if it could be done, and what becomes of it. `$W` is the
/// workspace, `$C` the company, `$R` a folder that may be read, `$ID` the identity, `$D` the process of the daemon, `$T` a
/// terminal, `$OK` and `$NO` ports that may and may not be reached, `$N` a name of this test's own.
const TRIED: &[(&str, &str, Is)] = &[
    // An agent's work.
    ("write", "echo a > $W/a && test -s $W/a", Allowed),
    ("rename", "echo a > $W/b && mv $W/b $W/c && mkdir -p $W/d && mv $W/c $W/d/c", Allowed),
    ("remove", "mkdir $W/e && touch $W/e/f && rm -r $W/e", Allowed),
    ("read what may be read", "cat $R/file > /dev/null", Allowed),
    ("temporary files", "echo a > $(mktemp)", Allowed),
    ("named pipes", "mkfifo $W/pipe && rm $W/pipe", Allowed),
    ("signal its own child", "sleep 60 & kill $! && ! wait $!", Allowed),
    ("connect to the port", "exec 3<>/dev/tcp/127.0.0.1/$OK", Allowed),
    ("abstract sockets of its own", "py abstract-own", Allowed),
    ("threads and processes", "py threads", Allowed),
    ("a listener in the file system", "py listen-own", Allowed),
    ("less of the machine for itself", "nice -n 1 true && py limit-own && py affinity-own", Allowed),
    (
        "git: clone, commit, fsck",
        "git clone -q --shared $R/repository $W/clone && cd $W/clone && echo a > a && git add a && git -c user.name=a \
         -c user.email=a@b commit -qm a && git fsck --strict --no-dangling",
        Allowed,
    ),
    // The company.
    ("read the company", "cat $C/corp.yaml", Refused),
    ("list the company", "ls $C", Refused),
    ("write the company", "echo a >> $C/corp.yaml", Refused),
    ("truncate in the company", ": > $C/budgets.yaml", Refused),
    ("truncate by its path", "py truncate", Refused),
    ("rename in the company", "mv $C/budgets.yaml $C/b.yaml", Refused),
    ("rename out of the company", "mv $C/budgets.yaml $W/b.yaml", Refused),
    ("remove in the company", "rm $C/budgets.yaml", Refused),
    ("hard link of a company's file", "ln $C/budgets.yaml $W/hard", Refused),
    ("plant a hook", "echo a > $C/.git/hooks/post-commit", Refused),
    ("commit in the company", "cd $C && git -c user.name=a -c user.email=a@b commit --allow-empty -qm a", Refused),
    // The identity.
    ("read the identity", "cat $ID", Refused),
    ("read it by a link", "ln -sf $ID $W/link && cat $W/link", Refused),
    ("read it by the process's root", "cat /proc/self/root$ID", Refused),
    ("read it by another's root", "cat /proc/$D/root$ID", Refused),
    // Other processes.
    ("the daemon's environment", "cat /proc/$D/environ | tr '\\0' '\\n' | grep SECRET", Refused),
    ("the daemon's memory", "py memory", Rarely),
    ("the daemon's open files", "ls -l /proc/$D/fd/0 && cat /proc/$D/fd/3", Refused),
    ("signal the daemon", "kill -0 $D", Refused),
    ("trace the daemon", "py ptrace", Rarely),
    ("trace a child", "py ptrace-child", Refused),
    ("another's limits", "py limit", Refused),
    ("another's processors", "py affinity", Refused),
    ("another's scheduling", "py scheduler", Refused),
    ("another's scheduling, by attributes", "py scheduling-attributes", Refused),
    ("another's priority", "py priority", Refused),
    ("another's priority at the disk", "py priority-at-disk", Refused),
    ("another's terminal", "echo > $T", Refused),
    ("a terminal of its own", "py terminal", Refused),
    // The network.
    ("connect to another port", "exec 3<>/dev/tcp/127.0.0.1/$NO", Refused),
    ("take a port", "py bind", Refused),
    ("abstract socket outside", "py abstract-outside", Refused),
    ("raw sockets", "py raw", Rarely),
    ("packets", "py packet", Rarely),
    ("packets by their old name", "py old-packet", Rarely),
    ("streams that are not TCP", "py mptcp", Rarely),
    ("connect by sending", "py fastopen", Rarely),
    // The kernel.
    ("mount", "mkdir -p $W/m && mount -t tmpfs none $W/m && umount $W/m", Rarely),
    ("a namespace", "unshare -U true", Rarely),
    ("a namespace by fork", "unshare -Uf true", Rarely),
    ("io_uring", "py io_uring", Rarely),
    ("a device", "mknod $W/device b 7 0", Rarely),
    ("a capability", "grep -q 'CapEff:.*[1-9a-f]' /proc/self/status", Rarely),
    ("new privileges", "grep -q 'NoNewPrivs:.0' /proc/self/status", Rarely),
    ("files of the machine's secrets", "cat /etc/shadow", Rarely),
    ("the operator's home", "ls $HOME_OF_OPERATOR", Refused),
    ("an open file that came along", "cat <&7", Refused),
    ("a file larger than it may be", "head -c 2000000 /dev/zero > $W/large", Refused),
    ("a core in the end", "test \"$(ulimit -Hc)\" != 0", Rarely),
    // What is known not to be held.
    ("UDP", "py udp", GapBefore(10)),
    ("a socket in the file system", "py path-socket", GapBefore(9)),
    ("metadata of what may be read", "touch $R/own && chmod 640 $R/own", Gap),
    ("another machine behind the port", "exec 3<>/dev/tcp/127.0.0.2/$OK", Gap),
    ("shared memory by name", "echo a > /dev/shm/$N && rm /dev/shm/$N", Gap),
    ("listen on a port that nobody named", "py listen", Gap),
    ("be told what happens to files", "py inotify", Gap),
    ("memory by number", "py shared-memory", Gap),
    ("arguments of others", "tr '\\0' ' ' < /proc/$D/cmdline | grep -q sleep", Gap),
];

/// What changes at the strict level.
const STRICT: &[(&str, &str, Is)] = &[
    ("connect to the port", "exec 3<>/dev/tcp/127.0.0.1/$OK", Allowed),
    ("connect to another port", "exec 3<>/dev/tcp/127.0.0.1/$NO", Refused),
    ("UDP", "py udp", Refused),
    ("shared memory by name", "echo a > /dev/shm/$N && rm /dev/shm/$N", Refused),
    ("memory by number", "py shared-memory", Refused),
    ("be told what happens to files", "py inotify", Refused),
    ("listen on a port that nobody named", "py listen", Refused),
    ("a listener in the file system", "py listen-own", Refused),
    ("abstract sockets of its own", "py abstract-own", Refused),
    ("another's limits", "py limit", Refused),
    ("another's terminal", "echo > $T", Refused),
    ("write", "echo a > $W/a", Allowed),
];

/// What changes behind a wall of bubblewrap: what is not named is not there.
const WALLED: &[(&str, &str, Is)] = &[
    ("a socket in the file system", "py path-socket", Refused),
    ("metadata of what may be read", "touch $R/own && chmod 640 $R/own", Refused),
    ("arguments of others", "tr '\\0' ' ' < /proc/$D/cmdline | grep -q sleep", Refused),
    ("see that the identity is there", "test -e $ID", Refused),
    ("see that another process is there", "test -d /proc/$D", Refused),
    ("a folder of the machine", "cd /var", Refused),
    ("the links of devices", "cat <(echo a) > /dev/null && echo a | cat /dev/stdin > /dev/null", Allowed),
];

/// The first of these lists with what the others say of the same, and more.
fn merged(lists: &[&[Tried]]) -> Vec<Tried> {
    let mut all: Vec<Tried> = Vec::new();
    for tried in lists.concat() {
        match all.iter_mut().find(|known| known.0 == tried.0) {
            Some(known) => *known = tried,
            None => all.push(tried),
        }
    }
    all
}

type Tried = (&'static str, &'static str, Is);

/// What the shell has no words for. Each ends badly if it could not be done.
const PYTHON: &str = r#"
import ctypes, os, pty, resource, socket, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
env, what = os.environ, sys.argv[1]
def call(result):
    if result < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
def stream(family=socket.AF_UNIX): return socket.socket(family, socket.SOCK_STREAM)
if what == "abstract-own":
    server = stream(); server.bind("\0own-" + env["N"]); server.listen(1)
    client = stream(); client.connect("\0own-" + env["N"])
elif what == "threads":
    thread = threading.Thread(target=lambda: None); thread.start(); thread.join()
    pid = os.fork()
    if pid == 0: os._exit(0)
    os.waitpid(pid, 0)
elif what == "abstract-outside": stream().connect("\0" + env["N"])
elif what == "path-socket": stream().connect(env["S"])
elif what == "truncate": os.truncate(env["C"] + "/budgets.yaml", 0)
elif what == "memory": open("/proc/%s/mem" % env["D"], "rb").read(0)
elif what == "ptrace": call(libc.ptrace(16, int(env["D"]), 0, 0))
elif what == "ptrace-child":
    pid = os.fork()
    if pid == 0: os._exit(0 if libc.ptrace(0, 0, 0, 0) == 0 else 1)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
elif what == "bind": stream(socket.AF_INET).bind(("127.0.0.1", 0))
elif what == "listen":
    server = stream(socket.AF_INET); server.listen(1)
    if server.getsockname()[1] == 0: sys.exit("no port")
elif what == "listen-own":
    server = stream(); server.bind(env["W"] + "/own"); server.listen(1); os.remove(env["W"] + "/own")
elif what == "limit": resource.prlimit(int(env["D"]), resource.RLIMIT_NOFILE, (100, 100))
elif what == "limit-own": resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
elif what == "affinity": os.sched_setaffinity(int(env["D"]), os.sched_getaffinity(0))
elif what == "affinity-own": os.sched_setaffinity(0, os.sched_getaffinity(0))
elif what == "scheduler": os.sched_setscheduler(int(env["D"]), os.SCHED_BATCH, os.sched_param(0))
elif what == "scheduling-attributes":
    attributes = (ctypes.c_uint32 * 12)(48, 3, 0, 0, 19)
    call(libc.syscall({"x86_64": 314}.get(os.uname().machine, 274), int(env["D"]), attributes, 0))
elif what == "priority":
    os.setpriority(os.PRIO_PROCESS, int(env["D"]), os.getpriority(os.PRIO_PROCESS, int(env["D"])))
elif what == "priority-at-disk":
    call(libc.syscall({"x86_64": 251}.get(os.uname().machine, 30), 1, int(env["D"]), 2 << 13 | 7))
elif what == "terminal": pty.openpty()
elif what == "inotify": call(libc.inotify_add_watch(libc.inotify_init(), env["C"].encode(), 0x100))
elif what == "shared-memory":
    number = libc.shmget(0, 4096, 0o1600); call(number); libc.shmctl(number, 0, None)
elif what == "raw": socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
elif what == "packet": socket.socket(17, socket.SOCK_RAW, 0)
elif what == "old-packet": socket.socket(socket.AF_INET, 10, 0)
elif what == "mptcp": socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
elif what == "fastopen": stream(socket.AF_INET).sendto(b"x", 0x20000000, ("127.0.0.1", int(env["NO"])))
elif what == "io_uring":
    call(libc.syscall(425, 1, ctypes.create_string_buffer(120)))
elif what == "udp":
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", int(env["U"])))
else: sys.exit("unknown")
"#;

/// Everything that attempts are made at.
struct Scene {
    place: tempfile::TempDir,
    /// The account, if it is another than the test's.
    account: Option<u32>,
    daemon: Child,
    /// It holds a terminal.
    sitting: Child,
    terminal: String,
    ok: TcpListener,
    no: TcpListener,
    udp: UdpSocket,
    _abstract: UnixListener,
    _path: UnixListener,
    name: String,
}

impl Drop for Scene {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self.sitting] {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn as_account(account: Option<u32>, program: &str) -> Command {
    let Some(id) = account else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={id}"), format!("--regid={id}"), "--clear-groups".to_owned(), program.to_owned()]);
    command
}

impl Scene {
    fn new(account: Option<u32>) -> Self {
        let place = tempfile::tempdir().unwrap();
        std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o777)).unwrap();
        let name = place.path().file_name().unwrap().to_str().unwrap().to_owned();
        // Everything is the account's own, so that nothing but the kernel's confinement keeps it.
        let made = "umask 022; mkdir w tmp r company home state; cd company; git init -q; echo 'name: a' > corp.yaml; \
                    echo 'budgets: []' > budgets.yaml; echo AGE-SECRET-KEY > ../state/identity; echo f > ../r/file; echo o > ../r/own; \
                    git init -q ../r/repository; cd ../r/repository; echo a > b; git add b; \
                    git -c user.name=a -c user.email=a@b commit -qm a";
        let output = as_account(account, "/bin/sh")
            .args(["-c", made])
            .env("HOME", place.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let daemon = as_account(account, "/bin/sh")
            .args(["-c", "exec 3<../state/identity; exec sleep 600"])
            .env("SECRET", "xyz")
            .current_dir(place.path().join("company"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let sits =
            "import os, pty, time; ends = pty.openpty(); print(os.ttyname(ends[1]), flush=True); time.sleep(600)";
        let mut sitting = as_account(account, "/usr/bin/python3")
            .args(["-c", sits])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut terminal = String::new();
        BufReader::new(sitting.stdout.take().unwrap()).read_line(&mut terminal).unwrap();
        let path = UnixListener::bind(place.path().join("state/socket")).unwrap();
        std::fs::set_permissions(place.path().join("state/socket"), PermissionsExt::from_mode(0o777)).unwrap();
        let listen = || TcpListener::bind("0.0.0.0:0").unwrap();
        Self {
            account,
            daemon,
            sitting,
            terminal: terminal.trim().to_owned(),
            ok: listen(),
            no: listen(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            _abstract: UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap(),
            _path: path,
            place,
            name,
        }
    }

    fn policy(&self, strict: bool, wall: Option<&Path>) -> Policy {
        let at = |name: &str| self.place.path().join(name);
        let mut read = corp::sandbox::machine::read();
        read.push(at("r"));
        read.push(PathBuf::from(env!("CARGO_BIN_EXE_corp")));
        let mut write = corp::sandbox::machine::write(strict);
        write.extend([at("w"), at("tmp")]);
        let port = self.ok.local_addr().unwrap().port();
        Policy {
            strict,
            landlock: Offer::here().landlock,
            read,
            write,
            connect: vec![port],
            bounds: Bounds { file_bytes: 1_000_000, ..Bounds::default() },
            wall: wall.map(|program| Wall { program: program.to_owned(), links: Vec::new() }),
            ..Policy::default()
        }
    }

    /// Tries it, under a policy or under none.
    fn attempt(&self, policy: Option<&Path>, command: &str) -> Output {
        let at = |name: &str| self.place.path().join(name);
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port().to_string();
        let shell = format!("py() {{ /usr/bin/python3 -c \"$PYTHON\" \"$1\"; }}\n{command}");
        // What is left open around it, as a careless shell leaves it.
        let around = "exec 7< \"$ID\"; exec \"$@\"";
        let mut attempt = as_account(self.account, "/bin/bash");
        attempt.args(["-c", around, "bash"]);
        if let Some(policy) = policy {
            // By the one program that launches and by the other.
            let ourselves = Path::new(env!("CARGO_BIN_EXE_corp"));
            let (launcher, words) = launcher::words(ourselves, policy);
            if self.account.is_none() {
                assert_eq!(launcher, Path::new(env!("CARGO_BIN_EXE_corp-confine")));
                attempt.arg(launcher).args(words);
            } else {
                attempt.args([ourselves, Path::new("confine"), policy]);
            }
        }
        attempt
            .args(["/bin/bash", "-c", &shell])
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin:/usr/sbin:/sbin"), ("PYTHON", PYTHON), ("N", &self.name)])
            .envs([("W", at("w")), ("C", at("company")), ("R", at("r")), ("ID", at("state/identity"))])
            .envs([("S", at("state/socket")), ("TMPDIR", at("tmp")), ("HOME", at("tmp"))])
            .envs([("HOME_OF_OPERATOR", at("home"))])
            .env("T", &self.terminal)
            .envs([("OK", port(&self.ok)), ("NO", port(&self.no)), ("D", self.daemon.id().to_string())])
            .env("U", self.udp.local_addr().unwrap().port().to_string())
            .envs([("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.directory"), ("GIT_CONFIG_VALUE_0", "*")])
            .current_dir(at("w"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn is_possible() -> bool {
    let offer = Offer::here();
    let possible = offer.is_of_use() && Path::new("/usr/bin/python3").exists();
    if !possible {
        eprintln!("SKIPPED: this machine has no Landlock, no seccomp or no /usr/bin/python3: {offer:?}");
    }
    possible
}

/// Puts back what an attempt that succeeded may have changed.
const RESET: &str = "rm -rf $W/* $C/b.yaml; echo 'budgets: []' > $C/budgets.yaml; echo 'name: a' > $C/corp.yaml";

#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn try_all(account: Option<u32>, strict: bool, wall: Option<&Path>, tried: &[Tried]) {
    let (scene, open) = (Scene::new(account), Scene::new(account));
    let policy = scene.place.path().join("policy.json");
    std::fs::write(&policy, serde_json::to_vec(&scene.policy(strict, wall)).unwrap()).unwrap();
    std::fs::set_permissions(&policy, PermissionsExt::from_mode(0o666)).unwrap();
    let landlock = Offer::here().landlock;
    let mut wrong = Vec::new();
    for (what, command, is) in tried {
        // A refusal says something only of what succeeds without confinement.
        if matches!(is, Refused | Rarely) {
            let output = open.attempt(None, &format!("{RESET}\n{command}"));
            let said = String::from_utf8_lossy(&output.stderr).trim().lines().last().unwrap_or_default().to_owned();
            match is {
                _ if output.status.success() => {}
                Rarely => {
                    eprintln!("SKIPPED: {what}: it cannot be done here as {account:?} without confinement: {said}");
                }
                _ => wrong.push(format!("{what}: without confinement it should be done: {said}")),
            }
        }
        let output = scene.attempt(Some(&policy), command);
        let done = output.status.success();
        let expected = match is {
            Allowed | Gap => true,
            Refused | Rarely => false,
            GapBefore(version) => landlock < *version,
        };
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("could not be confined") && !said.contains("unknown"), "{what}: {said}");
        if done != expected {
            wrong.push(format!("{what}: {is:?}, and it was {done}: {said}"));
        }
    }
    assert!(wrong.is_empty(), "as {account:?}:\n{}", wrong.join("\n"));
    let company = std::fs::read_to_string(scene.place.path().join("company/budgets.yaml")).unwrap();
    assert_eq!(company, "budgets: []\n");
    assert!(scene.daemon.id() > 0 && Path::new(&format!("/proc/{}", scene.daemon.id())).exists());
}

/// The account `nobody`, if this test may become it.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn nobody() -> Option<u32> {
    let id = 65_534;
    let mut command = as_account(Some(id), "/bin/sh");
    // The program under test lies where everybody may come, or nothing can be tried.
    let may = command.args(["-c", &format!("test -x '{}'", env!("CARGO_BIN_EXE_corp"))]).status();
    if may.is_ok_and(|status| status.success()) {
        return Some(id);
    }
    eprintln!("SKIPPED: the program cannot be run as nobody here (needs root, `setpriv` and a folder open to all)");
    None
}

#[test]
fn as_this_account() {
    if is_possible() {
        try_all(None, false, None, TRIED);
    }
}

#[test]
fn as_an_ordinary_account() {
    if let Some(id) = nobody().filter(|_| is_possible()) {
        try_all(Some(id), false, None, TRIED);
    }
}

#[test]
fn at_the_strict_level() {
    if is_possible() {
        let tried = merged(&[TRIED, STRICT]);
        try_all(None, true, None, &tried);
        if let Some(id) = nobody() {
            try_all(Some(id), true, None, &tried);
        }
    }
}

/// bubblewrap, if this account can use it here.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn bubblewrap(account: Option<u32>) -> Option<&'static Path> {
    let program = match Offer::here().bubblewrap() {
        Ok(program) => program,
        Err(why) => {
            eprintln!("SKIPPED: nothing was tried behind a wall: {why}");
            return None;
        }
    };
    let mut trial = as_account(account, program.to_str().unwrap());
    let output = trial.args(["--ro-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "/bin/true"]).output().unwrap();
    if output.status.success() {
        return Some(program);
    }
    eprintln!("SKIPPED: nothing was tried behind a wall as {account:?}: {}", String::from_utf8_lossy(&output.stderr));
    None
}

#[test]
fn behind_a_wall_as_this_account() {
    if let Some(wall) = bubblewrap(None).filter(|_| is_possible()) {
        try_all(None, true, Some(wall), &merged(&[TRIED, STRICT, WALLED]));
    }
}

#[test]
fn behind_a_wall_as_an_ordinary_account() {
    let Some(id) = nobody().filter(|_| is_possible()) else { return };
    if let Some(wall) = bubblewrap(Some(id)) {
        try_all(Some(id), true, Some(wall), &merged(&[TRIED, STRICT, WALLED]));
    }
}

#[test]
fn what_cannot_be_confined_is_not_started() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    let confine = |policy: &str, program: &str| {
        std::fs::write(&file, policy).unwrap();
        let ran = folder.path().join("ran");
        let output = Command::new(env!("CARGO_BIN_EXE_corp"))
            .args(["confine"])
            .arg(&file)
            .args([program, "-c", &format!("echo > {}", ran.display())])
            .output()
            .unwrap();
        assert!(!ran.exists(), "{policy}");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let whole = serde_json::to_string(&Policy { landlock: 99, ..Policy::default() }).unwrap();
    assert!(confine("{}", "/bin/sh").contains("could not be read"));
    if is_possible() {
        if Offer::here().landlock < 10 {
            let said = confine(&whole, "/bin/sh");
            assert!(said.contains("could not be confined: restricting files and ports"), "{said}");
            assert!(said.contains("`corp doctor`"), "{said}");
        }
        // Policies name what they mean without links: one that is met now was laid since by somebody.
        std::os::unix::fs::symlink("/usr", folder.path().join("link")).unwrap();
        let led = Policy { read: vec![folder.path().join("link/bin")], landlock: 3, ..Policy::default() };
        let said = confine(&serde_json::to_string(&led).unwrap(), "/bin/sh");
        assert!(said.contains("leads through a link"), "{said}");
        let usual = Policy { landlock: Offer::here().landlock, ..Policy::default() };
        let said = confine(&serde_json::to_string(&usual).unwrap(), "/bin/sh");
        assert!(said.contains("could not be started") && said.contains("reach: {read: […]}"), "{said}");
        assert!(corp::sandbox::launch::failed(&file).unwrap().contains("could not be started"));
        // A launcher that is left from another version has the program that asks do it.
        let left = |args: &[&std::ffi::OsStr]| {
            let output = Command::new(env!("CARGO_BIN_EXE_corp-confine")).args(args).output().unwrap();
            assert!(!output.status.success(), "{output:?}");
            String::from_utf8(output.stderr).unwrap()
        };
        std::fs::write(&file, serde_json::to_string(&usual).unwrap()).unwrap();
        let said = left(&["0".as_ref(), env!("CARGO_BIN_EXE_corp").as_ref(), file.as_ref(), "/bin/true".as_ref()]);
        assert!(said.contains("/bin/true could not be started"), "{said}");
        assert!(left(&[]).contains("it is started by `corp` alone"));
    }
}
