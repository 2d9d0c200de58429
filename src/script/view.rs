//! What a custom router is shown.

use http::{HeaderMap, header};
use serde_json::{Map, Value, json};
use wireloom_schema::config::{Config, Route, RouterConfig};

use crate::{specs::Face, wire::stream::Way};

/// What a custom router is told of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestView {
    /// The body, as the client wrote it: JSON.
    pub body: String,
    /// The headers, as a JSON object.
    pub headers: String,
    /// The session, if it is known.
    pub session: Option<String>,
}

impl RequestView {
    /// Of a client's request: all but the headers that show keys.
    pub fn new(body: &str, headers: &HeaderMap, session: Option<&str>) -> Self {
        let shows_key = |name: &str| {
            let mut ways = Face::ALL.iter().flat_map(|face| face.facts().auth).map(|auth| auth.way);
            ways.any(|way| matches!(way, Way::Header(own, _) if own == name))
                || [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE].iter().any(|own| own == name)
        };
        let plain = headers.iter().filter(|(name, _)| !shows_key(name.as_str()));
        let texts = plain.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.into())));
        let headers = Value::Object(texts.collect::<Map<_, _>>()).to_string();
        Self { body: body.to_owned(), headers, session: session.map(str::to_owned) }
    }
}

/// The configuration as a custom router is shown it, as JSON: names and models of providers, and routes. No keys, and no
/// URLs, which may hold some.
pub fn shown(config: &Config) -> String {
    let provider = |provider: &wireloom_schema::config::ProviderConfig| json!({ "name": provider.name, "models": provider.models });
    let providers: Vec<Value> = config.providers.iter().map(provider).collect();
    json!({ "Providers": providers, "providers": providers, "Router": router(&config.router) }).to_string()
}

fn router(config: &RouterConfig) -> Value {
    let mut shown = Map::new();
    let routes = [
        ("default", &config.default),
        ("background", &config.background),
        ("think", &config.think),
        ("longContext", &config.long_context),
        ("webSearch", &config.web_search),
        ("image", &config.image),
    ];
    for (name, route) in routes {
        if let Some(Route { provider, model, .. }) = route {
            shown.insert(name.to_owned(), format!("{provider},{model}").into());
        }
    }
    if let Some(threshold) = config.long_context_threshold {
        shown.insert("longContextThreshold".into(), threshold.into());
    }
    Value::Object(shown)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use wireloom_schema::{config::read, document::Source};

    use super::*;

    #[test]
    fn keys_are_not_shown() {
        let text =
            "{ Providers: [{ name: 'p', api_base_url: 'http://u:pw-secret@h/v1?key=url-secret', api_key: 'sk-secret',
                      models: ['m'] }], Router: { default: 'p,m', longContextThreshold: 9 }, APIKEY: 'own-secret' }";
        let source = Arc::new(Source { path: "config".into(), text: text.into() });
        let told = shown(&read(&source, |_| None).unwrap().0);
        assert!(!told.contains("secret"), "{told}");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["Providers"], json!([{ "name": "p", "models": ["m"] }]));
        assert_eq!(told["Router"], json!({ "default": "p,m", "longContextThreshold": 9 }));
    }

    #[test]
    fn headers_that_show_keys_are_not_shown() {
        let mut headers = HeaderMap::new();
        let all = ["authorization", "x-api-key", "x-goog-api-key", "cookie", "user-agent"];
        all.iter().for_each(|name| drop(headers.insert(*name, "value".parse().unwrap())));
        let view = RequestView::new("{}", &headers, Some("s"));
        assert_eq!(view.headers, r#"{"user-agent":"value"}"#);
        assert_eq!((view.body.as_str(), view.session.as_deref()), ("{}", Some("s")));
    }
}
