//! Writers of types: which variant has which template, which has none, and what is lost.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    model::vocabulary::{Field, Kind, Ty, Type, Variant, type_named},
    spec::{
        plan::{Form, Hole, Pattern, SpelledVariant, Spelling, kinds_of},
        speech::part_variant,
    },
};

use super::{
    Module,
    access::{Names, is_set},
    name::{ident, snake},
    parts::is_one_text,
    write::Template,
};

impl Module<'_> {
    /// All writers of a type.
    pub(super) fn write_type(&mut self, spelling: &Spelling) {
        match &spelling.form {
            Form::Words(words) => self.write_words(spelling, words),
            Form::Record(pattern) => self.write_record(spelling, pattern),
            Form::Union(variants) if spelling.ty.name == "Step" => self.write_steps(spelling, variants),
            Form::Union(_) => self.write_union(spelling),
        }
    }

    fn write_record(&mut self, spelling: &Spelling, pattern: &Pattern) {
        let name = spelling.ty.name;
        let (function, ty, generics) = (format_ident!("write_{}", snake(name)), ident(name), lifetime(spelling));
        let record = match name {
            "Request" => "request",
            "Response" => "response",
            _ => "record",
        };
        let mut template = Template::new(self, Names::Record(record));
        template.exemplar(pattern);
        let body = template.finish();
        let lost = self.lose_unplaced_record(spelling, pattern, record);
        let untold = (name == "Request").then(|| self.lose_untold_reasoning(pattern));
        let unplaced = (name == "Response").then(|| self.lose_unplaced_parts(pattern));
        let cited = (name == "Response").then(|| cited_elsewhere(pattern));
        let record = ident(record);
        self.item(
            function.to_string(),
            &spelling.origin,
            quote! {
                pub(crate) fn #function(#record: &#ty #generics, w: &mut Writer) { #lost #untold #unplaced #body #cited }
            },
        );
    }

    /// Notes the parts of an answer that its template has no place for.
    fn lose_unplaced_parts(&self, pattern: &Pattern) -> TokenStream {
        // Of what stands in wire messages these say what is lost.
        if pattern.holes().iter().any(|hole| hole.field.name == "messages") {
            return quote!();
        }
        let placed = self.plan.placed_kinds(pattern, "assistant");
        let lost = kinds_of("assistant").iter().filter(|kind| !placed.contains(kind));
        let lost = lost.filter_map(|kind| {
            let rust = ident(part_variant(kind)?.rust);
            Some(quote!((PartKind::#rust, #kind)))
        });
        let lists = |hole: &&Hole| hole.field.name == "parts" && !is_one_text(hole, &Names::Record("response"));
        let lists_text = pattern.holes().into_iter().filter(lists);
        let lists_text = lists_text.into_iter().any(|hole| self.plan.hole_kinds(hole, "assistant").contains(&"text"));
        let native = (!lists_text).then(|| quote!((PartKind::Native, "part.native")));
        let lost: Vec<_> = lost.chain(native).collect();
        quote!(w.lose_kinds(response.parts.iter(), &[#(#lost),*]);)
    }

    fn lose_unplaced_record(&self, spelling: &Spelling, pattern: &Pattern, record: &str) -> TokenStream {
        let placed: BTreeSet<&str> = pattern.holes().iter().map(|hole| hole.field.name).collect();
        let record = ident(record);
        let lost = spelling.ty.fields().iter().filter(|field| {
            !field.view
                && !placed.contains(field.name)
                && spelling.fates.drops.iter().any(|(drop, _)| drop == field.name)
        });
        let lost = lost.filter_map(|field| {
            let (name, label) = (ident(field.name), loss_name(spelling.ty.name, field.name));
            let set = is_set(field, quote!(#record.#name))?;
            Some(quote!(if #set { w.lose(#label); }))
        });
        quote!(#(#lost)*)
    }

    /// Notes the fields of a variant that its template has no place for.
    pub(super) fn lose_unplaced(&self, owner: &str, fields: &[Field], patterns: &[&Pattern]) -> TokenStream {
        let placed: BTreeSet<&str> =
            patterns.iter().flat_map(|pattern| pattern.holes()).map(|hole| hole.field.name).collect();
        // The key under which a result stands may say that the tool failed.
        let tells_failure = patterns.iter().flat_map(|pattern| pattern.holes()).any(Hole::tells_failure);
        let placed: BTreeSet<&str> = placed.into_iter().chain(tells_failure.then_some("is_error")).collect();
        let lost = fields.iter().filter(|field| !field.derived && !placed.contains(field.name)).filter_map(|field| {
            let (name, label) = (ident(field.name), format!("{owner}.{}", field.name));
            let place = if field.ty == Ty::Bool && !field.optional { quote!(*#name) } else { quote!(#name) };
            let set = is_set(field, place)?;
            Some(quote!(if #set { w.lose(#label); }))
        });
        quote!(#(#lost)*)
    }

    fn write_union(&mut self, spelling: &Spelling) {
        let name = spelling.ty.name;
        let (ty, generics) = (ident(name), lifetime(spelling));
        let write = format_ident!("write_{}", snake(name));
        let fits = format_ident!("fits_{}", snake(name));
        let dialect = &self.plan.dialect;
        let is_part = name == "Part";
        let (mut written, mut fitting, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for variant in spelling.ty.variants() {
            let rust = ident(variant.rust);
            if variant.native {
                let loss = format!("{}.{}", snake(name), variant.name);
                fitting
                    .push(quote!(#ty::#rust { dialect, .. } => if *dialect == #dialect { Ok(()) } else { Err(#loss) }));
                written.push(quote!(#ty::#rust { json, .. } => w.json(json)));
                continue;
            }
            let fields: Vec<_> = variant.fields.iter().map(|field| ident(field.name)).collect();
            let bind = if fields.is_empty() { quote!() } else { quote!({ #(#fields),* }) };
            let spelled = spelling.variant(variant.name);
            let target = spelling.fates.degrades.iter().find(|(from, ..)| from == variant.name);
            let target = target.and_then(|(_, to, _)| spelling.variant(to));
            let loss = if is_part { variant.name.to_owned() } else { format!("{}.{}", snake(name), variant.name) };
            let nested = self.nested_fits(variant.fields);
            let by_words = |template: &SpelledVariant| {
                let mut inner = Template::new(self, Names::Words);
                inner.value(&template.pattern);
                inner.finish()
            };
            match (spelled, target) {
                (Some(spelled), target) => {
                    let mut template = Template::new(self, Names::of_variant(variant));
                    template.exemplar(&spelled.pattern);
                    let body = template.finish();
                    let owner = if is_part { variant.name.to_owned() } else { snake(name) };
                    let behind = self.behind(spelled);
                    let lost = self.lose_unplaced(&owner, variant.fields, &spelled.written().collect::<Vec<_>>());
                    let mut bare = Template::new(self, Names::of_variant(variant));
                    if let Pattern::Object(object) = &spelled.pattern {
                        bare.entries(object);
                        let bare = bare.finish();
                        keys.push(quote!(#ty::#rust #bind => { #lost #bare }));
                    }
                    match target.filter(|_| is_part) {
                        Some(target) => {
                            let words = by_words(target);
                            let (_, lost_beside) = lose_beside_words(variant);
                            written.push(quote! {
                                #ty::#rust #bind if (#nested).is_err() => if let Some(words) = value.words() {
                                    #lost_beside
                                    #words
                                },
                                #ty::#rust #bind => { #lost #body #behind }
                            });
                            fitting.push(
                                quote!(#ty::#rust #bind => if value.words().is_some() { Ok(()) } else { #nested }),
                            );
                        }
                        None => {
                            written.push(quote!(#ty::#rust #bind => { #lost #body #behind }));
                            fitting.push(quote!(#ty::#rust #bind => #nested));
                        }
                    }
                }
                (None, Some(target)) if is_part => {
                    let words = by_words(target);
                    let (beside, lost_beside) = lose_beside_words(variant);
                    written.push(quote! {
                        #ty::#rust #beside => if let Some(words) = value.words() {
                            #lost_beside
                            #words
                        }
                    });
                    fitting.push(quote!(#ty::#rust { .. } => value.words().map(|_| ()).ok_or(#loss)));
                }
                (None, Some(target)) => {
                    let mut template = Template::new(self, Names::of_variant(variant));
                    template.value(&target.pattern);
                    let body = template.finish();
                    written.push(quote!(#ty::#rust #bind => { w.lose(#loss); #body }));
                    fitting.push(quote!(#ty::#rust #bind => Ok(())));
                }
                (None, None) => {
                    let rest = if fields.is_empty() { quote!() } else { quote!({ .. }) };
                    written.push(quote!(#ty::#rust #rest => {}));
                    fitting.push(quote!(#ty::#rust #rest => Err(#loss)));
                }
            }
        }
        self.item(
            fits.to_string(),
            &spelling.origin,
            quote! {
                fn #fits(value: &#ty #generics) -> Result<(), &'static str> { match value { #(#fitting,)* } }
            },
        );
        self.item(
            write.to_string(),
            &spelling.origin,
            quote! {
                pub(crate) fn #write(value: &#ty #generics, w: &mut Writer) { match value { #(#written,)* } }
            },
        );
        if self.is_spread(name) {
            let write = format_ident!("write_{}_keys", snake(name));
            self.item(write.to_string(), &spelling.origin, quote! {
                fn #write(value: &#ty #generics, w: &mut Writer) { match value { #(#keys,)* #[allow(unreachable_patterns)] _ => {} } }
            });
        }
    }

    /// Whether the values inside a variant have places.
    fn nested_fits(&self, fields: &[Field]) -> TokenStream {
        let nested = fields.iter().filter(|field| !field.optional).filter_map(|field| match field.ty {
            Ty::Named(name) if self.may_not_fit(name) => {
                let (fits, name) = (format_ident!("fits_{}", snake(name)), ident(field.name));
                Some(quote!(#fits(#name)))
            }
            _ => None,
        });
        let nested: Vec<_> = nested.collect();
        match nested.as_slice() {
            [] => quote!(Ok::<(), &'static str>(())),
            [first, others @ ..] => quote!(#first #(.and_then(|()| #others))*),
        }
    }

    /// Whether some values of a type have no place.
    pub(super) fn may_not_fit(&self, name: &str) -> bool {
        let Some(ty) = type_named(name) else { return false };
        let spelling = self.plan.spelling(name);
        let degraded =
            |variant: &str| spelling.is_some_and(|s| s.fates.degrades.iter().any(|(from, ..)| from == variant));
        match ty.kind {
            Kind::Record(_) => false,
            Kind::Words(words) => words.iter().any(|word| {
                let spelled = matches!(spelling.map(|s| &s.form), Some(Form::Words(known)) if known.iter().any(|(k, _)| *k == word.name));
                !spelled && !degraded(word.name)
            }),
            Kind::Union(variants) => variants.iter().any(|variant| {
                let spelled = spelling.is_some_and(|spelling| spelling.variant(variant.name).is_some());
                variant.native || !spelled && !degraded(variant.name)
            }),
        }
    }

    fn is_spread(&self, name: &str) -> bool {
        let mut found = false;
        for spelling in &self.plan.types {
            let patterns: Vec<&Pattern> = match &spelling.form {
                Form::Record(pattern) => vec![pattern],
                Form::Union(variants) => variants.iter().map(|variant| &variant.pattern).collect(),
                Form::Words(_) => Vec::new(),
            };
            patterns
                .iter()
                .for_each(|pattern| spreads(pattern, &mut |hole| found |= hole.ty() == Ty::Named(name_of(name))));
        }
        found
    }

    /// For a list of unified values: the function that says whether one has a place.
    pub(super) fn element_fits(&self, hole: &Hole) -> Option<TokenStream> {
        match hole.ty() {
            Ty::List(Ty::Named(name)) if self.may_not_fit(name) => {
                let fits = format_ident!("fits_{}", snake(name));
                Some(quote!(#fits))
            }
            _ => None,
        }
    }

    /// Whether the request has a place of its own for the leading system message.
    pub(super) fn places_system(&self) -> bool {
        let mut found = false;
        self.each_read_hole(&mut |hole| found |= hole.field.name == "system");
        found
    }
}

/// Where the words come from may be told apart from them: then it is no loss that it does not stand with them.
fn cited_elsewhere(pattern: &Pattern) -> TokenStream {
    let holes = pattern.holes();
    let places = |name: &str| holes.iter().any(|hole| hole.field.name == name);
    let beside = places("grounding").then(|| quote!(w.lose_beside_pages(&response.parts);));
    match beside.is_some() || places("citations") {
        true => quote!(w.losses.forget("text.citations"); #beside),
        false => quote!(),
    }
}

/// Notes what of a part is lost where only its words are written.
pub(super) fn lose_beside_words(variant: &Variant) -> (TokenStream, TokenStream) {
    let beside = variant.fields.iter().filter(|field| !["text", "source"].contains(&field.name));
    let beside = beside.filter_map(|field| {
        let (name, label) = (ident(field.name), format!("{}.{}", variant.name, field.name));
        let set = is_set(field, quote!(#name))?;
        Some((name, quote!(if #set { w.lose(#label); })))
    });
    let (names, loses): (Vec<_>, Vec<_>) = beside.unzip();
    (quote!({ #(#names,)* .. }), quote!(#(#loses)*))
}

fn spreads<'p>(pattern: &'p Pattern, each: &mut impl FnMut(&'p Hole)) {
    match pattern {
        Pattern::Object(object) => {
            object.spread.iter().for_each(&mut *each);
            object.entries.iter().for_each(|(_, pattern)| spreads(pattern, each));
        }
        Pattern::List(element, _) => spreads(element, each),
        _ => {}
    }
}

fn name_of(name: &str) -> &'static str {
    type_named(name).map_or("", |ty| ty.name)
}

/// `<'_>` where the type borrows.
fn lifetime(spelling: &Spelling) -> TokenStream {
    if generics(spelling).is_empty() { quote!() } else { quote!(<'_>) }
}

/// What the loss of a record's field is called: a request's fields go by their own names.
fn loss_name(ty: &str, field: &str) -> String {
    match ty {
        "Request" | "Response" => field.to_owned(),
        _ => format!("{}.{field}", snake(ty)),
    }
}

/// `<'a>` where the type borrows.
pub(super) fn generics(spelling: &Spelling) -> TokenStream {
    if borrows(spelling.ty) { quote!(<'a>) } else { quote!() }
}

/// Whether a type holds text or JSON.
fn borrows(ty: &Type) -> bool {
    let field_borrows = |field: &Field| match field.ty {
        Ty::Text | Ty::Json => true,
        Ty::List(Ty::Unsigned) => false,
        Ty::List(inner) => !field.view && !matches!(inner, Ty::Named(name) if *name == ty.name),
        Ty::Named(name) => !field.view && name != ty.name && type_named(name).is_some_and(borrows),
        _ => false,
    };
    match ty.kind {
        Kind::Words(_) => false,
        Kind::Record(fields) => fields.iter().any(field_borrows),
        Kind::Union(variants) => {
            variants.iter().any(|variant| variant.native || variant.fields.iter().any(field_borrows))
        }
    }
}
