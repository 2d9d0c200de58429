//! How much the model is to think, and the views that vendors have of it.

use wireloom_macros::Vocabulary;

use super::Text;

/// Reasoning settings as the client stated them, and views that derive what it left unsaid.
#[derive(Clone, Debug, Default, PartialEq, Vocabulary)]
#[vocabulary(view(as_mode: ReasoningMode, as_adaptive: ReasoningMode, as_always: ReasoningMode, as_effort: Effort, as_effort_or_off: Effort, as_budget: u64, as_positive_budget: u64, as_switch: Switch, as_flag: bool))]
pub struct Reasoning<'a> {
    /// Off, adaptive or with a budget, if stated.
    pub mode: Option<ReasoningMode<'a>>,
    /// The effort, if stated.
    pub effort: Option<Effort>,
}

/// Whether the model thinks, and what bounds it.
#[derive(Clone, Debug, PartialEq, Vocabulary)]
pub enum ReasoningMode<'a> {
    /// It does not think.
    Off,
    /// It decides itself how much.
    Adaptive {
        /// How much of it the answer shows: a word of the vendor's.
        display: Option<Text<'a>>,
    },
    /// At most so much.
    Budget {
        /// Tokens.
        tokens: u64,
        /// How much of it the answer shows: a word of the vendor's.
        display: Option<Text<'a>>,
    },
}

/// How hard the model tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Vocabulary)]
pub enum Effort {
    /// Not at all: that the model does not think, in APIs whose efforts have a word for it.
    #[vocabulary(derived)]
    Off,
    /// As little as possible.
    Minimal,
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
    /// All it can.
    Max,
}

/// Reasoning as a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Vocabulary)]
pub enum Switch {
    /// The model thinks.
    On,
    /// It does not.
    Off,
}

/// Budget in tokens that stands for an effort, and up to which a budget is read as that effort.
///
/// Anthropic's smallest budget is 1,024 tokens (docs.anthropic.com, "Extended thinking"); the steps above it are ours.
const BUDGETS: [(Effort, u64); 6] = [
    (Effort::Minimal, 1_024),
    (Effort::Low, 4_096),
    (Effort::Medium, 12_288),
    (Effort::High, 32_768),
    (Effort::Xhigh, 65_536),
    (Effort::Max, 131_072),
];

impl Effort {
    /// The nearest effort that a model knows. That it is not to think is no matter of how much, and stays.
    pub fn within(self, least: Effort, most: Effort) -> Effort {
        if self == Effort::Off { self } else { self.max(least).min(most) }
    }
}

impl<'a> Reasoning<'a> {
    /// What is lost of these settings where only `told` is told of them. What one view derives from another is not lost.
    pub fn lost_in(&self, told: &Reasoning<'_>) -> impl Iterator<Item = &'static str> + use<> {
        use ReasoningMode::{Adaptive, Budget, Off};
        let kept_mode = match (&self.mode, told.as_mode()) {
            (None, _) | (Some(Off), Some(Off)) | (Some(Adaptive { .. }), Some(Adaptive { .. })) => true,
            (Some(Budget { tokens, .. }), Some(Budget { tokens: told, .. })) => *tokens == told,
            _ => false,
        };
        let display = |mode: &Option<ReasoningMode<'_>>| match mode {
            Some(Adaptive { display } | Budget { display, .. }) => display.as_deref().map(str::to_owned),
            _ => None,
        };
        let kept_display = !kept_mode || display(&self.mode).is_none() || display(&self.mode) == display(&told.mode);
        let kept_effort = self.effort.is_none() || self.as_effort().is_none() || self.as_effort() == told.as_effort();
        let lost =
            [(kept_mode, "reasoning.mode"), (kept_display, "reasoning.display"), (kept_effort, "reasoning.effort")];
        lost.into_iter().filter(|(kept, _)| !kept).map(|(_, name)| name)
    }

    /// The mode as stated; where only an effort is, the model decides how much that is.
    pub fn as_mode(&self) -> Option<ReasoningMode<'a>> {
        self.mode.clone().or_else(|| self.effort.map(|_| ReasoningMode::Adaptive { display: None }))
    }

    /// States the mode.
    pub fn set_as_mode(&mut self, mode: ReasoningMode<'a>) {
        self.mode = Some(mode);
    }

    /// The mode for models that always decide themselves how much they think: a budget is none there.
    pub fn as_adaptive(&self) -> Option<ReasoningMode<'a>> {
        self.as_mode().map(|mode| match mode {
            ReasoningMode::Budget { display, .. } => ReasoningMode::Adaptive { display },
            mode => mode,
        })
    }

    /// States the mode.
    pub fn set_as_adaptive(&mut self, mode: ReasoningMode<'a>) {
        self.mode = Some(mode);
    }

    /// The mode for models that cannot be kept from thinking: they decide how much, whatever is stated.
    pub fn as_always(&self) -> Option<ReasoningMode<'a>> {
        self.as_adaptive().map(|mode| match mode {
            ReasoningMode::Off => ReasoningMode::Adaptive { display: None },
            mode => mode,
        })
    }

    /// States the mode.
    pub fn set_as_always(&mut self, mode: ReasoningMode<'a>) {
        self.mode = Some(mode);
    }

    /// The effort as stated, else what the budget amounts to; none when the model is not to think.
    pub fn as_effort(&self) -> Option<Effort> {
        match (&self.mode, self.effort) {
            (Some(ReasoningMode::Off), _) => None,
            (_, Some(effort)) => Some(effort),
            (Some(ReasoningMode::Budget { tokens, .. }), None) => {
                Some(BUDGETS.iter().find(|(_, most)| tokens <= most).map_or(Effort::Max, |(effort, _)| *effort))
            }
            _ => None,
        }
    }

    /// States the effort; none at all is off.
    pub fn set_as_effort(&mut self, effort: Effort) {
        match effort {
            Effort::Off => self.mode = Some(ReasoningMode::Off),
            effort => self.effort = Some(effort),
        }
    }

    /// The effort, with a word for a model that is not to think.
    pub fn as_effort_or_off(&self) -> Option<Effort> {
        match self.mode {
            Some(ReasoningMode::Off) => Some(Effort::Off),
            _ => self.as_effort(),
        }
    }

    /// States the effort; none at all is off.
    pub fn set_as_effort_or_off(&mut self, effort: Effort) {
        self.set_as_effort(effort);
    }

    /// The budget as stated, else what the effort amounts to, in tokens; zero when the model is not to think.
    pub fn as_budget(&self) -> Option<u64> {
        match &self.mode {
            Some(ReasoningMode::Off) => Some(0),
            Some(ReasoningMode::Budget { tokens, .. }) => Some(*tokens),
            _ => self.effort.map(budget),
        }
    }

    /// States the budget; zero is off.
    pub fn set_as_budget(&mut self, tokens: u64) {
        self.mode = Some(match tokens {
            0 => ReasoningMode::Off,
            tokens => ReasoningMode::Budget { tokens, display: None },
        });
    }

    /// The budget for APIs that have another word for a model that is not to think: none is then stated.
    pub fn as_positive_budget(&self) -> Option<u64> {
        self.as_budget().filter(|tokens| *tokens > 0)
    }

    /// States the budget of a model that thinks; that it is not to think stays.
    pub fn set_as_positive_budget(&mut self, tokens: u64) {
        if self.mode != Some(ReasoningMode::Off) {
            self.set_as_budget(tokens);
        }
    }

    /// Whether the model is to think, if anything was stated.
    pub fn as_switch(&self) -> Option<Switch> {
        match (&self.mode, self.effort) {
            (Some(ReasoningMode::Off), _) => Some(Switch::Off),
            (None, None) => None,
            _ => Some(Switch::On),
        }
    }

    /// States whether the model is to think; a stated budget stays.
    pub fn set_as_switch(&mut self, switch: Switch) {
        match (switch, &self.mode) {
            (Switch::Off, _) => self.mode = Some(ReasoningMode::Off),
            (Switch::On, Some(ReasoningMode::Budget { .. })) => {}
            (Switch::On, _) => self.mode = Some(ReasoningMode::Adaptive { display: None }),
        }
    }

    /// Whether the model is to think, as a truth value.
    pub fn as_flag(&self) -> Option<bool> {
        self.as_switch().map(|switch| switch == Switch::On)
    }

    /// States whether the model is to think; a stated budget stays.
    pub fn set_as_flag(&mut self, flag: bool) {
        self.set_as_switch(if flag { Switch::On } else { Switch::Off });
    }
}

fn budget(effort: Effort) -> u64 {
    BUDGETS.iter().find(|(known, _)| *known == effort).map_or(0, |(_, tokens)| *tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_view_states_it_also_shows() {
        for (effort, tokens) in BUDGETS {
            let mut by_effort = Reasoning::default();
            by_effort.set_as_effort(effort);
            assert_eq!((by_effort.as_effort(), by_effort.as_budget()), (Some(effort), Some(tokens)));
            let mut by_budget = Reasoning::default();
            by_budget.set_as_budget(tokens);
            assert_eq!((by_budget.as_effort(), by_budget.as_budget()), (Some(effort), Some(tokens)));
            assert_eq!(by_budget.as_switch(), Some(Switch::On));
            assert_eq!(by_budget.as_positive_budget(), Some(tokens));
            by_budget = Reasoning { mode: Some(ReasoningMode::Off), effort: None };
            by_budget.set_as_positive_budget(tokens);
            assert_eq!((by_budget.as_switch(), by_budget.as_positive_budget()), (Some(Switch::Off), None));
            by_budget = Reasoning { mode: Some(ReasoningMode::Adaptive { display: None }), effort: None };
            by_budget.set_as_positive_budget(tokens);
            assert_eq!(by_budget.as_positive_budget(), Some(tokens));
        }
        let mut by_word = Reasoning::default();
        by_word.set_as_effort_or_off(Effort::Off);
        assert_eq!((by_word.as_effort_or_off(), by_word.as_effort()), (Some(Effort::Off), None));
        assert_eq!((by_word.mode, by_word.effort), (Some(ReasoningMode::Off), None));
        by_word = Reasoning { mode: None, effort: None };
        by_word.set_as_effort_or_off(Effort::Low);
        assert_eq!(by_word.as_effort_or_off(), Some(Effort::Low));
        for switch in [Switch::On, Switch::Off] {
            let mut reasoning = Reasoning::default();
            reasoning.set_as_switch(switch);
            assert_eq!((reasoning.as_switch(), reasoning.as_flag()), (Some(switch), Some(switch == Switch::On)));
        }
        for flag in [true, false] {
            let mut reasoning = Reasoning::default();
            reasoning.set_as_flag(flag);
            assert_eq!(reasoning.as_flag(), Some(flag));
        }
        let display = || Some("summarized".into());
        let mut adaptive = Reasoning::default();
        adaptive.set_as_adaptive(ReasoningMode::Budget { tokens: 2048, display: display() });
        assert_eq!(adaptive.as_adaptive(), Some(ReasoningMode::Adaptive { display: display() }));
        adaptive.set_as_adaptive(ReasoningMode::Off);
        assert_eq!(adaptive.as_adaptive(), Some(ReasoningMode::Off));
        let mut off = Reasoning::default();
        off.set_as_budget(0);
        assert_eq!((off.as_switch(), off.as_effort(), off.as_budget()), (Some(Switch::Off), None, Some(0)));
    }
}
