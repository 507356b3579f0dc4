//! From the reason of a plan to the commit that announces it: author, subject, trailers.

use crate::model::company::Person;
use crate::model::plan::Reason;
use crate::model::{Actor, Scalar as _, Slug, Snapshot};
use crate::runtime::wire::Who;
use crate::store::found::Author;
use crate::store::message::{Line, Message, Trailers};

/// What the commit of a plan says.
pub(super) fn message(reason: &Reason, mutation: &str) -> Message {
    let trailers = Trailers {
        actor: Slug::parse(reason.actor.name()).ok(),
        run: reason.run.clone(),
        tickets: reason.tickets.clone(),
        cause: reason.cause.as_deref().and_then(Line::new),
        cost: reason.cost,
        fence: reason.fence,
        confinement: reason.confinement.as_deref().and_then(Line::new),
        mutation: Line::new(mutation),
    };
    Message::new(&reason.subject).with_body(reason.body.as_deref().unwrap_or_default()).with_trailers(trailers)
}

/// Whom the commit is attributed to. `who` is the person who asked, as git knows them.
pub(super) fn author(actor: &Actor, who: Option<&Who>, snapshot: &Snapshot, domain: &str) -> Author {
    match actor {
        Actor::Person(id) => match (who, snapshot.company.person(id)) {
            (Some(who), _) => Author { name: who.name.clone(), email: who.email.clone() },
            (None, Some(person)) => Author {
                name: person.name.clone().unwrap_or_else(|| id.to_string()),
                email: person.email.clone().unwrap_or_else(|| format!("{id}@localhost")),
            },
            (None, None) => Author { name: id.to_string(), email: format!("{id}@localhost") },
        },
        Actor::Agent { agent, .. } => Author { name: agent.to_string(), email: format!("{agent}@agents.{domain}") },
        Actor::Corp => corp(),
    }
}

/// The program itself.
pub(super) fn corp() -> Author {
    Author { name: crate::model::actor::CORP.to_owned(), email: "corp@localhost".to_owned() }
}

/// Who a person is in the company: a member of the board with that address, or the name git has.
pub(in crate::runtime) fn person(who: &Who, snapshot: &Snapshot) -> Option<Slug> {
    member(who, &snapshot.company.board)
}

/// The same on another board.
pub(super) fn member(who: &Who, board: &[Person]) -> Option<Slug> {
    let by_email =
        board.iter().find(|person| person.email.as_ref().is_some_and(|email| email.eq_ignore_ascii_case(&who.email)));
    by_email.map(|person| person.id.clone()).or_else(|| Slug::from_name(&who.name))
}
