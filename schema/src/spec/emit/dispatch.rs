//! The enums that choose among modules.

use proc_macro2::TokenStream;
use quote::quote;

use crate::spec::plan::Plan;

use super::{
    facts::facts,
    model::by_model,
    name::{camel, ident, module},
};

/// The top-level key at which a request has a value.
pub(super) fn key_of(spelling: &crate::spec::plan::Spelling, field: &str) -> Option<String> {
    use crate::spec::plan::{Form, Pattern};
    let Form::Record(Pattern::Object(object)) = &spelling.form else { return None };
    let found =
        object.entries.iter().find(|(_, pattern)| matches!(pattern, Pattern::Hole(hole) if hole.field.name == field));
    found.map(|(key, _)| key.clone())
}

/// `Face` and `Provider`: one variant a spec, and a `match` for each thing that they do.
pub(super) fn dispatch(plans: &[Plan]) -> TokenStream {
    let faces: Vec<&Plan> = plans.iter().filter(|plan| !plan.http.serve.is_empty()).collect();
    let providers: Vec<&Plan> = plans.iter().filter(|plan| plan.is_provider).collect();
    let face = choice("Face", "A protocol that clients speak.", &faces, plans);
    let services = services(&faces);
    let provider = choice("Provider", "An API that answers.", &providers, plans);
    quote!(#face #services #provider)
}

fn choice(name: &str, doc: &str, plans: &[&Plan], all: &[Plan]) -> TokenStream {
    let ty = ident(name);
    let variants: Vec<_> = plans.iter().map(|plan| ident(&camel(&plan.name))).collect();
    let modules: Vec<_> = plans.iter().map(|plan| ident(&module(plan))).collect();
    let docs = plans.iter().map(|plan| format!(" `{}`", plan.name));
    // Only where models want requests of their own does the model choose.
    let writes = plans.iter().zip(&modules).map(|(plan, module)| match by_model(plan) {
        true => quote!(#module::write_request_of_model(request, self.facts().position(&request.model), w)),
        false => quote!(#module::write_request(request, w)),
    });
    let facts = plans.iter().map(|plan| facts(plan, all));
    let is_face = plans.iter().any(|plan| !plan.http.serve.is_empty());
    let laws = (!is_face).then(|| quote!(#[cfg(feature = "laws")]));
    let read_request = quote! {
            /// Reads a request.
            ///
            /// # Errors
            /// What is wrong with the text, with line and column.
            #laws
            pub fn read_request<'a>(self, text: &'a str) -> Result<Request<'a>, serde_json::Error> {
                match self { #(#ty::#variants => #modules::parse_request(text),)* }
            }

    };
    // Only faces tell clients what was answered.
    let telling = is_face.then(|| {
        quote! {
                /// Reads of a request only what passing it through needs.
                ///
                /// # Errors
                /// What is wrong with the text, with line and column.
                pub fn peek<'a>(self, text: &'a str) -> Result<Peek<'a>, serde_json::Error> {
                    match self { #(#ty::#variants => #modules::peek(text),)* }
                }

                /// Writes a whole answer.
                pub fn write_response(self, response: &Response<'_>, w: &mut Writer) {
                    match self { #(#ty::#variants => #modules::write_response(response, w),)* }
                }

                /// Writes the body of an error.
                pub fn write_error(self, error: &ApiError<'_>, w: &mut Writer) {
                    match self { #(#ty::#variants => #modules::write_api_error(error, w),)* }
                }

                /// Writes a step as a frame with its framing. `answer` is what is known of the answer so far.
                pub fn write_step(self, step: &Step<'_>, answer: &Response<'_>, w: &mut Writer) {
                    match self { #(#ty::#variants => #modules::write_step(step, answer, w),)* }
                }
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum #ty { #(#[doc = #docs] #variants,)* }

        impl #ty {
            /// All of them.
            pub const ALL: &'static [#ty] = &[#(#ty::#variants),*];

            /// What its spec says of it.
            pub fn facts(self) -> &'static Facts {
                match self { #(#ty::#variants => { const FACTS: Facts = #facts; &FACTS })* }
            }

            /// What its spec says of a model of that name.
            pub fn model(self, name: &str) -> Option<&'static ModelFacts> {
                self.facts().model(name)
            }

            #read_request

            /// Writes a request.
            pub fn write_request(self, request: &Request<'_>, w: &mut Writer) {
                match self { #(#ty::#variants => #writes,)* }
            }

            /// Reads a whole answer.
            ///
            /// # Errors
            /// What is wrong with the text, with line and column.
            pub fn read_response<'a>(self, text: &'a str) -> Result<Response<'a>, serde_json::Error> {
                match self { #(#ty::#variants => #modules::parse_response(text),)* }
            }

            /// Reads the body of an error, if it is one.
            pub fn read_error<'a>(self, text: &'a str) -> Option<ApiError<'a>> {
                match self { #(#ty::#variants => #modules::parse_error(text),)* }
            }

            /// Gives each step of a frame to a sink, and the number of things that the spec does not know.
            ///
            /// # Errors
            /// What is wrong with the text, with line and column.
            pub fn read_frame<'a>(self, text: &'a str, sink: &mut impl FnMut(Step<'a>)) -> Result<u64, serde_json::Error> {
                match self { #(#ty::#variants => #modules::parse_frame(text, sink),)* }
            }

            #telling
        }
    }
}

/// What faces tell beside answers.
fn services(faces: &[&Plan]) -> TokenStream {
    let write = |ty: &str, function: &str, argument: &str| {
        let (function, argument) = (ident(function), ident(argument));
        let arms = faces.iter().map(|plan| {
            let (variant, module) = (ident(&camel(&plan.name)), ident(&module(plan)));
            match plan.spelling(ty) {
                Some(_) => quote!(Face::#variant => #module::#function(#argument, w)),
                None => quote!(Face::#variant => {}),
            }
        });
        let arms: Vec<_> = arms.collect();
        quote!(match self { #(#arms,)* })
    };
    let count = write("TokenCount", "write_token_count", "count");
    let catalog = write("Catalog", "write_catalog", "catalog");
    quote! {
        impl Face {
            /// Writes a count of tokens, if the face counts.
            pub fn write_count(self, count: &TokenCount, w: &mut Writer) { #count }

            /// Writes the list of models, if the face lists them.
            pub fn write_catalog(self, catalog: &Catalog<'_>, w: &mut Writer) { #catalog }
        }
    }
}
