// What the judges ask, and how the vendors' packages are found: they are installed outside of the sources.

import { createRequire } from "node:module";
import { join } from "node:path";

export const SYSTEM = "Be brief.";
export const QUESTION = "What is in both files?";
export const TOOLS = ["read", "list"];
export const SCHEMA = { type: "object", properties: { path: { type: "string" } } };
export const DESCRIPTION = "A tool.";
export const TIMEOUT = 20_000;

export const load = createRequire(join(process.env.WIRELOOM_NODE_MODULES, "of-judges.cjs"));

export const joined = (texts) => texts.filter(Boolean).join("");
