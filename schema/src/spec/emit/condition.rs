//! When a pattern of a template is written.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    model::vocabulary::{Ty, Type, type_named},
    spec::plan::{Codec, Hole, Pattern, SpelledVariant},
};

use super::{
    Module,
    access::{Access, Names},
    name::{ident, snake},
    write::{Template, gathered},
};

/// When something is written.
pub(super) enum Condition {
    /// If this binds `value`.
    Value(TokenStream),
    /// If this holds.
    Any(TokenStream),
    /// Not in this scope.
    Never,
}

impl Module<'_> {
    /// Code that writes what stands behind a part or a tool in their list, each if it has a value.
    pub(super) fn behind(&self, spelled: &SpelledVariant) -> TokenStream {
        let elements = spelled.then.iter().map(|pattern| {
            let mut template = Template::new(self, Names::of_variant(spelled.variant));
            let condition = template.condition(pattern);
            template.value(pattern);
            let body = template.finish();
            match condition {
                None => quote!(w.comma(); #body),
                Some(Condition::Value(test) | Condition::Any(test)) => quote!(if #test { w.comma(); #body }),
                Some(Condition::Never) => quote!(),
            }
        });
        elements.collect()
    }
}

impl Template<'_> {
    /// When a pattern is written: none means always.
    pub(super) fn condition(&self, pattern: &Pattern) -> Option<Condition> {
        match pattern {
            Pattern::Constant(..) | Pattern::EmptyList => None,
            Pattern::Written(pattern) => self.condition(pattern),
            Pattern::Interpolation(..) => self.any(pattern),
            Pattern::Hole(hole) if hole.codec == Some(Codec::Wrapped) => None,
            Pattern::Hole(hole) if hole.codec == Some(Codec::Word) && hole.words.len() == 2 => None,
            Pattern::Hole(hole) if hole.default.is_some() => None,
            Pattern::Hole(hole) => {
                let fits = self.fits(hole, quote!(value));
                match self.module.access(hole, &self.names) {
                    Access::Always(value) => {
                        let fits = self.fits(hole, value)?;
                        Some(Condition::Any(fits))
                    }
                    Access::Optional(value) => {
                        let fits = fits.map(|fits| quote!(&& #fits));
                        Some(Condition::Value(quote!(let Some(value) = #value #fits)))
                    }
                    Access::Flag(value) => Some(Condition::Any(value)),
                    Access::List(value) => Some(Condition::Any(match self.module.element_fits(hole) {
                        Some(fits) => quote!(w.any_fits(#value.iter().map(#fits))),
                        None => quote!(!#value.is_empty()),
                    })),
                    Access::Parts(parts) => Some(Condition::Any(quote!(#parts.next().is_some()))),
                    Access::Messages => None,
                    Access::Never => Some(Condition::Never),
                }
            }
            // No text is no element, and yet a list.
            Pattern::List(element, _) if gathered(element).is_some() => None,
            Pattern::List(element, _) => self.any(element),
            Pattern::Object(_) => self.any(pattern),
        }
    }

    /// A composed pattern is written if any of its values is there, or if one always is.
    fn any(&self, pattern: &Pattern) -> Option<Condition> {
        let mut tests = Vec::new();
        let mut holes = 0;
        let mut always = false;
        self.collect(pattern, &mut |hole, spread| {
            holes += 1;
            if hole.default.is_some() && !spread {
                always = true;
                return;
            }
            let fits = self.fits(hole, quote!(value));
            match self.module.access(hole, &self.names) {
                Access::Always(value) => match self.fits(hole, value) {
                    Some(fits) => tests.push(fits),
                    None => always = true,
                },
                Access::Optional(value) => tests.push(match fits {
                    Some(fits) => quote!(#value.is_some_and(|value| #fits)),
                    None => quote!(#value.is_some()),
                }),
                Access::Flag(value) => tests.push(value),
                Access::List(value) => tests.push(quote!(!#value.is_empty())),
                Access::Parts(parts) => tests.push(quote!(#parts.next().is_some())),
                Access::Messages => always = true,
                Access::Never => {}
            }
        });
        match (always || holes == 0, tests.is_empty()) {
            (true, _) => None,
            (false, true) => Some(Condition::Never),
            (false, false) => Some(Condition::Any(quote!(#(#tests)||*))),
        }
    }

    fn collect(&self, pattern: &Pattern, each: &mut impl FnMut(&Hole, bool)) {
        match pattern {
            Pattern::Object(object) => {
                object.spread.iter().for_each(|hole| each(hole, true));
                object.entries.iter().for_each(|(_, pattern)| self.collect(pattern, each));
            }
            Pattern::List(element, _) | Pattern::Written(element) => self.collect(element, each),
            other => other.holes().into_iter().for_each(|hole| each(hole, false)),
        }
    }

    /// Whether a value has a place, where that depends on the value.
    pub(super) fn fits(&self, hole: &Hole, value: TokenStream) -> Option<TokenStream> {
        let Ty::Named(name) = hole.ty() else { return None };
        let fits = self.module.may_not_fit(name).then(|| {
            let fits = format_ident!("fits_{}", snake(name));
            quote!(w.fits(#fits(#value)))
        });
        if hole.kinds.is_empty() {
            return fits;
        }
        let variants = type_named(name).map(Type::variants).unwrap_or_default().iter();
        let meant = variants.filter(|variant| hole.kinds.contains(&variant.name)).map(|variant| {
            let (ty, rust) = (ident(name), ident(variant.rust));
            if variant.fields.is_empty() { quote!(#ty::#rust) } else { quote!(#ty::#rust { .. }) }
        });
        let fits = fits.map(|fits| quote!(&& #fits));
        Some(quote!(matches!(#value, #(#meant)|*) #fits))
    }
}
