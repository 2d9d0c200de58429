//! `Router` with every name resolved.

use std::{fmt, sync::Arc};

use wireloom_schema::config::{BACKGROUND_MODELS, EffortLevel, LONG_CONTEXT, Route, RouterConfig};

use crate::gateway::{Destination, Target};

/// Where the scenarios go.
#[derive(Debug)]
pub struct Routes {
    targets: Arc<[Arc<Target>]>,
    pub(super) default: Option<Destination>,
    pub(super) background: Option<Destination>,
    pub(super) background_models: Vec<Form>,
    pub(super) think: Option<Destination>,
    pub(super) think_effort: EffortLevel,
    pub(super) long_context: Option<Destination>,
    pub(super) threshold: u64,
    pub(super) web_search: Option<Destination>,
    pub(super) image: Option<Destination>,
    /// Whether that is only asked what is on images.
    pub(super) image_agent: bool,
}

impl Routes {
    /// Of a configuration.
    pub(super) fn new(config: &RouterConfig, image_agent: bool, targets: Arc<[Arc<Target>]>) -> Self {
        let to = |route: &Option<Route>| route.as_ref().and_then(|route| resolve(&targets, route));
        let forms = match &config.background_models {
            Some(own) => own.iter().map(|text| Form::new(text)).collect(),
            None => BACKGROUND_MODELS.iter().map(|text| Form::new(text)).collect(),
        };
        Self {
            default: to(&config.default),
            background: to(&config.background),
            background_models: forms,
            think: to(&config.think),
            think_effort: config.think_effort.unwrap_or(EffortLevel::High),
            long_context: to(&config.long_context),
            threshold: config.long_context_threshold.filter(|tokens| *tokens > 0).unwrap_or(LONG_CONTEXT),
            web_search: to(&config.web_search),
            image: to(&config.image),
            image_agent,
            targets,
        }
    }

    /// Where the scenarios go, as far as that is said.
    pub(super) fn all(&self) -> impl Iterator<Item = &Destination> {
        let Self { default, background, think, long_context, web_search, image, .. } = self;
        [default, background, think, long_context, web_search, image].into_iter().flatten()
    }

    /// What `provider,model` means, in any case; nothing if there is no such provider. All behind the first comma is the
    /// model.
    pub fn explicit(&self, text: &str) -> Option<Destination> {
        resolve(&self.targets, &Route::parse(text)?)
    }

    /// The same; without a provider, what the first that lists the model makes of it.
    pub(super) fn named(&self, text: &str) -> Option<Destination> {
        self.explicit(text).or_else(|| {
            let listed = |target: &&Arc<Target>| target.models.iter().any(|known| known.eq_ignore_ascii_case(text));
            let target = self.targets.iter().find(listed)?;
            Some(at(target, text))
        })
    }
}

/// A route's provider, and the model as that provider lists it.
pub(super) fn resolve(targets: &[Arc<Target>], route: &Route) -> Option<Destination> {
    let exact = targets.iter().find(|target| target.name == route.provider);
    let target = exact.or_else(|| targets.iter().find(|target| target.name.eq_ignore_ascii_case(&route.provider)))?;
    Some(at(target, &route.model))
}

fn at(target: &Arc<Target>, model: &str) -> Destination {
    let exact = target.models.iter().find(|known| *known == model);
    let known = exact.or_else(|| target.models.iter().find(|known| known.eq_ignore_ascii_case(model)));
    Destination { target: target.clone(), model: known.map_or(model, String::as_str).to_owned() }
}

/// The form of a model's name: `*` stands for any letters, and case does not matter.
#[derive(Debug)]
pub(super) struct Form {
    text: String,
    pieces: Vec<String>,
}

impl Form {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), pieces: text.to_ascii_lowercase().split('*').map(str::to_owned).collect() }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let Some((first, others)) = self.pieces.split_first() else { return false };
        let Some((last, between)) = others.split_last() else { return name == *first };
        let Some(mut rest) = name.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
            return false;
        };
        between.iter().all(|piece| match rest.find(piece.as_str()) {
            Some(at) => {
                rest = &rest[at + piece.len()..];
                true
            }
            None => false,
        })
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn forms_of_names() {
        for (form, fitting, others) in [
            ("*a*b*", &["ab", "xaybz", "A-B"][..], &["ba", "a", ""][..]),
            ("gpt-*-nano*", &["gpt-5-nano", "GPT-5-nano-2"], &["gpt-nano", "xgpt-5-nano"]),
            ("exact", &["exact", "EXACT"], &["exactly", "inexact"]),
            ("*", &["", "x"], &[]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
        ] {
            let form = Form::new(form);
            assert!(fitting.iter().all(|name| form.matches(name)), "{form}");
            assert!(!others.iter().any(|name| form.matches(name)), "{form}");
        }
    }
}
