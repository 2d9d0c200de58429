//! When an input is asked for, or a mapping made.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Conditions that must all hold; written as one or as a list.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(from = "OneOrMany", into = "Vec<Condition>")]
pub struct When(pub Vec<Condition>);

/// A condition on an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Condition {
    /// The id of the input that was answered.
    pub field: String,
    /// How the answer is compared.
    #[serde(default)]
    pub operator: Operator,
    /// With what.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

/// How an answer is compared.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// It is the value.
    #[default]
    Eq,
    /// It is not the value.
    Ne,
    /// It is one of the values.
    In,
    /// It is none of the values.
    Nin,
    /// It is greater, as a number.
    Gt,
    /// It is less, as a number.
    Lt,
    /// It is not less, as a number.
    Gte,
    /// It is not greater, as a number.
    Lte,
    /// There is one, unless the value is `false`.
    Exists,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Condition),
    Many(Vec<Condition>),
}

impl From<OneOrMany> for When {
    fn from(given: OneOrMany) -> Self {
        match given {
            OneOrMany::One(condition) => Self(vec![condition]),
            OneOrMany::Many(conditions) => Self(conditions),
        }
    }
}

impl From<When> for Vec<Condition> {
    fn from(when: When) -> Self {
        when.0
    }
}

impl When {
    /// Whether all conditions hold for these answers.
    pub fn holds(&self, answers: &Map<String, Value>) -> bool {
        self.0.iter().all(|condition| condition.holds(answers))
    }
}

impl Condition {
    fn holds(&self, answers: &Map<String, Value>) -> bool {
        let answer = answers.get(&self.field).filter(|answer| !answer.is_null());
        let among = || self.value.as_array().is_some_and(|values| values.iter().any(|value| Some(value) == answer));
        let compared = |holds: fn(&f64, &f64) -> bool| {
            answer.and_then(number).zip(number(&self.value)).is_some_and(|(answer, value)| holds(&answer, &value))
        };
        match self.operator {
            Operator::Eq => answer == Some(&self.value),
            Operator::Ne => answer != Some(&self.value),
            Operator::In => among(),
            Operator::Nin => !among(),
            Operator::Gt => compared(f64::gt),
            Operator::Lt => compared(f64::lt),
            Operator::Gte => compared(f64::ge),
            Operator::Lte => compared(f64::le),
            Operator::Exists => answer.is_some() == (self.value != Value::Bool(false)),
        }
    }
}

/// A number, or a text that is one: answers are typed by people.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_compare_answers() {
        let answers = json!({ "kind": "remote", "size": "30", "tools": true });
        let answers = answers.as_object().unwrap();
        let cases = [
            (json!({ "field": "kind", "value": "remote" }), true),
            (json!({ "field": "kind", "operator": "ne", "value": "remote" }), false),
            (json!({ "field": "kind", "operator": "in", "value": ["local", "remote"] }), true),
            (json!({ "field": "none", "operator": "nin", "value": ["local"] }), true),
            (json!({ "field": "size", "operator": "gt", "value": 29 }), true),
            (json!({ "field": "size", "operator": "lte", "value": 29 }), false),
            (json!({ "field": "none", "operator": "gte", "value": 0 }), false),
            (json!({ "field": "none", "operator": "exists" }), false),
            (json!({ "field": "none", "operator": "exists", "value": false }), true),
            (json!([{ "field": "tools", "value": true }, { "field": "kind", "value": "local" }]), false),
            (json!([]), true),
        ];
        for (when, wanted) in cases {
            let read: When = serde_json::from_value(when.clone()).unwrap();
            assert_eq!(read.holds(answers), wanted, "{when}");
        }
    }
}
