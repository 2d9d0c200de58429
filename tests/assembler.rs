//! The assembling of streamed answers: what a client sees of what upstreams send.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "assembler/answers.rs"]
mod answers;
#[path = "assembler/bounds.rs"]
mod bounds;
#[path = "assembler/calls.rs"]
mod calls;
#[path = "assembler/law.rs"]
mod law;
#[path = "assembler/properties.rs"]
mod properties;
#[path = "assembler/steps.rs"]
mod steps;

use wireloom::wire::assembler::Assembler;
use wireloom_schema::model::Step;

use law::Law;

/// Expects a client to see this of a stream that ends in good order.
#[track_caller]
fn expect<'a>(steps: impl IntoIterator<Item = Step<'a>>, log: &[&str]) -> (Assembler, Law) {
    let mut assembler = Assembler::new();
    let law = Law::of(&mut assembler, steps.into_iter().chain([Step::End]));
    assert_eq!(law.log, log);
    (assembler, law)
}
