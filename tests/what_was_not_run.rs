//! What plain `cargo test` left out, said at its end.
//!
//! Not a test: a target without a harness, named so that cargo runs it last. `tests/run` installs what the left-out
//! suites need and runs everything.
#![expect(clippy::print_stdout, reason = "saying it is this target's whole job")]

fn main() {
    // A runner that lists tests (`--list`) wants names and nothing else; there are none here.
    // `tests/run` runs the other suites itself, so it asks for silence.
    let listing = std::env::args().any(|argument| argument == "--list");
    let everything_runs = std::env::var_os("PORTAL_TEST_EVERYTHING").is_some();
    if listing || everything_runs {
        return;
    }
    println!(
        "
not run by `cargo test`:
  house_postgres      statements and schemas on PostgreSQL: needs a server (PORTAL_TEST_POSTGRES=postgres://…)
  journeys            on PostgreSQL (PORTAL_TEST_DATABASE=postgres): needs the same
  faults              disks that fail, databases that fall silent: needs strace and PostgreSQL's own programs
  chromium            the journeys in a real browser: needs chromium and chromedriver
`tests/run` installs what they need and runs everything; `tests/run quick` leaves the browser out.
"
    );
}
