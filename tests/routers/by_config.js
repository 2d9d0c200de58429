// Takes the first provider that lists a coder, else what Router says; keys are not shown.
// @case {"body":{"system":[{"type":"text","text":"You write code"}]},"config":{"Providers":[{"name":"a","models":["x"]},{"name":"b","models":["y","qwen-coder"]}]}} => "b,qwen-coder"
// @case {"body":{"system":"You write code"},"config":{"Providers":[],"Router":{"think":"r,thinker"}}} => "r,thinker"
// @case {"body":{},"config":{"Providers":[],"Router":{"think":"r,thinker"}}} => undefined
module.exports = function (req, config, { event }) {
  const system = [].concat(req.body.system ?? []).map((part) => part.text ?? part).join("\n");
  if (!/code/i.test(system) || event) return undefined;
  for (const provider of config.Providers || config.providers) {
    const model = provider.models.find((name) => name.endsWith("coder"));
    if (model) return `${provider.name},${model}`;
  }
  return config.Router.think;
};
