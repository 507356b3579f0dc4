//! One entry of a ticket's thread: a comment, question, answer, document.

use crate::format::record::choice_fields;
use crate::model::time::Instant;
use crate::model::{RunId, Slug};
use crate::record;

pub use crate::model::ticket::{EntryKind, ProductKind};

record! {
    /// The front matter of an entry in a thread. The body is what is said.
    pub struct EntryFile {
        /// Who says it.
        "author" => author: Slug, required;
        /// What kind of entry it is. Default `comment`.
        "kind" => kind: EntryKind;
        /// The run that wrote it.
        "run" => run: RunId;
        /// When it was said. Default: the time in the file's name.
        "at" => at: Instant;
        /// For a question: who should answer.
        "to" => to: Slug;
        /// For an answer: the file name of the question.
        "answers" => answers: String;
        /// For a document: its short name, such as `plan`.
        "document" => document: Slug;
        /// For a document: its revision, from 1.
        "revision" => revision: u64;
        /// For a document: the revision it was made from.
        "based_on" => based_on: u64;
        /// For an attachment: what the file is called.
        "name" => name: String;
        /// For an attachment: where the file lies, below the folder of the thread. Left out: it is kept outside of the
        /// history, on the machine that took it.
        "file" => file: String;
        /// For an attachment: the SHA-256 of the file.
        "sha256" => sha256: String;
        /// For an attachment: the size of the file.
        "bytes" => bytes: u64;
        /// For a work product: what kind of thing it is.
        "product" => product: ProductKind;
        /// For a work product: its name, id or address.
        "reference" => reference: String;
    }
}

choice_fields!(EntryKind, ProductKind);
