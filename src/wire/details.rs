//! Reasoning as a list of objects that a client must give back as they were: at one of some keys stand the words, and
//! all the rest is what the vendor knows its own thoughts by. The rest, as JSON, is the signature of the part.

use serde_json::{Map, Value};
use wireloom_schema::model::{Json, Part, Step, Text};

use super::writer::Writer;

type Members = Map<String, Value>;

/// The parts of a list of details, of which the words stand at one of `keys`.
pub fn detailed<'a>(list: Vec<Json<'a>>, keys: &[&str]) -> Vec<Part<'a>> {
    let details = list.iter().filter_map(|json| serde_json::from_str::<Members>(json.text()).ok());
    let part = |mut detail: Members| {
        let words = take_words(&mut detail, keys).unwrap_or_default();
        Part::Reasoning { text: words.into(), signature: Some(written(&detail).into()) }
    };
    details.map(part).collect()
}

/// The details in a frame of a stream as one text, for [`Details`] to take apart; none if there are none.
pub fn pieces<'a>(list: Vec<Json<'a>>) -> Option<Text<'a>> {
    let texts: Vec<&str> = list.iter().map(Json::text).collect();
    (!texts.is_empty()).then(|| format!("[{}]", texts.join(",")).into())
}

/// Whether a part has what a detail is made of.
pub fn has_detail(part: &Part<'_>) -> Result<(), &'static str> {
    match part {
        Part::Reasoning { signature: Some(_), .. } => Ok(()),
        _ => Err("reasoning"),
    }
}

impl Writer {
    /// Writes signed reasoning as the list of details that it was.
    pub fn detailed<'p>(&mut self, parts: impl Iterator<Item = &'p Part<'p>>, keys: &[&str]) {
        self.raw("[");
        for part in parts {
            let Part::Reasoning { text, signature: Some(signature) } = part else { continue };
            let Ok(mut detail) = serde_json::from_str::<Members>(signature) else { continue };
            if let Some(words) = place(&mut detail, keys) {
                *words = Value::from(&**text);
            }
            self.comma();
            self.raw(&written(&detail));
        }
        self.raw("]");
    }
}

/// Takes the words out of a detail; their key stays, for it says where they go back to.
fn take_words(detail: &mut Members, keys: &[&str]) -> Option<String> {
    let words = place(detail, keys).filter(|value| value.is_string())?;
    match std::mem::replace(words, Value::from("")) {
        Value::String(words) => Some(words),
        _ => None,
    }
}

/// Where the words of a detail stand.
fn place<'d>(detail: &'d mut Members, keys: &[&str]) -> Option<&'d mut Value> {
    let key = keys.iter().find(|key| detail.contains_key(**key))?;
    detail.get_mut(*key)
}

fn written(detail: &Members) -> String {
    serde_json::to_string(detail).unwrap_or_default()
}

/// Makes of the details in a stream's frames reasoning with its signatures.
#[derive(Clone, Debug)]
pub struct Details {
    keys: &'static [&'static str],
    /// The detail that goes on, without its words.
    open: Option<Members>,
    /// Thoughts that wait for the next step to say whether details repeat them.
    waiting: Option<(Option<u64>, Text<'static>)>,
    /// Whether details have come, and whether thoughts came without.
    seen: bool,
    plain: bool,
}

impl Details {
    /// Of one answer, of whose details the words stand at one of these keys.
    pub fn new(keys: &'static [&'static str]) -> Self {
        Self { keys, open: None, waiting: None, seen: false, plain: false }
    }

    /// Takes one of the answer's steps, and gives those that it is told as.
    pub fn step(&mut self, step: Step<'_>, sink: &mut impl FnMut(Step<'_>)) {
        match step {
            Step::ReasoningDelta { .. } if self.seen => {}
            Step::ReasoningDelta { index, text } if !self.plain => match self.waiting.take() {
                None => self.waiting = Some((index, text.into_owned())),
                Some((before, words)) => {
                    self.plain = true;
                    sink(Step::ReasoningDelta { index: before, text: words });
                    sink(Step::ReasoningDelta { index, text });
                }
            },
            Step::ReasoningSignature { index, signature } => match serde_json::from_str::<Vec<Members>>(&signature) {
                Ok(details) => {
                    (self.seen, self.waiting) = (true, None);
                    details.into_iter().for_each(|detail| self.detail(detail, sink));
                }
                Err(_) => sink(Step::ReasoningSignature { index, signature }),
            },
            // Some write an empty text beside thoughts.
            Step::TextDelta { text, .. } if text.is_empty() => {}
            step @ (Step::Start { .. } | Step::Grounding { .. } | Step::Usage { .. } | Step::Ping) => sink(step),
            step => {
                self.settle(sink);
                sink(step);
            }
        }
    }

    /// Takes a detail, or a piece of the one that is open: then nothing that both say contradicts.
    fn detail(&mut self, mut detail: Members, sink: &mut impl FnMut(Step<'_>)) {
        let words = take_words(&mut detail, self.keys);
        let says_nothing = |value: &Value| value.is_null() || value.as_str() == Some("");
        let agrees = |open: &Members| {
            let other = |key: &String| open.get(key).filter(|value| !says_nothing(value));
            detail.iter().all(|(key, value)| says_nothing(value) || other(key).is_none_or(|other| other == value))
        };
        match self.open.as_mut().filter(|open| agrees(open)) {
            Some(open) => {
                let said = detail.into_iter().filter(|(_, value)| !says_nothing(value));
                said.for_each(|(key, value)| _ = open.insert(key, value));
            }
            None => {
                self.sign(sink);
                self.open = Some(detail);
            }
        }
        if let Some(words) = words.filter(|words| !words.is_empty()) {
            sink(Step::ReasoningDelta { index: None, text: words.into() });
        }
    }

    fn sign(&mut self, sink: &mut impl FnMut(Step<'_>)) {
        if let Some(detail) = self.open.take() {
            sink(Step::ReasoningSignature { index: None, signature: written(&detail).into() });
        }
    }

    fn settle(&mut self, sink: &mut impl FnMut(Step<'_>)) {
        if let Some((index, text)) = self.waiting.take() {
            sink(Step::ReasoningDelta { index, text });
        }
        self.sign(sink);
    }

    /// In a whole answer, thoughts without a signature repeat the words of those that have one.
    pub fn whole(parts: &mut Vec<Part<'_>>) {
        if parts.iter().any(|part| has_detail(part).is_ok()) {
            parts.retain(|part| !matches!(part, Part::Reasoning { signature: None, .. }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the details of some frames are told as: words, and signatures behind `!`.
    fn told(frames: &[&str]) -> Vec<String> {
        let mut details = Details::new(&["words", "gist"]);
        let mut told = Vec::new();
        let mut sink = |step: Step<'_>| match step {
            Step::ReasoningDelta { text, .. } => told.push(text.to_string()),
            Step::ReasoningSignature { signature, .. } => told.push(format!("!{signature}")),
            step => told.push(format!("{step:?}")),
        };
        for frame in frames {
            let step = match frame.starts_with('[') {
                true => Step::ReasoningSignature { index: None, signature: (*frame).into() },
                false => Step::ReasoningDelta { index: None, text: (*frame).into() },
            };
            details.step(step, &mut sink);
        }
        details.step(Step::End, &mut sink);
        told
    }

    #[test]
    fn pieces_of_a_detail_are_one_signature() {
        let frames = [
            "Hm", // what the detail behind repeats
            r#"[{"kind":"open","words":"Hm","proof":"","at":0}]"#,
            " so",
            r#"[{"kind":"open","words":" so","at":0}]"#,
            r#"[{"kind":"open","proof":"c2ln","at":0},{"kind":"sealed","data":"QUJD","id":"call_1","at":1}]"#,
        ];
        let open = r#"!{"kind":"open","words":"","proof":"c2ln","at":0}"#;
        let sealed = r#"!{"kind":"sealed","data":"QUJD","id":"call_1","at":1}"#;
        assert_eq!(told(&frames), ["Hm", " so", open, sealed, "End"]);
    }

    #[test]
    fn thoughts_without_details_are_told_as_they_come() {
        assert_eq!(told(&["Hm", " so", "."]), ["Hm", " so", ".", "End"]);
        assert_eq!(told(&["Hm"]), ["Hm", "End"]);
    }

    #[test]
    fn details_are_written_as_they_were_read() {
        let text = r#"{"kind":"gist","gist":"Hm \"so\"","at":0}"#;
        let sealed = r#"{"kind":"sealed","data":"QUJD","at":1}"#;
        let json = |text: &str| Json::from_written(text.to_owned()).unwrap_or(Json::EMPTY);
        let parts = detailed(vec![json(text), json(sealed)], &["words", "gist"]);
        let [Part::Reasoning { text: words, .. }, Part::Reasoning { text: none, .. }] = &parts[..] else {
            panic!("{parts:?}")
        };
        assert_eq!((&**words, &**none), ("Hm \"so\"", ""));
        let mut w = Writer::default();
        w.detailed(parts.iter(), &["words", "gist"]);
        assert_eq!(String::from_utf8_lossy(&w.out), format!("[{text},{sealed}]"));
    }
}
