//! Compiles the specs into declarations: those under `providers/`, and those in the folder that `WIRELOOM_PROVIDERS`
//! names. All mistakes are shown at once, one line each; `wireloom spec check` shows them with excerpts.

use std::{env, error::Error, fs, path::Path};

use wireloom_schema::spec::{self, files};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=providers");
    println!("cargo::rerun-if-env-changed=WIRELOOM_PROVIDERS");
    let mut folders = vec!["providers".to_owned()];
    if let Ok(folder) = env::var("WIRELOOM_PROVIDERS") {
        println!("cargo::rerun-if-changed={folder}");
        folders.push(folder);
    }
    let sources = files::read(&folders)?;
    let plans = match spec::compile(&sources) {
        Ok(plans) => plans,
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| println!("cargo::error={}", mistake.line()));
            return Ok(());
        }
    };
    let target = Path::new(&env::var("OUT_DIR")?).join("specs.rs");
    fs::write(target, spec::emit::emit(&plans)?)?;
    Ok(())
}
