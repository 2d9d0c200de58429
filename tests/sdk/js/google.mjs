// @google/genai

import { DESCRIPTION, QUESTION, SCHEMA, SYSTEM, TIMEOUT, TOOLS, joined, load } from "./asked.mjs";

const { ApiError, GoogleGenAI } = load("@google/genai");

const FINISHES = { STOP: "stop", MAX_TOKENS: "length" };
const DECLARED = TOOLS.map((name) => ({ name, description: DESCRIPTION, parametersJsonSchema: SCHEMA }));

const asked = (model, tools) => ({
  model,
  contents: [{ role: "user", parts: [{ text: QUESTION }] }],
  config: {
    systemInstruction: SYSTEM,
    thinkingConfig: { includeThoughts: true },
    ...(tools && { tools: [{ functionDeclarations: DECLARED }] }),
  },
});

function read(slices) {
  const candidates = slices.flatMap((slice) => slice.candidates ?? []);
  const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
  const words = parts.filter((part) => part.text && !part.thought).map((part) => part.text);
  const calls = parts.filter((part) => part.functionCall).map(({ functionCall: call }) => call);
  const finish = FINISHES[candidates.findLast((candidate) => candidate.finishReason)?.finishReason];
  const usage = slices.findLast((slice) => slice.usageMetadata).usageMetadata;
  return {
    text: joined(words),
    thought: joined(parts.filter((part) => part.thought).map((part) => part.text)),
    calls: calls.map(({ id, name, args }) => ({ id, name, input: args ?? {} })),
    // The protocol has no word for it.
    finish: calls.length > 0 && finish === "stop" ? "tool_calls" : finish,
    usage: {
      input: usage.promptTokenCount,
      cached: usage.cachedContentTokenCount,
      output: usage.candidatesTokenCount + (usage.thoughtsTokenCount ?? 0),
      reasoning: usage.thoughtsTokenCount,
    },
    pieces: words.length,
    echo: { role: "model", parts },
  };
}

export const row = {
  name: "@google/genai",
  face: "gemini",
  // The SDK keeps no headers, and of a body no more than the message.
  headless: true,
  client: (url, key) =>
    new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url, apiVersion: "v1beta", timeout: TIMEOUT } }),

  whole: async (client, model, tools) => read([await client.models.generateContent(asked(model, tools))]),

  async stream(client, model, tools) {
    const slices = [];
    for await (const slice of await client.models.generateContentStream(asked(model, tools))) slices.push(slice);
    return read(slices);
  },

  async goOn(client, model, before, results) {
    const told = before.calls.map(({ id, name }, at) => ({
      functionResponse: { ...(id && { id }), name, response: { output: results[at] } },
    }));
    const request = asked(model, true);
    request.contents.push(before.echo, { role: "user", parts: told });
    return read([await client.models.generateContent(request)]);
  },

  failure: (error) => error instanceof ApiError && { status: error.status, message: error.message },
};
