//! One JavaScript engine with a custom router in it.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use rquickjs::{
    CatchResultExt, CaughtError, Context, Ctx, Error, Function, Object, Persistent, Runtime, Value,
    context::EvalOptions, promise::MaybePromise,
};

use super::{RequestView, ScriptError, files::Folder};

/// What surrounds a custom router.
const PRELUDE: &str = include_str!("prelude.js");

/// The most bytes that it may use.
const MOST_MEMORY: usize = 64 << 20;

/// The most bytes of its stack; threads have four times as much.
const MOST_STACK: usize = 512 << 10;

/// The most steps of what a router began and did not wait for.
const MOST_LEFT: usize = 1_000;

/// The most letters of a line that it logs.
const MOST_LOGGED: usize = 2_000;

/// What a module is for.
#[derive(Clone, Copy)]
pub(super) enum Use {
    /// It decides where requests go.
    Route,
    /// It gives a part of the status line.
    Line,
}

/// When it is to be stopped.
#[derive(Clone)]
struct Clock {
    end: Rc<Cell<Instant>>,
    rang: Rc<Cell<bool>>,
}

impl Clock {
    fn start(&self, limit: Duration) {
        self.end.set(Instant::now() + limit);
        self.rang.set(false);
    }
}

/// An engine with the router loaded. It stays on its thread.
pub(super) struct Machine {
    // Before the engine that it belongs to.
    route: Persistent<Function<'static>>,
    clock: Clock,
    context: Context,
    runtime: Runtime,
    is_spoilt: Cell<bool>,
}

impl Machine {
    /// Loads a module.
    pub(super) fn load(
        folder: &Folder,
        main: &str,
        config: &str,
        limit: Duration,
        purpose: Use,
    ) -> Result<Self, ScriptError> {
        let failed = |error: Error| ScriptError::Thrown { message: error.to_string() };
        let runtime = Runtime::new().map_err(failed)?;
        runtime.set_memory_limit(MOST_MEMORY);
        runtime.set_max_stack_size(MOST_STACK);
        let clock = Clock { end: Rc::new(Cell::new(Instant::now())), rang: Rc::default() };
        let ringing = clock.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || {
            let late = Instant::now() >= ringing.end.get();
            ringing.rang.set(ringing.rang.get() || late);
            late
        })));
        let context = Context::full(&runtime).map_err(failed)?;
        clock.start(limit);
        let route = context.with(|ctx| {
            let loaded = surround(&ctx, folder, main, config, purpose).map(|route| Persistent::save(&ctx, route));
            loaded.catch(&ctx).map_err(|error| told(&error, &clock, limit))
        })?;
        Ok(Self { route, clock, context, runtime, is_spoilt: Cell::default() })
    }

    /// Asks it for a route. `count` counts the request's tokens, for as long as it takes.
    pub(super) fn route(
        &self,
        view: RequestView,
        limit: Duration,
        count: impl Fn() -> Option<u64> + 'static,
    ) -> Result<Option<String>, ScriptError> {
        let answer = self.context.with(|ctx| {
            self.clock.start(limit);
            let clock = self.clock.clone();
            let count = move || {
                let begin = Instant::now();
                let tokens = count();
                // Waiting for the count is not its fault.
                clock.end.set(clock.end.get() + begin.elapsed());
                tokens.map(|tokens| tokens as f64)
            };
            let asked = || {
                let route = self.route.clone().restore(&ctx)?;
                let count = Function::new(ctx.clone(), count)?;
                let value: Value<'_> = route.call((view.body, view.headers, view.session, count))?;
                MaybePromise::from_value(value).finish::<Value<'_>>()
            };
            let answer = asked().catch(&ctx).map_err(|error| told(&error, &self.clock, limit))?;
            understood(&answer)
        });
        let is_broken = |error: &ScriptError| {
            matches!(error, ScriptError::Slow { .. } | ScriptError::Greedy { .. } | ScriptError::Pending)
        };
        self.is_spoilt.set(answer.as_ref().is_err_and(is_broken));
        answer
    }

    /// Finishes what the router began and did not wait for, and says whether the engine is as good as before.
    pub(super) fn is_clean(&self) -> bool {
        let finished = (0..MOST_LEFT).any(|_| !matches!(self.runtime.execute_pending_job(), Ok(true)));
        finished && !self.is_spoilt.get()
    }
}

/// Runs the prelude, which loads the router.
fn surround<'js>(
    ctx: &Ctx<'js>,
    folder: &Folder,
    main: &str,
    config: &str,
    purpose: Use,
) -> rquickjs::Result<Function<'js>> {
    let lent = Object::new(ctx.clone())?;
    lent.set("log", Function::new(ctx.clone(), log)?)?;
    lent.set("compile", Function::new(ctx.clone(), compile)?)?;
    let files = folder.clone();
    let find = move |base: String, name: String| match files.find(&base, &name) {
        Ok((path, text)) => vec![path, text],
        Err(why) => vec![String::new(), String::new(), why],
    };
    lent.set("find", Function::new(ctx.clone(), find)?)?;
    let prelude: Function<'js> = ctx.eval_with_options(PRELUDE, options("prelude"))?;
    let purpose = match purpose {
        Use::Route => "route",
        Use::Line => "line",
    };
    prelude.call((lent, folder.path(), main, config, purpose))
}

fn options(name: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    options
}

/// The function around a file of CommonJS.
fn compile<'js>(ctx: Ctx<'js>, source: String, file: String) -> rquickjs::Result<Value<'js>> {
    // A line for Unix shells.
    let source = if source.starts_with("#!") { format!("//{source}") } else { source };
    // All on one line, so that the places in messages are those of the file.
    let wrapped = format!("(function (exports, require, module, __filename, __dirname) {{{source}\n}})");
    ctx.eval_with_options(wrapped, options(&file))
}

fn log(level: String, text: String) {
    let end = text.char_indices().nth(MOST_LOGGED).map_or(text.len(), |(end, _)| end);
    let text = &text[..end];
    match level.as_str() {
        "error" => tracing::error!(target: "custom_router", "{text}"),
        "warn" => tracing::warn!(target: "custom_router", "{text}"),
        "info" => tracing::info!(target: "custom_router", "{text}"),
        "debug" => tracing::debug!(target: "custom_router", "{text}"),
        _ => tracing::trace!(target: "custom_router", "{text}"),
    }
}

/// What an answer means: a route, or that the usual rules decide.
fn understood(answer: &Value<'_>) -> Result<Option<String>, ScriptError> {
    if answer.is_null() || answer.is_undefined() || answer.as_bool() == Some(false) {
        return Ok(None);
    }
    match answer.as_string().map(|text| text.to_string()) {
        Some(Ok(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        _ => Err(ScriptError::Odd { kind: answer.type_name() }),
    }
}

/// What went wrong, for people.
fn told(error: &CaughtError<'_>, clock: &Clock, limit: Duration) -> ScriptError {
    if clock.rang.get() {
        return ScriptError::Slow { limit };
    }
    match error {
        CaughtError::Error(Error::WouldBlock) => ScriptError::Pending,
        CaughtError::Error(Error::Allocation) => ScriptError::Greedy { limit: MOST_MEMORY },
        CaughtError::Error(error) => ScriptError::Thrown { message: error.to_string() },
        CaughtError::Exception(thrown) => {
            let message = thrown.message().unwrap_or_default();
            if message == "out of memory" {
                return ScriptError::Greedy { limit: MOST_MEMORY };
            }
            let stack = thrown.stack().unwrap_or_default();
            // Where the router stands is what helps, not where the prelude does.
            match stack.lines().map(str::trim).find(|line| !line.is_empty() && !line.contains("(prelude:")) {
                Some(place) => ScriptError::Thrown { message: format!("{message} ({place})") },
                None => ScriptError::Thrown { message },
            }
        }
        CaughtError::Value(value) => {
            let text = value.as_string().and_then(|text| text.to_string().ok());
            ScriptError::Thrown { message: text.unwrap_or_else(|| format!("it threw {}", value.type_name())) }
        }
    }
}
