//! Every SQL text of the sources: what `sql!` is given, and the statements across unions.

use std::{collections::BTreeMap, ops::Range};

use crate::source::{Source, sources};

/// Where the files lie whose statements see every union: `everywhere.rs`, and the folder of that name.
pub const EVERYWHERE: &str = "src/store/everywhere";
/// How statements begin.
const VERBS: [&str; 8] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "CREATE ", "DROP ", "ALTER "];

/// One statement as it stands in the sources.
pub struct Text {
    /// File and line.
    pub place: String,
    /// The text, complete: heads of `insert_many` have got one row.
    pub sql: String,
    /// Whether the function around it has a `Write`.
    pub on_write: bool,
    /// Whether it has a `EpochChange`.
    #[allow(dead_code, reason = "two suites share this file, and one of them reads it")]
    pub on_raised: bool,
    /// How many values are bound behind it, where that is one chain of calls; without the tenant.
    pub bound: Option<usize>,
}

impl Text {
    /// Whether it writes.
    pub fn writes(&self) -> bool {
        let words = self.sql.split(|c: char| !c.is_ascii_alphabetic());
        words.into_iter().any(|word| matches!(word, "INSERT" | "UPDATE" | "DELETE" | "REPLACE"))
    }

    /// The arguments it asks for: `$1`, `$2`, …
    pub fn arguments(&self) -> Vec<usize> {
        let after = self.sql.split('$').skip(1);
        let digits = after.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap());
        let mut numbers: Vec<usize> = digits.map(|digits| digits.parse().unwrap()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// Every statement pinned to a tenant.
pub fn pinned() -> Vec<Text> {
    let sources = sources("src");
    let mut pieces: Pieces = sources.iter().flat_map(pieces_in).collect();
    let of_pieces: Vec<_> = sources.iter().flat_map(|source| pieces_of_pieces_in(source, &pieces)).collect();
    pieces.extend(of_pieces);
    sources.iter().flat_map(|source| pinned_in(source, &pieces)).collect()
}

/// Texts that several statements share: macros of one string, or of strings and such macros, by their names.
type Pieces = BTreeMap<String, String>;

/// Macros without parameters whose body begins like that: name and body.
fn macros_of<'s>(
    source: &'s Source,
    beginning: &'s str,
) -> impl Iterator<Item = (String, Range<usize>)> + 's {
    source.positions("macro_rules!").into_iter().filter_map(move |at| {
        let rest = source.code[at..].strip_prefix("macro_rules! ")?;
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let body = at + source.code[at..].find('{')?;
        let body = body..body + closing(&source.code[body..]);
        let one = source.code[body.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        one.starts_with(beginning).then_some((name, body))
    })
}

fn pieces_in(source: &Source) -> Pieces {
    let found = macros_of(source, "{ () => { \"").filter_map(|(name, body)| {
        let (_, text) = source.strings.iter().find(|(quote, _)| body.contains(quote))?;
        Some((name, text.clone()))
    });
    found.collect()
}

fn pieces_of_pieces_in(source: &Source, pieces: &Pieces) -> Pieces {
    let found = macros_of(source, "{ () => { concat!(");
    found.map(|(name, body)| (name, put_together(source, body, pieces))).collect()
}

/// A text that is given in pieces: strings, and macros that stand for some.
fn put_together(source: &Source, place: Range<usize>, pieces: &Pieces) -> String {
    let literals = source.strings.iter().filter(|(quote, _)| place.contains(quote));
    let mut found: Vec<_> = literals.map(|(quote, value)| (*quote, value.as_str())).collect();
    for (name, text) in pieces {
        let uses = source.positions(&format!("{name}!()")).into_iter().filter(|at| place.contains(at));
        found.extend(uses.map(|at| (at, text.as_str())));
    }
    found.sort_unstable();
    found.into_iter().map(|(_, piece)| piece).collect()
}

/// What a text in a macro becomes for each row of the list that the macro is given: `$table` is the row's string in the place of
/// the parameter `$table:literal`. Empty where the text has no such parameter.
fn made_of_rows(source: &Source, place: &Range<usize>) -> Vec<String> {
    let Some(head) = source.positions("macro_rules!").into_iter().rfind(|at| *at < place.start) else {
        return Vec::new();
    };
    let head = &source.code[head + "macro_rules! ".len()..place.start];
    let name: String = head.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let named = head.split('$').skip(1).filter_map(|rest| rest.split_once(":literal"));
    let named = named.map(|(name, _)| name).filter(|name| name.chars().all(char::is_alphanumeric));
    let parameters: Vec<&str> = named.collect();
    let mut uses: Vec<(usize, usize)> = Vec::new();
    for (column, name) in parameters.iter().enumerate() {
        let found = source.positions(&format!("${name}")).into_iter().filter(|at| place.contains(at));
        uses.extend(found.map(|at| (at, column)));
    }
    let call = source.positions(&format!("{name}! {{")).into_iter().next().filter(|_| !uses.is_empty());
    let Some(call) = call else { return Vec::new() };
    let list = call..call + closing(&source.code[call..]);
    let inside = |place: Range<usize>| {
        let found = source.strings.iter().filter(move |(quote, _)| place.contains(quote));
        found.map(|(quote, value)| (*quote, value.as_str())).collect::<Vec<_>>()
    };
    let given = inside(list);
    let of_row = |row: &[(usize, &str)]| {
        let mut found = inside(place.clone());
        found.extend(uses.iter().map(|(at, column)| (*at, row[*column].1)));
        found.sort_unstable();
        found.into_iter().map(|(_, piece)| piece).collect()
    };
    given.chunks(parameters.len()).map(of_row).collect()
}

fn pinned_in(source: &Source, pieces: &Pieces) -> Vec<Text> {
    let texts = checked_places(source).into_iter().flat_map(|place| {
        let mut texts = made_of_rows(source, &place);
        if texts.is_empty() {
            texts.push(put_together(source, place.clone(), pieces));
        }
        texts.into_iter().map(move |sql| (place.clone(), sql))
    });
    texts
        .map(|(Range { start: at, end }, mut sql)| {
            let place = source.place(at);
            assert!(!sql.is_empty(), "{place}: write the text where `sql!` stands, so that it can be read");
            if sql.ends_with("VALUES") {
                sql = completed(source, &sql, end);
            }
            let before = function_before(&source.code, at);
            let says = |words: &[&str]| words.iter().any(|word| before.contains(word));
            // A `EpochChange` is a `Write` in which a member's epoch was raised.
            let on_raised = says(&[": &mut EpochChange"]);
            let on_write = on_raised || says(&[": &mut Write", ": &'t mut Write", ".write()"]);
            let known = on_write || says(&[": &mut Read", ".read()"]);
            assert!(known, "{place}: the function around a statement says whether it has a Read or a Write");
            let bound = bound(&source.code[end..]);
            Text { place, sql, on_write, on_raised, bound }
        })
        .collect()
}

/// Where `sql!(…)` stands.
pub fn checked_places(source: &Source) -> Vec<Range<usize>> {
    let calls = source.positions("sql!").into_iter().filter(|at| source.code[at + 4..].starts_with('('));
    calls.map(|at| at..at + 4 + closing(&source.code[at + 4..])).collect()
}

/// The statements across unions.
pub fn everywhere() -> Vec<Text> {
    let sources = sources("src");
    let seeing = sources.iter().filter(|source| source.path.starts_with(EVERYWHERE));
    let texts = seeing.flat_map(|source| source.strings.iter().map(move |text| (source, text)));
    texts
        .filter(|(_, (_, value))| is_statement(value))
        .map(|(source, (at, value))| Text {
            place: source.place(*at),
            sql: value.clone(),
            on_write: false,
            on_raised: false,
            bound: None,
        })
        .collect()
}

/// Whether a string begins as statements do.
pub fn is_statement(value: &str) -> bool {
    VERBS.iter().any(|verb| value.starts_with(verb))
}

/// The length of what stands in brackets, both included.
fn closing(code: &str) -> usize {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' if depth == 1 => return at + 1,
            ')' | '}' => depth -= 1,
            _ => {}
        }
    }
    panic!("a bracket without an end")
}

/// One row and, if it follows in the call, the tail.
fn completed(source: &Source, head: &str, end: usize) -> String {
    let list = head.trim_end_matches("VALUES").trim_end_matches(" AS (").trim_end();
    let columns = list.trim_end_matches(')').rsplit_once('(').unwrap().1;
    let named = list.len() + "VALUES".len() + 1 < head.len();
    let value = |(at, column): (usize, &str)| match (named, column.trim()) {
        // A table of values has no types of its own; the program's arguments bring theirs.
        (true, "id" | "member") => format!("CAST(${} AS UUID)", at + 1),
        (true, "at" | "seen" | "until") => format!("CAST(${} AS TIMESTAMPTZ)", at + 1),
        _ => format!("${}", at + 1),
    };
    let row: Vec<_> = columns.split(',').enumerate().map(value).collect();
    let next = source.strings.iter().find(|(at, _)| *at > end);
    let tail = next.filter(|(at, _)| source.code[end..*at].trim() == ",");
    format!("{head} ({}) {}", row.join(", "), tail.map_or("", |(_, tail)| tail))
}

/// The function around a position, up to there.
fn function_before(code: &str, inside: usize) -> &str {
    let around = code[..inside].rmatch_indices("fn ").find_map(|(at, _)| {
        let body = at + code[at..].find('{')?;
        (body + closing(&code[body..]) > inside).then_some(&code[at..inside])
    });
    around.unwrap_or("")
}

/// How many `.bind(` stand before the statement runs.
fn bound(code: &str) -> Option<usize> {
    let runs =
        [".maybe", ".one", ".all", ".map(|row|", ".run"].iter().filter_map(|call| code.find(call)).min()?;
    let chain = &code[..runs];
    (!chain.contains([';', '{'])).then(|| chain.matches(".bind(").count())
}

#[test]
fn heads_of_many_rows_are_completed() {
    let source = Source::read(
        "x.rs",
        "async fn f(tx: &mut Write) { tx.insert_many(sql!(\"INSERT INTO t (tenant, a, b) VALUES\"), \"ON CONFLICT DO NOTHING\", 2, rows, bind).await }
         async fn g(tx: &mut Read) { tx.sql(sql!(\"SELECT a FROM t WHERE tenant = $1 AND b = $2\")).bind(x.of(1)).maybe().await }",
    );
    let found = pinned_in(&source, &Pieces::new());
    assert_eq!(found[0].sql, "INSERT INTO t (tenant, a, b) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
    assert!(found[0].on_write && found[0].writes() && found[0].arguments() == [1, 2, 3]);
    assert!(!found[1].on_write && !found[1].writes() && found[1].bound == Some(1));
}

#[test]
fn pieces_are_put_together() {
    let source = Source::read(
        "x.rs",
        "macro_rules! columns { () => { \"t.a, t.b\" }; }
         async fn f(tx: &mut Read) { tx.sql(sql!(\"SELECT \", columns!(), \" FROM t WHERE t.tenant = $1\")).all().await }",
    );
    let found = pinned_in(&source, &pieces_in(&source));
    assert_eq!(found[0].sql, "SELECT t.a, t.b FROM t WHERE t.tenant = $1");
}

#[test]
fn a_text_in_a_macro_is_made_for_each_row_of_its_list() {
    let source = Source::read(
        "x.rs",
        "macro_rules! erased { ($($table:literal by $key:literal,)+) => {
             async fn f(tx: &mut Write) { [$(sql!(\"DELETE FROM \", $table, \" WHERE tenant = $1 AND \", $key)),+] }
         }; }
         erased! { \"a\" by \"id\", \"b\" by \"x, y\", }",
    );
    let found = pinned_in(&source, &pieces_in(&source));
    let texts: Vec<_> = found.iter().map(|text| text.sql.as_str()).collect();
    assert_eq!(texts, ["DELETE FROM a WHERE tenant = $1 AND id", "DELETE FROM b WHERE tenant = $1 AND x, y"]);
    assert!(found.iter().all(|text| text.on_write));
}
