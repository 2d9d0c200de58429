//! What passes change in the body of a request, where no field of the unified model says it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::wire::members::Members;

/// One change of a body.
#[derive(Clone, Copy, Debug)]
pub enum Edit<'p> {
    /// The most tokens of the answer stand in the field that newer APIs have for it.
    RenameMaxTokens,
    /// The penalty on repeated tokens.
    RepetitionPenalty(f64),
    /// Fields that are there too, unless the body says them. Objects are merged, and there the fields count.
    Merge(&'p Map<String, Value>),
}

/// The usual field of the most tokens.
const MAX_TOKENS: &str = "max_tokens";

/// The field that newer APIs have for it.
const MAX_COMPLETION_TOKENS: &str = "max_completion_tokens";

/// The field of the penalty on repeated tokens.
const REPETITION_PENALTY: &str = "repetition_penalty";

/// All changes of a body, in their order. Often none.
#[derive(Clone, Debug, Default)]
pub struct Edits<'p>(Vec<Edit<'p>>);

impl<'p> Edits<'p> {
    pub(super) fn new(edits: Vec<Edit<'p>>) -> Self {
        Self(edits)
    }

    /// A body with the changes, all else as it was; a body that is no object stays.
    pub fn of(&self, body: Vec<u8>) -> Vec<u8> {
        if self.0.is_empty() {
            return body;
        }
        let Ok(Members(members)) = serde_json::from_slice(&body) else { return body };
        let mut members: Vec<_> = members.into_iter().map(|(name, value)| (name, Cow::Borrowed(value.get()))).collect();
        self.0.iter().for_each(|edit| edit.change(&mut members));
        let mut out = Vec::with_capacity(body.len() + 256);
        for (name, value) in &members {
            out.push(if out.is_empty() { b'{' } else { b',' });
            // Writing to memory cannot fail.
            let _ = serde_json::to_writer(&mut out, name);
            out.push(b':');
            out.extend_from_slice(value.as_bytes());
        }
        if out.is_empty() {
            out.push(b'{');
        }
        out.push(b'}');
        out
    }
}

type Fields<'b> = Vec<(Cow<'b, str>, Cow<'b, str>)>;

impl<'p> Edit<'p> {
    fn change<'b>(self, fields: &mut Fields<'b>)
    where
        'p: 'b,
    {
        match self {
            Edit::RenameMaxTokens => {
                let is_said = fields.iter().any(|(name, _)| name == MAX_COMPLETION_TOKENS);
                if let Some((name, _)) = fields.iter_mut().find(|(name, _)| name == MAX_TOKENS).filter(|_| !is_said) {
                    *name = MAX_COMPLETION_TOKENS.into();
                }
            }
            Edit::RepetitionPenalty(penalty) => {
                fields.retain(|(name, _)| name != REPETITION_PENALTY);
                fields.push((REPETITION_PENALTY.into(), Value::from(penalty).to_string().into()));
            }
            Edit::Merge(others) => {
                for (name, value) in others {
                    match fields.iter_mut().find(|(known, _)| known == name) {
                        None => fields.push((name.as_str().into(), value.to_string().into())),
                        Some((_, said)) if value.is_object() && said.starts_with('{') => {
                            if let Ok(mut said_value) = serde_json::from_str(said) {
                                merge(&mut said_value, value);
                                *said = said_value.to_string().into();
                            }
                        }
                        Some(_) => {}
                    }
                }
            }
        }
    }
}

/// Merges objects; of all else the latter counts.
fn merge(into: &mut Value, other: &Value) {
    match (into, other) {
        (Value::Object(into), Value::Object(other)) => {
            other.iter().for_each(|(name, value)| merge(into.entry(name).or_insert(Value::Null), value));
        }
        (into, other) => *into = other.clone(),
    }
}
