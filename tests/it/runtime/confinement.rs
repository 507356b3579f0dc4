//! What a confined process can do and cannot, tried by real programs, as root and as an ordinary account; and what is known
//! not to be held, tried as well, so that a kernel that holds it is noticed.

use corp::sandbox::{Bounds, Offer, Policy};
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
    /// It fails.
    Refused,
    /// It should fail, and this kernel has no means for it.
    Gap,
    /// The same, with the version of Landlock that has the means.
    GapBefore(u32),
}

use Is::{Allowed, Gap, GapBefore, Refused};

/// What is tried: a name, a command of the shell that succeeds if it could be done, and what becomes of it. `$W` is the
/// workspace, `$C` the company, `$R` a folder that may be read, `$ID` the identity, `$D` the process of the daemon, `$OK`
/// and `$NO` ports that may and may not be reached, `$N` a name of this test's own.
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
    ("remove in the company", "rm -f $C/budgets.yaml", Refused),
    ("hard link of a company's file", "ln $C/budgets.yaml $W/hard", Refused),
    ("plant a hook", "echo a > $C/.git/hooks/post-commit", Refused),
    ("commit in the company", "cd $C && git commit --allow-empty -m a", Refused),
    // The identity.
    ("read the identity", "cat $ID", Refused),
    ("read it by a link", "ln -sf $ID $W/link && cat $W/link", Refused),
    ("read it by the process's root", "cat /proc/self/root$ID", Refused),
    ("read it by another's root", "cat /proc/$D/root$ID", Refused),
    // Other processes.
    ("the daemon's environment", "cat /proc/$D/environ | tr '\\0' '\\n' | grep SECRET", Refused),
    ("the daemon's memory", "py memory", Refused),
    ("the daemon's open files", "ls -l /proc/$D/fd/0 && cat /proc/$D/fd/3", Refused),
    ("signal the daemon", "kill -0 $D", Refused),
    ("trace the daemon", "py ptrace", Refused),
    ("trace a child", "py ptrace-child", Refused),
    // The network.
    ("connect to another port", "exec 3<>/dev/tcp/127.0.0.1/$NO", Refused),
    ("listen", "py listen", Refused),
    ("abstract socket outside", "py abstract-outside", Refused),
    ("raw sockets", "py raw", Refused),
    ("packets", "py packet", Refused),
    ("streams that are not TCP", "py mptcp", Refused),
    ("connect by sending", "py fastopen", Refused),
    // The kernel.
    ("mount", "mount -t tmpfs none $W", Refused),
    ("a namespace", "unshare -U true", Refused),
    ("a namespace by fork", "unshare -Uf true", Refused),
    ("io_uring", "py io_uring", Refused),
    ("a device", "mknod $W/device b 7 0", Refused),
    ("a capability", "grep -q 'CapEff:.*[1-9a-f]' /proc/self/status", Refused),
    ("new privileges", "grep -q 'NoNewPrivs:.0' /proc/self/status", Refused),
    ("files of the machine's secrets", "cat /etc/shadow", Refused),
    ("the operator's home", "ls $HOME_OF_OPERATOR", Refused),
    ("an open file that came along", "cat <&7", Refused),
    ("a file larger than it may be", "head -c 2000000 /dev/zero > $W/large", Refused),
    ("a core in the end", "test \"$(ulimit -Hc)\" != 0", Refused),
    // What is known not to be held.
    ("UDP", "py udp", GapBefore(10)),
    ("a socket in the file system", "py path-socket", GapBefore(9)),
    ("metadata of what may be read", "touch $R/own && chmod 640 $R/own", Gap),
    ("another machine behind the port", "exec 3<>/dev/tcp/127.0.0.2/$OK", Gap),
    ("shared memory by name", "echo a > /dev/shm/$N && rm /dev/shm/$N", Gap),
    ("arguments of others", "tr '\\0' ' ' < /proc/$D/cmdline | grep -q sleep", Gap),
];

/// What changes at the strict level.
const STRICT: &[(&str, &str, Is)] = &[
    ("connect to the port", "exec 3<>/dev/tcp/127.0.0.1/$OK", Allowed),
    ("connect to another port", "exec 3<>/dev/tcp/127.0.0.1/$NO", Refused),
    ("UDP", "py udp", Refused),
    ("shared memory by name", "echo a > /dev/shm/$N", Refused),
    ("write", "echo a > $W/a", Allowed),
];

/// What the shell has no words for. Each ends badly if it could not be done.
const PYTHON: &str = r#"
import ctypes, os, socket, sys, threading
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
elif what == "listen": stream(socket.AF_INET).bind(("127.0.0.1", 0))
elif what == "raw": socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
elif what == "packet": socket.socket(17, socket.SOCK_RAW, 0)
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
    ok: TcpListener,
    no: TcpListener,
    udp: UdpSocket,
    _abstract: UnixListener,
    _path: UnixListener,
    name: String,
}

impl Drop for Scene {
    fn drop(&mut self) {
        drop(self.daemon.kill());
        drop(self.daemon.wait());
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
        let path = UnixListener::bind(place.path().join("state/socket")).unwrap();
        std::fs::set_permissions(place.path().join("state/socket"), PermissionsExt::from_mode(0o777)).unwrap();
        let listen = || TcpListener::bind("0.0.0.0:0").unwrap();
        Self {
            account,
            daemon,
            ok: listen(),
            no: listen(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            _abstract: UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap(),
            _path: path,
            place,
            name,
        }
    }

    fn policy(&self, strict: bool) -> Policy {
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
            ..Policy::default()
        }
    }

    fn attempt(&self, policy: &Path, command: &str) -> Output {
        let at = |name: &str| self.place.path().join(name);
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port().to_string();
        let shell = format!("py() {{ /usr/bin/python3 -c \"$PYTHON\" \"$1\"; }}\n{command}");
        // What is left open around it, as a careless shell leaves it.
        let around = "exec 7< \"$ID\"; exec \"$@\"";
        as_account(self.account, "/bin/bash")
            .args(["-c", around, "bash", env!("CARGO_BIN_EXE_corp"), "confine"])
            .arg(policy)
            .args(["/bin/bash", "-c", &shell])
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin:/usr/sbin:/sbin"), ("PYTHON", PYTHON), ("N", &self.name)])
            .envs([("W", at("w")), ("C", at("company")), ("R", at("r")), ("ID", at("state/identity"))])
            .envs([("S", at("state/socket")), ("TMPDIR", at("tmp")), ("HOME", at("tmp"))])
            .envs([("HOME_OF_OPERATOR", at("home"))])
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

fn try_all(account: Option<u32>, strict: bool, tried: &[(&str, &str, Is)]) {
    let scene = Scene::new(account);
    let policy = scene.place.path().join("policy.json");
    std::fs::write(&policy, serde_json::to_vec(&scene.policy(strict)).unwrap()).unwrap();
    std::fs::set_permissions(&policy, PermissionsExt::from_mode(0o666)).unwrap();
    let landlock = Offer::here().landlock;
    let mut wrong = Vec::new();
    for (what, command, is) in tried {
        let output = scene.attempt(&policy, command);
        let done = output.status.success();
        let expected = match is {
            Allowed | Gap => true,
            Refused => false,
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
        try_all(None, false, TRIED);
    }
}

#[test]
fn as_an_ordinary_account() {
    if let Some(id) = nobody().filter(|_| is_possible()) {
        try_all(Some(id), false, TRIED);
    }
}

#[test]
fn at_the_strict_level() {
    if is_possible() {
        try_all(None, true, STRICT);
        if let Some(id) = nobody() {
            try_all(Some(id), true, STRICT);
        }
    }
}

#[test]
fn without_confinement_the_same_attempts_succeed() {
    // So that a refusal above is the confinement's doing.
    let scene = Scene::new(None);
    let at = |name: &str| scene.place.path().join(name);
    for command in
        ["cat $C/corp.yaml", "cat $ID", "grep -q xyz /proc/$D/environ", "kill -0 $D", "exec 3<>/dev/tcp/127.0.0.1/$NO"]
    {
        let output = Command::new("/bin/bash")
            .args(["-c", command])
            .envs([("C", at("company")), ("ID", at("state/identity"))])
            .envs([("D", scene.daemon.id().to_string()), ("NO", scene.no.local_addr().unwrap().port().to_string())])
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
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
        }
        let usual = Policy { landlock: Offer::here().landlock, ..Policy::default() };
        let said = confine(&serde_json::to_string(&usual).unwrap(), "/bin/sh");
        assert!(said.contains("could not be started") && said.contains("reach: {read: […]}"), "{said}");
        assert!(corp::sandbox::launch::failed(&file).unwrap().contains("could not be started"));
    }
}
