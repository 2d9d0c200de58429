//! The unified model: what every face and every provider translates to and from.
//!
//! Plain data in the field's standard terms. It knows no vendor and no wire format. Everything borrows from the
//! bytes it was read from where it can. [`vocabulary`] describes these types to the spec compiler.

mod citation;
mod error;
mod json;
pub mod media;
mod message;
mod reasoning;
mod request;
mod response;
mod step;
mod text;
mod tool;
pub mod vocabulary;

pub use citation::{Citation, Grounding, Page, Passage};
pub use error::{ApiError, ErrorKind};
pub use json::Json;
pub use message::{Cache, Message, Part, PartKind, Role, Source};
pub use reasoning::{Effort, Reasoning, ReasoningMode, Switch};
pub use request::{OutputFormat, Request, ServiceTier};
pub use response::{AnswerStatus, Catalog, FinishReason, Model, Response, TokenCount, Usage};
pub use step::Step;
pub use text::Text;
pub use tool::{Tool, ToolChoice, ToolGroup};
