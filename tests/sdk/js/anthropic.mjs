// @anthropic-ai/sdk

import { DESCRIPTION, QUESTION, SCHEMA, SYSTEM, TIMEOUT, TOOLS, joined, load } from "./asked.mjs";

const { default: Anthropic } = load("@anthropic-ai/sdk");

const FINISHES = { end_turn: "stop", tool_use: "tool_calls", max_tokens: "length" };
const TOLD = TOOLS.map((name) => ({ name, description: DESCRIPTION, input_schema: SCHEMA }));

const asked = (model, tools) => ({
  model,
  max_tokens: 500,
  system: SYSTEM,
  messages: [{ role: "user", content: QUESTION }],
  ...(tools && { tools: TOLD }),
});

function read(message, pieces = 1) {
  const of = (type) => message.content.filter((block) => block.type === type);
  const usage = message.usage;
  return {
    text: joined(of("text").map((block) => block.text)),
    thought: joined(of("thinking").map((block) => block.thinking)),
    calls: of("tool_use").map((block) => ({ id: block.id, name: block.name, input: block.input })),
    finish: FINISHES[message.stop_reason],
    usage: {
      input: usage.input_tokens + (usage.cache_read_input_tokens ?? 0),
      cached: usage.cache_read_input_tokens,
      output: usage.output_tokens,
      reasoning: usage.output_tokens_details?.thinking_tokens,
    },
    pieces,
    echo: message.content,
  };
}

export const row = {
  name: "@anthropic-ai/sdk",
  face: "anthropic",
  error: "APIError",
  client: (url, key) => new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, timeout: TIMEOUT }),

  whole: async (client, model, tools) => read(await client.messages.create(asked(model, tools))),

  async stream(client, model, tools) {
    let pieces = 0;
    const stream = client.messages.stream(asked(model, tools));
    stream.on("text", () => (pieces += 1));
    return read(await stream.finalMessage(), pieces);
  },

  async goOn(client, model, before, results) {
    const told = before.calls.map(({ id }, at) => ({ type: "tool_result", tool_use_id: id, content: results[at] }));
    const request = asked(model, true);
    request.messages.push({ role: "assistant", content: before.echo }, { role: "user", content: told });
    return read(await client.messages.create(request));
  },

  failure: (error) =>
    error instanceof Anthropic.APIError && {
      status: error.status,
      message: error.error?.error?.message ?? error.message,
      retryAfter: error.headers?.get("retry-after"),
    },
};
