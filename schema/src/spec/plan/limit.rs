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
