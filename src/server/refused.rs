//! How the service's own paths tell what is wrong: in one form, whatever protocol the client speaks.

use bytes::Bytes;
use http::StatusCode;
use salvo::{Depot, Request, Response, Writer};
use salvo_oapi::{Components, EndpointOutRegister, Operation, ToSchema, response};
use serde::Serialize;
use wireloom_schema::model::ErrorKind;

use crate::{config::Problem, refusal::Refusal};

use super::goal::turn_away;

/// Why something is not done, with all that is wrong in what was sent.
#[derive(Debug)]
pub(super) struct Refused {
    refusal: Box<Refusal>,
    problems: Vec<Problem>,
}

/// What every answer is that is not what was asked for.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Error"))]
struct Told {
    error: Trouble,
}

/// What is wrong.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Trouble"))]
struct Trouble {
    /// What kind of error it is: `invalid_request`, `authentication`, `permission`, `not_found`, `too_large`,
    /// `rate_limit` or `internal`.
    r#type: &'static str,
    /// For people: what is wrong, and what to do.
    message: String,
    /// The word that claude-code-router has for it, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The mistakes in a configuration, in the order of their places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem>,
}

impl Refused {
    /// A status with its reason.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let kind = ErrorKind::from_status(status.as_u16());
        Refusal { status: Some(status), ..Refusal::new(kind, message) }.into()
    }

    /// There is no such thing.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// What was sent has these mistakes.
    pub(super) fn mistakes(message: impl Into<String>, problems: Vec<Problem>) -> Self {
        Self { problems, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, message) }
    }

    /// With claude-code-router's word for it.
    pub(super) fn coded(mut self, code: &'static str) -> Self {
        self.refusal.error.code = Some(code.into());
        self
    }

    /// Answers a request with it.
    pub(super) async fn tell(self, req: &mut Request, res: &mut Response) {
        let Self { refusal, problems } = self;
        let kind = refusal.kind();
        let status = refusal.status.or_else(|| StatusCode::from_u16(kind.status()).ok());
        let error = Trouble {
            r#type: kind.name(),
            message: refusal.error.message.to_string(),
            code: refusal.error.code.as_ref().map(ToString::to_string),
            problems,
        };
        let body = serde_json::to_vec(&Told { error }).map(Bytes::from).unwrap_or_default();
        turn_away(req, res, status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body, &refusal).await;
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal: Box::new(refusal), problems: Vec::new() }
    }
}

#[salvo::async_trait]
impl Writer for Refused {
    async fn write(self, req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        self.tell(req, res).await;
    }
}

impl EndpointOutRegister for Refused {
    fn register(components: &mut Components, operation: &mut Operation) {
        let schema = Told::to_schema(components);
        let told = response::Response::new("Why it is not done").add_content("application/json", schema);
        operation.responses.insert("default", told);
    }
}
