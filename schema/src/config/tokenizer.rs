//! How tokens are counted (`Providers[].tokenizer`).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Secret;

/// How a provider's tokens are counted (`tokenizer`). Without it the model's name decides.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokenizersConfig {
    /// For every model that `models` does not name.
    pub default: Option<TokenizerConfig>,
    /// By the model's name.
    pub models: BTreeMap<String, TokenizerConfig>,
}

impl TokenizersConfig {
    /// How the tokens of a model are counted, if the configuration says so.
    pub fn of(&self, model: &str) -> Option<&TokenizerConfig> {
        let same = |(name, config)| if str::eq_ignore_ascii_case(name, model) { Some(config) } else { None };
        let named =
            self.models.get(model).or_else(|| self.models.iter().map(|(name, c)| (name.as_str(), c)).find_map(same));
        named.or(self.default.as_ref())
    }
}

/// Where tokenizers are downloaded from, unless `HF_ENDPOINT` in the environment says otherwise.
pub const TOKENIZER_HUB: &str = "https://huggingface.co";

/// A way of counting tokens.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum TokenizerConfig {
    /// With a vocabulary that is built in.
    Tiktoken {
        /// The vocabulary, such as `o200k_base` or `cl100k_base`; that of the model's name if it is missing.
        #[serde(default)]
        encoding: Option<String>,
        /// What counts instead where this one cannot.
        #[serde(default)]
        fallback: Option<Box<TokenizerConfig>>,
    },
    /// With a `tokenizer.json`, as the Hugging Face hub has one for most open models.
    HuggingFace {
        /// The model's name at the hub, such as `Qwen/Qwen3-Coder`, whose file is downloaded once; or the path of a file
        /// or of its folder.
        model: String,
        /// The folder where downloads are kept; `~/.wireloom/tokenizers` if it is missing.
        #[serde(default, rename = "cacheDir")]
        cache_dir: Option<String>,
        /// What counts instead where this one cannot.
        #[serde(default)]
        fallback: Option<Box<TokenizerConfig>>,
    },
    /// By asking a service.
    Api {
        /// Where it is asked, by `POST`.
        url: String,
        /// The key that is shown to it, as a bearer token.
        #[serde(default, rename = "apiKey")]
        api_key: Option<Secret>,
        /// What it is sent.
        #[serde(default, rename = "requestFormat")]
        request_format: CountFormat,
        /// Where its answer has the number: keys with dots between them.
        #[serde(default = "token_count", rename = "responseField")]
        response_field: String,
        /// Headers that are sent to it.
        #[serde(default)]
        headers: BTreeMap<String, Secret>,
        /// What counts instead where this one cannot.
        #[serde(default)]
        fallback: Option<Box<TokenizerConfig>>,
    },
    /// By asking the provider itself, where its API counts tokens.
    Provider {
        /// What counts instead where this one cannot.
        #[serde(default)]
        fallback: Option<Box<TokenizerConfig>>,
    },
}

impl TokenizerConfig {
    /// What counts instead where this one cannot.
    pub fn fallback(&self) -> Option<&TokenizerConfig> {
        match self {
            Self::Tiktoken { fallback, .. }
            | Self::HuggingFace { fallback, .. }
            | Self::Api { fallback, .. }
            | Self::Provider { fallback } => fallback.as_deref(),
        }
    }
}

/// What a service that counts is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CountFormat {
    /// `{ messages, system, tools }`, in the words of the Anthropic API.
    #[default]
    Standard,
    /// `{ model, messages }`, in the words of the OpenAI API.
    OpenAi,
    /// `{ model, messages, system, tools }`, in the words of the Anthropic API.
    Anthropic,
    /// `{ text }`: all words of the request.
    Custom,
}

fn token_count() -> String {
    "token_count".into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn claude_code_routers_forms_are_read() {
        let config: TokenizersConfig = serde_json::from_value(serde_json::json!({
            "default": { "type": "tiktoken", "encoding": "cl100k_base" },
            "models": {
                "deepseek-chat": { "type": "huggingface", "model": "deepseek-ai/DeepSeek-V3.1" },
                "glm": {
                    "type": "api", "url": "https://h/count", "apiKey": "sk-count", "requestFormat": "openai",
                    "responseField": "data.n", "headers": { "x-a": "b" }, "fallback": { "type": "tiktoken" },
                },
                "own": { "type": "provider" },
            },
        }))
        .unwrap();
        assert!(
            matches!(config.of("other"), Some(TokenizerConfig::Tiktoken { encoding: Some(name), .. }) if name == "cl100k_base")
        );
        assert!(matches!(config.of("DeepSeek-Chat"), Some(TokenizerConfig::HuggingFace { .. })));
        assert!(matches!(config.of("own"), Some(TokenizerConfig::Provider { .. })));
        let Some(TokenizerConfig::Api { request_format, response_field, .. }) = config.of("glm") else { panic!() };
        assert_eq!((*request_format, response_field.as_str()), (CountFormat::OpenAi, "data.n"));
        assert!(config.of("glm").unwrap().fallback().is_some());
        assert!(!format!("{config:?}").contains("sk-count"));
    }

    #[test]
    fn what_is_misspelt_is_refused() {
        for text in [r#"{"default":{"type":"tiktokn"}}"#, r#"{"models":{"m":{"type":"api"}}}"#, r#"{"defualt":null}"#] {
            assert!(serde_json::from_str::<TokenizersConfig>(text).is_err(), "{text}");
        }
    }
}
