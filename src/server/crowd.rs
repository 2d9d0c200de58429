//! How many connections one address may have, and how long each may take to say what it wants.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use salvo::{
    conn::ConnCtrl,
    fuse::{ArcConnObserver, ConnObserver, FuseAction, FuseConfig, FuseInfo, FusePolicy},
};
use wireloom_schema::config::ServiceLimits;

use super::shared::{Connections, Watch};

/// The connections that there are, where their number counts.
pub(super) struct Crowd {
    fuse: FuseConfig,
    most: Option<usize>,
    counts: Arc<Counts>,
    connections: Connections,
}

/// How many connections each address has.
type Counts = Mutex<HashMap<IpAddr, usize>>;

impl Crowd {
    pub(super) fn new(limits: &ServiceLimits, connections: Connections) -> Self {
        let seconds = |seconds: std::num::NonZeroU32| Duration::from_secs(seconds.get().into());
        let fuse = FuseConfig::default()
            .with_http1_header_timeout(seconds(limits.head_seconds))
            .with_request_body_timeout(seconds(limits.body_seconds))
            .with_write_stall_timeout(seconds(limits.write_seconds));
        let most = limits.connections_per_client.map(|most| most.get() as usize);
        Self { fuse, most, counts: Arc::default(), connections }
    }
}

#[salvo::async_trait]
impl FusePolicy for Crowd {
    async fn decide(&self, info: &FuseInfo) -> FuseAction {
        if let Some(most) = self.most
            && let Some(address) = info.remote_addr.ip().map(place)
            && self.counts.lock().unwrap_or_else(PoisonError::into_inner).get(&address).is_some_and(|now| *now >= most)
        {
            tracing::warn!(%address, most, "a connection too many from one address is closed");
            return FuseAction::Reject;
        }
        FuseAction::Accept(self.fuse)
    }

    fn observe(&self, info: &FuseInfo, ctrl: &ConnCtrl) -> Option<ArcConnObserver> {
        let remote = info.remote_addr.clone().into_std()?;
        let address = place(remote.ip());
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(address).or_default() += 1;
        let watch = self.connections.watch(remote, ctrl);
        Some(Arc::new(One { address, counts: self.counts.clone(), _watch: watch }))
    }
}

/// One connection. It counts until it is dropped.
struct One {
    address: IpAddr,
    counts: Arc<Counts>,
    _watch: Watch,
}

impl ConnObserver for One {}

impl Drop for One {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Whose an address is: a client has a whole network of the newer kind.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_the_newer_kind_is_one_client() {
        let at = |text: &str| place(text.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:10.0.0.1"), at("10.0.0.1"));
        assert_ne!(at("10.0.0.1"), at("10.0.0.2"));
    }
}
