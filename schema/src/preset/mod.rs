//! Presets: configurations with questions, in the form of claude-code-router's manifests.
//!
//! A manifest is a configuration with what it asks of its user (`schema`), the answers (`userValues`), and how they
//! become part of the configuration: as `#{id}` in any string of it or of its `template`, or by `configMappings`.

mod apply;
mod condition;
mod export;
mod input;
mod manifest;
mod path;

pub use apply::Unready;
pub use condition::{Condition, Operator, When};
pub use export::{About, Export, export};
pub use input::{Choice, ChoiceSource, Choices, Input, InputKind, Surroundings};
pub use manifest::{Manifest, Mapping};
