//! What is known not to hold: `law | who | what | why`, one a line. The list may only shrink.

use std::collections::BTreeSet;

const LIST: &str = include_str!("../known-exceptions.txt");

/// Fails unless exactly the listed exceptions to a law were found, as `who | what`.
#[track_caller]
pub(crate) fn expect_only_known(law: &str, found: &BTreeSet<String>) {
    let lines = LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let known: BTreeSet<String> = lines
        .filter_map(|line| {
            let fields: Vec<_> = line.split(" | ").collect();
            let [of, who, what, _why] = fields[..] else { panic!("not `law | who | what | why`: {line}") };
            (of == law).then(|| format!("{who} | {what}"))
        })
        .collect();
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(found).collect();
    assert!(new.is_empty(), "exceptions to the law `{law}`: {new:#?}");
    assert!(gone.is_empty(), "no longer exceptions to the law `{law}`, delete them from the list: {gone:#?}");
}
