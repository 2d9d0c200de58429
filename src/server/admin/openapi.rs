//! The OpenAPI document, made of the routes themselves.

use std::sync::OnceLock;

use http::{Method, header};
use salvo::{Response, Router};
use salvo_oapi::{
    BasicType, Content, ExternalDocs, Info, Object, OpenApi, Operation, Parameter, ParameterIn, PathItem, PathItemType,
    RequestBody, Response as Told, SecurityRequirement, SecurityScheme, endpoint,
    naming::{self, FlexNamer},
    security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme},
};
use serde_json::Value;

use crate::{
    provenance,
    server::{
        PRESET, Parts,
        door::{is_open, scope},
        goal::json,
        own,
        place::{Place, Purpose, within_preset},
    },
    specs::Face,
    wire::stream::Way,
};

use super::specs::docs;

/// What is said of the whole.
const ABOUT: &str = "A gateway between coding agents and language models. Errors at the service's own paths have one \
form, `Error`; at the paths of models they have that of the client's protocol.";

/// The media type of what models are sent and answer.
const JSON: &str = "application/json";

/// Tells the document, which is made when it is first asked for.
pub(in crate::server) struct Document {
    parts: Parts,
    text: OnceLock<String>,
}

impl Document {
    pub(in crate::server) fn new(parts: Parts) -> Self {
        Self { parts, text: OnceLock::new() }
    }
}

/// This document.
#[endpoint(tags("service"), responses((status_code = 200, description = "The document", body = Value)))]
impl Document {
    async fn handle(&self, res: &mut Response) {
        let text = self.text.get_or_init(|| document(&own(Router::new(), &self.parts)).to_json().unwrap_or_default());
        json(res, text.clone().into_bytes());
    }
}

/// The document of a router with the service's own routes, and of the paths of models.
pub(in crate::server) fn document(own: &Router) -> OpenApi {
    // Types are called by their names, not by where they are in the sources.
    naming::set_namer(FlexNamer::new().short_mode(true));
    let info = Info::new("wireloom", provenance::VERSION).description(ABOUT);
    let mut document = OpenApi::with_info(info).merge_router(own);
    for place in Place::all() {
        for below in [String::new(), format!("/{PRESET}")] {
            document = document.add_path(below + &place.documented(), asked(&place));
        }
    }
    for (path, item) in document.paths.iter_mut() {
        for (kind, operation) in item.operations.iter_mut() {
            guard(path, kind, operation);
            complete(path, kind, operation);
        }
    }
    ways().into_iter().fold(document, |document, way| match way {
        Way::Header(name, _) if name == header::AUTHORIZATION => {
            document.add_security_scheme(name, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        }
        Way::Header(name, _) => document.add_security_scheme(name, ApiKey::Header(ApiKeyValue::new(name))),
        Way::Query(name) => document.add_security_scheme(name, ApiKey::Query(ApiKeyValue::new(name))),
        Way::Gcp(_) | Way::Sigv4(..) => document,
    })
}

/// The ways in which clients show a key: each that some protocol has.
fn ways() -> Vec<Way> {
    let mut ways = Vec::new();
    for way in Face::ALL.iter().flat_map(|face| face.facts().auth).map(|auth| auth.way) {
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

/// A path at which models are asked, in a vendor's own words.
fn asked(place: &Place) -> PathItem {
    let facts = place.face.facts();
    let what = match place.purpose {
        Purpose::Answer { .. } => "An answer of a model",
        Purpose::Count => "The tokens of a request",
    };
    let mut operation = Operation::new()
        .add_tag("models")
        .summary(what)
        .description(format!("Requests, answers and errors are those of {}.", facts.name))
        .request_body(RequestBody::new().add_content(JSON, Content::new(Object::new())))
        .add_response("200", Told::new(what).add_content(JSON, Content::new(Object::new())));
    operation.external_docs = docs(facts.name).map(|url| ExternalDocs::new(url).description("The vendor's own"));
    PathItem::new(PathItemType::Post, operation)
}

/// Says what stands in the path, where the operation does not say it itself, and gives each operation a name of its own.
fn complete(path: &str, kind: &PathItemType, operation: &mut Operation) {
    for name in path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name) {
        if !operation.parameters.contains(name, ParameterIn::Path) {
            let parameter = Parameter::new(name).location(ParameterIn::Path).required(true);
            operation.parameters.insert(parameter.schema(Object::new().schema_type(BasicType::String)));
        }
    }
    operation.operation_id = Some(format!("{} {path}", format!("{kind:?}").to_lowercase()));
}

/// Says which key an operation needs: what the door asks for.
fn guard(path: &str, kind: &PathItemType, operation: &mut Operation) {
    let method = match kind {
        PathItemType::Get => Method::GET,
        PathItemType::Head => Method::HEAD,
        _ => Method::POST,
    };
    operation.securities = Some(match is_open(path) {
        true => Vec::new(),
        false => {
            let scope = scope(&method, within_preset(path)).name();
            let shown = |way: Way| match way {
                Way::Header(name, _) | Way::Query(name) => Some(SecurityRequirement::new(name, [scope])),
                Way::Gcp(_) | Way::Sigv4(..) => None,
            };
            ways().into_iter().filter_map(shown).collect()
        }
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::server::{
        tests::{endpoints, parts},
        ui,
    };

    #[test]
    fn every_route_is_in_the_document_and_nothing_else_is() {
        let parts = parts();
        let document = serde_json::to_value(document(&own(Router::new(), &parts))).unwrap();
        let mut told: BTreeSet<(String, String)> = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                told.insert((method.to_uppercase(), path.clone()));
            }
        }
        // The page is for people, and no part of the API.
        let called: Vec<_> = endpoints(&parts).into_iter().filter(|(_, path)| !path.starts_with(ui::PATH)).collect();
        let (any, exact): (Vec<_>, Vec<_>) =
            called.into_iter().partition(|(_, path): &(String, String)| path.contains("{*"));
        let is_below = |told: &(String, String), any: &(String, String)| {
            told.0 == any.0 && told.1.starts_with(any.1.split("{*").next().unwrap())
        };
        for route in &any {
            assert!(told.iter().any(|told| is_below(told, route)), "{route:?} is not told of");
        }
        told.retain(|told| !any.iter().any(|any| is_below(told, any)));
        assert_eq!(told, exact.into_iter().collect());
    }
}
