//! `--notices …`: where drawn credentials are written, in which form, and what is said of it afterwards.

use std::{
    cell::RefCell,
    fmt::Write as _,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{COULD_NOT_RUN, FINE, SHOWN, card::padded};
use crate::{
    cli::{CommandFault, STANDARD, fault::machine::cause, tell},
    domain::{
        origin::PublicAddress,
        saying::said,
        tenant::{Language, RosterEncoding},
    },
    portal::roster::{Notices, NoticesForm, NoticesPlace, NoticesTo, UnprintableRow},
};

/// Where notices are written, and how.
#[derive(Debug, Clone, Args)]
pub struct NoticesArgs {
    /// 仮ID・仮パスワードの書き先、- は標準出力 / where drawn credentials are written, once; - for standard output
    #[arg(long, value_name = "FILE")]
    notices: Option<PathBuf>,
    /// csv は印刷会社へ渡す表、letters は窓付き封筒に入れる手紙(HTML) / csv: a table for a print house; letters: a page (HTML) of letters for window envelopes
    #[arg(long, value_enum, default_value_t = NoticesWord::Csv, value_name = "FORM")]
    notices_as: NoticesWord,
    /// 表の文字コード: utf-8(BOM 付き)か cp932(Windows の文字コード)。なければ名簿と同じ / the table's encoding: utf-8 (with a byte order mark) or cp932 (what Windows writes); default: that of the union's rosters
    #[arg(long, value_enum, value_name = "ENCODING")]
    notices_encoding: Option<EncodingWord>,
}

/// The forms of notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NoticesWord {
    /// A table.
    Csv,
    /// Letters as one page, to be printed.
    Letters,
}

/// The encodings of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EncodingWord {
    /// UTF-8 with a mark at the beginning.
    #[value(name = "utf-8")]
    Utf8,
    /// CP932: `Shift_JIS` as Windows has it.
    Cp932,
}

impl NoticesArgs {
    /// Whether they go to standard output.
    pub fn is_output(&self) -> bool {
        self.notices.as_deref() == Some(Path::new(STANDARD))
    }

    /// What was asked for.
    ///
    /// # Errors
    /// [`CommandFault::NoticesBesideJson`], [`CommandFault::LettersInUtf8`].
    pub fn options<'a>(
        &'a self,
        public: &'a PublicAddress,
        json: bool,
    ) -> Result<NoticesOptions<'a>, CommandFault> {
        let encoding = self.notices_encoding.map(|word| match word {
            EncodingWord::Utf8 => RosterEncoding::Utf8,
            EncodingWord::Cp932 => RosterEncoding::Cp932,
        });
        let form = match self.notices_as {
            NoticesWord::Csv => NoticesForm::Csv(encoding),
            NoticesWord::Letters if encoding == Some(RosterEncoding::Cp932) => {
                return Err(CommandFault::LettersInUtf8);
            }
            NoticesWord::Letters => NoticesForm::Letters(public),
        };
        let options = NoticesOptions { path: self.notices.as_deref(), form };
        if options.is_output() && json { Err(CommandFault::NoticesBesideJson) } else { Ok(options) }
    }
}

/// Where notices are written, and how.
#[derive(Debug, Clone, Copy)]
pub struct NoticesOptions<'a> {
    /// The file, `-` being standard output.
    pub path: Option<&'a Path>,
    /// A table or letters.
    pub form: NoticesForm<'a>,
}

impl Default for NoticesOptions<'_> {
    fn default() -> Self {
        Self { path: None, form: NoticesForm::Csv(None) }
    }
}

impl<'a> NoticesOptions<'a> {
    /// How they are to be written, as one types it, where it is not the default.
    pub fn how(&self) -> &'static str {
        match self.form {
            NoticesForm::Csv(None) => "",
            NoticesForm::Csv(Some(RosterEncoding::Utf8)) => " --notices-encoding utf-8",
            NoticesForm::Csv(Some(RosterEncoding::Cp932)) => " --notices-encoding cp932",
            NoticesForm::Letters(_) => " --notices-as letters",
        }
    }

    /// A table in the union's encoding, in that file.
    pub fn file(path: &'a Path) -> Self {
        Self { path: Some(path), ..Self::default() }
    }

    /// Whether they go to standard output: the words then go elsewhere.
    pub fn is_output(self) -> bool {
        self.path == Some(Path::new(STANDARD))
    }

    /// As the deed takes it; `output` writes to standard output.
    pub fn to<'t>(self, output: &'t dyn Fn(&[u8]) -> io::Result<()>) -> Option<NoticesTo<'t>>
    where
        'a: 't,
    {
        let place = match self.path? {
            _ if self.is_output() => NoticesPlace::Output(output),
            path => NoticesPlace::File(path),
        };
        Some(NoticesTo { place, form: self.form })
    }
}

/// What a deed writes its notices to, when they go to standard output: every call is given to `out` at once.
pub fn sink<'o, 'b, 'w>(
    out: &'o RefCell<&'b mut (dyn Write + 'w)>,
) -> impl Fn(&[u8]) -> io::Result<()> + use<'o, 'b, 'w> {
    |bytes| {
        let mut out = out.borrow_mut();
        if bytes.is_empty() { out.flush() } else { out.write_all(bytes) }
    }
}

/// The exit code of a deed that is done: notices that were lost on their way are none that was fine.
pub fn code(notices: &Notices) -> u8 {
    if matches!(notices, Notices::Lost(..)) { COULD_NOT_RUN } else { FINE }
}

/// The notices, for programs.
pub fn value(notices: &Notices) -> Value {
    match notices {
        Notices::None => Value::Null,
        Notices::Due(count) => json!({ "due": count }),
        Notices::Written(count, path) => json!({ "written": count, "file": path.display().to_string() }),
        Notices::Unnamed(count, path) => {
            json!({ "written": count, "file": path.display().to_string(), "unnamed": true })
        }
        Notices::Sent(count) => json!({ "written": count }),
        Notices::Lost(count, _) => json!({ "lost": count }),
    }
}

/// What became of the notices; nothing to say when none were due.
pub fn sentence(notices: &Notices, language: Language) -> Option<String> {
    Some(match notices {
        Notices::None => return None,
        Notices::Due(count) => tell(language, &said!("notices-due", count)),
        Notices::Written(count, path) => tell(language, &said!("notices-written", path, count)),
        Notices::Unnamed(count, path) => tell(language, &said!("notices-unnamed", path, count)),
        Notices::Sent(count) => tell(language, &said!("notices-sent", count)),
        Notices::Lost(count, kind) => {
            tell(language, &said!("notices-lost", count, why = cause(&io::Error::from(*kind))))
        }
    })
}

/// Every row whose notice the encoding cannot hold, up to the usual number, and what to do.
pub fn unprintable(rows: &[UnprintableRow], language: Language) -> String {
    let mut out = String::new();
    for row in rows.iter().take(SHOWN) {
        let line = row.line.map_or_else(String::new, |line| tell(language, &said!("import-line", line)));
        let (name, characters) = (row.name.as_str(), row.characters.as_str());
        let told = tell(language, &said!("notices-unprintable-row", name, characters));
        let _ = writeln!(out, "{}", format!("  {}  {told}", padded(&line, 12)).trim_end());
    }
    if rows.len() > SHOWN {
        let _ = writeln!(out, "  {}", tell(language, &said!("import-more-rows", count = rows.len() - SHOWN)));
    }
    out + &tell(language, &said!("notices-unprintable", count = rows.len()))
}
