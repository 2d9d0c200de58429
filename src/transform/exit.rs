//! Having a model call a tool in every answer. One tool lets it answer in words, and its calls become words again.

use serde_json::Value;
use wireloom_schema::model::{
    FinishReason, Json, Message, OutputFormat, Part, Request, Role, Step, Text, Tool, ToolChoice,
};

use super::{AnswerPass, repair::repaired};

/// The tool that lets the model answer in words.
const EXIT: &str = "ExitTool";

/// What it is for, in words for the model.
const DESCRIPTION: &str = "Answers the user in words. Call it, alone, when the task is done, when you need something of \
the user, or when no other tool helps.";

/// Its one argument.
const RESPONSE: &str = "response";

/// JSON Schema of its arguments.
const SCHEMA: &str = r#"{"type":"object","properties":{"response":{"type":"string","description":"The answer, all of it."}},"required":["response"]}"#;

/// What the model is told of being forced.
const PROMPT: &str = "Tool mode is active: answer with tool calls alone. Choose the tool that takes the task forward; to \
answer in words, call ExitTool with them as its `response`, word for word as the user is to read them.";

/// Forces the model to call a tool, if the request has tools to choose from, and the client has chosen
/// neither itself nor a form of the answer.
pub(super) fn offer(request: &mut Request<'_>) -> Option<AnswerPass> {
    let is_callable = |tool: &Tool<'_>| !matches!(tool, Tool::WebSearch { .. } | Tool::Native { .. });
    let is_taken = |tool: &Tool<'_>| matches!(tool, Tool::Function { name, .. } if **name == *EXIT);
    let chosen = matches!(request.tool_choice, Some(ToolChoice::None | ToolChoice::Tool { .. }));
    // What the model says in a call has no form of its own.
    let formed = !matches!(request.output_format, None | Some(OutputFormat::Text));
    if chosen || formed || !request.tools.iter().any(is_callable) || request.tools.iter().any(is_taken) {
        return None;
    }
    request.tool_choice = Some(ToolChoice::Required);
    request.tools.push(Tool::Function {
        name: EXIT.into(),
        description: Some(DESCRIPTION.into()),
        schema: Json::from_written(SCHEMA.to_owned()).unwrap_or(Json::EMPTY),
        namespace: None,
        strict: None,
        deferred: None,
        cache: None,
    });
    instruct(request);
    Some(AnswerPass::Exit(Exit::default()))
}

/// Tells the model so at the end of its first instructions, which stay the same from request to request.
fn instruct(request: &mut Request<'_>) {
    let last = request.leading_system().checked_sub(1).and_then(|last| request.messages.get_mut(last));
    let Some(message) = last else {
        request.messages.insert(0, Message { role: Role::System, parts: vec![Part::plain(PROMPT)] });
        return;
    };
    match message.parts.last_mut() {
        Some(Part::Text { text, .. }) => *text = format!("{}\n\n{PROMPT}", &**text).into(),
        _ => message.parts.push(Part::plain(PROMPT)),
    }
}

/// Makes text of the calls of the tool that answers in words, as it comes.
#[derive(Clone, Debug, Default)]
pub struct Exit {
    /// The call that is open, if it is one of these.
    open: Option<Words>,
    /// Whether the model has answered in words.
    answered: bool,
}

impl Exit {
    /// Takes a step of a well-formed answer.
    pub(super) fn step(&mut self, step: &Step<'_>, out: &mut impl FnMut(&Step<'_>)) {
        let mut tell = |index: Option<u64>, was_told: bool, text: String| {
            if !text.is_empty() {
                if !was_told {
                    out(&Step::TextOpen { index, text: None });
                }
                out(&Step::TextDelta { index, text: text.into() });
            }
        };
        match (step, &mut self.open) {
            (Step::ToolCallOpen { name: Some(name), .. }, open) if **name == *EXIT => {
                (*open, self.answered) = (Some(Words::default()), true);
            }
            (Step::ToolCallDelta { index, arguments, .. }, Some(words)) => {
                tell(*index, words.told, words.more(arguments));
            }
            (Step::Close { index }, Some(words)) => {
                tell(*index, words.told, words.rest());
                let told = words.told;
                self.open = None;
                if told {
                    out(step);
                }
            }
            // It has called no tool that the client knows; should there be others, the assembler behind sees them.
            (Step::Finish { finish_reason: Some(FinishReason::ToolCalls), stop_sequence, usage }, _)
                if self.answered =>
            {
                let (finish_reason, stop_sequence) =
                    (Some(FinishReason::Stop), stop_sequence.as_ref().map(Text::borrowed));
                out(&Step::Finish { finish_reason, stop_sequence, usage: *usage });
            }
            _ => out(step),
        }
    }
}

/// The words in the arguments of a call.
#[derive(Clone, Debug, Default)]
struct Words {
    /// The arguments as far as they have come.
    arguments: String,
    /// How much of them is told, once it is known that the words begin there.
    at: Option<usize>,
    /// Whether all words are told.
    ended: bool,
    /// Whether anything is told.
    told: bool,
}

impl Words {
    /// Takes a piece of the arguments, and gives the words that are certain by now.
    fn more(&mut self, arguments: &str) -> String {
        self.arguments.push_str(arguments);
        if self.at.is_none() {
            self.at = beginning(&self.arguments);
        }
        let Some(at) = self.at.filter(|_| !self.ended) else { return String::new() };
        let (words, length, ended) = unescaped(self.arguments.get(at..).unwrap_or_default());
        (self.at, self.ended) = (Some(at + length), ended);
        self.told |= !words.is_empty();
        words
    }

    /// The words of arguments that are written otherwise than usual; all of the arguments, if there are none in them.
    fn rest(&mut self) -> String {
        if self.at.is_some() || self.arguments.trim().is_empty() {
            return String::new();
        }
        let value = repaired(&self.arguments).and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let words = match value {
            Some(Value::Object(mut object)) => match object.remove(RESPONSE) {
                Some(Value::String(words)) => words,
                Some(other) => other.to_string(),
                None if object.is_empty() => String::new(),
                None => self.arguments.clone(),
            },
            _ => self.arguments.clone(),
        };
        self.told |= !words.is_empty();
        words
    }
}

/// Where the words begin in arguments that name them first.
fn beginning(arguments: &str) -> Option<usize> {
    let behind = |text: &'_ str, token: &str| text.trim_start().strip_prefix(token).map(str::len);
    let mut at = 0;
    for token in ["{", "\"", RESPONSE, "\"", ":", "\""] {
        at = arguments.len() - behind(&arguments[at..], token)?;
    }
    Some(at)
}

/// The text of a JSON string as far as it is certain, how many bytes of the string that is, and whether it ends there.
fn unescaped(string: &str) -> (String, usize, bool) {
    let mut words = String::new();
    let mut rest = string;
    loop {
        let plain = rest.find(['"', '\\']).unwrap_or(rest.len());
        words.push_str(&rest[..plain]);
        rest = &rest[plain..];
        if rest.starts_with('"') {
            return (words, string.len() - rest.len(), true);
        }
        match escape(rest) {
            Some((character, length)) => {
                words.push(character);
                rest = &rest[length..];
            }
            None => return (words, string.len() - rest.len(), false),
        }
    }
}

/// The character of the escape at a text's start, and the escape's length; none while it is incomplete.
fn escape(text: &str) -> Option<(char, usize)> {
    let kind = text.strip_prefix('\\')?.chars().next()?;
    let plain = match kind {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'u' => return unicode(text),
        // An escape that JSON does not have stands for what it escapes.
        other => other,
    };
    Some((plain, 1 + kind.len_utf8()))
}

/// The same of an escape with a number, and of two that are one character together.
fn unicode(text: &str) -> Option<(char, usize)> {
    let number = |at: usize| {
        let digits = text.as_bytes().get(at..at + 4)?;
        Some(std::str::from_utf8(digits).ok().and_then(|digits| u16::from_str_radix(digits, 16).ok()))
    };
    let Some(first) = number(2)? else { return Some((char::REPLACEMENT_CHARACTER, 2)) };
    if !(0xd800..0xdc00).contains(&first) {
        return Some((char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER), 6));
    }
    // Half of a pair waits for the other half.
    let behind = text.get(6..)?;
    if !behind.starts_with("\\u") {
        let may_come = "\\u".starts_with(behind);
        return (!may_come).then_some((char::REPLACEMENT_CHARACTER, 6));
    }
    let pair = number(8)?.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    Some(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |character| (character, 12)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_wherever_the_arguments_are_cut() {
        let cases = [
            (r#"{"response":"Done: \"a\" \\ \u00e9\n\ud83d\ude00!"}"#, "Done: \"a\" \\ é\n😀!"),
            (" { \"response\" : \"naïve\nlines\" } ", "naïve\nlines"),
            (r#"{"response":"\ud83d lone \q"}"#, "\u{fffd} lone q"),
            (r#"{"response":"cut o"#, "cut o"),
            (r#"{"mood":"good","response":"Hi"}"#, "Hi"),
            (r#"{response: 'Hi'}"#, "Hi"),
            (r#"{"response":{"a":1}}"#, r#"{"a":1}"#),
            (r#"{"answer":"Hi"}"#, r#"{"answer":"Hi"}"#),
            ("just words", "just words"),
            ("{}", ""),
            ("", ""),
        ];
        for (arguments, wanted) in cases {
            for at in (0..=arguments.len()).filter(|at| arguments.is_char_boundary(*at)) {
                let (one, other) = arguments.split_at(at);
                let mut words = Words::default();
                let told = words.more(one) + &words.more(other) + &words.rest();
                assert_eq!(told, wanted, "{arguments} cut at {at}");
                assert_eq!(words.told, !wanted.is_empty());
            }
        }
    }
}
