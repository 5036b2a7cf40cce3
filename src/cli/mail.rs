//! `mail status`, `mail test`: whether letters leave, and where it sticks.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{CommandFault, Exit, serve, tell, tenant::write_table, voice};
use crate::{
    domain::{
        member::{EmailAddress, LetterId},
        saying::{self, said},
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

/// How far back "lately" reaches.
const LATELY: SignedDuration = SignedDuration::from_hours(24);
/// A letter that waits longer than this is a problem: codes live ten minutes, unless `email_otp.ttl_minutes` of a union says
/// another number.
const TOO_LONG: SignedDuration = SignedDuration::from_mins(10);

/// `mail status [--json]`: the outbox of each union in figures. Problems where letters were given up lately, wait too
/// long, or wait and no mail server is set.
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
    let restored: u32 = unions.iter().map(|mail| mail.restored).sum();
    let waiting: u32 = unions.iter().map(|mail| mail.waiting).sum();
    let late = unions.iter().any(|mail| is_late(mail, now));
    let has_server = settings.mail.smtp_url.is_some();
    if given_up > restored {
        writeln!(err, "{}", tell(language, &said!("mail-status-given-up", count = given_up - restored)))?;
    }
    if restored > 0 {
        writeln!(err, "{}", tell(language, &said!("mail-status-restored", count = restored)))?;
    }
    if !has_server {
        writeln!(err, "{}", tell(language, &said!("mail-status-no-server", waiting)))?;
    } else if late {
        writeln!(err, "{}", tell(language, &said!("mail-status-late")))?;
    }
    Ok(if late || given_up > 0 || (!has_server && waiting > 0) { Exit::Problems } else { Exit::Fine })
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
        "given_up_by_restore_24h": mail.restored,
    })
}

fn table(unions: &[OutboxFigures], language: Language, now: Timestamp) -> Vec<[String; 6]> {
    let words = voice(language);
    let head = [
        "ID".to_owned(),
        words.msg("mail-head-waiting"),
        words.msg("mail-head-oldest"),
        words.msg("mail-head-sending"),
        words.msg("mail-head-sent"),
        words.msg("mail-head-given-up"),
    ];
    let row = |mail: &OutboxFigures| {
        let age = mail.oldest.map_or("-".to_owned(), |oldest| age(now.duration_since(oldest), language));
        let figures = [mail.waiting.to_string(), age, mail.sending.to_string(), mail.sent.to_string()];
        let [waiting, age, sending, sent] = figures;
        [mail.tenant.clone(), waiting, age, sending, sent, mail.given_up.to_string()]
    };
    std::iter::once(head).chain(unions.iter().map(row)).collect()
}

fn age(age: SignedDuration, language: Language) -> String {
    match (age.as_hours(), age.as_mins()) {
        (0, minutes) => tell(language, &said!("mail-minutes", minutes)),
        (hours, _) => tell(language, &said!("mail-hours", hours)),
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
    let ready = postman::message(letter, &tenant, address.as_str(), &content, now)
        .map_err(|fault| CommandFault::Broken(fault.to_string().into()))?;
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
            writeln!(out, "{}", tell(language, &said!("mail-test-taken")))?;
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
    let words = voice(language);
    let subject = words.msg("mail-test-subject");
    let text = words.msg1("mail-test-text", "union", tenant.name_in(words.language()).text);
    Composed {
        subject: format!("{}{subject}", tenant.subject_prefix_in(words.language()).text),
        text,
        language: Some(language),
        code: None,
        button: None,
    }
}

/// Says that the server can be spoken to, and how. A pipe that is closed is no reason to stop.
fn said(out: &mut dyn Write, language: Language, place: &str, server: &SmtpServer, hello: &str) {
    use postman::server::Encryption;
    let how = match server.encryption() {
        Encryption::None => said!("mail-test-reached-plain"),
        Encryption::Opportunistic => said!("mail-test-reached-opportunistic"),
        Encryption::Required | Encryption::Wrapped => said!("mail-test-reached-encrypted"),
    };
    let how = tell(language, &how);
    let _ = writeln!(out, "{place}: {how} (EHLO {hello})");
}

/// A trouble in words: at which step, what was said, what to look at.
pub(super) fn sentence(trouble: &SmtpFailure, language: Language) -> String {
    let step = match trouble.step {
        SmtpStep::Sender | SmtpStep::Recipient | SmtpStep::Content
            if trouble.about == ReplyScope::Session =>
        {
            said!("mail-test-session")
        }
        SmtpStep::Reach => said!("mail-test-reach"),
        SmtpStep::Encrypt => said!("mail-test-encrypt"),
        SmtpStep::SignIn => said!("mail-test-sign-in"),
        SmtpStep::Sender => said!("mail-test-sender"),
        SmtpStep::Recipient => said!("mail-test-recipient"),
        SmtpStep::Content => said!("mail-test-content"),
    };
    let reason = match trouble.reason {
        SmtpReason::NotOffered => saying::SayingValue::Said(said!("mail-test-not-offered")),
        SmtpReason::Late => saying::SayingValue::Said(said!("mail-test-no-answer")),
        SmtpReason::NotNow(_) | SmtpReason::Never(_) | SmtpReason::Broken => {
            saying::SayingValue::from(&trouble.said)
        }
    };
    tell(language, &said!("mail-test-stopped", step, reason))
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
            restored: 0,
        };
        let rows = table(std::slice::from_ref(&mail), Language::En, now);
        assert_eq!(rows[1], ["aokenpo", "3", "11 min", "1", "120", "0"]);
        assert!(is_late(&mail, now));
        assert!(!is_late(&OutboxFigures { oldest: Some(now), ..mail }, now));
    }
}
