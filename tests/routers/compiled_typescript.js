"use strict";
// What tsc makes of `export default`.
// @case {"body":{"model":"claude-3-5-haiku-20241022"},"headers":{"user-agent":"claude-cli/2.0"}} => "ollama,qwen3"
// @case {"body":{"model":"claude-3-5-haiku-20241022"},"headers":{"user-agent":"curl"}} => false
Object.defineProperty(exports, "__esModule", { value: true });
exports.default = router;
class Chooser {
  #agent;
  constructor(agent = "") {
    this.#agent = agent;
  }
  async choose(model) {
    await Promise.resolve();
    return this.#agent.startsWith("claude-cli") && model.includes("haiku") && "ollama,qwen3";
  }
}
async function router(req) {
  return new Chooser(req.headers["user-agent"]).choose(req.body.model);
}
