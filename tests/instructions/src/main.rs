//! Counts the instructions that translating takes: `run` does the work of a scenario, `measure` runs itself under
//! callgrind and compares with what is checked in.

mod input;
mod measure;
mod scenario;

use std::process::ExitCode;

use scenario::Scenario;

const USAGE: &str = "\
usage: wireloom-instructions measure          count all scenarios, compare, and write counts.json
       wireloom-instructions run SCENARIO N   do the work of a scenario N times, after one time to warm up
       wireloom-instructions list             name the scenarios";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["measure"] => measure::measure(),
        ["run", name, times] => run(name, times),
        ["list"] => {
            Scenario::ALL.iter().for_each(|scenario| println!("{:24} {}", scenario.name, scenario.about));
            Ok(())
        }
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run(name: &str, times: &str) -> Result<(), String> {
    let scenario = Scenario::ALL.iter().find(|scenario| scenario.name == name);
    let scenario = scenario.ok_or_else(|| format!("there is no scenario `{name}`\n{USAGE}"))?;
    let times: u32 = times.parse().map_err(|_| format!("`{times}` is not a number\n{USAGE}"))?;
    let input = scenario.input()?;
    // One time more, so that nothing that happens only once is counted.
    for _ in 0..=times {
        scenario.work(&input)?;
    }
    Ok(())
}
