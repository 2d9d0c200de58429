//! Whether providers are reached and take their keys.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use tokio::task::JoinSet;
use wireloom_schema::config::Config;

use super::Finding;
use crate::{
    gateway::{Gateway, Target},
    upstream::UpstreamError,
};

const ABOUT: &str = "provider";

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks each provider of a configuration for its models, all at once.
pub async fn reach(config: &Config) -> Vec<Finding> {
    let gateway = match Gateway::new(config) {
        Ok(gateway) => gateway,
        Err(error) => return vec![Finding::wrong(ABOUT, error.to_string(), "`wireloom config check` may tell more")],
    };
    let mut asked = JoinSet::new();
    for (at, target) in gateway.targets.iter().cloned().enumerate() {
        asked.spawn(async move { (at, one(&target).await) });
    }
    let mut found = asked.join_all().await;
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, finding)| finding).collect()
}

async fn one(target: &Arc<Target>) -> Finding {
    let name = &target.name;
    let reachable = "see that its URL is right, and that this machine reaches it: by DNS, firewall, `PROXY_URL`";
    match tokio::time::timeout(PATIENCE, target.probe()).await {
        Err(_) => Finding::wrong(ABOUT, format!("`{name}` does not answer within {PATIENCE:?}"), reachable),
        Ok(Err(error)) => {
            let advice = match &error {
                UpstreamError::Connect { reason, .. } if reason.contains("certificate") => {
                    "see that the clock is right, and that no proxy stands between with a certificate of its own"
                }
                _ => reachable,
            };
            Finding::wrong(ABOUT, format!("`{name}`: {error}"), advice)
        }
        Ok(Ok((status, shows_key))) => answered(name, status, shows_key),
    }
}

/// What the status of the list of models means.
fn answered(name: &str, status: StatusCode, shows_key: bool) -> Finding {
    let code = status.as_u16();
    match code {
        _ if !shows_key => Finding::ok(ABOUT, format!("`{name}` is reached; whether it lets us in is not tried")),
        401 => {
            let found = format!("`{name}` does not take its key (status {code})");
            Finding::wrong(ABOUT, found, "see that `api_key` is right and not out of date, and whose it is")
        }
        403 => {
            let found = format!("`{name}` is reached, and refuses to list its models (status {code})");
            Finding::warning(ABOUT, found, "the key may lack rights, or the provider may not serve this region")
        }
        _ if status.is_success() => {
            Finding::ok(ABOUT, format!("`{name}` is reached, and takes its key if it asks for one"))
        }
        429 => Finding::warning(
            ABOUT,
            format!("`{name}` is reached, and asks for fewer requests"),
            "wait, or see its limits",
        ),
        _ if status.is_server_error() => {
            Finding::warning(ABOUT, format!("`{name}` is reached, and is not well (status {code})"), "try again later")
        }
        _ => Finding::ok(
            ABOUT,
            format!("`{name}` is reached; it lists no models (status {code}), so its key is not tried"),
        ),
    }
}
