//! What the summary of errors says above a form.

use kenpo_portal::{
    domain::{refusal::Refusal, tenant::Language},
    portal::Field,
    web::{
        page::{Frame, with_refusals},
        sample::number,
    },
    wording::Wording,
};

use crate::sample_tenant::midori;

#[test]
fn the_summary_asks_to_check_what_was_typed_only_where_something_was() {
    let (tenant, wording) = (midori(), Wording::new());
    let frame = || Frame::new(&tenant, wording.words(&tenant, Language::Ja), "/x", number());
    let empty = frame().with_refusal("user_id", &Refusal::Empty);
    assert_eq!(empty.errors_title(), "入力を確かめてください");
    assert_eq!(empty.errors[0].named, "ユーザID");
    assert_eq!(empty.errors_of("user_id"), ["入力してください。"]);
    assert_eq!(frame().with_refusal("main", &Refusal::LastFactor).errors_title(), "できませんでした");
    let asked_too_often = with_refusals(frame(), &[(Field::Code, Refusal::TooManyMailCodes)]);
    assert_eq!(asked_too_often.errors_title(), "できませんでした");
    let wrong = with_refusals(frame(), &[(Field::Code, Refusal::MalformedCode)]);
    assert_eq!((wrong.errors[0].field, wrong.errors_title().as_str()), ("code", "入力を確かめてください"));
}
