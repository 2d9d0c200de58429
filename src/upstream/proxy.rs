//! The proxies between the gateway and its upstreams.

use std::fmt;

use reqwest::{NoProxy, Proxy, Url};

/// How URLs of proxies begin.
const SCHEMES: [&str; 6] = ["http://", "https://", "socks4://", "socks4a://", "socks5://", "socks5h://"];

/// Which proxies calls go through.
#[derive(Clone, PartialEq, Eq)]
pub enum Proxies {
    /// Those that the environment or the system names; never to this machine.
    System,
    /// None.
    None,
    /// One.
    One {
        /// Its URL, which may carry a password.
        url: Url,
        /// Hosts that are called without it, divided by commas.
        except: String,
        /// Whether this machine, too, is called through it.
        local: bool,
    },
}

impl Proxies {
    /// One proxy for all calls, to this machine too.
    pub fn always(url: &str) -> Option<Self> {
        Some(Self::One { url: parsed(url)?, except: String::new(), local: true })
    }

    /// One proxy for calls to hosts elsewhere, but for those of a list that is divided by commas.
    pub fn elsewhere(url: &str, except: &str) -> Option<Self> {
        Some(Self::One { url: parsed(url)?, except: except.to_owned(), local: false })
    }

    /// As clients take it; none for those of the system, and for none at all.
    pub(super) fn proxy(&self) -> Result<Option<Proxy>, reqwest::Error> {
        match self {
            Self::System | Self::None => Ok(None),
            Self::One { url, except, .. } => Ok(Some(Proxy::all(url.clone())?.no_proxy(NoProxy::from_string(except)))),
        }
    }
}

fn parsed(url: &str) -> Option<Url> {
    // Many write a proxy without its scheme.
    let whole = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let known = |url: &Url| SCHEMES.iter().any(|scheme| url.as_str().starts_with(scheme));
    Url::parse(&whole).ok().filter(known).filter(Url::has_host)
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::None => "None",
            Self::One { .. } => "One(…)",
        })
    }
}
