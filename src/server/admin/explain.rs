//! Telling where a request would go.

use std::{collections::BTreeMap, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use salvo::{Request, writing::Json};
use salvo_oapi::{ToSchema, endpoint};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    explanation::{Asked, Explanation},
    live::Live,
    refusal::Refusal,
    server::{body::read_body, goal::asked, refused::Refused},
};

/// Tells where a request would go and why, without sending it.
pub(super) struct Explain(pub(super) Arc<Live>);

/// A request, and what is said of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "Asked"))]
struct Given {
    /// The protocol of the client; guessed from the path or the body if it is not given.
    #[serde(default)]
    face: Option<String>,
    /// The path of the request, which some protocols say the model in.
    #[serde(default)]
    path: Option<String>,
    /// Headers of the request.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The request, as the client sends it.
    #[salvo(schema(value_type = Object))]
    body: Box<RawValue>,
}

/// Where a request would go and why, and what would be sent there.
///
/// Nothing is sent. The answer is what `wireloom explain --json` prints.
#[endpoint(tags("routes"), request_body(content = Given))]
impl Explain {
    async fn handle(&self, req: &mut Request) -> Result<Json<Explanation>, Refused> {
        let (gateway, most) = asked(&self.0, req)?;
        let body = read_body(req, most).await?;
        let given: Given = serde_json::from_slice(&body).map_err(Refusal::malformed)?;
        let headers = headers(&given.headers)?;
        let asked = Asked::new(given.body.get(), given.face.as_deref(), given.path.as_deref(), headers);
        let asked = asked.map_err(Refusal::invalid)?;
        Ok(Json(Explanation::of(&gateway, &asked).await.map_err(Refusal::invalid)?))
    }
}

fn headers(given: &BTreeMap<String, String>) -> Result<HeaderMap, Refusal> {
    let header = |(name, value): (&String, &String)| {
        let read = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
        read.ok_or_else(|| Refusal::invalid(format!("`{name}` is no header, or its value is none")))
    };
    given.iter().map(header).collect()
}
