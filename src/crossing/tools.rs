//! Tools that a provider knows by another form than the client: those whose input is free text, and those in groups.

use serde::{Deserialize, Serialize};
use wireloom_schema::model::{Json, Part, Request, Text, Tool, ToolChoice};

use crate::wire::{stream::Facts, writer::Losses};

/// What joins the name of a group to the name of a tool in it.
const JOINT: &str = "__";

/// The tools of a request that the provider knows by another form.
#[derive(Clone, Debug, Default)]
pub struct Renamed {
    /// Names of tools whose input is free text, which became functions of one argument.
    customs: Vec<String>,
    /// Tools of groups: the name that the provider knows, the group, and the name in it.
    grouped: Vec<(String, String, String)>,
}

/// The arguments of a tool whose input is free text, where it is a function.
#[derive(Serialize, Deserialize)]
struct FreeText<'a> {
    #[serde(borrow)]
    input: std::borrow::Cow<'a, str>,
}

/// JSON Schema of [`FreeText`].
pub(crate) const FREE_TEXT: &str =
    r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#;

impl Renamed {
    /// Whether a tool's input is free text.
    pub fn is_custom(&self, name: &str) -> bool {
        self.customs.iter().any(|custom| custom == name)
    }

    /// The group and the name of a tool that the provider knows by a joined name.
    pub fn grouped(&self, name: &str) -> Option<(&str, &str)> {
        let (_, group, name) = self.grouped.iter().find(|(joined, ..)| joined == name)?;
        Some((group, name))
    }

    /// Gives calls the form that the client knows.
    pub fn restore(&self, parts: &mut [Part<'_>]) {
        for part in parts {
            let Part::ToolCall { id, name, arguments, namespace, .. } = part else { continue };
            if self.is_custom(name) {
                let input = input(arguments.text());
                *part = Part::CustomToolCall { id: id.clone(), name: name.clone(), input };
            } else if let Some((group, own)) = self.grouped(name) {
                (*namespace, *name) = (Some(Text::from(group.to_owned())), own.to_owned().into());
            }
        }
    }
}

/// The arguments of a function that stands for a tool of free text.
pub fn arguments(input: &str) -> Json<'static> {
    let arguments = serde_json::to_string(&FreeText { input: input.into() }).unwrap_or_default();
    Json::from_written(arguments).unwrap_or(Json::EMPTY)
}

/// Gives calls of tools of free text the form of functions, for those who know no others.
pub(super) fn as_functions(parts: &mut [Part<'_>]) {
    for part in parts {
        if let Part::CustomToolCall { id, name, input } = part {
            let (id, name, arguments) = (id.clone(), name.clone(), arguments(input));
            *part = Part::ToolCall { id, name, arguments, namespace: None, signature: None, cache: None };
        }
    }
}

/// The free text in the arguments of a function that stands for a tool of free text; all of them if they have another
/// form, for the tool to judge.
pub fn input(arguments: &str) -> Text<'static> {
    serde_json::from_str::<FreeText<'_>>(arguments)
        .map_or_else(|_| arguments.to_owned(), |arguments| arguments.input.into_owned())
        .into()
}

/// Gives tools and their calls the form that a provider knows.
pub(super) fn settle(request: &mut Request<'_>, provider: &Facts, losses: &mut Losses) -> Renamed {
    let mut renamed = Renamed::default();
    let places = &provider.places;
    if !places.namespaces {
        dissolve(request, &mut renamed);
    }
    if !places.custom_tools {
        for tool in &mut request.tools {
            if let Tool::Custom { name, description, format } = tool {
                if format.is_some() {
                    losses.note("tool.custom.format");
                }
                renamed.customs.push(name.to_string());
                *tool = function(name.clone(), described(description.as_deref(), format.as_ref()));
            }
        }
        request.messages.iter_mut().for_each(|message| as_functions(&mut message.parts));
    }
    renamed
}

/// The name that a tool of a group has where there are no groups.
pub(crate) fn joined(group: &str, name: &str) -> String {
    format!("{group}{JOINT}{name}")
}

fn function<'a>(name: Text<'a>, description: Option<Text<'a>>) -> Tool<'a> {
    let schema = Json::from_written(FREE_TEXT.to_owned()).unwrap_or(Json::EMPTY);
    Tool::Function { name, description, schema, namespace: None, strict: None, deferred: None, cache: None }
}

/// A description with the form of the input behind it, which the model must know to call the tool.
fn described<'a>(description: Option<&str>, format: Option<&Json<'_>>) -> Option<Text<'a>> {
    let format = format.map(|format| format!("The input is text of this form: {}", format.text()));
    let described: Vec<String> = description.map(str::to_owned).into_iter().chain(format).collect();
    (!described.is_empty()).then(|| described.join("\n\n").into())
}

/// Takes tools out of their groups, which from then on are part of their names.
fn dissolve(request: &mut Request<'_>, renamed: &mut Renamed) {
    if !request.tools.iter().any(|tool| matches!(tool, Tool::Namespace { .. })) {
        return;
    }
    let mut tools = Vec::with_capacity(request.tools.len());
    for tool in std::mem::take(&mut request.tools) {
        let Tool::Namespace { name: group, tools: inner, .. } = tool else {
            tools.push(tool);
            continue;
        };
        for mut tool in inner {
            if let Tool::Function { name, .. } | Tool::Custom { name, .. } = &mut tool {
                let full = joined(&group, name);
                renamed.grouped.push((full.clone(), group.to_string(), name.to_string()));
                *name = full.into();
            }
            tools.push(tool);
        }
    }
    request.tools = tools;
    for part in request.messages.iter_mut().flat_map(|message| &mut message.parts) {
        if let Part::ToolCall { name, namespace, .. } = part
            && let Some(group) = namespace.take()
        {
            *name = joined(&group, name).into();
        }
    }
    if let Some(ToolChoice::Tool { name }) = &mut request.tool_choice
        && let Some((full, ..)) = renamed.grouped.iter().find(|(_, _, own)| **own == **name)
    {
        *name = full.clone().into();
    }
}
