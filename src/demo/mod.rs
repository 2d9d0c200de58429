//! A simulated model behind a real HTTP server, so that wireloom can be tried without a key or a network.
//!
//! It understands nothing, and says so. What it answers follows from the request alone: it quotes the user, calls
//! tools when their name or the word "tool" is said, and fits schemas with the smallest value that will do. It speaks
//! through the `openai-chat` face, so it is an upstream like any other.

mod answer;
mod arguments;
mod calls;
mod stream;
mod words;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use salvo::catcher::Catcher;
use salvo::conn::tcp::TcpListener;
use salvo::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use salvo::http::{ParseError, StatusCode};
use salvo::prelude::{FlowCtrl, Listener, Request, Response, Router, Server, Service, handler, max_size};
use socket2::SockRef;
use wireloom_schema::model::{ApiError, ErrorKind};

use self::stream::Stream;
use crate::specs::Face;
use crate::wire::writer::Writer;

/// The API that the simulation has.
const FACE: Face = Face::OpenaiChat;

/// The most bytes that a request may have.
const MAX_BODY: u64 = 64 << 20;

/// Serves the simulation on a free port of this machine, and says where. It is served until the runtime ends.
///
/// # Errors
///
/// Fails when no port can be had.
pub async fn serve() -> io::Result<SocketAddr> {
    let acceptor = TcpListener::new((Ipv4Addr::LOCALHOST, 0)).try_bind().await.map_err(io::Error::other)?;
    // Connections inherit it. Without it, the pieces of a stream wait for the client to confirm those before.
    SockRef::from(acceptor.inner()).set_tcp_nodelay(true)?;
    let address = acceptor.local_addr()?;
    let facts = FACE.facts();
    let path = facts.serve.first().copied().unwrap_or_default().to_owned() + facts.call;
    let router = Router::with_path(path).hoop(max_size(MAX_BODY)).post(respond);
    let service = Service::new(router).catcher(Catcher::default().hoop(explain));
    tokio::spawn(Server::new(acceptor).try_serve(service));
    Ok(address)
}

/// Answers a request, all at once or as a stream.
#[handler]
async fn respond(request: &mut Request, response: &mut Response) {
    if let Err(error) = try_respond(request, response).await {
        fail(response, &error);
    }
}

async fn try_respond(request: &mut Request, response: &mut Response) -> Result<(), ApiError<'static>> {
    let body = request.payload().await.map_err(|error| match error {
        ParseError::PayloadTooLarge => problem(ErrorKind::TooLarge, &error.to_string()),
        _ => invalid(&error),
    })?;
    let text = str::from_utf8(body).map_err(|error| invalid(&error))?;
    let asked = FACE.read_request(text).map_err(|error| invalid(&error))?;
    let mut answer = answer::answer(&asked);
    answer.created = SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
    if asked.stream {
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response.stream(Stream::new(answer, asked.stream_usage));
    } else {
        write(response, |writer| FACE.write_response(&answer, writer));
    }
    Ok(())
}

/// Gives errors that come without a body, such as that of an unknown path, the body that the face has for them.
#[handler]
async fn explain(response: &mut Response, control: &mut FlowCtrl) {
    let status = response.status_code.unwrap_or(StatusCode::NOT_FOUND);
    let kind = FACE.facts().kind_of(status.as_u16());
    fail(response, &problem(kind, status.canonical_reason().unwrap_or("the request failed")));
    // Several statuses are of one kind; the one that was set is the most precise.
    response.status_code(status);
    control.skip_rest();
}

fn fail(response: &mut Response, error: &ApiError<'_>) {
    let status = FACE.facts().status_of(error.kind.unwrap_or(ErrorKind::Internal));
    response.status_code(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    write(response, |writer| FACE.write_error(error, writer));
}

fn write(response: &mut Response, content: impl FnOnce(&mut Writer)) {
    let mut writer = Writer::default();
    content(&mut writer);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.body(writer.out);
}

fn invalid(error: &impl ToString) -> ApiError<'static> {
    problem(ErrorKind::InvalidRequest, &error.to_string())
}

fn problem(kind: ErrorKind, message: &str) -> ApiError<'static> {
    ApiError { kind: Some(kind), message: format!("{message} (wireloom's simulation)").into(), ..ApiError::default() }
}
