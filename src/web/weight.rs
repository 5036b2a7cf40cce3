//! Weight: the `q` of `Accept-Language` and `Accept-Encoding`.

/// A weight in thousandths. `None` where the text is none: it is `0`, `1`, or one of them with up to three digits behind a
/// point, and never above 1 (RFC 9110, 12.4.2).
pub(super) fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let whole: u16 = if matches!(whole, "0" | "1") { whole.parse().ok()? } else { return None };
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let rest: u16 = format!("{rest:0<3}").parse().ok()?;
    Some(whole * 1000 + rest).filter(|all| *all <= 1000)
}
