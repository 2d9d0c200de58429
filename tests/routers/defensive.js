// Tries what a gateway does not lend, and gets by without it.
// @case {"body":{"thinking":{"type":"enabled","budget_tokens":9000},"tools":[{"name":"WebSearch"}]}} => "think,hard"
// @case {"body":{"tools":[{"type":"web_search_20250305"}]}} => "search,web"
// @case {"body":null} => null
let overrides = {};
try {
  overrides = JSON.parse(require("fs").readFileSync("/etc/router.json", "utf8"));
} catch (error) {
  console.warn("no overrides:", error.message);
}
module.exports = async (req, config) => {
  const { thinking, tools = [] } = req.body || {};
  if (overrides.all) return overrides.all;
  if (thinking?.type === "enabled" && thinking.budget_tokens > 8000) return "think,hard";
  if (tools.some((tool) => tool.type?.startsWith("web_search"))) return "search,web";
  return null;
};
