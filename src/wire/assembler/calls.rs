//! The tool calls of an answer, as far as their pieces have come.

/// The numbers by which a step says which call it is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    /// The part's number, which tagged upstreams give.
    pub(super) index: Option<u64>,
    /// The call's number among the calls.
    pub(super) call: Option<u64>,
}

impl Number {
    fn is_absent(self) -> bool {
        self.index.is_none() && self.call.is_none()
    }

    fn is(self, other: Number) -> bool {
        match (self.call, other.call) {
            (Some(one), Some(two)) => one == two,
            _ => self.index.is_some() && self.index == other.index,
        }
    }
}

/// How far a call has been given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Not at all: it has no name yet, or another call is open.
    Kept,
    /// It is the open part.
    Open,
    /// Its part is closed.
    Closed,
}

/// One tool call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) number: Number,
    /// The upstream's name for the call.
    pub(super) id: Option<String>,
    /// The tool.
    pub(super) name: Option<String>,
    /// The arguments that have come but could not be given out.
    pub(super) arguments: String,
    /// Whether any arguments have come.
    pub(super) has_arguments: bool,
    /// How many steps are kept in this call, of which nothing has been given out.
    pub(super) kept: u64,
    pub(super) progress: Progress,
    /// Whether the upstream has closed it.
    pub(super) complete: bool,
    /// When a step last opened it. Where two calls have the same number, steps mean the one opened last.
    opened: u64,
}

/// The tool calls in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: Vec<Call>,
    /// All calls before this one are closed.
    first: usize,
    /// How many steps have opened calls.
    opens: u64,
}

impl Calls {
    /// Finds the call that a step opens or tells more about, or begins it. Gives none if the step says nothing at all
    /// and there is no call that it could repeat.
    pub(super) fn open(&mut self, number: Number, id: Option<&str>, name: Option<&str>) -> Option<usize> {
        let found = if number.is_absent() { self.unnumbered(id, name) } else { self.numbered(number, id) };
        let at = match found {
            Some(at) => at,
            None if number.is_absent() && id.is_none() && name.is_none() => return None,
            None => {
                self.calls.push(Call {
                    number,
                    id: None,
                    name: None,
                    arguments: String::new(),
                    has_arguments: false,
                    kept: 0,
                    progress: Progress::Kept,
                    complete: false,
                    opened: 0,
                });
                self.calls.len() - 1
            }
        };
        self.opens += 1;
        let call = &mut self.calls[at];
        call.opened = self.opens;
        call.kept += u64::from(call.progress == Progress::Kept);
        call.number.index = call.number.index.or(number.index);
        call.number.call = call.number.call.or(number.call);
        // Repeats are the rule with some upstreams, so only what is new is copied.
        if call.id.is_none() {
            call.id = id.map(String::from);
        }
        if call.name.is_none() {
            call.name = name.map(String::from);
        }
        Some(at)
    }

    /// The call to which a step's arguments belong.
    pub(super) fn find(&self, number: Number) -> Option<usize> {
        self.latest(|call| number.is_absent() || call.number.is(number))
    }

    /// The call that ends where a part of that number does, if it has not been given out.
    pub(super) fn kept_part(&mut self, index: u64) -> Option<&mut Call> {
        let at = self.latest(|call| call.number.index == Some(index) && call.progress == Progress::Kept)?;
        self.calls.get_mut(at)
    }

    /// The first call that could be given out.
    pub(super) fn ready(&mut self) -> Option<usize> {
        while self.calls.get(self.first).is_some_and(|call| call.progress == Progress::Closed) {
            self.first += 1;
        }
        let ready = |call: &Call| call.progress == Progress::Kept && call.name.is_some();
        self.calls.iter().skip(self.first).position(ready).map(|at| self.first + at)
    }

    /// How many steps are kept that were never given out.
    pub(super) fn kept(&self) -> u64 {
        self.calls.iter().filter(|call| call.progress == Progress::Kept).map(|call| call.kept).sum()
    }

    pub(super) fn get(&mut self, at: usize) -> &mut Call {
        &mut self.calls[at]
    }

    fn numbered(&self, number: Number, id: Option<&str>) -> Option<usize> {
        let Some(id) = id else { return self.find(number) };
        let named = |call: &Call| call.id.as_deref() == Some(id);
        // Other calls of that number do not count: upstreams are known that give every call the same number.
        self.latest(|call| call.number.is(number) && named(call))
            .or_else(|| self.find(number).filter(|&at| self.awaits_id(at)))
            .or_else(|| self.latest(|call| call.number.is_absent() && named(call)))
    }

    fn unnumbered(&self, id: Option<&str>, name: Option<&str>) -> Option<usize> {
        let last = self.latest(|_| true);
        let nameless = |at: usize| self.calls[at].name.is_none() && self.calls[at].progress == Progress::Kept;
        match (id, name) {
            (Some(id), _) => self.latest(|call| call.id.as_deref() == Some(id)).or_else(|| {
                // The id of a call may come after its name, but then it does not come with another.
                last.filter(|&at| self.awaits_id(at) && (name.is_none() || nameless(at)))
            }),
            // Two calls in a row of the same tool look like this where an upstream knows no ids.
            (None, Some(_)) => last.filter(|&at| nameless(at)),
            (None, None) => last,
        }
    }

    fn awaits_id(&self, at: usize) -> bool {
        self.calls[at].id.is_none() && self.calls[at].progress != Progress::Closed
    }

    /// Of these calls the one opened last.
    fn latest(&self, which: impl Fn(&Call) -> bool) -> Option<usize> {
        let these = self.calls.iter().enumerate().filter(|(_, call)| which(call));
        these.max_by_key(|(_, call)| call.opened).map(|(at, _)| at)
    }
}
