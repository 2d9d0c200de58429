//! Values that a file may write in more than one way, because the value of an environment variable is always a text.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::Secret;

/// What a text that has a variable looks like; its value is known later.
pub(super) const VARIABLE: &str = r"\$";

/// A year in milliseconds, the longest time: some write a number that means forever, and clocks overflow.
pub(super) const YEAR: u64 = 365 * 24 * 60 * 60 * 1000;

/// The largest whole number that every reader of JSON keeps.
pub(super) const LARGEST: u64 = 1 << 53;

/// A whole number, or a text of digits.
pub(super) struct Whole<const LEAST: u64, const MOST: u64>;

impl<const LEAST: u64, const MOST: u64> JsonSchema for Whole<LEAST, MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("WholeFrom{LEAST}To{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": LEAST, "maximum": MOST },
                { "type": "string", "pattern": digits(LEAST, MOST) },
            ],
            "errorMessage": format!("expected a whole number from {LEAST} to {MOST}"),
            "errorCode": "C005",
        })
    }
}

/// The pattern of the texts of digits that are a number from `least`, which is 0 or 1, to `most`; and of variables.
fn digits(least: u64, most: u64) -> String {
    let text = most.to_string();
    let mut forms = vec![text.clone()];
    if least == 0 {
        forms.push("0".into());
    }
    if text.len() > 1 {
        forms.push(format!("[1-9][0-9]{{0,{}}}", text.len() - 2));
    }
    for (at, digit) in text.bytes().enumerate() {
        let lowest = if at == 0 { b'1' } else { b'0' };
        if digit > lowest {
            let (before, behind) = (&text[..at], text.len() - at - 1);
            forms.push(format!("{before}[{}-{}][0-9]{{{behind}}}", char::from(lowest), char::from(digit - 1)));
        }
    }
    format!(r"^\s*0*({})\s*$|{VARIABLE}", forms.join("|"))
}

/// A number that is not negative, or its text.
pub(super) struct Amount;

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "number", "minimum": 0 },
                { "type": "string", "pattern": format!(r"^\s*[0-9]{{1,15}}(\.[0-9]{{1,15}})?\s*$|{VARIABLE}") },
            ],
            "errorMessage": "expected a number that is not negative",
            "errorCode": "C005",
        })
    }
}

/// A truth value, or its text.
pub(super) struct Switch;

impl JsonSchema for Switch {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Switch".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "boolean" },
                { "type": "string", "pattern": format!(r"^\s*(true|false)?\s*$|{VARIABLE}") },
            ],
            "errorMessage": "expected `true` or `false`",
            "errorCode": "C005",
        })
    }
}

/// Texts, or one text with commas between them.
pub(super) struct Listed;

impl JsonSchema for Listed {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Listed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "type": "array", "items": { "type": "string" } }, { "type": "string" }],
            "errorMessage": "expected a list of texts, or one with commas between them",
        })
    }
}

/// Reads a whole number.
pub(super) fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<T, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::Number(number) => {
            let float = || number.as_f64().filter(|float| float.fract() == 0.0 && *float >= 0.0);
            number.as_u64().or_else(|| float().map(|float| float as u64))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| D::Error::custom("expected a whole number"))
}

/// Reads a whole number that need not be there.
pub(super) fn maybe_whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<Option<T>, D::Error> {
    whole(deserializer).map(Some)
}

/// Reads a number.
pub(super) fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| D::Error::custom("expected a number"))
}

/// Reads a number that need not be there.
pub(super) fn maybe_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    amount(deserializer).map(Some)
}

/// Reads a truth value; an empty text is false.
pub(super) fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(value) => Ok(value),
        Value::String(text) => match text.trim() {
            "true" => Ok(true),
            "false" | "" => Ok(false),
            _ => Err(D::Error::custom("expected `true` or `false`")),
        },
        _ => Err(D::Error::custom("expected `true` or `false`")),
    }
}

/// Reads texts.
pub(super) fn listed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let whole = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        _ => return Err(D::Error::custom("expected texts")),
    };
    Ok(whole.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect())
}

/// Reads a text without the space around it; an empty one counts as not given.
pub(super) fn maybe_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Reads a text without the space around it.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| text.trim().to_owned())
}

/// Reads a key without the space around it; an empty one counts as not given.
pub(super) fn maybe_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(maybe_text(deserializer)?.map(Secret::new))
}

/// Reads a key without the space around it.
pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    text(deserializer).map(Secret::new)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_read_as_the_schema_takes_them() {
        let schema = serde_json::to_value(Whole::<1, 65_535>::json_schema(&mut SchemaGenerator::default())).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for number in [1_u64, 9, 10, 99, 100, 5_000, 59_999, 60_000, 64_999, 65_000, 65_529, 65_535] {
            for value in
                [json!(number), json!(number.to_string()), json!(format!(" 00{number}\n")), json!(number as f64)]
            {
                assert!(validator.is_valid(&value), "{value}");
                assert_eq!(whole::<_, u64>(&value).unwrap(), number);
            }
        }
        for value in
            [json!(0), json!("0"), json!(65_536), json!("65536"), json!("100000"), json!(1.5), json!("x"), json!("")]
        {
            assert!(!validator.is_valid(&value), "{value}");
        }
        assert!(validator.is_valid(&json!("$PORT")) && validator.is_valid(&json!("${PORT:-1}")));
    }
}
