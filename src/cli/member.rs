//! `member …`: the roster and the union's desk, until staff have a console.
//!
//! Plain functions with plain writers: data to `out`, words to `err`. The answer is the exit code.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::{
    domain::{first_credential, tenant::Language},
    portal::{
        desk::{self, Address, Desk, Reverted},
        roster::{ImportError, ImportRefusal, Notices, NoticesPathTaken},
    },
    wording::Wording,
};

mod card;
mod import;

pub use import::{ImportOptions, import};

/// Fine.
pub const FINE: u8 = 0;
/// Problems were found.
pub const PROBLEMS: u8 = 1;
/// It could not run.
pub const COULD_NOT_RUN: u8 = 2;

/// One of two texts.
fn either(language: Language, ja: impl Into<String>, en: impl Into<String>) -> String {
    match language {
        Language::Ja => ja.into(),
        Language::En => en.into(),
    }
}

/// What is asked of the desk.
#[derive(Debug, Clone, Copy)]
pub struct DeskOptions<'a> {
    /// User ID or 記号-番号[-枝番].
    pub member: &'a str,
    /// In which language to answer.
    pub language: Language,
}

/// `member show MEMBER`
pub async fn show(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match desk.show(options.member).await {
        Ok(card) => {
            let wording = Wording::new();
            let words = wording.words(desk.tenant, options.language);
            write!(out, "{}", card::text(&card, &words))?;
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, err),
    }
}

/// `member unlock MEMBER`
pub async fn unlock(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    match desk.unlock(options.member).await {
        Ok(member) => {
            let done = either(
                language,
                "まちがいの回数(パスワード、ワンタイムパスワード、生年月日)を 0 にしました。",
                "The counts of wrong passwords, codes and birth dates are cleared.",
            );
            writeln!(out, "{}  {done}", card::number(&member.number))?;
            if member.locked_at.is_some() {
                let still = either(
                    language,
                    "職員による停止は続いています。",
                    "The member is still kept out by staff.",
                );
                writeln!(err, "{still}")?;
            }
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, err),
    }
}

/// What `member revert` is asked besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct RevertOptions<'a> {
    /// Where the new password is written.
    pub notices: Option<&'a Path>,
    /// Whether the mail address stays.
    pub keep_address: bool,
}

/// `member revert MEMBER --notices FILE [--keep-address]`
pub async fn revert(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    revert: RevertOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    let address = if revert.keep_address { Address::Kept } else { Address::Dropped };
    match desk.revert(options.member, revert.notices, address).await {
        Ok(reverted) => {
            let done = either(
                language,
                "初回ログインの前にもどしました。パスワード、認証方法、ログイン中の端末はなくなりました。",
                "Set back to before first login: password, factors and sessions are gone.",
            );
            writeln!(out, "{}  {done}", card::number(&reverted.member.number))?;
            for sentence in address_sentences(&reverted, language) {
                writeln!(out, "{sentence}")?;
            }
            if let Some(sentence) = notices_sentence(&reverted.notices, language) {
                writeln!(out, "{sentence}")?;
            }
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, err),
    }
}

/// `member desk-code MEMBER`: the code to `out`, once; until when it works to `err`.
pub async fn desk_code(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    use secrecy::ExposeSecret as _;
    let language = options.language;
    match desk.desk_code(options.member).await {
        Ok(issued) => {
            writeln!(out, "{}", first_credential::grouped(issued.code.expose_secret()))?;
            let (number, until) = (card::number(&issued.member.number), card::moment(issued.expires_at));
            let told = either(
                language,
                format!(
                    "{number} の方だけが、1回だけ使えます。{until} まで。ご本人と確かめてから伝えてください。前の確認コードは使えません。"
                ),
                format!(
                    "For {number} only, once, until {until}. Tell it only to the member, once you know who it is. An older code is dead."
                ),
            );
            writeln!(err, "{told}")?;
            if issued.member.locked_at.is_some() {
                let still = either(
                    language,
                    "職員による停止は続いています。",
                    "The member is still kept out by staff.",
                );
                writeln!(err, "{still}")?;
            }
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, err),
    }
}

/// Says why a deed of the desk stopped.
fn told(
    desk: &Desk<'_>,
    stop: &desk::DeskStop,
    options: DeskOptions<'_>,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let (language, tenant) = (options.language, &desk.tenant.slug);
    let (sentence, code) = match stop {
        desk::DeskStop::Refused(desk::DeskRefusal::NoSuchMember) => {
            let sentence = either(
                language,
                "そのユーザIDや記号・番号の加入者はいません。ユーザID、または 記号-番号(枝番があるときは 記号-番号-枝番)で指定してください。",
                "No member has that user ID or number. Give the user ID, or KIGO-BANGO (with a branch: KIGO-BANGO-BRANCH).",
            );
            (sentence, PROBLEMS)
        }
        desk::DeskStop::Refused(desk::DeskRefusal::Ambiguous) => {
            let sentence = either(
                language,
                "ある人のユーザIDで、別の人の記号・番号でもあります。記号-番号-枝番(枝番がなければ 00)で指定してください。",
                "That is one member's user ID and another one's number. Give KIGO-BANGO-BRANCH (00 without a branch).",
            );
            (sentence, PROBLEMS)
        }
        desk::DeskStop::Refused(desk::DeskRefusal::NoDeskCodes) => {
            let sentence = either(
                language,
                format!(
                    "{tenant} では、健康保険組合の確認コードを使いません。使うには、組合のファイルの [recovery] を lost_factor = \"desk-code\" にしてください。"
                ),
                format!(
                    "{tenant} does not use codes of the desk. To use them, say lost_factor = \"desk-code\" under [recovery] of the union's file."
                ),
            );
            (sentence, COULD_NOT_RUN)
        }
        desk::DeskStop::Refused(desk::DeskRefusal::NoticesNeeded) => {
            let sentence = either(
                language,
                format!(
                    "新しい仮パスワードを書くファイルを --notices で指定してください。\n  kenpo-portal member revert --tenant {tenant} {} --notices notice.csv",
                    options.member
                ),
                format!(
                    "Say with --notices where to write the new temporary password.\n  kenpo-portal member revert --tenant {tenant} {} --notices notice.csv",
                    options.member
                ),
            );
            (sentence, COULD_NOT_RUN)
        }
        desk::DeskStop::Refused(desk::DeskRefusal::Notices(refusal)) => {
            (refusal_sentence(refusal, language), COULD_NOT_RUN)
        }
        desk::DeskStop::Broken(fault) => (fault_sentence(fault, language), COULD_NOT_RUN),
    };
    writeln!(err, "{sentence}")?;
    Ok(code)
}

/// What became of the addresses, in full: who acts on an address sees which it is (D25).
fn address_sentences(reverted: &Reverted, language: Language) -> Vec<String> {
    let member = &reverted.member;
    let mut sentences = Vec::new();
    if let Some(email) = &member.email {
        let email = email.as_str();
        sentences.push(match reverted.address {
            Address::Dropped => either(
                language,
                format!(
                    "メールアドレス {email} を外しました。ご本人のものは、次の名簿の取り込みか初回ログインで登録されます。"
                ),
                format!(
                    "The mail address {email} was taken off. The member's own comes back with the next roster, or is given in first login."
                ),
            ),
            Address::Kept => either(
                language,
                format!("メールアドレス {email} を残しました。"),
                format!("The mail address {email} was kept."),
            ),
        });
    }
    if let Some(pending) = &member.email_pending {
        let pending = pending.as_str();
        sentences.push(either(
            language,
            format!("確認を待っていたメールアドレス {pending} を外しました。"),
            format!("The mail address {pending}, which was not confirmed yet, was taken off."),
        ));
    }
    sentences.push(either(
        language,
        "新しい仮パスワードが使われるまで、「パスワードを忘れた方」からのメールは送りません。",
        "Until the new temporary password is used, no mail for a forgotten password is sent.",
    ));
    sentences
}

/// What became of the notices; nothing to say when none were due.
fn notices_sentence(notices: &Notices, language: Language) -> Option<String> {
    Some(match notices {
        Notices::None => return None,
        Notices::Due(count) => either(
            language,
            format!("通知データ: {count} 人分が必要です。取り込むときは --notices FILE を付けてください。"),
            format!("Notices: {count} will be due. Add --notices FILE to the import."),
        ),
        Notices::Written(count, path) => either(
            language,
            format!(
                "通知データ: {}({count} 人分)。仮パスワードはここにしかありません。印刷したら消してください。",
                path.display()
            ),
            format!(
                "Notices: {} ({count}). The temporary passwords are nowhere else. Delete the file once it is printed.",
                path.display()
            ),
        ),
        Notices::Unnamed(count, path) => either(
            language,
            format!(
                "通知データは {} にあります({count} 人分)。書き込みは終わりましたが、名前を変えられませんでした。仮パスワードはここにしかありません。",
                path.display()
            ),
            format!(
                "The notices are in {} ({count}): everything was written, but the file could not be renamed. The temporary passwords are nowhere else.",
                path.display()
            ),
        ),
    })
}

/// The sentence of a refusal that is not about single rows.
fn refusal_sentence(refusal: &ImportRefusal, language: Language) -> String {
    match refusal {
        ImportRefusal::File(flaw) => flaw.sentence(language),
        ImportRefusal::Rows(bad) => {
            either(language, format!("不備が {} 件あります。", bad.len()), format!("{} problems.", bad.len()))
        }
        ImportRefusal::Running { since, until } => {
            // Minutes are cut off: the next one is certainly late enough.
            let until = until.checked_add(jiff::SignedDuration::from_mins(1)).unwrap_or(*until);
            let (since, until) = (card::moment(*since), card::moment(until));
            either(
                language,
                format!(
                    "この組合の名簿を、別の取り込みが書いています({since} から)。終わってから、もう一度実行してください。それが途中で止まったのなら、{until} を過ぎれば実行できます。途中まで書かれたものは、そのとき片づけられます。"
                ),
                format!(
                    "Another import of this union is at work (since {since}). Run this one when it is done. If it has stopped, this one can run after {until}; what is half done is cleared away then."
                ),
            )
        }
        ImportRefusal::NoticesNeeded(count) => either(
            language,
            format!(
                "仮パスワードを {count} 人分つくります。書き出すファイルを --notices で指定してください。"
            ),
            format!(
                "Temporary passwords will be drawn for {count} members. Say with --notices where to write them."
            ),
        ),
        ImportRefusal::NoticesTaken(NoticesPathTaken::Exists(path)) => either(
            language,
            format!("{} はすでにあります。上書きはしません。別の名前を指定してください。", path.display()),
            format!("{} exists and is never overwritten. Choose another name.", path.display()),
        ),
        ImportRefusal::NoticesTaken(NoticesPathTaken::Partial(path)) => either(
            language,
            format!(
                "{} が残っています(前の取り込みが途中で止まりました)。同じファイルを --dry-run で調べて「変更なし」なら、この中の仮パスワードが有効です。名前を変えて印刷してください。追加が残っていれば、消してやりなおしてください。",
                path.display()
            ),
            format!(
                "{} is left from an import that was interrupted. Run the same file with --dry-run: if everybody is unchanged, its passwords are in force; rename and print it. If members are still to be added, delete it and import again.",
                path.display()
            ),
        ),
        ImportRefusal::Unprintable { line } => either(
            language,
            format!(
                "{line} 行目の氏名を CP932 の通知データに書けません。氏名の文字を変えるか、名簿を UTF-8 で保存しなおし、組合のファイルの [import] を encoding = \"utf-8\" にしてください。"
            ),
            format!(
                "The name on line {line} cannot be written as CP932. Change its characters, or save the roster as UTF-8 and say encoding = \"utf-8\" under [import] of the union's file."
            ),
        ),
    }
}

/// The sentence of something broken.
fn fault_sentence(fault: &ImportError, language: Language) -> String {
    match fault {
        ImportError::Busy => either(
            language,
            "ほかの書き込みが続いているため、何も書かずにやめました。少し待って、もう一度実行してください。",
            "Others kept writing at the same time; nothing was written. Wait a little and run it again.",
        ),
        ImportError::Unsure { notices } => {
            let kept = notices.as_ref().map_or_else(String::new, |path| {
                either(
                    language,
                    format!(" 通知データは {} に残しました。", path.display()),
                    format!(" The notices are kept in {}.", path.display()),
                )
            });
            either(
                language,
                format!(
                    "書き込みの最後にデータベースとの接続が切れ、終わったかどうか分かりません。--dry-run か member show で確かめてください。{kept}"
                ),
                format!(
                    "The database went away at the end of writing, and it is not known whether it was done. Look with --dry-run or member show.{kept}"
                ),
            )
        }
        ImportError::Notices { path, source } => either(
            language,
            format!("{} に書けません({source})。何も取り込んでいません。", path.display()),
            format!("{} cannot be written ({source}). Nothing was imported.", path.display()),
        ),
        ImportError::Store(_)
        | ImportError::NoRandomness(_)
        | ImportError::Time
        | ImportError::Vault(_)
        | ImportError::Letter => either(
            language,
            format!("何も書かずにやめました: {fault}"),
            format!("Stopped without writing anything: {fault}"),
        ),
    }
}
