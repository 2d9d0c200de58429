//! Schemas of tools and of answers, as far as an API takes JSON Schema.

use wireloom_schema::{
    model::{Json, OutputFormat, Request, Tool},
    subset::Subset,
};

use crate::wire::writer::Losses;

use super::demands::Demands;

/// Takes out of schemas what the API does not take, and promises nothing that its strict mode refuses.
pub(super) fn fit(demands: &Demands, request: &mut Request<'_>, losses: &mut Losses) {
    if let Some(subset) = &demands.tool_schema {
        for tool in &mut request.tools {
            if let Tool::Function { schema, strict, .. } = tool {
                fit_one(subset, schema, strict, ["tool.schema.keywords", "tool.strict"], losses);
            }
        }
    }
    if let (Some(subset), Some(OutputFormat::Schema { schema, strict, .. })) =
        (&demands.format_schema, &mut request.output_format)
    {
        fit_one(subset, schema, strict, ["output_format.schema.keywords", "output_format.strict"], losses);
    }
}

fn fit_one(
    subset: &Subset,
    schema: &mut Json<'_>,
    strict: &mut Option<bool>,
    [keywords, promise]: [&'static str; 2],
    losses: &mut Losses,
) {
    if let Some(changed) = subset.fit(schema.text()) {
        if changed.lost {
            losses.note(keywords);
        }
        put(schema, changed.text);
    }
    if *strict == Some(true) {
        match subset.strict(schema.text()) {
            Ok(closed) => closed.into_iter().for_each(|text| put(schema, text)),
            Err(_) => {
                *strict = Some(false);
                losses.note(promise);
            }
        }
    }
}

fn put(schema: &mut Json<'_>, text: String) {
    // What was written as JSON reads as JSON.
    if let Ok(json) = Json::from_written(text) {
        *schema = json;
    }
}
