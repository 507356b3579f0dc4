//! Parts that several files of the open format share: authors and sources.

use crate::format::record::{Anything, Field, Parts, Reader, choice_fields};
use crate::format::yaml::Node;
use crate::{choice, record};

record! {
    /// Who wrote it.
    pub struct Author {
        /// The person's or group's name.
        "name" => name: String;
        /// How to reach them.
        "email" => email: String;
        /// Where to read more.
        "url" => url: String;
    }
}

record! {
    /// Where a part of the package comes from (`agentcompanies/v1`, `sources[]`).
    pub struct Source {
        /// What is at the other end.
        "kind" => kind: SourceKind;
        /// `owner/name` of the repository.
        "repo" => repo: String;
        /// The path inside the repository or package.
        "path" => path: String;
        /// The commit that was looked at, 40 hexadecimal digits.
        "commit" => commit: String;
        /// The git blob id of the content.
        "blob" => blob: String;
        /// The SHA-256 of the content, 64 hexadecimal digits.
        "sha256" => sha256: String;
        /// Where it can be read.
        "url" => url: String;
        /// Where its bytes can be fetched.
        "rawUrl" => raw_url: String;
        /// Whom to name.
        "attribution" => attribution: String;
        /// Its licence, as an SPDX expression.
        "license" => license: String;
        /// Whether the content is in this package or only pointed at.
        "usage" => usage: SourceUsage;
        /// The branch or tag that is followed.
        "trackingRef" => tracking_ref: String;
        /// The host, if it is not github.com.
        "hostname" => hostname: String;
        /// Anything else.
        "metadata" => metadata: Anything;
    }
}

/// A `metadata` mapping. Programs keep there what they like, so nothing in it is ever wrong; only `sources` is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// Where the thing comes from, where it is a list of sources as we know them.
    pub sources: Vec<Source>,
}

impl Field for Metadata {
    fn read(node: &Node<'_>, _: &mut Reader<'_>) -> Option<Self> {
        let mut unheard = Reader::new("");
        let list = node.get("sources").filter(|list| !list.items().is_empty());
        Some(Self { sources: list.and_then(|list| Vec::read(list, &mut unheard)).unwrap_or_default() })
    }

    fn schema(_: &mut Parts) -> serde_json::Value {
        serde_json::json!({})
    }
}

choice! {
    /// What is at the other end of a source.
    pub enum SourceKind {
        "local-file" => LocalFile, "local-dir" => LocalDir, "github-file" => GithubFile, "github-dir" => GithubDir,
        "url" => Url,
    }
}

choice! {
    /// Whether the content of a source is in the package.
    pub enum SourceUsage {
        /// It is in the package and its hash is checked.
        "vendored" => Vendored,
        /// It is only pointed at.
        "referenced" => Referenced,
        /// It is a copy that follows the original.
        "mirrored" => Mirrored,
    }
}

choice_fields!(SourceKind, SourceUsage);
