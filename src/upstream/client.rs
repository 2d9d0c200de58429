//! The client that all calls share.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use rustls::crypto::{CryptoProvider, ring};

use super::body::Body;
use super::error::{UpstreamError, Wait, reason};
use super::proxy::Proxies;

/// The longest wait for an answer that is short and comes soon.
const EXCHANGE: Duration = Duration::from_secs(30);

/// The longest time that a file may take.
#[cfg(feature = "tokenizer-files")]
const DOWNLOAD: Duration = Duration::from_secs(300);

/// The most redirections that are followed on the way to it.
#[cfg(feature = "tokenizer-files")]
const MOST_REDIRECTIONS: usize = 8;

/// The most bytes of such an answer.
const MOST_EXCHANGED: usize = 1 << 20;

/// How long to wait for an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// The longest time that making a connection may take.
    pub connect: Duration,
    /// The longest time from the beginning of a call to the head of its answer.
    pub first_byte: Duration,
    /// The longest silence while a body is being read.
    pub idle: Duration,
}

impl Default for Timeouts {
    /// Five seconds to connect, ten minutes for a model that thinks before it answers, five minutes of silence.
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(300),
        }
    }
}

/// One request. Its method is always POST.
///
/// The headers are sent as they are, so those that belong to one connection only have to be left out by the caller.
pub struct Call {
    /// Where the request goes.
    pub url: Url,
    /// The headers, which usually contain a key.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// The answer to a call, of which the head has come.
#[derive(Debug)]
pub struct Answer {
    /// The status, whatever it is. Redirections are not followed.
    pub status: StatusCode,
    /// The headers as they came.
    pub headers: HeaderMap,
    /// The body, which is still coming. It is not decompressed.
    pub body: Body,
}

/// Calls upstreams over pooled connections. Clones share the pool.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// For hosts elsewhere, through proxies if there are any.
    distant: Client,
    /// For hosts on this machine, usually not through a proxy. A client asks either all of its proxies or none, so this
    /// has to be a client of its own.
    local: Client,
    timeouts: Timeouts,
}

impl Upstream {
    /// Sets up the pool, with the system's proxies. No connection is made yet.
    ///
    /// # Errors
    ///
    /// Fails when the encryption cannot be set up, for example because the system has no root certificates.
    pub fn new(timeouts: Timeouts) -> Result<Self, UpstreamError> {
        Self::through(&Proxies::System, timeouts)
    }

    /// The same pool, with other waits once there is a connection.
    #[must_use]
    pub fn with(&self, timeouts: Timeouts) -> Self {
        Upstream { timeouts, ..self.clone() }
    }

    /// Sets up the pool. No connection is made yet.
    ///
    /// # Errors
    ///
    /// Fails when the encryption cannot be set up, for example because the system has no root certificates.
    pub fn through(proxies: &Proxies, timeouts: Timeouts) -> Result<Self, UpstreamError> {
        if CryptoProvider::get_default().is_none() {
            // This fails only if someone else has just installed one, which is as good.
            let _ = ring::default_provider().install_default();
        }
        let builder = || {
            Client::builder()
                .connect_timeout(timeouts.connect)
                .tcp_nodelay(true)
                .tcp_keepalive(Duration::from_secs(30))
                .pool_idle_timeout(Duration::from_secs(90))
                .pool_max_idle_per_host(64)
                .http2_adaptive_window(true)
                .http2_keep_alive_interval(Duration::from_secs(20))
                .http2_keep_alive_timeout(Duration::from_secs(10))
                .http2_keep_alive_while_idle(true)
                .redirect(Policy::none())
                .referer(false)
        };
        let setup = |error: reqwest::Error| UpstreamError::Setup { reason: reason(&error) };
        let direct = || builder().no_proxy().build().map_err(setup);
        let (distant, local) = match (proxies, proxies.proxy().map_err(setup)?) {
            (Proxies::System, _) => (builder().build().map_err(setup)?, direct()?),
            (Proxies::One { local, .. }, Some(proxy)) => {
                let through = builder().proxy(proxy).build().map_err(setup)?;
                (through.clone(), if *local { through } else { direct()? })
            }
            _ => {
                let direct = direct()?;
                (direct.clone(), direct)
            }
        };
        Ok(Upstream { distant, local, timeouts })
    }

    /// One with other time limits, which has the same pool if the limit of connecting is the same.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_timeouts(&self, timeouts: Timeouts) -> Result<Self, UpstreamError> {
        match timeouts.connect == self.timeouts.connect {
            true => Ok(Upstream { timeouts, ..self.clone() }),
            false => Self::new(timeouts),
        }
    }

    /// Sends a request and waits for the head of its answer. Dropping the future takes the request back.
    ///
    /// # Errors
    ///
    /// Fails when no answer comes. An answer with a bad status is an answer.
    pub async fn send(&self, call: Call) -> Result<Answer, UpstreamError> {
        let Call { url, headers, body } = call;
        let host = host(&url);
        let client = if is_loopback(&url) { &self.local } else { &self.distant };
        let sent = client.post(url).headers(headers).body(body).send();
        let response = match tokio::time::timeout(self.timeouts.first_byte, sent).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.failed(host, &error)),
            Err(_) => {
                let limit = self.timeouts.first_byte;
                return Err(UpstreamError::Timeout { host, wait: Wait::FirstByte, limit });
            }
        };
        let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let body = Body::new(body, host, self.timeouts.idle);
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    /// Sends any request and waits for all of its answer, which is short and comes soon.
    ///
    /// # Errors
    ///
    /// Fails when no answer comes. An answer with a bad status is an answer.
    pub(crate) async fn exchange(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, UpstreamError> {
        let request = reqwest::Request::try_from(request).map_err(|error| self.failed("".into(), &error))?;
        let host = host(request.url());
        let client = if is_loopback(request.url()) { &self.local } else { &self.distant };
        let answered = async {
            let response = client.execute(request).await.map_err(|error| self.failed(host.clone(), &error))?;
            let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
            let body = Body::new(body, host.clone(), EXCHANGE).whole(MOST_EXCHANGED).await?;
            Ok(http::Response::from_parts(head, body))
        };
        let limit = EXCHANGE;
        let late = || UpstreamError::Timeout { host: host.clone(), wait: Wait::FirstByte, limit };
        tokio::time::timeout(limit, answered).await.map_err(|_| late())?
    }

    /// Gets a file of at most so many bytes, following redirections; or the status that is there instead.
    ///
    /// # Errors
    ///
    /// Fails when no answer comes.
    #[cfg(feature = "tokenizer-files")]
    pub(crate) async fn download(&self, url: Url, most: usize) -> Result<(StatusCode, Bytes), UpstreamError> {
        let mut url = url;
        for _ in 0..MOST_REDIRECTIONS {
            let host = host(&url);
            let client = if is_loopback(&url) { &self.local } else { &self.distant };
            let sent = client.get(url.clone()).timeout(DOWNLOAD).send().await;
            let response = sent.map_err(|error| self.failed(host.clone(), &error))?;
            let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
            let elsewhere = head.headers.get(http::header::LOCATION).filter(|_| head.status.is_redirection());
            match elsewhere.and_then(|place| url.join(place.to_str().ok()?).ok()) {
                Some(place) => url = place,
                None => return Ok((head.status, Body::new(body, host, EXCHANGE).whole(most).await?)),
            }
        }
        Ok((StatusCode::LOOP_DETECTED, Bytes::new()))
    }

    /// Says what an error before the answer means.
    fn failed(&self, host: Box<str>, error: &reqwest::Error) -> UpstreamError {
        if error.is_connect() && error.is_timeout() {
            return UpstreamError::Timeout { host, wait: Wait::Connect, limit: self.timeouts.connect };
        }
        let reason = reason(error);
        if error.is_connect() {
            UpstreamError::Connect { host, reason }
        } else if error.is_builder() {
            UpstreamError::Request { host, reason }
        } else {
            UpstreamError::Unanswered { host, reason }
        }
    }
}

/// The host and port of a URL, which is all of it that may be told to anyone.
pub(super) fn host(url: &Url) -> Box<str> {
    let host = url.host_str().unwrap_or("a url without host");
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}").into(),
        None => host.into(),
    }
}

/// Whether the host of a URL is this very machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        let at = |host: &str| is_loopback(&Url::parse(&format!("http://{host}:80/v1?key=k")).unwrap());
        for host in ["localhost", "LocalHost", "localhost.", "127.0.0.1", "127.9.9.9", "0x7f.1", "[::1]"] {
            assert!(at(host), "{host}");
        }
        assert!(at("[::ffff:127.0.0.1]"));
        for host in ["localhost.example.com", "notlocalhost", "10.0.0.1", "128.0.0.1", "[::2]", "127.0.0.1.example"] {
            assert!(!at(host), "{host}");
        }
    }

    #[test]
    fn the_host_is_all_that_is_told_of_a_url() {
        let told = |url| host(&Url::parse(url).unwrap()).into_string();
        assert_eq!(told("https://me:secret@example.com/v1/path?key=secret#secret"), "example.com:443");
        assert_eq!(told("http://[::1]:8080/"), "[::1]:8080");
        assert_eq!(told("data:secret"), "a url without host");
    }
}
