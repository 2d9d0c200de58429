//! Writing: exemplars as templates. What is constant is folded into literal text, values go in between.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    model::vocabulary::Ty,
    spec::{
        hole::Literal,
        plan::{Codec, Hole, ObjectPattern, Pattern, TextPiece, is_words},
    },
};

use super::{
    Module,
    access::{Access, Names},
    condition::Condition,
    name::{ident, snake},
    parts::is_one_text,
};

enum Op {
    Literal(String),
    Code(TokenStream),
}

/// What is known of the commas of the object being written.
#[derive(Clone, Copy, PartialEq)]
enum Commas {
    First,
    Later,
    Unknown,
}

/// A template in the making.
pub(super) struct Template<'m> {
    pub(super) module: &'m Module<'m>,
    pub(super) names: Names,
    ops: Vec<Op>,
}

impl<'m> Template<'m> {
    pub(super) fn new(module: &'m Module<'m>, names: Names) -> Self {
        Self { module, names, ops: Vec::new() }
    }

    /// The statements, with neighbouring literals folded into one.
    pub(super) fn finish(self) -> TokenStream {
        let mut out = TokenStream::new();
        let mut pending = String::new();
        for op in self.ops {
            match op {
                Op::Literal(text) => pending.push_str(&text),
                Op::Code(code) => {
                    if !pending.is_empty() {
                        let text = std::mem::take(&mut pending);
                        out.extend(quote!(w.raw(#text);));
                    }
                    out.extend(code);
                }
            }
        }
        if !pending.is_empty() {
            out.extend(quote!(w.raw(#pending);));
        }
        out
    }

    pub(super) fn literal(&mut self, text: impl Into<String>) {
        self.ops.push(Op::Literal(text.into()));
    }

    fn code(&mut self, code: TokenStream) {
        self.ops.push(Op::Code(code));
    }

    /// A whole exemplar; first, what has no place in it is noted as lost.
    pub(super) fn exemplar(&mut self, pattern: &Pattern) {
        for hole in pattern.holes() {
            let fits = if is_one_text(hole, &self.names) { quote!(has_words) } else { quote!(fits_part) };
            if let Some(parts) = self.module.selected(hole, &self.names) {
                self.code(quote!(w.lose_unfit(#parts, #fits);));
            }
        }
        self.value(pattern);
    }

    /// A pattern that is known to be there.
    pub(super) fn value(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Constant(literal, _) => self.literal(literal.json().unwrap_or_default()),
            Pattern::EmptyList => self.literal("[]"),
            Pattern::Interpolation(pieces, _) => self.interpolation(pieces),
            Pattern::Written(pattern) => self.value(pattern),
            Pattern::List(element, _) => {
                self.literal("[");
                match gathered(element) {
                    Some(hole) => self.unless_empty(hole, element),
                    None => self.value(element),
                }
                self.literal("]");
            }
            Pattern::Object(object) => {
                self.literal("{");
                self.entries(object);
                self.literal("}");
            }
            Pattern::Hole(hole) => self.hole(hole),
        }
    }

    fn interpolation(&mut self, pieces: &[TextPiece]) {
        self.literal("\"");
        for piece in pieces {
            match piece {
                TextPiece::Text(text) => {
                    let quoted = serde_json::Value::from(text.as_str()).to_string();
                    self.literal(&quoted[1..quoted.len() - 1]);
                }
                TextPiece::Hole(hole) => {
                    let write = match hole.ty() {
                        Ty::Unsigned => quote!(w.unsigned(value);),
                        _ => quote!(w.inside(value);),
                    };
                    match self.module.access(hole, &self.names) {
                        Access::Always(value) => self.code(quote!({ let value = #value; #write })),
                        Access::Optional(value) => self.code(quote!(if let Some(value) = #value { #write })),
                        _ => {}
                    }
                }
            }
        }
        self.literal("\"");
    }

    /// The entries of an object, without its braces.
    pub(super) fn entries(&mut self, object: &ObjectPattern) {
        let mut commas = Commas::First;
        if let Some(hole) = &object.spread {
            let write = format_ident!("write_{}_keys", snake(type_name(hole)));
            let value = quote!(#write(value, w););
            let written = self.with_default(hole, value, |default| {
                let default = self.default_value(hole, default)?;
                Some(quote!(#write(&#default, w);))
            });
            self.code(written);
            commas = Commas::Unknown;
        }
        for (key, pattern) in &object.entries {
            let quoted = serde_json::Value::from(key.as_str()).to_string();
            let prefix = match commas {
                Commas::First => format!("{quoted}:"),
                _ => format!(",{quoted}:"),
            };
            match self.condition(pattern) {
                None => {
                    match commas {
                        Commas::Unknown => {
                            self.code(quote!(w.comma();));
                            self.literal(format!("{quoted}:"));
                        }
                        _ => self.literal(prefix),
                    }
                    self.value(pattern);
                    commas = Commas::Later;
                }
                Some(condition) => {
                    let mut inner = Template::new(self.module, self.names.clone());
                    match commas {
                        Commas::Unknown => {
                            inner.code(quote!(w.comma();));
                            inner.literal(format!("{quoted}:"));
                        }
                        _ => inner.literal(prefix),
                    }
                    match (pattern, &condition) {
                        (Pattern::Hole(hole), Condition::Value(_)) => inner.bare_value(hole),
                        _ => inner.value(pattern),
                    }
                    let body = inner.finish();
                    self.code(match condition {
                        Condition::Value(test) => quote!(if #test { #body }),
                        Condition::Any(test) => quote!(if #test { #body }),
                        Condition::Never => quote!(),
                    });
                    if commas == Commas::First {
                        commas = Commas::Unknown;
                    }
                }
            }
        }
    }

    /// The one element of a list that gathers text, unless there is none.
    fn unless_empty(&mut self, hole: &Hole, element: &Pattern) {
        let mut inner = Template::new(self.module, self.names.clone());
        inner.value(element);
        let body = inner.finish();
        match self.module.access(hole, &self.names) {
            Access::Always(value) => self.code(quote!(if !#value.is_empty() { #body })),
            Access::Optional(value) => self.code(quote!(if #value.is_some_and(|text| !text.is_empty()) { #body })),
            _ => {}
        }
    }

    /// A hole, with its default where the value is absent.
    fn hole(&mut self, hole: &Hole) {
        let written = self.bare(hole);
        let code = self.with_default(hole, written, |default| match default.json() {
            Some(json) if !matches!((default, hole.ty()), (Literal::EmptyObject, Ty::Named(_))) => {
                Some(quote!(w.raw(#json);))
            }
            _ => {
                let value = self.default_value(hole, default)?;
                let write = format_ident!("write_{}", snake(type_name(hole)));
                Some(quote!(#write(&#value, w);))
            }
        });
        self.code(code);
    }

    /// Code that writes `value` if it is there, else the default.
    fn with_default(
        &self,
        hole: &Hole,
        written: TokenStream,
        default: impl Fn(&Literal) -> Option<TokenStream>,
    ) -> TokenStream {
        let otherwise = hole.default.as_ref().and_then(default);
        let fits = self.fits(hole, quote!(value)).map(|fits| quote!(&& #fits));
        match self.module.access(hole, &self.names) {
            Access::Always(value) => quote!({ let value = #value; #written }),
            Access::Optional(value) => quote!(if let Some(value) = #value #fits { #written } else { #otherwise }),
            Access::Flag(value) => quote!({ let value = &#value; #written }),
            Access::List(value) => quote!(if !#value.is_empty() { #written } else { #otherwise }),
            Access::Parts(parts) => match otherwise {
                Some(otherwise) => quote!(if #parts.next().is_some() { #written } else { #otherwise }),
                None => written,
            },
            Access::Messages => written,
            Access::Never => quote!(#otherwise),
        }
    }

    fn default_value(&self, hole: &Hole, default: &Literal) -> Option<TokenStream> {
        let ty = ident(type_name(hole));
        match default {
            Literal::Word(word) => {
                let spelling = self.module.plan.spelling(type_name(hole))?;
                let rust = ident(spelling.ty.variants().iter().find(|variant| variant.name == word)?.rust);
                Some(quote!(#ty::#rust))
            }
            _ => Some(quote!(#ty::default())),
        }
    }

    /// A value whose presence was tested outside, where it was named `value` if it is optional.
    fn bare_value(&mut self, hole: &Hole) {
        let code = self.bare(hole);
        self.code(code);
    }

    /// Code that writes `value`.
    fn bare(&self, hole: &Hole) -> TokenStream {
        match self.module.access(hole, &self.names) {
            Access::Parts(parts) => return self.module.write_parts(hole, parts, &self.names),
            Access::List(value) => return self.list(hole, value),
            Access::Messages => {
                return match (&self.names, self.module.places_system()) {
                    (Names::Record("response"), _) => quote!(write_messages(&response.messages(), Some(response), w);),
                    (_, true) => quote!(write_messages(&request.messages[request.leading_system()..], None, w);),
                    (_, false) => quote!(write_messages(&request.messages, None, w);),
                };
            }
            Access::Flag(value) if hole.codec == Some(Codec::Word) => {
                let quoted = |word: &String| serde_json::Value::from(word.as_str()).to_string();
                let words: Vec<String> = hole.words.iter().map(quoted).collect();
                return match &words[..] {
                    [word, other] => quote!(w.raw(if #value { #word } else { #other });),
                    words => quote!(#(w.raw(#words);)*),
                };
            }
            Access::Flag(_) => {
                return if hole.codec == Some(Codec::Not) { quote!(w.raw("false");) } else { quote!(w.raw("true");) };
            }
            _ => {}
        }
        match (hole.codec, hole.ty()) {
            (Some(Codec::Not), _) => quote!(w.boolean(!*value);),
            (Some(Codec::JsonText), _) => quote!(w.embedded(value);),
            (Some(Codec::Detailed), _) => quote!(w.raw(value);),
            (Some(Codec::AudioSubtype), _) => quote!(w.string(subtype(value));),
            (Some(Codec::Ending), _) => quote!(w.string(media::ending_of(value));),
            (_, ty) if is_words(ty) => {
                let text = format_ident!("text_of_{}", snake(type_name(hole)));
                let note = self.module.note_degraded(type_name(hole));
                quote!(#note w.raw(#text(*value).unwrap_or("null"));)
            }
            (_, Ty::Named(name)) => {
                let write = format_ident!("write_{}", snake(name));
                quote!(#write(value, w);)
            }
            (_, Ty::Text) => quote!(w.string(value);),
            // Where arguments are JSON, they are an object.
            (_, Ty::Json) if hole.field.name == "arguments" => quote!(w.object(value, "tool_call.arguments");),
            (_, Ty::Json) => quote!(w.json(value);),
            (_, Ty::Unsigned) => quote!(w.unsigned(value);),
            (_, Ty::Signed) => quote!(w.signed(value);),
            (_, Ty::Number) => quote!(w.number(value);),
            (_, Ty::Bool) => quote!(w.boolean(*value);),
            (_, Ty::List(_)) => quote!(),
        }
    }

    fn list(&self, hole: &Hole, list: TokenStream) -> TokenStream {
        let Ty::List(element) = hole.ty() else { return quote!() };
        let each = match element {
            Ty::Named(name) => {
                let write = format_ident!("write_{}", snake(name));
                let each = quote!(w.comma(); #write(value, w););
                match self.module.element_fits(hole) {
                    Some(fits) => quote!(if w.fits(#fits(value)) { #each }),
                    None => each,
                }
            }
            Ty::Unsigned => quote!(w.comma(); w.unsigned(value);),
            _ => quote!(w.comma(); w.string(value);),
        };
        let whole = quote!(w.raw("["); for value in #list.iter() { #each } w.raw("]"););
        match hole.codec {
            Some(Codec::OneOrMany) => quote!(if let [value] = &#list[..] { w.string(value); } else { #whole }),
            _ => whole,
        }
    }
}

/// The hole of a list's element that gathers the text of all elements.
pub(super) fn gathered(element: &Pattern) -> Option<&Hole> {
    element.holes().into_iter().find(|hole| hole.codec == Some(Codec::Gathered))
}

/// The name of the type that a hole holds.
fn type_name(hole: &Hole) -> &'static str {
    match hole.ty() {
        Ty::Named(name) => name,
        _ => "",
    }
}
