// ai with @ai-sdk/*

import { DESCRIPTION, QUESTION, SCHEMA, SYSTEM, TOOLS, joined, load } from "./asked.mjs";

const { APICallError, generateText, jsonSchema, streamText, tool } = load("ai");
const { createAnthropic } = load("@ai-sdk/anthropic");
const { createGoogleGenerativeAI } = load("@ai-sdk/google");
const { createOpenAI } = load("@ai-sdk/openai");
const { createOpenAICompatible } = load("@ai-sdk/openai-compatible");

const FINISHES = { "tool-calls": "tool_calls" };

const offered = () =>
  Object.fromEntries(TOOLS.map((name) => [name, tool({ description: DESCRIPTION, inputSchema: jsonSchema(SCHEMA) })]));

const asked = (model, tools) => ({
  model,
  system: SYSTEM,
  messages: [{ role: "user", content: QUESTION }],
  maxRetries: 0,
  providerOptions: {
    google: { thinkingConfig: { includeThoughts: true } },
    openai: { store: false, include: ["reasoning.encrypted_content"], forceReasoning: true },
  },
  ...(tools && { tools: offered() }),
});

async function read(result, pieces = 1) {
  const usage = await result.usage;
  const finish = await result.finishReason;
  return {
    text: await result.text,
    thought: joined((await result.reasoning).map((part) => part.text)),
    calls: (await result.toolCalls).map(({ toolCallId, toolName, input }) => ({ id: toolCallId, name: toolName, input })),
    finish: FINISHES[finish] ?? finish,
    usage: {
      input: usage.inputTokens,
      cached: usage.inputTokenDetails.cacheReadTokens,
      output: usage.outputTokens,
      reasoning: usage.outputTokenDetails.reasoningTokens,
    },
    pieces,
    echo: (await result.response).messages,
  };
}

/** A row: `models` makes of a URL and a key what makes models of names. */
const row = (name, face, models, more = {}) => ({
  name,
  face,
  client: models,

  whole: async (models, model, tools) => read(await generateText(asked(models(model), tools))),

  async stream(models, model, tools) {
    let pieces = 0;
    const result = streamText({ ...asked(models(model), tools), onError: () => {} });
    for await (const part of result.fullStream) {
      if (part.type === "text-delta") pieces += 1;
      if (part.type === "error") throw part.error;
    }
    return read(result, pieces);
  },

  async goOn(models, model, before, results) {
    const told = before.calls.map(({ id, name }, at) => ({
      type: "tool-result",
      toolCallId: id,
      toolName: name,
      output: { type: "text", value: results[at] },
    }));
    const request = asked(models(model), true);
    request.messages.push(...before.echo, { role: "tool", content: told });
    return read(await generateText(request));
  },

  failure(error) {
    if (APICallError.isInstance(error)) {
      const { statusCode, message, responseHeaders } = error;
      return { status: statusCode, message, retryAfter: responseHeaders?.["retry-after"] };
    }
    // What a stream tells is handed on as it is: an error, its message, or the body's object.
    const told = error?.message ?? error?.error?.message ?? error;
    return (typeof told === "string" || error instanceof Error) && { message: String(told) };
  },

  ...more,
});

export const rows = [
  row("@ai-sdk/anthropic", "anthropic", (url, key) => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })),
  // Chat Completions of the vendor itself shows no thoughts.
  row("@ai-sdk/openai (chat)", "openai-chat", (url, key) => createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat, {
    thoughtless: true,
  }),
  row("@ai-sdk/openai-compatible", "openai-chat", (url, key) =>
    createOpenAICompatible({ name: "wireloom", baseURL: `${url}/v1`, apiKey: key, includeUsage: true }),
  ),
  row("@ai-sdk/openai (responses)", "openai-responses", (url, key) =>
    createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).responses,
  ),
  row("@ai-sdk/google", "gemini", (url, key) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: key })),
];
