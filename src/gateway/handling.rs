//! What the configuration does to the requests and answers of a provider, by the model.

use serde_json::{Map, Value};
use wireloom_schema::config::{ProviderConfig, TransformerUse};

use super::Addition;
use crate::{
    config::{SpecNames, spec_and_options},
    transform::{self, Pass},
};

/// What is done to the requests for a model, and to their answers.
#[derive(Clone, Debug, Default)]
pub struct Handling {
    /// Changes in what is asked and answered: the provider's, then the model's own.
    pub passes: Vec<Pass>,
    /// Fields that are added to each body.
    pub addition: Addition,
    /// What the configuration lists as transformers beside the provider's spec, by their names.
    pub transformers: Vec<String>,
}

/// What is done to all models of a provider, and to some of them.
#[derive(Clone, Debug, Default)]
pub struct Handlings {
    usual: Handling,
    models: Vec<(String, Handling)>,
}

impl Handlings {
    /// Of a configured provider that is spoken to with the spec of this name. What is wrong with its transformers has
    /// been told by then.
    pub fn new(config: &ProviderConfig, spec: &str, specs: &[SpecNames]) -> Self {
        let spec = specs.iter().find(|known| known.name == spec);
        let (_, options) = spec_and_options(config, specs);
        let fields = options.and_then(Value::as_object).cloned().unwrap_or_default();
        let meant = spec.map_or(&[][..], |spec| &spec.options);
        let handling = |passes, fields, transformers| Handling {
            passes,
            addition: Addition::new(Some(&Value::Object(fields)), meant),
            transformers,
        };
        let is_spec = |one: &&TransformerUse| spec.is_some_and(|spec| spec.is(&one.name));
        let names = |list: &[TransformerUse]| -> Vec<String> {
            list.iter().filter(|one| !is_spec(one)).map(|one| one.name.clone()).collect()
        };
        let listed = names(&config.transformers);
        let usual = passes(&config.transformers);
        let of_model = |(model, transformers): &(String, Vec<TransformerUse>)| {
            let own =
                transformers.iter().filter(|transformer| spec.is_some_and(|spec| spec.takes_options_of(transformer)));
            let own: Map<String, Value> =
                own.filter_map(|one| one.options.as_ref()?.as_object().cloned()).flatten().collect();
            let fields = fields.clone().into_iter().chain(own).collect();
            let listed = [listed.clone(), names(transformers)].concat();
            (model.clone(), handling([usual.clone(), passes(transformers)].concat(), fields, listed))
        };
        let models = config.model_transformers.iter().map(of_model).collect();
        Self { models, usual: handling(usual.clone(), fields.clone(), listed.clone()) }
    }

    /// What is done to a model: the name in the configuration is its own, else its own in another case.
    pub fn of(&self, model: &str) -> &Handling {
        let exact = self.models.iter().find(|(name, _)| name == model);
        let found = exact.or_else(|| self.models.iter().find(|(name, _)| name.eq_ignore_ascii_case(model)));
        found.map_or(&self.usual, |(_, handling)| handling)
    }
}

fn passes(transformers: &[TransformerUse]) -> Vec<Pass> {
    transformers.iter().filter_map(|transformer| transform::read(transformer).0).collect()
}
