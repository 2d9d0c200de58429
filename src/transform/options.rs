//! Passes as configurations name them.

use serde_json::{Map, Value};
use wireloom_schema::{
    config::{PASSES, TransformerUse},
    diagnostic::{Diagnostic, Severity},
};

use super::{Pass, limits::Sampling};

/// Whether a pass has that name, in whatever case.
pub fn is_pass(name: &str) -> bool {
    PASSES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The pass that an element of a list of transformers names, and what is wrong with its options: those are left out, and
/// a pass that is nothing without them is none.
pub fn read(transformer: &TransformerUse) -> (Option<Pass>, Vec<Diagnostic>) {
    let empty = Map::new();
    let fields = transformer.options.as_ref().and_then(Value::as_object);
    let mut options = Options { transformer, fields: fields.unwrap_or(&empty), told: Vec::new() };
    if let (None, Some(_)) = (fields, &transformer.options) {
        options.tell("C121", None, format!("the options of `{}` are not an object", transformer.origin.written()));
    }
    let pass = match transformer.name.to_ascii_lowercase().as_str() {
        "maxtoken" => {
            options.only(&["max_tokens"]);
            let most = options.tokens("max_tokens");
            if most.is_none() && !options.fields.contains_key("max_tokens") {
                options.tell("C121", None, "`maxtoken` does nothing without `max_tokens`".into());
            }
            most.map(Pass::MaxTokens)
        }
        "maxcompletiontokens" => Some(options.without(Pass::MaxCompletionTokens)),
        "tooluse" => Some(options.without(Pass::ToolUse)),
        "enhancetool" => Some(options.without(Pass::EnhanceTool)),
        "reasoning" => {
            options.only(&["enable"]);
            Some(Pass::Reasoning { enable: options.flag("enable").unwrap_or(true) })
        }
        "forcereasoning" => Some(options.without(Pass::ForceReasoning)),
        "extrathinktag" => Some(options.without(Pass::ThinkTag)),
        "sampling" => {
            options.only(&["max_tokens", "temperature", "top_p", "top_k", "repetition_penalty"]);
            Some(Pass::Sampling(Sampling {
                max_tokens: options.tokens("max_tokens"),
                temperature: options.number("temperature"),
                top_p: options.number("top_p"),
                top_k: options.tokens("top_k"),
                repetition_penalty: options.number("repetition_penalty"),
            }))
        }
        "cleancache" => Some(options.without(Pass::CleanCache)),
        "streamoptions" => Some(options.without(Pass::StreamOptions)),
        "customparams" => Some(Pass::CustomParams(options.fields.clone())),
        _ => None,
    };
    (pass, options.told)
}

/// The options of one pass.
struct Options<'t> {
    transformer: &'t TransformerUse,
    fields: &'t Map<String, Value>,
    told: Vec<Diagnostic>,
}

impl<'t> Options<'t> {
    /// Warns, at an option if one is given.
    fn tell(&mut self, code: &'static str, option: Option<&str>, message: String) {
        let places = &self.transformer.option_origins;
        let place = places.iter().find(|(name, _)| Some(name.as_str()) == option).map(|(_, origin)| origin);
        let place = place.unwrap_or(&self.transformer.origin);
        let diagnostic = Diagnostic::error(code, place, message).label("is ignored");
        self.told.push(Diagnostic { severity: Severity::Warning, ..diagnostic });
    }

    /// Warns of options that are none of these.
    fn only(&mut self, known: &[&'static str]) {
        let name = self.transformer.origin.written();
        for (option, _) in self.fields.iter().filter(|(option, _)| !known.contains(&option.as_str())) {
            let message = match known {
                [] => format!("`{name}` has no options"),
                _ => format!("`{option}` is not an option of `{name}`"),
            };
            self.tell("C120", Some(option), message);
            if let Some(told) = self.told.pop() {
                self.told.push(told.nearest(option, known.iter().copied()));
            }
        }
    }

    /// A pass that takes none.
    fn without(&mut self, pass: Pass) -> Pass {
        self.only(&[]);
        pass
    }

    /// The value of an option, by what it should be. Many write numbers as strings.
    fn value<T>(&mut self, option: &str, expected: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.fields.get(option).filter(|value| !value.is_null())?;
        let spelled = || serde_json::from_str::<Value>(value.as_str()?.trim()).ok();
        let found = read(value).or_else(|| read(&spelled()?));
        if found.is_none() {
            self.tell("C121", Some(option), format!("`{option}` is not {expected}"));
        }
        found
    }

    fn tokens(&mut self, option: &str) -> Option<u64> {
        let whole = |value: &Value| {
            let float = || value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..1e15).contains(number));
            value.as_u64().or_else(|| float().map(|number| number as u64)).filter(|number| *number > 0)
        };
        self.value(option, "a whole number above 0", whole)
    }

    fn number(&mut self, option: &str) -> Option<f64> {
        self.value(option, "a number that is not negative", |value| value.as_f64().filter(|number| *number >= 0.0))
    }

    fn flag(&mut self, option: &str) -> Option<bool> {
        self.value(option, "`true` or `false`", Value::as_bool)
    }
}
