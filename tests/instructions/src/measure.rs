//! Counting under callgrind, and comparing with the counts that are checked in.

use std::{fs, path::Path, process::Command};

use serde_json::{Map, Value, json};

use crate::scenario::Scenario;

/// Counts all scenarios, prints old and new, and writes the new.
pub(crate) fn measure() -> Result<(), String> {
    if cfg!(debug_assertions) {
        return Err("counts of a debug build mean nothing: run with --release".into());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|_| "{}".into());
    let old: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut counts = Map::new();
    println!("{:24} {:>12} {:>12} {:>8} {:>9}", "scenario", "old", "new", "percent", "per byte");
    for scenario in &Scenario::ALL {
        let bytes = scenario.input()?.len() as u64;
        let more = count(scenario.name, 2 * scenario.times)?;
        let one = more.saturating_sub(count(scenario.name, scenario.times)?) / u64::from(scenario.times);
        let per_byte = (one as f64 / bytes as f64 * 100.0).round() / 100.0;
        let before = old[scenario.name]["instructions"].as_u64();
        let change = before.map(|before| format!("{:+.2}", (one as f64 / before as f64 - 1.0) * 100.0));
        let (before, change) =
            (before.map_or("-".to_owned(), |before| before.to_string()), change.unwrap_or("-".to_owned()));
        println!("{:24} {before:>12} {one:>12} {change:>8} {per_byte:>9.2}", scenario.name);
        counts.insert(scenario.name.into(), json!({ "instructions": one, "bytes": bytes, "per_byte": per_byte }));
    }
    fs::write(&path, format!("{:#}\n", Value::Object(counts))).map_err(|error| format!("{}: {error}", path.display()))
}

/// The instructions of a whole run.
fn count(name: &str, times: u32) -> Result<u64, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(own)
        .args(["run", name, &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be run, it is needed to count: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    match collected {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("{name} cannot be counted:\n{told}")),
    }
}
