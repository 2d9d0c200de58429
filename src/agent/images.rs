//! The gateway's own agent: a model that is not to see images asks another one what is on them.
//!
//! Each image of the conversation gives way to its name. A call of the tool says which ones are to be looked at, and what
//! for; the model of `Router.image` is shown those and nothing else. Names are numbers in the order of the conversation, so
//! that nothing has to be kept from one request to the next.

use serde::Deserialize;
use wireloom_schema::model::{Json, Message, Part, Request, Role, Tool};

use crate::{
    gateway::Destination,
    routing::{images, users_parts},
};

/// The tool.
const TOOL: &str = "analyzeImage";

/// What its name does not say.
const ABOUT: &str = "Looks at images of this conversation and answers what is asked of them.";

/// What the tool is called with.
const SCHEMA: &str = r#"{"type":"object","properties":{"imageId":{"type":"array","items":{"type":"string"},"description":"The names of the images, such as image-1."},"task":{"type":"string","description":"What is to be found out, with all that the viewer must know: it sees the images alone, and nothing of the conversation."}},"required":["imageId","task"]}"#;

/// What the model is told that does not see.
const BLIND: &str = "You cannot see the images of this conversation: where one was shown stands its name, such as [image-1]. To know what is on an image, call the tool `analyzeImage` with its name; never guess.";

/// What the model is told that does.
const VIEWER: &str = "You look at images for somebody who cannot see them. Do what is asked, exactly and completely, and describe nothing that is not there.";

/// Images that somebody else looks at.
pub struct Images {
    /// Who does.
    pub viewer: Destination,
    /// How many there are.
    count: usize,
}

/// A look at some of them.
#[derive(Clone)]
pub struct Look {
    /// Their numbers, from 1.
    numbers: Vec<usize>,
    /// What is to be found out.
    task: String,
}

/// What a model wants to know. Some name one image where a list is asked for.
#[derive(Deserialize)]
struct Wanted {
    #[serde(rename = "imageId")]
    names: Names,
    task: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

impl Images {
    /// Those of a request.
    pub fn of(request: &Request<'_>, viewer: Destination) -> Self {
        Self { viewer, count: images(users_parts(&request.messages)) }
    }

    /// Whether a tool is the one that looks at them.
    pub fn owns(&self, tool: &str) -> bool {
        tool == TOOL
    }

    /// Hides them from the model that a request goes to, and offers it the tool.
    pub fn hide(&self, request: &mut Request<'_>) {
        each(&mut request.messages, |number, part| {
            let cache = match part {
                Part::Image { cache, .. } => cache.take(),
                _ => None,
            };
            *part =
                Part::Text { text: format!("[image-{number}]").into(), citations: Vec::new(), signature: None, cache };
        });
        let at = request.leading_system();
        request.messages.insert(at, Message { role: Role::System, parts: vec![Part::plain(BLIND)] });
        request.tools.push(Tool::Function {
            name: TOOL.into(),
            description: Some(ABOUT.into()),
            schema: Json::from_embedded(SCHEMA.into()),
            namespace: None,
            strict: None,
            deferred: None,
            cache: None,
        });
    }

    /// The look that a call asks for.
    ///
    /// # Errors
    /// What is wrong with it, in words for the model.
    pub fn look(&self, arguments: &Json<'_>) -> Result<Look, String> {
        let Wanted { names, task } = serde_json::from_str(arguments.text())
            .map_err(|error| format!("`imageId` is to be a list of images, and `task` what to find out: {error}"))?;
        let names = match names {
            Names::One(name) => vec![name],
            Names::Many(names) => names,
        };
        let number = |name: &String| {
            let digits: String = name.chars().filter(char::is_ascii_digit).collect();
            let number = digits.parse().ok().filter(|number| (1..=self.count).contains(number));
            number.ok_or_else(|| format!("there is no image `{name}`: they are image-1 to image-{}", self.count))
        };
        let numbers: Vec<usize> = names.iter().map(number).collect::<Result<_, _>>()?;
        match numbers.is_empty() {
            true => Err(format!("name an image: they are image-1 to image-{}", self.count)),
            false => Ok(Look { numbers, task }),
        }
    }
}

impl Look {
    /// Makes a client's request that of the look.
    pub fn ask(&self, request: &mut Request<'_>) {
        let mut parts = Vec::new();
        each(&mut request.messages, |number, part| {
            if self.numbers.contains(&number) {
                parts.push(Part::plain(format!("image-{number}:")));
                parts.push(part.clone());
            }
        });
        parts.push(Part::plain(self.task.clone()));
        let (system, user) = (vec![Part::plain(VIEWER)], parts);
        *request = Request {
            messages: vec![Message { role: Role::System, parts: system }, Message { role: Role::User, parts: user }],
            ..Request::default()
        };
    }
}

/// Comes to each image of a conversation with its number, from 1.
fn each<'a>(messages: &mut [Message<'a>], mut visit: impl FnMut(usize, &mut Part<'a>)) {
    let mut number = 0;
    let mut come = |part: &mut Part<'a>| {
        if matches!(part, Part::Image { .. }) {
            number += 1;
            visit(number, part);
        }
    };
    for part in messages.iter_mut().filter(|message| message.role == Role::User).flat_map(|message| &mut message.parts)
    {
        match part {
            Part::ToolResult { parts, .. } => parts.iter_mut().for_each(&mut come),
            part => come(part),
        }
    }
}
