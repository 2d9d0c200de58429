//! AWS's Signature Version 4.

use http::{HeaderName, HeaderValue, Request, Uri, header};
use reqsign_aws_v4::{
    Credential, DefaultCredentialProvider, RequestSigner, StaticCredentialProvider, constants::X_AMZ_CONTENT_SHA_256,
};
use reqsign_core::{Signer, hash::hex_sha256};
use wireloom_schema::config::Secret;

use crate::upstream::{Call, Upstream};

use super::courier::context;

/// Signs calls, or shows an API key.
#[derive(Debug)]
pub struct Sigv4(Way);

#[derive(Debug)]
enum Way {
    /// The credentials are kept until shortly before they expire, and asked for once for many calls.
    Signs(Signer<Credential>),
    /// An API key, marked as sensitive.
    Shows(HeaderValue),
}

impl Sigv4 {
    pub(super) fn new(key: &Secret, service: &str, region: &str, upstream: &Upstream) -> Result<Self, String> {
        let signs = RequestSigner::new(service, region);
        let pieces: Vec<&str> = key.reveal().splitn(3, ':').map(str::trim).collect();
        Ok(Self(match pieces.as_slice() {
            [] | [""] => Way::Signs(Signer::new(context(upstream), DefaultCredentialProvider::new(), signs)),
            [token] => {
                let value = HeaderValue::from_str(&format!("Bearer {token}"));
                let mut value = value.map_err(|_| "`api_key` has characters that no header may have".to_owned())?;
                value.set_sensitive(true);
                Way::Shows(value)
            }
            [access, secret, session @ ..] => {
                let given = StaticCredentialProvider::new(access, secret);
                let given = match session {
                    [session, ..] => given.with_session_token(session),
                    [] => given,
                };
                Way::Signs(Signer::new(context(upstream), given, signs))
            }
        }))
    }

    pub(super) async fn sign(&self, call: &mut Call) -> Result<(), String> {
        let signer = match &self.0 {
            Way::Signs(signer) => signer,
            Way::Shows(value) => {
                call.headers.insert(header::AUTHORIZATION, value.clone());
                return Ok(());
            }
        };
        let mut head = head(call)?;
        signer.sign(&mut head, None).await.map_err(|error| error.to_string())?;
        let signed = head.headers.into_iter().filter_map(|(name, value)| Some((name?, value)));
        for (name, mut value) in signed.filter(|(name, _)| *name != header::HOST) {
            value.set_sensitive(name != header::CONTENT_TYPE);
            call.headers.insert(name, value);
        }
        Ok(())
    }
}

/// What is signed of a call. The path is encoded once more: services but one want that of the path as it is sent, while
/// the signer takes the encoding off before it puts its own on.
fn head(call: &Call) -> Result<http::request::Parts, String> {
    let unusable = || "the request cannot be signed".to_owned();
    let mut url = call.url.clone();
    url.set_path(&call.url.path().replace('%', "%25"));
    let uri: Uri = url.as_str().parse().map_err(|_| unusable())?;
    let mut head = Request::post(uri).body(()).map_err(|_| unusable())?.into_parts().0;
    if let Some(kind) = call.headers.get(header::CONTENT_TYPE) {
        head.headers.insert(header::CONTENT_TYPE, kind.clone());
    }
    let digest = HeaderValue::from_str(&hex_sha256(&call.body)).map_err(|_| unusable())?;
    head.headers.insert(HeaderName::from_static(X_AMZ_CONTENT_SHA_256), digest);
    Ok(head)
}
