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
use salvo::{Depot, FlowCtrl, Handler, Request, Response, http::ParseError};
use tokio::time::timeout;
use wireloom_schema::model::{Catalog, ErrorKind, Model, TokenCount};

use crate::{
    access::Caller,
    gateway::{Gateway, Target},
    pipeline::{Content, Inquiry, Reply, answer},
    records::{Draft, Records},
    refusal::Refusal,
    relay::{Broken, Relay},
    specs::Face,
    tokens,
    wire::writer::Writer,
};

use super::place::{Place, Purpose, likely_face};

/// The most bytes of a refused request's body that are read, so that its connection can go on.
const MOST_REST: usize = 1 << 20;

/// How long such a body is waited for.
const REST: Duration = Duration::from_secs(1);

/// Answers requests at the places of faces below one path.
pub(super) struct Ask {
    pub(super) places: Vec<Place>,
    pub(super) gateway: Arc<Gateway>,
    pub(super) records: Records,
}

#[salvo::async_trait]
impl Handler for Ask {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let found = self.places.iter().find_map(|place| Some((place, place.model(req.uri().path())?)));
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
                answered.map(|reply| send(res, reply, record))
            }
            Purpose::Count => self.count(req, place.face).await.map(|body| json(res, body)),
        };
        if let Err(refusal) = done {
            refuse(req, res, place.face, &refusal).await;
        }
    }
}

impl Ask {
    async fn answer(
        &self,
        req: &mut Request,
        place: &Place,
        model: Option<String>,
        stream: Option<bool>,
        record: &Draft,
    ) -> Result<Reply, Refusal> {
        let body = read_body(req, self.gateway.access.most_body).await?;
        record.sent(&body);
        let (face, headers, query) = (place.face, req.headers(), req.uri().query());
        let framing = place.framing(query);
        let record = record.clone();
        let inquiry = Inquiry { face, model, stream, framing, headers, query, body, record };
        answer(&self.gateway, inquiry).await
    }

    /// Counts a request's tokens in a face's protocol.
    async fn count(&self, req: &mut Request, face: Face) -> Result<Vec<u8>, Refusal> {
        let body = read_body(req, self.gateway.access.most_body).await?;
        // Counting takes milliseconds of work, which streams should not wait for.
        let counted = tokio::task::spawn_blocking(move || {
            let text = std::str::from_utf8(&body).map_err(|_| Refusal::invalid("the body is not UTF-8"))?;
            let request = face.read_request(text).map_err(Refusal::malformed)?;
            Ok::<_, Refusal>(tokens::count(&request))
        });
        let input = counted.await.map_err(|_| Refusal::new(ErrorKind::Internal, "the tokens cannot be counted"))??;
        let mut w = Writer::default();
        face.write_count(&TokenCount { input }, &mut w);
        Ok(w.out)
    }
}

/// The body, or why it is not taken.
async fn read_body(req: &mut Request, most: usize) -> Result<Bytes, Refusal> {
    match req.payload_with_max_size(most).await {
        Ok(body) => Ok(body.clone()),
        Err(ParseError::PayloadTooLarge) => {
            Err(Refusal::new(ErrorKind::TooLarge, format!("the body is larger than {} MiB", most >> 20)))
        }
        Err(error) => Err(Refusal::invalid(format!("the body did not arrive whole: {error}"))),
    }
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
    if let Some(retry_after) = &refusal.retry_after {
        res.headers_mut().insert(header::RETRY_AFTER, retry_after.clone());
    }
    res.body(body);
}

/// Lists the models that requests may name, in the protocol that the client most likely speaks of those that list them
/// at this path.
pub(super) struct Models {
    pub(super) faces: Vec<Face>,
    pub(super) gateway: Arc<Gateway>,
}

#[salvo::async_trait]
impl Handler for Models {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let face = likely_face(&self.faces, req);
        let of_target = |target: &Arc<Target>| {
            let provider = target.name.clone();
            let models = target.models.clone().into_iter();
            models.map(move |name| Model {
                id: format!("{provider},{name}").into(),
                name: name.into(),
                provider: provider.clone().into(),
            })
        };
        let catalog = Catalog { models: self.gateway.targets.iter().flat_map(of_target).collect() };
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

/// Says that the service runs: to people at its root too, where some clients look for it first.
pub(super) struct Health;

#[salvo::async_trait]
impl Handler for Health {
    async fn handle(&self, _req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        res.status_code(StatusCode::OK);
        res.render(salvo::prelude::Json(serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })));
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
