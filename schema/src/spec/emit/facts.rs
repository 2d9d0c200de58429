//! What a spec says beyond bodies, as a constant.

use proc_macro2::TokenStream;
use quote::quote;

use crate::spec::plan::{Address, Auth, Form, Framing, Pattern, Plan, SpelledVariant, Spelling, Way};

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
    let framing = ident(match plan.stream.framing {
        Framing::Sse => "Sse",
        Framing::Ndjson => "Ndjson",
    });
    let (signatures, places, passes) = (&plan.signatures, places(plan), passes(plan, all));
    quote! {
        Facts {
            name: #name, dialect: #dialect, aliases: &[#(#aliases),*],
            serve: &[#(#serve),*], call: #call, stream: #stream, count: #count, models: #models, ignores: &[#(#ignores),*],
            base: #base, variables: &[#(#variables),*], hosts: &[#(#hosts),*],
            auth: &[#(#auth),*], headers: &[#(#headers),*], forward: &[#(#forward),*], status: &[#(#status),*],
            framing: Framing::#framing, signatures: #signatures, places: #places, passes: #passes,
        }
    }
}

/// What a spec has places for, where the gateway acts on it.
fn places(plan: &Plan) -> TokenStream {
    let has = |ty: &str, variant: &str| plan.spelling(ty).is_some_and(|spelling| spelling.variant(variant).is_some());
    let field = |kind: &str, field: &str| {
        let as_part = plan.spelling("Part").and_then(|spelling| spelling.variant(kind)).map(|spelled| &spelled.pattern);
        let alone = plan.messages.iter().filter(|entry| entry.single_part().is_some_and(|part| part.name == kind));
        let mut patterns = as_part.into_iter().chain(alone.map(|entry| &entry.pattern));
        patterns.any(|pattern| pattern.holes().iter().any(|hole| hole.field.name == field))
    };
    let steps = plan.spelling("Step").map(Spelling::variants).unwrap_or_default();
    let answer_so_far = steps.iter().any(SpelledVariant::retells);
    let (reasoning_signature, call_signature) = (field("reasoning", "signature"), field("tool_call", "signature"));
    let (custom_tools, namespaces) = (has("Tool", "custom"), has("Tool", "namespace"));
    let web_search = has("Tool", "web_search") || has("ToolGroup", "web_search");
    let (whole_parts, incomplete) = (has("Step", "text") || has("Step", "tool_call"), has("Step", "incomplete"));
    quote! {
        Places {
            reasoning_signature: #reasoning_signature, call_signature: #call_signature, custom_tools: #custom_tools,
            namespaces: #namespaces, web_search: #web_search, whole_parts: #whole_parts, incomplete: #incomplete,
            answer_so_far: #answer_so_far,
        }
    }
}

fn auth(auth: &Auth) -> TokenStream {
    let option = match &auth.option {
        Some(option) => quote!(Some(#option)),
        None => quote!(None),
    };
    let way = match &auth.way {
        Way::Header(name, value) => quote!(Way::Header(#name, #value)),
        Way::Query(name) => quote!(Way::Query(#name)),
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
            Pattern::List(element, _) | Pattern::Written(element) => walk(key, element, found),
            Pattern::Hole(_) | Pattern::Interpolation(..) | Pattern::EmptyList => {}
        }
    }
    let mut found = Vec::new();
    walk("", pattern, &mut found);
    found
}
