//! Presets: what is installed, what it asks, and installing, answering and removing it. What is done counts at once.

use std::sync::Arc;

use http::StatusCode;
use salvo::{Request, writing::Json};
use salvo_oapi::{ToSchema, endpoint};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wireloom_schema::{
    config::{self, STARS, holds_secret, shown},
    document::{self, Source},
    preset::{InputKind, Manifest, Surroundings},
};

use crate::{
    config::{Finding, Problem},
    live::Live,
    presets::{Preset, PresetError, Presets},
    refusal::Refusal,
    server::{body::read_body, journal::Done, refused::Refused},
};

use super::apart;

/// The most bytes of a manifest and of answers.
const MOST: usize = 4 << 20;

/// Lists what is installed.
pub(super) struct Installed;

/// Tells of one.
pub(super) struct Details;

/// Installs one.
pub(super) struct Installing(pub(super) Arc<Live>);

/// Answers what one asks.
pub(super) struct Applying(pub(super) Arc<Live>);

/// Removes one.
pub(super) struct Deleting(pub(super) Arc<Live>);

/// Says that there is no market.
pub(super) struct Market;

/// Says that nothing is fetched.
pub(super) struct FromGithub;

/// The presets that are installed.
#[derive(Serialize, ToSchema)]
struct PresetList {
    presets: Vec<About>,
}

/// What a preset says of itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[salvo(schema(name = "PresetAbout"))]
struct About {
    /// The name of its folder.
    id: String,
    name: String,
    /// Whether it is there, which it is.
    installed: bool,
    version: Option<String>,
    description: Option<String>,
    author: Option<String>,
    keywords: Vec<String>,
    homepage: Option<String>,
    repository: Option<String>,
    license: Option<String>,
    /// The edition of claude-code-router that it was made for.
    ccr_version: Option<String>,
    /// Where it was installed from.
    source: Option<String>,
    source_type: Option<String>,
    checksum: Option<String>,
}

/// What a preset is, asks and makes. Secrets are stars.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[salvo(schema(name = "Preset"))]
struct Whole {
    metadata: About,
    /// The configuration that its answers make; nothing, if it lacks some.
    config: Option<Value>,
    /// What it lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    lacks: Option<String>,
    /// What it asks.
    schema: Value,
    template: Option<Value>,
    config_mappings: Value,
    /// What was answered.
    user_values: Map<String, Value>,
}

/// A preset to install.
#[derive(Deserialize, ToSchema)]
struct Given {
    /// The name to install it by, in place of its own.
    name: Option<String>,
    /// Its manifest.
    #[salvo(schema(value_type = Object))]
    manifest: Value,
    /// Answers to what it asks, by their ids.
    #[serde(default)]
    answers: Map<String, Value>,
}

/// Answers to what a preset asks.
#[derive(Deserialize, ToSchema)]
struct Answers {
    /// By their ids. Stars say nothing.
    #[serde(default)]
    secrets: Map<String, Value>,
}

impl About {
    fn of(preset: &Preset) -> Self {
        let manifest = &preset.manifest;
        let folder = preset.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let about = manifest.about.clone();
        Self {
            id: folder,
            name: preset.name.clone(),
            installed: true,
            version: manifest.version.clone(),
            description: manifest.description.clone(),
            author: manifest.author.clone(),
            keywords: manifest.keywords.clone(),
            homepage: about.homepage,
            repository: about.repository,
            license: about.license,
            ccr_version: about.ccr_version,
            source: about.source,
            source_type: about.source_type,
            checksum: about.checksum,
        }
    }
}

impl Whole {
    fn of(preset: &Preset) -> Self {
        let manifest = &preset.manifest;
        let applied = manifest.apply(&preset.folder).map(Value::Object);
        let lacks = applied.as_ref().err().map(ToString::to_string);
        let secrets = applied.as_ref().map(secrets).unwrap_or_default();
        let answer = |(id, value): (&String, &Value)| {
            let asked = manifest.schema.iter().find(|input| input.id == *id);
            let is_secret = holds_secret(id)
                || asked.is_some_and(|input| input.kind == InputKind::Password)
                || value
                    .as_str()
                    .is_some_and(|text| !text.is_empty() && secrets.iter().any(|secret| secret.contains(text)));
            (id.clone(), if is_secret { STARS.into() } else { veiled(value) })
        };
        Self {
            metadata: About::of(preset),
            config: applied.as_ref().ok().map(veiled),
            lacks,
            schema: questions(manifest),
            template: manifest.template.clone().map(|template| veiled(&Value::Object(template))),
            config_mappings: veiled(&serde_json::to_value(&manifest.config_mappings).unwrap_or_default()),
            user_values: manifest.user_values.iter().map(answer).collect(),
        }
    }
}

/// What a preset asks. A secret that is proposed is none of the client's.
fn questions(manifest: &Manifest) -> Value {
    let mut inputs = manifest.schema.clone();
    for input in &mut inputs {
        if (input.kind == InputKind::Password || holds_secret(&input.id)) && !input.default_value.is_null() {
            input.default_value = STARS.into();
        }
    }
    serde_json::to_value(inputs).unwrap_or_default()
}

/// Data with stars in place of secrets.
fn veiled(value: &Value) -> Value {
    parsed(value).map(|tree| shown(&tree)).unwrap_or_default()
}

fn parsed(value: &Value) -> Option<document::Node> {
    document::parse(&Arc::new(Source { path: String::new(), text: value.to_string() })).ok()
}

/// The texts that are secrets in a configuration.
fn secrets(config: &Value) -> Vec<String> {
    parsed(config).map(|tree| config::secrets(&tree)).unwrap_or_default()
}

/// The presets that are installed.
#[endpoint(tags("presets"))]
impl Installed {
    async fn handle(&self) -> Result<Json<PresetList>, Refused> {
        apart(|| Ok(Json(PresetList { presets: Presets::of_user().all().0.iter().map(About::of).collect() }))).await
    }
}

/// What a preset is, asks and makes.
#[endpoint(tags("presets"), parameters(("name" = String, Path, description = "The preset's name")))]
impl Details {
    async fn handle(&self, req: &mut Request) -> Result<Json<Whole>, Refused> {
        let name = name(req);
        apart(move || Ok(Json(Whole::of(&Presets::of_user().find(&name)?)))).await
    }
}

/// Installs a preset from its manifest, which is served at once if it lacks no answer.
#[endpoint(tags("presets"), request_body(content = Given))]
impl Installing {
    async fn handle(&self, req: &mut Request) -> Result<Json<Whole>, Refused> {
        let body = read_body(req, MOST).await?;
        let Given { name, manifest, answers } = serde_json::from_slice(&body).map_err(Refusal::malformed)?;
        let live = self.0.clone();
        apart(move || {
            let text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
            let source = Arc::new(Source { path: "manifest.json".into(), text });
            let mut manifest = Manifest::read(&source).map_err(PresetError::Mistakes)?;
            answer(&mut manifest, answers, &live)?;
            let preset = Presets::of_user().put(manifest, name.as_deref())?;
            reload(&live);
            Ok(Json(Whole::of(&preset)))
        })
        .await
    }
}

/// Answers what a preset asks, which counts at once.
#[endpoint(
    tags("presets"),
    parameters(("name" = String, Path, description = "The preset's name")),
    request_body(content = Answers),
)]
impl Applying {
    async fn handle(&self, req: &mut Request) -> Result<Json<Done>, Refused> {
        let (name, body) = (name(req), read_body(req, MOST).await?);
        let Answers { secrets } = serde_json::from_slice(&body).map_err(Refusal::malformed)?;
        let live = self.0.clone();
        apart(move || {
            let mut preset = Presets::of_user().find(&name)?;
            answer(&mut preset.manifest, secrets, &live)?;
            let variable = |name: &str| std::env::var(name).ok();
            preset.config(variable)?;
            preset.save()?;
            reload(&live);
            Ok(Json(Done::new("Preset applied successfully")))
        })
        .await
    }
}

/// Removes a preset with all that is in its folder.
#[endpoint(tags("presets"), parameters(("name" = String, Path, description = "The preset's name")))]
impl Deleting {
    async fn handle(&self, req: &mut Request) -> Result<Json<Done>, Refused> {
        let (name, live) = (name(req), self.0.clone());
        apart(move || {
            Presets::of_user().delete(&name)?;
            reload(&live);
            Ok(Json(Done::new("Preset deleted successfully")))
        })
        .await
    }
}

/// Nothing: presets are not fetched from a market.
#[endpoint(tags("presets"), responses((status_code = 404, description = "There is none", body = Value)))]
impl Market {
    async fn handle(&self) -> Result<Json<PresetList>, Refused> {
        Err(nothing_is_fetched())
    }
}

/// Nothing: presets are not fetched from GitHub.
#[endpoint(tags("presets"), responses((status_code = 404, description = "Nothing is fetched", body = Value)))]
impl FromGithub {
    async fn handle(&self) -> Result<Json<PresetList>, Refused> {
        Err(nothing_is_fetched())
    }
}

fn nothing_is_fetched() -> Refused {
    let message = "presets are not fetched: download one, and send its manifest to POST /api/presets, or install its \
                   folder with `wireloom preset install`";
    Refused::not_found(message)
}

/// Takes answers, as far as they fit what is asked.
fn answer(manifest: &mut Manifest, answers: Map<String, Value>, live: &Live) -> Result<(), Refused> {
    let gateway = live.gateway();
    let surroundings: Surroundings =
        gateway.targets.iter().map(|target| (target.name.clone(), target.models.clone())).collect();
    for (id, value) in answers.into_iter().filter(|(_, value)| value.as_str() != Some(STARS)) {
        let Some(input) = manifest.schema.iter().find(|input| input.id == id) else {
            return Err(Refusal::invalid(format!("the preset does not ask for `{id}`")).into());
        };
        let choices = input.choices(&manifest.user_values, &surroundings);
        let value = input.take(value, &choices).map_err(|wrong| Refusal::invalid(format!("`{id}`: {wrong}")))?;
        manifest.user_values.insert(id, value);
    }
    Ok(())
}

/// Lets presets count as they are now. Should the configuration itself be broken meanwhile, it is told where that is
/// looked for: in the log, and by the health of the service.
fn reload(live: &Live) {
    let _ = live.reload();
}

fn name(req: &Request) -> String {
    req.param("name").unwrap_or_default()
}

impl From<PresetError> for Refused {
    fn from(error: PresetError) -> Self {
        let status = match &error {
            PresetError::Unknown { .. } | PresetError::Name(_) => StatusCode::NOT_FOUND,
            PresetError::Exists(_) => StatusCode::CONFLICT,
            PresetError::Io { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            PresetError::Content { .. } | PresetError::Mistakes(_) | PresetError::Unready(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
        };
        match error {
            PresetError::Mistakes(told) => {
                let problems = Finding::all(told, None).iter().map(Problem::from).collect();
                Self::mistakes("the preset has mistakes", problems)
            }
            // Where its files are is no client's matter.
            PresetError::Io { error, .. } => Self::new(status, format!("the preset's files: {}", error.kind())),
            error => Self::new(status, error.to_string()),
        }
    }
}
