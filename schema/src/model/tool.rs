//! Tools and the choice among them.

use wireloom_macros::Vocabulary;

use super::{Cache, Json, Text};

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq, Vocabulary)]
pub enum Tool<'a> {
    /// A function that the client runs.
    Function {
        /// Its name.
        name: Text<'a>,
        /// What it does, in words for the model.
        description: Option<Text<'a>>,
        /// JSON Schema of its arguments.
        schema: Json<'a>,
        /// The group of tools that it belongs to; elsewhere it is part of the name.
        #[vocabulary(derived)]
        namespace: Option<Text<'a>>,
        /// Whether arguments must fit the schema exactly.
        strict: Option<bool>,
        /// Whether its definition is shown to the model only once it was found by a search.
        deferred: Option<bool>,
        /// A prompt-cache mark.
        cache: Option<Cache<'a>>,
    },
    /// A function whose input is free text. Elsewhere it is a function with one argument.
    #[vocabulary(derived)]
    Custom {
        /// Its name.
        name: Text<'a>,
        /// What it does, in words for the model.
        description: Option<Text<'a>>,
        /// The form of its input, such as a grammar.
        format: Option<Json<'a>>,
    },
    /// A group of functions. Elsewhere its functions carry its name in theirs.
    #[vocabulary(derived)]
    Namespace {
        /// Its name.
        name: Text<'a>,
        /// What it is for, in words for the model.
        description: Option<Text<'a>>,
        /// Its functions.
        tools: Vec<Tool<'a>>,
    },
    /// A search of the web that the vendor runs.
    WebSearch {
        /// How often the model may search.
        max_uses: Option<u64>,
        /// The only hosts that are searched.
        allowed_domains: Vec<Text<'a>>,
        /// Hosts that are not searched.
        blocked_domains: Vec<Text<'a>>,
    },
    /// A tool that the vendor runs, kept verbatim.
    #[vocabulary(native)]
    Native {
        /// The dialect that it belongs to.
        dialect: &'static str,
        /// The tool as that dialect writes it.
        json: Json<'a>,
    },
}

/// Whether and which tool the model is to call.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
pub enum ToolChoice<'a> {
    /// As the model sees fit.
    #[default]
    Auto,
    /// None.
    None,
    /// At least one, whichever.
    Required,
    /// This one.
    Tool {
        /// Its name.
        name: Text<'a>,
    },
}

/// Tools as APIs list them that put all functions into one entry.
#[derive(Clone, Debug, PartialEq, Vocabulary)]
pub enum ToolGroup<'a> {
    /// The functions.
    Functions {
        /// All of them.
        tools: Vec<Tool<'a>>,
    },
    /// A search of the web that the vendor runs.
    WebSearch,
    /// An entry that only its own dialect can express, kept verbatim.
    #[vocabulary(native)]
    Native {
        /// The dialect that it belongs to.
        dialect: &'static str,
        /// The entry as that dialect writes it.
        json: Json<'a>,
    },
}

impl<'a> ToolGroup<'a> {
    /// The groups of some tools, functions first.
    pub fn of(tools: &[Tool<'a>]) -> Vec<Self> {
        let mut functions = Vec::new();
        let mut groups = Vec::new();
        for tool in tools {
            match tool {
                Tool::WebSearch { .. } => groups.push(ToolGroup::WebSearch),
                Tool::Native { dialect, json } => groups.push(ToolGroup::Native { dialect, json: json.clone() }),
                tool => functions.push(tool.clone()),
            }
        }
        if !functions.is_empty() {
            groups.insert(0, ToolGroup::Functions { tools: functions });
        }
        groups
    }

    /// The tools of the group.
    pub fn into_tools(self) -> Vec<Tool<'a>> {
        match self {
            ToolGroup::Functions { tools } => tools,
            ToolGroup::WebSearch => {
                vec![Tool::WebSearch { max_uses: None, allowed_domains: Vec::new(), blocked_domains: Vec::new() }]
            }
            ToolGroup::Native { dialect, json } => vec![Tool::Native { dialect, json }],
        }
    }
}
