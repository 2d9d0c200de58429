//! What a spec says beyond bodies, as a constant.

use proc_macro2::TokenStream;
use quote::quote;

use crate::spec::plan::{Address, Auth, Form, Framing, Pattern, Plan, Way};

use super::{dispatch::key_of, name::ident};

/// A spec's facts.
pub(super) fn facts(plan: &Plan, all: &[Plan]) -> TokenStream {
    let (name, dialect, aliases, http) = (&plan.name, &plan.dialect, &plan.aliases, &plan.http);
    let option = |address: &Option<Address>| match address {
        Some(Address { text, .. }) => quote!(Some(#text)),
        None => quote!(None),
    };
    let (stream, count, models, base) =
        (option(&http.stream), option(&http.count), option(&http.models), option(&http.base));
    let call = http.call.as_ref().map_or("", |call| call.text.as_str());
    let (serve, ignores, hosts, forward) = (&http.serve, &http.ignores, &http.hosts, &http.forward);
    let variables = http.variables.iter().map(|variable| {
        let (name, sources) = (&variable.name, &variable.sources);
        quote!((#name, &[#(#sources),*]))
    });
    let auth = http.auth.iter().map(auth);
    let headers = http.headers.iter().map(|(name, Address { text, .. })| quote!((#name, #text)));
    let status = http.status.iter().map(|(kind, status)| {
        let kind = ident(kind);
        quote!((ErrorKind::#kind, #status))
    });
    let framing = framing(plan.stream.framing);
    let bare = match &plan.stream.bare {
        Some((bare, _)) => {
            let bare = self::framing(*bare);
            quote!(Some(#bare))
        }
        None => quote!(None),
    };
    let passes = passes(plan, all);
    quote! {
        Facts {
            name: #name, dialect: #dialect, aliases: &[#(#aliases),*],
            serve: &[#(#serve),*], call: #call, stream: #stream, count: #count, models: #models, ignores: &[#(#ignores),*],
            base: #base, variables: &[#(#variables),*], hosts: &[#(#hosts),*],
            auth: &[#(#auth),*], headers: &[#(#headers),*], forward: &[#(#forward),*], status: &[#(#status),*],
            framing: #framing, bare: #bare, passes: #passes,
        }
    }
}

fn framing(framing: Framing) -> TokenStream {
    let word = ident(match framing {
        Framing::Sse => "Sse",
        Framing::Ndjson => "Ndjson",
        Framing::JsonArray => "JsonArray",
        Framing::EventStream => "EventStream",
    });
    quote!(Framing::#word)
}

fn auth(auth: &Auth) -> TokenStream {
    let option = match &auth.option {
        Some(option) => quote!(Some(#option)),
        None => quote!(None),
    };
    let way = match &auth.way {
        Way::Header(name, value) => quote!(Way::Header(#name, #value)),
        Way::Query(name) => quote!(Way::Query(#name)),
        Way::Gcp(credentials) => quote!(Way::Gcp(#credentials)),
        Way::Sigv4(service, region) => quote!(Way::Sigv4(#service, #region)),
    };
    quote!(Auth { option: #option, way: #way })
}

/// Whether a request in the dialect's own words may go to this provider byte for byte, but for the model's name: not if
/// the provider wants the model elsewhere, frames its streams otherwise, or asks for a constant of its own.
fn passes(plan: &Plan, all: &[Plan]) -> bool {
    let Some(dialect) = all.iter().find(|other| !other.is_provider && other.name == plan.dialect) else {
        return true;
    };
    let place = |plan: &Plan, field| {
        let key = plan.spelling("Request").and_then(|spelling| key_of(spelling, field));
        (key, plan.http.says(field))
    };
    let constants = |plan: &Plan| {
        let request = plan.spelling("Request").map(|spelling| &spelling.form);
        match request {
            Some(Form::Record(pattern)) => constants(pattern),
            _ => Vec::new(),
        }
    };
    let known = constants(dialect);
    ["model", "stream"].iter().all(|field| place(plan, field) == place(dialect, field))
        && plan.stream.framing == dialect.stream.framing
        && constants(plan).iter().all(|constant| known.contains(constant))
}

/// The constants of an exemplar, each with its key.
fn constants(pattern: &Pattern) -> Vec<(String, String)> {
    fn walk(key: &str, pattern: &Pattern, found: &mut Vec<(String, String)>) {
        match pattern {
            Pattern::Constant(literal, _) => {
                found.push((key.to_owned(), literal.json().unwrap_or_default()));
            }
            Pattern::Object(object) => {
                object.entries.iter().for_each(|(inner, pattern)| walk(&format!("{key}.{inner}"), pattern, found));
            }
            Pattern::List(element, _) => walk(key, element, found),
            Pattern::Hole(_) | Pattern::Interpolation(..) | Pattern::EmptyList => {}
        }
    }
    let mut found = Vec::new();
    walk("", pattern, &mut found);
    found
}
