//! Digests of content, and whether content is what its source record says.

use super::Tree;
use super::refused::shown;
use crate::diag::KeyPath;
use crate::format::front_matter;
use crate::format::kind::{Source, SourceKind, SourceUsage};
use crate::format::record::{Field as _, Reader};
use crate::format::yaml;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of `bytes`, 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The id git gives to `bytes` as a file: the SHA-1 of a header and them, 40 hexadecimal digits.
pub fn git_blob(bytes: &[u8]) -> String {
    let header = format!("blob {}\0", bytes.len());
    hex(&Sha1::new().chain_update(header).chain_update(bytes).finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A digest, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// SHA-256 of the content.
    Sha256,
    /// Git's id of the content.
    Blob,
}

impl Kind {
    /// The key of a source record that holds it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Blob => "blob",
        }
    }

    fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Blob => 40,
        }
    }

    fn of(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha256 => sha256(bytes),
            Self::Blob => git_blob(bytes),
        }
    }
}

/// Content is not what its source record says, or cannot be shown to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// The digest is another one.
    #[error("its source says {} {expected}, and it has {found}", kind.key())]
    Differs {
        /// Which digest.
        kind: Kind,
        /// What the record says.
        expected: String,
        /// What the content has.
        found: String,
    },
    /// What the record says is no digest.
    #[error("its source says {} `{written}`, which is not {} hexadecimal digits; it has {found}", kind.key(), kind.digits())]
    Malformed {
        /// Which digest.
        kind: Kind,
        /// What the record says, escaped.
        written: String,
        /// What the content has.
        found: String,
    },
}

impl DigestError {
    /// Which digest.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Differs { kind, .. } | Self::Malformed { kind, .. } => *kind,
        }
    }
}

/// Compares `bytes` with every digest in `source`, and returns which were there. None is no error: whoever
/// asked decides what unverified content is worth.
///
/// A source that is only pointed at says nothing about content here, and is not compared.
///
/// # Errors
/// [`DigestError`] for the first that is not exactly as written; the content is not to be used then.
pub fn verify(source: &Source, bytes: &[u8]) -> Result<Vec<Kind>, DigestError> {
    if source.usage == Some(SourceUsage::Referenced) {
        return Ok(Vec::new());
    }
    let written = [(Kind::Sha256, &source.sha256), (Kind::Blob, &source.blob)];
    let mut verified = Vec::new();
    for (kind, written) in written.into_iter().filter_map(|(kind, written)| Some((kind, written.as_ref()?))) {
        let expected = written.trim().to_ascii_lowercase();
        let found = kind.of(bytes);
        if expected.len() != kind.digits() || !expected.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(DigestError::Malformed { kind, written: shown(written.as_bytes()), found });
        }
        if expected != found {
            return Err(DigestError::Differs { kind, expected, found });
        }
        verified.push(kind);
    }
    Ok(verified)
}

/// A file of a package whose content is claimed by a source record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendored {
    /// The file with the record.
    pub file: String,
    /// Where in it the record stands.
    pub at: KeyPath,
    /// The file the record is about; `None`: there is none in the package.
    pub target: Option<String>,
    /// Which digests were compared, or why the content is not to be used.
    pub outcome: Result<Vec<Kind>, VendoredError>,
}

/// Why claimed content is not to be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VendoredError {
    /// It has another digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// It is not there.
    #[error("its source says that it is in the package, with a digest, and there is no `{path}`")]
    Missing {
        /// The path the record gives, escaped.
        path: String,
    },
}

/// Compares every vendored file of a package with the record that claims it, in the order of the files with
/// the records. Only records with a digest are listed.
///
/// A record's `path` is looked up beside the file with the record, then from the top; `SKILL.md` elsewhere is
/// this folder's `SKILL.md`. A file cannot hold its own digest: where the record is about the very file it
/// stands in, the digest is that of the text below the front matter.
pub fn vendored(tree: &Tree) -> Vec<Vendored> {
    let texts =
        tree.iter().filter(|(path, _)| path.ends_with(".md")).filter_map(|(path, file)| Some((path, file.as_text()?)));
    texts
        .flat_map(|(file, text)| sources(text).into_iter().filter_map(|(at, source)| claim(tree, file, at, &source)))
        .collect()
}

/// The files a record in `file` may be about, the likeliest first; none for one that claims no content here.
pub fn candidates(file: &str, source: &Source) -> Vec<String> {
    let inside = match source.usage {
        Some(SourceUsage::Vendored | SourceUsage::Mirrored) => true,
        Some(SourceUsage::Referenced) => false,
        None => source.kind == Some(SourceKind::LocalFile),
    };
    if !inside || source.sha256.is_none() && source.blob.is_none() {
        return Vec::new();
    }
    let path = source.path.as_deref().unwrap_or_default().trim_start_matches("./");
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = |path: &str| if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
    let name = path.rsplit('/').next().unwrap_or_default();
    vec![beside(path), path.to_owned(), beside(name)]
}

fn claim(tree: &Tree, file: &str, at: KeyPath, source: &Source) -> Option<Vendored> {
    let candidates = candidates(file, source);
    if candidates.is_empty() {
        return None;
    }
    let path = source.path.as_deref().unwrap_or_default().trim_start_matches("./");
    let target = candidates.into_iter().find(|target| tree.contains_key(target));
    let outcome = match target.as_ref().and_then(|target| Some((target, tree.get(target)?))) {
        None => Err(VendoredError::Missing { path: shown(path.as_bytes()) }),
        Some((target, content)) if target == file => {
            let body = content.as_text().map(|text| &text.as_bytes()[front_matter::split(text).body]);
            verify(source, body.unwrap_or(&content.bytes)).map_err(Into::into)
        }
        Some((_, content)) => verify(source, &content.bytes).map_err(Into::into),
    };
    Some(Vendored { file: file.to_owned(), at, target, outcome })
}

/// The source records of a file and where they stand: those under `sources`, and those under `metadata.sources`,
/// where skills keep them. What is wrong with them is told when the file is read.
pub fn sources(text: &str) -> Vec<(KeyPath, Source)> {
    let Some(range) = front_matter::split(text).yaml else { return Vec::new() };
    let Some(root) = yaml::parse(&text[range.clone()], range.start).root else { return Vec::new() };
    let mut reader = Reader::new("");
    let mut found = Vec::new();
    for path in [KeyPath::from("sources"), KeyPath::from("metadata").key("sources")] {
        let items = root.at(&path).map(|(_, list)| list.items()).unwrap_or_default();
        for (position, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
            found.extend(Source::read(item, &mut reader).map(|source| (path.clone().index(position), source)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(sha256: Option<&str>, blob: Option<&str>) -> Source {
        Source { sha256: sha256.map(str::to_owned), blob: blob.map(str::to_owned), ..Source::default() }
    }

    const SHA256: &str = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
    const BLOB: &str = "95d09f2b10159347eece71399a7e2e907ea3df4f";

    #[test]
    fn digests_are_those_of_the_usual_tools() {
        // `printf 'hello world' | sha256sum` and `| git hash-object --stdin`.
        assert_eq!(sha256(b"hello world"), SHA256);
        assert_eq!(git_blob(b"hello world"), BLOB);
        assert_eq!(git_blob(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }

    #[test]
    fn content_is_compared_with_what_its_source_says() {
        let hello: &[u8] = b"hello world";
        assert_eq!(verify(&source(None, None), hello), Ok(vec![]));
        assert_eq!(
            verify(&source(Some(&SHA256.to_uppercase()), Some(BLOB)), hello),
            Ok(vec![Kind::Sha256, Kind::Blob])
        );
        let referenced = Source { usage: Some(SourceUsage::Referenced), ..source(Some(SHA256), None) };
        assert_eq!(verify(&referenced, b""), Ok(vec![]));
        for (source, bytes, expected) in [
            (
                source(Some(SHA256), None),
                &b"hello"[..],
                format!("its source says sha256 {SHA256}, and it has {}", sha256(b"hello")),
            ),
            (source(None, Some(BLOB)), b"", format!("its source says blob {BLOB}, and it has {}", git_blob(b""))),
            (
                source(Some(SHA256), Some("abc\n")),
                hello,
                format!("its source says blob `abc\\n`, which is not 40 hexadecimal digits; it has {BLOB}"),
            ),
            (
                source(Some(""), None),
                hello,
                format!("its source says sha256 ``, which is not 64 hexadecimal digits; it has {SHA256}"),
            ),
        ] {
            assert_eq!(verify(&source, bytes).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn vendored_files_of_a_package_are_compared() {
        use super::super::PackageFile;
        let record = |path: &str, sha256: &str, usage: &str| {
            format!("  - {{kind: github-file, path: {path}, sha256: {sha256}, usage: {usage}}}\n")
        };
        let skill = |records: &str| format!("---\nname: a\nmetadata:\n sources:\n{records}---\nhello world");
        let wrong = sha256(b"x");
        let company = format!("---\nname: A\nsources:\n{}---\n", record("docs/a.txt", SHA256, "vendored"));
        let tree: Tree = [
            ("COMPANY.md", company),
            ("docs/a.txt", "hello world".to_owned()),
            ("skills/a/SKILL.md", skill(&record("elsewhere/SKILL.md", SHA256, "vendored"))),
            ("skills/b/SKILL.md", skill(&record("elsewhere/SKILL.md", &wrong, "mirrored"))),
            ("skills/c/SKILL.md", skill(&record("SKILL.md", &wrong, "referenced"))),
            ("skills/d/SKILL.md", skill(&record("lib.py", SHA256, "vendored"))),
        ]
        .map(|(path, text)| (path.to_owned(), PackageFile::text(text)))
        .into();
        let found: Vec<String> = vendored(&tree)
            .into_iter()
            .map(|vendored| {
                let outcome = vendored.outcome.map_or_else(|error| error.to_string(), |kinds| format!("{kinds:?}"));
                format!("{} -> {:?}: {outcome}", vendored.file, vendored.target)
            })
            .collect();
        assert_eq!(
            found,
            [
                "COMPANY.md -> Some(\"docs/a.txt\"): [Sha256]".to_owned(),
                "skills/a/SKILL.md -> Some(\"skills/a/SKILL.md\"): [Sha256]".to_owned(),
                format!("skills/b/SKILL.md -> Some(\"skills/b/SKILL.md\"): its source says sha256 {wrong}, and it has {SHA256}"),
                "skills/d/SKILL.md -> None: its source says that it is in the package, with a digest, and there is no `lib.py`".to_owned(),
            ]
        );
    }
}
