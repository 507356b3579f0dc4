//! What the board is asked, and where it stands: as rows, and one in full.

use super::Texts;
use crate::model::approval::{Approval, Verdict};
use crate::model::{ApprovalId, Snapshot};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A question to the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedRow {
    /// Its id.
    pub id: String,
    /// What kind of question it is.
    pub kind: String,
    /// Where it stands.
    pub status: String,
    /// How many have said yes since it was last revised.
    pub yes: u64,
    /// How many have to.
    pub needs: u64,
    /// Who asks.
    pub from: Option<String>,
    /// What is asked.
    pub title: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When it lapses.
    pub expires: Option<Timestamp>,
}

/// One question to the board, in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What stands in a row.
    #[serde(flatten)]
    pub row: AskedRow,
    /// The ticket it is about.
    pub ticket: Option<String>,
    /// The agent it is about.
    pub agent: Option<String>,
    /// The branch or commit that is put before the board.
    pub proposal: Option<String>,
    /// The budget it is about, and what its limit is to become.
    pub raise: Option<RaiseRow>,
    /// Who may decide; empty: everyone on the board whose role allows it.
    pub deciders: Vec<String>,
    /// What was decided so far.
    pub decisions: Vec<Said>,
    /// What is asked and why.
    pub body: String,
}

/// More than a budget allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaiseRow {
    /// What the budget holds for.
    pub budget: String,
    /// The time it holds for.
    pub window: String,
    /// Its limit when it was asked.
    pub limit: String,
    /// What it is raised to.
    pub to: String,
    /// `once` or `for_good`.
    pub lasts: String,
}

/// What one member of the board decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Who.
    pub by: String,
    /// For whom, if not for themselves.
    pub on_behalf_of: Option<String>,
    /// What.
    pub decision: String,
    /// When.
    pub at: Option<Timestamp>,
    /// In words.
    pub comment: Option<String>,
    /// Why it does not count, if it does not.
    pub void: Option<String>,
}

/// What is to be decided, the oldest first; with `all`, also what was.
pub fn rows(snapshot: &Snapshot, all: bool) -> Vec<AskedRow> {
    let mut rows: Vec<AskedRow> = snapshot
        .approvals()
        .iter()
        .filter(|(_, approval)| all || approval.is_open())
        .map(|(id, approval)| row(id, approval))
        .collect();
    rows.sort_by(|one, other| (one.since, one.id.len(), &one.id).cmp(&(other.since, other.id.len(), &other.id)));
    rows
}

/// One of them.
///
/// # Errors
/// There is none, or its text cannot be read.
pub fn one(snapshot: &Snapshot, id: &ApprovalId, texts: &dyn Texts) -> Result<Asked, String> {
    let approval = snapshot
        .approvals()
        .get(id)
        .ok_or_else(|| format!("there is no approval {id}; `corp approval list` shows what is asked"))?;
    let decisions = approval.decisions.iter().map(|decision| Said {
        by: decision.by.to_string(),
        on_behalf_of: decision.on_behalf_of.as_ref().map(ToString::to_string),
        decision: decision.verdict.to_string(),
        at: decision.at,
        comment: decision.comment.clone(),
        void: decision.void.clone(),
    });
    Ok(Asked {
        row: row(id, approval),
        ticket: approval.ticket.as_ref().map(ToString::to_string),
        agent: approval.agent.as_ref().map(ToString::to_string),
        proposal: approval.proposal.clone(),
        raise: approval.raise.as_ref().map(|raise| RaiseRow {
            budget: raise.scope.to_string(),
            window: raise.window.to_string(),
            limit: raise.limit.to_string(),
            to: raise.to.to_string(),
            lasts: raise.lasts.to_string(),
        }),
        deciders: approval.deciders.iter().map(ToString::to_string).collect(),
        decisions: decisions.collect(),
        body: texts.body(&format!("approvals/{id}.md"))?,
    })
}

fn row(id: &ApprovalId, approval: &Approval) -> AskedRow {
    let yes = approval.round().iter().filter(|decision| decision.verdict == Verdict::Approved).count() as u64;
    AskedRow {
        id: id.to_string(),
        kind: approval.kind.to_string(),
        status: approval.status.to_string(),
        yes,
        needs: approval.needs,
        from: approval.requested_by.as_ref().map(ToString::to_string),
        title: approval.title.clone(),
        since: approval.created,
        expires: approval.expires,
    }
}
