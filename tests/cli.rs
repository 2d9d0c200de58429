//! The command line, run as people run it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    fs,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// A provider whose request has a name that does not exist, and a codec that does not.
const BROKEN: &str = "{
  provider: \"broken\",
  extends: \"openai-chat\",
  docs: [\"https://example.org\"],
  request: { temperature: \"$temprature\", stop: \"$stop | one-or-few\" },
}
";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wireloom"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("WIRELOOM_CONFIG");
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// What is printed by a command that must succeed in silence.
fn data(arguments: &[&str]) -> String {
    let output = run(arguments);
    let told = text(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{arguments:?}: {told}");
    text(&output.stdout)
}

/// The exit code and the message of a command that must fail without data.
fn failure(arguments: &[&str]) -> (i32, String) {
    let output = run(arguments);
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    (output.status.code().unwrap(), text(&output.stderr))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn assert_holds(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "`{wanted}` is not in:\n{text}");
    }
}

#[test]
fn our_specs_have_no_mistakes() {
    let count = wireloom::specs::SOURCES.len();
    assert_eq!(data(&["spec", "check"]), format!("{count} specs, 0 mistakes\n"));
    assert_eq!(data(&["spec", "check", "providers/groq.json5"]), "1 spec, 0 mistakes\n");
    assert_eq!(data(&["spec", "check", "providers", "providers/groq.json5"]), format!("{count} specs, 0 mistakes\n"));
    assert_eq!(data(&["spec", "check", "--format", "json"]), "[]\n");
}

#[test]
fn mistakes_are_told_with_excerpts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.json5");
    fs::write(&path, BROKEN).unwrap();
    let path = path.to_str().unwrap();
    let output = run(&["spec", "check", path]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "1 spec, 2 mistakes\n");
    let told = text(&output.stderr);
    assert_holds(&told, &["error[S011]", "error[S013]", &format!("{path}:5:"), "did you mean `temperature`?"]);
    assert!(!told.contains('\u{1b}'), "colored, and not on a terminal:\n{told}");
}

#[test]
fn mistakes_are_told_to_programs() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.json5"), BROKEN).unwrap();
    let output = run(&["spec", "check", "--format", "json", folder.path().to_str().unwrap()]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
    let mistakes: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut first = mistakes[0].clone();
    assert!(first["file"].take().as_str().unwrap().ends_with("broken.json5"));
    let expected = serde_json::json!({
        "code": "S011", "severity": "error", "file": null, "line": 5, "column": 27,
        "message": "Request has no `temprature`", "label": "unknown value", "help": "did you mean `temperature`?",
    });
    assert_eq!(first, expected);
}

#[test]
fn a_file_that_cannot_be_read_is_no_mistake_in_it() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["not/there.json5", folder.path().to_str().unwrap()] {
        let (code, told) = failure(&["spec", "check", path]);
        assert_eq!(code, 2);
        assert_holds(&told, &["error: ", path]);
    }
    assert_eq!(failure(&["spec", "chekc"]).0, 2);
}

#[test]
fn a_given_dialect_takes_the_place_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let own = fs::read_to_string("providers/dialects/openai-chat.json5").unwrap();
    let path = folder.path().join("openai-chat.json5");
    fs::write(&path, own.replace("\"$service_tier\"", "\"$service_class\"")).unwrap();
    let output = run(&["spec", "check", path.to_str().unwrap()]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), "1 spec, 1 mistake\n".into()));
    assert_holds(&text(&output.stderr), &["error[S011]", path.to_str().unwrap()]);
    // A dialect that cannot be parsed is told of alone, and not that nothing extends it any more.
    fs::write(&path, "{ dialect: ").unwrap();
    let output = run(&["spec", "check", path.to_str().unwrap()]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), "1 spec, 1 mistake\n".into()));
    assert_holds(&text(&output.stderr), &["error[J001]"]);
}

#[test]
fn a_spec_is_shown_with_origins() {
    insta::assert_snapshot!("spec_show_groq", data(&["spec", "show", "groq"]));
}

#[test]
fn a_spec_is_shown_without_origins() {
    let plain = data(&["spec", "show", "groq", "--no-origins"]);
    assert!(!plain.contains("  // "), "{plain}");
    assert_eq!(data(&["spec", "show", "groq", "--no-origins", "--origins"]), data(&["spec", "show", "groq"]));
    assert_holds(
        &data(&["spec", "show", "anthropic"]),
        &["// providers/dialects/anthropic.json5:", "provider: \"anthropic\""],
    );
    assert_holds(&data(&["spec", "show", "dialect:anthropic"]), &["// anthropic.json5:", "dialect: \"anthropic\""]);
    assert_eq!(data(&["spec", "show", "openai-chat"]), data(&["spec", "show", "dialect:openai-chat"]));
}

#[test]
fn a_spec_file_has_no_need_to_be_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.json5");
    fs::write(
        &path,
        "{ provider: \"own\", extends: \"openai-chat\", request: { seed: null, $drops: [\"top_k\", \"seed\"] } }",
    )
    .unwrap();
    let path = path.to_str().unwrap();
    assert_holds(&data(&["spec", "show", path]), &["provider: \"own\"", "// own.json5:1", "// openai-chat.json5:"]);
    assert_holds(&data(&["spec", "explain", path, "request.seed"]), &["removed", "`request.seed: null`"]);
    assert_holds(&data(&["spec", "expand", path]), &["pub(crate) mod own"]);
}

#[test]
fn a_place_of_a_spec_is_explained() {
    insta::assert_snapshot!(
        "spec_explain_deepseek_request_thinking",
        data(&["spec", "explain", "deepseek", "request.thinking"])
    );
    for (name, path, wanted) in [
        ("groq", "request.temperature", ["inherited from the dialect openai-chat", "Sampling temperature"].as_slice()),
        (
            "openrouter",
            "types.Part.text.cache_control",
            &["added", "A prompt-cache mark", "spelled at providers/openrouter.json5:"],
        ),
        ("groq", "messages.tool", &["inherited from the dialect openai-chat", "`text-or-list`: parts as a string"]),
        ("groq", "messages.tool.$spills", &["kinds that follow in another message"]),
        (
            "deepseek",
            "types.FinishReason.content_filter",
            &["in place of", "before    \"content_filter\"", "filter cut it off"],
        ),
        ("deepseek", "request.seed", &["removed", "gives it up by name", "before    \"$seed\""]),
        ("deepseek", "types.Source.inline", &["inherited from the dialect openai-chat"]),
        ("groq", "http.serve", &["removed", "only a dialect is a face"]),
        (
            "dialect:anthropic",
            "request.max_tokens",
            &["from      providers/dialects/anthropic.json5:", "`8192` is written"],
        ),
        ("openai-chat", "response.choices.0.message", &["holds     what an assistant's message looks like"]),
        ("dialect:openai-responses", "request.$writes", &["written and never read"]),
        ("dialect:openai-responses", "stream.steps.tool_call.$before", &["before the step's own"]),
        (
            "dialect:openai-responses",
            "messages.assistant.parts.text",
            &["is        Words.", "from      providers/dialects/openai-responses.json5"],
        ),
        ("dialect:gemini", "types.Part.tool_result", &["`wrapped(output, error)`"]),
        ("dialect:gemini", "keys", &["snake case"]),
        ("bedrock", "keeps.signatures", &["whoever signs reasoning"]),
        ("openai-chat", "limits.stop.most", &["how many are sent at most"]),
    ] {
        assert_holds(&data(&["spec", "explain", name, path]), wanted);
    }
}

#[test]
fn what_is_a_hole_stands_for_nothing_else() {
    let told = data(&["spec", "explain", "dialect:gemini", "stream.steps.error.$frame"]);
    assert_holds(&told, &["whole frame, in place of the common one", "What happened, for a person."]);
    assert!(!told.contains("assistant's message"), "{told}");
}

#[test]
fn names_that_do_not_exist_have_neighbours() {
    for (arguments, wanted) in [
        (["spec", "explain", "groq", "request.temprature"].as_slice(), "did you mean `temperature`?"),
        (&["spec", "explain", "groq", "type.Part"], "did you mean `types`?"),
        (&["spec", "explain", "grok", "request"], "did you mean `groq`?"),
        (&["spec", "show", "antropic"], "did you mean `anthropic`?"),
        (&["spec", "expand", "dialect:groq"], "there is no spec `dialect:groq`"),
        (&["spec", "show", "not-there.json5"], "not-there.json5"),
    ] {
        let (code, told) = failure(arguments);
        assert_eq!(code, 2, "{told}");
        assert_holds(&told, &[wanted]);
    }
}

#[test]
fn the_generated_rust_is_rust() {
    let rust = data(&["spec", "expand", "groq"]);
    assert_holds(&rust, &["pub(crate) mod groq", "fn write_message", "/// providers/groq.json5:"]);
    syn::parse_file(&rust).unwrap();
}

#[test]
fn the_matrix_has_three_forms() {
    assert_holds(&data(&["spec", "matrix"]), &["groq", "assistant: redacted_reasoning", "✓ kept"]);
    assert_holds(&data(&["spec", "matrix", "--format", "markdown"]), &["| **Request** |", "| `top_k` |"]);
    let json: Value = serde_json::from_str(&data(&["spec", "matrix", "--format", "json"])).unwrap();
    assert_eq!(json["rows"][0]["cells"].as_array().unwrap().len(), json["columns"].as_array().unwrap().len());
    assert!(json["columns"].as_array().unwrap().iter().any(|column| column["name"] == "groq"));
}

#[test]
fn some_specs_have_a_matrix_of_their_own() {
    let told = data(&["spec", "matrix", "groq", "deepseek"]);
    assert!(told.lines().next().unwrap().trim() == "deepseek  groq", "{told}");
    assert!(!told.contains("openrouter"), "{told}");
    let (code, told) = failure(&["spec", "matrix", "groc"]);
    assert_eq!(code, 2);
    assert_holds(&told, &["there is no spec `groc`; did you mean `groq`?"]);
}

#[test]
fn the_schema_is_json() {
    let schema: Value = serde_json::from_str(&data(&["spec", "schema"])).unwrap();
    assert_eq!(schema, wireloom_schema::spec::json_schema::schema());
}

#[test]
fn help_has_examples() {
    assert_eq!(data(&["--version"]), format!("wireloom {}\n", env!("CARGO_PKG_VERSION")));
    for arguments in [
        ["--help"].as_slice(),
        &["start", "--help"],
        &["spec", "--help"],
        &["spec", "check", "--help"],
        &["spec", "show", "--help"],
        &["spec", "explain", "--help"],
        &["spec", "expand", "--help"],
        &["spec", "matrix", "--help"],
        &["spec", "schema", "--help"],
        &["build", "--help"],
        &["sources", "--help"],
    ] {
        assert_holds(&data(arguments), &["Examples:\n  wireloom "]);
    }
}

#[test]
fn all_that_is_built_in_is_listed() {
    let told = data(&["--version", "--verbose"]);
    assert!(told.starts_with(&format!("wireloom {}\ncommit ", env!("CARGO_PKG_VERSION"))), "{told}");
    assert_holds(&told, &["profile  debug, opt-level 0", "features ", "config   none", "dialect  openai-chat "]);
    let count = wireloom::specs::SOURCES.len();
    assert_holds(&told, &[&format!("specs    {count}\n")]);
    assert_eq!(
        told.lines().filter(|line| line.starts_with("provider ") || line.starts_with("dialect ")).count(),
        count
    );
    assert_eq!(failure(&["--verbose"]).0, 2);
}

#[test]
fn what_has_mistakes_is_not_built() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::create_dir(at("specs")).unwrap();
    fs::write(at("specs/broken.json5"), BROKEN).unwrap();
    fs::write(at("config.json5"), "{ PORT: 'x', APIKEY: '$NOT_SET_ANYWHERE' }").unwrap();
    let output = at("binary");
    let (code, told) = failure(&["build", "--providers", &at("specs"), "--config", &at("config.json5"), "-o", &output]);
    assert_eq!(code, 1);
    // All mistakes at once, with their places, and nothing of cargo's.
    assert_holds(
        &told,
        &["error[S011]", "did you mean `temperature`?", "error[S013]", "broken.json5:5:", "error[C005]"],
    );
    assert_holds(&told, &["note: the environment variable `NOT_SET_ANYWHERE` is not set"]);
    assert!(!told.contains("cargo") && !told.contains("error[C002]"), "{told}");
    assert!(!std::path::Path::new(&output).exists());
    for wrong in [&["build"][..], &["build", "--providers", &at("nowhere")], &["build", "--config", &at("nowhere")]] {
        assert_eq!(failure(wrong).0, 2, "{wrong:?}");
    }
    fs::create_dir(at("empty")).unwrap();
    let (code, told) = failure(&["build", "--providers", &at("empty")]);
    assert_eq!(code, 2);
    assert_holds(&told, &["there are no specs in", ".json5"]);
    let (code, told) = failure(&["build", "--providers", "tests/odd-api", "--source", &at("empty")]);
    assert_eq!(code, 2);
    assert_holds(&told, &["has no sources of wireloom"]);
}

#[test]
fn what_would_be_built_is_shown() {
    let output = run(&["build", "--providers", "tests/odd-api", "--profile", "dev", "--features", "laws", "--dry-run"]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let root = env!("CARGO_MANIFEST_DIR");
    assert_holds(
        &told,
        &[
            &format!("cd {root} && WIRELOOM_PROVIDERS={root}/tests/odd-api WIRELOOM_DIGEST="),
            " cargo build --locked --bin wireloom --profile dev --features laws\n",
        ],
    );
}

#[test]
fn a_debug_build_carries_no_sources() {
    let folder = tempfile::tempdir().unwrap();
    let (code, told) = failure(&["sources", folder.path().join("new").to_str().unwrap()]);
    assert_eq!(code, 1);
    assert_holds(&told, &["this binary carries no sources"]);
}

#[test]
fn a_configuration_with_mistakes_is_not_started() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json5");
    fs::write(&path, "{ PORT: 'x' }").unwrap();
    let (code, told) = failure(&["start", "--config", path.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert_holds(&told, &["error[C", "config.json5:1:"]);
    let (code, told) = failure(&["start", "--config", "not/there.json5"]);
    assert_eq!(code, 2);
    assert_holds(&told, &["error: the configuration not/there.json5 cannot be read"]);
    assert_eq!(failure(&["start", "--port", "70000"]).0, 2);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = command(&["spec", "expand", "groq"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn a_decision_is_explained_without_sending_anything() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (config, request) = (path("config.json5"), path("request.json"));
    fs::write(
        &config,
        r#"{
          Providers: [
            { name: "ds", api_base_url: "https://d.example/v1/chat/completions", api_key: "sk-very-secret", models: ["chat"],
              transformer: { use: [["maxtoken", { max_tokens: 5 }]] } },
            { name: "gem", api_base_url: "https://g.example/v1beta/models/", api_key: "sk-very-secret", models: ["pro"],
              transformer: { use: ["gemini"] } },
          ],
          Router: { default: "ds,chat", think: "gem,pro" },
          fallback: { think: ["ds,chat"] },
          rules: [{ name: "blue", when: "headers['x-team'] == 'blue' && tokens > 3", to: "ds,blue" }],
          prices: { "gem,pro": { input: 2, output: 8 } },
        }"#,
    )
    .unwrap();
    fs::write(
        &request,
        r#"{ "model": "any", "max_tokens": 9, "top_k": 3, "messages": [{ "role": "user", "content": "Why is the sky blue?" }],
             "thinking": { "type": "enabled", "budget_tokens": 2000 } }"#,
    )
    .unwrap();
    let arguments = ["explain", &request, "--config", &config];
    let told = data(&arguments);
    assert_holds(
        &told,
        &[
            "The client speaks anthropic, as its body looks, and names the model `any`.",
            "The request is think.",
            "yes  think ",
            "2000 tokens for reasoning",
            "1. gem,pro (spec gemini), $2 in and $8 out for a million tokens",
            "2. ds,chat (spec openai-compatible; transformers maxtoken)",
            "POST https://g.example/v1beta/models/pro:generateContent",
            "Why is the sky blue?",
        ],
    );
    assert!(!told.contains("very-secret"), "{told}");
    let ruled = [&arguments[..], &["--header", "X-Team: blue", "--json"]].concat();
    let json: Value = serde_json::from_str(&data(&ruled)).unwrap();
    assert_eq!((&json["rule"], &json["scenario"]), (&Value::from("blue"), &Value::from("think")));
    assert_eq!(json["upstream"]["url"], "https://d.example/v1/chat/completions");
    assert_eq!(json["upstream"]["body"]["model"], "blue");
    assert!(json["lost"].as_array().unwrap().contains(&"top_k".into()), "{json:#}");
    assert!(!json.to_string().contains("very-secret"), "{json:#}");
    for (more, wanted) in [
        (vec!["--face", "nobody"], "there is no face `nobody`"),
        (vec!["--path", "/nowhere"], "nothing is asked at /nowhere"),
        (vec!["--header", "colonless"], "`colonless` is no header"),
    ] {
        let (code, said) = failure(&[&arguments[..], &more].concat());
        assert!(code == 2 && said.contains(wanted), "{said}");
    }
}
