//! Bounds on what a request may say.

use crate::model::vocabulary::Field;

/// Bounds on one value of a request.
#[derive(Clone, Debug)]
pub struct Limit {
    /// The value.
    pub field: &'static Field,
    /// The smallest.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// The most elements.
    pub most: Option<usize>,
}

/// What a request is fitted to before it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demands {
    /// Names of tool calls.
    pub call_id: Option<TextLimit>,
    /// Names of tools.
    pub tool_name: Option<TextLimit>,
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
