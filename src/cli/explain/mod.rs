//! `wireloom explain`.

mod explanation;

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    config::Loaded,
    gateway::Gateway,
    server::place::{Place, Purpose},
    specs::Face,
};

use self::explanation::{Asked, Explanation};
use super::{Failure, load, print};

const EXAMPLES: &str = "\
Nothing is sent. Keys are not shown.

Examples:
  wireloom explain request.json
  wireloom explain request.json --header 'user-agent: claude-cli/2.1' --json
  wireloom explain request.json --path '/v1beta/models/gemini-2.5-pro:streamGenerateContent'";

/// The arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Explain {
    /// The body of a request, as a client sends it
    #[arg(value_name = "REQUEST.json")]
    request: PathBuf,
    /// The configuration, found as `start` finds it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The protocol of the client; guessed from the path or the body if it is not given
    #[arg(long, value_name = "NAME")]
    face: Option<String>,
    /// A header of the request, as `name: value`; may be given several times
    #[arg(long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// The path of the request, which some protocols say the model in
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let loaded = load(self.config.as_deref())?;
        let (Loaded::File { config, .. } | Loaded::BuiltIn { config, .. }) = loaded else {
            return Err(Failure::Usage("there is no configuration: name one with --config".into()));
        };
        let text = fs::read_to_string(&self.request)
            .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", self.request.display())))?;
        let asked = self.asked(&text)?;
        let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::Work(error.to_string()))?;
        let explained = async {
            let gateway = Gateway::new(&config).map_err(|error| error.to_string())?;
            Explanation::of(&gateway, &config, &asked).await
        };
        let explanation = runtime.block_on(explained).map_err(Failure::Work)?;
        match self.json {
            true => print(&serde_json::to_string_pretty(&explanation).unwrap_or_default()),
            false => print(&explanation.to_string()),
        }
    }

    /// The request with what the arguments say of it.
    fn asked<'t>(&self, text: &'t str) -> Result<Asked<'t>, Failure> {
        let place = self.path.as_deref().map(found).transpose()?;
        let (face, guessed) = match (&self.face, &place) {
            (Some(name), _) => (named(name)?, false),
            (None, Some((place, _))) => (place.face, false),
            (None, None) => (guess(text)?, true),
        };
        let stream = place.as_ref().and_then(|(place, _)| match place.purpose {
            Purpose::Answer { stream } => stream,
            Purpose::Count => None,
        });
        let headers = self.headers.iter().map(|header| read_header(header)).collect::<Result<HeaderMap, _>>()?;
        let query = self.path.as_deref().and_then(|path| path.split_once('?')).map(|(_, query)| query.to_owned());
        let model = place.and_then(|(_, model)| model);
        Ok(Asked { text, face, guessed, model, stream, headers, query })
    }
}

/// The place of a path, and the model that it says.
fn found(path: &str) -> Result<(Place, Option<String>), Failure> {
    let bare = path.split_once('?').map_or(path, |(path, _)| path);
    let mut places = Place::all().into_iter().filter(|place| place.may_be(bare));
    let found = places.find_map(|place| place.model(bare).map(|model| (place, model)));
    found.ok_or_else(|| Failure::Usage(format!("nothing is asked at {bare}")))
}

fn named(name: &str) -> Result<Face, Failure> {
    let found = Face::ALL.iter().find(|face| face.facts().name == name);
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = Face::ALL.iter().map(|face| face.facts().name).collect();
        Failure::Usage(format!("there is no face `{name}`: it is one of {}", names.join(", ")))
    })
}

/// The face that understands most of a body.
fn guess(text: &str) -> Result<Face, Failure> {
    let understood = Face::ALL.iter().filter_map(|face| {
        let request = face.read_request(text).ok()?;
        (!request.messages.is_empty()).then_some((request.unknown.len(), *face))
    });
    let best = understood.min_by_key(|(unknown, _)| *unknown).map(|(_, face)| face);
    best.ok_or_else(|| Failure::Usage("this is no request of a known protocol: name one with --face".into()))
}

fn read_header(text: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let read = text.split_once(':').and_then(|(name, value)| {
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value.trim()).ok()?))
    });
    read.ok_or_else(|| Failure::Usage(format!("`{text}` is no header: write `name: value`")))
}
