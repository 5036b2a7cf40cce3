//! Letters on their way: what reaches the wire, who goes first, and what happens when the mail server is away, slow,
//! rude or gone half-way.

use std::time::Duration;

use kenpo_portal::{
    cli::{CommandFault, Exit, mail},
    domain::{
        letter::Letter,
        member::{Member, MemberId},
        tenant::{CredentialLetter, Language, RosterEncoding, Tenant},
    },
    mail::{
        letter::Composed,
        postman::{RoundReport, Senders},
    },
    portal::roster::{Import, ImportRefusal, ImportRequest, ImportStop, Notices, NoticesTo},
    settings::{DatabaseSettings, MailSettings, Settings, TenantSettings},
    world::{Clock as _, SystemClock, SystemRandom},
};
use tokio_util::sync::CancellationToken;

use crate::{
    town::{Answer, JSW, MGC, Manner, Newcomer, Row, Sink, Town, minutes, real_tenants},
    walk::first_login,
};

const CODE: &str = "995867";

fn code() -> Letter {
    Letter::MailCode { code: CODE.into(), minutes: 10 }
}

fn notice() -> Letter {
    Letter::PasskeyCopied { device: "iPhone".into() }
}

/// Words of a code letter, whatever the house's own say.
fn words_of_a_code(union: &Tenant) -> Composed {
    let (prefix, contact) = (&union.mail.subject_prefix, &union.contact.phone);
    Composed {
        subject: format!("{prefix}ワンタイムパスワードのお知らせ(10:00)"),
        text: format!(
            "ログインするためのワンタイムパスワードをお知らせします。\n{CODE}\n10分間使えます。\n.\n..点\n\n{contact}"
        ),
        language: Some(Language::Ja),
        code: Some(CODE.into()),
        button: None,
    }
}

fn done(sent: u32, given_up: u32, put_back: u32) -> RoundReport {
    RoundReport { sent, given_up, put_back }
}

async fn hanako(town: &Town, slug: &str) -> Member {
    let hanako = town.hanako(slug).await;
    town.member(slug, &hanako.login).await
}

async fn words(town: &Town) -> (Sink, MemberId) {
    (Sink::open(Manner::Plain).await, hanako(town, JSW).await.id)
}

/// Erased, whatever became of it.
fn is_erased(row: &Row, outcome: &str) -> bool {
    row.outcome.as_deref() == Some(outcome) && row.sizes == (0, 0) && !row.leased
}

#[tokio::test]
async fn a_code_reaches_the_wire_with_everything_it_needs_and_nothing_more() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    let union = town.tenant(JSW);
    let said = words_of_a_code(&union);
    let id = town.put(JSW, member, &["hanako@example.jp".to_owned()], &code(), &said).await;
    assert_eq!(town.postman(&sink.url()).round().await.unwrap(), done(1, 0, 0));

    let letters = sink.letters();
    let letter = &letters[0];
    assert_eq!(letter.to, ["hanako@example.jp"]);
    assert_eq!(letter.from, union.mail.from_address);
    let from = format!("\"{}\" <{}>", union.mail.from_name, union.mail.from_address);
    assert_eq!(letter.header("From").replace('"', ""), from.replace('"', ""));
    assert_eq!(letter.raw("To"), "hanako@example.jp");
    if let Some(reply_to) = &union.mail.reply_to {
        assert_eq!(&letter.raw("Reply-To"), reply_to);
    }
    assert_eq!(letter.raw("Auto-Submitted"), "auto-generated");
    let domain = union.mail.from_address.rsplit_once('@').unwrap().1;
    assert_eq!(letter.raw("Message-ID"), format!("<{id}@{domain}>"));
    assert_eq!(letter.raw("Date"), "Sat, 21 Nov 2026 01:00:00 +0000");
    assert_eq!(letter.raw("MIME-Version"), "1.0");
    let subject = letter.header("Subject");
    assert_eq!(subject, said.subject);

    let parts = letter.parts();
    assert_eq!(parts[0].0, "text/plain; charset=utf-8");
    assert_eq!(parts[1].0, "text/html; charset=utf-8");
    assert_eq!(parts.len(), 2);
    let (text, page) = (&parts[0].1, &parts[1].1);
    assert_eq!(text.trim_end(), said.text);
    assert!(
        page.contains(&format!("text-align:center\">{CODE}</p>")) && page.contains("lang=\"ja\""),
        "{page}"
    );
    for part in [text, page] {
        assert!(part.contains(&union.contact.phone), "{part}");
        for never in ["http", "花子", "hanako", "src=", "<img", "<style", "<link"] {
            assert!(!part.contains(never), "{never} in {part}");
        }
    }
    let row = &town.outbox().await[0];
    assert!(is_erased(row, "sent") && row.tries == 1, "{row:?}");
    town.close().await;
}

#[tokio::test]
async fn a_letter_with_a_link_has_it_whole_in_both_alternatives() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    let link =
        "https://www.jswkenpo.portal.example.jp/recovery?t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&x=1";
    let letter = Letter::Recovery { link: link.into(), code: CODE.into(), minutes: 5 };
    let said = Composed {
        subject: "再設定".into(),
        text: format!("パスワードをリセット\n{link}\n{CODE}"),
        ..words_of_a_code(&town.tenant(JSW))
    };
    town.put(JSW, member, &["hanako@example.jp".to_owned()], &letter, &said).await;
    town.postman(&sink.url()).round().await.unwrap();
    let parts = sink.letters()[0].parts();
    assert!(parts[0].1.contains(link), "{}", parts[0].1);
    assert!(parts[1].1.contains(&format!("<a href=\"{}\">", link.replace('&', "&#38;"))), "{}", parts[1].1);
    town.close().await;
}

#[tokio::test]
async fn old_carrier_addresses_stand_in_quotes_on_the_wire() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    for address in
        ["a..b@docomo.ne.jp", ".a@docomo.ne.jp", "a.@ezweb.ne.jp", "a..b.@docomo.ne.jp", "a.b@docomo.ne.jp"]
    {
        town.write(JSW, member, address, &notice()).await;
        town.later(1);
    }
    town.postman(&sink.url()).round().await.unwrap();
    let mut letters = sink.letters();
    letters.sort_by_key(|letter| letter.raw("Date"));
    let wire: Vec<_> = letters.iter().map(|letter| (letter.to[0].clone(), letter.raw("To"))).collect();
    for (address, envelope) in [
        ("a..b@docomo.ne.jp", "\"a..b\"@docomo.ne.jp"),
        (".a@docomo.ne.jp", "\".a\"@docomo.ne.jp"),
        ("a.@ezweb.ne.jp", "\"a.\"@ezweb.ne.jp"),
        ("a..b.@docomo.ne.jp", "\"a..b.\"@docomo.ne.jp"),
        ("a.b@docomo.ne.jp", "a.b@docomo.ne.jp"),
    ] {
        assert!(wire.contains(&(envelope.to_owned(), envelope.to_owned())), "{address}: {wire:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn nothing_written_by_a_union_or_a_member_becomes_a_header_or_a_recipient() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    let plain = Composed { subject: "s".into(), text: "t".into(), ..Composed::default() };
    let subject = |subject: &str| Composed { subject: subject.into(), ..plain.clone() };
    let to = |address: &str| [address.to_owned()];
    // Refused as a whole: the letter is given up, and nothing of it is sent.
    for (address, composed) in [
        ("hanako@example.jp", subject("お知らせ\r\nBcc: eve@example.com")),
        ("hanako@example.jp", subject("x\nBcc: eve@example.com")),
        ("hanako@example.jp\r\nBcc: eve@example.com", plain.clone()),
        ("hanako@example.jp>\r\nRCPT TO:<eve@example.com", plain.clone()),
        ("hanako@example.jp,eve@example.com", plain.clone()),
        ("\"hanako\" <eve@example.com>", plain.clone()),
        ("\"a\"@b\"@example.com", plain.clone()),
    ] {
        town.put(JSW, member, &to(address), &notice(), &composed).await;
    }
    assert_eq!(town.postman(&sink.url()).round().await.unwrap(), done(0, 7, 0));
    assert!(sink.letters().is_empty() && sink.conversations() == 0);
    assert!(town.outbox().await.iter().all(|row| is_erased(row, "given-up")));

    // In the text it is text.
    let text = "Bcc: eve@example.com\r\n.\r\nRCPT TO:<eve@example.com>\r\n\r\n--letter\r\n.x <script>alert(1)</script>";
    let body = Composed {
        subject: "=?utf-8?b?AAAA?= <eve@example.com>".into(),
        text: text.into(),
        ..Composed::default()
    };
    town.put(JSW, member, &to("hanako@example.jp"), &notice(), &body).await;
    assert_eq!(town.postman(&sink.url()).round().await.unwrap(), done(1, 0, 0));
    let letter = &sink.letters()[0];
    assert_eq!(sink.recipients(), ["hanako@example.jp"]);
    let names: Vec<_> = letter.headers().into_iter().map(|(name, _)| name.to_lowercase()).collect();
    assert!(!names.contains(&"bcc".to_owned()), "{names:?}");
    let parts = letter.parts();
    assert_eq!(parts[0].1.trim_end(), text.replace("\r\n", "\n"));
    assert!(!parts[1].1.contains("<script>"), "{}", parts[1].1);
    town.close().await;
}

#[tokio::test]
async fn a_union_named_with_quotes_and_commas_stays_one_sender() {
    let town = Town::edited(JSW, |text| {
        let named = text.lines().map(|line| match line.strip_prefix("from_name") {
            Some(_) => "from_name = 'A, \"B\" <eve@example.com>; \\ 健保'",
            None => line,
        });
        named.collect::<Vec<_>>().join("\n")
    })
    .await;
    let (sink, member) = words(&town).await;
    town.write(JSW, member, "hanako@example.jp", &notice()).await;
    town.postman(&sink.url()).round().await.unwrap();
    let letter = &sink.letters()[0];
    let address = &town.tenant(JSW).mail.from_address;
    assert_eq!(&letter.from, address);
    assert!(letter.raw("From").ends_with(&format!("<{address}>")), "{}", letter.raw("From"));
    assert!(!letter.raw("From").contains("<eve"), "{}", letter.raw("From"));
    town.close().await;
}

#[tokio::test]
async fn letters_wait_while_the_server_is_down_and_leave_when_it_is_up() {
    let town = Town::open().await;
    let (mut sink, member) = words(&town).await;
    sink.stop();
    let mut postman = town.postman(&sink.url());
    for address in
        ["a@example.jp", "b@example.jp", "c@example.jp", "d@example.jp", "e@example.jp", "f@example.jp"]
    {
        town.write(JSW, member, address, &code()).await;
    }
    // One try tells; the others keep theirs.
    let first = postman.round().await.unwrap();
    assert!(first.put_back >= 1 && first.put_back <= 4 && first.sent == 0, "{first:?}");
    assert_eq!(postman.round().await.unwrap(), RoundReport::default(), "it rests");
    town.later(5);
    assert_eq!(postman.round().await.unwrap(), done(0, 0, 1), "one letter sees whether it is back");
    town.later(5);
    assert_eq!(postman.round().await.unwrap(), RoundReport::default(), "the second rest is longer");
    sink.start().await;
    town.later(5);
    assert_eq!(postman.round().await.unwrap().sent, 6);
    let mut recipients = sink.recipients();
    recipients.sort();
    assert_eq!(
        recipients.concat(),
        "a@example.jpb@example.jpc@example.jpd@example.jpe@example.jpf@example.jp"
    );
    town.close().await;
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again_later_each_time() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    sink.answer("hanako@example.jp", &[Answer::Recipient(450), Answer::Content(451), Answer::Recipient(421)]);
    let mut postman = town.postman(&sink.url());
    town.write(JSW, member, "hanako@example.jp", &code()).await;
    for seconds in [5, 10, 20] {
        assert_eq!(postman.round().await.unwrap(), done(0, 0, 1));
        town.later(seconds - 1);
        assert_eq!(postman.round().await.unwrap(), RoundReport::default());
        town.later(1);
    }
    assert_eq!(postman.round().await.unwrap(), done(1, 0, 0));
    let row = &town.outbox().await[0];
    assert!(is_erased(row, "sent") && row.tries == 4, "{row:?}");
    town.close().await;
}

#[tokio::test]
async fn a_refusal_for_good_gives_up_and_the_next_letter_goes_on() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    sink.answer("gone@example.jp", &[Answer::Recipient(550)]);
    sink.answer("spam@example.jp", &[Answer::Content(554)]);
    for to in ["gone@example.jp", "spam@example.jp", "hanako@example.jp"] {
        town.write(JSW, member, to, &notice()).await;
        town.later(1);
    }
    assert_eq!(town.postman(&sink.url()).round().await.unwrap(), done(1, 2, 0));
    assert_eq!(sink.recipients(), ["hanako@example.jp"]);
    let rows = town.outbox().await;
    assert!(
        is_erased(&rows[0], "given-up") && is_erased(&rows[1], "given-up") && is_erased(&rows[2], "sent")
    );
    assert!(sink.conversations() <= 2, "a conversation goes on after a refusal");
    let figures =
        town.store().everywhere().mail(town.clock.now() - minutes(5), town.clock.now()).await.unwrap();
    assert_eq!((figures[0].sent, figures[0].given_up, figures[0].waiting, figures[0].sending), (1, 2, 0, 0));
    town.close().await;
}

#[tokio::test]
async fn a_refused_sender_keeps_the_letters_until_somebody_mends_it() {
    let town = Town::open().await;
    let member = hanako(&town, JSW).await.id;
    let sink = Sink::open(Manner::NoSender).await;
    town.write(JSW, member, "hanako@example.jp", &notice()).await;
    assert_eq!(town.postman(&sink.url()).round().await.unwrap(), done(0, 0, 1));
    assert_eq!(town.outbox().await[0].outcome, None);
    town.close().await;
}

#[tokio::test]
async fn a_line_that_drops_after_the_letter_costs_one_duplicate_with_the_same_id() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    sink.answer("hanako@example.jp", &[Answer::DropAfterData]);
    let mut postman = town.postman(&sink.url());
    town.write(JSW, member, "hanako@example.jp", &code()).await;
    assert_eq!(postman.round().await.unwrap(), done(0, 0, 1));
    town.later(5);
    assert_eq!(postman.round().await.unwrap(), done(1, 0, 0));
    town.later(600);
    assert_eq!(postman.round().await.unwrap(), RoundReport::default());
    let letters = sink.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].raw("Message-ID"), letters[1].raw("Message-ID"));
    assert_eq!(letters[0].raw("Subject"), letters[1].raw("Subject"));
    town.close().await;
}

#[tokio::test]
async fn a_recipient_who_hangs_keeps_nobody_else_waiting() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    let other = hanako(&town, MGC).await.id;
    // Twenty notices of one union hang; the codes of both unions leave meanwhile.
    for n in 0..20 {
        let to = format!("hangs{n}@example.jp");
        sink.answer(&to, &[Answer::Silence]);
        town.write(JSW, member, &to, &notice()).await;
    }
    let going = tokio::spawn(town.postman(&sink.url()).run(CancellationToken::new()));
    sink.stuck(2).await;
    town.write(JSW, member, "hanako@example.jp", &code()).await;
    town.write(MGC, other, "taro@example.jp", &code()).await;
    sink.arrived(2).await;
    assert_eq!(sink.unanswered(), 2, "notices of one union never take every conversation");
    let mut recipients = sink.recipients();
    recipients.sort();
    assert_eq!(recipients, ["hanako@example.jp", "taro@example.jp"]);
    going.abort();
    let _ = going.await;
    town.close().await;
}

#[tokio::test]
async fn whoever_does_not_answer_in_time_is_tried_again() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    sink.answer("hangs@example.jp", &[Answer::Silence]);
    town.write(JSW, member, "hangs@example.jp", &code()).await;
    let mut postman = town.hasty_postman(&sink.url(), Duration::from_millis(100));
    assert_eq!(postman.round().await.unwrap(), done(0, 0, 1));
    assert!(sink.letters().is_empty() && !town.outbox().await[0].leased);
    town.later(5);
    assert_eq!(town.postman(&sink.url()).round().await.unwrap(), done(1, 0, 0));
    town.close().await;
}

#[tokio::test]
async fn a_server_without_a_greeting_is_the_server_s_trouble() {
    let town = Town::open().await;
    let member = hanako(&town, JSW).await.id;
    let sink = Sink::open(Manner::Mute).await;
    for n in 0..50 {
        town.write(JSW, member, &format!("h{n}@example.jp"), &notice()).await;
    }
    let mut postman = town.hasty_postman(&sink.url(), Duration::from_millis(100));
    let first = postman.round().await.unwrap();
    assert!(first.put_back <= 4 && first.sent == 0, "{first:?}");
    assert_eq!(
        postman.round().await.unwrap(),
        RoundReport::default(),
        "it rests instead of trying fifty letters"
    );
    town.close().await;
}

#[tokio::test]
async fn nothing_is_said_where_encryption_is_required_and_missing() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    town.write(JSW, member, "hanako@example.jp", &code()).await;
    let url = format!("{}?tls=required", sink.url());
    assert_eq!(town.postman(&url).round().await.unwrap(), done(0, 0, 1));
    assert!(sink.letters().is_empty());
    let row = &town.outbox().await[0];
    assert!(row.outcome.is_none() && row.sizes.1 > 0 && !row.leased, "{row:?}");
    town.close().await;
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_not_spoken_to() {
    let town = Town::open().await;
    let member = hanako(&town, JSW).await.id;
    let sink = Sink::open(Manner::StartTls).await;
    town.write(JSW, member, "hanako@example.jp", &code()).await;
    let url = format!("smtp://{}?tls=required", sink.place());
    assert_eq!(town.postman(&url).round().await.unwrap(), done(0, 0, 1));
    assert!(sink.letters().is_empty());
    town.later(5);
    assert_eq!(town.postman(&sink.encrypted()).round().await.unwrap(), done(1, 0, 0));
    assert!(sink.letters()[0].encrypted);
    town.close().await;
}

#[tokio::test]
async fn user_and_password_are_said_only_in_private() {
    let town = Town::open().await;
    let member = hanako(&town, JSW).await.id;
    let sink = Sink::open(Manner::Strict).await;
    town.write(JSW, member, "hanako@example.jp", &code()).await;
    let with = |who: &str| sink.encrypted().replace("smtp://", &format!("smtp://{who}@"));
    assert_eq!(town.postman(&with("portal:wrong")).round().await.unwrap(), done(0, 0, 1));
    town.later(5);
    assert_eq!(town.postman(&with("portal:secret")).round().await.unwrap(), done(1, 0, 0));
    assert!(sink.letters()[0].encrypted);
    town.close().await;
}

#[tokio::test]
async fn a_dead_code_is_never_sent() {
    let town = Town::open().await;
    let (mut sink, member) = words(&town).await;
    town.write(JSW, member, "late@example.jp", &code()).await;
    town.write(JSW, member, "hanako@example.jp", &notice()).await;
    town.clock.advance(minutes(10));
    assert_eq!(town.postman(&sink.url()).round().await.unwrap(), done(1, 1, 0));
    assert_eq!(sink.recipients(), ["hanako@example.jp"]);

    // Also when it dies while it waits for the next try.
    sink.answer("late@example.jp", &[Answer::Recipient(450); 30]);
    town.write(JSW, member, "late@example.jp", &code()).await;
    let mut postman = town.postman(&sink.url());
    for _ in 0..30 {
        postman.round().await.unwrap();
        town.later(60);
    }
    sink.answer("late@example.jp", &[]);
    postman.round().await.unwrap();
    assert_eq!(sink.recipients(), ["hanako@example.jp"]);
    assert!(is_erased(&town.outbox().await[2], "given-up"));

    // And when no server answers at all: whoever sweeps erases it, and forgets the row a week later.
    sink.stop();
    town.write(JSW, member, "late@example.jp", &code()).await;
    let everywhere = town.store().everywhere();
    assert_eq!(everywhere.give_up_expired(town.clock.now()).await.unwrap(), 0);
    town.clock.advance(minutes(10));
    assert_eq!(everywhere.give_up_expired(town.clock.now()).await.unwrap(), 1);
    assert!(is_erased(&town.outbox().await[3], "given-up"));
    assert_eq!(everywhere.forget_letters(town.clock.now()).await.unwrap(), 3);
    assert_eq!(town.outbox().await.len(), 1);
    town.close().await;
}

#[tokio::test]
async fn a_code_passes_a_thousand_notices_and_unions_take_turns() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    let other = hanako(&town, MGC).await.id;
    let words = Composed { subject: "お知らせ".into(), text: "本文".into(), ..Composed::default() };
    let many: Vec<_> = (0..1000).map(|n| format!("n{n}@example.jp")).collect();
    town.put(JSW, member, &many, &notice(), &words).await;
    town.later(1);
    for n in 0..3 {
        town.write(MGC, other, &format!("few{n}@example.jp"), &notice()).await;
    }
    town.write(MGC, other, "code@example.jp", &code()).await;
    let going = tokio::spawn(town.postman(&sink.url()).run(CancellationToken::new()));
    sink.arrived(30).await;
    going.abort();
    let _ = going.await;
    let order = sink.recipients();
    let place = |to: &str| order.iter().position(|recipient| recipient == to).unwrap();
    assert!(place("code@example.jp") < 4, "first, but for what left at the same moment: {:?}", &order[..6]);
    for n in 0..3 {
        assert!(place(&format!("few{n}@example.jp")) < 20, "{:?}", &order[..20]);
    }
    assert!(sink.conversations() <= 4, "{} conversations", sink.conversations());
    town.close().await;
}

#[tokio::test]
async fn two_postmen_send_each_letter_once() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    let words = Composed { subject: "お知らせ".into(), text: "本文".into(), ..Composed::default() };
    let many: Vec<_> = (0..100).map(|n| format!("n{n}@example.jp")).collect();
    town.put(JSW, member, &many, &notice(), &words).await;
    let (mut one, mut two) = (town.postman(&sink.url()), town.postman(&sink.url()));
    let (one, two) = tokio::join!(one.round(), two.round());
    let (one, two) = (one.unwrap(), two.unwrap());
    town.postman(&sink.url()).round().await.unwrap();
    let mut recipients = sink.recipients();
    recipients.sort();
    let mut expected = many;
    expected.sort();
    assert_eq!(recipients, expected);
    assert!(one.sent + two.sent >= 90, "{one:?} {two:?}");
    town.close().await;
}

#[tokio::test]
async fn a_killed_postman_s_letter_is_another_s_when_the_lease_ends() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    sink.answer("hanako@example.jp", &[Answer::Silence]);
    town.write(JSW, member, "hanako@example.jp", &code()).await;
    let killed = tokio::spawn(town.postman(&sink.url()).run(CancellationToken::new()));
    sink.stuck(1).await;
    killed.abort();
    let _ = killed.await;
    assert!(town.outbox().await[0].leased);
    let mut another = town.postman(&sink.url());
    town.later(89);
    assert_eq!(another.round().await.unwrap(), RoundReport::default());
    town.later(1);
    assert_eq!(another.round().await.unwrap(), done(1, 0, 0));
    assert_eq!(sink.recipients(), ["hanako@example.jp"]);
    town.close().await;
}

#[tokio::test]
async fn a_postman_told_to_stop_finishes_or_gives_back() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    for (to, answer) in [("slow@example.jp", Answer::Hold), ("hangs@example.jp", Answer::Silence)] {
        sink.answer(to, &[answer]);
    }
    // What answers in time is finished …
    town.write(JSW, member, "slow@example.jp", &code()).await;
    let leaving = CancellationToken::new();
    let going = tokio::spawn(town.postman(&sink.url()).run(leaving.clone()));
    sink.stuck(1).await;
    leaving.cancel();
    sink.release();
    going.await.unwrap();
    assert!(is_erased(&town.outbox().await[0], "sent"));
    // … and what does not is another's at once.
    town.later(1);
    town.write(JSW, member, "hangs@example.jp", &code()).await;
    let leaving = CancellationToken::new();
    let going = tokio::spawn(town.postman(&sink.url()).run(leaving.clone()));
    sink.stuck(2).await;
    leaving.cancel();
    going.await.unwrap();
    assert!(!town.outbox().await[1].leased);
    assert_eq!(town.postman(&sink.url()).round().await.unwrap(), done(1, 0, 0));
    town.close().await;
}

#[tokio::test]
async fn a_union_that_is_not_served_keeps_its_letters() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    town.write(JSW, member, "hanako@example.jp", &notice()).await;
    assert_eq!(
        town.postman_for(&sink.url(), Senders::new(|_| None)).round().await.unwrap(),
        RoundReport::default()
    );
    assert_eq!(town.outbox().await[0].outcome, None);
    town.close().await;
}

/// A union that mails first credentials, as 003 §2-1 ③.
fn mailing(town: &Town) -> Tenant {
    let mut tenant = Tenant::clone(&town.tenant("daiwakenpo"));
    tenant.import.encoding = RosterEncoding::Utf8;
    tenant.policy.initial_password.letter = CredentialLetter::Mail;
    let sentence = "place: { $place }\nlogin: { $login }\npassword: { $password }\nuntil: { $until }";
    tenant.texts_ja.push(("letter-first-credentials-text".to_owned(), sentence.to_owned()));
    tenant
}

const NEWCOMERS: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n\
                         1,1,,1980-12-01,健保 花子,ケンポ ハナコ,,,hanako@example.jp\n\
                         1,2,,1981-12-01,健保 太郎,ケンポ タロウ,taro0002,,taro@example.jp\n\
                         1,3,,1982-12-01,健保 次郎,ケンポ ジロウ,jiro0003,Ab-12345,jiro@example.jp\n";

#[tokio::test]
async fn first_credentials_go_by_mail_to_who_has_an_address_and_open_first_login() {
    let town = Town::open().await;
    let sink = Sink::open(Manner::Plain).await;
    let tenant = mailing(&town);
    let portal = town.app.portal();
    let import = Import {
        store: portal.store(),
        clock: town.clock.as_ref(),
        rng: &SystemRandom,
        vault: portal.vault(),
        tenant: &tenant,
        wording: portal.wording(),
        public: portal.public(),
        doing: crate::town::at_the_desk(),
    };
    let run = async |rows: &str, notices: Option<&std::path::Path>, dry_run| {
        let notices = notices.map(NoticesTo::file);
        let request = ImportRequest { dry_run, notices, ..ImportRequest::new(rows.as_bytes()) };
        import.run(&request).await
    };
    let tried = run(NEWCOMERS, None, true).await.unwrap();
    assert_eq!((tried.letters, tried.notices), (2, Notices::None));
    assert!(town.outbox().await.is_empty());
    // No member without an address: no notices file is asked for.
    let report = run(NEWCOMERS, None, false).await.unwrap();
    assert_eq!((report.letters, report.generated, report.notices), (2, 1, Notices::None));
    assert_eq!(town.postman(&sink.url()).round().await.unwrap(), done(2, 0, 0));
    let letters = sink.letters();
    let text = |to: &str| letters.iter().find(|l| l.to == [to]).unwrap().parts()[0].1.clone();
    let taro = text("taro@example.jp");
    assert!(taro.contains("taro0002") && taro.contains("https://www.daiwakenpo"), "{taro}");
    assert!(!taro.contains("太郎") && !taro.contains("1981"), "{taro}");
    let subject = letters[0].header("Subject");
    assert!(!subject.contains("taro0002"), "{subject}");

    // What the letter says opens first login.
    let password = taro.lines().find_map(|line| line.strip_prefix("password: ")).unwrap();
    let who = Newcomer {
        login: "taro0002".into(),
        password: password.into(),
        born: "19811201",
        email: String::new(),
    };
    let mut browser = town.browser("daiwakenpo");
    first_login(&mut browser, &who, &mut town.phone()).await;
    browser.is_at("/", "サービス");

    // The same file again writes nobody.
    let again = run(NEWCOMERS, None, false).await.unwrap();
    assert_eq!((again.letters, again.unchanged), (0, 3));
    // A member without an address gets a notice, and it has to be said where.
    let more = format!("{NEWCOMERS}1,4,,1983-12-01,健保 三郎,ケンポ サブロウ,,,\n");
    let stop = run(&more, None, false).await.unwrap_err();
    assert!(matches!(stop, ImportStop::Refused(ImportRefusal::NoticesNeeded(1))), "{stop:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notices.csv");
    let report = run(&more, Some(&path), false).await.unwrap();
    assert_eq!((report.letters, report.notices), (0, Notices::Written(1, path)));
    let kinds: Vec<_> = town.outbox().await.into_iter().map(|row| row.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "first-credentials").count(), 2, "{kinds:?}");
    town.close().await;
}

/// What a command prints, and whether it found problems.
async fn command(
    run: impl AsyncFnOnce(&mut Vec<u8>, &mut Vec<u8>) -> Result<Exit, CommandFault>,
) -> (Result<Exit, String>, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = run(&mut out, &mut err).await.map_err(|fault| fault.sentence(Language::En));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (exit, format!("{}---\n{}", text(out), text(err)))
}

#[tokio::test]
async fn the_operator_sees_what_waits_and_what_was_given_up() {
    let town = Town::open().await;
    let (sink, member) = words(&town).await;
    let settings = Settings {
        database: DatabaseSettings { url: town.database() },
        tenants: TenantSettings { dir: real_tenants() },
        mail: MailSettings { smtp_url: Some(sink.url()), hello: None },
        ..Settings::default()
    };
    let status = async |json| {
        command(async |out: &mut Vec<u8>, err: &mut Vec<u8>| {
            mail::status(&settings, json, Language::En, out, err).await
        })
        .await
    };
    let (exit, text) = status(false).await;
    assert_eq!(exit.unwrap(), Exit::Fine);
    assert!(text.starts_with("ID  WAITING"), "{text}");
    // The commands read the machine's clock; the town's stands still in November 2026, in their past or future.
    let now = SystemClock.now();
    town.clock.advance(now.duration_since(town.clock.now()));
    town.write(JSW, member, "hanako@example.jp", &notice()).await;
    let (exit, text) = status(false).await;
    assert_eq!((exit.unwrap(), text.contains("jswkenpo  1        0 min")), (Exit::Fine, true), "{text}");
    sink.answer("hanako@example.jp", &[Answer::Recipient(550)]);
    town.postman(&sink.url()).round().await.unwrap();
    town.clock.advance(-minutes(11));
    town.write(JSW, member, "waits@example.jp", &notice()).await;
    let (exit, text) = status(true).await;
    assert_eq!(exit.unwrap(), Exit::Problems);
    let (json, words) = text.split_once("---").unwrap();
    let rows: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!((&rows[0]["given_up_24h"], &rows[0]["waiting"]), (&1.into(), &1.into()), "{text}");
    assert!(words.contains("given up") && words.contains("mail test"), "{words}");
    town.close().await;
}

#[tokio::test]
async fn a_test_letter_says_where_it_sticks() {
    let mut sink = Sink::open(Manner::Plain).await;
    let settings = |url: Option<&str>| Settings {
        tenants: TenantSettings { dir: real_tenants() },
        mail: MailSettings { smtp_url: url.map(str::to_owned), hello: None },
        ..Settings::default()
    };
    let tried = async |url: Option<&str>, to: &str| {
        let settings = settings(url);
        command(async |out: &mut Vec<u8>, err: &mut Vec<u8>| {
            mail::test(&settings, JSW, to, Language::En, out, err).await
        })
        .await
    };
    let url = sink.url();
    let (exit, text) = tried(Some(&url), "a..b@docomo.ne.jp").await;
    assert_eq!(exit.unwrap(), Exit::Fine, "{text}");
    assert_eq!(sink.recipients(), ["\"a..b\"@docomo.ne.jp"]);
    assert!(sink.letters()[0].header("Subject").ends_with("A test letter"));

    sink.answer("x@example.jp", &[Answer::Recipient(550)]);
    let (exit, text) = tried(Some(&url), "x@example.jp").await;
    assert_eq!(exit.unwrap(), Exit::Problems);
    assert!(text.contains("the recipient was refused") && text.contains("550"), "{text}");
    let (exit, text) = tried(Some(&format!("{url}?tls=required")), "x@example.jp").await;
    assert_eq!(exit.unwrap(), Exit::Problems);
    assert!(text.contains("does not offer encryption"), "{text}");
    sink.stop();
    sink.settled().await;
    let (exit, text) = tried(Some(&url), "x@example.jp").await;
    assert_eq!(exit.unwrap(), Exit::Problems);
    assert!(text.contains("stopped at connecting"), "{text}");

    let (exit, _) = tried(None, "x@example.jp").await;
    assert!(exit.unwrap_err().contains("mail.smtp_url is not set"));
    let (exit, _) = tried(Some("smtp://u:secret@relay.example.jp?tls=none"), "x@example.jp").await;
    let said = exit.unwrap_err();
    assert!(said.contains("in clear") && !said.contains("secret"), "{said}");
    let (exit, _) = tried(Some(&url), "x@example.jp,y@example.jp").await;
    assert!(exit.unwrap_err().contains("is no mail address"));
}
