// openai, for Chat Completions and for Responses

import { DESCRIPTION, QUESTION, SCHEMA, SYSTEM, TIMEOUT, TOOLS, joined, load } from "./asked.mjs";

const { default: OpenAI } = load("openai");

const client = (url, key) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, timeout: TIMEOUT });

const failure = (error) =>
  error instanceof OpenAI.OpenAIError && {
    status: error.status,
    message: error.error?.message ?? error.message,
    retryAfter: error.headers?.get("retry-after"),
  };

const askedOfChat = (model, tools) => ({
  model,
  messages: [
    { role: "system", content: SYSTEM },
    { role: "user", content: QUESTION },
  ],
  ...(tools && {
    tools: TOOLS.map((name) => ({ type: "function", function: { name, description: DESCRIPTION, parameters: SCHEMA } })),
  }),
});

function readChat(answer, pieces = 1, thought) {
  const [{ message, finish_reason }] = answer.choices;
  const usage = answer.usage;
  return {
    text: message.content ?? "",
    thought: thought ?? message.reasoning_content ?? "",
    calls: (message.tool_calls ?? []).map((call) => ({
      id: call.id,
      name: call.function.name,
      input: JSON.parse(call.function.arguments),
    })),
    finish: finish_reason,
    usage: {
      input: usage.prompt_tokens,
      cached: usage.prompt_tokens_details?.cached_tokens,
      output: usage.completion_tokens,
      reasoning: usage.completion_tokens_details?.reasoning_tokens,
    },
    pieces,
    echo: message,
  };
}

export const chat = {
  name: "openai (chat)",
  face: "openai-chat",
  client,
  failure,

  whole: async (client, model, tools) => readChat(await client.chat.completions.create(askedOfChat(model, tools))),

  async stream(client, model, tools) {
    const [texts, thoughts] = [[], []];
    const request = { ...askedOfChat(model, tools), stream_options: { include_usage: true } };
    const stream = client.chat.completions.stream(request);
    stream.on("chunk", (chunk) => {
      for (const { delta } of chunk.choices) {
        if (delta.content) texts.push(delta.content);
        if (delta.reasoning_content) thoughts.push(delta.reasoning_content);
      }
    });
    await stream.done().catch((error) => {
      // How the helper tells that an answer is cut.
      if (error.name !== "LengthFinishReasonError" && !/length limit/.test(error.message)) throw error;
    });
    return readChat(stream.currentChatCompletionSnapshot ?? (await stream.finalChatCompletion()), texts.length, joined(thoughts));
  },

  async goOn(client, model, before, results) {
    const told = before.calls.map(({ id }, at) => ({ role: "tool", tool_call_id: id, content: results[at] }));
    const request = askedOfChat(model, true);
    request.messages.push(before.echo, ...told);
    return readChat(await client.chat.completions.create(request));
  },
};

/** The SDK rejects with the event itself where one tells an error. */
const failureOfResponses = (error) =>
  error?.type === "error" ? { message: error.message } : error?.response?.error ?? failure(error);

const askedOfResponses = (model, tools) => ({
  model,
  instructions: SYSTEM,
  input: [{ role: "user", content: QUESTION }],
  store: false,
  include: ["reasoning.encrypted_content"],
  ...(tools && {
    tools: TOOLS.map((name) => ({ type: "function", name, description: DESCRIPTION, parameters: SCHEMA, strict: false })),
  }),
});

function readResponse(answer, pieces = 1) {
  const of = (type) => answer.output.filter((item) => item.type === type);
  const usage = answer.usage;
  const calls = of("function_call");
  const text = of("message").flatMap((item) => item.content.map((part) => part.text));
  return {
    text: joined(text),
    thought: joined(of("reasoning").flatMap((item) => item.summary.map((part) => part.text))),
    calls: calls.map((call) => ({ id: call.call_id, name: call.name, input: JSON.parse(call.arguments) })),
    finish: answer.status === "incomplete" ? "length" : calls.length > 0 ? "tool_calls" : "stop",
    usage: {
      input: usage.input_tokens,
      cached: usage.input_tokens_details.cached_tokens,
      output: usage.output_tokens,
      reasoning: usage.output_tokens_details.reasoning_tokens,
    },
    pieces,
    echo: answer.output,
  };
}

export const responses = {
  name: "openai (responses)",
  face: "openai-responses",
  client,
  failure: failureOfResponses,

  whole: async (client, model, tools) => readResponse(await client.responses.create(askedOfResponses(model, tools))),

  async stream(client, model, tools) {
    let pieces = 0;
    const stream = client.responses.stream(askedOfResponses(model, tools));
    stream.on("response.output_text.delta", () => (pieces += 1));
    return readResponse(await stream.finalResponse(), pieces);
  },

  async goOn(client, model, before, results) {
    const told = before.calls.map(({ id }, at) => ({ type: "function_call_output", call_id: id, output: results[at] }));
    const request = askedOfResponses(model, true);
    request.input.push(...before.echo, ...told);
    return readResponse(await client.responses.create(request));
  },
};
