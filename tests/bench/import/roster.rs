//! Files of rosters.

use std::fmt::Write as _;

const HEADER: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\r\n";

/// Characters of family names, of given names and of kana: names as different as on a roster, so that an index over them
/// grows everywhere at once.
const FAMILY: &str = "佐藤鈴木髙橋田中伊渡辺山本村小林加吉井斎松清水﨑森池阿部石川前岡長谷近後遠青坂福太西島";
const GIVEN: &str = "花子太郎京美咲翔健陽一二三恵愛優真由香智和明正幸裕樹大輔彩奈直人";
const KANA: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ";

/// Draws the same names in each run.
struct Names {
    state: u64,
    family: Vec<char>,
    given: Vec<char>,
    kana: Vec<char>,
}

impl Names {
    fn new() -> Self {
        let all = |text: &str| text.chars().collect();
        Self { state: 1, family: all(FAMILY), given: all(GIVEN), kana: all(KANA) }
    }

    /// The next number (Knuth's MMIX generator), its best bits.
    fn next(&mut self, below: usize) -> usize {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % below
    }

    fn text(&mut self, of: fn(&Self) -> &Vec<char>, length: usize) -> String {
        (0..length)
            .map(|_| {
                let at = self.next(of(self).len());
                of(self)[at]
            })
            .collect()
    }

    /// A name, its kana, and the mailbox of an address.
    fn draw(&mut self, n: u32) -> (String, String, String) {
        let name = format!("{}　{}", self.text(|of| &of.family, 2), self.text(|of| &of.given, 2));
        let kana = format!("{} {}", self.text(|of| &of.kana, 4), self.text(|of| &of.kana, 3));
        let mailbox =
            (0..6).map(|_| char::from(b'a' + u8::try_from(self.next(26)).unwrap())).collect::<String>();
        (name, kana, format!("{mailbox}{n}"))
    }
}

/// The rows of a file.
#[derive(Clone, Copy)]
pub enum Rows {
    /// Eight in ten known from the old system, one printed, one drawn; as an old system exports it, in CP932. So many in a
    /// hundred have another name than at first.
    Known { count: u32, changed: u32 },
    /// Members with an address and nothing else to sign in with, in UTF-8.
    Newcomers { count: u32 },
}

impl Rows {
    /// The file.
    pub fn file(self) -> Vec<u8> {
        let (mut text, mut names) = (HEADER.to_owned(), Names::new());
        match self {
            Self::Known { count, changed } => {
                for n in 0..count {
                    let (kigo, bango, day) = (n % 97 + 1, 1_000_000 + n, n % 28 + 1);
                    let (name, kana, mailbox) = names.draw(n);
                    let married = if n / 7 % 100 < changed { "旧" } else { "" };
                    write!(text, "{kigo},{bango},,昭和54年{}月{day}日,{married}{name},{kana},", n % 12 + 1)
                        .unwrap();
                    match n % 10 {
                        0 => text.push_str(",,\r\n"),
                        1 => write!(text, "print{n},Ab-{n:08},{mailbox}@example.jp\r\n").unwrap(),
                        _ => write!(text, "member{n},,{mailbox}@example.jp\r\n").unwrap(),
                    }
                }
                let (bytes, _, unmappable) = encoding_rs::SHIFT_JIS.encode(&text);
                assert!(!unmappable);
                bytes.into_owned()
            }
            Self::Newcomers { count } => {
                for n in 0..count {
                    let (kigo, bango, (name, kana, mailbox)) = (n % 97 + 1, 1_000_000 + n, names.draw(n));
                    writeln!(text, "{kigo},{bango},,1979-08-22,{name},{kana},,,{mailbox}@example.jp\r")
                        .unwrap();
                }
                text.into_bytes()
            }
        }
    }
}
