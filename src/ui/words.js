"use strict";
// What the page says. Another language is another object here; the browser's languages choose.
const WORDS = {
  en: {
    views: "Views", overview: "Overview", configuration: "Configuration", requests: "Requests", usage: "Usage", log: "Log", explain: "Try a request",
    key: "Key", sign_in: "Sign in", sign_out: "Sign out", sign_in_hint: "This service asks for one of its keys. The browser keeps it until this tab is closed.",
    wrong_key: "The service does not know this key.", refused: "Your key may not do this.", unreachable: "The service does not answer.",
    running: "Running", unanswered: "Not reachable", ago: "up for",
    version: "Version", file: "Configuration file", loaded: "In effect since", records_state: "Records", last_day: "Requests, last 24 hours",
    tokens_day: "Tokens in / out", cost_day: "Cost", failed_of: "failed", kept: "kept", off: "off", failing: "failing",
    simulation: "There is no configuration yet, so a built-in simulation answers. It is no language model. To begin: wireloom config init, then wireloom restart.",
    error: "The configuration file has a mistake; the one before goes on: ",
    providers: "Providers", no_providers: "No provider is configured: add one to Providers in the configuration.", name: "Name", spec: "Spec", health: "Health",
    keys: "Keys", models: "Models", well: "ok", failures: "failures", breaker: "breaker open", switched_off: "switched off", keys_refused: "refused", keys_resting: "resting",
    routes: "Routes", no_routes: "There are no routes.", scenario: "Scenario", goes_to: "Goes to", then: "If that fails",
    presets: "Presets", no_presets: "No preset is installed.", description: "Description", path: "Path",
    configuration_hint: "The file as it is written. Stars stand for what is or may be secret, in comments too; they stay what they are unless you write over them.",
    save: "Save", read_again: "Discard and read again", changed: "Changed, not saved", saved: "Saved. It is in effect.", restart: "Saved. Restart the service for: ",
    stale: "The file was changed elsewhere since you read it. Save yours over it?", not_saved: "Not saved: the file was changed elsewhere since you read it.",
    unsaved: "There are changes that are not saved. Discard them?", mistakes: "Not saved. Mistakes: ",
    since: "Last", by: "By", only: "Containing", level: "Level from", kind: "Kind", all: "all", clear: "Clear", nothing: "Nothing here.", total: "Total",
    hour: "hour", day: "day", week: "week", month: "30 days", answer: "answers", count: "token counts", refusal: "refusals", model: "model", session: "session", project: "project",
    time: "Time", outcome: "Outcome", request: "Request", served: "Served by", tokens: "Tokens in / out", cost: "Cost", took: "Took, first byte", caller: "Client", share: "Share of tokens",
    number: "Requests", failed: "Failed", input: "Input", cached: "Cached", output: "Output", unpriced: "without a price", details: "Details",
    waiting: "Waiting for lines…", explain_hint: "A request as a client sends it: where would it go, and why? Nothing is sent to a provider.", explain_ask: "Explain",
    face: "Protocol", rule: "Rule", lost: "Is lost", checks: "Checks", sent: "What would be sent", price: "Price of the input", input_tokens: "Input tokens",
  },
};
const LANGUAGE = (navigator.languages || ["en"]).map((tag) => tag.slice(0, 2)).find((tag) => WORDS[tag]) || "en";
const word = (name) => WORDS[LANGUAGE][name] ?? WORDS.en[name] ?? name;
