//! A gateway with code of its own: questions without tools go to a small model, models may look up the words of the
//! house, and nobody learns the name of a project.

use serde::Deserialize;
use wireloom::{
    Wireloom,
    extension::{Agent, AnswerPass, Asked, Call, Outcome, Pass, Place, Router, Task},
    model::{Json, Part, Request, Response, Step, Tool},
};

/// Sends requests without tools to the provider `small`, if the client is willing.
struct SmallTalk;

impl Router for SmallTalk {
    async fn route(&self, asked: &Asked<'_>) -> Option<String> {
        let willing = asked.headers.contains_key("x-small-talk") && asked.request.tools.is_empty();
        willing.then(|| "small,tiny-1".to_owned())
    }
}

/// Lets models look up what words mean in this house, for clients that are willing.
struct Glossary;

impl Agent for Glossary {
    type Task = Self;

    fn task(&self, asked: &Asked<'_>) -> Option<Self> {
        asked.headers.contains_key("x-glossary").then_some(Self)
    }
}

impl Task for Glossary {
    fn request(&self, request: &mut Request<'_>) {
        let schema = r#"{"type":"object","properties":{"word":{"type":"string"}},"required":["word"]}"#;
        request.tools.push(Tool::Function {
            name: "glossary".into(),
            description: Some("Tells what a word means in this house.".into()),
            schema: Json::from_embedded(schema.into()),
            namespace: None,
            strict: None,
            deferred: None,
            cache: None,
        });
    }

    fn owns(&self, tool: &str) -> bool {
        tool == "glossary"
    }

    async fn run(&self, call: Call<'_>) -> Outcome {
        #[derive(Deserialize)]
        struct Wanted {
            word: String,
        }
        match serde_json::from_str(call.arguments.text()) {
            Ok(Wanted { word }) if word == "loom" => Outcome::text("The machine in hall 2."),
            Ok(Wanted { word }) => Outcome::text(format!("`{word}` means what it means elsewhere.")),
            Err(error) => Outcome::error(format!("`word` is missing: {error}")),
        }
    }
}

/// Writes another word for a name on the way to providers, and the name again on the way back.
struct CodeName {
    name: &'static str,
    code: &'static str,
}

impl Pass for CodeName {
    type Answer = Self;

    fn concerns(&self, asked: &Asked<'_>, _place: Place<'_>) -> bool {
        let mut parts = asked.request.messages.iter().flat_map(|message| &message.parts);
        parts.any(|part| part.words().is_some_and(|words| words.contains(self.name)))
    }

    fn request(&self, request: &mut Request<'_>, _place: Place<'_>) -> Self {
        let parts = request.messages.iter_mut().flat_map(|message| &mut message.parts);
        replace(parts, self.name, self.code);
        Self { ..*self }
    }
}

impl AnswerPass for CodeName {
    fn response(&mut self, response: &mut Response<'_>) {
        replace(response.parts.iter_mut(), self.code, self.name);
    }

    fn step(&mut self, step: Step<'_>, next: &mut impl FnMut(Step<'_>)) {
        next(match step {
            Step::TextDelta { index, text } => {
                Step::TextDelta { index, text: text.replace(self.code, self.name).into() }
            }
            step => step,
        });
    }
}

/// Puts one word in the place of another in all texts.
fn replace<'p, 'a: 'p>(parts: impl Iterator<Item = &'p mut Part<'a>>, one: &str, other: &str) {
    for part in parts {
        if let Part::Text { text, .. } = part {
            *text = text.replace(one, other).into();
        }
    }
}

fn main() -> std::process::ExitCode {
    let pass = CodeName { name: "Bluebird", code: "Project-7" };
    Wireloom::new().router(SmallTalk).agent(Glossary).pass(pass).main()
}
