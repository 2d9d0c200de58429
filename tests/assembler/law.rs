//! The law of well-formed steps.

use wireloom::wire::assembler::Assembler;
use wireloom_schema::model::{Citation, FinishReason, Step, Usage};

/// A part as a client puts it together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) kind: &'static str,
    /// The words or the arguments.
    pub(crate) text: String,
    pub(crate) signature: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
}

/// Watches the steps of one answer, panics at the first that is against the law, and puts the answer together.
#[derive(Debug, Default)]
pub(crate) struct Law {
    pub(crate) parts: Vec<Said>,
    pub(crate) finish: Option<(FinishReason, Option<String>, Usage)>,
    pub(crate) error: Option<String>,
    /// Every step in short.
    pub(crate) log: Vec<String>,
    started: bool,
    open: Option<&'static str>,
    calls: u64,
    usage: bool,
    pub(crate) over: bool,
}

impl Law {
    /// What an assembler makes of these steps.
    pub(crate) fn of<'a>(assembler: &mut Assembler, steps: impl IntoIterator<Item = Step<'a>>) -> Law {
        let mut law = Law::default();
        for step in steps {
            assembler.step(step, &mut |step| law.see(step));
            assert_eq!(assembler.is_over(), law.over);
        }
        law
    }

    fn open(&mut self, kind: &'static str, index: Option<u64>) -> &mut Said {
        assert!(self.started && self.finish.is_none(), "{kind} at the wrong time");
        assert_eq!(self.open, None, "{kind} while another part is open");
        assert_eq!(index, Some(self.parts.len() as u64));
        self.open = Some(kind);
        self.parts.push(Said { kind, ..Said::default() });
        self.log.push(format!("{kind} {}", self.parts.len() - 1));
        self.parts.last_mut().unwrap()
    }

    fn part(&mut self, kind: &str, index: Option<u64>) -> &mut Said {
        assert_eq!(self.open, Some(kind));
        assert_eq!(index, Some(self.parts.len() as u64 - 1));
        self.parts.last_mut().unwrap()
    }

    fn delta(&mut self, kind: &str, index: Option<u64>, text: &str) {
        assert!(!text.is_empty());
        let part = self.part(kind, index);
        assert_eq!(part.signature, None, "words after the signature");
        part.text.push_str(text);
        self.log.push(text.to_owned());
    }

    pub(crate) fn see(&mut self, step: &Step<'_>) {
        assert!(!self.over, "{step:?} after the last step");
        let finished = self.finish.is_some();
        match step {
            Step::Start { id, model, .. } => {
                assert!(!self.started);
                self.started = true;
                let words = [Some("start"), id.as_deref(), model.as_deref()];
                self.log.push(words.into_iter().flatten().collect::<Vec<_>>().join(" "));
            }
            Step::ReasoningOpen { index, text: None } => drop(self.open("reasoning", *index)),
            Step::TextOpen { index, text: None } => drop(self.open("text", *index)),
            Step::RefusalOpen { index } => drop(self.open("refusal", *index)),
            Step::RedactedReasoning { index, data } => self.open("redacted", *index).text = data.to_string(),
            Step::ToolCallOpen { index, call, id: Some(id), name: Some(name), .. } => {
                assert!(!id.is_empty() && !name.is_empty());
                assert_eq!(*call, Some(self.calls));
                self.calls += 1;
                let part = self.open("call", *index);
                (part.id, part.name) = (Some(id.to_string()), Some(name.to_string()));
            }
            Step::ReasoningDelta { index, text } => self.delta("reasoning", *index, text),
            Step::TextDelta { index, text } => self.delta("text", *index, text),
            Step::RefusalDelta { index, text } => self.delta("refusal", *index, text),
            Step::Citation { index, citation: Citation::Web { url, .. }, .. } => {
                self.part("text", *index);
                self.log.push(format!("cites {}", &**url));
            }
            Step::ReasoningSignature { index, signature } => {
                let part = self.part("reasoning", *index);
                assert_eq!(part.signature.replace(signature.to_string()), None, "signed twice");
                self.log.push(format!("signed {}", &**signature));
            }
            Step::ToolCallDelta { index, call, arguments } => {
                assert_eq!(*call, Some(self.calls - 1));
                self.delta("call", *index, arguments);
            }
            Step::Close { index } => {
                self.part(self.open.unwrap(), *index);
                self.open = None;
                self.log.push("close".to_owned());
            }
            Step::Finish { finish_reason, stop_sequence, usage } => {
                assert!(self.started && !finished && self.open.is_none());
                let finish_reason = &finish_reason.unwrap();
                self.finish = Some((*finish_reason, stop_sequence.as_deref().map(String::from), usage.unwrap()));
                self.log.push(format!("{finish_reason:?}"));
            }
            Step::Usage { usage } => {
                assert!(!std::mem::replace(&mut self.usage, true));
                assert_eq!(self.finish.as_ref().unwrap().2, *usage);
                assert_eq!(self.log.last(), Some(&format!("{:?}", self.finish.as_ref().unwrap().0)));
            }
            Step::End => {
                assert!(self.usage);
                self.over = true;
                self.log.push("end".to_owned());
            }
            Step::Ping => {
                assert!(self.started && !finished);
                self.log.push("ping".to_owned());
            }
            Step::Error { message, .. } => {
                self.over = true;
                self.error = Some(message.to_string());
                self.log.push(format!("error {}", &**message));
            }
            step => panic!("{step:?} is not well-formed"),
        }
    }
}
