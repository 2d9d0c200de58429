// What a custom router finds around it. The whole is one expression: a function of what the gateway lends, which gives
// the function that is called for each request.
(function (lent, folder, main, configuration, use) {
  "use strict";

  const show = (value) => {
    if (typeof value === "string") return value;
    if (value instanceof Error) return value.stack ? `${value}\n${value.stack}` : String(value);
    const seen = new Set();
    const plain = (_, inner) => {
      if (typeof inner === "bigint" || typeof inner === "function") return String(inner);
      if (typeof inner === "object" && inner !== null) {
        if (seen.has(inner)) return "[seen before]";
        seen.add(inner);
      }
      return inner;
    };
    return JSON.stringify(value, plain) ?? String(value);
  };
  const format = (...values) => {
    let first = values[0];
    if (typeof first !== "string" || !/%[sdijoO%]/.test(first)) return values.map(show).join(" ");
    const rest = values.slice(1);
    first = first.replace(/%[sdijoO%]/g, (mark) => {
      if (mark === "%%") return "%";
      return rest.length ? show(rest.shift()) : mark;
    });
    return [first, ...rest.map(show)].join(" ");
  };
  const logger = {};
  for (const [name, level] of Object.entries({
    trace: "trace", debug: "debug", log: "info", info: "info", warn: "warn", error: "error", fatal: "error",
  })) {
    logger[name] = (...values) => lent.log(level, format(...values));
  }
  logger.child = () => logger;
  globalThis.console = logger;

  // What a gateway does not lend to code that decides where requests go.
  const missing = (name) => {
    const refuse = () => {
      throw new Error(`a custom router has no \`${name}\`: it is given the request and the configuration, and nothing else`);
    };
    return new Proxy(function () {}, {
      get: (target, key) => (key === Symbol.toPrimitive ? undefined : refuse()),
      set: refuse, has: refuse, ownKeys: refuse, apply: refuse, construct: refuse,
    });
  };
  for (const name of [
    "process", "fetch", "XMLHttpRequest", "WebSocket", "Deno", "Bun", "Worker",
    "setTimeout", "setInterval", "setImmediate",
  ]) {
    Object.defineProperty(globalThis, name, { value: missing(name), configurable: true, writable: true });
  }
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) globalThis[name] = () => {};
  globalThis.global = globalThis;

  const normalize = (path) => {
    const rooted = path.startsWith("/");
    const parts = [];
    for (const part of path.split("/")) {
      if (part === "" || part === ".") continue;
      if (part !== "..") parts.push(part);
      else if (parts.length && parts[parts.length - 1] !== "..") parts.pop();
      else if (!rooted) parts.push("..");
    }
    return (rooted ? "/" : "") + parts.join("/") || (rooted ? "/" : ".");
  };
  const path = {
    sep: "/",
    delimiter: ":",
    normalize,
    isAbsolute: (name) => name.startsWith("/"),
    join: (...names) => normalize(names.filter(Boolean).join("/")),
    resolve: (...names) => normalize(names.reduce((base, name) => (name.startsWith("/") ? name : `${base}/${name}`), folder)),
    basename: (name, end = "") => {
      const last = name.replace(/\/+$/, "").split("/").pop();
      return end && last.endsWith(end) && last !== end ? last.slice(0, -end.length) : last;
    },
    dirname: (name) => {
      const at = name.replace(/\/+$/, "").lastIndexOf("/");
      return at < 0 ? "." : at === 0 ? "/" : name.slice(0, at);
    },
    extname: (name) => /[^/.](\.[^./]*)$/.exec(name)?.[1] ?? "",
  };
  path.posix = path;
  const util = { format, inspect: show, isDeepStrictEqual: (one, other) => show(one) === show(other) };
  const builtins = { path, util };

  const modules = new Map();
  const load = (file, source) => {
    const known = modules.get(file);
    if (known) return known.exports;
    const module = { exports: {}, id: file, filename: file, loaded: false };
    modules.set(file, module);
    try {
      if (file.endsWith(".json")) {
        module.exports = JSON.parse(source);
      } else {
        const here = path.dirname(file);
        const inside = lent.compile(source, file);
        inside.call(module.exports, module.exports, requirer(here), module, file, here);
      }
      module.loaded = true;
      return module.exports;
    } catch (error) {
      modules.delete(file);
      throw error;
    }
  };
  const requirer = (base) => {
    const require = (name) => {
      name = String(name);
      const bare = name.replace(/^node:/, "");
      if (Object.hasOwn(builtins, bare)) return builtins[bare];
      const [file, source, why] = lent.find(base, name);
      if (why) throw new Error(why);
      return load(file, source);
    };
    require.main = undefined;
    return require;
  };

  const [file, source, why] = lent.find(folder, main);
  if (why) throw new Error(why);
  const exported = load(file, source);
  const route = typeof exported === "function" ? exported : exported?.default;
  if (typeof route !== "function") {
    throw new Error("it exports no function: write `module.exports = async (req, config) => \"provider,model\"`");
  }
  if (use === "line") return (variables, options) => route(JSON.parse(variables), JSON.parse(options));
  const config = JSON.parse(configuration);

  return (body, headers, session, count) => {
    let parsed, isParsed = false, tokens;
    const req = {
      method: "POST",
      query: {},
      params: {},
      headers: JSON.parse(headers),
      sessionId: session ?? undefined,
      log: logger,
      get body() {
        if (!isParsed) [parsed, isParsed] = [JSON.parse(body), true];
        return parsed;
      },
      set body(value) {
        [parsed, isParsed] = [value, true];
      },
      get tokenCount() {
        return (tokens ??= count());
      },
      set tokenCount(value) {
        tokens = value;
      },
    };
    return route(req, config, {});
  };
});
