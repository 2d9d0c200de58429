// Spreads sessions over providers, and keeps each where it began.
// @case {"session":"a","body":{}} => "one,m"
// @case {"session":"b","body":{}} => "two,m"
// @case {"body":{}} => ""
const providers = ["one", "two"];
const seen = new Map();

module.exports = async function (req) {
  if (!req.sessionId) return "";
  const number = [...req.sessionId].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65521, 1);
  if (!seen.has(req.sessionId)) seen.set(req.sessionId, providers[number % 2]);
  return `${seen.get(req.sessionId)},m`;
};
