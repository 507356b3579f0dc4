//! `goals/<slug>.md`: why work is done.

use crate::model::Slug;
use crate::model::status::GoalStatus;
use crate::record;

record! {
    /// The front matter of a goal. The body says what is to be reached and how one would know.
    pub struct GoalFile {
        /// The goal's name.
        "name" => name: String;
        /// The goal this one serves.
        "parent" => parent: Slug;
        /// The agent or person who answers for it.
        "owner" => owner: Slug;
        /// Where it stands. Default `planned`.
        "status" => status: GoalStatus;
        /// When it should be reached, as a date.
        "target_date" => target_date: String;
    }
}
