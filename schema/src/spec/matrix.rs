//! What each provider keeps of the unified model, and what becomes of the rest: read off the plans, so it cannot err.

mod cell;
mod difference;
mod render;

use crate::model::{
    ApiError, Cache, Effort, ErrorKind, FinishReason, OutputFormat, Part, ReasoningMode, Request, Response, Source,
    Tool, ToolChoice, Usage,
    vocabulary::{Field, Type, Variant, Vocabulary},
};

use super::plan::{Plan, SPEECH};

pub use difference::Difference;

/// The capabilities of dialects and providers.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The faces, the other dialects, then the providers.
    pub columns: Vec<Column>,
    /// The features, those of one group together.
    pub rows: Vec<Row>,
    /// What each provider does with them that its dialect does not.
    pub differences: Vec<Difference>,
}

/// A dialect or a provider.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name of its spec.
    pub name: String,
    /// Whether it is a provider, else a dialect.
    pub is_provider: bool,
    /// Whether it is a dialect that clients may speak.
    pub is_face: bool,
}

/// A feature.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is a feature of.
    pub group: &'static str,
    /// Its name.
    pub name: String,
    /// What it means.
    pub doc: &'static str,
    /// What becomes of it, in the order of the columns.
    pub cells: Vec<Cell>,
}

/// What becomes of a feature; the better first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// It has a place.
    Kept,
    /// It is said without being written.
    Implied,
    /// It has no place, and the gateway carries it in another way.
    Settled,
    /// It moves to another message, by name.
    Spilled(String),
    /// It becomes something else.
    Degraded(String),
    /// It is lost.
    Dropped,
}

/// The matrix of all plans.
pub fn matrix(plans: &[Plan]) -> Matrix {
    let is_face = |plan: &Plan| !plan.is_provider && !plan.http.serve.is_empty();
    let mut plans: Vec<&Plan> = plans.iter().collect();
    plans.sort_by_key(|plan| (plan.is_provider, !plan.is_provider && !is_face(plan), &plan.name));
    let columns: Vec<Column> = plans
        .iter()
        .map(|plan| Column { name: plan.name.clone(), is_provider: plan.is_provider, is_face: is_face(plan) })
        .collect();
    let mut rows = Rows { plans: &plans, rows: Vec::new() };
    for field in own(&Request::TYPE) {
        rows.whole("Request", field.name.into(), field.doc, |plan| {
            settled(field.derived, Some(cell::of_record(plan, "Request", field.name)))
        });
    }
    for (role, kinds) in SPEECH {
        for kind in kinds {
            let variant = Part::TYPE.variants().iter().find(|variant| variant.name == *kind);
            let (doc, derived) = variant.map_or(("", false), |variant| (variant.doc, variant.derived));
            rows.whole("Messages", format!("{role}: {kind}"), doc, |plan| {
                settled(derived, Some(cell::of_kind(plan, role, kind)))
            });
        }
    }
    for variant in spelled(&Part::TYPE) {
        for field in variant.fields {
            let name = format!("{}.{}", variant.name, field.name);
            rows.lossy("Details of parts", name, field.doc, |plan| {
                settled(field.derived, cell::of_part(plan, variant.name, field.name))
            });
        }
    }
    for ty in [Source::TYPE, Tool::TYPE, ToolChoice::TYPE, OutputFormat::TYPE] {
        rows.union(&ty);
    }
    for field in own(&Cache::TYPE) {
        let name = format!("Cache.{}", field.name);
        rows.lossy("Details of types", name, field.doc, |plan| cell::of_spelled_record(plan, "Cache", field.name));
    }
    for variant in spelled(&ReasoningMode::TYPE) {
        let name = format!("mode {}", variant.name);
        rows.lossy("Reasoning", name, variant.doc, |plan| cell::of_reasoning(plan, "ReasoningMode", variant.name));
    }
    for word in Effort::TYPE.words() {
        let name = format!("effort {}", word.name);
        rows.lossy("Reasoning", name, word.doc, |plan| cell::of_reasoning(plan, "Effort", word.name));
    }
    for field in own(&Response::TYPE) {
        rows.lossy("Answer", field.name.into(), field.doc, |plan| Some(cell::of_record(plan, "Response", field.name)));
    }
    for word in FinishReason::TYPE.words() {
        rows.lossy("Finish reason", word.name.into(), word.doc, |plan| {
            cell::of_member(plan, "FinishReason", word.name)
        });
    }
    for field in own(&Usage::TYPE) {
        rows.whole("Usage", field.name.into(), field.doc, |plan| Some(cell::of_record(plan, "Usage", field.name)));
    }
    for field in own(&ApiError::TYPE) {
        rows.lossy("Error", field.name.into(), field.doc, |plan| Some(cell::of_record(plan, "ApiError", field.name)));
    }
    for word in ErrorKind::TYPE.words() {
        rows.lossy("Error", format!("kind {}", word.name), word.doc, |plan| {
            cell::of_member(plan, "ErrorKind", word.name)
        });
    }
    let differences = difference::of(&plans, &rows.rows);
    let rows = rows.rows.into_iter().map(Found::row).collect();
    Matrix { columns, rows, differences }
}

impl Matrix {
    /// The dialects, and of the providers alone what they do otherwise.
    pub fn overview(self) -> Self {
        let dialects: Vec<bool> = self.columns.iter().map(|column| !column.is_provider).collect();
        self.with_columns(&dialects)
    }

    /// The columns of these names alone.
    pub fn of(self, names: &[String]) -> Self {
        let meant: Vec<bool> = self.columns.iter().map(|column| names.contains(&column.name)).collect();
        Self { differences: Vec::new(), ..self.with_columns(&meant) }
    }

    fn with_columns(self, kept: &[bool]) -> Self {
        let rows = self.rows.into_iter().map(|row| Row { cells: only(row.cells, kept), ..row }).collect();
        Self { columns: only(self.columns, kept), rows, ..self }
    }
}

/// The items that are kept.
fn only<T>(items: Vec<T>, kept: &[bool]) -> Vec<T> {
    items.into_iter().zip(kept).filter(|(_, kept)| **kept).map(|(item, _)| item).collect()
}

/// What derives from something else is not lost where it has no place.
fn settled(derived: bool, cell: Option<Cell>) -> Option<Cell> {
    if derived && cell.as_ref().is_none_or(|cell| *cell == Cell::Dropped) { Some(Cell::Settled) } else { cell }
}

/// The fields that are not views of others.
fn own(ty: &Type) -> impl Iterator<Item = &'static Field> + use<> {
    ty.fields().iter().filter(|field| !field.view)
}

/// The variants that specs spell.
fn spelled(ty: &Type) -> impl Iterator<Item = &'static Variant> + use<> {
    ty.variants().iter().filter(|variant| !variant.native)
}

/// A row in the making. What a plan cannot hold for want of something greater has no cell of its own.
struct Found {
    group: &'static str,
    name: String,
    doc: &'static str,
    cells: Vec<Option<Cell>>,
}

impl Found {
    fn row(self) -> Row {
        let cells = self.cells.into_iter().map(|cell| cell.unwrap_or(Cell::Dropped)).collect();
        Row { group: self.group, name: self.name, doc: self.doc, cells }
    }
}

/// Rows in the making.
struct Rows<'p> {
    plans: &'p [&'p Plan],
    rows: Vec<Found>,
}

impl Rows<'_> {
    fn whole(&mut self, group: &'static str, name: String, doc: &'static str, cell: impl Fn(&Plan) -> Option<Cell>) {
        let cells = self.plans.iter().map(|plan| cell(plan)).collect();
        self.rows.push(Found { group, name, doc, cells });
    }

    /// A row that is left out if nobody loses anything.
    fn lossy(&mut self, group: &'static str, name: String, doc: &'static str, cell: impl Fn(&Plan) -> Option<Cell>) {
        if self.plans.iter().filter_map(|plan| cell(plan)).any(|cell| cell != Cell::Kept) {
            self.whole(group, name, doc, cell);
        }
    }

    /// The variants of a union and their fields.
    fn union(&mut self, ty: &Type) {
        for variant in spelled(ty) {
            let name = format!("{}.{}", ty.name, variant.name);
            let group = "Details of types";
            self.lossy(group, name.clone(), variant.doc, |plan| {
                settled(variant.derived, cell::of_member(plan, ty.name, variant.name))
            });
            for field in variant.fields {
                let name = format!("{name}.{}", field.name);
                self.lossy(group, name, field.doc, |plan| {
                    settled(field.derived, cell::of_variant(plan, ty.name, variant.name, field.name))
                });
            }
        }
    }
}
