//! How the programs are linked: with the unwinder in them, the launcher with all of its libraries, and the release binary as small
//! as the linker at hand can make it, with what a daemon runs lying together.
//! Whether it can is tried with a program of one line, never guessed from names: another linker, an older C library or another
//! target does without.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told everything by its environment, and asks the compiler"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is asked of the linker, each for itself.
///
/// - Addresses that the loader has to correct are written as a bitmap: 1.6 MB less in the file, read at every start before.
///   The C library must know how (glibc 2.36, musl 1.2.4), which is why the program that tries it is started too.
/// - Functions that came out the same are kept once: 0.4 MB. Nothing of ours, and nothing of what we use, asks whether two
///   functions have the same address; Rust promises no answer to that.
const WISHES: [&str; 2] = ["-Wl,-z,pack-relative-relocs", "-Wl,--icf=all"];

/// The program that is started for each run.
const LAUNCHER: &str = "corp-confine";

/// The libraries that a program of Rust is linked with beside the unwinder.
const LIBRARIES: [&str; 6] = ["c", "m", "rt", "pthread", "util", "dl"];

/// What a daemon runs, written by `.ci/ordered`: a line for the functions whose names begin so, or for those of them whose hashes
/// begin as they are written behind. A list that is behind costs memory, and nothing else.
const ORDER: &str = ".ci/order";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={ORDER}");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    if !env::var("CARGO_CFG_TARGET_FAMILY").unwrap_or_default().split(',').any(|family| family == "unix") {
        // One reason in place of a hundred names that are not there.
        println!(
            "cargo::error=corp needs Unix. On Windows it is built and run within WSL2 (docs/limits.md, \"Machines\")."
        );
        return Ok(());
    }
    let trial = Trial::new();
    if let Some(folder) = with_unwinder()? {
        whole_launcher(&folder, trial.as_ref())?;
    }
    small(trial.as_ref());
    Ok(())
}

/// Has the unwinder linked into the programs: a library for it alone is looked for, opened and put right at each start of each
/// of them, which takes the system a quarter of a millisecond, and a run is two or three starts. Returns the folder in which it
/// is found, if it is there.
fn with_unwinder() -> Result<Option<PathBuf>, Box<dyn std::error::Error>> {
    let of_target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_here = env::var("HOST")? == env::var("TARGET")?;
    if !is_here || of_target("OS") != "linux" || of_target("ENV") != "gnu" {
        return Ok(None);
    }
    // A compiler that has the archive says where it is, and one that has not says its name.
    let asked = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    let has_archive = asked.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_absolute());
    if !has_archive {
        return Ok(None);
    }
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    // Found before the library of this name, and leads to the archive.
    std::fs::write(folder.join("libgcc_s.so"), "INPUT(-lgcc_eh)\n")?;
    println!("cargo:rustc-link-arg-bins=-L{}", folder.display());
    Ok(Some(folder))
}

/// Has the launcher linked with all of its libraries, so that it is started without the loader, which takes the system a fifth of
/// a millisecond: where the C library is there as an archive, and a program linked so starts. Where it lies is decided anew at
/// each start, as it is for every other program.
fn whole_launcher(with_unwinder: &Path, trial: Option<&Trial>) -> Result<(), Box<dyn std::error::Error>> {
    let folder = with_unwinder.join("whole");
    std::fs::create_dir_all(&folder)?;
    for library in LIBRARIES {
        // Found before the library of this name, as above.
        std::fs::write(folder.join(format!("lib{library}.so")), format!("INPUT(-l:lib{library}.a)\n"))?;
    }
    let wishes = [with_unwinder, &folder].map(|folder| format!("-L{}", folder.display()));
    let wishes: Vec<&str> = wishes.iter().map(String::as_str).chain(["-static-pie"]).collect();
    if trial.is_some_and(|trial| trial.grants(&wishes)) {
        for wish in wishes {
            println!("cargo:rustc-link-arg-bin={LAUNCHER}={wish}");
        }
    }
    Ok(())
}

/// Has the release binary linked small.
fn small(trial: Option<&Trial>) {
    // An unoptimised program is linked many times an hour, and nobody looks at its size.
    if env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    let Some(trial) = trial else { return };
    for wish in WISHES.into_iter().filter(|wish| trial.grants(&[wish])) {
        println!("cargo:rustc-link-arg-bins={wish}");
    }
    if let Some(wish) = together(&trial.folder).filter(|wish| trial.grants(&[wish])) {
        println!("cargo:rustc-link-arg-bin=corp={wish}");
    }
}

/// Has what a daemon runs put before everything else: the kernel maps sixteen pages around each one that is asked for, and so
/// most of the program was in memory where a third of it is run.
fn together(folder: &Path) -> Option<String> {
    let order = std::fs::read_to_string(ORDER).ok()?;
    let (mut run, mut namesakes) = (String::new(), String::new());
    for line in order.lines() {
        let mut words = line.split(' ');
        let name = words.next()?;
        let of_all = format!(".text.{name}*\n");
        let told_apart: String = words.map(|hash| format!(".text.{name}{hash}*\n")).collect();
        if told_apart.is_empty() {
            run.push_str(&of_all);
        } else {
            run.push_str(&told_apart);
            // Behind, for a compiler or a package that makes other hashes.
            namesakes.push_str(&of_all);
        }
    }
    let script = folder.join("order.ld");
    // Added to what the linker does anyway. All of it stays one section: valgrind reads no second one.
    let text = format!("SECTIONS {{ .text : {{ *({run}) *({namesakes}) }} }} INSERT AFTER .init;\n");
    std::fs::write(&script, text).ok()?;
    Some(format!("-Wl,-T,{}", script.display()))
}

/// A program of one line, linked the way the real one will be.
struct Trial {
    rustc: PathBuf,
    target: String,
    folder: PathBuf,
    source: PathBuf,
}

impl Trial {
    fn new() -> Option<Self> {
        let folder = PathBuf::from(env::var_os("OUT_DIR")?);
        let source = folder.join("trial.rs");
        std::fs::write(&source, "fn main() { println!(\"{}\", std::env::args().count()); }\n").ok()?;
        Some(Self { rustc: env::var_os("RUSTC")?.into(), target: env::var("TARGET").ok()?, folder, source })
    }

    /// Whether a program linked so comes about, and starts here.
    fn grants(&self, wishes: &[&str]) -> bool {
        let program = self.folder.join("trial");
        let mut rustc = Command::new(&self.rustc);
        rustc.args(["--edition=2024", "--target", &self.target, "-Copt-level=0"]);
        rustc.args(
            env::var("CARGO_ENCODED_RUSTFLAGS")
                .iter()
                .flat_map(|flags| flags.split('\u{1f}'))
                .filter(|flag| !flag.is_empty()),
        );
        if let Some(linker) = env::var_os("RUSTC_LINKER") {
            let mut flag = std::ffi::OsString::from("-Clinker=");
            flag.push(linker);
            rustc.arg(flag);
        }
        rustc.args(wishes.iter().map(|wish| format!("-Clink-arg={wish}")));
        rustc.arg("-o").arg(&program).arg(&self.source);
        succeeds(&mut rustc) && succeeds(&mut Command::new(Path::new(&program)))
    }
}

fn succeeds(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
