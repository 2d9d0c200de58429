//! Where a template's values come from, and whether they are there.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::{
    model::vocabulary::{Field, Ty, Variant},
    spec::plan::{Codec, Hole},
};

use super::{Module, name::ident, parts::is_one_text};

/// Where a template's values come from.
#[derive(Clone)]
pub(super) enum Names {
    /// Fields and methods of a record in a local.
    Record(&'static str),
    /// The fields of a variant, each a local reference; `head` has what every frame tells.
    Variant(Vec<&'static str>),
    /// The parts of a message, an iterator in `parts`: who speaks, and the message's name in the spec.
    Message(&'static str, String),
    /// Text that another kind of part degrades to, in `words`.
    Words,
}

impl Names {
    /// The fields of a variant.
    pub(super) fn of_variant(variant: &Variant) -> Self {
        Names::Variant(variant.fields.iter().map(|field| field.name).collect())
    }
}

/// A value and whether it is there.
pub(super) enum Access {
    /// An expression of type `&T`.
    Always(TokenStream),
    /// An expression of type `Option<&T>`.
    Optional(TokenStream),
    /// An expression of type `bool`, whose false is absence.
    Flag(TokenStream),
    /// An expression with `iter()`.
    List(TokenStream),
    /// An iterator over parts.
    Parts(TokenStream),
    /// The conversation.
    Messages,
    /// Not in this scope.
    Never,
}

impl Module<'_> {
    /// The parts of the kinds that a hole stands for, whether or not they have a place there.
    pub(super) fn selected(&self, hole: &Hole, names: &Names) -> Option<TokenStream> {
        let (all, mask) = self.offered(hole, names)?;
        Some(quote!(select(#all, #mask)))
    }

    /// The parts among which a hole stands for some, and the kinds of these.
    fn offered(&self, hole: &Hole, names: &Names) -> Option<(TokenStream, TokenStream)> {
        let name = ident(hole.field.name);
        let is_parts = hole.field.ty == Ty::List(&Ty::Named("Part"));
        let all = match names {
            Names::Message(..) if hole.field.name == "parts" => quote!(parts.clone()),
            Names::Variant(fields) if is_parts && fields.contains(&hole.field.name) => quote!(#name.iter()),
            Names::Record(_) if hole.field.name == "system" => {
                quote!(leading(request))
            }
            Names::Record(record) if is_parts => {
                let record = ident(record);
                quote!(#record.#name.iter())
            }
            _ => return None,
        };
        Some((all, self.mask(hole, names)))
    }

    /// How a value is had, and whether it is there.
    pub(super) fn access(&self, hole: &Hole, names: &Names) -> Access {
        if let Some((all, mask)) = self.offered(hole, names) {
            return Access::Parts(match is_one_text(hole, names) {
                true if hole.codec == Some(Codec::Detailed) => quote!(fitting(#all, #mask, has_detail)),
                true => quote!(select(#all, #mask)),
                false => quote!(fitting(#all, #mask, fits_part)),
            });
        }
        let field = &hole.field;
        let name = ident(field.name);
        match names {
            Names::Record(record) => self.record_access(hole, &ident(record)),
            Names::Words if field.name == "text" => Access::Always(quote!(words)),
            Names::Variant(fields) if fields.contains(&field.name) => match field.ty {
                Ty::List(_) => Access::List(quote!(#name)),
                _ if field.optional => Access::Optional(quote!(#name.as_ref())),
                Ty::Bool => Access::Flag(quote!(*#name)),
                _ => Access::Always(quote!(#name)),
            },
            // What is known of the answer that a frame or a wire message is part of.
            Names::Variant(_) | Names::Message(..) if field.name == "response" => Access::Optional(match hole.inner {
                Some(inner) if inner.view => {
                    let name = ident(inner.name);
                    quote!(answer.and_then(|answer| answer.#name()).as_ref())
                }
                Some(inner) => {
                    let name = ident(inner.name);
                    quote!(answer.and_then(|answer| answer.#name.as_ref()))
                }
                None => quote!(answer),
            }),
            Names::Variant(_) if field.name == "frame" => Access::Always(quote!(&w.next_frame())),
            Names::Variant(_) | Names::Message(..) if field.name == "index" => Access::Always(quote!(&number)),
            _ => Access::Never,
        }
    }

    fn record_access(&self, hole: &Hole, record: &Ident) -> Access {
        let field = &hole.field;
        let name = ident(field.name);
        if field.name == "messages" {
            return Access::Messages;
        }
        if let Some(inner) = hole.inner {
            let inner_name = ident(inner.name);
            return Access::Optional(match inner.view {
                true => {
                    let viewed = self.viewed(hole, &inner, quote!(value));
                    quote!(#record.#name.as_ref().and_then(|value| #viewed).as_ref())
                }
                false => quote!(#record.#name.as_ref().and_then(|value| value.#inner_name.as_ref())),
            });
        }
        match field.ty {
            Ty::List(_) if field.view => Access::List(quote!(#record.#name())),
            _ if field.view => Access::Optional(quote!(#record.#name().as_ref())),
            Ty::List(_) => Access::List(match self.limit(field.name).and_then(|limit| limit.most) {
                Some(most) => quote!(w.at_most(&#record.#name, #most, stringify!(#name))),
                None => quote!(#record.#name),
            }),
            _ if field.optional => {
                let bounded = self.limit(field.name).filter(|limit| limit.min.is_some() || limit.max.is_some());
                Access::Optional(match bounded {
                    Some(limit) => {
                        let (min, max) = (limit.min.unwrap_or(f64::MIN), limit.max.unwrap_or(f64::MAX));
                        let label = field.name;
                        match field.ty {
                            Ty::Unsigned => {
                                quote!(#record.#name.map(|value| w.bounded(value as f64, #min, #max, #label) as u64).as_ref())
                            }
                            Ty::Signed => {
                                quote!(#record.#name.map(|value| w.bounded(value as f64, #min, #max, #label) as i64).as_ref())
                            }
                            _ => quote!(#record.#name.map(|value| w.bounded(value, #min, #max, #label)).as_ref()),
                        }
                    }
                    None => quote!(#record.#name.as_ref()),
                })
            }
            Ty::Bool => Access::Flag(quote!(#record.#name)),
            _ => Access::Always(quote!(&#record.#name)),
        }
    }
}

/// Whether a field has something in it, given a reference to it.
pub(super) fn is_set(field: &Field, place: TokenStream) -> Option<TokenStream> {
    match field.ty {
        _ if field.optional => Some(quote!(#place.is_some())),
        Ty::Bool => Some(quote!(#place)),
        Ty::List(_) => Some(quote!(!#place.is_empty())),
        Ty::Text => Some(quote!(!#place.is_empty())),
        _ => None,
    }
}
