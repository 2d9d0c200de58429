//! Who must speak first and last.

use wireloom_schema::model::{Message, Part, Request, Role};

use crate::wire::writer::Losses;

use super::demands::Demands;

/// What the user says where somebody must have spoken and nobody has.
const NOTHING: &str = "…";

/// Has the user speak first and last where an API demands it.
pub(super) fn fit(demands: &Demands, request: &mut Request<'_>, losses: &mut Losses) {
    let is_users = |message: &Message<'_>| message.role == Role::User && !message.parts.is_empty();
    if demands.user_last && request.messages.iter().any(is_users) {
        // An answer that was begun for the model cannot be gone on with.
        while request.messages.last().is_some_and(|last| last.role == Role::Assistant) {
            request.messages.pop();
            losses.note("messages.last");
        }
    }
    let start = request.leading_system();
    if demands.user_first && request.messages.get(start).is_some_and(|first| first.role == Role::Assistant) {
        request.messages.insert(start, nothing());
        losses.note("messages.first");
    }
    if demands.user_last && request.messages.last().is_some_and(|last| last.role == Role::Assistant) {
        request.messages.push(nothing());
        losses.note("messages.last");
    }
}

fn nothing() -> Message<'static> {
    Message { role: Role::User, parts: vec![Part::plain(NOTHING)] }
}
