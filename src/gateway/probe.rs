//! Whether a provider is reached, and takes its key.

use bytes::Bytes;
use http::{Method, Uri};

use super::Target;
use crate::upstream::UpstreamError;

/// Beside the path of a call, where services list their models.
const LIST: &str = "models";

/// A model's name that no other part of a path has.
const MODEL: &str = "0model0";

impl Target {
    /// Asks for the provider's models, which costs nothing, and gives the status of the answer. Services that sign requests
    /// in ways of their own are only reached, which is told by the other value.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn probe(&self) -> Result<(http::StatusCode, bool), UpstreamError> {
        let is_signed = self.is_signed();
        let mut call = http::Request::new(Bytes::new());
        *call.method_mut() = Method::GET;
        *call.uri_mut() = self.list_url().unwrap_or_default();
        if !is_signed {
            *call.headers_mut() = self.headers(0);
        }
        match self.upstream.exchange(call).await {
            Ok(answer) => Ok((answer.status(), !is_signed)),
            // Only a list is so long.
            Err(UpstreamError::TooLarge { .. }) => Ok((http::StatusCode::OK, !is_signed)),
            Err(error) => Err(error),
        }
    }

    /// The URL of the list of models: the call's with another end of its path.
    fn list_url(&self) -> Option<Uri> {
        let mut url = self.url(MODEL, false, 0)?;
        let path = listed(url.path(), self.spec.facts().call);
        url.set_path(&path);
        url.as_str().parse().ok()
    }
}

/// The path of the list of models beside that of a call, of which `template` is what its spec says.
fn listed(path: &str, template: &str) -> String {
    let list = format!("/{LIST}");
    if let Some((before, _)) = path.split_once(&format!("{list}/{MODEL}")) {
        return before.to_owned() + &list;
    }
    let template = template.split('?').next().unwrap_or_default();
    path.strip_suffix(template).unwrap_or(path).trim_end_matches('/').to_owned() + &list
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn lists_stand_beside_calls() {
        let cases = [
            ("/api/v1/chat/completions", "/chat/completions", "/api/v1/models"),
            ("/x/v1/messages", "/messages", "/x/v1/models"),
            ("/v1beta/models/0model0:generate", "/models/${model}:generate", "/v1beta/models"),
            ("/model/0model0/converse", "/model/${model}/converse", "/model/0model0/converse/models"),
        ];
        for (path, template, expected) in cases {
            assert_eq!(listed(path, template), expected);
        }
    }
}
