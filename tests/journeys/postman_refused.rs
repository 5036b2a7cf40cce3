//! A mail server's refusals: only what it says of a letter's own recipient or content gives that letter up, whatever was
//! refused at whichever word.

use kenpo_portal::{
    cli::{Exit, mail},
    domain::{letter::Letter, tenant::Language},
    mail::postman::RoundReport,
    settings::{HostSettings, MailSettings, Settings, TenantSettings},
};

use crate::town::{JSW, Manner, Sink, Town, real_tenants};

/// Every word of a conversation that can be refused.
const WORDS: [&str; 8] = ["220", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "."];

/// What relays say, and at which words it means the end of that one letter.
const REPLIES: &[(&str, &[&str])] = &[
    // For now.
    ("421 4.3.2 Service shutting down", &[]),
    ("450 4.2.0 <hanako@example.jp>: Greylisted", &[]),
    ("451 4.7.1 <portal-7f9>: Helo command rejected: Host not found", &[]),
    ("454 4.7.0 TLS not available", &[]),
    // The session, said early or late.
    ("500 5.5.2 Error: command not recognized", &[]),
    ("501 5.5.4 Syntax: EHLO hostname", &[]),
    ("502 5.5.1 Error: command not implemented", &[]),
    ("503 5.5.1 Error: send HELO/EHLO first", &[]),
    ("504 5.5.2 <portal-7f9>: Helo command rejected: need fully-qualified hostname", &[]),
    ("521 5.3.2 This host takes no mail", &[]),
    ("530 5.7.0 Must issue a STARTTLS command first", &[]),
    ("530 5.7.1 Authentication required", &[]),
    ("534 5.7.9 Authentication mechanism is too weak", &[]),
    ("535 5.7.8 Authentication credentials invalid", &[]),
    ("538 5.7.11 Encryption required", &[]),
    ("550 5.7.1 <portal-7f9>: Helo command rejected: Host not found", &[]),
    ("550 bad HELO", &[]),
    ("550 5.7.25 Reverse DNS validation failed", &[]),
    // The sender.
    ("550 5.1.8 <no-reply@example.jp>: Sender address rejected: Domain not found", &[]),
    ("550 5.7.26 Unauthenticated mail is not accepted due to the DMARC policy", &[]),
    ("550 5.7.60 Client does not have permissions to send as this sender", &[]),
    // Relaying: of the recipient's domain, or of this client, and it is not said which.
    ("554 5.7.1 <hanako@example.jp>: Relay access denied", &["DATA", "."]),
    ("555 5.5.4 Unsupported option", &[]),
    // The recipient.
    ("550 no such user", &["RCPT", "DATA", "."]),
    ("550 5.1.1 <hanako@example.jp>: Recipient address rejected: User unknown", &["RCPT", "DATA", "."]),
    ("501 5.1.3 Bad recipient address syntax", &["RCPT", "DATA", "."]),
    ("552 5.2.2 Mailbox full", &["RCPT", "DATA", "."]),
    ("553 mailbox name not allowed", &["RCPT", "DATA", "."]),
    ("556 5.1.10 Recipient address has null MX", &["RCPT", "DATA", "."]),
    // The content.
    ("554 not this", &["DATA", "."]),
    ("552 5.3.4 Message size exceeds fixed limit", &["RCPT", "DATA", "."]),
    ("550 5.6.0 Lines longer than SMTP allows", &["RCPT", "DATA", "."]),
];

#[tokio::test]
async fn only_a_refusal_of_this_letter_gives_it_up_whichever_word_is_refused() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let member = town.member(JSW, &hanako.login).await.id;
    let (plain, strict) = (Sink::open(Manner::Plain).await, Sink::open(Manner::Strict).await);
    let private = strict.encrypted().replace("smtp://", "smtp://portal:secret@");
    let code = Letter::MailCode { code: "995867".into(), minutes: 10 };
    let mut expected = 0;
    for word in WORDS {
        let (sink, url) = match word {
            "STARTTLS" | "AUTH" => (&strict, private.clone()),
            _ => (&plain, plain.url()),
        };
        // Before the sender no answer is about a letter: some of each kind are enough.
        let every = if ["RCPT", "DATA", "."].contains(&word) { 1 } else { 5 };
        for (reply, ends_at) in REPLIES.iter().step_by(every) {
            town.write(JSW, member, "hanako@example.jp", &code).await;
            sink.refuse(word, reply);
            let first = town.postman(&url).round().await.unwrap();
            sink.relent();
            town.later(60);
            let second = town.postman(&url).round().await.unwrap();
            let done = |sent, given_up, put_back| RoundReport { sent, given_up, put_back };
            if ends_at.contains(&word) {
                assert_eq!((first, second), (done(0, 1, 0), RoundReport::default()), "{word}: {reply}");
            } else {
                assert_eq!((first, second), (done(0, 0, 1), done(1, 0, 0)), "{word}: {reply}");
                expected += 1;
            }
        }
    }
    assert_eq!(plain.letters().len() + strict.letters().len(), expected);
    town.close().await;
}

#[tokio::test]
async fn a_session_refused_late_is_asked_with_one_letter_and_not_with_all() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let member = town.member(JSW, &hanako.login).await.id;
    let sink = Sink::open(Manner::Plain).await;
    let notice = Letter::PasskeyCopied { device: "iPhone".into() };
    for n in 0..20 {
        town.write(JSW, member, &format!("h{n}@example.jp"), &notice).await;
    }
    sink.refuse("RCPT", "504 5.5.2 <portal-7f9>: Helo command rejected: need fully-qualified hostname");
    let mut postman = town.postman(&sink.url());
    let first = postman.round().await.unwrap();
    assert!(first.put_back <= 4 && first.given_up == 0, "{first:?}");
    assert_eq!(postman.round().await.unwrap(), RoundReport::default(), "it rests");
    sink.relent();
    town.later(60);
    assert_eq!(postman.round().await.unwrap().sent, 20);
    town.close().await;
}

#[tokio::test]
async fn the_greeting_is_a_setting_and_a_test_letter_tells_it() {
    let sink = Sink::open(Manner::Plain).await;
    let tried = async |hello: Option<&str>, domains: &[&str], language| {
        let settings = Settings {
            tenants: TenantSettings { dir: real_tenants() },
            hosts: HostSettings { base_domains: domains.iter().map(|d| (*d).to_owned()).collect() },
            mail: MailSettings { smtp_url: Some(sink.url()), hello: hello.map(str::to_owned) },
            ..Settings::default()
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = mail::test(&settings, JSW, "x@example.jp", language, &mut out, &mut err).await;
        let exit = exit.map_err(|fault| fault.sentence(language));
        (exit, format!("{}{}", String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap()))
    };
    let (exit, text) = tried(Some("portal.example.jp"), &[], Language::En).await;
    assert_eq!(exit.unwrap(), Exit::Fine);
    assert!(text.contains("(EHLO portal.example.jp)"), "{text}");
    assert_eq!(sink.greeted(), "EHLO portal.example.jp");
    // A host name without a dot, which is what a container has, is never said.
    tried(None, &["kosmo-web.jp"], Language::En).await.0.unwrap();
    let said = sink.greeted();
    assert!(said.contains('.'), "{said}");

    let (exit, _) = tried(Some("portal-7f9"), &[], Language::Ja).await;
    assert!(exit.unwrap_err().contains("mail.hello"));
    sink.refuse("RCPT", "504 5.5.2 <portal-7f9>: Helo command rejected: need fully-qualified hostname");
    for (language, word) in
        [(Language::Ja, "接続のしかた"), (Language::En, "not this letter but the session")]
    {
        let (exit, text) = tried(None, &[], language).await;
        assert_eq!(exit.unwrap(), Exit::Problems);
        assert!(text.contains(word) && text.contains("mail.hello") && text.contains("504"), "{text}");
    }
}
