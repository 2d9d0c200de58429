//! Every known defect and every obligation has something that would show it: `tests/ledger.txt` says what.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;

use std::{collections::BTreeSet, fs, path::Path};

use laws::cases;

const LEDGER: &str = include_str!("ledger.txt");

/// How many entries are open. May only shrink.
const OPEN: usize = 0;

struct Entry {
    of: &'static str,
    number: u32,
    shown_by: &'static str,
    golden: Option<&'static str>,
}

fn entries() -> Vec<Entry> {
    let lines = LEDGER.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = lines.map(|line| {
        let mut fields = line.split(" | ");
        let (of, number) = fields.next().and_then(|field| field.split_once(' ')).unwrap_or_else(|| panic!("{line}"));
        let shown_by = fields.nth(1).unwrap_or_else(|| panic!("nothing shows this: {line}"));
        let golden = fields.next();
        assert!(fields.next().is_none(), "too many fields: {line}");
        Entry { of, number: number.parse().unwrap(), shown_by, golden }
    });
    read.collect()
}

#[test]
fn no_defect_and_no_obligation_is_left_out() {
    for (of, numbers) in [("defect", 1..=40), ("obligation", 1..=21)] {
        let found: BTreeSet<_> = entries().iter().filter(|entry| entry.of == of).map(|entry| entry.number).collect();
        let missing: Vec<_> = numbers.filter(|number| !found.contains(number)).collect();
        assert!(missing.is_empty(), "{of}: {missing:?}");
    }
}

#[test]
fn what_is_open_becomes_less() {
    let open = entries().iter().filter(|entry| entry.shown_by == "open").count();
    assert_eq!(open, OPEN, "open entries of the ledger: when they become fewer, lower the count");
}

#[test]
fn what_shows_a_defect_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all: Vec<_> = ["requests", "responses", "streams"].iter().flat_map(|sort| cases(sort)).collect();
    for Entry { of, number, shown_by, golden } in entries() {
        if shown_by == "open" {
            assert!(golden.is_some(), "{of} {number} is open for no reason");
        } else if let Some((file, test)) = shown_by.split_once("::") {
            let text = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(&format!("fn {test}()")), "{of} {number}: {file} has no test `{test}`");
        } else {
            let case = all.iter().find(|case| format!("{}/{}", case.sort, case.name) == shown_by);
            let case = case.unwrap_or_else(|| panic!("{of} {number}: there is no case `{shown_by}`"));
            let text = fs::read_to_string(root.join("tests/snapshots").join(case.golden_file())).unwrap();
            let golden = golden.unwrap_or_else(|| panic!("{of} {number}: what does the golden of `{shown_by}` hold?"));
            assert!(text.contains(golden), "{of} {number}: the golden of `{shown_by}` does not hold `{golden}`");
        }
    }
}
