//! What a client asks for.

use wireloom_macros::Vocabulary;

use super::{Json, Message, Part, Reasoning, Role, Text, Tool, ToolChoice, ToolGroup};

/// A request for the model's next message.
///
/// `system` stands for the parts of the leading system message: APIs that keep instructions apart place it.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
#[vocabulary(view(messages: Vec<Message>, system: Vec<Part>, tool_groups: Vec<ToolGroup>))]
pub struct Request<'a> {
    /// The model's name at the provider.
    pub model: Text<'a>,
    /// The conversation so far, in order.
    #[vocabulary(skip)]
    pub messages: Vec<Message<'a>>,
    /// The most tokens that the answer may have.
    pub max_tokens: Option<u64>,
    /// Sampling temperature, 0 to 2.
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f64>,
    /// Sample from the so many likeliest tokens.
    pub top_k: Option<u64>,
    /// Penalty on frequent tokens, -2 to 2.
    pub frequency_penalty: Option<f64>,
    /// Penalty on present tokens, -2 to 2.
    pub presence_penalty: Option<f64>,
    /// For reproducible sampling.
    pub seed: Option<i64>,
    /// Texts at which the model stops.
    pub stop: Vec<Text<'a>>,
    /// The tools that the model may call.
    pub tools: Vec<Tool<'a>>,
    /// Whether and which tool it is to call.
    pub tool_choice: Option<ToolChoice<'a>>,
    /// Whether it may call several tools at once.
    pub parallel_tool_calls: Option<bool>,
    /// The form of the answer.
    pub output_format: Option<OutputFormat<'a>>,
    /// How much the model is to think.
    pub reasoning: Option<Reasoning<'a>>,
    /// The end user, for the vendor's abuse detection.
    pub user: Option<Text<'a>>,
    /// The vendor's class of service.
    pub service_tier: Option<ServiceTier>,
    /// Names whoever shares a prompt cache, such as a session. Caches do without.
    #[vocabulary(derived)]
    pub cache_key: Option<Text<'a>>,
    /// An earlier answer, by the vendor's name for it, which the vendor keeps and the conversation continues.
    #[vocabulary(derived)]
    pub previous: Option<Text<'a>>,
    /// Whether the answer is to come event by event.
    pub stream: bool,
    /// Whether the stream is to end with usage, where the protocol leaves the choice.
    pub stream_usage: bool,
    /// Names of top-level fields that the face's dialect does not know.
    #[vocabulary(skip)]
    pub unknown: Vec<Text<'a>>,
}

/// The vendor's class of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Vocabulary)]
pub enum ServiceTier {
    /// As the vendor decides.
    Auto,
    /// The usual one.
    Standard,
    /// Cheaper and slower.
    Flex,
    /// Faster, at another price.
    Priority,
}

impl<'a> Request<'a> {
    /// How many messages at the start are the system's.
    pub fn leading_system(&self) -> usize {
        self.messages.iter().take_while(|message| message.role == Role::System).count()
    }

    /// Takes back what is said of tools if none of them is known in a dialect: a choice among no tools is refused.
    pub fn settle_tools(&mut self, dialect: &str, web_search: bool) {
        let foreign = |tool: &Tool<'_>| match tool {
            Tool::Native { dialect: own, .. } => *own != dialect,
            Tool::WebSearch { .. } => !web_search,
            _ => false,
        };
        if self.tools.iter().all(foreign) {
            self.tool_choice = None;
            self.parallel_tool_calls = None;
        }
    }

    /// The tools as APIs list them that put all functions into one entry.
    pub fn tool_groups(&self) -> Vec<ToolGroup<'a>> {
        ToolGroup::of(&self.tools)
    }

    /// States the tools.
    pub fn set_tool_groups(&mut self, groups: Vec<ToolGroup<'a>>) {
        self.tools = groups.into_iter().flat_map(ToolGroup::into_tools).collect();
    }

    /// States the conversation.
    pub fn set_messages(&mut self, messages: Vec<Message<'a>>) {
        self.messages = messages;
    }

    /// Puts a system message before all others.
    pub fn set_system(&mut self, parts: Vec<Part<'a>>) {
        if !parts.is_empty() {
            self.messages.insert(0, Message { role: Role::System, parts });
        }
    }
}

/// The form that the answer must have.
#[derive(Clone, Debug, PartialEq, Vocabulary)]
pub enum OutputFormat<'a> {
    /// Any text.
    Text,
    /// A JSON object.
    Json,
    /// JSON that fits a schema.
    Schema {
        /// A name for the schema.
        name: Option<Text<'a>>,
        /// What the answer is, in words for the model.
        description: Option<Text<'a>>,
        /// JSON Schema.
        schema: Json<'a>,
        /// Whether the answer must fit exactly.
        strict: Option<bool>,
    },
}
