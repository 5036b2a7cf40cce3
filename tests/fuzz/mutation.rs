//! Mutation: one input becomes another one, as a tired hand, a foreign program or an attacker would make it.

/// A source of numbers that is the same for the same seed (`SplitMix64`).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of that seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { usize::try_from(self.number() % end as u64).unwrap() }
    }

    /// Whether something that happens once in so many times happens now.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of them.
    pub fn of<'l, T: ?Sized>(&mut self, list: &[&'l T]) -> &'l T {
        list[self.below(list.len())]
    }
}

/// Characters that programs disagree about: invisible, turning the direction, of many widths, of several code points,
/// growing under NFKC or in capitals, looking like another one.
const CHARACTERS: [&str; 34] = [
    "\u{feff}",
    "\u{200b}",
    "\u{200d}",
    "\u{ad}",
    "\u{202e}",
    "\u{2066}",
    "\u{a0}",
    "\u{3000}",
    "\u{2028}",
    "\u{85}",
    "\0",
    "\u{1a}",
    "\u{7f}",
    "\r",
    "\r\n",
    "\t",
    "\u{301}",
    "\u{3099}",
    "ｶﾞ",
    "㍻",
    "㋿",
    "ﷺ",
    "ß",
    "ŉ",
    "İ",
    "ı",
    "Å",
    "①",
    "２",
    "٣",
    "－",
    "ー",
    "😀",
    "\u{10ffff}",
];
/// Bytes that are no UTF-8.
const BROKEN: [&[u8]; 8] = [
    b"\xff",
    b"\xfe\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe3\x81",
    b"\x81\x40",
    b"\xfc\x4b",
];
/// Numbers at the edge of something.
const NUMBERS: [&str; 18] = [
    "0",
    "-0",
    "-1",
    "1",
    "00",
    "127",
    "128",
    "255",
    "256",
    "32768",
    "65536",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999",
    "1e309",
    "0x10",
];
/// What opens or ends something in most languages.
const SIGNS: &str = "\"'`<>()[]{}=&;:,./\\#%+-_*!?@|~^$ \n";

/// An input made of `input`, perhaps with a part of `other`.
pub fn mutated(random: &mut Random, input: &[u8], other: &[u8], words: &[&str]) -> Vec<u8> {
    let at = random.below(input.len() + 1);
    let insert = |what: &[u8]| [&input[..at], what, &input[at..]].concat();
    match random.below(15) {
        0 if !words.is_empty() => insert(random.of(words).as_bytes()),
        1 => insert(random.of(&CHARACTERS).as_bytes()),
        2 => insert(random.of(&BROKEN)),
        3 => insert(&SIGNS.as_bytes()[random.below(SIGNS.len())..][..1]),
        4 => number_instead(random, input),
        5 => {
            let part = range(random, other);
            insert(&other[part])
        }
        6 => {
            let (from, part) = (range(random, input), range(random, other));
            [&input[..from.start], &other[part], &input[from.end..]].concat()
        }
        7 => {
            let part = range(random, input);
            [&input[..part.start], &input[part.end..]].concat()
        }
        8 => {
            let part = range(random, input);
            let times = if random.one_in(8) { 200 } else { 1 + random.below(3) };
            insert(&input[part].repeat(times))
        }
        9 => input[..at].to_vec(),
        10 => lines(random, input),
        11 if !words.is_empty() => word_instead(random, input, words),
        12 => in_another_case(random, input),
        _ if input.is_empty() => insert(b"0"),
        _ => {
            let mut input = input.to_vec();
            let at = random.below(input.len());
            input[at] = if random.one_in(2) {
                input[at] ^ (1 << random.below(8))
            } else {
                u8::try_from(random.below(256)).unwrap()
            };
            input
        }
    }
}

/// A part, mostly a small one.
fn range(random: &mut Random, of: &[u8]) -> std::ops::Range<usize> {
    let start = random.below(of.len() + 1);
    let most = of.len() - start;
    let length = if random.one_in(4) { random.below(most + 1) } else { random.below(most.min(16) + 1) };
    start..start + length
}

/// Where runs of digits stand.
fn number_instead(random: &mut Random, input: &[u8]) -> Vec<u8> {
    let begins: Vec<usize> = (0..input.len())
        .filter(|at| input[*at].is_ascii_digit() && (*at == 0 || !input[at - 1].is_ascii_digit()))
        .collect();
    if begins.is_empty() {
        return [input, random.of(&NUMBERS).as_bytes()].concat();
    }
    let begin = begins[random.below(begins.len())];
    let end =
        input[begin..].iter().position(|byte| !byte.is_ascii_digit()).map_or(input.len(), |at| begin + at);
    let old = std::str::from_utf8(&input[begin..end]).unwrap();
    let new = match (random.below(3), old.parse::<u64>()) {
        (0, Ok(old)) => old.wrapping_add(1).to_string(),
        (1, Ok(old)) => old.wrapping_sub(1).to_string(),
        _ => random.of(&NUMBERS).to_owned(),
    };
    [&input[..begin], new.as_bytes(), &input[end..]].concat()
}

/// Lines changed places, twice or gone.
fn lines(random: &mut Random, input: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(3) {
        0 => lines.swap(one, other),
        1 => lines.insert(other, lines[one]),
        _ => drop(lines.remove(one)),
    }
    lines.concat()
}

/// A word in the place of another one.
fn word_instead(random: &mut Random, input: &[u8], words: &[&str]) -> Vec<u8> {
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let start = random.below(input.len() + 1);
    let Some(begin) = input[start..].iter().position(is_of_word).map(|at| start + at) else {
        return input.to_vec();
    };
    let end = input[begin..].iter().position(|byte| !is_of_word(byte)).map_or(input.len(), |at| begin + at);
    [&input[..begin], random.of(words).as_bytes(), &input[end..]].concat()
}

fn in_another_case(random: &mut Random, input: &[u8]) -> Vec<u8> {
    let mut input = input.to_vec();
    let part = range(random, &input);
    let upper = random.one_in(2);
    for byte in &mut input[part] {
        *byte = if upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
    }
    input
}
