//! The way in: who may not ask is turned away before anything else is done, whatever the path.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use salvo::{Depot, FlowCtrl, Handler, Request, Response};
use wireloom_schema::config::Scope;

use crate::{
    access::{Access, Caller},
    live::Live,
    records::Records,
    refusal::Refusal,
    specs::Face,
    wire::stream::Way,
};

use super::{
    goal::refuse,
    place::{Place, is_own, likely_face, within_preset},
    refused::Refused,
    shared::Connections,
    ui::is_page,
};

/// What keeps browsers from making more of an answer than it is; what is there already stays.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'")),
];

/// Where something is sent only to be told of: nothing is changed.
const READING: [&str; 1] = ["/api/explain"];

/// Stands before all routes.
pub(super) struct Door {
    live: Arc<Live>,
    records: Records,
    places: Vec<Place>,
    connections: Connections,
    /// How keys are shown, each way once.
    ways: Vec<Way>,
}

impl Door {
    pub(super) fn new(live: Arc<Live>, records: Records, connections: Connections) -> Self {
        let mut ways = Vec::new();
        for way in Face::ALL.iter().flat_map(|face| face.facts().auth).map(|auth| auth.way) {
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        Self { live, records, places: Place::all(), connections, ways }
    }

    /// Lets a request in. Presets are behind the same door.
    fn admit(&self, access: &Access, req: &Request, matched: bool) -> Result<Caller, Refusal> {
        let path = req.uri().path();
        if is_open(path) {
            return Ok(Caller::default());
        }
        access.pages.admit(req.uri(), req.headers())?;
        // Where nothing is, any key may learn that.
        let scope = matched.then(|| scope(req.method(), within_preset(path)));
        access.admit(self.ways.iter().filter_map(|way| shown(req, *way)), scope)
    }

    /// The protocol in which to turn a client away.
    fn face(&self, req: &Request) -> Face {
        let here = self.places.iter().find(|place| place.is_at(within_preset(req.uri().path())));
        here.map_or_else(|| likely_face(Face::ALL, req), |place| place.face)
    }
}

/// What a key must be for, to be used at a path. What is not known to be harmless needs most.
pub(super) fn scope(method: &Method, path: &str) -> Scope {
    let is_below = |base: &str| path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let asked = Face::ALL.iter().flat_map(|face| face.facts().serve.iter().chain(face.facts().ignores));
    if asked.copied().any(is_below) {
        Scope::Inference
    } else if method.is_safe() || READING.contains(&path) {
        Scope::Read
    } else {
        Scope::Admin
    }
}

/// Whether a path tells nothing but that the service runs.
pub(super) fn is_open(path: &str) -> bool {
    matches!(path, "/" | "/health") || is_page(path)
}

/// The key that a request shows in some way. Any way that any face knows will do, for clients of one protocol are often
/// set up with the key of another.
fn shown(req: &Request, way: Way) -> Option<String> {
    match way {
        Way::Header(name, template) => {
            let value = req.headers().get(name)?.to_str().ok()?;
            Some(value.strip_prefix(template.strip_suffix("${key}")?).unwrap_or(value).trim().to_owned())
        }
        Way::Query(name) => req.queries().get(name).cloned(),
        Way::Gcp(_) | Way::Sigv4(..) => None,
    }
}

#[salvo::async_trait]
impl Handler for Door {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let running = self.connections.enter(req);
        let gateway = self.live.gateway();
        let (access, pages) = (&gateway.access, &gateway.access.pages);
        if pages.preflight(req.method(), req.headers(), res.headers_mut()) {
            res.status_code(StatusCode::NO_CONTENT);
            return ctrl.skip_rest();
        }
        // The server says beforehand that there is nothing at a path.
        let matched = res.status_code.is_none();
        match self.admit(access, req, matched) {
            Ok(caller) => {
                req.extensions_mut().insert(caller);
                ctrl.call_next(req, depot, res).await;
            }
            Err(refusal) => {
                let face = self.face(req);
                let status = refusal.status_in(face).as_u16();
                self.records.refused(face.facts().name, status, refusal.kind(), req.headers());
                match is_own(req.uri().path()) {
                    true => Refused::from(refusal).tell(req, res).await,
                    false => refuse(req, res, face, &refusal).await,
                }
                ctrl.skip_rest();
            }
        }
        pages.allow(req.headers(), res.headers_mut());
        guard(res.headers_mut());
        if let Some(running) = running {
            running.stay(res);
        }
    }
}

fn guard(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
}
