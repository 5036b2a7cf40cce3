//! Colour: what stands out on a terminal, and plain text everywhere else.

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use anstyle::{AnsiColor, Style};

/// Whether words may be coloured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Colour(bool);

impl Colour {
    /// As that stream takes it: on a terminal only, unless `NO_COLOR`, `CLICOLOR` or `CLICOLOR_FORCE` say otherwise.
    pub fn of(stream: &impl RawStream) -> Self {
        Self(AutoStream::choice(stream) != ColorChoice::Never)
    }

    /// Whether they may.
    pub fn is_on(self) -> bool {
        self.0
    }

    /// Words about what is wrong.
    pub fn bad(self, words: &str) -> String {
        self.painted(words, AnsiColor::Red)
    }

    /// Words about what may be wrong.
    pub fn doubtful(self, words: &str) -> String {
        self.painted(words, AnsiColor::Yellow)
    }

    /// Words that only inform.
    pub fn quiet(self, words: &str) -> String {
        self.painted(words, AnsiColor::Cyan)
    }

    fn painted(self, words: &str, colour: AnsiColor) -> String {
        if !self.0 {
            return words.to_owned();
        }
        let style = Style::new().fg_color(Some(colour.into())).bold();
        format!("{style}{words}{style:#}")
    }
}
