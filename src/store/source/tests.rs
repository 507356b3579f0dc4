//! Packages that are fetched: from a folder, an archive and a repository, and what is refused.

use super::*;
use std::fs;

fn fetch_in(base: &Path, source: &str) -> Result<Fetched, SourceError> {
    fetch(&Request { source, base, scratch: base, limits: Limits::default() }, &mut |_| {})
}

fn write(base: &Path, path: &str, text: &[u8]) {
    fs::create_dir_all(base.join(path).parent().unwrap()).unwrap();
    fs::write(base.join(path), text).unwrap();
}

/// A tar archive of these files, in gzip.
fn tgz(files: &[(&str, &str)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut builder = tar::Builder::new(gzip);
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (path, text) in files {
        writer.start_file(*path, ::zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const FILES: &[(&str, &str)] =
    &[("pack-1.0/COMPANY.md", "---\nname: A\n---\n"), ("pack-1.0/agents/a/AGENTS.md", "x"), ("README.md", "y")];

#[test]
fn a_folder_and_the_archives_of_it_give_the_same_tree() {
    let base = tempfile::tempdir().unwrap();
    for (path, text) in FILES {
        write(base.path(), &format!("folder/{path}"), text.as_bytes());
    }
    write(base.path(), "folder/pack-1.0/.git/config", b"[core]");
    write(base.path(), "folder/pack-1.0/.gitignore", b"x");
    write(base.path(), "a.tgz", &tgz(FILES));
    write(base.path(), "b.zip", &zip(FILES));
    let folder = fetch_in(base.path(), "folder").unwrap();
    assert_eq!(folder.folder, "pack-1.0");
    assert_eq!(folder.tree.keys().collect::<Vec<_>>(), ["COMPANY.md", "agents/a/AGENTS.md"]);
    assert_eq!(folder.left_out.iter().collect::<Vec<_>>(), ["pack-1.0/.git", "pack-1.0/.gitignore"]);
    assert_eq!(folder.origin, Origin::Folder { path: "folder".to_owned() });
    for archive in ["a.tgz", "b.zip", "./a.tgz#:pack-1.0", "folder#:/pack-1.0/"] {
        let fetched = fetch_in(base.path(), archive).unwrap();
        assert_eq!(fetched.tree, folder.tree, "{archive}");
        assert_eq!(fetched.network, None);
    }
}

#[test]
fn what_cannot_be_fetched_says_why_and_what_to_do() {
    let base = tempfile::tempdir().unwrap();
    write(base.path(), "two.zip", &zip(&[("a/COMPANY.md", ""), ("b/COMPANY.md", "")]));
    write(base.path(), "none.zip", &zip(&[("a/x", "")]));
    write(base.path(), "slip.zip", &zip(&[("../x", "")]));
    write(base.path(), "text.zip", b"hello");
    for (source, error, help) in [
        ("two.zip", "there are 2 companies in it: `a`, `b`", "choose one: two.zip#:a"),
        ("two.zip#:c", "there is no folder `c` in it", ""),
        (
            "none.zip",
            "there is no company in it: no COMPANY.md in any folder",
            "to take a folder without a COMPANY.md, name it: none.zip#:FOLDER",
        ),
        (
            "slip.zip",
            "slip.zip: `../x` is refused: its path contains `.` or `..`",
            "nothing was taken; ask the package's author for one without it",
        ),
        ("text.zip", "text.zip: this is not an archive that can be read: .zip, .tar and .tar.gz can", ""),
        (
            "acme/pack",
            "there is nothing at acme/pack",
            "a repository on GitHub is written https://github.com/acme/pack",
        ),
        (
            "./x",
            "there is nothing at ./x",
            "name a folder, a .zip, .tar or .tar.gz, or the address of a git repository",
        ),
    ] {
        let found = fetch_in(base.path(), source).unwrap_err();
        assert_eq!(found.to_string(), error);
        assert_eq!(found.help().first().map_or("", String::as_str), help, "{source}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder_with_a_link_a_pipe_or_a_foreign_name_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let base = tempfile::tempdir().unwrap();
    write(base.path(), "secret", b"s");
    write(base.path(), "a/COMPANY.md", b"");
    std::os::unix::fs::symlink(base.path().join("secret"), base.path().join("a/link")).unwrap();
    assert!(fetch_in(base.path(), "a").unwrap_err().to_string().starts_with("`link` is refused: it is a symbolic"));
    fs::remove_file(base.path().join("a/link")).unwrap();
    fs::write(base.path().join("a").join(std::ffi::OsStr::from_bytes(b"caf\xe9.md")), "").unwrap();
    assert_eq!(fetch_in(base.path(), "a").unwrap_err().to_string(), "`caf\\xe9.md` is refused: its name is not UTF-8");
    let _listener = std::os::unix::net::UnixListener::bind(base.path().join("a/A")).unwrap();
    assert!(fetch_in(base.path(), "a").unwrap_err().to_string().starts_with("`A` is refused: it is a device"));
}
