//! The HTTP service: routes, access, limits. One goal a route; what happens behind it is the pipeline's.

mod admin;
mod body;
mod controls;
mod crowd;
mod door;
mod goal;
mod journal;
mod look;
pub(crate) mod place;
mod refused;
mod shared;
pub mod ui;

use std::{io, net::Shutdown, sync::Arc, time::Duration};

use salvo::{
    Server, Service,
    catcher::Catcher,
    conn::tcp::TcpAcceptor,
    prelude::{CatchPanic, Router},
};
use socket2::TcpKeepalive;
use tokio::net::TcpListener;
use wireloom_schema::config::ServiceLimits;

use crate::{
    extension::Extension,
    live::Live,
    logs::Logs,
    observability::Observability,
    process::{
        control::{Control, End},
        notify,
    },
    records::Records,
    specs::Face,
};

use self::{
    controls::{Reload, Restart},
    crowd::Crowd,
    door::Door,
    goal::{Ask, Health, Models, Nod, NotFound},
    journal::{Level, LevelChange, LogClearing, LogFiles, LogLines, LogTail},
    look::{Numbers, Requests, Totals},
    place::Place,
    shared::Connections,
};

/// The most bytes of a request's head over HTTP/1, and of its headers over HTTP/2.
const MOST_HEAD: u32 = 64 << 10;

/// The most bytes of an answer that wait for the client over HTTP/2, beside those of the provider's.
const MOST_UNREAD: usize = 64 << 10;

/// How long a client may be quiet until its machine is asked whether it is still there, and how long that may take each
/// time.
const QUIET: Duration = Duration::from_secs(60);
const PROBE: Duration = Duration::from_secs(10);

/// The path below which presets are served.
const PRESET: &str = "preset/{preset}";

/// How long the server may take to accept no more connections.
const LAST_ACCEPT: Duration = Duration::from_millis(10);

/// A service that listens and is not yet running.
pub struct Bound<X> {
    acceptor: TcpAcceptor,
    live: Arc<Live>,
    extension: Arc<X>,
    limits: ServiceLimits,
    seen: Observability,
    control: Control,
}

/// On a socket that listens.
///
/// # Errors
/// What the system says.
pub fn on<X: Extension>(
    listener: TcpListener,
    live: Arc<Live>,
    extension: X,
    limits: &ServiceLimits,
    seen: Observability,
    control: Control,
) -> io::Result<Bound<X>> {
    let acceptor = TcpAcceptor::try_from(listener)?;
    // Accepted sockets inherit these. Without the first, each short answer waits for the client's delayed acknowledgement;
    // without the second, clients that have vanished are waited for as long as their answers take.
    let listener = socket2::SockRef::from(acceptor.inner());
    listener.set_tcp_nodelay(true)?;
    listener.set_tcp_keepalive(&TcpKeepalive::new().with_time(QUIET).with_interval(PROBE))?;
    Ok(Bound { acceptor, live, extension: Arc::new(extension), limits: *limits, seen, control })
}

impl<X: Extension> Bound<X> {
    /// Serves until it is told to end; then lets running answers finish for so long, unless it is told again. `ending` is
    /// called in between.
    pub async fn serve(self, grace: Duration, ending: impl FnOnce() + Send + 'static) {
        let listener = socket2::SockRef::from(self.acceptor.inner()).try_clone();
        let connections = Connections::new(&self.limits);
        let mut server = Server::new(self.acceptor).fuse_policy(Crowd::new(&self.limits, connections.clone()));
        server.http1_mut().max_buf_size(MOST_HEAD as usize);
        server.http2_mut().max_header_list_size(MOST_HEAD).max_send_buf_size(MOST_UNREAD);
        if let Some(most) = self.limits.connections {
            server = server.max_connections(most.get() as usize);
        }
        let (handle, control) = (server.handle(), self.control.clone());
        tokio::spawn(async move {
            let end = control.ending().await;
            handle.stop_graceful(grace);
            match end {
                // The server keeps its listener until the last answer is finished; clients would connect and wait in vain.
                End::Stop => {
                    tracing::info!("it ends once running answers are finished, and at once if it is told again");
                    notify::stopping();
                    // By then it accepts no more, and does not take this for a failure.
                    tokio::time::sleep(LAST_ACCEPT).await;
                    let _ = listener.and_then(|listener| listener.shutdown(Shutdown::Both));
                }
                // They wait for the next one.
                End::Restart => notify::reloading(),
            }
            ending();
            control.at_once().await;
            handle.stop_forceful();
        });
        server.serve(service(self.live, self.extension, self.seen, self.control, connections)).await;
    }
}

/// What the service's own routes tell of.
#[derive(Clone)]
struct Parts {
    live: Arc<Live>,
    logs: Logs,
    records: Records,
    control: Control,
}

fn service(
    live: Arc<Live>,
    extension: Arc<impl Extension>,
    seen: Observability,
    control: Control,
    connections: Connections,
) -> Service {
    let Observability { logs, records } = seen;
    let door = Door::new(live.clone(), records.clone(), connections);
    let router = router(&Parts { live, logs, records: records.clone(), control }, &extension);
    Service::new(router).hoop(CatchPanic::new()).hoop(door).catcher(Catcher::default().hoop(NotFound { records }))
}

/// All routes.
fn router(parts: &Parts, extension: &Arc<impl Extension>) -> Router {
    let asked = |router: Router| routes(router, &parts.live, extension, &parts.records);
    // Routes are tried in their order, so those at which models are asked come first. Presets answer at their own paths as
    // the service does at its root.
    ui::paged(own(asked(Router::new()), parts)).push(asked(Router::with_path(PRESET)))
}

/// A router with the routes at which no model is asked.
fn own(router: Router, parts: &Parts) -> Router {
    let Parts { live, records, control, .. } = parts;
    let health = || Health { live: live.clone(), records: records.clone(), control: control.clone() };
    let own = router.head(health()).get(health()).push(Router::with_path("health").get(health()));
    let own = own
        .push(Router::with_path("api/restart").post(Restart { live: live.clone(), control: control.clone() }))
        .push(Router::with_path("api/reload").post(Reload { live: live.clone() }));
    let own = lists(told(own, parts), &parts.live);
    admin::administered(own, parts).push(lists(Router::with_path(PRESET), &parts.live))
}

/// A router with what the service tells of itself.
fn told(router: Router, parts: &Parts) -> Router {
    let Parts { logs, records, .. } = parts.clone();
    let at = Router::with_path;
    let lines = at("api/logs").get(LogLines(logs.clone())).delete(LogClearing(logs.clone()));
    router
        .push(at("metrics").get(Numbers { records: records.clone() }))
        .push(at("api/requests").get(Requests { records: records.clone() }))
        .push(at("api/usage").get(Totals { records }))
        .push(
            lines
                .push(at("files").get(LogFiles(logs.clone())))
                .push(at("stream").get(LogTail(logs.clone())))
                .push(at("level").get(Level(logs.clone())).put(LevelChange(logs))),
        )
}

/// A router with what faces tell without asking a model, below its own path.
fn lists(mut router: Router, live: &Arc<Live>) -> Router {
    let at = |path: &str| Router::with_path(path.trim_start_matches('/'));
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
    router
}

/// A router with the places at which models are asked, below its own path.
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
    // Paths that may be followed by anything come last.
    routes.sort_by_key(|(route, _)| route.contains('{'));
    for (route, places) in routes {
        let (live, extension, records) = (live.clone(), extension.clone(), records.clone());
        router = router.push(at(&route).post(Ask { places, live, extension, records }));
    }
    router
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
pub(in crate::server) mod tests {
    use http::Method;
    use salvo::routing::FilterInfo;
    use wireloom_schema::config::{Config, RecordsConfig};

    use super::*;
    use crate::{extension::Wireloom, gateway::Gateway, live::Origin, logs::LogSettings};

    /// Those of a service without anything configured.
    pub(in crate::server) fn parts() -> Parts {
        let config = Config::default();
        let logs = Logs::start(LogSettings::default()).unwrap();
        let origin = Origin::new(None, (None, None), ([127, 0, 0, 1], 0).into(), false, &config);
        let live = Arc::new(Live::new(Gateway::new(&config).unwrap(), origin, logs.clone()));
        let records =
            Records::start(&RecordsConfig { enabled: false, ..RecordsConfig::default() }, &Default::default());
        Parts { live, logs, records, control: Control::default() }
    }

    /// All methods and paths at which something is answered.
    pub(in crate::server) fn endpoints(parts: &Parts) -> Vec<(String, String)> {
        let mut found = Vec::new();
        walk(&router(parts, &Arc::new(Wireloom::new())), String::new(), None, &mut found);
        found
    }

    fn walk(router: &Router, mut path: String, mut method: Option<Method>, found: &mut Vec<(String, String)>) {
        for filter in router.filters() {
            match filter.info() {
                FilterInfo::Path(own) => path = format!("{path}/{}", own.trim_matches('/')),
                FilterInfo::Method(own) => method = Some(own),
                _ => {}
            }
        }
        if router.goal.is_some() {
            let path = if path.is_empty() { "/".to_owned() } else { path.clone() };
            found.push((method.as_ref().unwrap().to_string(), path));
        }
        router.routers().iter().for_each(|router| walk(router, path.clone(), method.clone(), found));
    }
}
