//! Streams: a frame becomes the steps that it holds, a step becomes a frame.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::quote;

use crate::spec::{
    hole::Literal,
    leaf::{Condition, Content, Leaf, Path, Step, step_exemplars, tell_apart},
    plan::{Framing, Pattern, SpelledVariant, Spelling},
};

use super::{
    Module,
    access::Names,
    name::{camel, ident, shape_ident},
    shape::{Locals, Manner, Shape, Side},
    write::Template,
};

impl Module<'_> {
    /// `read_steps`: gives each step of a frame to a sink.
    pub(super) fn read_steps(&mut self, spelling: &Spelling, variants: &[SpelledVariant]) {
        let sparse = self.plan.stream.sparse;
        let exemplars = step_exemplars(&self.plan.stream, variants);
        match sparse {
            true => self.read_sparse(spelling, variants, &exemplars),
            false => self.read_tagged(spelling, variants, &exemplars),
        }
    }

    /// One frame, one step: told by its constants.
    fn read_tagged(&mut self, spelling: &Spelling, variants: &[SpelledVariant], exemplars: &[Vec<Leaf<'_>>]) {
        let Ok((order, conditions)) = tell_apart(exemplars) else { return };
        let all: Vec<Condition> = conditions.concat();
        let needed: Vec<_> = exemplars.iter().flat_map(|leaves| self.needed(leaves, &all)).collect();
        let shape = self.declare("Step", &needed, &spelling.origin, &Manner::Strict);
        let locals = Locals::of(&shape, "Step", quote!(shape), "", &Vec::new());
        let statements = &locals.statements;
        let arms = order.iter().map(|&index| {
            let tests: Vec<_> = conditions[index].iter().map(|condition| self.test(condition, &locals)).collect();
            let built = self.build_step(
                variants[index].variant.rust,
                &variants[index],
                &exemplars[index],
                &locals,
                &HashMap::new(),
            );
            let test = if tests.is_empty() { quote!(true) } else { quote!(#(#tests)&&*) };
            quote!(if #test { return #built; })
        });
        let arms: Vec<_> = arms.collect();
        let ident = shape_ident("Step");
        self.item(
            "read_steps".into(),
            &spelling.origin,
            quote! {
                pub(crate) fn read_steps<'a>(shape: #ident<'a>, cx: &Reading<'a>, sink: &mut impl FnMut(Step<'a>)) {
                    #(#statements)*
                    #(#arms)*
                    cx.note_unknown("Step", cx.input);
                }
            },
        );
    }

    /// A frame with any of the steps: each is there if its values are.
    fn read_sparse(&mut self, spelling: &Spelling, variants: &[SpelledVariant], exemplars: &[Vec<Leaf<'_>>]) {
        let needed: Vec<_> = exemplars.iter().flat_map(|leaves| self.needed(leaves, &[])).collect();
        let shape = self.declare("Step", &needed, &spelling.origin, &Manner::Strict);
        let locals = Locals::of(&shape, "Step", quote!(shape), "", &Vec::new());
        let mut uses: HashMap<&Path, usize> = HashMap::new();
        for leaf in exemplars.iter().flatten() {
            *uses.entry(&leaf.path).or_default() += 1;
        }
        let mut order: Vec<usize> = (0..variants.len()).collect();
        let position =
            |index: &usize| spelling.ty.variants().iter().position(|v| v.name == variants[*index].variant.name);
        order.sort_by_key(position);
        let mut emitted = Vec::new();
        let mut lists_done: Vec<Path> = Vec::new();
        for &index in &order {
            match exemplars[index].iter().find_map(|leaf| each_list(&leaf.path)) {
                None => {
                    let clones = &uses;
                    emitted.push(self.sparse_step(&variants[index], &exemplars[index], &locals, clones));
                }
                Some(list) if lists_done.contains(&list) => {}
                Some(list) => {
                    let inside = |other: &usize| exemplars[*other].iter().any(|leaf| leaf.path.starts_with(&list));
                    let members: Vec<usize> = order.iter().copied().filter(inside).collect();
                    emitted.push(self.each_element(&list, &members, variants, exemplars, &shape, &locals, &uses));
                    lists_done.push(list);
                }
            }
        }
        let (ident, statements) = (shape_ident("Step"), &locals.statements);
        self.item(
            "read_steps".into(),
            &spelling.origin,
            quote! {
                pub(crate) fn read_steps<'a>(shape: #ident<'a>, cx: &Reading<'a>, sink: &mut impl FnMut(Step<'a>)) {
                    #(#statements)*
                    #(#emitted)*
                }
            },
        );
    }

    /// The steps in each element of a list, such as the pieces of several tool calls in one frame.
    #[allow(clippy::too_many_arguments, reason = "one call, all of it local")]
    fn each_element(
        &self,
        list: &Path,
        members: &[usize],
        variants: &[SpelledVariant],
        exemplars: &[Vec<Leaf<'_>>],
        shape: &Shape,
        locals: &Locals,
        uses: &HashMap<&Path, usize>,
    ) -> TokenStream {
        let Some((element, name)) = element_shape(shape, list) else { return quote!() };
        let before = &list[..list.len() - 1].to_vec();
        let elements = locals.at(before, Side::List);
        let inner = Locals::of(&element, &name, quote!(element), "element", list);
        let statements = &inner.statements;
        let steps = members.iter().map(|&index| self.sparse_step(&variants[index], &exemplars[index], &inner, uses));
        quote! {
            for element in #elements.unwrap_or_default() {
                #(#statements)*
                #(#steps)*
            }
        }
    }

    /// A step that is there if what it cannot be without is: its required values, else any that is not a number of a
    /// part.
    fn sparse_step(
        &self,
        spelled: &SpelledVariant,
        leaves: &[Leaf<'_>],
        locals: &Locals,
        uses: &HashMap<&Path, usize>,
    ) -> TokenStream {
        let fields = spelled.variant.fields;
        let holes = || {
            leaves.iter().filter_map(|leaf| match &leaf.content {
                Content::Hole(hole) => Some((leaf, *hole)),
                _ => None,
            })
        };
        let required: Vec<&str> = fields.iter().filter(|field| !field.optional).map(|field| field.name).collect();
        let counts =
            |name: &str| if required.is_empty() { name != "index" && name != "call" } else { required.contains(&name) };
        let of_field = |name: &'static str| {
            let present = holes().filter(move |(_, hole)| spelled.is_value(hole, name));
            let present =
                present.filter_map(|(leaf, _)| locals.at(&leaf.path, Side::Text).map(|local| quote!(#local.is_some())));
            let present: Vec<_> = present.collect();
            quote!((#(#present)||*))
        };
        let names = fields.iter().map(|field| field.name).filter(|name| counts(name));
        let names = names.filter(|name| holes().any(|(_, hole)| spelled.is_value(hole, name)));
        let present: Vec<_> = names.map(of_field).collect();
        if present.is_empty() {
            return quote!();
        }
        let test = if required.is_empty() { quote!(#(#present)||*) } else { quote!(#(#present)&&*) };
        let built = self.build_step(spelled.variant.rust, spelled, leaves, locals, uses);
        quote!(if #test { #built; })
    }

    /// Gives the sink the step; a value that several steps of the frame need is cloned.
    fn build_step(
        &self,
        rust: &str,
        spelled: &SpelledVariant,
        leaves: &[Leaf<'_>],
        locals: &Locals,
        uses: &HashMap<&Path, usize>,
    ) -> TokenStream {
        let rust = ident(rust);
        if spelled.variant.fields.is_empty() {
            return quote!(sink(Step::#rust));
        }
        let mut required = Vec::new();
        let fields = spelled.variant.fields.iter().map(|field| {
            let name = ident(field.name);
            let values = leaves.iter().filter_map(|leaf| match &leaf.content {
                Content::Hole(hole) if spelled.is_value(hole, field.name) => {
                    let value = self.value(leaf, hole, locals)?;
                    let shared = uses.get(&leaf.path).is_some_and(|count| *count > 1);
                    let local = locals.at(&leaf.path, Side::Text)?;
                    Some(if shared { quote!({ let #local = #local.clone(); #value }) } else { value })
                }
                _ => None,
            });
            let values: Vec<_> = values.collect();
            let Some((first, others)) = values.split_first() else {
                return if field.optional { quote!(#name: None) } else { quote!(#name: Default::default()) };
            };
            let value = quote!(#first #(.or_else(|| #others))*);
            if field.optional {
                return quote!(#name: #value);
            }
            required.push(quote!(let Some(#name) = #value));
            quote!(#name)
        });
        let fields: Vec<_> = fields.collect();
        match required.is_empty() {
            true => quote!(sink(Step::#rust { #(#fields),* })),
            false => quote!(if #(#required)&&* { sink(Step::#rust { #(#fields),* }) }),
        }
    }

    /// `write_step`: each step as a frame with its framing.
    pub(super) fn write_steps(&mut self, spelling: &Spelling, variants: &[SpelledVariant]) {
        let (mut arms, mut rest) = (Vec::new(), Vec::new());
        for variant in spelling.ty.variants() {
            let rust = ident(variant.rust);
            let target =
                spelling.fates.degrades.iter().find(|(from, ..)| from == variant.name).map(|(_, to, _)| to.as_str());
            let name = target.unwrap_or(variant.name);
            match variants.iter().find(|spelled| spelled.variant.name == name) {
                Some(spelled) => {
                    let fields: Vec<_> = variant.fields.iter().map(|field| ident(field.name)).collect();
                    let bind = if fields.is_empty() { quote!() } else { quote!({ #(#fields),* }) };
                    let mut template = Template::new(self, Names::of_variant(variant));
                    template.literal(self.frame_begin(&spelled.pattern));
                    template.value(&spelled.pattern);
                    template.literal(self.frame_end());
                    let body = template.finish();
                    arms.push(quote!(Step::#rust #bind => { #body }));
                }
                None if variant.name == "end" && self.plan.stream.last.is_some() => {
                    let last = self.plan.stream.last.clone().unwrap_or_default();
                    let text = format!("{}{last}{}", self.frame_begin(&Pattern::EmptyList), self.frame_end());
                    arms.push(quote!(Step::#rust => w.raw(#text)));
                }
                None if spelling.fates.drops.iter().any(|(drop, _)| drop == variant.name) => {
                    let loss = variant.name;
                    arms.push(quote!(Step::#rust { .. } => w.lose(#loss)));
                }
                None => rest.push(quote!(Step::#rust { .. })),
            }
        }
        let rest = (!rest.is_empty()).then(|| quote!(#(#rest)|* => {}));
        self.item("write_step".into(), &spelling.origin, quote! {
            pub(crate) fn write_step(step: &Step<'_>, head: &Head<'_>, w: &mut Writer) { match step { #(#arms,)* #rest } }
        });
    }

    fn frame_begin(&self, pattern: &Pattern) -> String {
        let stream = &self.plan.stream;
        let tag = stream.tag.as_ref().and_then(|tag| match pattern {
            Pattern::Object(object) => object.entries.iter().find(|(key, _)| key == tag).map(|(_, pattern)| pattern),
            _ => None,
        });
        match (stream.framing, tag) {
            (Framing::Sse, Some(Pattern::Constant(Literal::Text(name), _))) => {
                format!("event: {name}\ndata: ")
            }
            (Framing::Sse, _) => "data: ".into(),
            (Framing::Ndjson, _) => String::new(),
        }
    }

    fn frame_end(&self) -> &'static str {
        match self.plan.stream.framing {
            Framing::Sse => "\n\n",
            Framing::Ndjson => "\n",
        }
    }
}

/// The path of the list whose elements all count, up to and with the step into it.
fn each_list(path: &Path) -> Option<Path> {
    let position = path.iter().position(|step| matches!(step, Step::Element { each: true }))?;
    Some(path[..=position].to_vec())
}

/// The shape of a list's elements, and the name that its declaration has.
fn element_shape(shape: &Shape, list: &Path) -> Option<(Shape, String)> {
    let (mut shape, mut name) = (shape.clone(), "Step".to_owned());
    for step in list {
        shape = match (step, shape) {
            (Step::Key(key), Shape::Object(keys)) => {
                name.push_str(&camel(key));
                keys.into_iter().find(|(known, _)| known == key)?.1
            }
            (Step::Element { .. }, Shape::List(inner) | Shape::First(inner)) => *inner,
            _ => return None,
        };
    }
    Some((shape, name))
}
