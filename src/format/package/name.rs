//! Whether the name of an entry is harmless on every file system: nothing here knows the other entries.
//!
//! What clashes with what is decided in [`super::check`].

use super::limits::Limits;
use super::refused::Reason;
use unicode_normalization::UnicodeNormalization as _;

/// Names that are left out instead of refused, in exactly this spelling: they say something to git or to the
/// host of a repository about that repository, and nothing to a company. Everything else that begins with
/// `.git`, in any spelling, is refused: `.gitattributes` and `.gitmodules` mean that what lies there is not
/// what its author sees.
pub const LEFT_OUT: [&str; 3] = [".gitignore", ".gitkeep", ".github"];

/// Folders other version controls keep their hooks and settings in.
const VERSION_CONTROL: [&str; 7] = [".hg", ".hgrc", ".hgsub", ".jj", ".svn", ".bzr", "cvs"];

/// Names that mean a device on Windows, with any ending.
const DEVICES: [&str; 7] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// Returns the path if it is one, with `/` between names that are harmless.
///
/// # Errors
/// What is wrong with it; the first that was found, most dangerous first.
pub fn check<'n>(raw: &'n [u8], limits: &Limits) -> Result<&'n str, Reason> {
    if raw.is_empty() {
        return Err(Reason::Nameless);
    }
    let path = std::str::from_utf8(raw).map_err(|_| Reason::NotUtf8)?;
    if path.starts_with('/') {
        return Err(Reason::Absolute);
    }
    if path.contains('\\') {
        return Err(Reason::Backslash);
    }
    if matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return Err(Reason::Drive);
    }
    for part in path.split('/') {
        check_part(part)?;
    }
    if let Some(part) = path.split('/').find(|part| part.len() > limits.name_bytes) {
        return Err(Reason::LongName { bytes: part.len(), max: limits.name_bytes });
    }
    if path.len() > limits.path_bytes {
        return Err(Reason::LongPath { bytes: path.len(), max: limits.path_bytes });
    }
    if path.matches('/').count() > limits.depth {
        return Err(Reason::Deep { max: limits.depth });
    }
    Ok(path)
}

fn check_part(part: &str) -> Result<(), Reason> {
    if matches!(part, "." | "..") {
        return Err(Reason::Traversal);
    }
    if part.is_empty() {
        return Err(Reason::EmptyPart);
    }
    if !LEFT_OUT.contains(&part) {
        let plain = plain(part);
        if means_git(&plain) {
            return Err(Reason::Git);
        }
        if VERSION_CONTROL.contains(&plain.as_str()) {
            return Err(Reason::VersionControl);
        }
        if matches!(plain.as_str(), "" | "." | "..") {
            return Err(Reason::Traversal);
        }
    }
    if part.chars().any(|character| character.is_control() || is_invisible(character)) {
        return Err(Reason::Control);
    }
    if part.contains([':', '*', '?', '"', '<', '>', '|']) {
        return Err(Reason::Character);
    }
    if part.ends_with(['.', ' ']) || part.starts_with(' ') {
        return Err(Reason::Edge);
    }
    if means_device(part) {
        return Err(Reason::Device);
    }
    Ok(())
}

/// What careless file systems make of a name: without invisible characters, without what follows a colon,
/// without dots and spaces at the end, in small letters, look-alikes of ASCII replaced.
fn plain(part: &str) -> String {
    let seen: String = part.chars().filter(|character| !is_invisible(*character)).nfkc().collect();
    let seen = seen.to_lowercase();
    let name = seen.split(':').next().unwrap_or_default();
    name.trim_start_matches(' ').trim_end_matches(['.', ' ']).to_owned()
}

fn means_git(plain: &str) -> bool {
    // Windows gives `.git…` a second, short name: GIT~1, GITMOD~1, or GI7EBA~1 with a hash in it.
    let short = || {
        let (stem, number) = plain.split_once('~')?;
        Some(stem.starts_with("gi") && number.starts_with(|character: char| character.is_ascii_digit()))
    };
    plain.starts_with(".git") || short().unwrap_or(false)
}

fn means_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    DEVICES.contains(&stem.as_str())
        || numbered.is_some_and(|number| {
            let mut digits = number.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
}

/// Characters that HFS+ passes over when it compares names, and others that nobody sees or that turn the
/// direction of the text around them.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The form of a name by which file systems tell names apart that tell the fewest apart: two paths with the
/// same form are one file somewhere.
pub fn folded(path: &str) -> String {
    // Upper case first: `ß` and `ss` are one name on some systems, and so are `ſ` and `s`.
    let upper: String = path.nfkd().collect::<String>().to_uppercase();
    upper.to_lowercase().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(name: &[u8]) -> Option<Reason> {
        check(name, &Limits::default()).err()
    }

    #[test]
    fn harmless_names_come_in() {
        for name in [
            "COMPANY.md",
            "agents/cto/AGENTS.md",
            ".paperclip.yaml",
            "skills/résumé/SKILL.md",
            "docs/ein schöner Tag.md",
            "images/org-chart.png",
            "a.b.c/d..e",
            "...a",
            "github/x",
            "gitops/README.md",
            "digit~1.txt",
            "common.md",
            "console/x",
            "com10",
            "日本語.md",
            ".github/workflows/x.yml",
            "goals/.gitkeep",
        ] {
            assert_eq!(check(name.as_bytes(), &Limits::default()), Ok(name), "{name}");
        }
    }

    #[test]
    fn harmful_names_are_refused_with_the_reason() {
        let cases: &[(&[u8], Reason)] = &[
            (b"", Reason::Nameless),
            (b"caf\xe9.md", Reason::NotUtf8),
            (b"a/\xc0\xafb", Reason::NotUtf8),
            (b"/etc/passwd", Reason::Absolute),
            (b"//server/share", Reason::Absolute),
            (b"\\\\server\\share", Reason::Backslash),
            (b"agents\\..\\x", Reason::Backslash),
            (b"C:/x", Reason::Drive),
            (b"c:x", Reason::Drive),
            (b"..", Reason::Traversal),
            (b"../x", Reason::Traversal),
            (b"a/../x", Reason::Traversal),
            (b"a/..", Reason::Traversal),
            (b"./x", Reason::Traversal),
            (b"a/./x", Reason::Traversal),
            (b".. /x", Reason::Traversal),
            (b".../x", Reason::Traversal),
            (".\u{200d}./x".as_bytes(), Reason::Traversal),
            ("\u{2024}\u{2024}/x".as_bytes(), Reason::Traversal),
            (b"a//x", Reason::EmptyPart),
            (b"a/", Reason::EmptyPart),
            (b".git", Reason::Git),
            (b".git/config", Reason::Git),
            (b"a/.git/hooks/post-checkout", Reason::Git),
            (b".GIT/config", Reason::Git),
            (b".Git", Reason::Git),
            (b".git./config", Reason::Git),
            (b".git ", Reason::Git),
            (b".git . .", Reason::Git),
            (b" .git", Reason::Git),
            (b"git~1/config", Reason::Git),
            (b"GIT~1", Reason::Git),
            (b"GITMOD~1", Reason::Git),
            (b"gi7eba~1", Reason::Git),
            (".g\u{200c}it/config".as_bytes(), Reason::Git),
            ("\u{feff}.git".as_bytes(), Reason::Git),
            (".gi\u{fe0f}t".as_bytes(), Reason::Git),
            ("\u{ff0e}\u{ff47}it".as_bytes(), Reason::Git),
            (b".git::$INDEX_ALLOCATION/config", Reason::Git),
            (b".git:x", Reason::Git),
            (b".gitmodules", Reason::Git),
            (b".gitattributes", Reason::Git),
            (b"a/.GITATTRIBUTES", Reason::Git),
            (b".gitconfig", Reason::Git),
            (b".GITIGNORE", Reason::Git),
            (b".GitHub/workflows/x.yml", Reason::Git),
            (b".hg/hgrc", Reason::VersionControl),
            (b".SVN", Reason::VersionControl),
            (b"a/.jj/x", Reason::VersionControl),
            (b"a\nb", Reason::Control),
            (b"a\0b", Reason::Control),
            (b"a\x1b[2Jb", Reason::Control),
            ("a\u{85}b".as_bytes(), Reason::Control),
            ("cto\u{202e}dm.exe".as_bytes(), Reason::Control),
            (b"COMPANY.md:stream", Reason::Character),
            (b"what?", Reason::Character),
            (b"a|b", Reason::Character),
            (b"a ", Reason::Edge),
            (b"agents./x", Reason::Edge),
            (b" a", Reason::Edge),
            (b"con", Reason::Device),
            (b"a/NUL.md", Reason::Device),
            (b"com1.txt", Reason::Device),
            ("lpt\u{b9}".as_bytes(), Reason::Device),
        ];
        for (name, expected) in cases {
            assert_eq!(reason(name).as_ref(), Some(expected), "{:?}", String::from_utf8_lossy(name));
        }
        let long = "x".repeat(201);
        assert_eq!(reason(long.as_bytes()), Some(Reason::LongName { bytes: 201, max: 200 }));
        let path = "abcdefghi/".repeat(60) + "x";
        assert_eq!(reason(path.as_bytes()), Some(Reason::LongPath { bytes: 601, max: 600 }));
        assert_eq!(reason(b"1/2/3/4/5/6/7/8/9/10/11/12/13/x"), Some(Reason::Deep { max: 12 }));
        assert_eq!(reason(b"1/2/3/4/5/6/7/8/9/10/11/12/x"), None);
    }

    #[test]
    fn names_that_are_one_file_somewhere_have_one_form() {
        for (one, other) in [
            ("README.md", "readme.MD"),
            ("é", "e\u{301}"),
            ("straße", "STRASSE"),
            ("ﬁle", "file"),
            ("ſ", "s"),
            ("Å", "\u{212b}"),
            ("İ", "i\u{307}"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("a"), folded("b"));
        assert_ne!(folded("é"), folded("e"));
    }
}
