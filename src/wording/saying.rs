//! Sayings in words: what the other rooms found out, for the operator and the union's staff.

use fluent_bundle::{FluentArgs, FluentValue};

use super::Words;
use crate::domain::saying::{Saying, SayingValue};

impl Words<'_> {
    /// The sentence in this language.
    pub fn tell(&self, saying: &Saying) -> String {
        let mut args = FluentArgs::with_capacity(saying.values().len());
        for (name, value) in saying.values() {
            args.set(*name, self.value(value));
        }
        self.say(saying.name(), Some(&args))
    }

    fn value(&self, value: &SayingValue) -> FluentValue<'static> {
        match value {
            SayingValue::Number(number) => FluentValue::from(*number),
            other => FluentValue::from(self.told(other)),
        }
    }

    /// A value as text.
    fn told(&self, value: &SayingValue) -> String {
        match value {
            SayingValue::Text(text) => text.clone(),
            SayingValue::Number(number) => number.to_string(),
            SayingValue::Said(saying) => self.tell(saying),
            SayingValue::Several(values, between) => {
                let values: Vec<_> = values.iter().map(|value| self.told(value)).collect();
                values.join(&self.msg(between))
            }
        }
    }
}
