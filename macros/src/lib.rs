//! The derives behind wireloom's declarations.
//!
//! [`Vocabulary`] tells the spec compiler what a unified type is made of, so that checker, JSON Schema
//! and run time cannot drift apart. [`Shape`] turns a declaration that the spec compiler wrote into a
//! reader that borrows, takes keys in any order and never buffers.

use proc_macro::TokenStream;

mod attribute;
mod shape;
mod vocabulary;

/// Exports a unified type's name, variants, fields and documentation as a constant `Type`.
///
/// Structs become records, enums without fields become words, enums with named fields become unions.
/// A view, `#[vocabulary(view(name: Type))]`, is a pair of methods `name` and `set_name`. Variants marked
/// `#[vocabulary(native)]` are filled by the machinery and have no spelling.
#[proc_macro_derive(Vocabulary, attributes(vocabulary))]
pub fn vocabulary(input: TokenStream) -> TokenStream {
    vocabulary::derive(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Implements `Deserialize` for a declared wire shape.
///
/// A struct is an object: `#[shape(key = "…")]` names each field's key (`other = "…"` a second name for it), all of them optional, unknown keys
/// passed over; a field marked `#[shape(place)]` remembers where the object stands in its text, one marked
/// `#[shape(unknown)]` collects the names of unknown keys. An enum is a choice by JSON kind: its variants are
/// marked `text`, `number`, `list` or `object`.
#[proc_macro_derive(Shape, attributes(shape))]
pub fn shape(input: TokenStream) -> TokenStream {
    shape::derive(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
