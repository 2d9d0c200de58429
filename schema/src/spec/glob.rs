//! Names of models with a `*` in them: no more than a few tests of text.

/// A name that stands for itself or, with `*`, for all names of its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Glob {
    /// The name itself.
    Exact(String),
    /// What a name begins and ends with; either may be empty.
    Ends(String, String),
    /// What stands somewhere in a name.
    Holds(String),
}

impl Glob {
    /// `name`, `name-*`, `*-name`, `na*me` or `*name*`.
    pub fn parse(text: &str) -> Option<Self> {
        let pieces: Vec<&str> = text.split('*').collect();
        match pieces[..] {
            [name] if !name.is_empty() => Some(Glob::Exact(name.to_owned())),
            [start, end] => Some(Glob::Ends(start.to_owned(), end.to_owned())),
            ["", middle, ""] if !middle.is_empty() => Some(Glob::Holds(middle.to_owned())),
            _ => None,
        }
    }

    /// Whether a name is of this form.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Glob::Exact(exact) => name == exact,
            Glob::Ends(start, end) => {
                name.len() >= start.len() + end.len()
                    && name.starts_with(start.as_str())
                    && name.ends_with(end.as_str())
            }
            Glob::Holds(middle) => name.contains(middle.as_str()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::Glob;

    #[test]
    fn names_are_tested_as_they_are_written() {
        for (glob, fitting, others) in [
            ("gpt-5", &["gpt-5"][..], &["gpt-5-mini", "xgpt-5", ""][..]),
            ("gpt-5*", &["gpt-5", "gpt-5-mini"], &["xgpt-5", "gpt-"]),
            ("*-chat", &["a-chat", "-chat"], &["chat", "a-chat-b"]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("*v4*", &["v4", "deepseek-v4-pro"], &["v5", "v"]),
            ("*", &["", "anything"], &[]),
        ] {
            let test = Glob::parse(glob).unwrap();
            assert!(fitting.iter().all(|name| test.matches(name)), "{glob}");
            assert!(!others.iter().any(|name| test.matches(name)), "{glob}");
        }
        for not_one in ["", "a*b*c", "**", "a**", "*a*b*"] {
            assert_eq!(Glob::parse(not_one), None, "{not_one}");
        }
    }
}
