/**
 * The example of claude-code-router's README.
 * @case {"body":{"messages":[{"role":"user","content":"please explain this code"}]}} => "openrouter,anthropic/claude-3.5-sonnet"
 * @case {"body":{"messages":[{"role":"user","content":"fix it"}]}} => null
 */
module.exports = async function router(req, config) {
  const userMessage = req.body.messages.find((m) => m.role === "user")?.content;

  if (userMessage && userMessage.includes("explain this code")) {
    // Use a powerful model for code explanation
    return "openrouter,anthropic/claude-3.5-sonnet";
  }

  // Fallback to the default router configuration
  return null;
};
