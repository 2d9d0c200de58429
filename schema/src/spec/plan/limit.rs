//! Bounds on what a request may say.

use crate::model::vocabulary::Field;

/// Bounds on one value of a request.
#[derive(Clone, Debug)]
pub struct Limit {
    /// The value.
    pub field: &'static Field,
    /// The view of the value, where it is not the value itself that is bounded.
    pub view: Option<&'static Field>,
    /// The smallest; of words, the place in their order.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// Whether zero is sent as it is, for it is a word of its own.
    pub off: bool,
    /// The most elements.
    pub most: Option<usize>,
}

/// What a request is fitted to before it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demands {
    /// Names of tool calls.
    pub call_id: Option<TextLimit>,
    /// How the name of the user is spelled.
    pub user: Option<TextLimit>,
    /// Titles of documents.
    pub title: Option<TextLimit>,
    /// Media types of images; any, if empty.
    pub images: Vec<String>,
    /// Media types of documents; any, if empty.
    pub documents: Vec<String>,
    /// Whether a search of the web is taken only where there are no functions.
    pub search_alone: bool,
    /// Whether the model must be left to choose whether it calls a tool.
    pub choice_free: bool,
    /// Whether how much the model thinks is said by a budget alone.
    pub budgets_alone: bool,
    /// Names of tools.
    pub tool_name: Option<TextLimit>,
    /// JSON Schemas of tools.
    pub tool_schema: Option<SchemaLimit>,
    /// JSON Schemas of answers.
    pub format_schema: Option<SchemaLimit>,
    /// The most prompt-cache marks.
    pub cache_marks: Option<usize>,
    /// Whether the user must speak first.
    pub user_first: bool,
    /// Whether the user must speak last.
    pub user_last: bool,
}

/// What is taken of JSON Schema, as [`crate::subset::Subset`] says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaLimit {
    /// The keywords that are taken; all, if there are none.
    pub takes: Vec<String>,
    /// Keywords that are refused.
    pub refuses: Vec<String>,
    /// The words of `format` that are taken; all, if there are none.
    pub formats: Vec<String>,
    /// Whether references must be written out.
    pub inline: bool,
    /// Whether the whole must be an object's schema.
    pub object: bool,
    /// Whether that must say which properties, be it none.
    pub properties: bool,
    /// Whether a strict schema must close its objects and require all their properties.
    pub closed: bool,
}

/// Which texts may be a name. Sets of characters have a bit for each of ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimit {
    /// The characters that may stand in it.
    pub chars: u128,
    /// Those that may stand first.
    pub first: u128,
    /// The fewest.
    pub least: usize,
    /// The most.
    pub most: usize,
}
