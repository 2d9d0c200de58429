//! What happens at the routes.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderValue, StatusCode, header};
use salvo::{Depot, FlowCtrl, Handler, Request, Response};
use tokio::time::timeout;
use wireloom_schema::model::{Catalog, ErrorKind, Model, TokenCount};

use crate::{
    access::Caller,
    extension::Extension,
    gateway::{Gateway, Target},
    live::Live,
    meter::Meter,
    pipeline::{Content, Inquiry, Reply, answer, count},
    records::{Draft, Records},
    refusal::Refusal,
    relay::{Broken, Relay},
    specs::Face,
    wire::writer::Writer,
};

use super::{
    body::read_body,
    place::{Place, Purpose, likely_face, within_preset},
};

/// The most bytes of a refused request's body that are read, so that its connection can go on.
const MOST_REST: usize = 1 << 20;

/// How long such a body is waited for.
const REST: Duration = Duration::from_secs(1);

/// Answers requests at the places of faces below one path.
pub(super) struct Ask<X> {
    pub(super) places: Vec<Place>,
    pub(super) live: Arc<Live>,
    pub(super) extension: Arc<X>,
    pub(super) records: Records,
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
            Purpose::Answer { stream } => {
                let key = req.extensions().get::<Caller>().and_then(|caller| caller.key.clone());
                let record = self.records.draft(place.face.facts().name, key.as_deref(), req.headers());
                let answered = self.answer(req, place, model, stream, &record).await;
                if let Err(refusal) = &answered {
                    record.answered(refusal.status_in(place.face).as_u16());
                    record.failed(refusal.kind());
                }
                answered.map(|reply| send(res, reply, Some(record)))
            }
            Purpose::Count => self.count(req, place, model).await.map(|reply| send(res, reply, None)),
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
        record: &Draft,
    ) -> Result<Reply, Refusal> {
        // One gateway answers all of the request, whatever is configured meanwhile.
        let (gateway, most) = asked(&self.live, req)?;
        let body = read_body(req, most).await?;
        record.sent(&body);
        let (face, headers, query) = (place.face, req.headers(), req.uri().query());
        let framing = place.framing(query);
        let (rewritten, meter) = (false, Meter::recorded(record.clone()));
        let inquiry = Inquiry { face, model, stream, framing, headers, query, body, chosen: None, rewritten, meter };
        answer(&gateway, &*self.extension, inquiry).await
    }

    /// Counts a request's tokens in a face's protocol, and says whose they would be.
    async fn count(&self, req: &mut Request, place: &Place, model: Option<String>) -> Result<Reply, Refusal> {
        let (gateway, most) = asked(&self.live, req)?;
        let body = read_body(req, most).await?;
        let (face, headers, query) = (place.face, req.headers(), req.uri().query());
        let (framing, rewritten, meter) = (place.framing(query), false, Meter::default());
        let inquiry =
            Inquiry { face, model, stream: None, framing, headers, query, body, chosen: None, rewritten, meter };
        let (input, mut headers) = count(&gateway, &inquiry).await?;
        let mut w = Writer::default();
        face.write_count(&TokenCount { input }, &mut w);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Reply::new(StatusCode::OK, headers, Content::Whole(w.out.into())))
    }
}

/// The gateway that answers a request, that of the preset in the path, if there is one; and the most bytes of a body.
fn asked(live: &Live, req: &Request) -> Result<(Arc<Gateway>, usize), Refusal> {
    let gateway = live.gateway();
    let most = gateway.access.most_body;
    let Some(name) = req.param::<String>("preset") else { return Ok((gateway, most)) };
    let preset = gateway.presets.get(&name).cloned().ok_or_else(|| {
        let known: Vec<&str> = gateway.presets.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Refusal::new(ErrorKind::NotFound, format!("no preset `{name}` is served; those that are: {known}"))
    })?;
    Ok((preset, most))
}

fn send(res: &mut Response, reply: Reply, record: Option<Draft>) {
    record.iter().for_each(|record| record.answered(reply.status.as_u16()));
    res.status_code(reply.status);
    *res.headers_mut() = reply.headers;
    match (reply.content, record) {
        (Content::Whole(bytes), record) => {
            if let Some(record) = record {
                record.passed(&bytes);
                record.done();
            }
            res.body(bytes);
        }
        (Content::Relayed(relay), Some(record)) => res.stream(Watched { relay, record }),
        (Content::Relayed(relay), None) => res.stream(relay),
    }
}

/// An answer on its way to the client, with its record.
struct Watched {
    relay: Relay,
    record: Draft,
}

impl Stream for Watched {
    type Item = Result<Bytes, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(Pin::new(&mut self.relay).poll_next(cx));
        match &piece {
            Some(Ok(bytes)) => self.record.passed(bytes),
            Some(Err(Broken)) => self.record.failed(ErrorKind::Internal),
            None => self.record.done(),
        }
        Poll::Ready(piece)
    }
}

/// Tells an error in a face's protocol.
pub(super) async fn refuse(req: &mut Request, res: &mut Response, face: Face, refusal: &Refusal) {
    // Behind a body that is not read, the server closes the connection under the client's next request.
    let is_read = refusal.error.kind != Some(ErrorKind::TooLarge)
        && refusal.status != Some(StatusCode::REQUEST_TIMEOUT)
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
        let gateway = match asked(&self.live, req) {
            Ok((gateway, _)) => gateway,
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

pub(super) fn json(res: &mut Response, body: Vec<u8>) {
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
