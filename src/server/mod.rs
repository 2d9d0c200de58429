//! The HTTP service: routes, access, limits. One goal a route; what happens behind it is the pipeline's.

mod body;
mod crowd;
mod door;
mod goal;
mod journal;
mod look;
pub(crate) mod place;

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

use socket2::TcpKeepalive;
use wireloom_schema::config::ServiceLimits;

use crate::{
    extension::Extension, live::Live, logs::Logs, observability::Observability, records::Records, specs::Face,
};

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

/// How long a client may be quiet until its machine is asked whether it is still there, and how long that may take each
/// time.
const QUIET: Duration = Duration::from_secs(60);
const PROBE: Duration = Duration::from_secs(10);

/// A service that is bound to its address and not yet running.
pub struct Bound<X> {
    acceptor: TcpAcceptor,
    live: Arc<Live>,
    extension: Arc<X>,
    limits: ServiceLimits,
    seen: Observability,
}

/// Binds to an address.
///
/// # Errors
/// What the system says, such as that the port is taken.
pub async fn bind<X: Extension>(
    address: SocketAddr,
    live: Arc<Live>,
    extension: X,
    limits: &ServiceLimits,
    seen: Observability,
) -> io::Result<Bound<X>> {
    let acceptor = TcpListener::new(address).try_bind().await.map_err(io::Error::other)?;
    // Accepted sockets inherit these. Without the first, each short answer waits for the client's delayed acknowledgement;
    // without the second, clients that have vanished are waited for as long as their answers take.
    let listener = socket2::SockRef::from(acceptor.inner());
    listener.set_tcp_nodelay(true)?;
    listener.set_tcp_keepalive(&TcpKeepalive::new().with_time(QUIET).with_interval(PROBE))?;
    Ok(Bound { acceptor, live, extension: Arc::new(extension), limits: *limits, seen })
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
        let mut server = Server::new(self.acceptor).fuse_policy(Crowd::new(&self.limits));
        server.http1_mut().max_buf_size(MOST_HEAD as usize);
        server.http2_mut().max_header_list_size(MOST_HEAD);
        if let Some(most) = self.limits.connections {
            server = server.max_connections(most.get() as usize);
        }
        let handle = server.handle();
        tokio::spawn(async move {
            stop.await;
            handle.stop_graceful(grace);
            // The server keeps its listener until the last answer is finished; clients would connect and wait in vain.
            let _ = listener.and_then(|listener| listener.shutdown(Shutdown::Both));
        });
        server.serve(service(self.live, self.extension, self.seen)).await;
    }
}

fn service(live: Arc<Live>, extension: Arc<impl Extension>, seen: Observability) -> Service {
    let Observability { logs, records } = seen;
    let health = || Health { live: live.clone() };
    let asked = |router: Router| routes(router, &live, &extension, &records);
    let own = Router::new().head(health()).get(health()).push(Router::with_path("health").get(health()));
    let router = asked(told(own, logs, &records))
        // Presets answer at their own paths as the service does at its root.
        .push(asked(Router::with_path("preset/{preset}")));
    let door = Door::new(live.clone());
    Service::new(router).hoop(CatchPanic::new()).hoop(door).catcher(Catcher::default().hoop(NotFound))
}

/// A router with what the service tells of itself.
fn told(router: Router, logs: Logs, records: &Records) -> Router {
    let at = Router::with_path;
    let lines = at("api/logs").get(LogLines(logs.clone())).delete(LogClearing(logs.clone()));
    router
        .push(at("metrics").get(Numbers { records: records.clone() }))
        .push(at("api/requests").get(Requests { records: records.clone() }))
        .push(at("api/usage").get(Totals { records: records.clone() }))
        .push(
            lines
                .push(at("files").get(LogFiles(logs.clone())))
                .push(at("stream").get(LogTail(logs.clone())))
                .push(at("level").get(Level(logs.clone())).put(Level(logs))),
        )
}

/// A router with what the faces are asked, below its own path.
fn routes(mut router: Router, live: &Arc<Live>, extension: &Arc<impl Extension>, records: &Records) -> Router {
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
        let (live, extension, records) = (live.clone(), extension.clone(), records.clone());
        router = router.push(at(&route).post(Ask { places, live, extension, records }));
    }
    router
}
