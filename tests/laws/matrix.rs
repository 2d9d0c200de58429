//! What many providers make of one thing, for people: of each dialect one whole, of the others what differs from it.

use std::collections::BTreeSet;

use serde_json::Value;
use wireloom::{specs::Provider, wire::stream::Facts};

use super::difference::differences;

/// What one provider makes of it.
#[derive(Clone)]
pub(crate) struct Cell {
    pub(crate) provider: Provider,
    pub(crate) losses: BTreeSet<&'static str>,
    /// As people read it.
    pub(crate) text: String,
    /// As it is compared.
    pub(crate) value: Value,
}

impl Cell {
    fn is_like(&self, other: &Cell) -> bool {
        self.losses == other.losses && self.value == other.value
    }

    fn name(&self) -> &'static str {
        self.provider.facts().name
    }
}

/// The cells in sections: each dialect's standard whole, then those that differ from it, those alike together.
pub(crate) fn sections(cells: &[Cell]) -> String {
    let mut out = String::new();
    let dialects: BTreeSet<_> = cells.iter().map(|cell| cell.provider.facts().dialect).collect();
    for dialect in dialects {
        let cells: Vec<_> = cells.iter().filter(|cell| cell.provider.facts().dialect == dialect).collect();
        let is_standard = |facts: &Facts| facts.name == dialect || facts.aliases.contains(&dialect);
        let standard = cells.iter().position(|cell| is_standard(cell.provider.facts())).unwrap_or(0);
        let mut groups: Vec<Vec<&Cell>> = vec![vec![cells[standard]]];
        for cell in cells.iter().enumerate().filter(|(number, _)| *number != standard).map(|(_, cell)| *cell) {
            match groups.iter_mut().find(|group| group[0].is_like(cell)) {
                Some(group) => group.push(cell),
                None => groups.push(vec![cell]),
            }
        }
        for (number, group) in groups.iter().enumerate() {
            let names: Vec<_> = group.iter().map(|cell| cell.name()).collect();
            let (cell, standard) = (group[0], groups[0][0]);
            out.push_str(&match number {
                0 => format!("=== {}\nlost: {}\n{}\n", names.join(", "), listed(&cell.losses), cell.text.trim_end()),
                _ => format!("=== {}: as {}, but\n{}", names.join(", "), standard.name(), changes(standard, cell)),
            });
        }
    }
    out
}

fn changes(one: &Cell, other: &Cell) -> String {
    let mut out = String::new();
    for (sign, losses) in [("also lost", &other.losses - &one.losses), ("not lost", &one.losses - &other.losses)] {
        if !losses.is_empty() {
            out.push_str(&format!("{sign}: {}\n", listed(&losses)));
        }
    }
    differences(&one.value, &other.value).iter().for_each(|line| {
        out.push_str(line);
        out.push('\n');
    });
    out
}

/// Names for people.
pub(crate) fn listed(names: &BTreeSet<impl AsRef<str>>) -> String {
    match names.len() {
        0 => "nothing".into(),
        _ => names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "),
    }
}
