//! `messages`: how the conversation is cut into wire messages.

use crate::{
    diagnostic::Diagnostic,
    document::{Node, Value},
    model::{Part, vocabulary::Vocabulary},
    spec::plan::{Entry, Group, kinds_of},
};

use super::{
    Lowering,
    pattern::{PARTS, Scope},
};

/// The keys of a wire message, with what they are.
pub const MESSAGE_KEYS: [(&str, &str); 9] = [
    ("of", "whose parts: system, user, assistant, or one kind such as tool_result or assistant.text"),
    ("group", "how neighbours are joined: message, run or each"),
    ("first", "whether it stands before the message's other parts"),
    ("as", "what the message looks like"),
    ("$also", "what it looks like, too: read, never written"),
    ("$drops", "what is lost here, with the reason"),
    ("$implies", "what is said without being written, with the reason"),
    ("$degrades", "what is written as another"),
    ("$spills", "kinds that follow in another message, by its name"),
];

/// The words of `group`.
pub const GROUPS: [(&str, Group); 3] = [("message", Group::Message), ("run", Group::Run), ("each", Group::Each)];

impl Lowering {
    pub(super) fn messages(&mut self, node: &Node) -> Vec<Entry> {
        node.entries().iter().filter_map(|entry| self.message(&entry.key, &entry.node)).collect()
    }

    fn message(&mut self, name: &str, node: &Node) -> Option<Entry> {
        self.known_keys(node, MESSAGE_KEYS.iter().map(|(key, _)| *key));
        let (Some(of), Some(exemplar)) = (node.get("of"), node.get("as")) else {
            let error = Diagnostic::error("S022", &node.origin, format!("the message `{name}` lacks `of` or `as`"));
            self.error(error.label("incomplete").help("`of` says whose parts it holds, `as` what it looks like"));
            return None;
        };
        let (role, kinds) = self.speaker(of)?;
        let group = node.get("group").and_then(|node| self.choice(node, &GROUPS)).unwrap_or(Group::Message);
        let single = match (group, kinds.as_slice()) {
            (Group::Each, [kind]) => Part::TYPE.variants().iter().find(|variant| variant.name == *kind),
            _ => None,
        };
        let scope = match single {
            Some(variant) => Scope::of(format!("a part of kind `{}`", variant.name), variant.fields, "tool_result"),
            None => Scope { owner: format!("a {role} message"), fields: vec![PARTS], kinds: kinds_of(role) },
        };
        let also = node.get("$also").map(|node| self.pattern(node, &scope));
        Some(Entry {
            name: name.to_owned(),
            role,
            kinds,
            group,
            first: self.flag(node.get("first")),
            pattern: self.pattern(exemplar, &scope),
            also: also.into_iter().collect(),
            fates: self.fates(node),
            origin: node.origin.clone(),
        })
    }

    /// Who speaks, and which of their parts (`S027`).
    fn speaker(&mut self, node: &Node) -> Option<(&'static str, Vec<&'static str>)> {
        let mut found: Option<(&'static str, Vec<&'static str>)> = None;
        for (name, origin) in self.texts(node) {
            let Some((role, kinds)) = speaker_named(&name) else {
                let names = ["system", "user", "assistant", "tool_result", "tool_call", "reasoning", "refusal"];
                let error = Diagnostic::error("S027", &origin, format!("`{name}` is nobody who speaks"));
                self.error(error.label("unknown speaker").nearest(&name, names));
                continue;
            };
            match &mut found {
                Some((known, all)) if *known == role => all.extend(kinds),
                Some(_) => {
                    let error = Diagnostic::error("S027", &origin, "a wire message has one speaker");
                    self.error(error.label("another speaker").help("give each speaker a message of its own"));
                }
                None => found = Some((role, kinds)),
            }
        }
        if found.is_none() && matches!(&node.value, Value::List(nodes) if nodes.is_empty()) {
            self.expected(node, "a speaker");
        }
        found
    }
}

/// All names that `of` knows, with the speaker and the kinds of each.
pub fn speakers() -> Vec<(String, &'static str, Vec<&'static str>)> {
    let roles = ["system", "user", "assistant"];
    let kinds = || roles.into_iter().flat_map(|role| kinds_of(role).iter().map(move |kind| (role, *kind)));
    let mut names: Vec<String> = roles.map(str::to_owned).into();
    for name in kinds().map(|(_, kind)| kind.to_owned()).chain(kinds().map(|(role, kind)| format!("{role}.{kind}"))) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let known = |name: String| speaker_named(&name).map(|(role, kinds)| (name, role, kinds));
    names.into_iter().filter_map(known).collect()
}

/// A role with all kinds that no other message claims, `role.kind`, or a kind that only one role has.
fn speaker_named(name: &str) -> Option<(&'static str, Vec<&'static str>)> {
    let roles = ["system", "user", "assistant"];
    if let Some(role) = roles.into_iter().find(|role| *role == name) {
        // Tool results are named where they are wanted: most APIs keep them apart.
        return Some((role, kinds_of(role).iter().copied().filter(|kind| *kind != "tool_result").collect()));
    }
    let (wanted_role, wanted_kind) = name.split_once('.').map_or((None, name), |(role, kind)| (Some(role), kind));
    let mut owners = roles.into_iter().filter_map(|role| {
        let kind = kinds_of(role).iter().find(|kind| **kind == wanted_kind)?;
        wanted_role.is_none_or(|wanted| wanted == role).then_some((role, vec![*kind]))
    });
    let owner = owners.next()?;
    owners.next().is_none().then_some(owner)
}
