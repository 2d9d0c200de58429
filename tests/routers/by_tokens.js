// Short requests to a cheap model, long ones to one with a large context.
// @case {"body":{"model":"m"},"tokens":100} => "local,small"
// @case {"body":{"model":"m"},"tokens":70000} => "gemini,gemini-2.5-pro"
// @case {"body":{"model":"big,own"},"tokens":70000} => null
const LIMITS = [
  [8_000, "local,small"],
  [60_000, "deepseek,deepseek-chat"],
  [Infinity, "gemini,gemini-2.5-pro"],
];

module.exports = async (req) => {
  if (req.body.model.includes(",")) return;
  req.log.info({ tokens: req.tokenCount }, "routing by length");
  return LIMITS.find(([most]) => req.tokenCount <= most)[1];
};
