//! The configured providers, as claude-code-router tells of them and lets them be changed. What is changed here is
//! written to the configuration's file and counts at once.

use std::sync::Arc;

use salvo::{Request, writing::Json};
use salvo_oapi::{ToSchema, endpoint};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use wireloom_schema::{
    config::{
        STARS,
        edit::{EditError, insert, remove, set},
        shown, spelled,
    },
    document::{Node, Source},
};

use crate::{
    live::Live,
    presets::Presets,
    refusal::Refusal,
    server::{body::read_body, goal::asked, refused::Refused},
};

use super::apart;

/// The most bytes of what is said of a provider.
const MOST: usize = 1 << 20;

/// The key of the configuration below which providers stand.
const PROVIDERS: &str = "Providers";

/// Lists the providers.
pub(super) struct Listed(pub(super) Arc<Live>);

/// Tells of one.
pub(super) struct One(pub(super) Arc<Live>);

/// Adds one.
pub(super) struct Added(pub(super) Arc<Live>);

/// Changes one.
pub(super) struct Changed(pub(super) Arc<Live>);

/// Removes one.
pub(super) struct Removed(pub(super) Arc<Live>);

/// Switches one on and off.
pub(super) struct Switched(pub(super) Arc<Live>);

/// A configured provider, with stars in place of its key.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provider {
    /// Its name.
    id: String,
    /// Its name.
    name: String,
    base_url: Value,
    api_key: Value,
    models: Value,
    transformer: Value,
    /// Whether requests may go to it.
    enabled: bool,
}

impl Provider {
    fn of(node: &Node) -> Self {
        let shown = shown(node);
        let name = node.get("name").and_then(Node::text).unwrap_or_default().to_owned();
        let value = |key: &str| shown.get(key).cloned().unwrap_or_default();
        let models = shown.get("models").cloned().unwrap_or_else(|| json!([]));
        let enabled = !matches!(value("enabled"), Value::Bool(false)) && value("enabled") != json!("false");
        let (base_url, api_key) = (value("api_base_url"), value("api_key"));
        Self { id: name.clone(), name, base_url, api_key, models, transformer: value("transformer"), enabled }
    }
}

/// What is said of a provider.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[salvo(schema(name = "ProviderChange"))]
struct Given {
    name: Option<String>,
    /// The URL that requests are sent to.
    #[serde(alias = "api_base_url")]
    base_url: Option<String>,
    /// Its key, or the variable that has it: `$NAME`.
    #[serde(alias = "api_key")]
    api_key: Option<String>,
    models: Option<Vec<String>>,
    transformer: Option<Value>,
    enabled: Option<bool>,
}

impl Given {
    /// The keys of the configuration with what is said of them. Stars say nothing.
    fn values(self) -> Map<String, Value> {
        let api_key = self.api_key.filter(|key| key != STARS);
        let values = [
            ("name", self.name.map(Value::from)),
            ("api_base_url", self.base_url.map(Value::from)),
            ("api_key", api_key.map(Value::from)),
            ("models", self.models.map(Value::from)),
            ("transformer", self.transformer.filter(|transformer| !transformer.is_null())),
            ("enabled", self.enabled.map(Value::from)),
        ];
        values.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }
}

/// Whether a provider is to be there.
#[derive(Deserialize, ToSchema)]
#[salvo(schema(name = "ProviderSwitch"))]
struct Wanted {
    enabled: bool,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(super) struct Said {
    message: &'static str,
}

/// The configured providers.
#[endpoint(tags("providers"))]
impl Listed {
    async fn handle(&self, req: &mut Request) -> Result<Json<Vec<Provider>>, Refused> {
        Ok(Json(configured(&self.0, req).await?))
    }
}

/// A configured provider.
#[endpoint(tags("providers"), parameters(("id" = String, Path, description = "The provider's name")))]
impl One {
    async fn handle(&self, req: &mut Request) -> Result<Json<Provider>, Refused> {
        let id = id(req);
        let found = configured(&self.0, req).await?.into_iter().find(|provider| provider.name == id);
        found.map(Json).ok_or_else(|| unknown(&id))
    }
}

/// Adds a provider to the configuration, which counts at once.
#[endpoint(tags("providers"), request_body(content = Given))]
impl Added {
    async fn handle(&self, req: &mut Request) -> Result<Json<Provider>, Refused> {
        let given: Given = body(req).await?;
        let lacks = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        let what = match &given {
            given if lacks(&given.name) => Some("name"),
            given if lacks(&given.base_url) => Some("baseUrl"),
            given if lacks(&given.api_key) => Some("apiKey"),
            given if given.models.as_ref().is_none_or(Vec::is_empty) => Some("models"),
            _ => None,
        };
        if let Some(what) = what {
            let refusal = Refusal::invalid(format!(
                "a provider needs `name`, `baseUrl`, `apiKey` and `models`: `{what}` is missing"
            ));
            return Err(Refused::from(refusal).coded("invalid_request"));
        }
        let name = given.name.clone().unwrap_or_default();
        let values = given.values();
        changed(&self.0, name, move |text, nodes, name| {
            if nodes.iter().any(|node| is(node, name)) {
                let refusal = Refusal::invalid(format!("there is a provider `{name}` already"));
                return Err(Refused::from(refusal).coded("provider_exists"));
            }
            let value = Value::Object(values);
            match nodes.len() {
                0 => set(text, &[PROVIDERS.into()], &json!([value])),
                count => insert(text, &[PROVIDERS.into()], count, &value),
            }
            .map_err(unfit)
        })
        .await
    }
}

/// Changes what is said of a provider in the configuration, which counts at once. What is not said stays.
#[endpoint(tags("providers"), parameters(("id" = String, Path, description = "The provider's name")), request_body(content = Given))]
impl Changed {
    async fn handle(&self, req: &mut Request) -> Result<Json<Provider>, Refused> {
        let (id, given) = (id(req), body::<Given>(req).await?);
        let name = given.name.clone().unwrap_or_else(|| id.clone());
        let values = given.values();
        changed(&self.0, name, move |text, nodes, _| put(text, nodes, &id, values)).await
    }
}

/// Takes a provider out of the configuration, which counts at once.
#[endpoint(tags("providers"), parameters(("id" = String, Path, description = "The provider's name")))]
impl Removed {
    async fn handle(&self, req: &mut Request) -> Result<Json<Said>, Refused> {
        let (id, live) = (id(req), self.0.clone());
        let done = move || {
            live.write(None, |before| {
                let index = position(&nodes(before), &id)?;
                remove(&before.text, &[PROVIDERS.into(), index.into()]).map_err(unfit)
            })
        };
        apart(done).await?;
        Ok(Json(Said { message: "Provider deleted successfully" }))
    }
}

/// Switches a provider on or off in the configuration, which counts at once.
#[endpoint(tags("providers"), parameters(("id" = String, Path, description = "The provider's name")), request_body(content = Wanted))]
impl Switched {
    async fn handle(&self, req: &mut Request) -> Result<Json<Said>, Refused> {
        let (id, wanted) = (id(req), body::<Wanted>(req).await?);
        let values = [("enabled".to_owned(), Value::from(wanted.enabled))].into_iter().collect();
        changed(&self.0, id.clone(), move |text, nodes, _| put(text, nodes, &id, values)).await?;
        let message = if wanted.enabled { "Provider enabled successfully" } else { "Provider disabled successfully" };
        Ok(Json(Said { message }))
    }
}

/// Sets some keys of a provider.
fn put(text: &str, nodes: &[Node], id: &str, values: Map<String, Value>) -> Result<String, Refused> {
    let index = position(nodes, id)?;
    let at = |key: &str| [PROVIDERS.into(), index.into(), key.into()];
    values.into_iter().try_fold(text.to_owned(), |text, (key, value)| {
        // What is there anyway is not said.
        match key == "enabled" && value == json!(true) {
            true => remove(&text, &at(&key)),
            false => set(&text, &at(&key), &value),
        }
        .map_err(unfit)
    })
}

/// Changes the configuration's text, and tells of the provider that has that name then.
async fn changed(
    live: &Arc<Live>,
    name: String,
    change: impl FnOnce(&str, &[Node], &str) -> Result<String, Refused> + Send + 'static,
) -> Result<Json<Provider>, Refused> {
    let live = live.clone();
    apart(move || {
        let written = live.write(None, |before| change(&before.text, &nodes(before), &name))?;
        let found = nodes(&written.document.source);
        found.iter().find(|node| is(node, &name)).map(|node| Json(Provider::of(node))).ok_or_else(|| unknown(&name))
    })
    .await
}

/// The providers of the configuration, or of the preset in the path.
async fn configured(live: &Arc<Live>, req: &Request) -> Result<Vec<Provider>, Refused> {
    asked(live, req)?;
    let (live, preset) = (live.clone(), req.param::<String>("preset"));
    apart(move || {
        let source = match preset {
            Some(name) => Presets::of_user().find(&name).ok().and_then(|preset| {
                let applied = preset.manifest.apply(&preset.folder).ok()?;
                Some(Arc::new(Source { path: name, text: Value::Object(applied).to_string() }))
            }),
            None => live.document().ok().flatten().map(|document| document.source),
        };
        Ok(source.iter().flat_map(nodes).map(|node| Provider::of(&node)).collect())
    })
    .await
}

/// The providers in a text, in our spelling.
fn nodes(source: &Arc<Source>) -> Vec<Node> {
    let root = spelled(source);
    root.as_ref().and_then(|root| root.get(PROVIDERS)).map(Node::elements).unwrap_or_default().to_vec()
}

fn is(node: &Node, name: &str) -> bool {
    node.get("name").and_then(Node::text) == Some(name)
}

fn position(nodes: &[Node], id: &str) -> Result<usize, Refused> {
    nodes.iter().position(|node| is(node, id)).ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Refused {
    Refused::not_found(format!("there is no provider `{id}` in the configuration")).coded("provider_not_found")
}

fn unfit(error: EditError) -> Refused {
    Refusal::invalid(error.to_string()).into()
}

fn id(req: &Request) -> String {
    req.param("id").unwrap_or_default()
}

async fn body<T: DeserializeOwned>(req: &mut Request) -> Result<T, Refused> {
    let body = read_body(req, MOST).await?;
    Ok(serde_json::from_slice(&body).map_err(Refusal::malformed)?)
}
