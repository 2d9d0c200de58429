//! Where a provider's calls go: the URL of the configuration, the paths of the spec, and what stands in both.

use reqwest::Url;

use crate::wire::path::{encoded, fill, read};

/// The URL of a call, but for the model where the path holds it.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    /// The URL; its path counts where it does not hold the model.
    url: Url,
    /// The path before and behind the model.
    around: Option<(String, String)>,
    /// The query that the configuration has.
    configured: Option<String>,
}

/// The URLs of a provider's whole and streamed calls.
#[derive(Debug)]
pub(super) struct Endpoints {
    pub(super) call: Endpoint,
    pub(super) stream: Option<Endpoint>,
    /// Where tokens are counted.
    pub(super) count: Option<Endpoint>,
}

/// Why a URL cannot be made.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It is not a URL.
    NotUrl,
    /// Nothing says what stands for this name.
    Missing(String),
}

impl Endpoint {
    /// The URL for a model; none for a name that would mean another path.
    pub(super) fn url(&self, model: &str) -> Option<Url> {
        let mut url = self.url.clone();
        if let Some((before, after)) = &self.around {
            if matches!(model, "" | "." | "..") {
                return None;
            }
            url.set_path(&[before, &*encoded(model), after].concat());
        }
        Some(url)
    }

    /// The host and the port that are called.
    pub(super) fn address(&self) -> Option<(&str, u16)> {
        Some((self.url.host_str()?, self.url.port_or_known_default()?))
    }

    /// The same without the query that the spec's path has.
    pub(super) fn bare_url(&self, model: &str) -> Option<Url> {
        let mut url = self.url(model)?;
        url.set_query(self.configured.as_deref());
        Some(url)
    }
}

impl Endpoints {
    /// `configured` is the whole URL of a call, or the base below which the paths stand, or a base with the beginning of
    /// a path. What such a URL says of model and variables, it says for all calls.
    pub(super) fn new(
        configured: &str,
        call: &str,
        stream: Option<&str>,
        count: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Flaw> {
        let mut base = Url::parse(configured).map_err(|_| Flaw::NotUrl)?;
        if base.cannot_be_a_base() {
            return Err(Flaw::NotUrl);
        }
        let path = base.path().trim_end_matches('/').to_owned();
        let overlaps = [stream, Some(call)].into_iter().flatten().filter_map(|template| Overlap::of(&path, template));
        // The longest tells most; of equals, that of the call itself.
        let overlap = overlaps.max_by_key(|overlap| path.len() - overlap.root.len());
        let (root, said) = overlap.map_or((path.as_str(), Vec::new()), |overlap| {
            if overlap.whole {
                drop_pairs(&mut base, overlap.template);
            }
            (overlap.root, overlap.values)
        });
        let pinned = |name: &str| said.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let value = |name: &str| pinned(name).or_else(|| variable(name).map(|value| encoded(&value).into_owned()));
        let filled = |template: &str| fill(template, value).map_err(|name| Flaw::Missing(name.to_owned()));
        let endpoint = |template: &str| {
            let (form, query) = template.split_once('?').unwrap_or((template, ""));
            let mut url = base.clone();
            query.split('&').for_each(|pair| add_pair(&mut url, pair));
            let around = match form.split_once("${model}").filter(|_| pinned("model").is_none()) {
                Some((before, after)) => Some((root.to_owned() + &filled(before)?, filled(after)?)),
                None => {
                    url.set_path(&(root.to_owned() + &filled(form)?));
                    None
                }
            };
            Ok(Endpoint { url, around, configured: base.query().map(str::to_owned) })
        };
        Ok(Self {
            call: endpoint(call)?,
            stream: stream.map(endpoint).transpose()?,
            count: count.map(endpoint).transpose()?,
        })
    }
}

/// The pairs of a query as they are written.
fn pairs(query: Option<&str>) -> impl Iterator<Item = &str> {
    query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty())
}

/// The name in a pair.
fn name(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// Adds a pair to a URL's query, unless its name is there.
pub(super) fn add_pair(url: &mut Url, pair: &str) {
    if pair.is_empty() || pairs(url.query()).any(|known| name(known) == name(pair)) {
        return;
    }
    let query = pairs(url.query()).chain([pair]).collect::<Vec<_>>().join("&");
    url.set_query(Some(&query));
}

/// Takes from a URL's query what a path of the spec says itself.
fn drop_pairs(url: &mut Url, template: &str) {
    let own = template.split_once('?').map(|(_, query)| query);
    let kept: Vec<&str> = pairs(url.query()).filter(|pair| pairs(own).all(|known| known != *pair)).collect();
    let query = (!kept.is_empty()).then(|| kept.join("&"));
    url.set_query(query.as_deref());
}

/// How much of a path's form a URL already has.
struct Overlap<'u, 't> {
    template: &'t str,
    /// Whether that is all of it.
    whole: bool,
    /// The URL's path before it.
    root: &'u str,
    /// The values that the URL says.
    values: Vec<(&'t str, &'u str)>,
}

impl<'u, 't> Overlap<'u, 't> {
    /// The longest beginning of the template that the path ends with, in whole segments. A path without values counts
    /// only whole: what is the same at its beginning is more likely to be the base.
    fn of(path: &'u str, template: &'t str) -> Option<Self> {
        let form = template.split_once('?').map_or(template, |(form, _)| form);
        let slashes: Vec<usize> = form.match_indices('/').map(|(at, _)| at).skip(1).collect();
        let partial = slashes.into_iter().rev().filter(|_| form.contains("${") && !form.starts_with("/${"));
        std::iter::once(form.len()).chain(partial).find_map(|end| {
            let part = &form[..end];
            path.match_indices('/').find_map(|(start, _)| {
                let values = read(part, &path[start..])?;
                let whole = end == form.len();
                let in_segments = values.iter().all(|(_, value)| !value.contains('/'));
                in_segments.then(|| Self { template, whole, root: &path[..start], values })
            })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const NAMED: (&str, Option<&str>) = ("/models/${model}:say", Some("/models/${model}:sayOn?as=events"));
    const PLACED: (&str, Option<&str>) =
        ("/v1/in/${place}/models/${model}:say?edition=7", Some("/v1/in/${place}/models/${model}:sayOn?edition=7"));
    const PLAIN: (&str, Option<&str>) = ("/talk/complete", None);

    fn urls(configured: &str, (call, stream): (&str, Option<&str>)) -> [String; 2] {
        let variable = |name: &str| (name == "place").then(|| "far north".to_owned());
        let endpoints = Endpoints::new(configured, call, stream, Some("/talk/measure"), variable).unwrap();
        let stream = endpoints.stream.as_ref().unwrap_or(&endpoints.call);
        [&endpoints.call, stream].map(|endpoint| endpoint.url("a/b:1").unwrap().to_string())
    }

    #[test]
    fn a_base_and_a_whole_url_lead_to_the_same() {
        let wanted = ["https://h/x/models/a%2Fb:1:say", "https://h/x/models/a%2Fb:1:sayOn?as=events"];
        for configured in ["https://h/x", "https://h/x/", "https://h/x/models", "https://h/x/models/"] {
            assert_eq!(urls(configured, NAMED), wanted, "{configured}");
        }
        let wanted = [1, 2].map(|_| "https://h/v2/talk/complete");
        for configured in ["https://h/v2", "https://h/v2/", "https://h/v2/talk/complete", "https://h/v2/talk/complete/"]
        {
            assert_eq!(urls(configured, PLAIN), wanted, "{configured}");
        }
        assert_eq!(urls("https://h/talk", PLAIN)[0], "https://h/talk/talk/complete");
    }

    #[test]
    fn tokens_are_counted_beside_the_call() {
        for configured in ["https://h/v2", "https://h/v2/talk/complete?key=1"] {
            let endpoints = Endpoints::new(configured, PLAIN.0, None, Some("/talk/measure"), |_| None).unwrap();
            assert_eq!(endpoints.count.unwrap().url("m").unwrap().path(), "/v2/talk/measure");
        }
    }

    #[test]
    fn a_whole_url_says_the_model() {
        let wanted = ["https://h/x/models/mine:say", "https://h/x/models/mine:sayOn?as=events"];
        assert_eq!(urls("https://h/x/models/mine:say", NAMED), wanted);
        assert_eq!(urls("https://h/x/models/mine:sayOn?as=events", NAMED), wanted);
    }

    #[test]
    fn variables_stand_in_paths_unless_the_url_says_them() {
        let wanted = "https://h/v1/in/far%20north/models/a%2Fb:1:say?edition=7";
        for configured in ["https://h", "https://h/", "https://h/v1", "https://h/v1/in"] {
            assert_eq!(urls(configured, PLACED)[0], wanted, "{configured}");
        }
        let wanted = "https://h/v1/in/south/models/a%2Fb:1:say?edition=8&more=1";
        for configured in ["https://h/v1/in/south?edition=8&more=1", "https://h/v1/in/south/models/?edition=8&more=1"] {
            assert_eq!(urls(configured, PLACED)[0], wanted, "{configured}");
        }
        let missing = Endpoints::new("https://h", PLACED.0, None, None, |_| None).unwrap_err();
        assert_eq!(missing, Flaw::Missing("place".into()));
    }

    #[test]
    fn the_configured_query_stays_and_wins() {
        assert_eq!(
            urls("https://h/in?edition=8", PLACED)[1],
            "https://h/in/v1/in/far%20north/models/a%2Fb:1:sayOn?edition=8"
        );
        assert_eq!(urls("https://h/talk/complete?api=2&b", PLAIN)[0], "https://h/talk/complete?api=2&b");
    }

    #[test]
    fn a_model_cannot_mean_another_path() {
        let endpoints = Endpoints::new("https://h", "/models/${model}/say", None, None, |_| None).unwrap();
        for model in ["", ".", ".."] {
            assert!(endpoints.call.url(model).is_none(), "{model}");
        }
        assert_eq!(endpoints.call.url("../x").unwrap().path(), "/models/..%2Fx/say");
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for configured in ["", "h/v1", "data:x"] {
            assert_eq!(
                Endpoints::new(configured, "/talk", None, None, |_| None).unwrap_err(),
                Flaw::NotUrl,
                "{configured}"
            );
        }
    }
}
