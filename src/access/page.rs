//! Which web pages may ask: what a browser tells of the page behind a request.
//!
//! A page of anyone's can send requests to this machine. Where no key is needed, nothing but what the browser tells keeps
//! it out: the name by which it reached the service, which a page that had it point here (DNS rebinding) cannot hide,
//! and where the page came from.

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, uri::Authority};
use wireloom_schema::{
    config::{Config, Origin},
    model::ErrorKind,
};

use crate::refusal::Refusal;

/// How long browsers may remember what a page may do, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// Which pages may ask, by which names.
#[derive(Debug)]
pub struct Pages {
    origins: Vec<Origin>,
    /// Names of the service, in lower case; those of this machine are known without.
    hosts: Vec<String>,
    /// Whether any other name will do.
    any_host: bool,
    /// Whether a key keeps out whoever has none.
    keyed: bool,
}

impl Pages {
    pub(super) fn new(config: &Config) -> Self {
        let keyed = config.needs_key();
        let configured = config.hosts.iter().chain(std::iter::once(&config.host));
        let hosts = configured.map(|host| host.trim().trim_end_matches('.').to_ascii_lowercase());
        Self {
            // Without keys each page must be named.
            origins: config.cors.origins.iter().filter(|origin| keyed || !origin.is_any()).cloned().collect(),
            hosts: hosts.filter(|host| host.parse::<IpAddr>().is_err()).collect(),
            any_host: keyed && config.hosts.is_empty(),
            keyed,
        }
    }

    /// Checks what a browser tells of the page behind a request; other clients tell nothing.
    ///
    /// # Errors
    /// Why the page may not ask.
    pub fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let told = headers.get(header::HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
        let host = told.as_ref().or_else(|| uri.authority());
        if !self.any_host && !host.is_some_and(|host| self.is_own(host)) {
            let message = "the service does not go by this host's name: use 127.0.0.1, or list the name in `hosts`";
            return Err(Refusal {
                status: Some(StatusCode::MISDIRECTED_REQUEST),
                ..Refusal::new(ErrorKind::Permission, message)
            });
        }
        if self.keyed || self.origin(headers).is_some() {
            return Ok(());
        }
        let foreign =
            || Err(Refusal::new(ErrorKind::Permission, "pages of this origin may not ask: list it in `cors.origins`"));
        if let Some(origin) = headers.get(header::ORIGIN) {
            let page = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            if !page.zip(host).is_some_and(|((_, page), host)| page.eq_ignore_ascii_case(host.as_str())) {
                return foreign();
            }
        }
        match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
            None | Some(b"same-origin" | b"none") => Ok(()),
            Some(_) => foreign(),
        }
    }

    /// Whether a name is the service's own.
    fn is_own(&self, host: &Authority) -> bool {
        let name = host.host().trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        match name.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback() || self.any_host,
            Err(_) => {
                name.eq_ignore_ascii_case("localhost") || self.hosts.iter().any(|own| own.eq_ignore_ascii_case(name))
            }
        }
    }

    /// The origin of the page behind a request, if it is configured.
    fn origin<'h>(&self, headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
        let told = headers.get(header::ORIGIN)?;
        let text = told.to_str().ok()?;
        self.origins.iter().any(|origin| origin.is(text)).then_some(told)
    }

    /// Tells a browser that the page may read the answer, if its origin is configured. Whether it may.
    pub fn allow(&self, asked: &HeaderMap, told: &mut HeaderMap) -> bool {
        let Some(origin) = self.origin(asked) else { return false };
        told.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        told.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
        told.append(header::VARY, HeaderValue::from_static("origin"));
        true
    }

    /// Answers a browser that asks what a page may send, if its origin is configured. Whether it did.
    pub fn preflight(&self, method: &Method, asked: &HeaderMap, told: &mut HeaderMap) -> bool {
        let is_asked = *method == Method::OPTIONS && asked.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !is_asked || !self.allow(asked, told) {
            return false;
        }
        let methods = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
        told.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            told.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
        told.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use wireloom_schema::{config::read, document::Source};

    use super::*;

    fn status(config: &str, headers: &[(&'static str, &'static str)]) -> u16 {
        let source = Arc::new(Source { path: "config".into(), text: config.into() });
        let pages = Pages::new(&read(&source, |_| None).unwrap().0);
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let refused = pages.admit(&Uri::from_static("/v1"), &headers).err();
        refused.map_or(200, |refusal| refusal.status.map_or(403, |status| status.as_u16()))
    }

    #[test]
    fn only_names_of_this_machine_are_known() {
        for host in ["127.0.0.1:3456", "localhost", "LOCALHOST.:1", "[::1]:3456", "127.1.2.3", "[::ffff:127.0.0.1]"] {
            assert_eq!(status("{}", &[("host", host)]), 200, "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "127.0.0.1@evil.example:1",
            "0.0.0.0:3456",
            "10.0.0.1",
            "",
        ] {
            assert_eq!(status("{}", &[("host", host)]), 421, "{host}");
        }
        assert_eq!(status("{}", &[]), 421);
        let named = "{ hosts: ['Loom.example'] }";
        assert_eq!(status(named, &[("host", "loom.example:3456")]), 200);
        assert_eq!(status(named, &[("host", "other.example")]), 421);
    }

    #[test]
    fn with_a_key_names_count_only_where_some_are_listed() {
        assert_eq!(status("{ APIKEY: 'k' }", &[("host", "any.example")]), 200);
        assert_eq!(status("{ APIKEY: 'k', hosts: ['a.example'] }", &[("host", "b.example")]), 421);
    }

    #[test]
    fn pages_of_others_are_kept_out_where_no_key_is_needed() {
        let host = ("host", "127.0.0.1:3456");
        let own = [host, ("origin", "http://127.0.0.1:3456"), ("sec-fetch-site", "same-origin")];
        assert_eq!(status("{}", &own), 200);
        for origin in ["http://127.0.0.1:5173", "https://evil.example", "null", "http://localhost:3456"] {
            assert_eq!(status("{}", &[host, ("origin", origin)]), 403, "{origin}");
            assert_eq!(status("{ APIKEY: 'k' }", &[host, ("origin", origin)]), 200, "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            assert_eq!(status("{}", &[host, ("sec-fetch-site", site)]), 403, "{site}");
        }
        let page = [host, ("origin", "https://app.example"), ("sec-fetch-site", "cross-site")];
        assert_eq!(status("{ cors: { origins: ['https://app.example'] } }", &page), 200);
        assert_eq!(status("{ cors: { origins: ['*'] } }", &page), 403, "all pages without a key");
    }
}
