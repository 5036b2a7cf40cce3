//! What leaves the program: connections it opens, and lines it writes.

use std::fs;

use crate::program::{Program, sqlite};

/// M13: with a file as its database and without a mail server there is nobody to connect to.
#[test]
fn no_connection_is_opened_outward() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    // -D: strace stands aside, and the process that was started is the program.
    let strace = ["strace", "-D", "-f", "-qq", "-e", "trace=connect,listen", "-o", calls.to_str().unwrap()];
    let program = Program::start_under(&strace, &sqlite(folder.path()));
    for path in ["/", "/signin", "/recovery/password", "/recovery/user-id", "/help", "/no-such-page"] {
        let answer = program
            .say(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", program.host()))
            .unwrap();
        assert!(answer.status < 500, "{path}: {}", answer.head);
    }
    program.works("a program that is watched");
    drop(program);
    let calls = fs::read_to_string(calls).unwrap();
    assert!(calls.contains("listen("), "nothing was watched: {calls}");
    let outward: Vec<_> =
        calls.lines().filter(|call| call.contains("connect(") && !call.contains("AF_UNIX")).collect();
    assert!(outward.is_empty(), "{outward:#?}");
}

/// M3: whatever is typed, sent as a header or asked for, one request is one line, and each line is one JSON object.
#[test]
fn nothing_that_is_typed_begins_a_line_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(&sqlite(folder.path()));
    let forged = "{\"level\":\"ERROR\",\"forged\":true}";
    let before = program.log().lines().count();
    let typed: [&str; 5] = ["\n", "\r\n", "\u{2028}", "\u{1b}[2K", "\u{0}"];
    for control in typed {
        let text = format!("hanako{control}{forged}");
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        // What a header may hold: no line end, but escapes and separators.
        let header = text.replace(['\r', '\n', '\0'], " ");
        let host = program.host();
        let form = format!("username={encoded}&password={encoded}&back=");
        program.say(&format!(
            "POST /signin HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUser-Agent: {header}\r\n\
             X-Forwarded-For: {header}\r\nCookie: __Host-attempt={header}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len(),
        ));
        program.say(&format!(
            "GET /{encoded}?{encoded} HTTP/1.1\r\nHost: {host}\r\nReferer: {header}\r\nConnection: close\r\n\r\n"
        ));
    }
    let log = program.log();
    let lines: Vec<&str> = log.lines().skip(before).collect();
    assert!(lines.len() >= typed.len(), "{log}");
    for line in lines {
        let object: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("not an object: {line}"));
        assert!(object.get("forged").is_none(), "{line}");
        assert!(!line.chars().any(|c| c.is_control() || c == '\u{2028}'), "{line:?}");
    }
}
