//! The user's own rules: conditions in the Common Expression Language, compiled and checked when the configuration is
//! loaded.

mod check;
mod facts;
mod variables;

use std::{fmt, ops::Range, sync::Arc};

use cel::{Context, Env, ExecutionError, ParseError, Program, Value};
use wireloom_schema::{
    config::{Config, RuleConfig},
    diagnostic::Diagnostic,
    document::Origin,
};

use crate::gateway::{Destination, Target};

use self::check::Checker;
pub(super) use self::facts::Facts;
use super::{routes::resolve, view::Uncounted};

/// The most bytes of a condition.
const LONGEST: usize = 4 << 10;

/// A rule that can be asked.
pub(super) struct Rule {
    pub(super) name: Arc<str>,
    pub(super) when: String,
    pub(super) destination: Destination,
    /// Its own list, if it has one.
    pub(super) fallback: Option<Vec<Destination>>,
    program: Program,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.name)
    }
}

/// Rules in their order, and what evaluating them needs.
pub(super) struct Rules {
    env: Arc<Env>,
    pub(super) list: Vec<Rule>,
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.fmt(f)
    }
}

impl Rules {
    /// Of a configuration. Rules that [`check`] refuses are not among them.
    pub(super) fn new(rules: &[RuleConfig], targets: &[Arc<Target>]) -> Self {
        let env = Arc::new(Env::stdlib());
        let compiled = rules.iter().enumerate().filter_map(|(number, rule)| {
            let to = |routes: &Vec<_>| routes.iter().filter_map(|route| resolve(targets, route)).collect();
            Some(Rule {
                name: rule.name.clone().unwrap_or_else(|| format!("rule {}", number + 1)).into(),
                when: rule.when.clone(),
                destination: resolve(targets, &rule.to)?,
                fallback: rule.fallback.as_ref().map(to),
                program: compile(&env, &rule.when).ok()?,
            })
        });
        let list = compiled.collect();
        Self { env, list }
    }

    /// Whether some condition asks for a variable.
    pub(super) fn ask_for(&self, variables: &[&str]) -> bool {
        let asks = |rule: &Rule| {
            let references = rule.program.references();
            variables.iter().any(|variable| references.has_variable(variable))
        };
        self.list.iter().any(asks)
    }

    /// Whether a rule's condition holds; an error of its evaluation in words.
    pub(super) fn holds<C: Fn() -> Option<u64> + Sync + Send>(
        &self,
        rule: &Rule,
        facts: &Facts<'_, C>,
    ) -> Result<Result<bool, String>, Uncounted> {
        let mut context = Context::with_env(self.env.clone());
        context.set_variable_resolver(facts);
        let value = rule.program.execute(&context);
        if facts.is_uncounted() {
            return Err(Uncounted);
        }
        Ok(match value {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(_) => Err("it is neither true nor false".to_owned()),
            Err(ExecutionError::NoSuchKey(key)) => Err(format!("there is no `{key}`")),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// What is wrong with a condition, and which bytes of it.
struct Flaw {
    range: Range<usize>,
    message: String,
    help: Option<String>,
}

fn compile(env: &Env, text: &str) -> Result<Program, Vec<Flaw>> {
    if text.len() > LONGEST {
        let message = format!("a condition has at most {LONGEST} bytes");
        return Err(vec![Flaw { range: 0..text.len(), message, help: None }]);
    }
    let program = env.compile(text).map_err(|errors| {
        let told = errors.errors.iter().map(|error| Flaw {
            range: place(text, error),
            message: syntax(&error.msg),
            help: None,
        });
        told.take(1).collect::<Vec<_>>()
    })?;
    let mut checker = Checker::default();
    checker.condition(program.expression());
    if checker.faults.is_empty() {
        return Ok(program);
    }
    let range = |node: u64| match program.source_info().offset_for(node) {
        Some((start, last)) => bytes_of(text, start as usize, last as usize),
        None => 0..text.len(),
    };
    let flaws = checker.faults.into_iter();
    Err(flaws.map(|fault| Flaw { range: range(fault.node), message: fault.message, help: fault.help }).collect())
}

/// What a parser says, without the lists of what it expected.
fn syntax(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let first = first.split(" expecting ").next().unwrap_or_default();
    match first.trim_start_matches("Syntax error: ").trim() {
        told if told.contains("<EOF>") => "not a condition: it ends too early".to_owned(),
        told => format!("not a condition: {told}"),
    }
}

/// Where a parser found an error, by its line and column.
fn place(text: &str, error: &ParseError) -> Range<usize> {
    let line = usize::try_from(error.pos.0 - 1).unwrap_or_default();
    let column = usize::try_from(error.pos.1 - 1).unwrap_or_default();
    let before: usize = text.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
    bytes_of(text, before + column, before + column)
}

/// The bytes of some letters; the last one if there are none.
fn bytes_of(text: &str, first: usize, last: usize) -> Range<usize> {
    let byte = |letter: usize| text.char_indices().nth(letter).map(|(at, _)| at);
    let end = byte(last.max(first) + 1).unwrap_or(text.len());
    let start = byte(first).unwrap_or_else(|| text.char_indices().next_back().map_or(0, |(at, _)| at));
    start..end.max(start)
}

/// What is wrong with the conditions of a configuration.
pub fn check(config: &Config) -> Vec<Diagnostic> {
    if config.rules.is_empty() {
        return Vec::new();
    }
    let env = Env::stdlib();
    let mut told = Vec::new();
    for rule in &config.rules {
        let Some(origin) = &rule.origin else { continue };
        for Flaw { range, message, help } in compile(&env, &rule.when).err().unwrap_or_default() {
            let mut mistake = Diagnostic::error("C030", &within(origin, &rule.when, range), message).label("here");
            mistake.help = help;
            told.push(mistake);
        }
    }
    told
}

/// A place within a text of the configuration; all of it where it is not written as it reads.
fn within(origin: &Origin, text: &str, range: Range<usize>) -> Origin {
    let written = origin.written();
    let Some(margin) = written.find(text).filter(|_| written.trim() == text.trim()) else { return origin.clone() };
    let start = origin.range.start + 1 + margin;
    Origin { source: origin.source.clone(), range: start + range.start..start + range.end }
}
