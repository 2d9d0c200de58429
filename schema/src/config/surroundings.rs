//! What a file says of the machine that it is read on. Reading a file does not ask for it: it may be checked elsewhere.

use std::path::PathBuf;

use super::{
    settings::Config,
    tell::{filled, given, warning},
};
use crate::{
    diagnostic::Diagnostic,
    document::{Node, Origin},
};

/// Keys at the top whose values are paths of files.
const PATHS: [&str; 3] = ["CUSTOM_ROUTER_PATH", "REWRITE_SYSTEM_PROMPT", "GOOGLE_APPLICATION_CREDENTIALS"];

/// Warns of each file that is named and not there.
pub fn missing_files(tree: &Node, is_there: impl Fn(&std::path::Path) -> bool) -> Vec<Diagnostic> {
    let mut named: Vec<(&str, &Origin)> = PATHS.iter().filter_map(|key| filled(tree, key)).collect();
    for provider in given(tree, "Providers").map(Node::elements).unwrap_or_default() {
        let Some(tokenizer) = given(provider, "tokenizer") else { continue };
        let models = given(tokenizer, "models").map(Node::entries).unwrap_or_default();
        let ways = given(tokenizer, "default").into_iter().chain(models.iter().map(|entry| &entry.node));
        let files = ways.filter_map(|way| filled(way, "model"));
        named.extend(files.filter(|(name, _)| name.starts_with(['/', '.', '~'])));
    }
    for style in given(tree, "StatusLine").map(Node::entries).unwrap_or_default() {
        let modules = given(&style.node, "modules").map(Node::elements).unwrap_or_default();
        named.extend(modules.iter().filter_map(|module| filled(module, "scriptPath")));
    }
    let missing = named.into_iter().filter(|(path, at)| !is_variable(at) && !is_there(&home(path)));
    let told = missing.map(|(_, at)| {
        let mistake = warning("C113", at, format!("there is no file `{}`", at.written()));
        mistake.label("names a file that is not there").help("write its whole path, beginning with `/`")
    });
    told.collect()
}

/// Whether a variable gives the path, whose value messages do not show.
fn is_variable(at: &Origin) -> bool {
    at.written().contains('$')
}

/// A path below the home directory may begin with `~`.
fn home(path: &str) -> PathBuf {
    let below = path.strip_prefix("~/").zip(std::env::var_os("HOME"));
    below.map_or_else(|| path.into(), |(below, home)| PathBuf::from(home).join(below))
}

/// Warns if the address is taken, or is none of this machine's.
pub fn taken_port(tree: &Node, config: &Config, bind: impl Fn(&str, u16) -> std::io::Result<()>) -> Option<Diagnostic> {
    let error = bind(&config.host, config.port).err()?;
    let at = ["PORT", "HOST"].iter().find_map(|key| given(tree, key)).unwrap_or(tree);
    let mistake =
        warning("C114", &super::tell::opening(at), format!("port {} cannot be listened on: {error}", config.port));
    Some(mistake.label("is taken or not allowed").help("end the program that listens there, or set another `PORT`"))
}

/// The JSON pointer of the innermost value around a place; that of a key is its value's.
pub fn pointer(tree: &Node, place: &Origin) -> String {
    let inside = |outer: &Origin| {
        outer.source == place.source && outer.range.start <= place.range.start && place.range.end <= outer.range.end
    };
    let mut pointer = String::new();
    let mut node = tree;
    loop {
        let entry = node.entries().iter().find(|entry| inside(&entry.node.origin) || inside(&entry.at));
        let element = || node.elements().iter().enumerate().find(|(_, element)| inside(&element.origin));
        match entry {
            Some(entry) => {
                pointer += &format!("/{}", entry.key.replace('~', "~0").replace('/', "~1"));
                node = &entry.node;
            }
            None => match element() {
                Some((index, element)) => {
                    pointer += &format!("/{index}");
                    node = element;
                }
                None => return pointer,
            },
        }
    }
}
