//! Wire messages: the layout as a table, one writer and one reader for all kinds of them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    model::vocabulary::{Ty, type_named},
    spec::{
        leaf::{Content, Leaf, known_keys, message_exemplars, tell_apart},
        plan::{Codec, Entry, Group, Hole, Keeps},
        speech::part_variant,
    },
};

use super::{
    Module,
    access::Names,
    name::{ident, shape_ident},
    shape::{Locals, Manner},
    write::Template,
};

impl Module<'_> {
    /// `read_message`: tells the kinds of wire messages apart and joins their parts to the conversation.
    pub(super) fn read_messages(&mut self) {
        let entries = &self.plan.messages;
        let Some(first) = entries.first() else { return };
        let candidates = message_exemplars(entries);
        let exemplars: Vec<_> = candidates.iter().map(|(_, leaves)| leaves.clone()).collect();
        let Ok((order, conditions)) = tell_apart(&exemplars) else { return };
        let all = conditions.concat();
        let needed: Vec<_> = exemplars.iter().flat_map(|leaves| self.needed(leaves, &all)).collect();
        let patterns = entries.iter().map(|entry| &entry.pattern);
        let manner = Manner::NamesUnknown { passed: known_keys(exemplars.iter().flatten(), patterns) };
        let shape = self.declare("Message", &needed, &first.origin, &manner);
        let locals = Locals::of(&shape, "Message", quote!(shape), "", &Vec::new());
        let arms = order.iter().map(|&index| {
            let (entry, leaves) = &candidates[index];
            let tests: Vec<_> = conditions[index].iter().map(|condition| self.test(condition, &locals)).collect();
            let test = if tests.is_empty() { quote!(true) } else { quote!(#(#tests)&&*) };
            let parts = self.message_parts(entry, leaves, &locals);
            let (role, group) = (role_ident(entry.role), group_ident(entry.group));
            quote! {
                if #test {
                    #parts
                    join(messages, last, Role::#role, Group::#group, parts);
                    return;
                }
            }
        });
        let (arms, statements, ident): (Vec<_>, _, _) = (arms.collect(), &locals.statements, shape_ident("Message"));
        self.item(
            "read_message".into(),
            &first.origin,
            quote! {
                pub(crate) fn read_message<'a>(
                    mut shape: #ident<'a>,
                    cx: &Reading<'a>,
                    messages: &mut Vec<Message<'a>>,
                    last: &mut Option<Group>,
                ) {
                    cx.note_unknown_keys("message", std::mem::take(&mut shape.unknown));
                    #(#statements)*
                    #(#arms)*
                    cx.note_unknown("Message", "");
                }
            },
        );
    }

    fn message_parts(&self, entry: &Entry, leaves: &[Leaf<'_>], locals: &Locals) -> TokenStream {
        let holes: Vec<(&Leaf<'_>, &Hole)> = leaves
            .iter()
            .filter_map(|leaf| match &leaf.content {
                Content::Hole(hole) => Some((leaf, *hole)),
                _ => None,
            })
            .collect();
        if let Some(variant) = entry.single_part() {
            let rust = ident(variant.rust);
            let fields = variant.fields.iter().map(|field| {
                let name = ident(field.name);
                let found = holes.iter().find(|(_, hole)| hole.field.name == field.name);
                let value = match (field.ty, found) {
                    (Ty::Bool, None) => self.failed(&holes, locals).unwrap_or_else(|| quote!(Default::default())),
                    (_, None) => quote!(Default::default()),
                    (Ty::List(_), Some((leaf, hole))) => self.parts_value(leaf, hole, locals).unwrap_or_default(),
                    (Ty::Json, Some((leaf, hole))) => {
                        let value = self.value(leaf, hole, locals);
                        quote!(#value.unwrap_or(Json::EMPTY))
                    }
                    (_, Some((leaf, hole))) => {
                        let value = self.value(leaf, hole, locals);
                        if field.optional { quote!(#value) } else { quote!(#value.unwrap_or_default()) }
                    }
                };
                quote!(#name: #value)
            });
            return quote!(let parts = vec![Part::#rust { #(#fields),* }];);
        }
        let mut ordered: Vec<_> = holes.iter().filter(|(_, hole)| hole.field.name == "parts").collect();
        ordered.sort_by_key(|(_, hole)| rank(hole));
        let values: Vec<_> = ordered.iter().filter_map(|(leaf, hole)| self.parts_value(leaf, hole, locals)).collect();
        match values.as_slice() {
            [only] => quote!(let parts = #only;),
            values => quote! {
                let mut parts = Vec::new();
                #(parts.extend(#values);)*
            },
        }
    }

    /// `write_messages`: cuts the conversation and writes each cut.
    pub(super) fn write_messages(&mut self) {
        let entries = &self.plan.messages;
        let Some(origin) = entries.first().map(|entry| entry.origin.clone()) else { return };
        let table = entries.iter().map(|entry| {
            let (role, group, first) = (role_ident(entry.role), group_ident(entry.group), entry.first);
            let (kinds, system) = (self.kinds_bits(&entry.kinds), entry.system);
            let spilled: Vec<&'static str> = entry.fates.spills.iter().flat_map(|(_, kinds, _)| {
                kinds.iter().filter_map(|kind| type_named("Part")?.variants().iter().find(|v| v.name == kind).map(|v| v.name))
            }).collect();
            let spilled_bits = self.kinds_bits(&spilled);
            let to = entry.fates.spills.first().and_then(|(to, ..)| entries.iter().position(|other| other.name == *to)).unwrap_or(0);
            quote!(Entry { role: Role::#role, system: #system, kinds: #kinds, group: Group::#group, first: #first, spilled: #spilled_bits, spills_to: #to })
        });
        let keeps = match self.plan.keeps {
            Keeps::All => quote!(Keeps::All),
            Keeps::OpenCalls => quote!(Keeps::OpenCalls),
            Keeps::Signed => quote!(Keeps::Signed),
            Keeps::None => quote!(Keeps::None),
        };
        let arms = entries.iter().enumerate().map(|(index, entry)| {
            let body = self.write_entry(entry);
            quote!(#index => { #body })
        });
        let fates: Vec<_> = entries.iter().enumerate().flat_map(|(index, entry)| self.fates(index, entry)).collect();
        let (table, arms): (Vec<_>, Vec<_>) = (table.collect(), arms.collect());
        self.item(
            "write_messages".into(),
            &origin,
            quote! {
                pub(crate) fn write_messages(
                    messages: &[Message<'_>],
                    answer: Option<&Response<'_>>,
                    w: &mut Writer,
                ) {
                    const ENTRIES: &[Entry] = &[#(#table),*];
                    // An answer that is made of wire messages keeps all that is said in it.
                    let keeps = if answer.is_some() { Keeps::All } else { #keeps };
                    let place: Placing = |entry, part| match (entry, part.kind()) {
                        #(#fates)*
                        _ => Ok(()),
                    };
                    let cuts = cut(messages, ENTRIES, keeps, place, &mut w.losses);
                    w.raw("[");
                    for (number, cut) in (0u64..).zip(&cuts) {
                        w.comma();
                        match cut.entry {
                            #(#arms)*
                            _ => {}
                        }
                    }
                    w.raw("]");
                }
            },
        );
    }

    /// What becomes of parts that an entry takes: those that no hole of it places are lost, and those that it spells as
    /// parts are lost if that spelling has no place for them.
    fn fates(&self, index: usize, entry: &Entry) -> Vec<TokenStream> {
        if entry.single_part().is_some() {
            return Vec::new();
        }
        let mut kinds: Vec<&str> =
            listed(entry).into_iter().flat_map(|hole| self.plan.hole_kinds(hole, entry.role)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let natives = match kinds.contains(&"text") {
            true => quote!((#index, PartKind::Native) => fits_part(part),),
            false => quote!((#index, PartKind::Native) => Err(#NATIVE),),
        };
        let kinds = kinds.iter().filter_map(|kind| Some(ident(part_variant(kind)?.rust)));
        let lost = self.lost_kinds(entry).into_iter().map(|(kind, name)| {
            let kind = ident(kind);
            quote!((#index, PartKind::#kind) => Err(#name),)
        });
        let spelled = kinds.map(|kind| quote!((#index, PartKind::#kind) => fits_part(part),));
        lost.chain(spelled).chain([natives]).collect()
    }

    fn write_entry(&self, entry: &Entry) -> TokenStream {
        let Some(variant) = entry.single_part() else {
            let mut template = Template::new(self, Names::Message(entry.role, entry.name.clone()));
            template.exemplar(&entry.pattern);
            let body = template.finish();
            return quote!(let parts = cut.parts.iter().copied(); #body);
        };
        let rust = ident(variant.rust);
        let mut template = Template::new(self, Names::of_variant(variant));
        template.exemplar(&entry.pattern);
        let body = template.finish();
        let unplaced = self.lose_unplaced(variant.name, variant.fields, &[&entry.pattern]);
        let fields: Vec<_> = variant.fields.iter().map(|field| ident(field.name)).collect();
        let nested = self.lost_inside(entry);
        quote! {
            for part in &cut.parts {
                if let Part::#rust { #(#fields),* } = part {
                    #unplaced
                    #nested
                    #body
                }
            }
        }
    }

    /// Kinds that the entry takes and no hole of it places, with the names of their losses.
    fn lost_kinds(&self, entry: &Entry) -> Vec<(&'static str, String)> {
        if entry.single_part().is_some() {
            return Vec::new();
        }
        let placed = self.plan.placed_kinds(&entry.pattern, entry.role);
        let lost = entry.kinds.iter().filter(|kind| !placed.contains(kind));
        lost.filter_map(|kind| Some((part_variant(kind)?.rust, format!("{}.{kind}", entry.role)))).collect()
    }

    /// For a tool result's own message: kinds inside it that are neither placed nor spilled.
    fn lost_inside(&self, entry: &Entry) -> Option<TokenStream> {
        let placed = self.plan.placed_kinds(&entry.pattern, "tool_result");
        let spilled =
            |kind: &&&str| entry.fates.spills.iter().any(|(_, kinds, _)| kinds.iter().any(|spilled| spilled == **kind));
        let inside =
            crate::spec::plan::kinds_of("tool_result").iter().filter(|kind| !placed.contains(kind) && !spilled(kind));
        let pairs = inside.filter_map(|kind| {
            let (rust, name) = (ident(part_variant(kind)?.rust), format!("tool_result.{kind}"));
            Some(quote!((PartKind::#rust, #name)))
        });
        let lists_text = listed(entry).iter().any(|hole| self.plan.hole_kinds(hole, "tool_result").contains(&"text"));
        let native = (!lists_text).then(|| quote!((PartKind::Native, #NATIVE)));
        let pairs: Vec<_> = pairs.chain(native).collect();
        entry
            .single_part()
            .is_some_and(|variant| variant.name == "tool_result")
            .then(|| quote!(w.lose_kinds(parts.iter(), &[#(#pairs),*]);))
    }
}

/// What the loss of a part that only another dialect can express is called.
const NATIVE: &str = "part.native";

/// The holes of a message that spell each part by itself.
fn listed(entry: &Entry) -> Vec<&Hole> {
    let holes = entry.pattern.holes().into_iter().filter(|hole| hole.field.ty == Ty::List(&Ty::Named("Part")));
    holes.filter(|hole| !hole.codec.is_some_and(Codec::joins)).collect()
}

/// Reasoning before text before calls: the order of the vocabulary.
fn rank(hole: &Hole) -> usize {
    let variants = type_named("Part").map(|ty| ty.variants()).unwrap_or_default();
    hole.kinds.first().and_then(|kind| variants.iter().position(|variant| variant.name == *kind)).unwrap_or(usize::MAX)
}

fn role_ident(role: &str) -> proc_macro2::Ident {
    format_ident!("{}", super::name::camel(role))
}

fn group_ident(group: Group) -> proc_macro2::Ident {
    ident(match group {
        Group::Message => "Message",
        Group::Run => "Run",
        Group::Each => "Each",
    })
}
