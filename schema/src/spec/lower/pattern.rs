//! Exemplars: which constant is literal, which string is a hole, and what type the hole has.

use crate::{
    diagnostic::Diagnostic,
    document::{Entry, Node, Origin, Value},
    model::vocabulary::{Field, Kind, Ty, Type, type_named},
    spec::{
        hole::{self, HoleText, Literal, Piece, StringText},
        plan::{Codec, Fates, Hole, ObjectPattern, Pattern, TextPiece, kinds_of},
    },
};

use super::Lowering;

/// What holes may name at a place.
pub(super) struct Scope {
    /// Whose values they are, for messages.
    pub(super) owner: String,
    /// The values.
    pub(super) fields: Vec<Field>,
    /// The part kinds that `$parts` stands for.
    pub(super) kinds: &'static [&'static str],
}

/// The parts of a message or an answer, in the scope of a wire message.
pub(in crate::spec) const PARTS: Field = Field::of("parts", "what is said", Ty::List(&Ty::Named("Part")));

/// The directives of exemplars, with what they are; the last three are those of steps.
pub(in crate::spec) const DIRECTIVES: [(&str, &str); 6] = [
    ("$also", "keys that are read, too, and never written"),
    ("$writes", "keys that are written and never read"),
    ("$spread", "a value whose own keys stand among these"),
    ("$frame", "the step's whole frame, in place of the common one"),
    ("$before", "frames that are written before the step's own, and say nothing where they are read"),
    (
        "$then",
        "frames that are written behind the step's own, and say nothing where they are read; of a part or a tool, elements behind it, each if it has a value",
    ),
];

/// The keys of an exemplar that say what becomes of what has no place.
pub(in crate::spec) const FATES: [&str; 4] = ["$drops", "$implies", "$degrades", "$spills"];

impl Lowering {
    /// An exemplar at the root of a type: its fates stand among its keys.
    pub(super) fn exemplar(&mut self, node: &Node, scope: &Scope) -> (Pattern, Fates) {
        let fates = self.fates(node);
        let Value::Object(entries) = &node.value else {
            return (self.pattern(node, scope), fates);
        };
        let kept = entries.iter().filter(|entry| !FATES.contains(&entry.key.as_str())).cloned().collect();
        let node = Node { value: Value::Object(kept), origin: node.origin.clone() };
        (self.pattern(&node, scope), fates)
    }

    /// `$drops`, `$implies`, `$degrades` and `$spills` of an object.
    pub(super) fn fates(&mut self, node: &Node) -> Fates {
        let mut fates = Fates::default();
        for Entry { key, node, .. } in node.entries() {
            match key.as_str() {
                "$drops" => fates.drops = self.names(node),
                "$implies" => fates.implies = self.names(node),
                "$degrades" => {
                    for Entry { key, at, node } in node.entries() {
                        if let Some(to) = self.text(node) {
                            fates.degrades.push((key.clone(), to, at.clone()));
                        }
                    }
                }
                "$spills" => {
                    for Entry { key, at, node } in node.entries() {
                        let kinds = self.texts(node).into_iter().map(|(kind, _)| kind).collect();
                        fates.spills.push((key.clone(), kinds, at.clone()));
                    }
                }
                _ => {}
            }
        }
        fates
    }

    /// A name, a list of names, or names with the reason of each, which is `true` where it is plain.
    fn names(&mut self, node: &Node) -> Vec<(String, Origin)> {
        let Value::Object(entries) = &node.value else { return self.texts(node) };
        for Entry { node, .. } in entries {
            if !matches!(node.value, Value::Text(_) | Value::Bool(true)) {
                self.expected(node, "a reason, or true");
            }
        }
        entries.iter().map(|entry| (entry.key.clone(), entry.at.clone())).collect()
    }

    /// An exemplar.
    pub(super) fn pattern(&mut self, node: &Node, scope: &Scope) -> Pattern {
        let literal = |literal| Pattern::Constant(literal, node.origin.clone());
        match &node.value {
            Value::Null => literal(Literal::Null),
            Value::Bool(value) => literal(Literal::Bool(*value)),
            Value::Number(text) => literal(Literal::Number(text.clone())),
            Value::Text(text) => self.string(node, text, scope).unwrap_or_else(|| literal(Literal::Null)),
            Value::List(nodes) => match nodes.as_slice() {
                [] => Pattern::EmptyList,
                [element] => Pattern::List(Box::new(self.pattern(element, scope)), node.origin.clone()),
                [_, second, ..] => {
                    let error = Diagnostic::error("S026", &second.origin, "a list in an exemplar has one element");
                    self.error(error.label("a second element").help("the one element stands for all of the list's"));
                    Pattern::EmptyList
                }
            },
            Value::Object(entries) if entries.is_empty() => literal(Literal::EmptyObject),
            Value::Object(entries) => Pattern::Object(self.object(entries, scope)),
        }
    }

    fn object(&mut self, entries: &[Entry], scope: &Scope) -> ObjectPattern {
        let mut object = ObjectPattern::default();
        for Entry { key, at, node } in entries {
            match key.as_str() {
                "$also" => {
                    for also in node.entries() {
                        object.also.push((also.key.clone(), self.pattern(&also.node, scope)));
                    }
                }
                "$writes" => {
                    for written in node.entries() {
                        if written.key == "$spread" {
                            object.spread = self.spread(&written.node, scope);
                            object.spread_written = true;
                            continue;
                        }
                        let pattern = Pattern::Written(Box::new(self.pattern(&written.node, scope)));
                        object.entries.push((written.key.clone(), pattern));
                    }
                }
                "$spread" => {
                    object.spread = self.spread(node, scope);
                }
                _ if key.starts_with('$') => {
                    let error = Diagnostic::error("S020", at, format!("there is no directive `{key}` here"));
                    self.error(error.label("unknown directive").nearest(key, ["$also", "$writes", "$spread"]));
                }
                _ => object.entries.push((key.clone(), self.pattern(node, scope))),
            }
        }
        object
    }

    /// The value whose keys stand among others.
    fn spread(&mut self, node: &Node, scope: &Scope) -> Option<Hole> {
        let pattern = node.text().and_then(|text| self.string(node, text, scope));
        let Some(Pattern::Hole(hole)) = pattern else {
            self.expected(node, "a hole");
            return None;
        };
        Some(hole)
    }

    fn string(&mut self, node: &Node, text: &str, scope: &Scope) -> Option<Pattern> {
        let parsed = hole::parse(node, text).map_err(|error| self.error(*error)).ok()?;
        Some(match parsed {
            StringText::Constant(text) => Pattern::Constant(Literal::Text(text), node.origin.clone()),
            StringText::Hole(hole) => Pattern::Hole(self.hole(&hole, &node.origin, scope)?),
            StringText::Interpolation(pieces) => {
                let mut lowered = Vec::new();
                for piece in pieces {
                    lowered.push(match piece {
                        Piece::Text(text) => TextPiece::Text(text),
                        Piece::Hole(name) => {
                            let (name, inner) = match name.split_once('.') {
                                Some((name, inner)) => (name.to_owned(), Some(inner.to_owned())),
                                None => (name, None),
                            };
                            let text =
                                HoleText { name, inner, kinds: None, codec: None, words: Vec::new(), default: None };
                            TextPiece::Hole(self.hole(&text, &node.origin, scope)?)
                        }
                    });
                }
                Pattern::Interpolation(lowered, node.origin.clone())
            }
        })
    }

    /// Looks up all names of a hole (`S011` to `S016`).
    fn hole(&mut self, text: &HoleText, origin: &Origin, scope: &Scope) -> Option<Hole> {
        let Some(field) = scope.fields.iter().find(|field| field.name == text.name) else {
            let error = Diagnostic::error("S011", origin, format!("{} has no `{}`", scope.owner, text.name));
            self.error(error.label("unknown value").nearest(&text.name, scope.fields.iter().map(|field| field.name)));
            return None;
        };
        let inner = match &text.inner {
            Some(name) => Some(self.inner(name, field, origin)?),
            None => None,
        };
        let ty = inner.map_or(field.ty, |inner| inner.ty);
        let codec = match &text.codec {
            Some(name) => Some(self.codec(name, &text.words, ty, origin)?),
            None => None,
        };
        let kinds = match &text.kinds {
            Some(kinds) => self.kinds(kinds, ty, origin, scope)?,
            None if ty == PARTS.ty => Vec::new(),
            None => Vec::new(),
        };
        self.check_default(text.default.as_ref(), ty, origin);
        let (words, default) = (text.words.clone(), text.default.clone());
        Some(Hole { field: *field, inner, kinds, codec, words, default, origin: origin.clone() })
    }

    fn inner(&mut self, name: &str, field: &Field, origin: &Origin) -> Option<Field> {
        let fields = match field.ty {
            Ty::Named(ty) => type_named(ty).map(|ty| ty.fields()).unwrap_or_default(),
            _ => &[],
        };
        let found = fields.iter().find(|field| field.name == name).copied();
        if found.is_none() {
            let error = Diagnostic::error("S012", origin, format!("`{}` has no `{name}`", field.name));
            self.error(error.label("unknown field or view").nearest(name, fields.iter().map(|field| field.name)));
        }
        found
    }

    fn codec(&mut self, name: &str, words: &[String], ty: Ty, origin: &Origin) -> Option<Codec> {
        let Some((codec, ..)) = Codec::ALL.iter().find(|(_, known, _)| *known == name) else {
            let error = Diagnostic::error("S013", origin, format!("there is no codec `{name}`"));
            self.error(error.label("unknown codec").nearest(name, Codec::ALL.iter().map(|(_, known, _)| *known)));
            return None;
        };
        if !codec.words().contains(&words.len()) {
            let error = Diagnostic::error("S014", origin, format!("the codec `{name}` does not take these words"));
            let help = match codec.words().end() {
                0 => format!("write `| {name}` alone"),
                _ => format!("write `| {name}(one)` or `| {name}(one, other)`"),
            };
            self.error(error.label("wrong number of words").help(help));
        }
        if !codec.takes(ty) {
            let error = Diagnostic::error("S014", origin, format!("the codec `{name}` does not take this value"));
            let fitting = Codec::ALL.iter().filter(|(codec, ..)| codec.takes(ty)).map(|(_, name, _)| *name);
            let fitting: Vec<_> = fitting.collect();
            let help = match fitting.as_slice() {
                [] => "no codec takes it: leave it out".to_owned(),
                names => format!("codecs for it: {}", names.join(", ")),
            };
            self.error(error.label("wrong codec").help(help));
        }
        Some(*codec)
    }

    fn kinds(&mut self, kinds: &[String], ty: Ty, origin: &Origin, scope: &Scope) -> Option<Vec<&'static str>> {
        let variants = match ty {
            Ty::Named(name) => type_named(name).map(Type::variants).unwrap_or_default(),
            _ => &[],
        };
        if ty != PARTS.ty && variants.is_empty() {
            let error = Diagnostic::error("S015", origin, "only parts and types of variants have kinds");
            self.error(error.label("not parts").help("leave the parentheses out"));
            return None;
        }
        let (known, of): (Vec<&'static str>, _) = match ty == PARTS.ty {
            true => (scope.kinds.to_vec(), format!("part of {}", scope.owner)),
            false => (
                variants.iter().filter(|variant| !variant.native).map(|variant| variant.name).collect(),
                "variant of this value".to_owned(),
            ),
        };
        let mut found = Vec::new();
        for kind in kinds {
            match known.iter().find(|known| *known == kind) {
                Some(kind) => found.push(*kind),
                None => {
                    let error = Diagnostic::error("S015", origin, format!("no {of} is `{kind}`"));
                    self.error(error.label("unknown kind").nearest(kind, known.iter().copied()));
                }
            }
        }
        Some(found)
    }

    /// A default must be something that could stand there (`S016`).
    fn check_default(&mut self, default: Option<&Literal>, ty: Ty, origin: &Origin) {
        let Some(default) = default else { return };
        let kind = match ty {
            Ty::Named(name) => type_named(name).map(|ty| &ty.kind),
            _ => None,
        };
        let fits = match (default, ty, kind) {
            (Literal::Null, ..) => true,
            (Literal::EmptyObject, Ty::Json, _) | (Literal::EmptyObject, _, Some(Kind::Record(_))) => true,
            (Literal::EmptyList, Ty::List(_) | Ty::Json, _) => true,
            (Literal::Word(word), _, Some(Kind::Union(variants))) => {
                variants.iter().any(|variant| variant.name == word && variant.fields.is_empty())
            }
            (Literal::Text(_), Ty::Text | Ty::List(_), _) | (Literal::Text(_), _, Some(Kind::Words(_))) => true,
            (Literal::Number(_), Ty::Unsigned | Ty::Signed | Ty::Number, _) => true,
            (Literal::Bool(_), Ty::Bool, _) => true,
            _ => false,
        };
        if !fits {
            let error = Diagnostic::error("S016", origin, "this default is not a value that could stand here");
            self.error(error.label("wrong default").help("`null`, or a value of the hole's own type"));
        }
    }
}

impl Scope {
    /// The scope of a type's fields.
    pub(super) fn of(owner: impl Into<String>, fields: &[Field], kinds_role: &str) -> Self {
        Self { owner: owner.into(), fields: fields.to_vec(), kinds: kinds_of(kinds_role) }
    }
}

/// Replaces every string that is exactly `name` by another tree.
pub(super) fn substitute(node: &Node, name: &str, by: &Node) -> Node {
    let value = match &node.value {
        Value::Text(text) if text == name => return by.clone(),
        Value::List(nodes) => Value::List(nodes.iter().map(|node| substitute(node, name, by)).collect()),
        Value::Object(entries) => {
            let entries =
                entries.iter().map(|entry| Entry { node: substitute(&entry.node, name, by), ..entry.clone() });
            Value::Object(entries.collect())
        }
        other => other.clone(),
    };
    Node { value, origin: node.origin.clone() }
}
