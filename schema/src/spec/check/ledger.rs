//! What a place of a spec must account for, and how far it does: the table that totality is read from.

use crate::{
    document::Origin,
    model::{
        Response, Step,
        vocabulary::{Field, Ty, Type, Vocabulary, type_named},
    },
    spec::{
        plan::{Codec, Entry, Fates, Form, Hole, Pattern, Plan, SpelledVariant, Spelling, kinds_of},
        speech::part_variant,
    },
};

use super::{section, stream::needs_step};

/// Views that place a field of their own record.
const PLACED_BY_VIEW: [(&str, &str); 4] =
    [("uncached_input", "input"), ("spoken", "output"), ("tool_groups", "tools"), ("messages", "parts")];

/// Fields of steps that only number parts: the stream assembler knows them anyway.
const NUMBERS: [&str; 2] = ["index", "call"];

/// A type or a wire message with its features.
pub(super) struct Ledger<'p> {
    /// What it is called: the path of its section.
    pub(super) owner: String,
    /// Where it stands.
    pub(super) origin: &'p Origin,
    /// What becomes of what has no place.
    pub(super) fates: &'p Fates,
    /// All that its fates may name.
    pub(super) features: Vec<Feature>,
}

/// Something that a spec places or gives up.
pub(super) struct Feature {
    /// Its name, such as `audio` or `text.cache`.
    pub(super) name: String,
    /// The same without its owner, which then names it in all owners.
    pub(super) short: Option<&'static str>,
    /// What would place it; empty where nothing could.
    pub(super) how: String,
    /// What became of it, its fates aside.
    pub(super) state: State,
}

/// What became of a feature.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum State {
    /// It has a place.
    Placed,
    /// It goes where these words say.
    Elsewhere(&'static str),
    /// Some values have a place; the others may be dropped by name.
    Partly,
    /// Nothing: it must be named.
    Open,
    /// Nothing, and nothing need become of it.
    Free,
}

/// The ledgers of a whole spec.
pub(super) fn ledgers(plan: &Plan) -> Vec<Ledger<'_>> {
    let types = plan.types.iter().map(|spelling| of_type(plan, spelling));
    types.chain(plan.messages.iter().map(|entry| of_entry(plan, entry))).collect()
}

impl Ledger<'_> {
    /// Whether a name in the fates means a feature.
    pub(super) fn means(&self, name: &str, feature: &Feature) -> bool {
        feature.name == name || feature.short == Some(name) && self.features.iter().all(|other| other.name != name)
    }

    /// Whether a feature is dropped or implied by name.
    pub(super) fn gives_up(&self, feature: &Feature) -> bool {
        self.given_up().any(|(name, _)| self.means(name, feature))
    }

    /// What is dropped or implied, as it is named, and where.
    pub(super) fn given_up(&self) -> impl Iterator<Item = &(String, Origin)> {
        self.fates.drops.iter().chain(&self.fates.implies)
    }
}

fn of_type<'p>(plan: &'p Plan, spelling: &'p Spelling) -> Ledger<'p> {
    let features = match &spelling.form {
        Form::Words(words) => {
            let placed = |name: &str| words.iter().any(|(word, _)| *word == name);
            let words = spelling
                .ty
                .words()
                .iter()
                .map(|word| case(spelling, word.name, "\"…\"", placed(word.name), !word.derived));
            words.collect()
        }
        Form::Record(pattern) => record(plan, spelling, pattern),
        Form::Union(variants) => union(plan, spelling, variants),
    };
    Ledger { owner: section(spelling.ty), origin: &spelling.origin, fates: &spelling.fates, features }
}

/// A word or a variant, with what gives it a form.
fn case(spelling: &Spelling, name: &str, how: &str, placed: bool, needed: bool) -> Feature {
    let degraded = spelling.fates.degrades.iter().any(|(from, ..)| from == name);
    let is_part = spelling.ty.name == "Part";
    let state = match (degraded, placed) {
        // A part with a form is degraded only where the form does not take it.
        (true, false) if is_part && name == "document" => State::Partly,
        (true, false) => State::Elsewhere("degraded"),
        (_, placed) => state(placed, needed),
    };
    let how = format!("`{name}: {how}`, write it as another with `$degrades: {{ {name}: \"…\" }}`");
    Feature { name: name.to_owned(), short: None, how, state }
}

fn record(plan: &Plan, spelling: &Spelling, pattern: &Pattern) -> Vec<Feature> {
    let mut features = Vec::new();
    for field in spelling.ty.fields() {
        features.push(value(
            field.name.to_owned(),
            field.name,
            state(places(pattern, field.name), !field.view && !field.derived),
        ));
        for inner in inner_fields(field) {
            let is_meant =
                |hole: &&Hole| hole.field.name == field.name && hole.inner.is_some_and(|i| i.name == inner.name);
            let placed = pattern.holes().iter().any(is_meant);
            let name = format!("{}.{}", field.name, inner.name);
            features.push(value(name.clone(), &name, state(placed, false)));
        }
    }
    if spelling.ty.name == Response::TYPE.name {
        features.extend(kinds_of("assistant").iter().map(|kind| {
            let state = match plan.placed_kinds(pattern, "assistant").contains(kind) {
                true => State::Placed,
                false if pattern.holes().iter().any(|hole| hole.field.name == "messages") => State::Free,
                false if part_variant(kind).is_some_and(|variant| variant.derived) => State::Free,
                false if given_up_by_part(plan, kind) => State::Elsewhere("dropped in `types.Part`"),
                false if given_up_in_messages(plan, kind) => State::Elsewhere("dropped in `messages`"),
                false => State::Open,
            };
            parts((*kind).to_owned(), kind, state)
        }));
    }
    features
}

fn union(plan: &Plan, spelling: &Spelling, variants: &[SpelledVariant]) -> Vec<Feature> {
    let (is_step, is_part) = (spelling.ty.name == Step::TYPE.name, spelling.ty.name == "Part");
    let mut features = Vec::new();
    for variant in spelling.ty.variants().iter().filter(|variant| !variant.native) {
        let spelled = variants.iter().find(|spelled| spelled.variant.name == variant.name);
        // What becomes of kinds of parts is asked of each speaker's messages.
        let needed = if is_step { needs_step(plan, spelling, variant.name) } else { !is_part && !variant.derived };
        features.push(case(spelling, variant.name, "{ … }", spelled.is_some(), needed));
        for field in variant.fields {
            let number = is_step && NUMBERS.contains(&field.name);
            let placed = spelled.is_some_and(|spelled| {
                let told = |hole: &&Hole| spelled.is_value(hole, field.name);
                spelled.written().any(|pattern| places(pattern, field.name)) || spelled.pattern.holes().iter().any(told)
            });
            // A message may have a form of its own for it, and a frame the whole answer so far.
            let own_parts = plan.messages.iter().flat_map(|entry| &entry.parts);
            let in_message = own_parts.filter(|own| own.variant.name == variant.name && is_part);
            let placed = placed
                || in_message.into_iter().any(|own| places(&own.pattern, field.name))
                || is_step && spelled.is_some_and(|spelled| spelled.retells() && of_response(field.name));
            // A value that an exemplar cannot be without is another law's.
            let required = !is_step && is_required(field);
            let needed = spelled.is_some() && !number && !required && !field.derived;
            let name = format!("{}.{}", variant.name, field.name);
            features.push(Feature { short: Some(field.name), ..value(name, field.name, state(placed, needed)) });
        }
        if let (true, "tool_result", Some(spelled)) = (is_part, variant.name, spelled) {
            // A message that holds results among other parts may let what is in them follow.
            let spills =
                |kind: &str| plan.messages.iter().any(|entry| entry.single_part().is_none() && entry.spills(kind));
            let inside = inside_tool_result(plan, &spelled.pattern, spills);
            features.extend(inside.map(|feature| Feature { name: format!("tool_result.{}", feature.name), ..feature }));
        }
    }
    features
}

fn of_entry<'p>(plan: &'p Plan, entry: &'p Entry) -> Ledger<'p> {
    let mut features = Vec::new();
    match entry.single_part() {
        Some(variant) => {
            let of_field = |field: &Field| {
                value(field.name.to_owned(), field.name, state(places(&entry.pattern, field.name), !field.derived))
            };
            features.extend(variant.fields.iter().map(of_field));
            if variant.name == "tool_result" {
                let inside = inside_tool_result(plan, &entry.pattern, |kind| entry.spills(kind));
                features.extend(inside.map(|feature| spillable(feature, entry)));
            }
        }
        None => {
            for kind in &entry.kinds {
                let state = kind_state(plan, &entry.pattern, entry.role, kind, entry.spills(kind));
                features.push(parts((*kind).to_owned(), kind, state));
                features.extend(fields_of_kind(plan, entry, kind));
            }
        }
    }
    Ledger { owner: format!("messages.{}", entry.name), origin: &entry.origin, fates: &entry.fates, features }
}

/// What a kind of part carries: joined parts keep nothing but their text.
fn fields_of_kind(plan: &Plan, entry: &Entry, kind: &'static str) -> impl Iterator<Item = Feature> {
    let joins = |hole: &&Hole| hole.codec.is_some_and(Codec::joins) && hole.kinds.contains(&kind);
    let joined = entry.pattern.holes().iter().any(joins);
    let fields = part_variant(kind).map(|variant| variant.fields).unwrap_or_default();
    fields.iter().map(move |field| {
        let needed =
            joined && field.name != "text" && !field.derived && !field_given_up_by_part(plan, kind, field.name);
        let name = format!("{kind}.{}", field.name);
        Feature { name, short: None, how: String::new(), state: state(false, needed) }
    })
}

/// The kinds of parts in a tool's result.
fn inside_tool_result(plan: &Plan, pattern: &Pattern, spills: impl Fn(&str) -> bool) -> impl Iterator<Item = Feature> {
    kinds_of("tool_result")
        .iter()
        .map(move |kind| parts((*kind).to_owned(), kind, kind_state(plan, pattern, "tool_result", kind, spills(kind))))
}

/// A kind of parts that may follow in another message, too.
fn spillable(feature: Feature, entry: &Entry) -> Feature {
    let spilled = entry.fates.spills.iter().flat_map(|(_, kinds, _)| kinds).chain([&feature.name]);
    let list = spilled.map(|kind| format!("\"{kind}\"")).collect::<Vec<_>>().join(", ");
    let how = format!("{}, let it follow in another message with `$spills: {{ user: [{list}] }}`", feature.how);
    Feature { how, ..feature }
}

fn kind_state(plan: &Plan, pattern: &Pattern, role: &str, kind: &str, spilled: bool) -> State {
    let mut holes = pattern.holes().into_iter().filter(|hole| hole.field.name == "parts");
    if holes.any(|hole| plan.own_kinds(hole, role).contains(&kind)) {
        return State::Placed;
    }
    match plan.placed_kinds(pattern, role).contains(&kind) {
        _ if spilled => State::Elsewhere("spilled"),
        true if kind == "document" => State::Partly,
        true => State::Elsewhere("degraded in `types.Part`"),
        false if given_up_by_part(plan, kind) => State::Elsewhere("dropped in `types.Part`"),
        false if part_variant(kind).is_some_and(|variant| variant.derived) => State::Free,
        false => State::Open,
    }
}

/// A value that a hole of its name would place.
fn value(name: String, hole: &str, state: State) -> Feature {
    Feature { name, short: None, how: format!("`${hole}`"), state }
}

/// A kind of parts that a hole for parts would place.
fn parts(name: String, kind: &str, state: State) -> Feature {
    Feature { name, short: None, how: format!("`$parts({kind})`"), state }
}

fn state(placed: bool, needed: bool) -> State {
    match (placed, needed) {
        (true, _) => State::Placed,
        (false, true) => State::Open,
        (false, false) => State::Free,
    }
}

fn places(pattern: &Pattern, field: &str) -> bool {
    let holes = pattern.holes();
    holes.iter().any(|hole| {
        let by_view = PLACED_BY_VIEW.iter().any(|(view, viewed)| *view == hole.field.name && *viewed == field);
        let by_codec = field == "is_error" && hole.tells_failure();
        hole.field.name == field || by_view || by_codec
    })
}

/// Whether an answer has a value of that name.
fn of_response(name: &str) -> bool {
    Response::TYPE.fields().iter().any(|field| field.name == name)
}

/// Whether a variant cannot be read without this field.
pub(super) fn is_required(field: &Field) -> bool {
    !field.optional && !field.view && !matches!(field.ty, Ty::Bool | Ty::List(_))
}

fn inner_fields(field: &Field) -> &'static [Field] {
    match field.ty {
        Ty::Named(name) => type_named(name).map(Type::fields).unwrap_or_default(),
        _ => &[],
    }
}

fn given_up(fates: &Fates, name: &str) -> bool {
    fates.drops.iter().chain(&fates.implies).any(|(known, _)| known == name)
}

fn given_up_by_part(plan: &Plan, kind: &str) -> bool {
    plan.spelling("Part").is_some_and(|spelling| given_up(&spelling.fates, kind))
}

fn field_given_up_by_part(plan: &Plan, kind: &str, field: &str) -> bool {
    let is_kind = part_variant(field).is_some();
    let full = format!("{kind}.{field}");
    plan.spelling("Part")
        .is_some_and(|spelling| given_up(&spelling.fates, &full) || !is_kind && given_up(&spelling.fates, field))
}

fn given_up_in_messages(plan: &Plan, kind: &str) -> bool {
    let speaks = |entry: &&Entry| entry.role == "assistant" && entry.kinds.contains(&kind);
    plan.messages.iter().filter(speaks).any(|entry| given_up(&entry.fates, kind))
}
