//! 「ご利用の手引き」 at unions of every kind, and whether it calls things what they are called on their pages.

use std::collections::BTreeSet;

use kenpo_portal::{
    domain::tenant::Language,
    web::sample::help::pages,
    wording::{FILES, Wording},
};
use scraper::{ElementRef, Html, Selector};

use crate::sample_tenant::midori;

#[test]
fn every_anchor_of_the_guide_leads_somewhere_and_no_place_has_two() {
    let wording = Wording::new();
    for language in [Language::Ja, Language::En] {
        pages(&midori(), &wording, language, &mut |name, html| {
            let page = Html::parse_document(&html.unwrap());
            let all = |css: &str| page.select(&Selector::parse(css).unwrap()).collect::<Vec<_>>();
            let ids: Vec<_> = all("[id]").into_iter().map(|e| e.attr("id").unwrap()).collect();
            let once: BTreeSet<_> = ids.iter().collect();
            assert_eq!(once.len(), ids.len(), "{name}: {ids:?}");
            for link in all("a[href^='#']") {
                let id = &link.attr("href").unwrap()[1..];
                assert!(once.contains(&id), "{name}: {id}");
            }
            let told = all("#contents a, #questions > .links a").len();
            let there = all("section.kind, #questions h3[id]").len();
            let whole = name.starts_with("help-of-") || name == "help-whole";
            assert!(!whole || told == there, "{name}: the contents name every section and question");
        });
    }
}

#[test]
fn a_union_of_another_kind_has_another_guide() {
    let wording = Wording::new();
    let mut texts = Vec::new();
    pages(&midori(), &wording, Language::Ja, &mut |name, html| {
        let page = Html::parse_document(&html.unwrap());
        let main = page.select(&Selector::parse("main").unwrap()).next().unwrap();
        texts.push((name.to_owned(), main.text().collect::<String>()));
    });
    let text = |name: &str| texts.iter().find(|(page, _)| page == name).unwrap().1.as_str();
    let holds = |name: &str, told: &[&str], untold: &[&str]| {
        for words in told {
            assert!(text(name).contains(words), "{name} tells of {words}");
        }
        for words in untold {
            assert!(!text(name).contains(words), "{name} is silent on {words}");
        }
    };
    holds(
        "help-of-passkeys",
        &["Windows Hello", "Bluetoothがオフです", "押すだけでもログインできます"],
        &[
            "ワンタイムパスワード",
            "認証アプリ",
            "Authenticator",
            "再送信",
            "OTP",
            "初回ログインが完了しました",
        ],
    );
    holds(
        "help-of-apps",
        &["FreeOTP", "12文字の確認コード", "ワンタイムパスワードの設定"],
        &["Google Authenticator", "Microsoft Authenticator", "生体認証", "パスキー", "再送信", "拡張機能"],
    );
    holds(
        "help-of-extensions",
        &["Open Two-Factor Authenticator", "二次元コードをスキャン", "健康保険組合から届いたメール"],
        &["Google Authenticator", "FreeOTP", "認証アプリを開く", "お使いのスマートフォン"],
    );
    holds(
        "help-of-mail",
        &["再送信", "このメールアドレスを確認する", "ログアウトして、もう一度ログインする"],
        &["認証アプリ", "生体認証", "機種変更や紛失などで使えない", "ログイン状態の保存", "2台目"],
    );
    holds(
        "help-of-all",
        &[
            "24時間お待ちいただきます",
            "前からユーザIDをお持ちの方",
            "ハガキや通知書をお持ちの方は、そこに書かれた仮パスワード",
            "OTP認証(メール)",
            "6けたの確認コード",
        ],
        &[
            "12文字",
            "記号+番号",
            "ご案内に書かれたユーザIDとパスワード",
            "メールアドレスを確認する」の下のリンク",
        ],
    );
    assert!(text("help-on-the-way").contains("もとの画面に戻れます"));
    assert!(!text("help-whole").contains("ブラウザの「戻る」"));
}

/// What is written on other people's screens: the device's, the apps', the browser's.
const ELSEWHERE: [&str; 34] = [
    "戻る",
    "設定",
    "続ける",
    "キャンセル",
    "OK",
    "iPhone、iPad、または Android デバイス",
    "スマートフォンまたはタブレットを使用する",
    "Windows Hello または外部セキュリティ キー",
    "QRコードスキャナ",
    "入手",
    "インストール",
    "開く",
    "開始",
    "続行",
    "アカウントなしで Authenticator を使用",
    "コードを追加",
    "+",
    "QRコードをスキャン",
    "セットアップキーを入力",
    "アカウント名",
    "鍵",
    "時間ベース",
    "追加",
    "承諾する",
    "スキップ",
    "その他(Google、Facebook など)",
    "またはコードを手動で入力",
    "秘密鍵",
    "完了",
    "Authenticator",
    "二次元コードをスキャン",
    "追加されました。",
    "Open Two-Factor Authenticator",
    "QRコードをスキャンする",
];

/// What else is put in quotation marks: the extension's words, what subjects of letters say, and the sign before 「設定」.
const QUOTED: [&str; 6] = [
    "マスターパスワード",
    "送信",
    "変更されました",
    "登録されました",
    "認証方法の変更が申し込まれました",
    "：",
];

#[test]
fn what_the_guide_puts_in_quotation_marks_is_written_on_a_page() {
    let (_, guide, _) = FILES.into_iter().find(|(word, ..)| *word == "help").unwrap();
    let others = FILES.into_iter().filter(|(word, ..)| *word != "help");
    let said: Vec<&str> = others.flat_map(|(_, ja, _)| ja.lines()).collect();
    for line in guide.lines().filter(|line| !line.starts_with('#')) {
        for quoted in line.split('「').skip(1).filter_map(|rest| rest.split('」').next()) {
            // 「ログイン」 is the whole of a message; a failure's words may go on.
            let known = said.iter().any(|said| {
                let text = said.split_once(" = ").map_or("", |(_, text)| text);
                text == quoted || (quoted.chars().count() > 10 && text.starts_with(quoted))
            });
            let elsewhere = ELSEWHERE.contains(&quoted) || QUOTED.contains(&quoted);
            assert!(known || elsewhere || quoted.starts_with('{'), "「{quoted}」: {line}");
        }
    }
}

#[test]
fn the_guide_says_all_it_says_before_sign_in_in_both_languages() {
    let (tenant, wording) = (midori(), Wording::new());
    let bones = |language| {
        let mut found = Vec::new();
        pages(&tenant, &wording, language, &mut |name, html| {
            let page = Html::parse_document(&html.unwrap());
            let blocks = Selector::parse("main :is(h2, h3, p, li)").unwrap();
            let words = |e: ElementRef<'_>| e.text().collect::<String>().trim().is_empty();
            assert!(!page.select(&blocks).any(words), "{name}: an empty block");
            // Terms in another language than the page say so.
            if name != "terms-to-read" {
                found.push((name.to_owned(), page.select(&blocks).count()));
            }
        });
        found
    };
    assert_eq!(bones(Language::Ja), bones(Language::En));
}
