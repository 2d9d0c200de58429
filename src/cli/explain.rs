//! `wireloom explain`.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    config::Loaded,
    explanation::{Asked, Explanation},
    gateway::Gateway,
};

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
        let headers = self.headers.iter().map(|header| read_header(header)).collect::<Result<HeaderMap, _>>()?;
        let asked = Asked::new(&text, self.face.as_deref(), self.path.as_deref(), headers).map_err(Failure::Usage)?;
        let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::Work(error.to_string()))?;
        let explained = async {
            let gateway = Gateway::new(&config).map_err(|error| error.to_string())?;
            Explanation::of(&gateway, &asked).await
        };
        let explanation = runtime.block_on(explained).map_err(Failure::Work)?;
        match self.json {
            true => print(&serde_json::to_string_pretty(&explanation).unwrap_or_default()),
            false => print(&explanation.to_string()),
        }
    }
}

fn read_header(text: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let read = text.split_once(':').and_then(|(name, value)| {
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value.trim()).ok()?))
    });
    read.ok_or_else(|| Failure::Usage(format!("`{text}` is no header: write `name: value`")))
}
