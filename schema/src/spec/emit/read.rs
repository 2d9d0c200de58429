//! Reading: exemplars as patterns. Each type gets a shape and a function from the shape to the unified value.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    model::vocabulary::{Field, Ty, Variant},
    spec::{
        hole::Literal,
        leaf::{Condition, Content, Leaf, Path, Step, known_keys, leaves, tell_apart, union_exemplars},
        plan::{Codec, Form, Hole, Plan, SPEECH, SpelledVariant, Spelling, kinds_of},
    },
};

use super::{
    Module,
    name::{camel, ident, shape_ident, snake},
    shape::{Locals, Manner, Shape, Side, leaf_shape},
    types::generics,
};

impl Module<'_> {
    /// All readers of a type.
    pub(super) fn read_type(&mut self, spelling: &Spelling) {
        match &spelling.form {
            Form::Words(words) => self.read_words(spelling, words),
            Form::Record(pattern) => self.read_record(spelling, &leaves(pattern, false, &[])),
            Form::Union(variants) if spelling.ty.name == "Step" => self.read_steps(spelling, variants),
            Form::Union(variants) => self.read_union(spelling, variants),
        }
    }

    /// Declares the shape of some leaves under a name.
    pub(super) fn declare(
        &mut self,
        name: &str,
        needed: &[(Path, Shape)],
        spelling_origin: &crate::document::Origin,
        manner: &Manner,
    ) -> Shape {
        let shape = Shape::of_leaves(needed.iter().map(|(path, shape)| (path, shape.clone())));
        // The check has refused contradictions before anything is emitted.
        let shape = shape.ok().flatten().unwrap_or(Shape::Object(Vec::new()));
        let mut declarations = Vec::new();
        shape.declare(name, manner, self.plan.either_case, true, &mut declarations);
        for (name, tokens) in declarations {
            self.item(name, spelling_origin, tokens);
        }
        shape
    }

    fn read_record(&mut self, spelling: &Spelling, leaves: &[Leaf<'_>]) {
        let name = spelling.ty.name;
        let needed = self.needed(leaves, &[]);
        let is_request = name == "Request";
        let manner = match &spelling.form {
            Form::Record(pattern) if is_request => Manner::NamesUnknown { passed: known_keys([], [pattern]) },
            _ => Manner::Strict,
        };
        let shape = self.declare(name, &needed, &spelling.origin, &manner);
        let unknown = is_request.then(|| quote!(let unknown = std::mem::take(&mut shape.unknown);));
        let binding = if is_request { quote!(mut shape) } else { quote!(shape) };
        let locals = Locals::of(&shape, name, quote!(shape), "", &Vec::new());
        let mut assignments = Vec::new();
        for field in spelling.ty.fields() {
            let of_field = leaves
                .iter()
                .filter(|leaf| matches!(&leaf.content, Content::Hole(hole) if hole.field.name == field.name));
            assignments.extend(self.assign(field, &of_field.collect::<Vec<_>>(), &locals));
        }
        let (function, ident, ty, statements) =
            (format_ident!("read_{}", snake(name)), shape_ident(name), ident(name), &locals.statements);
        let generics = generics(spelling);
        let keep_unknown = is_request.then(|| quote!(record.unknown = unknown.0;));
        self.item(
            function.to_string(),
            &spelling.origin,
            quote! {
                pub(crate) fn #function<'a>(#binding: #ident<'a>, cx: &Reading<'a>) -> Option<#ty #generics> {
                    #unknown
                    #(#statements)*
                    let mut record = #ty::default();
                    #(#assignments)*
                    #keep_unknown
                    Some(record)
                }
            },
        );
    }

    /// Puts what was read of a field into the record. Several places for one field: the first that has something.
    fn assign(&self, field: &Field, leaves: &[&Leaf<'_>], locals: &Locals) -> Vec<TokenStream> {
        let name = ident(field.name);
        let holes = || {
            leaves.iter().filter_map(|leaf| match &leaf.content {
                Content::Hole(hole) => Some((*leaf, *hole)),
                _ => None,
            })
        };
        if field.name == "messages" {
            let read = holes().map(|(leaf, hole)| {
                let (list, text) = (locals.at(&leaf.path, Side::List), locals.at(&leaf.path, Side::Text));
                let said = (hole.codec == Some(Codec::TextOrList)).then(|| quote!(messages.extend(#text.map(said));));
                quote! {
                    let (mut messages, mut last) = (Vec::new(), None);
                    for message in #list.unwrap_or_default() {
                        read_message(message, cx, &mut messages, &mut last);
                    }
                    #said
                    record.set_messages(messages);
                }
            });
            return read.collect();
        }
        if field.ty == Ty::List(&Ty::Named("Part")) {
            let mut ordered: Vec<_> = holes().collect();
            ordered.sort_by_key(|(_, hole)| self.speech_rank(hole));
            let extended = ordered.iter().filter_map(|(leaf, hole)| self.parts_value(leaf, hole, locals));
            return match field.name {
                "system" => extended.map(|value| quote!(record.set_system(#value);)).collect(),
                _ => extended.map(|value| quote!(record.#name.extend(#value);)).collect(),
            };
        }
        let mut assignments = Vec::new();
        let mut inners: Vec<Option<Field>> = holes().map(|(_, hole)| hole.inner).collect();
        inners.dedup_by_key(|inner| inner.map(|inner| inner.name));
        for inner in inners {
            let values = holes().filter(|(_, hole)| hole.inner.map(|i| i.name) == inner.map(|i| i.name));
            let values: Vec<_> = values.filter_map(|(leaf, hole)| self.value(leaf, hole, locals)).collect();
            let Some((first, others)) = values.split_first() else { continue };
            let value = quote!(#first #(.or_else(|| #others))*);
            assignments.push(match (inner, field) {
                (Some(inner), _) if inner.view => {
                    let set = format_ident!("set_{}", inner.name);
                    quote!(if let Some(value) = #value { record.#name.get_or_insert_default().#set(value); })
                }
                (Some(inner), _) => {
                    let inner = ident(inner.name);
                    quote!(if let Some(value) = #value { record.#name.get_or_insert_default().#inner = Some(value); })
                }
                (None, field) if field.view => {
                    let set = format_ident!("set_{}", field.name);
                    quote!(if let Some(value) = #value { record.#set(value); })
                }
                (None, field) if field.optional => quote!(record.#name = #value;),
                _ => quote!(record.#name = #value.unwrap_or_default();),
            });
        }
        assignments
    }

    fn speech_rank(&self, hole: &Hole) -> usize {
        let order: Vec<&str> = SPEECH.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect();
        let assistant = kinds_of("assistant");
        hole.kinds.first().and_then(|kind| assistant.iter().position(|known| known == kind)).unwrap_or(order.len())
    }

    pub(super) fn needed(&self, leaves: &[Leaf<'_>], conditions: &[Condition]) -> Vec<(Path, Shape)> {
        needed(self.plan, leaves, conditions)
    }

    fn read_union(&mut self, spelling: &Spelling, variants: &[SpelledVariant]) {
        let name = spelling.ty.name;
        let (spelled, exemplars): (Vec<_>, Vec<_>) = union_exemplars(variants).into_iter().unzip();
        let Ok((order, conditions)) = tell_apart(&exemplars) else { return };
        let all: Vec<Condition> = conditions.concat();
        let needed: Vec<_> = exemplars.iter().flat_map(|leaves| self.needed(leaves, &all)).collect();
        let is_open = spelling.ty.variants().iter().any(|variant| variant.native);
        let manner = match is_open {
            true => {
                let of_messages = self.plan.messages.iter().filter(|_| name == "Part").flat_map(|entry| &entry.parts);
                let patterns = variants.iter().chain(of_messages).flat_map(SpelledVariant::read);
                Manner::Loose { passed: known_keys(exemplars.iter().flatten(), patterns) }
            }
            false => Manner::Strict,
        };
        let shape = self.declare(name, &needed, &spelling.origin, &manner);
        let locals = Locals::of(&shape, name, quote!(shape), "", &Vec::new());
        let (ident_shape, ty, statements) = (shape_ident(name), ident(name), &locals.statements);
        let generics = generics(spelling);
        let arms = order.iter().map(|&index| {
            let tests = conditions[index].iter().map(|condition| self.test(condition, &locals));
            let built = self.build(spelling, spelled[index].variant, &exemplars[index], &locals);
            let tests: Vec<_> = tests.collect();
            let test = if tests.is_empty() { quote!(true) } else { quote!(#(#tests)&&*) };
            quote!(if #test { return Some(#built); })
        });
        let known = format_ident!("known_{}", snake(name));
        let arms: Vec<_> = arms.collect();
        self.item(
            known.to_string(),
            &spelling.origin,
            quote! {
                fn #known<'a>(shape: #ident_shape<'a>, cx: &Reading<'a>) -> Option<#ty #generics> {
                    #(#statements)*
                    #(#arms)*
                    None
                }
            },
        );
        let has_native = is_open && matches!(shape, Shape::Object(_));
        let owner = snake(name);
        let function = format_ident!("read_{}", snake(name));
        let dialect = &self.plan.dialect;
        let body = match has_native {
            true => quote! {
                let mut shape = shape;
                let (place, before, odd) = (shape.place, cx.unknown(), shape.odd);
                let keys = std::mem::take(&mut shape.unknown);
                if !odd && let Some(known) = #known(shape, cx) {
                    cx.note_unknown_keys(#owner, keys);
                    return Some(known);
                }
                let json = place.object(cx.input)?;
                cx.forget_since(before);
                Some(#ty::Native { dialect: #dialect, json })
            },
            false => quote! {
                let known = #known(shape, cx);
                if known.is_none() {
                    cx.note_unknown(#name, "");
                }
                known
            },
        };
        self.item(function.to_string(), &spelling.origin, quote! {
            pub(crate) fn #function<'a>(shape: #ident_shape<'a>, cx: &Reading<'a>) -> Option<#ty #generics> { #body }
        });
        for kind in self.lone_kinds(name) {
            if let Some(index) = spelled.iter().position(|spelled| spelled.variant.name == kind) {
                let function = format_ident!("read_{}_{}", snake(name), kind);
                let built = self.build(spelling, spelled[index].variant, &exemplars[index], &locals);
                self.item(function.to_string(), &spelling.origin, quote! {
                    pub(crate) fn #function<'a>(shape: #ident_shape<'a>, cx: &Reading<'a>) -> Option<#ty #generics> {
                        let build = move || {
                            #(#statements)*
                            Some(#built)
                        };
                        build().or_else(|| {
                            cx.note_unknown(#kind, "");
                            None
                        })
                    }
                });
            }
        }
    }

    /// Whether documents or recordings are only written, because they look like images.
    fn has_written_media(&self) -> bool {
        let written = |kind: &str| {
            let spelled = self.plan.spelling("Part").and_then(|spelling| spelling.variant(kind));
            spelled.is_some_and(|spelled| spelled.pattern.is_only_written())
        };
        written("document") || written("audio")
    }

    /// Kinds that stand alone in a list of their own: there, nothing needs to tell them from others.
    fn lone_kinds(&self, name: &str) -> BTreeSet<&'static str> {
        let mut found = BTreeSet::new();
        if name == "Part" {
            self.each_read_hole(&mut |hole| {
                if let ([kind], None) = (hole.kinds.as_slice(), hole.codec) {
                    found.insert(*kind);
                }
            });
        }
        found
    }

    /// A condition as an expression.
    pub(super) fn test(&self, condition: &Condition, locals: &Locals) -> TokenStream {
        let local = locals.at(condition.path(), Side::Text);
        match condition {
            Condition::Equals(_, Literal::Bool(value)) => quote!(#local == Some(#value)),
            Condition::Equals(_, literal) => {
                let text = match literal {
                    Literal::Text(text) => text.clone(),
                    other => other.json().unwrap_or_default(),
                };
                quote!(#local.as_deref() == Some(#text))
            }
            Condition::Present(_) => quote!(#local.is_some()),
            Condition::Like(_, texts) => {
                let first = texts.first().cloned().unwrap_or_default();
                quote!(#local.as_deref().is_some_and(|text| text.starts_with(#first)))
            }
        }
    }

    /// A variant built from what was read; `?` where it cannot be.
    fn build(&self, spelling: &Spelling, variant: &Variant, leaves: &[Leaf<'_>], locals: &Locals) -> TokenStream {
        let (ty, rust) = (ident(spelling.ty.name), ident(variant.rust));
        if variant.fields.is_empty() {
            return quote!(#ty::#rust);
        }
        let captured = self.captured(leaves, locals);
        let fields = variant.fields.iter().map(|field| {
            let name = ident(field.name);
            if captured.as_ref().is_some_and(|(names, _)| names.contains(&field.name)) {
                return quote!(#name);
            }
            let values = leaves.iter().filter_map(|leaf| match &leaf.content {
                Content::Hole(hole) if hole.field.name == field.name => Some((leaf, *hole)),
                _ => None,
            });
            let values: Vec<_> = values.collect();
            if field.ty == Ty::List(&Ty::Named("Part")) {
                let parts = values.first().and_then(|(leaf, hole)| self.parts_value(leaf, hole, locals));
                let parts = parts.unwrap_or_else(|| quote!(Vec::new()));
                return quote!(#name: #parts);
            }
            if values.is_empty()
                && field.name == "is_error"
                && let Some(failed) = self.failed(&holes_of(leaves), locals)
            {
                return quote!(#name: #failed);
            }
            let read: Vec<_> = values.iter().filter_map(|(leaf, hole)| self.value(leaf, hole, locals)).collect();
            let default = values.first().and_then(|(_, hole)| hole.default.as_ref());
            let Some((first, others)) = read.split_first() else {
                return quote!(#name: Default::default());
            };
            let value = quote!(#first #(.or_else(|| #others))*);
            match (field.optional, field.ty, default) {
                (true, ..) => quote!(#name: #value),
                (_, Ty::Bool, _) => quote!(#name: #value.unwrap_or_default()),
                // Where a list is all that there is, none at all is another variant.
                (_, Ty::List(_), _) if variant.fields.len() > 1 => quote!(#name: #value.unwrap_or_default()),
                (_, Ty::Json, Some(_)) => quote!(#name: #value.unwrap_or(Json::EMPTY)),
                (_, _, Some(_)) => quote!(#name: #value.unwrap_or_default()),
                _ => quote!(#name: #value?),
            }
        });
        let fields: Vec<_> = fields.collect();
        let capture = captured.map(|(_, statement)| statement);
        // Other media have the look of images: their media type tells them apart.
        let sorted = (variant.name == "image" && self.has_written_media()).then(|| quote!(.by_media_type()));
        quote!({ #capture #ty::#rust { #(#fields),* }#sorted })
    }
}

/// The holes among some leaves.
fn holes_of<'l>(leaves: &'l [Leaf<'l>]) -> Vec<(&'l Leaf<'l>, &'l Hole)> {
    let hole = |leaf: &'l Leaf<'l>| match &leaf.content {
        Content::Hole(hole) => Some((leaf, *hole)),
        _ => None,
    };
    leaves.iter().filter_map(hole).collect()
}

/// The places that must be read: holes, what conditions look at, and the keys of spread values.
pub(in crate::spec) fn needed(plan: &Plan, leaves: &[Leaf<'_>], conditions: &[Condition]) -> Vec<(Path, Shape)> {
    let mut needed: Vec<(Path, Shape)> = Vec::new();
    for leaf in leaves {
        let looked_at = conditions.iter().any(|condition| *condition.path() == leaf.path);
        match &leaf.content {
            Content::Hole(hole) if leaf.spread => {
                for (key, shape) in spread_keys(plan, hole) {
                    needed.push(([leaf.path.clone(), vec![Step::Key(key)]].concat(), shape));
                }
            }
            Content::Constant(_) if !looked_at => {}
            _ => needed.push((leaf.path.clone(), leaf_shape(leaf))),
        }
    }
    needed
}

/// The keys of a spread value's own shape.
pub(super) fn spread_keys(plan: &Plan, hole: &Hole) -> Vec<(String, Shape)> {
    let Ty::Named(name) = hole.ty() else { return Vec::new() };
    let Some(spelling) = plan.spelling(name) else { return Vec::new() };
    let (_, exemplars): (Vec<_>, Vec<_>) = union_exemplars(spelling.variants()).into_iter().unzip();
    let Ok((_, conditions)) = tell_apart(&exemplars) else { return Vec::new() };
    let needed: Vec<_> =
        exemplars.iter().zip(&conditions).flat_map(|(leaves, conditions)| needed(plan, leaves, conditions)).collect();
    let shape = Shape::of_leaves(needed.iter().map(|(path, shape)| (path, shape.clone())));
    let keys = shape.ok().flatten().map(|shape| shape.keys().to_vec()).unwrap_or_default();
    keys.into_iter().map(|(key, shape)| (key.clone(), shape.declared(&format!("{name}{}", camel(&key))))).collect()
}
