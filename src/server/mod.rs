//! The HTTP service: routes, access, limits. One goal a route; what happens behind it is the pipeline's.

mod crowd;
mod door;
mod goal;
mod journal;
mod look;
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

use wireloom_schema::config::ServiceLimits;

use crate::{gateway::Gateway, observability::Observability, specs::Face};

use self::{
    crowd::Crowd,
    door::Door,
    goal::{Ask, Health, Models, Nod, NotFound},
    journal::{Level, LogClearing, LogFiles, LogLines, LogTail},
    look::{Numbers, Requests, Totals},
    place::Place,
};

/// The most bytes of a request's head over HTTP/1, and of its headers over HTTP/2.
const MOST_HEAD: u32 = 64 << 10;

/// A service that is bound to its address and not yet running.
pub struct Bound {
    acceptor: TcpAcceptor,
    gateway: Arc<Gateway>,
    limits: ServiceLimits,
    seen: Observability,
}

/// Binds to an address.
///
/// # Errors
/// What the system says, such as that the port is taken.
pub async fn bind(
    address: SocketAddr,
    gateway: Gateway,
    limits: &ServiceLimits,
    seen: Observability,
) -> io::Result<Bound> {
    let acceptor = TcpListener::new(address).try_bind().await.map_err(io::Error::other)?;
    // Accepted sockets inherit it; without it each short answer waits for the client's delayed acknowledgement.
    socket2::SockRef::from(acceptor.inner()).set_tcp_nodelay(true)?;
    Ok(Bound { acceptor, gateway: Arc::new(gateway), limits: *limits, seen })
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
        let mut server = Server::new(self.acceptor).fuse_policy(Crowd::new(&self.limits));
        server.http1_mut().max_buf_size(MOST_HEAD as usize);
        server.http2_mut().max_header_list_size(MOST_HEAD);
        if let Some(most) = self.limits.connections {
            server = server.max_connections(most.get());
        }
        let handle = server.handle();
        tokio::spawn(async move {
            stop.await;
            handle.stop_graceful(grace);
            // The server keeps its listener until the last answer is finished; clients would connect and wait in vain.
            let _ = listener.and_then(|listener| listener.shutdown(Shutdown::Both));
        });
        server.serve(service(self.gateway, self.seen)).await;
    }
}

fn service(gateway: Arc<Gateway>, seen: Observability) -> Service {
    let Observability { logs, records } = seen;
    let mut router = Router::new().head(Health).get(Health).push(Router::with_path("health").get(Health));
    let at = |path: &str| Router::with_path(path.trim_start_matches('/'));
    router = router.push(at("metrics").get(Numbers { records: records.clone() }));
    router = router.push(at("api/requests").get(Requests { records: records.clone() }));
    let lines = at("api/logs").get(LogLines(logs.clone())).delete(LogClearing(logs.clone()));
    router = router.push(
        lines
            .push(at("files").get(LogFiles(logs.clone())))
            .push(at("stream").get(LogTail(logs.clone())))
            .push(at("level").get(Level(logs.clone())).put(Level(logs))),
    );
    router = router.push(at("api/usage").get(Totals { records: records.clone() }));
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
        router = router.push(at(&path).get(Models { faces, gateway: gateway.clone() }));
    }
    for path in Face::ALL.iter().flat_map(|face| face.facts().ignores) {
        router = router.push(at(path).post(Nod));
    }
    // Paths that may be followed by anything come last.
    routes.sort_by_key(|(route, _)| route.contains('{'));
    for (route, places) in routes {
        router = router.push(at(&route).post(Ask { places, gateway: gateway.clone(), records: records.clone() }));
    }
    Service::new(router).hoop(CatchPanic::new()).hoop(Door::new(gateway)).catcher(Catcher::default().hoop(NotFound))
}
