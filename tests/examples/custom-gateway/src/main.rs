//! A gateway with code of its own: questions without tools go to a small model, and nobody learns the name of a project.

use wireloom::{
    Wireloom,
    extension::{AnswerPass, Asked, Pass, Place, Router},
    model::{Part, Request, Response, Step},
};

/// Sends requests without tools to the provider `small`, if the client is willing.
struct SmallTalk;

impl Router for SmallTalk {
    async fn route(&self, asked: &Asked<'_>) -> Option<String> {
        let willing = asked.headers.contains_key("x-small-talk") && asked.request.tools.is_empty();
        willing.then(|| "small,tiny-1".to_owned())
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
    Wireloom::new().router(SmallTalk).pass(CodeName { name: "Bluebird", code: "Project-7" }).main()
}
