"use strict";
// What the page says. Another language is another object here; the browser's languages choose.
const WORDS = {
  en: {
    overview: "Overview", configuration: "Configuration", requests: "Requests", usage: "Usage", log: "Log", explain: "Try a request",
    key: "Key", enter: "Use", save: "Save", read_again: "Read again", since: "Since", by: "By", only: "Only lines with", clear: "Clear",
    configuration_hint: "The file as it is written, with its comments. Stars stand for secrets, and stay what they are unless you write over them.",
    explain_hint: "A request as a client sends it: where would it go, and why? Nothing is sent to a provider.",
    explain_ask: "Tell me", needs_key: "This service asks for a key: enter one above. It is kept until this tab is closed.",
    refused: "The key is not for this.", unreachable: "The service does not answer.", saved: "Saved. It counts from now on.",
    restart: "Saved. A restart is needed for: ", stale: "The file has been changed elsewhere meanwhile. Copy your text, and read it again.",
    unsaved: "There are changes that are not saved. Leave them?", nothing: "There is nothing.", generation: "Configuration number", version: "Version",
    file: "File", loaded: "Taken over", error: "Last mistake", rests: "rests", well: "well", left_alone: "left alone", seconds: "s",
    scenario: "Taken for", rule: "Rule", tokens: "Input tokens", goes_to: "Goes to", then: "If that fails", lost: "Is lost", checks: "Checks",
  },
};
const LANGUAGE = (navigator.languages || ["en"]).map((tag) => tag.slice(0, 2)).find((tag) => WORDS[tag]) || "en";
const word = (name) => WORDS[LANGUAGE][name] ?? WORDS.en[name] ?? name;
