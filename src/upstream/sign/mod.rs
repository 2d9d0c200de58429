//! Signing calls for APIs that want more than a key: the named functions of `http.auth`.

mod courier;
mod gcp;
mod sigv4;

use wireloom_schema::config::Secret;

pub use self::{gcp::Gcp, sigv4::Sigv4};
use super::{Call, Upstream, UpstreamError};

/// What is done to a call before it is sent.
#[derive(Debug)]
pub enum Signer {
    /// Nothing: what the API wants is the same in all calls.
    None,
    /// An access token of Google's is shown.
    Gcp(Box<Gcp>),
    /// The call is signed with AWS's Signature Version 4.
    Sigv4(Box<Sigv4>),
}

impl Signer {
    /// By access tokens. The key is that of a service account, as JSON; else `file` names one; else the credentials are
    /// those of this machine.
    ///
    /// # Errors
    /// What is wrong with the service account.
    pub fn gcp(key: &Secret, file: Option<&str>) -> Result<Self, String> {
        Ok(Self::Gcp(Box::new(Gcp::new(key, file)?)))
    }

    /// By signatures for a service in a region. The key is `access:secret` or `access:secret:session`, or an API key,
    /// which is shown as it is; without one, the credentials are those of this machine.
    ///
    /// # Errors
    /// A key that no header may have.
    pub fn sigv4(key: &Secret, service: &str, region: &str, upstream: &Upstream) -> Result<Self, String> {
        Ok(Self::Sigv4(Box::new(Sigv4::new(key, service, region, upstream)?)))
    }

    /// Signs a call.
    ///
    /// # Errors
    /// Why there are no credentials.
    pub async fn sign(&self, call: &mut Call) -> Result<(), UpstreamError> {
        let signed = match self {
            Self::None => Ok(()),
            Self::Gcp(gcp) => gcp.sign(call).await,
            Self::Sigv4(sigv4) => sigv4.sign(call).await,
        };
        signed.map_err(|reason| UpstreamError::Unsigned { host: super::client::host(&call.url), reason: reason.into() })
    }
}
