// Judges a wireloom with the SDKs for JavaScript: `judge.mjs path/to/wireloom face…`, with the folder of the packages in
// WIRELOOM_NODE_MODULES. Each SDK runs against each upstream. The faces and upstreams that are named must not be skipped.

import { deepStrictEqual as equal, ok } from "node:assert";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { rows as aiSdk } from "./ai-sdk.mjs";
import { row as anthropic } from "./anthropic.mjs";
import { row as google } from "./google.mjs";
import { chat, responses } from "./openai.mjs";

const ROWS = [anthropic, chat, responses, google, ...aiSdk];

/** An SDK's row with a client of it, and the upstream behind the gateway, or itself where there is no gateway. */
class Pair {
  constructor(stage, row, provider, isDirect = false) {
    Object.assign(this, { stage, facts: stage.facts, row, provider, isDirect });
    this.client = isDirect ? row.client(stage.upstream, "upstream") : row.client(stage.url, stage.key);
  }

  model(name) {
    return this.isDirect ? name : `${this.provider},${name}`;
  }

  read(model, tools, isStream) {
    return this.row[isStream ? "stream" : "whole"](this.client, this.model(model), tools);
  }

  check(read, tools, isStream, finish) {
    const { text, thought, calls, usage } = this.facts;
    equal(read.text, text, "text");
    if (!this.row.thoughtless) equal(read.thought, thought, "thought");
    const plain = (list) => list.map(({ name, input }) => ({ name, input }));
    equal(plain(read.calls), tools ? plain(calls) : [], "calls");
    const ids = read.calls.map(({ id }) => id);
    // Gemini needs none, so that they are made. A signature may follow an id where nothing else keeps it for the client.
    if (this.row.face !== "gemini" || ids[0]) equal(new Set(ids.filter(Boolean)).size, ids.length, "different ids");
    if (![this.provider, this.row.face].includes("gemini")) {
      ids.forEach((id, at) => ok(id.startsWith(calls[at].id), `${id} is made of ${calls[at].id}`));
    }
    equal(read.finish, finish, "finish reason");
    equal(read.usage, usage, "usage");
    ok(!isStream || read.pieces > 1, `the stream has ${read.pieces} pieces of text`);
  }

  async failure(model, isStream) {
    let read;
    try {
      read = await this.read(model, false, isStream);
    } catch (error) {
      // Where bytes pass through, so does the cut, and whatever the SDK raises for it tells it.
      const isOurs = error instanceof TypeError && error.message !== "terminated";
      if (this.provider === this.row.face && ["cut", "stops"].includes(model) && !isOurs) return {};
      const failed = this.row.failure(error);
      if (!failed) throw error;
      return failed;
    }
    throw new Error(`no error from the model ${model}, but ${JSON.stringify(read)}`);
  }
}

const CHECKS = {
  whole: async (pair) => pair.check(await pair.read("model", true, false), true, false, "tool_calls"),
  plain: async (pair) => pair.check(await pair.read("model", false, false), false, false, "stop"),
  stream: async (pair) => pair.check(await pair.read("model", true, true), true, true, "tool_calls"),
  plain_stream: async (pair) => pair.check(await pair.read("model", false, true), false, true, "stop"),

  async length(pair) {
    for (const isStream of [false, true]) {
      pair.check(await pair.read("length", false, isStream), false, isStream, "length");
    }
  },

  // That the upstream hears all of it is what the judge in Python looks at.
  async round_trip(pair) {
    for (const isStream of [false, true]) {
      const first = await pair.read("model", true, isStream);
      const next = await pair.row.goOn(pair.client, pair.model("model"), first, ["of read", "of list"]);
      pair.check(next, true, false, "tool_calls");
    }
  },

  async errors(pair) {
    for (const [status, message] of Object.entries(pair.facts.messages)) {
      for (const isStream of [false, true]) {
        // A model of its own each time: the gateway leaves one alone that has asked for it.
        const failed = await pair.failure(`${status}-${randomUUID()}`, isStream);
        equal(failed.status, Number(status), "status");
        ok(failed.message.includes(message), failed.message);
        if (!pair.row.headless) equal(failed.retryAfter, pair.facts.retryAfter, "retry-after");
      }
    }
  },

  async hidden_error(pair) {
    for (const isStream of [false, true]) {
      const failed = await pair.failure("hidden", isStream);
      ok(failed.message.includes(pair.facts.messages["503"]), failed.message);
    }
  },

  async error_in_stream(pair) {
    const failed = await pair.failure("fails", true);
    ok(failed.message.includes(pair.facts.messageInStream), failed.message);
  },

  async keys(pair) {
    const { url, main, refused } = pair.stage;
    pair.client = pair.row.client(url, main);
    pair.check(await pair.read("model", false, false), false, false, "stop");
    for (const [key, status] of Object.entries(refused)) {
      pair.client = pair.row.client(url, key);
      for (const isStream of [false, true]) {
        equal((await pair.failure("model", isStream)).status, status, key);
      }
    }
    pair.client = pair.row.client(url, pair.stage.key);
  },

  cut_stream: (pair) => pair.failure("cut", true),
  stopped_stream: (pair) => pair.failure("stops", true),
};

// What holds of the upstream itself, without a gateway between: if one of these fails, the judge is wrong.
const CONTROLS = ["whole", "plain", "stream", "plain_stream", "length", "round_trip", "errors"];

/** A running wireloom with its upstream, and what ends them. */
async function start(binary) {
  const script = fileURLToPath(new URL("../stage.py", import.meta.url));
  const child = spawn("python3", ["-B", script, binary], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`the stage ends with ${code}`))),
  ]);
  return [JSON.parse(line), () => child.stdin.end()];
}

async function main(binary, ...wanted) {
  const ours = /^(ANTHROPIC|OPENAI|GOOGLE|GEMINI)_|proxy/i;
  Object.keys(process.env).forEach((name) => ours.test(name) && delete process.env[name]);
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const [stage, end] = await start(binary);
  let [passed, failed] = [0, 0];
  const run = async (pair, check, name) => {
    try {
      await CHECKS[check](pair);
      passed += 1;
      console.log(`ok     ${name}: ${check}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}: ${check}\n${error.stack ?? JSON.stringify(error)}`);
    }
  };
  try {
    stage.missing.forEach((row) => console.log(`skipped: ${row}, which this wireloom does not have`));
    const lost = stage.missing.filter((row) => wanted.includes(row.split(" ")[1]));
    ok(lost.length === 0, `${lost} must not be skipped`);
    for (const row of ROWS) {
      const itself = new Pair(stage, row, row.face, true);
      for (const check of CONTROLS) await run(itself, check, `${row.name} with no gateway`);
      for (const provider of stage.faces.includes(row.face) ? stage.providers : []) {
        const pair = new Pair(stage, row, provider);
        for (const check of Object.keys(CHECKS)) await run(pair, check, `${row.name} to ${provider}`);
      }
    }
  } finally {
    end();
  }
  console.log(`${stage.missing.length} rows skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

await main(...process.argv.slice(2));
