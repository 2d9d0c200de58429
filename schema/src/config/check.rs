//! What one part of a file says, compared with what another does, and what a schema cannot tell.

use std::net::IpAddr;

use super::{
    access, provider,
    routes::{self, Declared},
    settings::bare_host,
    tell::{filled, given, opening, warning},
    validate::not_a_url,
};
use crate::{
    diagnostic::Diagnostic,
    document::{Node, Value},
};

/// Tells of all mistakes across the parts of a file in our spelling.
pub(super) fn check(root: &Node, declared: &Declared<'_>, told: &mut Vec<Diagnostic>) {
    check_host(root, told);
    access::check(root, declared, told);
    let list = given(root, "Providers");
    let nodes = list.map(Node::elements).unwrap_or_default();
    let readable = list.is_none_or(|list| matches!(list.value, Value::List(_)));
    if nodes.is_empty() && readable && matches!(root.value, Value::Object(_)) {
        let at = opening(list.unwrap_or(root));
        let mistake = warning("C106", &at, "there are no providers, so no request can be answered");
        told.push(mistake.label("expected a provider in `Providers`"));
    }
    check_names(nodes, declared, told);
    for node in nodes {
        check_url(node, "api_base_url", declared, told);
        check_proxy(node, "proxy", declared, told);
        for entry in given(node, "headers").map(Node::entries).unwrap_or_default() {
            let value = entry.node.text().filter(|_| declared.is_known(&entry.node));
            if value.is_some_and(|value| http::HeaderValue::from_str(value).is_err()) {
                let message = format!("the header `{}` has a letter that headers cannot have", entry.key);
                told.push(Diagnostic::error("C018", &entry.node.origin, message).label("expected ASCII letters"));
            }
        }
    }
    check_proxy(root, "PROXY_URL", declared, told);
    for plugin in given(root, "plugins").map(Node::elements).unwrap_or_default() {
        if let Some((name, at)) = filled(plugin, "name").filter(|(name, _)| *name != "token-speed") {
            let mistake = warning("C109", at, format!("there is no plugin `{}`", at.written()));
            told.push(mistake.label("is ignored").nearest(name, ["token-speed"]));
        }
    }
    routes::check(root, declared, told);
}

/// Tells if others than this machine could come in without a key.
fn check_host(root: &Node, told: &mut Vec<Diagnostic>) {
    let Some((host, at)) = filled(root, "HOST") else { return };
    // A key that cannot be read is another mistake than none, and is told of elsewhere.
    let keyless = given(root, "APIKEY").is_none_or(|key| key.text().is_some_and(|key| key.trim().is_empty()))
        && given(root, "keys").is_none_or(|keys| matches!(&keys.value, Value::List(keys) if keys.is_empty()));
    if keyless && !is_loopback(bare_host(host)) {
        let message = "without `APIKEY` everyone who reaches this address can spend your providers' keys";
        let mistake = Diagnostic::error("C012", at, message).label("others than this machine reach it");
        told.push(mistake.help("set `APIKEY` or `keys`, or set `HOST` to \"127.0.0.1\""));
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn check_names(nodes: &[Node], declared: &Declared<'_>, told: &mut Vec<Diagnostic>) {
    let mut seen: Vec<&str> = Vec::new();
    for node in nodes {
        let Some((name, at)) = filled(node, "name").filter(|_| declared.is_known(node)) else { continue };
        if !given(node, "name").is_some_and(|node| declared.is_known(node)) {
            continue;
        }
        let written = at.written();
        if name.contains(',') {
            let mistake = Diagnostic::error("C007", at, format!("the provider's name `{written}` has a comma"));
            let help = "in `provider,model` the comma ends the provider's name";
            told.push(mistake.label("expected no comma").help(help));
        }
        if seen.contains(&name) {
            let mistake = Diagnostic::error("C008", at, format!("there are two providers `{written}`"));
            told.push(mistake.label("the second").help("give each provider its own name"));
        }
        seen.push(name);
    }
}

fn check_url(node: &Node, key: &str, declared: &Declared<'_>, told: &mut Vec<Diagnostic>) {
    let Some(value) = given(node, key).filter(|value| declared.is_known(value)) else { return };
    if filled(node, key).is_some_and(|(url, _)| provider::host(url).is_none()) {
        told.push(not_a_url(value, &format!("`{key}`")));
    }
}

/// A proxy is one of a few kinds. The message does not show its URL, because it may carry a password.
fn check_proxy(node: &Node, key: &str, declared: &Declared<'_>, told: &mut Vec<Diagnostic>) {
    let Some((url, at)) = filled(node, key) else { return };
    let known = given(node, key).is_some_and(|value| declared.is_known(value));
    let none = key == "proxy" && url == "direct";
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let spoken = ["http", "https", "socks4", "socks5", "socks5h"].iter().any(|one| one.eq_ignore_ascii_case(scheme));
    let hosted = rest.parse::<http::uri::Authority>().is_ok_and(|host| !host.host().is_empty())
        || rest.strip_suffix('/').is_some_and(|rest| rest.parse::<http::uri::Authority>().is_ok());
    if known && !none && !(spoken && hosted) {
        let mistake = Diagnostic::error("C017", at, format!("`{key}` is not the URL of a proxy"));
        told.push(
            mistake.label("expected a URL").help("write `http://HOST:PORT`; https, socks5 and socks5h will do, too"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_comes_in_without_a_key() {
        for host in ["127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example", "example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
