//! `mail status`, `mail test`: whether letters leave, and where it sticks.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{CommandFault, Exit, serve, tenant::write_table};
use crate::{
    domain::{
        member::{EmailAddress, LetterId},
        tenant::{Language, Tenant, TenantSlug},
    },
    mail::{
        letter::Composed,
        postman::{self, ReplyScope, SmtpFailure, SmtpReason, SmtpServer, SmtpStep, SmtpTimeouts},
    },
    settings::Settings,
    store::everywhere::OutboxFigures,
    world::{Clock as _, SystemClock, SystemRandom, random_bytes},
};

/// What "lately" means.
const LATELY: SignedDuration = SignedDuration::from_hours(24);
/// A letter that waits longer than this is a problem: codes live ten minutes.
const TOO_LONG: SignedDuration = SignedDuration::from_mins(10);

/// `mail status [--json]`: the outbox of each union in figures. Problems where letters were given up lately or wait too
/// long.
pub async fn status(
    settings: &Settings,
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let store = serve::open_to_read(&settings.database.url).await?;
    let now = SystemClock.now();
    let since = now.checked_sub(LATELY).unwrap_or(now);
    let unions = store.everywhere().mail(since, now).await;
    store.close().await;
    let unions = unions?;
    if json {
        let rows: Vec<Value> = unions.iter().map(|mail| as_json(mail, now)).collect();
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
    } else {
        write_table(&table(&unions, language, now), out)?;
    }
    let given_up: u32 = unions.iter().map(|mail| mail.given_up).sum();
    let late = unions.iter().any(|mail| is_late(mail, now));
    if given_up > 0 {
        let sentence = match language {
            Language::Ja => format!(
                "この 24 時間で {given_up} 通を届けられませんでした。理由はサービスの記録(given up の行)にあります。"
            ),
            Language::En => format!(
                "{given_up} letters were given up in the last 24 hours. The service's log says why (lines with \"given up\")."
            ),
        };
        writeln!(err, "{sentence}")?;
    }
    if late {
        let sentence = match language {
            Language::Ja => {
                "10 分より長く待っているメールがあります。mail.smtp_url を設定した kenpo-portal serve は動いていますか。\n次: kenpo-portal mail test --tenant ID --to 自分のメールアドレス"
            }
            Language::En => {
                "Letters have waited for more than 10 minutes. Is `kenpo-portal serve` running with mail.smtp_url?\nNext: kenpo-portal mail test --tenant ID --to YOUR-ADDRESS"
            }
        };
        writeln!(err, "{sentence}")?;
    }
    Ok(if late || given_up > 0 { Exit::Problems } else { Exit::Fine })
}

fn is_late(mail: &OutboxFigures, now: Timestamp) -> bool {
    mail.oldest.is_some_and(|oldest| now.duration_since(oldest) > TOO_LONG)
}

fn as_json(mail: &OutboxFigures, now: Timestamp) -> Value {
    json!({
        "tenant": mail.tenant,
        "waiting": mail.waiting,
        "oldest_written_at": mail.oldest.map(|oldest| oldest.to_string()),
        "oldest_waits_seconds": mail.oldest.map(|oldest| now.duration_since(oldest).as_secs()),
        "sending": mail.sending,
        "sent_24h": mail.sent,
        "given_up_24h": mail.given_up,
    })
}

fn table(unions: &[OutboxFigures], language: Language, now: Timestamp) -> Vec<[String; 6]> {
    let head: [&str; 6] = match language {
        Language::Ja => ["ID", "待ち", "最も古い", "送信中", "送信(24時間)", "断念(24時間)"],
        Language::En => ["ID", "WAITING", "OLDEST", "SENDING", "SENT (24 H)", "GIVEN UP (24 H)"],
    };
    let row = |mail: &OutboxFigures| {
        let age = mail.oldest.map_or("-".to_owned(), |oldest| age(now.duration_since(oldest), language));
        let figures = [mail.waiting.to_string(), age, mail.sending.to_string(), mail.sent.to_string()];
        let [waiting, age, sending, sent] = figures;
        [mail.tenant.clone(), waiting, age, sending, sent, mail.given_up.to_string()]
    };
    std::iter::once(head.map(str::to_owned)).chain(unions.iter().map(row)).collect()
}

fn age(age: SignedDuration, language: Language) -> String {
    match (language, age.as_hours(), age.as_mins()) {
        (Language::Ja, 0, minutes) => format!("{minutes} 分"),
        (Language::Ja, hours, _) => format!("{hours} 時間"),
        (Language::En, 0, minutes) => format!("{minutes} min"),
        (Language::En, hours, _) => format!("{hours} h"),
    }
}

/// `mail test --tenant ID --to ADDR`: one letter in the union's name, at once and past the outbox.
pub async fn test(
    settings: &Settings,
    id: &str,
    to: &str,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let server = serve::mail_server(settings)?.ok_or(CommandFault::NoMailServer)?;
    let loaded = serve::load_tenants(settings, &serve::DatabaseFacts::if_there(settings).await)?;
    let tenant = TenantSlug::parse(id)
        .and_then(|slug| loaded.tenants.by_slug(&slug))
        .ok_or_else(|| CommandFault::UnknownUnion(id.to_owned()))?;
    let address = EmailAddress::parse(to).ok_or_else(|| CommandFault::NotAMailAddress(to.to_owned()))?;
    let now = SystemClock.now();
    let letter = LetterId::new(now, random_bytes(&SystemRandom)?);
    let content = composed(&tenant, language);
    let ready = postman::message(letter, &tenant.mail, address.as_str(), &content, now)
        .map_err(|fault| CommandFault::Broken(fault.to_string()))?;
    let place = format!("{}:{}", server.host(), server.port());
    let limits = SmtpTimeouts::default();
    let late = |step| SmtpFailure::new(step, SmtpReason::Late);
    let reached = timeout(limits.send, server.connect(limits.connect)).await;
    let outcome = match reached.unwrap_or_else(|_| Err(late(SmtpStep::Reach))) {
        Ok(mut conversation) => {
            said(out, language, &place, &server, conversation.hello());
            let handed_in = timeout(limits.send, conversation.hand_in(&ready)).await;
            handed_in.unwrap_or_else(|_| Err(late(SmtpStep::Content))).map(|()| conversation)
        }
        Err(trouble) => Err(trouble),
    };
    match outcome {
        Ok(conversation) => {
            let _ = timeout(limits.connect, conversation.leave()).await;
            let done = match language {
                Language::Ja => {
                    "メールサーバーが受け取りました。迷惑メールになっていないか、届いた先で確かめてください。"
                }
                Language::En => {
                    "The mail server took the letter. See at its address whether it counts as spam."
                }
            };
            writeln!(out, "{done}")?;
            Ok(Exit::Fine)
        }
        Err(trouble) => {
            writeln!(err, "{place}: {}", sentence(&trouble, language))?;
            Ok(Exit::Problems)
        }
    }
}

/// The letter of a test: nothing about anybody.
fn composed(tenant: &Tenant, language: Language) -> Composed {
    let (subject, text) = match language {
        Language::Ja => (
            "送信テスト",
            format!(
                "{} の加入者ページから送信できることを確かめるためのメールです。\nお心あたりがないときは、このメールを消してください。",
                tenant.name
            ),
        ),
        Language::En => (
            "A test letter",
            format!(
                "This letter shows that the member portal of {} can send mail.\nIf it means nothing to you, delete it.",
                tenant.name
            ),
        ),
    };
    Composed { subject: format!("{}{subject}", tenant.mail.subject_prefix), text }
}

/// Says that the server can be spoken to, and how. A pipe that is closed is no reason to stop.
fn said(out: &mut dyn Write, language: Language, place: &str, server: &SmtpServer, hello: &str) {
    use postman::server::Encryption;
    let how = match (language, server.encryption()) {
        (Language::Ja, Encryption::None) => "つながりました(暗号化なし)",
        (Language::Ja, Encryption::Opportunistic) => "つながりました(暗号化はサーバーまかせ)",
        (Language::Ja, Encryption::Required | Encryption::Wrapped) => "暗号化してつながりました",
        (Language::En, Encryption::None) => "reached, without encryption",
        (Language::En, Encryption::Opportunistic) => "reached; encrypted if the server offers it",
        (Language::En, Encryption::Required | Encryption::Wrapped) => "reached, encrypted",
    };
    let _ = writeln!(out, "{place}: {how} (EHLO {hello})");
}

/// A trouble in words: at which step, what was said, what to look at.
fn sentence(trouble: &SmtpFailure, language: Language) -> String {
    let step = match (language, trouble.step) {
        (Language::Ja, SmtpStep::Sender | SmtpStep::Recipient | SmtpStep::Content)
            if trouble.about == ReplyScope::Session =>
        {
            "このメールではなく、接続のしかたが断られました。設定 mail.hello(EHLO で名のる、. のある完全なホスト名)と、mail.smtp_url のユーザー・パスワード・暗号化を確かめてください"
        }
        (Language::En, SmtpStep::Sender | SmtpStep::Recipient | SmtpStep::Content)
            if trouble.about == ReplyScope::Session =>
        {
            "not this letter but the session was refused. Check the setting mail.hello (the whole host name said in EHLO), and user, password and encryption of mail.smtp_url"
        }
        (Language::Ja, SmtpStep::Reach) => {
            "つなぐところで止まりました。mail.smtp_url のホストとポート、ファイアウォールを確かめてください。サーバーの返事が EHLO についてのときは、設定 mail.hello も"
        }
        (Language::Ja, SmtpStep::Encrypt) => {
            "暗号化(STARTTLS)で止まりました。サーバーが対応しているか確かめてください。対応していなければ smtps:// に、閉じたネットワークなら ?tls=none にします。対応していれば、証明書を確かめるか、?ca=FILE で認証局を示してください"
        }
        (Language::Ja, SmtpStep::SignIn) => {
            "サーバーへのログインで止まりました。mail.smtp_url のユーザーとパスワードを確かめてください"
        }
        (Language::Ja, SmtpStep::Sender) => {
            "差出人が断られました。組合のファイルの mail.from_address を、サーバーに許してもらってください"
        }
        (Language::Ja, SmtpStep::Recipient) => {
            "宛先が断られました。--to と、サーバーの中継の設定を確かめてください"
        }
        (Language::Ja, SmtpStep::Content) => {
            "本文が断られました。サーバーの迷惑メール対策や大きさの制限を確かめてください"
        }
        (Language::En, SmtpStep::Reach) => {
            "it stopped at connecting. Check host and port of mail.smtp_url, and the firewall; if the answer is about EHLO, the setting mail.hello"
        }
        (Language::En, SmtpStep::Encrypt) => {
            "it stopped at encryption (STARTTLS). Does the server offer it? If not, try smtps:// or, in a closed network, ?tls=none. If so, check its certificate, or name its authority with ?ca=FILE"
        }
        (Language::En, SmtpStep::SignIn) => {
            "it stopped at signing in. Check user and password of mail.smtp_url"
        }
        (Language::En, SmtpStep::Sender) => {
            "the sender was refused. Have the server allow mail.from_address of the union's file"
        }
        (Language::En, SmtpStep::Recipient) => {
            "the recipient was refused. Check --to, and the server's rules for relaying"
        }
        (Language::En, SmtpStep::Content) => {
            "the letter was refused. Check the server's spam rules and size limit"
        }
    };
    let reason = match (language, trouble.reason) {
        (Language::Ja, SmtpReason::NotOffered) => "サーバーが暗号化に対応していません",
        (Language::Ja, SmtpReason::Late) => "時間内に返事がありません",
        (Language::En, SmtpReason::NotOffered) => "the server does not offer encryption",
        (Language::En, SmtpReason::Late) => "no answer in time",
        (_, SmtpReason::NotNow(_) | SmtpReason::Never(_) | SmtpReason::Broken) => trouble.said.as_str(),
    };
    match language {
        Language::Ja => format!("{step}({reason})。"),
        Language::En => format!("{step} ({reason})."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_stand_in_columns_and_late_letters_are_seen() {
        let now: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
        let oldest = now.checked_sub(SignedDuration::from_mins(11)).ok();
        let mail = OutboxFigures {
            tenant: "aokenpo".into(),
            waiting: 3,
            oldest,
            sending: 1,
            sent: 120,
            given_up: 0,
        };
        let rows = table(std::slice::from_ref(&mail), Language::En, now);
        assert_eq!(rows[1], ["aokenpo", "3", "11 min", "1", "120", "0"]);
        assert!(is_late(&mail, now));
        assert!(!is_late(&OutboxFigures { oldest: Some(now), ..mail }, now));
    }
}
