//! What a spec says beyond bodies, as a constant.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use crate::spec::plan::{
    Address, Auth, Demands, Form, Framing, ImageWeight, Pattern, Plan, SchemaLimit, SpelledVariant, Spelling,
    TextLimit, Way, Weights,
};

use super::{catalog, dispatch::key_of, name::ident};

/// A spec's facts.
pub(super) fn facts(plan: &Plan, all: &[Plan]) -> TokenStream {
    let (name, dialect, aliases, http) = (&plan.name, &plan.dialect, &plan.aliases, &plan.http);
    let vendor = &plan.vendor;
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
    let demands = demands(&plan.demands);
    let details = optional(&plan.details().next().map(|hole| {
        let keys = &hole.words;
        quote!(&[#(#keys),*])
    }));
    let thoughts = optional(&plan.thoughts.as_ref().map(|(open, close)| quote!((#open, #close))));
    let (body_options, weights) = (plan.body_options, optional(&plan.weights.as_ref().map(weights)));
    let counting = optional(&counting(plan, all));
    let known = catalog::name(plan);
    let (signatures, places, passes) = (&plan.signatures, places(plan), passes(plan, all));
    quote! {
        Facts {
            name: #name, vendor: #vendor, dialect: #dialect, aliases: &[#(#aliases),*],
            serve: &[#(#serve),*], call: #call, stream: #stream, count: #count, models: #models, ignores: &[#(#ignores),*],
            base: #base, variables: &[#(#variables),*], hosts: &[#(#hosts),*],
            auth: &[#(#auth),*], headers: &[#(#headers),*], forward: &[#(#forward),*], status: &[#(#status),*],
            framing: #framing, bare: #bare, signatures: #signatures, places: #places, passes: #passes,
            body_options: #body_options, thoughts: #thoughts, details: #details, demands: #demands, weights: #weights, counting: #counting, models_known: #known,
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
    let request = plan.spelling("Request").map(Spelling::patterns).unwrap_or_default();
    let previous = request.iter().flat_map(|pattern| pattern.holes()).any(|hole| hole.field.name == "previous");
    let web_search = has("Tool", "web_search") || has("ToolGroup", "web_search");
    let response = plan.spelling("Response").map(Spelling::patterns).unwrap_or_default();
    let answers = |name: &str| response.iter().flat_map(|pattern| pattern.holes()).any(|hole| hole.field.name == name);
    let web = plan.spelling("Citation").and_then(|spelling| spelling.variant("web")).map(|spelled| &spelled.pattern);
    let of_web = |name: &str| web.is_some_and(|web| web.holes().iter().any(|hole| hole.field.name == name));
    let (citations, grounding) = (has("Step", "citation"), has("Step", "grounding"));
    let (cited_over_all, cited_spans, citation_proof) = (answers("citations"), of_web("start"), of_web("proof"));
    let (whole_parts, incomplete) = (has("Step", "text") || has("Step", "tool_call"), has("Step", "incomplete"));
    quote! {
        Places {
            reasoning_signature: #reasoning_signature, call_signature: #call_signature, custom_tools: #custom_tools,
            namespaces: #namespaces, web_search: #web_search, whole_parts: #whole_parts, incomplete: #incomplete,
            answer_so_far: #answer_so_far, previous: #previous, citations: #citations, grounding: #grounding,
            cited_over_all: #cited_over_all, cited_spans: #cited_spans, citation_proof: #citation_proof,
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
            Pattern::List(element, _) | Pattern::Written(element) => walk(key, element, found),
            Pattern::Hole(_) | Pattern::Interpolation(..) | Pattern::EmptyList => {}
        }
    }
    let mut found = Vec::new();
    walk("", pattern, &mut found);
    found
}

/// How the API counts tokens itself.
fn counting(plan: &Plan, all: &[Plan]) -> Option<TokenStream> {
    let omits = plan.http.count_omits.as_ref()?;
    // What a provider serves is its dialect's to say.
    let dialect = all.iter().find(|other| !other.is_provider && other.name == plan.dialect)?;
    let path = &dialect.http.count.as_ref()?.text;
    let key = dialect.spelling("TokenCount").and_then(|spelling| key_of(spelling, "input"))?;
    Some(quote!(Counting { path: #path, omits: &[#(#omits),*], key: #key }))
}

/// What is counted otherwise than by its words.
pub(super) fn weights(weights: &Weights) -> TokenStream {
    let number = |number: u64| Literal::u64_unsuffixed(number);
    let (page, second) = (number(weights.page), number(weights.second));
    let image = match weights.image {
        ImageWeight::Area { pixels, longest, most } => {
            let (pixels, longest, most) = (number(pixels), number(longest), number(most));
            quote!(Area { pixels: #pixels, longest: #longest, most: #most })
        }
        ImageWeight::Tiles { side, longest, shortest, each, base } => {
            let (side, longest, shortest) = (number(side), number(longest), number(shortest));
            let (each, base) = (number(each), number(base));
            quote!(Tiles { side: #side, longest: #longest, shortest: #shortest, each: #each, base: #base })
        }
        ImageWeight::Crops { ratio, small, each } => {
            let (small, each) = (number(small), number(each));
            quote!(Crops { ratio: #ratio, small: #small, each: #each })
        }
        ImageWeight::Patches { side, most, times } => {
            let (side, most) = (number(side), number(most));
            quote!(Patches { side: #side, most: #most, times: #times })
        }
    };
    quote!(Weights { image: ImageWeight::#image, page: #page, second: #second })
}

/// What a request is fitted to.
pub(super) fn demands(demands: &Demands) -> TokenStream {
    let text = |limit: TextLimit| {
        let TextLimit { chars, first, least, most } = limit;
        quote!(TextRule { chars: #chars, first: #first, least: #least, most: #most })
    };
    let (call_id, tool_name) = (optional(&demands.call_id.map(text)), optional(&demands.tool_name.map(text)));
    let (user, title) = (optional(&demands.user.map(text)), optional(&demands.title.map(text)));
    let schema = |limit: &SchemaLimit| {
        let SchemaLimit { takes, refuses, formats, inline, object, properties, closed } = limit;
        quote! {
            Subset {
                takes: &[#(#takes),*], refuses: &[#(#refuses),*], formats: &[#(#formats),*],
                inline: #inline, object: #object, properties: #properties, closed: #closed,
            }
        }
    };
    let (images, documents) = (&demands.images, &demands.documents);
    let cache_marks = optional(&demands.cache_marks);
    let (user_first, user_last) = (demands.user_first, demands.user_last);
    let (search_alone, choice_free) = (demands.search_alone, demands.choice_free);
    let budgets_alone = demands.budgets_alone;
    let tool_schema = optional(&demands.tool_schema.as_ref().map(schema));
    let format_schema = optional(&demands.format_schema.as_ref().map(schema));
    quote! {
        Demands {
            call_id: #call_id, tool_name: #tool_name, user: #user, title: #title, images: &[#(#images),*], documents: &[#(#documents),*], tool_schema: #tool_schema, format_schema: #format_schema,
            cache_marks: #cache_marks, user_first: #user_first, user_last: #user_last, search_alone: #search_alone,
            choice_free: #choice_free, budgets_alone: #budgets_alone,
        }
    }
}

/// A value that may be missing, as an expression.
pub(super) fn optional(value: &Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}
