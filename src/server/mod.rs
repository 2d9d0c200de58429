//! The HTTP service: routes, access, limits. One goal a route; what happens behind it is the pipeline's.

mod goal;
mod place;

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

use crate::{extension::Extension, live::Live, specs::Face};

use self::{
    goal::{Ask, Health, Models, Nod, NotFound},
    place::Place,
};

/// A service that is bound to its address and not yet running.
pub struct Bound<X> {
    acceptor: TcpAcceptor,
    live: Arc<Live>,
    extension: Arc<X>,
}

/// Binds to an address.
///
/// # Errors
/// What the system says, such as that the port is taken.
pub async fn bind<X: Extension>(address: SocketAddr, live: Arc<Live>, extension: X) -> io::Result<Bound<X>> {
    let acceptor = TcpListener::new(address).try_bind().await.map_err(io::Error::other)?;
    // Accepted sockets inherit it; without it each short answer waits for the client's delayed acknowledgement.
    socket2::SockRef::from(acceptor.inner()).set_tcp_nodelay(true)?;
    Ok(Bound { acceptor, live, extension: Arc::new(extension) })
}

impl<X: Extension> Bound<X> {
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
        server.serve(service(self.live, self.extension)).await;
    }
}

fn service(live: Arc<Live>, extension: Arc<impl Extension>) -> Service {
    let health = || Health { live: live.clone() };
    let mut router = Router::new().head(health()).get(health()).push(Router::with_path("health").get(health()));
    let at = |path: &str| Router::with_path(path.trim_start_matches('/'));
    let mut routes: Vec<(String, Vec<Place>)> = Vec::new();
    for place in Place::all() {
        let route = place.route();
        match routes.iter_mut().find(|(known, _)| *known == route) {
            Some((_, places)) => places.push(place),
            None => routes.push((route, vec![place])),
        }
    }
    // Faces share the path of the list; what the client sends tells whose it is.
    let lists = |face: &Face| {
        let facts = face.facts();
        facts.models.into_iter().flat_map(|path| facts.serve.iter().map(move |base| [base, path].concat()))
    };
    let mut listed: Vec<String> = Face::ALL.iter().flat_map(lists).collect();
    listed.sort_unstable();
    listed.dedup();
    for path in listed {
        let faces = Face::ALL.iter().copied().filter(|face| lists(face).any(|known| known == path)).collect();
        router = router.push(at(&path).get(Models { faces, live: live.clone() }));
    }
    for path in Face::ALL.iter().flat_map(|face| face.facts().ignores) {
        router = router.push(at(path).post(Nod));
    }
    // Paths that may be followed by anything come last.
    routes.sort_by_key(|(route, _)| route.contains('{'));
    for (route, places) in routes {
        router = router.push(at(&route).post(Ask { places, live: live.clone(), extension: extension.clone() }));
    }
    Service::new(router).hoop(CatchPanic::new()).catcher(Catcher::default().hoop(NotFound))
}
