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
    let folder = env::var("OUT_DIR")?;
    let folder = Path::new(&folder);
    fs::write(folder.join("specs.rs"), spec::emit::emit(&plans)?)?;
    let texts: Vec<(&str, &str)> = sources.iter().map(|source| (source.path.as_str(), source.text.as_str())).collect();
    fs::write(folder.join("sources.rs"), format!("&{texts:#?}"))?;
    Ok(())
}
