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
        /// Whether arguments must fit the schema exactly.
        strict: Option<bool>,
        /// Whether its definition is shown to the model only once it was found by a search.
        deferred: Option<bool>,
        /// A prompt-cache mark.
        cache: Option<Cache<'a>>,
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
