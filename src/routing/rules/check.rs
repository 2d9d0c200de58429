//! Whether a condition can be evaluated: its names are known, its types fit, its cost is bounded.

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators as op};
use wireloom_schema::diagnostic::nearest;

use super::variables::Variable;

/// How deep loops may stand in loops.
const DEEPEST: usize = 2;

/// A type, as far as conditions have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Bool,
    Int,
    Float,
    Text,
    Null,
    List(Box<Ty>),
    Map(Box<Ty>),
    /// Anything: nothing is known of it.
    Any,
}

impl Ty {
    fn name(&self) -> &'static str {
        match self {
            Ty::Bool => "a truth value",
            Ty::Int | Ty::Float => "a number",
            Ty::Text => "a text",
            Ty::Null => "null",
            Ty::List(_) => "a list",
            Ty::Map(_) => "a map",
            Ty::Any => "anything",
        }
    }

    fn is(&self, other: &Ty) -> bool {
        matches!(self, Ty::Any) || self == other
    }

    fn is_number(&self) -> bool {
        matches!(self, Ty::Int | Ty::Float | Ty::Any)
    }

    fn compares_with(&self, other: &Ty) -> bool {
        match (self, other) {
            (Ty::Any, _) | (_, Ty::Any) => true,
            (Ty::List(own), Ty::List(other)) | (Ty::Map(own), Ty::Map(other)) => own.compares_with(other),
            _ => self == other || self.is_number() && other.is_number(),
        }
    }
}

/// What is wrong with a condition, and the node where.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) node: u64,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// Checks an expression.
#[derive(Default)]
pub(super) struct Checker {
    pub(super) faults: Vec<Fault>,
    /// The variables of loops, the innermost last.
    scope: Vec<(String, Ty)>,
    depth: usize,
}

impl Checker {
    /// Checks that an expression is a condition.
    pub(super) fn condition(&mut self, expr: &IdedExpr) {
        let ty = self.ty(expr);
        if !ty.is(&Ty::Bool) {
            self.fault(expr, format!("a condition is true or false, and this is {}", ty.name()));
        }
    }

    fn fault(&mut self, expr: &IdedExpr, message: String) {
        self.faults.push(Fault { node: expr.id, message, help: None });
    }

    fn unknown<'n>(&mut self, expr: &IdedExpr, message: String, given: &str, valid: impl IntoIterator<Item = &'n str>) {
        self.faults.push(Fault { node: expr.id, message, help: nearest(given, valid) });
    }

    fn ty(&mut self, expr: &IdedExpr) -> Ty {
        match &expr.expr {
            Expr::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => Ty::Bool,
                LiteralValue::Double(_) => Ty::Float,
                LiteralValue::Int(_) | LiteralValue::UInt(_) => Ty::Int,
                LiteralValue::String(_) => Ty::Text,
                LiteralValue::Null => Ty::Null,
                LiteralValue::Bytes(_) => Ty::Any,
            },
            Expr::Ident(name) => self.variable(expr, name),
            Expr::Select(select) => match self.ty(&select.operand) {
                Ty::Map(_) if select.test => Ty::Bool,
                Ty::Map(inner) => *inner,
                Ty::Any => Ty::Any,
                other => {
                    self.fault(expr, format!("{} has no `.{}`", other.name(), select.field));
                    Ty::Any
                }
            },
            Expr::List(list) => {
                let types: Vec<Ty> = list.elements.iter().map(|element| self.ty(element)).collect();
                let first = types.first().cloned().unwrap_or(Ty::Any);
                let same = types.iter().all(|ty| *ty == first);
                Ty::List(Box::new(if same { first } else { Ty::Any }))
            }
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.ty(&entry.key);
                        self.ty(&entry.value);
                    }
                }
                Ty::Map(Box::new(Ty::Any))
            }
            Expr::Comprehension(comprehension) => self.comprehension(expr, comprehension),
            Expr::Call(call) => {
                let arguments = call.target.as_deref().into_iter().chain(&call.args);
                let arguments: Vec<(&IdedExpr, Ty)> = arguments.map(|argument| (argument, self.ty(argument))).collect();
                self.call(expr, &call.func_name, call.target.is_some(), &arguments)
            }
            Expr::Struct(_) | Expr::Unspecified => {
                self.fault(expr, "conditions make no objects".into());
                Ty::Any
            }
        }
    }

    fn variable(&mut self, expr: &IdedExpr, name: &str) -> Ty {
        if let Some((_, ty)) = self.scope.iter().rev().find(|(known, _)| known == name) {
            return ty.clone();
        }
        if let Some(variable) = Variable::named(name) {
            return variable.ty();
        }
        self.unknown(expr, format!("there is no variable `{name}`"), name, Variable::ALL.map(|(name, _)| name));
        Ty::Any
    }

    fn comprehension(&mut self, expr: &IdedExpr, loop_: &ComprehensionExpr) -> Ty {
        let element = match self.ty(&loop_.iter_range) {
            Ty::List(inner) => *inner,
            Ty::Map(_) => Ty::Text,
            Ty::Any => Ty::Any,
            other => {
                self.fault(expr, format!("this goes through lists and maps, not {}", other.name()));
                Ty::Any
            }
        };
        self.depth += 1;
        if self.depth > DEEPEST {
            self.fault(expr, format!("more than {DEEPEST} loops within each other cost too much"));
        }
        let gathered = self.ty(&loop_.accu_init);
        let before = self.scope.len();
        self.scope.push((loop_.iter_var.clone(), element));
        self.scope.extend(loop_.iter_var2.iter().map(|name| (name.clone(), Ty::Any)));
        self.scope.push((loop_.accu_var.clone(), gathered));
        self.ty(&loop_.loop_cond);
        self.ty(&loop_.loop_step);
        let result = self.ty(&loop_.result);
        self.scope.truncate(before);
        self.depth -= 1;
        result
    }

    fn call(&mut self, expr: &IdedExpr, name: &str, is_method: bool, arguments: &[(&IdedExpr, Ty)]) -> Ty {
        let types: Vec<&Ty> = arguments.iter().map(|(_, ty)| ty).collect();
        match (name, types.as_slice()) {
            (op::LOGICAL_AND | op::LOGICAL_OR | op::LOGICAL_NOT | op::NOT_STRICTLY_FALSE, _) => {
                for (argument, ty) in arguments.iter().filter(|(_, ty)| !ty.is(&Ty::Bool)) {
                    self.fault(argument, format!("expected a truth value, found {}", ty.name()));
                }
                Ty::Bool
            }
            (op::CONDITIONAL, [condition, then, other]) => {
                if !condition.is(&Ty::Bool) {
                    self.fault(arguments[0].0, format!("expected a truth value, found {}", condition.name()));
                }
                if then == other { (*then).clone() } else { Ty::Any }
            }
            (op::EQUALS | op::NOT_EQUALS, [left, right]) => {
                if !left.compares_with(right) {
                    self.fault(expr, format!("{} is never {}", left.name(), right.name()));
                }
                self.words(arguments[0].0, &[arguments[1].0]);
                self.words(arguments[1].0, &[arguments[0].0]);
                Ty::Bool
            }
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [left, right]) => {
                let ordered = |ty: &Ty| ty.is_number() || *ty == Ty::Text;
                if !(left.compares_with(right) && ordered(left) && ordered(right)) {
                    self.fault(expr, format!("{} cannot be compared with {}", left.name(), right.name()));
                }
                Ty::Bool
            }
            (op::IN, [element, container]) => {
                let fits = match container {
                    Ty::List(inner) => element.compares_with(inner),
                    Ty::Map(_) => element.is(&Ty::Text),
                    other => other.is(&Ty::Any),
                };
                if !fits {
                    self.fault(expr, format!("{} is never in {}", element.name(), container.name()));
                }
                if let Expr::List(list) = &arguments[1].0.expr {
                    self.words(arguments[0].0, &list.elements.iter().collect::<Vec<_>>());
                }
                Ty::Bool
            }
            (op::ADD, [Ty::Text, Ty::Text]) => Ty::Text,
            (op::ADD, [Ty::List(left), Ty::List(right)]) => {
                Ty::List(if left == right { left.clone() } else { Box::new(Ty::Any) })
            }
            (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, [left, right]) => {
                if !(left.is_number() && right.is_number() && left.compares_with(right)) || mixes(left, right) {
                    self.fault(expr, format!("this cannot be done with {} and {}", kind(left), kind(right)));
                }
                if **left == Ty::Any { Ty::Any } else { (*left).clone() }
            }
            (op::NEGATE, [operand]) if operand.is_number() => (*operand).clone(),
            (op::INDEX, [Ty::List(inner), index]) if index.is(&Ty::Int) => (**inner).clone(),
            (op::INDEX, [Ty::Map(inner), index]) if index.is(&Ty::Text) => (**inner).clone(),
            (op::INDEX, [Ty::Any, _]) => Ty::Any,
            ("size", [Ty::Text | Ty::List(_) | Ty::Map(_) | Ty::Any]) => Ty::Int,
            ("contains" | "startsWith" | "endsWith", [subject, word]) if is_method => {
                self.texts(expr, name, &[subject, word]);
                Ty::Bool
            }
            ("matches", [subject, pattern]) => {
                self.texts(expr, name, &[subject, pattern]);
                if let Expr::Literal(LiteralValue::String(text)) = &arguments[1].0.expr
                    && let Err(error) = regex::Regex::new(text.inner())
                {
                    let told = error.to_string();
                    let told = told.lines().last().unwrap_or_default().trim_start_matches("error: ");
                    self.fault(arguments[1].0, format!("not a regular expression: {told}"));
                }
                Ty::Bool
            }
            ("string", [_]) => Ty::Text,
            ("int", [_]) => Ty::Int,
            ("double", [_]) => Ty::Float,
            _ => {
                const FUNCTIONS: [&str; 8] =
                    ["contains", "startsWith", "endsWith", "matches", "size", "string", "int", "double"];
                match FUNCTIONS.contains(&name) || name.contains('_') {
                    true => {
                        let found: Vec<&str> = types.iter().map(|ty| ty.name()).collect();
                        self.fault(expr, format!("this cannot be done with {}", found.join(" and ")));
                    }
                    false => {
                        let macros = ["exists", "all", "exists_one", "filter", "map", "has"];
                        let valid = FUNCTIONS.into_iter().chain(macros);
                        self.unknown(expr, format!("there is no function `{name}` of this form"), name, valid);
                    }
                }
                Ty::Any
            }
        }
    }

    fn texts(&mut self, expr: &IdedExpr, name: &str, types: &[&Ty]) {
        if let Some(other) = types.iter().find(|ty| !ty.is(&Ty::Text)) {
            self.fault(expr, format!("`{name}` is for texts, and this is {}", other.name()));
        }
    }

    /// Tells of words that a variable never is.
    fn words(&mut self, variable: &IdedExpr, others: &[&IdedExpr]) {
        let Expr::Ident(name) = &variable.expr else { return };
        let Some(words) = Variable::named(name).and_then(Variable::words) else { return };
        for other in others {
            if let Expr::Literal(LiteralValue::String(text)) = &other.expr
                && !words.contains(&text.inner())
            {
                let message = format!("`{name}` is never '{}'", text.inner());
                self.unknown(other, message, text.inner(), words.iter().copied().filter(|word| !word.is_empty()));
            }
        }
    }
}

fn mixes(left: &Ty, right: &Ty) -> bool {
    matches!((left, right), (Ty::Int, Ty::Float) | (Ty::Float, Ty::Int))
}

fn kind(ty: &Ty) -> &'static str {
    match ty {
        Ty::Int => "a whole number",
        Ty::Float => "a number with a fraction",
        ty => ty.name(),
    }
}
