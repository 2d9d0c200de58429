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
use salvo_oapi::endpoint;
use serde_json::Value;
use tokio::time::timeout;
use wireloom_schema::model::{Catalog, ErrorKind, Model, TokenCount};

use crate::{
    access::Caller,
    extension::Extension,
    gateway::{Gateway, Target},
    live::Live,
    meter::Meter,
    pipeline::{Content, Inquiry, Reply, answer, count},
    process::control::Control,
    records::{Draft, Kind, Records},
    refusal::Refusal,
    relay::{Broken, Relay},
    specs::Face,
    wire::writer::Writer,
};

use super::{
    body::read_body,
    place::{Place, Purpose, is_own, likely_face, within_preset},
    refused::Refused,
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
        let record = |kind| {
            let key = req.extensions().get::<Caller>().and_then(|caller| caller.key.clone());
            self.records.draft(kind, place.face.facts().name, key.as_deref(), req.headers())
        };
        let (record, stream) = match place.purpose {
            Purpose::Answer { stream } => (record(Kind::Answer), Some(stream)),
            Purpose::Count => (record(Kind::Count), None),
        };
        let answered = match stream {
            Some(stream) => self.answer(req, place, model, stream, &record).await,
            None => self.count(req, place, model, &record).await,
        };
        match answered {
            Ok(reply) => send(res, reply, record),
            Err(refusal) => {
                record.answered(refusal.status_in(place.face).as_u16());
                record.failed(refusal.kind());
                refuse(req, res, place.face, &refusal).await;
            }
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
        record.sent(&body, &gateway.redaction);
        let (face, headers, query) = (place.face, req.headers(), req.uri().query());
        let framing = place.framing(query);
        let (rewritten, meter) = (false, Meter::recorded(record.clone()));
        let inquiry = Inquiry { face, model, stream, framing, headers, query, body, chosen: None, rewritten, meter };
        answer(&gateway, &self.extension, inquiry).await
    }

    /// Counts a request's tokens in a face's protocol, and says whose they would be.
    async fn count(
        &self,
        req: &mut Request,
        place: &Place,
        model: Option<String>,
        record: &Draft,
    ) -> Result<Reply, Refusal> {
        let (gateway, most) = asked(&self.live, req)?;
        let body = read_body(req, most).await?;
        record.sent(&body, &gateway.redaction);
        let (face, headers, query) = (place.face, req.headers(), req.uri().query());
        let (framing, rewritten, meter) = (place.framing(query), false, Meter::recorded(record.clone()));
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
pub(super) fn asked(live: &Live, req: &Request) -> Result<(Arc<Gateway>, usize), Refusal> {
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

fn send(res: &mut Response, reply: Reply, record: Draft) {
    record.answered(reply.status.as_u16());
    res.status_code(reply.status);
    *res.headers_mut() = reply.headers;
    match reply.content {
        Content::Whole(bytes) => {
            record.passed(&bytes);
            record.done();
            res.body(bytes);
        }
        Content::Relayed(relay) => res.stream(Watched { relay, record }),
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
    let (status, body) = refusal.told(face);
    turn_away(req, res, status, body, refusal).await;
}

/// Answers with an error that is already in words.
pub(super) async fn turn_away(
    req: &mut Request,
    res: &mut Response,
    status: StatusCode,
    body: Bytes,
    refusal: &Refusal,
) {
    // Behind a body that is not read, the server closes the connection under the client's next request.
    let is_read = refusal.error.kind != Some(ErrorKind::TooLarge)
        && refusal.status != Some(StatusCode::REQUEST_TIMEOUT)
        && matches!(timeout(REST, req.payload_with_max_size(MOST_REST)).await, Ok(Ok(_)));
    if !is_read {
        res.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    tracing::warn!(status = status.as_u16(), reason = %refusal.error.message, "refused");
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

/// The models that requests may name.
///
/// In the shape of the protocol that the client most likely speaks.
#[endpoint(tags("models"), responses((status_code = 200, description = "The list", body = Value)))]
impl Models {
    async fn handle(&self, req: &mut Request, res: &mut Response) {
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

/// Takes what clients tell of themselves, and forgets it.
#[endpoint(tags("models"), responses((status_code = 200, description = "It is forgotten", body = Value)))]
impl Nod {
    async fn handle(&self, req: &mut Request, res: &mut Response) {
        // The body is read so that the connection can go on.
        let _ = timeout(REST, req.payload_with_max_size(MOST_REST)).await;
        json(res, b"{}".to_vec());
    }
}

/// Says that the service runs, with which configuration, and whether it can keep records: to people at its root too,
/// where some clients look for it first.
pub(super) struct Health {
    pub(super) live: Arc<Live>,
    pub(super) records: Records,
    pub(super) control: Control,
}

/// That the service runs, and with which configuration.
///
/// Asks for no key.
#[endpoint(tags("service"), responses((status_code = 200, description = "It runs", body = Value)))]
impl Health {
    async fn handle(&self, res: &mut Response) {
        res.status_code(StatusCode::OK);
        let standing = self.live.standing();
        let (instance, started_at) = (self.control.instance(), self.control.started_at());
        let mut health = serde_json::json!({
            "status": "ok", "version": env!("CARGO_PKG_VERSION"), "instance": instance, "started_at": started_at,
            "config": *standing, "records": self.records.condition(),
        });
        if let Some(refused) = self.control.refused() {
            health["restart"] = serde_json::json!(refused);
        }
        res.render(salvo::prelude::Json(health));
    }
}

/// Tells what salvo refuses by itself, such as an unknown path, in the protocol that the client most likely speaks.
pub(super) struct NotFound {
    pub(super) records: Records,
}

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
        self.records.refused(face.facts().name, status.as_u16(), kind, req.headers());
        let refusal = Refusal { status: Some(status), ..Refusal::new(kind, message) };
        match is_own(req.uri().path()) {
            true => Refused::from(refusal).tell(req, res).await,
            false => refuse(req, res, face, &refusal).await,
        }
        ctrl.skip_rest();
    }
}
