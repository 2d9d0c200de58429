//! Rust names for what specs name.

use proc_macro2::{Ident, Span};
use quote::format_ident;

use crate::spec::plan::Plan;

/// `tool_call` or `input_audio.data` as `ToolCall`, `InputAudioData`.
pub(super) fn camel(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// `FinishReason`, `finishReason` or `x-y` as `finish_reason`, `x_y`.
pub(in crate::spec) fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        match letter {
            _ if !letter.is_ascii_alphanumeric() => out.push('_'),
            _ if letter.is_ascii_uppercase() => {
                if !out.is_empty() && !out.ends_with('_') {
                    out.push('_');
                }
                out.push(letter.to_ascii_lowercase());
            }
            _ => out.push(letter),
        }
    }
    out
}

/// The declared shape of a type or of a place in it.
pub(super) fn shape_ident(name: &str) -> Ident {
    format_ident!("{name}Shape")
}

/// The field for a key; two keys that differ only in their spelling get the same name, which the check refuses.
pub(super) fn field_ident(key: &str) -> Ident {
    let name = snake(key);
    let name =
        if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() { format!("key_{name}") } else { name };
    match name.as_str() {
        "place" | "unknown" | "self" | "super" | "crate" => format_ident!("{name}_key"),
        _ => syn::parse_str::<Ident>(&name).unwrap_or_else(|_| Ident::new_raw(&name, Span::call_site())),
    }
}

/// A name of the vocabulary as a Rust identifier.
pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// A local's name: not a keyword, and none of the names that generated code uses itself.
pub(super) fn local(name: &str) -> String {
    let taken = ["cx", "shape", "record", "parts", "messages", "sink", "w", "last"].contains(&name);
    if taken || syn::parse_str::<Ident>(name).is_err() { format!("{name}_") } else { name.to_owned() }
}

/// The module of a spec: a dialect and a provider may have one name.
pub(super) fn module(plan: &Plan) -> String {
    if plan.is_provider { snake(&plan.name) } else { format!("{}_dialect", snake(&plan.name)) }
}
