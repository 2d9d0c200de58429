//! What happens at the routes.

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, StatusCode, header};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, http::ParseError};
use tokio::time::timeout;
use wireloom_schema::model::{Catalog, ErrorKind, Model, TokenCount};

use crate::{
    extension::Extension,
    gateway::{Gateway, Target},
    live::Live,
    pipeline::{Content, Inquiry, Reply, answer, count},
    refusal::Refusal,
    specs::Face,
    wire::{stream::Way, writer::Writer},
};

use super::place::{Place, Purpose, likely_face, within_preset};

/// The most bytes of a request's body.
const MOST_BODY: usize = 64 << 20;

/// The most bytes of a refused request's body that are read, so that its connection can go on.
const MOST_REST: usize = 1 << 20;

/// How long such a body is waited for.
const REST: Duration = Duration::from_secs(1);

/// Answers requests at the places of faces below one path.
pub(super) struct Ask<X> {
    pub(super) places: Vec<Place>,
    pub(super) live: Arc<Live>,
    pub(super) extension: Arc<X>,
}

#[salvo::async_trait]
impl<X: Extension> Handler for Ask<X> {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let found = self.places.iter().find_map(|place| Some((place, place.model(within_preset(req.uri().path()))?)));
        let Some((place, model)) = found else {
            // What is told there in a face's protocol is told of any unknown path.
            res.status_code(StatusCode::NOT_FOUND);
            return;
        };
        let done = match place.purpose {
            Purpose::Answer { stream } => self.answer(req, place, model, stream).await.map(|reply| send(res, reply)),
            Purpose::Count => self.count(req, place, model).await.map(|reply| send(res, reply)),
        };
        if let Err(refusal) = done {
            refuse(req, res, place.face, &refusal).await;
        }
    }
}

impl<X: Extension> Ask<X> {
    async fn answer(
        &self,
        req: &mut Request,
        place: &Place,
        model: Option<String>,
        stream: Option<bool>,
    ) -> Result<Reply, Refusal> {
        // One gateway answers all of the request, whatever is configured meanwhile.
        let gateway = admitted(&self.live, req)?;
        let body = read_body(req).await?;
        let (face, headers, query) = (place.face, req.headers(), req.uri().query());
        let framing = place.framing(query);
        let (rewritten, tally) = (false, None);
        let inquiry = Inquiry { face, model, stream, framing, headers, query, body, rewritten, tally };
        answer(&gateway, &*self.extension, inquiry).await
    }

    /// Counts a request's tokens in a face's protocol, and says whose they would be.
    async fn count(&self, req: &mut Request, place: &Place, model: Option<String>) -> Result<Reply, Refusal> {
        let gateway = admitted(&self.live, req)?;
        let body = read_body(req).await?;
        let (face, headers, query) = (place.face, req.headers(), req.uri().query());
        let (framing, rewritten, tally) = (place.framing(query), false, None);
        let inquiry = Inquiry { face, model, stream: None, framing, headers, query, body, rewritten, tally };
        let (input, mut headers) = count(&gateway, &inquiry).await?;
        let mut w = Writer::default();
        face.write_count(&TokenCount { input }, &mut w);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Reply::new(StatusCode::OK, headers, Content::Whole(w.out.into())))
    }
}

/// The gateway that answers a client which may come in: that of the preset in the path, if there is one. Whoever may not
/// come in does not learn which presets there are.
fn admitted(live: &Live, req: &Request) -> Result<Arc<Gateway>, Refusal> {
    let gateway = live.gateway();
    admit(&gateway, req)?;
    let Some(name) = req.param::<String>("preset") else { return Ok(gateway) };
    gateway.presets.get(&name).cloned().ok_or_else(|| {
        let known: Vec<&str> = gateway.presets.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Refusal::new(ErrorKind::NotFound, format!("no preset `{name}` is served; those that are: {known}"))
    })
}

/// Whether the client shows the key, where one is set: in any way that any face knows, for clients of one protocol are
/// often set up with the key of another.
fn admit(gateway: &Gateway, req: &Request) -> Result<(), Refusal> {
    let Some(key) = &gateway.key else { return Ok(()) };
    let mut shown = Face::ALL.iter().flat_map(|face| face.facts().auth).filter_map(|auth| shown(req, auth.way));
    match shown.clone().next() {
        None => {
            Err(Refusal::new(ErrorKind::Authentication, "no key was sent: send the gateway's APIKEY as your API key"))
        }
        Some(_) if shown.any(|shown| key.matches(&shown)) => Ok(()),
        Some(_) => Err(Refusal::new(ErrorKind::Authentication, "the key is not the gateway's APIKEY")),
    }
}

/// The key that a request shows in some way.
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

/// The body, or why it is not taken.
async fn read_body(req: &mut Request) -> Result<bytes::Bytes, Refusal> {
    match req.payload_with_max_size(MOST_BODY).await {
        Ok(body) => Ok(body.clone()),
        Err(ParseError::PayloadTooLarge) => {
            Err(Refusal::new(ErrorKind::TooLarge, format!("the body is larger than {} MiB", MOST_BODY >> 20)))
        }
        Err(error) => Err(Refusal::invalid(format!("the body did not arrive whole: {error}"))),
    }
}

fn send(res: &mut Response, reply: Reply) {
    res.status_code(reply.status);
    *res.headers_mut() = reply.headers;
    match reply.content {
        Content::Whole(bytes) => {
            res.body(bytes);
        }
        Content::Relayed(relay) => res.stream(relay),
    }
}

/// Tells an error in a face's protocol.
async fn refuse(req: &mut Request, res: &mut Response, face: Face, refusal: &Refusal) {
    // Behind a body that is not read, the server closes the connection under the client's next request.
    let is_read = refusal.error.kind != Some(ErrorKind::TooLarge)
        && matches!(timeout(REST, req.payload_with_max_size(MOST_REST)).await, Ok(Ok(_)));
    if !is_read {
        res.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let (status, body) = refusal.told(face);
    tracing::warn!(status = status.as_u16(), message = %refusal.error.message, "refused");
    res.status_code(status);
    res.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(route) = &refusal.route {
        res.headers_mut().extend(route.as_ref().clone());
    }
    if let Some(retry_after) = &refusal.retry_after {
        res.headers_mut().insert(header::RETRY_AFTER, retry_after.clone());
    }
    res.body(body);
}

/// Lists the models that requests may name, in the protocol that the client most likely speaks of those that list them
/// at this path.
pub(super) struct Models {
    pub(super) faces: Vec<Face>,
    pub(super) live: Arc<Live>,
}

#[salvo::async_trait]
impl Handler for Models {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let face = likely_face(&self.faces, req);
        let gateway = match admitted(&self.live, req) {
            Ok(gateway) => gateway,
            Err(refusal) => return refuse(req, res, face, &refusal).await,
        };
        let of_target = |target: &Arc<Target>| {
            let provider = target.name.clone();
            let models = target.models.clone().into_iter();
            models.map(move |name| Model {
                id: format!("{provider},{name}").into(),
                name: name.into(),
                provider: provider.clone().into(),
            })
        };
        let catalog = Catalog { models: gateway.targets.iter().flat_map(of_target).collect() };
        let mut w = Writer::default();
        face.write_catalog(&catalog, &mut w);
        json(res, w.out);
    }
}

fn json(res: &mut Response, body: Vec<u8>) {
    res.status_code(StatusCode::OK);
    res.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    res.body(body);
}

/// Takes what clients tell of themselves, and forgets it.
pub(super) struct Nod;

#[salvo::async_trait]
impl Handler for Nod {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        // The body is read so that the connection can go on.
        let _ = timeout(REST, req.payload_with_max_size(MOST_REST)).await;
        json(res, b"{}".to_vec());
    }
}

/// Says that the service runs, and with which configuration: to people at its root too, where some clients look for it
/// first.
pub(super) struct Health {
    pub(super) live: Arc<Live>,
}

#[salvo::async_trait]
impl Handler for Health {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        res.status_code(StatusCode::OK);
        let standing = self.live.standing();
        let health = serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION"), "config": *standing });
        res.render(salvo::prelude::Json(health));
    }
}

/// Tells what salvo refuses by itself, such as an unknown path, in the protocol that the client most likely speaks.
pub(super) struct NotFound;

#[salvo::async_trait]
impl Handler for NotFound {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let status = res.status_code.unwrap_or(StatusCode::NOT_FOUND);
        let face = likely_face(Face::ALL, req);
        let message = match status {
            StatusCode::NOT_FOUND => format!("there is nothing at {} {}", req.method(), req.uri().path()),
            StatusCode::METHOD_NOT_ALLOWED => format!("{} is not answered with {}", req.uri().path(), req.method()),
            status => status.canonical_reason().unwrap_or("the request cannot be answered").to_lowercase(),
        };
        let kind = ErrorKind::from_status(status.as_u16());
        refuse(req, res, face, &Refusal { status: Some(status), ..Refusal::new(kind, message) }).await;
        ctrl.skip_rest();
    }
}
