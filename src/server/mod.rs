//! The HTTP service: routes, access, limits. One goal a route; what happens behind it is the pipeline's.

mod goal;

use std::{
    io,
    net::{Shutdown, SocketAddr},
    sync::Arc,
    time::Duration,
};

use salvo::{
    Listener, Server, Service,
    catcher::Catcher,
    conn::{TcpListener, tcp::TcpAcceptor},
    prelude::{CatchPanic, Router},
};

use crate::{gateway::Gateway, specs::Face};

use goal::{Ask, Count, Health, Models, NotFound};

/// A service that is bound to its address and not yet running.
pub struct Bound {
    acceptor: TcpAcceptor,
    gateway: Arc<Gateway>,
}

/// Binds to an address.
///
/// # Errors
/// What the system says, such as that the port is taken.
pub async fn bind(address: SocketAddr, gateway: Gateway) -> io::Result<Bound> {
    let acceptor = TcpListener::new(address).try_bind().await.map_err(io::Error::other)?;
    // Accepted sockets inherit it; without it each short answer waits for the client's delayed acknowledgement.
    socket2::SockRef::from(acceptor.inner()).set_tcp_nodelay(true)?;
    Ok(Bound { acceptor, gateway: Arc::new(gateway) })
}

impl Bound {
    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.acceptor.inner().local_addr()
    }

    /// Serves until `stop` comes true; then lets running answers finish for so long.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static, grace: Duration) {
        let listener = socket2::SockRef::from(self.acceptor.inner()).try_clone();
        let server = Server::new(self.acceptor);
        let handle = server.handle();
        tokio::spawn(async move {
            stop.await;
            handle.stop_graceful(grace);
            // The server keeps its listener until the last answer is finished; clients would connect and wait in vain.
            let _ = listener.and_then(|listener| listener.shutdown(Shutdown::Both));
        });
        server.serve(service(self.gateway)).await;
    }
}

fn service(gateway: Arc<Gateway>) -> Service {
    let mut router = Router::new().push(Router::with_path("health").get(Health));
    let at = |path: &'static str| Router::with_path(path.trim_start_matches('/'));
    let mut listed = Vec::new();
    for face in Face::ALL.iter().copied() {
        let facts = face.facts();
        if let Some(path) = facts.serve {
            router = router.push(at(path).post(Ask { face, gateway: gateway.clone() }));
        }
        if let Some(path) = facts.count {
            router = router.push(at(path).post(Count { face, gateway: gateway.clone() }));
        }
        // Faces share the path; the client's headers tell whose list it is.
        if let Some(path) = facts.models.filter(|path| !listed.contains(path)) {
            listed.push(path);
            router = router.push(at(path).get(Models { gateway: gateway.clone() }));
        }
    }
    Service::new(router).hoop(CatchPanic::new()).catcher(Catcher::default().hoop(NotFound))
}
