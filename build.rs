//! Has the unwinder linked into the programs: a library for it alone is looked for, opened and put right at each start of
//! each of them, which takes the system a quarter of a millisecond, and a run is two or three starts.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told everything by its environment, and asks the compiler"
)]

use std::path::Path;
use std::process::Command;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let of_target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_here = std::env::var("HOST")? == std::env::var("TARGET")?;
    if !is_here || of_target("OS") != "linux" || of_target("ENV") != "gnu" {
        return Ok(());
    }
    // A compiler that has the archive says where it is, and one that has not says its name.
    let asked = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    let has_archive = asked.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_absolute());
    if has_archive {
        let folder = std::env::var("OUT_DIR")?;
        // Found before the library of this name, and leads to the archive.
        std::fs::write(Path::new(&folder).join("libgcc_s.so"), "INPUT(-lgcc_eh)\n")?;
        println!("cargo:rustc-link-arg-bins=-L{folder}");
    }
    Ok(())
}
