//! The places of faces: what is asked at which path, and by whose clients.

use http::header;
use salvo::Request;

use crate::{
    specs::Face,
    wire::{
        frames::Framing,
        path::{decoded, holds, read},
        stream::Way,
    },
};

/// A path at which a face is asked.
pub(crate) struct Place {
    pub(crate) face: Face,
    pub(crate) purpose: Purpose,
    /// The whole path, which may hold the model.
    path: String,
    /// The query that it has in the spec.
    query: Option<&'static str>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An answer; whether it is to be streamed, where the path says it.
    Answer { stream: Option<bool> },
    /// A count of tokens.
    Count,
}

impl Place {
    /// All places of all faces.
    pub(crate) fn all() -> Vec<Self> {
        let mut places = Vec::new();
        for face in Face::ALL.iter().copied() {
            let facts = face.facts();
            let call = Purpose::Answer { stream: facts.stream.map(|_| false) };
            let paths = [
                Some((facts.call, call)),
                facts.stream.map(|path| (path, Purpose::Answer { stream: Some(true) })),
                facts.count.map(|path| (path, Purpose::Count)),
            ];
            for base in facts.serve {
                places.extend(paths.iter().flatten().map(|(path, purpose)| {
                    let (path, query) = path.split_once('?').map_or((*path, None), |(path, query)| (path, Some(query)));
                    Self { face, purpose: *purpose, path: [base, path].concat(), query }
                }));
            }
        }
        places
    }

    /// What the server's router is told of the path: that of a model may be followed by anything.
    pub(super) fn route(&self) -> String {
        let path = self.path.trim_start_matches('/');
        match path.split_once("${") {
            Some((before, _)) => {
                let folder = before.rfind('/').map_or("", |slash| &before[..=slash]);
                format!("{folder}{{*+rest}}")
            }
            None => path.to_owned(),
        }
    }

    /// The path as documents have it: `{model}` stands for the model.
    pub(super) fn documented(&self) -> String {
        self.path.replace("${", "{")
    }

    /// Whether a request's path is this one.
    pub(super) fn is_at(&self, path: &str) -> bool {
        if holds(&self.path, "model") { self.model(path).is_some() } else { self.path == path }
    }

    /// How a stream is framed for a client that sends this query.
    pub(crate) fn framing(&self, query: Option<&str>) -> Framing {
        let facts = self.face.facts();
        let sent = |pair: &str| query.unwrap_or_default().split('&').any(|known| known == pair);
        let complete = self.query.unwrap_or_default().split('&').all(|pair| pair.is_empty() || sent(pair));
        facts.bare.filter(|_| !complete).unwrap_or(facts.framing)
    }

    /// Whether a path may be this one; of those with the model in it, [`model`](Self::model) tells.
    pub(crate) fn may_be(&self, path: &str) -> bool {
        holds(&self.path, "model") || self.path == path
    }

    /// If a request's path is this one, the model that it says, if it says one.
    pub(crate) fn model(&self, path: &str) -> Option<Option<String>> {
        if !holds(&self.path, "model") {
            return Some(None);
        }
        let path = decoded(path)?;
        let values = read(&self.path, &path)?;
        Some(values.first().map(|(_, model)| (*model).to_owned()))
    }
}

/// Whether a path is the service's own, and no face's: there errors are told in one form, whatever the client speaks.
pub(super) fn is_own(path: &str) -> bool {
    let path = within_preset(path);
    let is_below = |base: &&str| path.strip_prefix(*base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let mut ignored = Face::ALL.iter().flat_map(|face| face.facts().ignores);
    // What clients tell of themselves, and whatever else they may come to say there, is in their own protocol.
    ["/api", "/providers", "/metrics"].iter().any(is_below)
        && !ignored.any(|known| known.rsplit_once('/').is_some_and(|(folder, _)| is_below(&folder)))
}

/// A path without the preset that it begins with, if it begins with one.
pub(super) fn within_preset(path: &str) -> &str {
    let inner = || path.strip_prefix("/preset/")?.split_once('/').map(|(name, _)| name.len());
    inner().map_or(path, |name| &path["/preset/".len() + name..])
}

/// Of some faces the one whose clients send what this one sends: headers that no other face knows, else a path below its
/// base, else nothing special.
pub(super) fn likely_face(faces: &[Face], req: &Request) -> Face {
    let path = within_preset(req.uri().path());
    let is_below = |base: &&str| path.strip_prefix(*base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let below = |face: &&Face| face.facts().serve.iter().any(is_below);
    let sends = |face: &&Face| {
        let mut marks = marks(**face);
        marks.any(|mark| match mark {
            Way::Header(name, _) => req.headers().contains_key(name),
            Way::Query(name) => req.queries().contains_key(name),
            Way::Gcp(_) | Way::Sigv4(..) => false,
        })
    };
    let plain = |face: &&Face| marks(**face).next().is_none();
    let near = || faces.iter().filter(below);
    let found = near().find(sends).or_else(|| near().find(plain)).or_else(|| near().next());
    let found = found.or_else(|| faces.iter().find(sends)).or_else(|| faces.iter().find(plain));
    found.or(faces.first()).copied().unwrap_or(Face::ALL[0])
}

/// What only a face's own clients send: headers that are passed on, and ways of showing the key that are not everyone's.
fn marks(face: Face) -> impl Iterator<Item = Way> {
    let facts = face.facts();
    let forward = facts.forward.iter().map(|name| Way::Header(name, ""));
    let shown = facts.auth.iter().map(|auth| auth.way);
    forward.chain(shown).filter(|way| !matches!(way, Way::Header(name, _) if *name == header::AUTHORIZATION))
}
