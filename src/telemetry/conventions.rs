//! The names that OpenTelemetry's semantic conventions have for generative AI, as of their version 1.42.0. They are being
//! kept in a repository of their own since, <https://github.com/open-telemetry/semantic-conventions-genai>.

/// The conventions as a schema.
pub(super) const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.42.0";

/// Attributes of spans and metrics.
pub(super) const OPERATION_NAME: &str = "gen_ai.operation.name";
pub(super) const PROVIDER_NAME: &str = "gen_ai.provider.name";
pub(super) const REQUEST_MODEL: &str = "gen_ai.request.model";
pub(super) const SERVER_ADDRESS: &str = "server.address";
pub(super) const SERVER_PORT: &str = "server.port";
pub(super) const ERROR_TYPE: &str = "error.type";

/// Attributes of spans.
pub(super) const REQUEST_STREAM: &str = "gen_ai.request.stream";
pub(super) const RESPONSE_MODEL: &str = "gen_ai.response.model";
pub(super) const FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
pub(super) const TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";
pub(super) const CONVERSATION_ID: &str = "gen_ai.conversation.id";
pub(super) const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
pub(super) const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
pub(super) const CACHE_READ_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
pub(super) const CACHE_CREATION_TOKENS: &str = "gen_ai.usage.cache_creation.input_tokens";
pub(super) const REASONING_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";
pub(super) const STATUS_CODE: &str = "http.response.status_code";

/// An attribute of metrics.
pub(super) const TOKEN_TYPE: &str = "gen_ai.token.type";

/// Metrics.
pub(super) const CLIENT_TOKEN_USAGE: &str = "gen_ai.client.token.usage";
pub(super) const CLIENT_DURATION: &str = "gen_ai.client.operation.duration";
pub(super) const CLIENT_FIRST_CHUNK: &str = "gen_ai.client.operation.time_to_first_chunk";
pub(super) const SERVER_FIRST_TOKEN: &str = "gen_ai.server.time_to_first_token";
