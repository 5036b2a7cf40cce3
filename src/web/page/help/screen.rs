//! Screen: a page of ours drawn small for the guide, with the very words that stand on it. What it shows is said in words
//! too, for whoever does not see it.

use askama::Template;

use super::Frame;
use crate::{
    domain::tenant::ListedStep,
    web::page::{first_login::MethodOption, parts_of_name},
    wording::Words,
};

/// Units across: those of the drawing.
const WIDTH: u32 = 200;
/// How much of a line there is room for, in widths of a kanji.
const ROOM: f32 = 12.5;

/// A page, drawn small.
#[derive(Template)]
#[template(path = "part/screen.svg")]
pub(super) struct ScreenDrawing {
    height: u32,
    items: Vec<PlacedPiece>,
    /// What is to be seen, in words.
    told: String,
}

struct PlacedPiece {
    y: u32,
    piece: ScreenPiece,
}

/// What a page is made of.
enum ScreenPiece {
    /// A line of the heading.
    Title(String),
    /// A field under its label.
    Field(String),
    /// The main button.
    Button(String),
    /// A button beside it.
    Plain(String),
    /// A card to be chosen.
    Choice(String),
    /// A box to be ticked.
    Check(String),
    /// Lines of words.
    Text,
    /// A service.
    Tile(String),
    /// A QR code.
    Qr,
}

impl ScreenPiece {
    /// Units from its top to that of the next one.
    fn height(&self) -> u32 {
        match self {
            Self::Title(_) => 21,
            Self::Field(_) => 47,
            Self::Button(_) | Self::Plain(_) | Self::Choice(_) => 33,
            Self::Check(_) => 20,
            Self::Text | Self::Tile(_) => 38,
            Self::Qr => 70,
        }
    }

    /// What it is, in words; nothing for the heading, which is said first.
    fn told(&self, words: &Words<'_>) -> Option<String> {
        let said = |key: &str, label: &String| Some(words.msg1(key, "label", label));
        match self {
            Self::Title(_) => None,
            Self::Field(label) => said("help-screen-field", label),
            Self::Button(label) | Self::Plain(label) | Self::Tile(label) => said("help-screen-button", label),
            Self::Choice(label) => said("help-screen-choice", label),
            Self::Check(label) => said("help-screen-check", label),
            Self::Text => Some(words.msg("help-screen-text")),
            Self::Qr => Some(words.msg("help-screen-qr")),
        }
    }
}

impl ScreenDrawing {
    fn new(frame: &Frame<'_>, title: &str, pieces: Vec<ScreenPiece>) -> Self {
        let words = &frame.words;
        let parts: Vec<String> = pieces.iter().filter_map(|piece| piece.told(words)).collect();
        let told =
            words.msg2("help-screen", "title", title, "parts", parts.join(&words.msg("help-screen-and")));
        let (mut items, mut y) = (Vec::new(), 14);
        let titles: Vec<ScreenPiece> = lines(title).into_iter().map(ScreenPiece::Title).collect();
        let gap = titles.len();
        for (at, piece) in titles.into_iter().chain(pieces).enumerate() {
            y += if at == gap { 8 } else { 0 };
            let height = piece.height();
            items.push(PlacedPiece { y, piece });
            y += height;
        }
        Self { height: y + 8, items, told }
    }

    /// The entrance.
    pub fn top(frame: &Frame<'_>) -> Self {
        let button = ScreenPiece::Button(frame.words.msg("signin-button"));
        Self::new(frame, frame.heading().text, vec![ScreenPiece::Text, button])
    }

    /// User ID and password.
    pub fn sign_in(frame: &Frame<'_>) -> Self {
        let say = |key: &str| frame.words.msg(key);
        let pieces = vec![
            ScreenPiece::Field(say("common-user-id")),
            ScreenPiece::Field(say("common-password")),
            ScreenPiece::Button(say("signin-button")),
        ];
        Self::new(frame, &say("signin-title"), pieces)
    }

    /// The page of a group of the union's steps.
    pub fn of_steps(frame: &Frame<'_>, heading: &str, group: &[ListedStep]) -> Self {
        let say = |key: &str| frame.words.msg(key);
        let go = || ScreenPiece::Button(say("common-go"));
        let mut pieces = Vec::new();
        for step in group {
            match step {
                ListedStep::BirthDate => pieces.push(ScreenPiece::Field(say("common-birth-date"))),
                ListedStep::Terms => {
                    pieces.extend([
                        ScreenPiece::Text,
                        ScreenPiece::Button(say("first-login-agree")),
                        ScreenPiece::Plain(say("first-login-decline")),
                    ]);
                }
                ListedStep::UserId => pieces.push(ScreenPiece::Field(say("common-user-id"))),
                ListedStep::Method => {
                    let options = MethodOption::list(frame, None);
                    pieces.extend(options.into_iter().map(|option| ScreenPiece::Choice(option.label)));
                }
                ListedStep::Password => pieces.extend([
                    ScreenPiece::Field(say("common-password")),
                    ScreenPiece::Field(say("password-confirm")),
                    ScreenPiece::Check(say("session-sign-out-everywhere")),
                ]),
                ListedStep::Email => pieces.extend([
                    ScreenPiece::Field(say("common-email")),
                    ScreenPiece::Check(say("session-sign-out-everywhere")),
                ]),
            }
        }
        if !group.contains(&ListedStep::Terms) {
            pieces.push(go());
        }
        Self::new(frame, heading, pieces)
    }

    /// The code of a mail.
    pub fn confirm(frame: &Frame<'_>) -> Self {
        let say = |key: &str| frame.words.msg(key);
        let pieces =
            vec![ScreenPiece::Field(say("common-confirmation-code")), ScreenPiece::Button(say("common-go"))];
        Self::new(frame, &say("first-login-confirm-title"), pieces)
    }

    /// Setting up an app.
    pub fn app(frame: &Frame<'_>) -> Self {
        let say = |key: &str| frame.words.msg(key);
        let pieces = vec![
            ScreenPiece::Qr,
            ScreenPiece::Field(say("common-code")),
            ScreenPiece::Field(say("factor-device-name")),
            ScreenPiece::Button(say("common-go")),
        ];
        Self::new(frame, &say("factor-set-up-title"), pieces)
    }

    /// The portal page with the union's first services.
    pub fn home(frame: &Frame<'_>) -> Self {
        let services = frame.tenant.services.iter().take(3);
        let tiles = services.map(|service| {
            let label = lines(service.label_in(frame.language()).text).into_iter().next();
            ScreenPiece::Tile(label.unwrap_or_default())
        });
        Self::new(frame, &frame.words.msg("portal-services"), tiles.collect())
    }
}

/// A text in lines for which there is room: broken between words and the parts of a name, and between any two letters
/// where a part is longer than a line.
fn lines(text: &str) -> Vec<String> {
    let width = |text: &str| text.chars().map(|c| if c.is_ascii() { 0.56 } else { 1.0 }).sum::<f32>();
    let mut lines: Vec<String> = Vec::new();
    for part in text.split_inclusive([' ', '・']).flat_map(parts_of_name) {
        let is_whole = part.is_ascii() || width(part) <= ROOM;
        for piece in if is_whole { vec![part.to_owned()] } else { part.chars().map(String::from).collect() } {
            match lines.last_mut() {
                Some(line) if width(line) + width(piece.trim_end()) <= ROOM => line.push_str(&piece),
                _ => lines.push(piece),
            }
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_long_heading_is_broken_where_there_is_room_for_it() {
        assert_eq!(lines("ログイン"), ["ログイン"]);
        assert_eq!(lines("ユーザIDの変更・認証方法の設定"), ["ユーザIDの変更・", "認証方法の設定"]);
        assert_eq!(lines("日本製鋼所健康保険組合加入者ページ"), ["日本製鋼所健康保険組合", "加入者ページ"]);
        assert_eq!(lines("JAわかやま健康保険組合加入者ページ"), ["JAわかやま健康保険組合", "加入者ページ"]);
        assert_eq!(lines("健康保険組合加入者ページ"), ["健康保険組合加入者ページ"]);
        assert_eq!(lines("Change user ID, choose a method"), ["Change user ID, choose", "a method"]);
        assert!(lines("").is_empty());
    }
}
