//! How telemetry travels: by the client that calls everyone else.

use std::time::Duration;

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::Url;
use tokio::runtime::Handle;

use crate::upstream::{Call, Timeouts, Upstream};

/// The most bytes of a collector's answer.
const MOST: usize = 1 << 20;

/// Sends for exporters, whichever thread they are on.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    upstream: Upstream,
    runtime: Handle,
}

impl Sender {
    /// Through the runtime that this is called in.
    pub(super) fn new() -> Result<Self, String> {
        let wait = Duration::from_secs(10);
        let timeouts = Timeouts { connect: Duration::from_secs(5), first_byte: wait, idle: wait };
        let upstream = Upstream::new(timeouts).map_err(|error| error.to_string())?;
        let runtime = Handle::try_current().map_err(|error| error.to_string())?;
        Ok(Self { upstream, runtime })
    }

    /// The runtime.
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

#[salvo::async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let call = Call { url: Url::parse(&head.uri.to_string())?, headers: head.headers, body };
        let upstream = self.upstream.clone();
        let sent = self.runtime.spawn(async move {
            let answer = upstream.send(call).await?;
            let (status, headers) = (answer.status, answer.headers);
            answer.body.whole(MOST).await.map(|body| (status, headers, body))
        });
        let (status, headers, body) = sent.await??;
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }
}
