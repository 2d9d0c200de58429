//! What each provider keeps of the unified model, and what becomes of the rest: read off the plans, so it cannot err.

mod cell;
mod render;

use crate::model::{
    ApiError, Cache, Effort, ErrorKind, FinishReason, OutputFormat, Part, ReasoningMode, Request, Response, Source,
    Tool, ToolChoice, Usage,
    vocabulary::{Field, Type, Variant, Vocabulary},
};

use super::plan::{Plan, SPEECH};

/// The capabilities of all faces and providers.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The faces, then the providers.
    pub columns: Vec<Column>,
    /// The features, those of one group together.
    pub rows: Vec<Row>,
}

/// A face or a provider.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name of its spec.
    pub name: String,
    /// Whether it is a face, else a provider.
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
    /// It moves to another message, by name.
    Spilled(String),
    /// It becomes something else.
    Degraded(String),
    /// It is lost.
    Dropped,
}

/// The matrix of all plans that are faces or providers.
pub fn matrix(plans: &[Plan]) -> Matrix {
    let faces = plans.iter().filter(|plan| !plan.http.serve.is_empty());
    let plans: Vec<&Plan> = faces.chain(plans.iter().filter(|plan| plan.is_provider)).collect();
    let columns = plans.iter().map(|plan| Column { name: plan.name.clone(), is_face: !plan.is_provider });
    let mut rows = Rows { plans: &plans, rows: Vec::new() };
    for field in own(&Request::TYPE) {
        rows.whole("Request", field.name.into(), field.doc, |plan| Some(cell::of_record(plan, "Request", field.name)));
    }
    for (role, kinds) in SPEECH {
        for kind in kinds {
            let doc =
                Part::TYPE.variants().iter().find(|variant| variant.name == *kind).map_or("", |variant| variant.doc);
            rows.whole("Messages", format!("{role}: {kind}"), doc, |plan| Some(cell::of_kind(plan, role, kind)));
        }
    }
    for variant in spelled(&Part::TYPE) {
        for field in variant.fields {
            let name = format!("{}.{}", variant.name, field.name);
            rows.lossy("Details of parts", name, field.doc, |plan| cell::of_part(plan, variant.name, field.name));
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
    Matrix { columns: columns.collect(), rows: rows.rows }
}

/// The fields that are not views of others.
fn own(ty: &Type) -> impl Iterator<Item = &'static Field> + use<> {
    ty.fields().iter().filter(|field| !field.view)
}

/// The variants that specs spell.
fn spelled(ty: &Type) -> impl Iterator<Item = &'static Variant> + use<> {
    ty.variants().iter().filter(|variant| !variant.native)
}

/// Rows in the making. What a plan cannot hold for want of something greater has no cell of its own, and is dropped.
struct Rows<'p> {
    plans: &'p [&'p Plan],
    rows: Vec<Row>,
}

impl Rows<'_> {
    fn whole(&mut self, group: &'static str, name: String, doc: &'static str, cell: impl Fn(&Plan) -> Option<Cell>) {
        let cells = self.plans.iter().map(|plan| cell(plan).unwrap_or(Cell::Dropped)).collect();
        self.rows.push(Row { group, name, doc, cells });
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
            self.lossy(group, name.clone(), variant.doc, |plan| cell::of_member(plan, ty.name, variant.name));
            for field in variant.fields {
                let name = format!("{name}.{}", field.name);
                self.lossy(group, name, field.doc, |plan| cell::of_variant(plan, ty.name, variant.name, field.name));
            }
        }
    }
}
