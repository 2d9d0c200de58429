#!/usr/bin/env node
"use strict";
// A table in a file of its own.
// @case {"body":{"messages":[{"role":"user","content":"/plan the work"}]}} => "openai,gpt-5"
// @case {"body":{"messages":[{"role":"user","content":[{"type":"text","text":"/review it"}]}]}} => "claude,claude-sonnet-4-5"
// @case {"body":{"messages":[{"role":"user","content":"hello"}]}} => null
const path = require("node:path");
const { table, last } = require("./parts");

module.exports = async ({ body }) => {
  const command = /^\/(\w+)/.exec(last(body.messages));
  console.debug("command %s of %s", command && command[1], path.basename(__filename, ".js"));
  return (command && table[command[1]]) || null;
};
