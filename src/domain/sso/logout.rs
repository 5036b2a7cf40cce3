//! Logout: a service is told that a session has ended, and when it is tried again (OpenID Connect Back-Channel Logout 1.0).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How long a logout token is good (2.4: at most two minutes).
pub const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(2);
/// The type of a logout token (2.4).
pub const TOKEN_TYPE: &str = "logout+jwt";
/// How long a service is tried to be told.
pub const TRIED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The waits after the first failures; the last one after every further failure.
pub const WAITS: [SignedDuration; 6] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
];

/// What a logout token is about.
#[derive(Debug, Clone, Copy)]
pub struct LogoutToken<'a> {
    /// The union.
    pub issuer: &'a str,
    /// The service.
    pub client: &'a str,
    /// Who the member is there.
    pub sub: &'a str,
    /// What the session is called there.
    pub sid: &'a str,
    /// Drawn for this token alone.
    pub jti: &'a str,
}

/// The claims of a logout token that is made `now`. Never with a `nonce`: nobody may take it for an ID token (2.4).
pub fn logout_token(about: &LogoutToken<'_>, now: Timestamp) -> Value {
    let until = now.checked_add(TOKEN_LIFE).unwrap_or(now);
    json!({
        "iss": about.issuer,
        "sub": about.sub,
        "aud": about.client,
        "iat": now.as_second(),
        "exp": until.as_second(),
        "jti": about.jti,
        "sid": about.sid,
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

/// Whether an answer of that status says that the service was told (2.8): some frameworks make 204 of 200.
pub fn is_told(status: u16) -> bool {
    matches!(status, 200 | 204)
}

/// When a service is tried again that could not be told at the `tries`-th try, counted from 1; `None` when it is given up.
pub fn next_try(made_at: Timestamp, tries: u32, now: Timestamp) -> Option<Timestamp> {
    let end = made_at.checked_add(TRIED_FOR).unwrap_or(made_at);
    let place = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let wait = WAITS.get(place).or(WAITS.last()).copied().unwrap_or(TRIED_FOR);
    (now < end).then(|| now.checked_add(wait).unwrap_or(end).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_tried_soon_then_seldom_and_given_up_after_a_day() {
        let made_at = Timestamp::UNIX_EPOCH;
        let (mut now, mut tries, mut seconds) = (made_at, 1, vec![0]);
        while let Some(next) = next_try(made_at, tries, now) {
            (now, tries) = (next, tries + 1);
            seconds.push(now.as_second());
        }
        assert_eq!(
            seconds,
            [0, 5, 35, 155, 755, 4_355, 25_955, 47_555, 69_155, 86_400],
            "5 s, 30 s, 2 min, 10 min, 1 h, 6 h, 6 h, 6 h, and once more at the end"
        );
    }

    #[test]
    fn a_logout_token_says_who_and_that_it_is_over_and_cannot_be_taken_for_an_id_token() {
        let about = LogoutToken { issuer: "i", client: "c", sub: "s", sid: "d", jti: "j" };
        let claims = logout_token(&about, Timestamp::UNIX_EPOCH);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
        assert!(claims["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
        assert!(claims.get("nonce").is_none());
    }
}
