//! What a provider keeps, degrades or loses otherwise than its dialect.

use crate::spec::plan::Plan;

use super::{Cell, Found};

/// How a provider differs from its dialect.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The provider.
    pub name: String,
    /// The dialect that it extends.
    pub dialect: String,
    /// The first of the documents that it was written from.
    pub docs: Option<String>,
    /// What it does worse; `~` behind a name says that it degrades it.
    pub loses: Vec<String>,
    /// What it does better.
    pub keeps: Vec<String>,
}

/// The differences of all providers; `rows` have a cell for each plan.
pub(super) fn of(plans: &[&Plan], rows: &[Found]) -> Vec<Difference> {
    let index = |name: &str| plans.iter().position(|plan| !plan.is_provider && plan.name == name);
    let providers = plans.iter().enumerate().filter(|(_, plan)| plan.is_provider);
    let difference = |(own, plan): (usize, &&Plan)| {
        let dialect = index(&plan.dialect)?;
        let pairs = || rows.iter().map(|row| (row, row.cells[own].as_ref(), row.cells[dialect].as_ref()));
        let loses = pairs().filter_map(|(row, own, dialect)| {
            let own = own.filter(|own| dialect.is_some_and(|dialect| rank(own) > rank(dialect)))?;
            Some(short(row) + if matches!(own, Cell::Degraded(_)) { " ~" } else { "" })
        });
        let keeps = pairs().filter(|(_, own, dialect)| {
            let dialect = dialect.map_or(rank(&Cell::Dropped), rank);
            own.is_some_and(|own| rank(own) < dialect && *own != Cell::Settled)
        });
        Some(Difference {
            name: plan.name.clone(),
            dialect: plan.dialect.clone(),
            docs: plan.docs.first().cloned(),
            loses: loses.collect(),
            keeps: keeps.map(|(row, ..)| short(row)).collect(),
        })
    };
    providers.filter_map(difference).collect()
}

/// How much is lost: nothing, something, or all of it.
fn rank(cell: &Cell) -> u8 {
    match cell {
        Cell::Kept | Cell::Implied | Cell::Settled => 0,
        Cell::Spilled(_) => 1,
        Cell::Degraded(_) => 2,
        Cell::Dropped => 3,
    }
}

/// A row's name that tells it from the rows of all groups.
fn short(row: &Found) -> String {
    match row.group {
        "Answer" | "Usage" | "Error" => format!("{}.{}", row.group.to_lowercase(), row.name),
        "Finish reason" => format!("finish: {}", row.name),
        _ => row.name.clone(),
    }
}
