//! `messages`: how the conversation is cut into wire messages.

use crate::{
    diagnostic::Diagnostic,
    document::{Node, Origin, Value},
    model::{
        Part,
        vocabulary::{Field, Ty, Vocabulary},
    },
    spec::plan::{Entry, Group, Pattern, SpelledVariant, kinds_of},
};

use super::{
    Lowering,
    pattern::{PARTS, Scope},
    types::head_fields,
};

/// The number of a wire message among those of its answer or request.
pub const NUMBER: Field = Field::of("index", "the number of the wire message", Ty::Unsigned);

/// The keys of a wire message, with what they are.
pub const MESSAGE_KEYS: [(&str, &str); 11] = [
    (
        "of",
        "whose parts: system, user, assistant, or one kind such as tool_result or assistant.text; a list for several",
    ),
    ("group", "how neighbours are joined: message, run or each"),
    ("first", "whether it stands before the message's other parts"),
    ("as", "what the message looks like"),
    ("$also", "what it looks like, too: read, never written"),
    ("$answers", "keys that it has in answers alone, where `$message` stands for it"),
    ("parts", "kinds of parts that have a form of their own in this message"),
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
        let Speaker { role, kinds, system } = self.speaker(of)?;
        let group = node.get("group").and_then(|node| self.choice(node, &GROUPS)).unwrap_or(Group::Message);
        if let Some(origin) = system.as_ref().filter(|_| group == Group::Each || !kinds.contains(&"text")) {
            let error = Diagnostic::error("S027", origin, "the system's words have no place in this message");
            self.error(error.label("no words of the user's here").help(
                "only a message that takes the user's text, in groups of `message` or `run`, takes the system's too",
            ));
        }
        let single = match (group, kinds.as_slice()) {
            (Group::Each, [kind]) => Part::TYPE.variants().iter().find(|variant| variant.name == *kind),
            _ => None,
        };
        let mut scope = match single {
            Some(variant) => Scope::of(format!("a part of kind `{}`", variant.name), variant.fields, "tool_result"),
            None => Scope { owner: format!("a {role} message"), fields: vec![PARTS], kinds: kinds_of(role) },
        };
        // Where an answer is made of wire messages, they may repeat what is known of it.
        scope.fields.extend(head_fields().chain([NUMBER]));
        let also: Vec<Pattern> = match node.get("$also") {
            Some(node @ Node { value: Value::List(nodes), .. }) if nodes.is_empty() => {
                self.expected(node, "an exemplar");
                Vec::new()
            }
            Some(Node { value: Value::List(nodes), .. }) => {
                nodes.iter().map(|node| self.pattern(node, &scope)).collect()
            }
            Some(node) => vec![self.pattern(node, &scope)],
            None => Vec::new(),
        };
        let parts = node.get("parts").map(|node| self.own_parts(node)).unwrap_or_default();
        Some(Entry {
            name: name.to_owned(),
            role,
            kinds,
            system: system.is_some(),
            group,
            first: self.flag(node.get("first")),
            pattern: self.pattern(exemplar, &scope),
            also,
            parts,
            fates: self.fates(node),
            origin: node.origin.clone(),
        })
    }

    /// Kinds of parts that have a form of their own in a message.
    fn own_parts(&mut self, node: &Node) -> Vec<SpelledVariant> {
        let variants = Part::TYPE.variants();
        let names: Vec<&'static str> = variants.iter().filter(|v| !v.native).map(|v| v.name).collect();
        let found = self.named(node, &names, &Part::TYPE);
        let variant = |name| variants.iter().find(|variant| variant.name == name);
        found.into_iter().filter_map(|(name, node)| Some(self.variant(&Part::TYPE, variant(name)?, node))).collect()
    }

    /// Who speaks, and which of their parts (`S027`). Beside the user's, the system's words may stand.
    fn speaker(&mut self, node: &Node) -> Option<Speaker> {
        let mut found: Option<Speaker> = None;
        for (name, origin) in self.texts(node) {
            let Some((role, kinds)) = speaker_named(&name) else {
                let names = ["system", "user", "assistant", "tool_result", "tool_call", "reasoning", "refusal"];
                let error = Diagnostic::error("S027", &origin, format!("`{name}` is nobody who speaks"));
                self.error(error.label("unknown speaker").nearest(&name, names));
                continue;
            };
            match &mut found {
                Some(speaker) if speaker.role == role => speaker.kinds.extend(kinds),
                Some(speaker) if (speaker.role, name.as_str()) == ("user", "system") => speaker.system = Some(origin),
                Some(_) => {
                    let error = Diagnostic::error("S027", &origin, "a wire message has one speaker");
                    let help = "give each speaker a message of its own; \
                                only behind the user may `system` follow, for APIs whose system cannot speak later on";
                    self.error(error.label("another speaker").help(help));
                }
                None => found = Some(Speaker { role, kinds, system: None }),
            }
        }
        if found.is_none() && matches!(&node.value, Value::List(nodes) if nodes.is_empty()) {
            self.expected(node, "a speaker");
        }
        found
    }
}

/// Who speaks in a wire message.
struct Speaker {
    role: &'static str,
    kinds: Vec<&'static str>,
    /// Where it is said that the system does, too.
    system: Option<Origin>,
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
