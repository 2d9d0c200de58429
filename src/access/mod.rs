//! Who may ask: the keys that clients show, and, where none is needed, the pages that browsers show.

pub(crate) mod pace;
mod page;

use std::{sync::Arc, time::SystemTime};

use http::HeaderValue;
use wireloom_schema::{
    config::{Config, Digest, KeyConfig, Scope},
    model::ErrorKind,
};

use crate::refusal::Refusal;

use self::pace::Pace;

pub use page::Pages;

/// The name that records and messages have for `APIKEY`.
const MAIN: &str = "APIKEY";

/// What a client may do without a key where none is set: all but change the service, which would give the providers' keys
/// to whoever reaches the port.
const OPEN: [Scope; 2] = [Scope::Inference, Scope::Read];

/// Who may ask, and how often.
#[derive(Debug)]
pub struct Access {
    keys: Vec<Key>,
    /// The pace of all, where no key is set.
    open: Option<Arc<Pace>>,
    /// Which pages of browsers may ask.
    pub pages: Pages,
    /// The most bytes of a request's body.
    pub most_body: usize,
}

#[derive(Debug)]
struct Key {
    name: Arc<str>,
    digest: Digest,
    scopes: Vec<Scope>,
    expires: Option<SystemTime>,
    pace: Option<Arc<Pace>>,
}

/// Who asks, once let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The name of the key that was shown, if one is needed.
    pub key: Option<Arc<str>>,
}

impl Access {
    /// As a configuration says.
    pub fn new(config: &Config) -> Self {
        let common = config.limits.requests_per_minute;
        let pace = |a_minute| Arc::new(Pace::new(a_minute));
        let main = config.api_key.iter().map(|key| Key {
            name: MAIN.into(),
            digest: Digest::of(key.reveal()),
            scopes: Scope::ALL.to_vec(),
            expires: None,
            pace: common.map(pace),
        });
        let named = |key: &KeyConfig| Key {
            name: key.name.as_str().into(),
            digest: key.digest,
            scopes: key.scopes.clone(),
            expires: key.expires,
            pace: key.requests_per_minute.or(common).map(pace),
        };
        Self {
            keys: main.chain(config.keys.iter().map(named)).collect(),
            open: common.map(pace),
            pages: Pages::new(config),
            most_body: (config.limits.body_mb.get() as usize) << 20,
        }
    }

    /// In place of an earlier one: whoever keeps the pace goes on with what is used up of it.
    pub fn after(mut self, earlier: Option<&Self>) -> Self {
        let Some(earlier) = earlier else { return self };
        let take_over = |pace: &mut Option<Arc<Pace>>, known: &Option<Arc<Pace>>| {
            if let (Some(pace), Some(known)) = (pace, known)
                && pace.a_minute() == known.a_minute()
            {
                *pace = known.clone();
            }
        };
        take_over(&mut self.open, &earlier.open);
        for key in &mut self.keys {
            let known = earlier.keys.iter().find(|known| known.name == key.name);
            known.iter().for_each(|known| take_over(&mut key.pace, &known.pace));
        }
        self
    }

    /// Whether clients must show a key.
    pub fn needs_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Lets a client in that has shown these keys, for something of that scope; for anything that it may do at all, if
    /// none is given.
    ///
    /// # Errors
    /// What is wrong, to be told in the client's own protocol.
    pub fn admit(&self, shown: impl Iterator<Item = String>, scope: Option<Scope>) -> Result<Caller, Refusal> {
        if !self.needs_key() {
            return match scope {
                Some(scope) if !OPEN.contains(&scope) => {
                    let message = "the service can be changed only by who shows a key: set APIKEY in its configuration";
                    Err(Refusal::new(ErrorKind::Permission, message))
                }
                _ => paced(self.open.as_deref(), "this service takes").map(|()| Caller::default()),
            };
        }
        let (mut any, mut found) = (false, None);
        for shown in shown {
            any = true;
            let digest = Digest::of(&shown);
            // All of them are compared, so that the time does not tell which one was near.
            for key in &self.keys {
                if bool::from(key.digest.is(&digest)) {
                    found = found.or(Some(key));
                }
            }
        }
        let Some(key) = found else {
            let message = match any {
                false => {
                    "no key was sent: send the gateway's APIKEY, or a key of your own from its `keys`, as your API key"
                }
                true => "the key is neither the gateway's APIKEY nor one of its `keys`",
            };
            return Err(Refusal::new(ErrorKind::Authentication, message));
        };
        if key.expires.is_some_and(|end| end <= SystemTime::now()) {
            return Err(Refusal::new(ErrorKind::Authentication, format!("the key `{}` has expired", key.name)));
        }
        if let Some(scope) = scope.filter(|scope| !key.scopes.contains(scope)) {
            let message = format!("the key `{}` is not for this: it has no scope `{}`", key.name, scope.name());
            return Err(Refusal::new(ErrorKind::Permission, message));
        }
        paced(key.pace.as_deref(), "the key takes")?;
        Ok(Caller { key: Some(key.name.clone()) })
    }
}

/// Counts a request where there is a pace to keep.
fn paced(pace: Option<&Pace>, who: &str) -> Result<(), Refusal> {
    let Some(pace) = pace else { return Ok(()) };
    pace.take().map_err(|wait| {
        // A second too much is better than one too little.
        let seconds = wait.as_secs() + 1;
        let message = format!("{who} {} requests a minute: try again in {seconds} s", pace.a_minute());
        Refusal { retry_after: Some(HeaderValue::from(seconds)), ..Refusal::new(ErrorKind::RateLimit, message) }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::{iter, sync::Arc};

    use wireloom_schema::{config::read, document::Source};

    use super::*;

    fn access(text: &str) -> Access {
        let source = Arc::new(Source { path: "config".into(), text: text.into() });
        Access::new(&read(&source, |_| None).unwrap().0)
    }

    fn kind(access: &Access, key: &str, scope: Scope) -> Result<Option<String>, ErrorKind> {
        let caller = access.admit(iter::once(key.to_owned()), Some(scope));
        caller.map(|caller| caller.key.map(|key| key.to_string())).map_err(|refusal| refusal.error.kind.unwrap())
    }

    #[test]
    fn each_key_opens_what_it_is_for() {
        let access = access(
            "{ APIKEY: 'main', keys: [{ name: 'ci', key: 'k-ci' }, { name: 'eye', key: 'k-eye', scopes: ['read'] },
               { name: 'old', key: 'k-old', expires: '2020-01-01' }] }",
        );
        for scope in Scope::ALL {
            assert_eq!(kind(&access, "main", scope), Ok(Some("APIKEY".into())));
        }
        assert_eq!(kind(&access, "k-ci", Scope::Inference), Ok(Some("ci".into())));
        assert_eq!(kind(&access, "k-ci", Scope::Read), Err(ErrorKind::Permission));
        assert_eq!(kind(&access, "k-eye", Scope::Read), Ok(Some("eye".into())));
        assert_eq!(kind(&access, "k-eye", Scope::Inference), Err(ErrorKind::Permission));
        assert_eq!(kind(&access, "k-old", Scope::Inference), Err(ErrorKind::Authentication));
        assert_eq!(kind(&access, "k-", Scope::Inference), Err(ErrorKind::Authentication));
        let none = access.admit(iter::empty(), None).unwrap_err();
        assert_eq!(none.error.kind, Some(ErrorKind::Authentication));
    }

    #[test]
    fn one_right_key_among_several_will_do() {
        let access = access("{ APIKEY: 'main' }");
        let shown = ["wrong", "main"].map(str::to_owned).into_iter();
        assert!(access.admit(shown, Some(Scope::Admin)).is_ok());
    }

    #[test]
    fn without_any_key_nobody_changes_the_service() {
        let access = access("{}");
        assert_eq!(kind(&access, "any", Scope::Inference), Ok(None));
        assert_eq!(kind(&access, "any", Scope::Read), Ok(None));
        assert_eq!(kind(&access, "any", Scope::Admin), Err(ErrorKind::Permission));
    }

    #[test]
    fn a_changed_configuration_gives_nobody_more_of_the_same_pace() {
        let text = "{ keys: [{ name: 'a', key: 'a', requests_per_minute: 1 }] }";
        let first = access(text);
        assert!(kind(&first, "a", Scope::Inference).is_ok());
        let same = access(text).after(Some(&first));
        assert_eq!(kind(&same, "a", Scope::Inference), Err(ErrorKind::RateLimit));
        let faster = access(&text.replace('1', "5")).after(Some(&first));
        assert!(kind(&faster, "a", Scope::Inference).is_ok());
    }

    #[test]
    fn each_key_has_its_own_pace() {
        let access = access(
            "{ limits: { requests_per_minute: 2 }, keys: [{ name: 'a', key: 'a' }, { name: 'b', key: 'b', requests_per_minute: 1 }] }",
        );
        for (key, most) in [("a", 2), ("b", 1)] {
            for _ in 0..most {
                assert!(kind(&access, key, Scope::Inference).is_ok(), "{key}");
            }
            assert_eq!(kind(&access, key, Scope::Inference), Err(ErrorKind::RateLimit), "{key}");
        }
    }
}
