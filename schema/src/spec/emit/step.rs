//! Streams: a frame becomes the steps that it holds, a step becomes a frame.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    model::vocabulary::Ty,
    spec::{
        hole::Literal,
        leaf::{Condition, Content, Leaf, Path, Step, step_exemplars, tell_apart},
        plan::{Framing, Hole, Pattern, SpelledVariant, Spelling},
    },
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
            true => self.read_sparse(spelling, &exemplars),
            false => self.read_tagged(spelling, variants, &exemplars),
        }
    }

    /// One frame, one step: told by its constants.
    fn read_tagged(
        &mut self,
        spelling: &Spelling,
        variants: &[SpelledVariant],
        steps: &[(&SpelledVariant, Vec<Leaf<'_>>)],
    ) {
        let (spelled, exemplars): (Vec<_>, Vec<_>) = steps.iter().cloned().unzip();
        let Ok((order, conditions)) = tell_apart(&exemplars) else { return };
        let all: Vec<Condition> = conditions.concat();
        let needed: Vec<_> = exemplars.iter().flat_map(|leaves| self.needed(leaves, &all)).collect();
        let shape = self.declare("Step", &needed, &spelling.origin, &Manner::Strict);
        let locals = Locals::of(&shape, "Step", quote!(shape), "", &Vec::new());
        let statements = &locals.statements;
        let arms = order.iter().map(|&index| {
            let tests: Vec<_> = conditions[index].iter().map(|condition| self.test(condition, &locals)).collect();
            let built = self.build_step(spelled[index], &exemplars[index], &locals, &HashMap::new());
            let test = if tests.is_empty() { quote!(true) } else { quote!(#(#tests)&&*) };
            quote!(if #test { return #built; })
        });
        let arms: Vec<_> = arms.collect();
        let ident = shape_ident("Step");
        // Frames around a step's own are known, and say nothing that it does not say itself.
        let around = variants.iter().flat_map(|spelled| spelled.before.iter().chain(&spelled.then));
        let mut names: Vec<&str> = around.filter_map(|frame| self.tag_of(frame)).collect();
        names.sort_unstable();
        names.dedup();
        let tag = self.plan.stream.tag.clone().map(|tag| vec![Step::Key(tag)]);
        let tag = tag.and_then(|path| locals.at(&path, Side::Text).cloned()).filter(|_| !names.is_empty());
        let silent = tag.map(|tag| {
            quote!(if matches!(#tag.as_deref(), Some(#(#names)|*)) {
                return;
            })
        });
        self.item(
            "read_steps".into(),
            &spelling.origin,
            quote! {
                pub(crate) fn read_steps<'a>(shape: #ident<'a>, cx: &Reading<'a>, sink: &mut impl FnMut(Step<'a>)) {
                    #(#statements)*
                    #(#arms)*
                    #silent
                    cx.note_unknown("Step", cx.input);
                }
            },
        );
    }

    /// A frame with any of the steps: each is there if its values are.
    fn read_sparse(&mut self, spelling: &Spelling, steps: &[(&SpelledVariant, Vec<Leaf<'_>>)]) {
        let tests: Vec<Vec<Test>> = (0..steps.len()).map(|index| rivals(steps, index)).collect();
        let all: Vec<Condition> = tests.iter().flatten().map(|test| test.condition.clone()).collect();
        let needed: Vec<_> = steps.iter().flat_map(|(_, leaves)| self.needed(leaves, &all)).collect();
        let shape = self.declare("Step", &needed, &spelling.origin, &Manner::Strict);
        let locals = Locals::of(&shape, "Step", quote!(shape), "", &Vec::new());
        let mut uses: HashMap<&Path, usize> = HashMap::new();
        for leaf in steps.iter().flat_map(|(_, leaves)| leaves) {
            *uses.entry(&leaf.path).or_default() += 1;
        }
        let mut order: Vec<usize> = (0..steps.len()).collect();
        let position =
            |index: &usize| spelling.ty.variants().iter().position(|v| v.name == steps[*index].0.variant.name);
        order.sort_by_key(position);
        let step = |index: usize, locals: &Locals| self.sparse_step(&steps[index], &tests[index], locals, &uses);
        let mut emitted = Vec::new();
        let mut lists_done: Vec<Path> = Vec::new();
        for &index in &order {
            match steps[index].1.iter().find_map(|leaf| each_list(&leaf.path)) {
                None => emitted.push(step(index, &locals)),
                Some(list) => {
                    // What of the step stands outside of the list is a step of its own.
                    let (spelled, leaves) = &steps[index];
                    let outside = leaves.iter().filter(|leaf| each_list(&leaf.path).is_none()).cloned().collect();
                    emitted.push(self.sparse_step(&(spelled, outside), &[], &locals, &uses));
                    if lists_done.contains(&list) {
                        continue;
                    }
                    let inside = |other: &&usize| steps[**other].1.iter().any(|leaf| leaf.path.starts_with(&list));
                    emitted.push(each_element(&list, &shape, &locals, |inner| {
                        order.iter().filter(inside).map(|&index| step(index, inner)).collect()
                    }));
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

    /// A step that is there if what it cannot be without is: its required values, else any that is not a number of a
    /// part; and if constants do not tell that another step is meant.
    fn sparse_step(
        &self,
        (spelled, leaves): &(&SpelledVariant, Vec<Leaf<'_>>),
        tests: &[Test],
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
        // Tokens may be told in every frame, why the model ended only once.
        let says_why = holes().any(|(_, hole)| spelled.is_value(hole, WHY));
        let counts = |name: &str| match required.is_empty() {
            true if says_why => name == WHY,
            true => name != "index" && name != "call",
            false => required.contains(&name),
        };
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
        let rivals = tests.iter().map(|test| {
            let condition = self.test(&test.condition, locals);
            if test.holds { quote!(&& (#condition)) } else { quote!(&& !(#condition)) }
        });
        let rivals: Vec<_> = rivals.collect();
        let built = self.build_step(spelled, leaves, locals, uses);
        quote!(if (#test) #(#rivals)* { #built; })
    }

    /// Gives the sink the step; a value that several steps of the frame need is cloned.
    fn build_step(
        &self,
        spelled: &SpelledVariant,
        leaves: &[Leaf<'_>],
        locals: &Locals,
        uses: &HashMap<&Path, usize>,
    ) -> TokenStream {
        let rust = ident(spelled.variant.rust);
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
                    let local = locals.at(&leaf.path, Side::Text);
                    Some(match (shared, local) {
                        (true, Some(local)) => quote!({ let #local = #local.clone(); #value }),
                        _ => value,
                    })
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
            if field.ty == Ty::Json {
                return quote!(#name: #value.unwrap_or(Json::EMPTY));
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
                    for frame in spelled.written() {
                        template.literal(self.frame_begin(frame));
                        template.value(frame);
                        template.literal(self.frame_end());
                    }
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
        self.item(
            "write_step".into(),
            &spelling.origin,
            quote! {
                pub(crate) fn write_step(step: &Step<'_>, answer: &Response<'_>, w: &mut Writer) {
                    let answer = Some(answer);
                    // No line may end within a frame.
                    w.one_line = true;
                    match step { #(#arms,)* #rest }
                    w.one_line = false;
                }
            },
        );
    }

    /// The name that a frame has at the tag.
    fn tag_of<'p>(&self, frame: &'p Pattern) -> Option<&'p str> {
        SpelledVariant::tag(frame, self.plan.stream.tag.as_ref()?)
    }

    fn frame_begin(&self, pattern: &Pattern) -> String {
        match (self.plan.stream.framing, self.tag_of(pattern)) {
            (Framing::Sse, Some(name)) => format!("event: {name}\ndata: "),
            (Framing::Sse, _) => "data: ".into(),
            (Framing::Ndjson | Framing::JsonArray | Framing::EventStream, _) => String::new(),
        }
    }

    fn frame_end(&self) -> &'static str {
        match self.plan.stream.framing {
            Framing::Sse => "\n\n",
            Framing::Ndjson | Framing::JsonArray | Framing::EventStream => "\n",
        }
    }
}

/// The field without which a step does not say that the model ended.
const WHY: &str = "finish_reason";

/// A constant that tells whether a step or another one with the same value is meant.
struct Test {
    condition: Condition,
    /// Whether it holds for this step, else for the other.
    holds: bool,
}

/// The tests that tell a step from others that have a value at the same place.
fn rivals(steps: &[(&SpelledVariant, Vec<Leaf<'_>>)], own: usize) -> Vec<Test> {
    // That two steps have their numbers at one place says nothing: a frame may hold both.
    let holes = |(spelled, leaves): &(&SpelledVariant, Vec<Leaf<'_>>)| -> Vec<Path> {
        let is_number = |hole: &Hole| ["index", "call"].iter().any(|name| spelled.is_value(hole, name));
        let holes = leaves.iter().filter(|leaf| match &leaf.content {
            Content::Hole(hole) => !is_number(hole),
            _ => false,
        });
        holes.map(|leaf| leaf.path.clone()).collect()
    };
    let mine = holes(&steps[own]);
    let mut tests: Vec<Test> = Vec::new();
    for (index, step) in steps.iter().enumerate().filter(|(index, _)| *index != own) {
        let leaves = &step.1;
        if !holes(step).iter().any(|path| mine.contains(path)) {
            continue;
        }
        let told_by = |one: &[Leaf<'_>], other: &[Leaf<'_>]| constants(one, other).into_iter().next();
        let found = match told_by(&steps[own].1, leaves) {
            Some(condition) => Some(Test { condition, holds: true }),
            None => told_by(leaves, &steps[own].1).map(|condition| Test { condition, holds: false }),
        };
        let is_new = |test: &Test| tests.iter().all(|known| known.condition != test.condition);
        tests.extend(found.filter(is_new).filter(|_| index != own));
    }
    tests
}

/// Constants of one exemplar at places that another has nothing or another constant at.
fn constants(one: &[Leaf<'_>], other: &[Leaf<'_>]) -> Vec<Condition> {
    let found = one.iter().filter(|leaf| !leaf.also).filter_map(|leaf| match &leaf.content {
        Content::Constant(literal @ (Literal::Text(_) | Literal::Bool(_))) => {
            let theirs = other.iter().find(|theirs| theirs.path == leaf.path).map(|theirs| &theirs.content);
            match theirs {
                None => Some(Condition::Equals(leaf.path.clone(), (*literal).clone())),
                Some(Content::Constant(theirs)) if theirs != literal => {
                    Some(Condition::Equals(leaf.path.clone(), (*literal).clone()))
                }
                _ => None,
            }
        }
        _ => None,
    });
    found.collect()
}

/// The steps in each element of a list, such as the pieces of several tool calls in one frame.
fn each_element(
    list: &Path,
    shape: &Shape,
    locals: &Locals,
    steps: impl FnOnce(&Locals) -> Vec<TokenStream>,
) -> TokenStream {
    let Some((element, name)) = element_shape(shape, list) else { return quote!() };
    let elements = locals.at(&list[..list.len() - 1].to_vec(), Side::List);
    let inner = Locals::of(&element, &name, quote!(element), "element", list);
    let (statements, steps) = (&inner.statements, steps(&inner));
    quote! {
        for element in #elements.unwrap_or_default() {
            #(#statements)*
            #(#steps)*
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
            (Step::Element { .. }, Shape::Choice(choice)) => {
                name.push_str("List");
                choice.element()?
            }
            _ => return None,
        };
    }
    Some((shape, name))
}
