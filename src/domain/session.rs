//! Session: a signed-in browser, and how long it may stay ([D12]).
//!
//! [D12]: crate::rules::decisions#d12

use jiff::{SignedDuration, Timestamp};

use super::{
    clock::GAP,
    member::{MemberId, SessionId},
    tenant::{Method, SessionPolicy},
};

/// Minutes a sign-in attempt may take (D12).
pub const SIGN_IN_MINUTES: i64 = 30;
/// Minutes a first login may take before it asks for the password again (D12). Progress is kept.
pub const FIRST_LOGIN_MINUTES: i64 = 60;
/// Minutes the way out of a forgotten password may take (D12).
pub const RECOVERY_MINUTES: i64 = 30;
/// A visit is noted at most this often, so that reading a page does not write.
pub const NOTE_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// How long after it was set a new password without a working factor opens nothing any more (D2).
pub const FACTORLESS: SignedDuration = SignedDuration::from_hours(24 * 14);

/// The latest end that any union's file allows a session, from its beginning (D12).
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// How long an attempt or a session that ran out is known to the browser it belongs to: it tells the user ID, and keeps
/// the form that was sent too late (D15).
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// How long before its end a page warns; half the idle time where that is shorter. At least 20 seconds (WCAG 2.2.1).
pub const WARN_BEFORE: SignedDuration = SignedDuration::from_mins(2);

/// How long proofs count as fresh for what may not be done from a forgotten screen (D11).
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// A session, as the row has it.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// The member it belongs to.
    pub member: MemberId,
    /// The factor that was proven.
    pub factor: Method,
    /// Whether 「ログイン状態の保存」 was ticked.
    pub remember: bool,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the older of the two strongest proofs was shown, at sign-in or since (D29); `None` where the sign-in was by a
    /// weaker way, took longer than [`FRESH`], or where a purge has found the proofs stale (R25).
    pub proven_at: Option<Timestamp>,
    /// The last noted visit.
    pub seen_at: Timestamp,
    /// When it ends at the latest, however often it is used (D12).
    pub expires_at: Timestamp,
    /// When a purge found it over: final, whatever the clock says later (R25).
    pub ended_at: Option<Timestamp>,
    /// When its member last showed again who they are, both proofs (D29); `None` where that was at sign-in.
    pub auth_at: Option<Timestamp>,
}

/// When the member last showed who they are, with the factor that the session is by.
pub fn auth_time(session: &Session) -> Timestamp {
    session.auth_at.map_or(session.created_at, |auth_at| auth_at.max(session.created_at))
}

/// The sign-in before the one that a session began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormerSignIn {
    /// When its session was opened.
    pub at: Timestamp,
    /// Which factor was shown; unknown in old rows of the trail.
    pub method: Option<Method>,
}

/// The absolute end of a session that begins `now`.
pub fn expires_at(policy: &SessionPolicy, remember: bool, now: Timestamp) -> Timestamp {
    let hours = if remember { policy.remember_hours } else { policy.absolute_hours };
    now.checked_add(SignedDuration::from_hours(i64::from(hours))).unwrap_or(now)
}

/// Whether the session still counts at `now`. The union's file rules at every visit: taking
/// 「ログイン状態の保存」 away ends remembered sessions at their next request (J2).
pub fn is_alive(session: &Session, policy: &SessionPolicy, now: Timestamp) -> bool {
    session.ended_at.is_none() && now < ends_at(session, policy) && !is_of_a_time_to_come(session, now)
}

/// Whether a clock that was days ahead opened it, or saw it last: by a clock that is right it would live until that time has
/// come (R25). Whose clock is set back by less goes on, for nobody can tell which of the two was wrong.
fn is_of_a_time_to_come(session: &Session, now: Timestamp) -> bool {
    session.created_at.max(session.seen_at).duration_since(now) > GAP
}

/// Whether it ended no longer ago than a member may be idle. What the screen showed then is still theirs; what stood on it
/// for hours may have been read by anybody.
pub fn ended_just_now(session: &Session, policy: &SessionPolicy, now: Timestamp) -> bool {
    let since = now.duration_since(ends_at(session, policy));
    // A clock that went back behind the end says nothing about how long ago that was.
    !is_alive(session, policy, now) && !since.is_negative() && since <= idle(policy)
}

/// Whether it is over only because its member was away for too long: what the member does at a service goes on.
pub fn is_only_idle(session: &Session, policy: &SessionPolicy, now: Timestamp) -> bool {
    !is_alive(session, policy, now)
        && now < absolute_end(session, policy)
        && !is_of_a_time_to_come(session, now)
}

/// Seconds for which a browser keeps the cookie of a remembered session; `None`: until it is closed. They outlast the
/// session, for the browser is told that it is over, and brings along what was typed.
pub fn cookie_seconds(remember: bool, expires_at: Timestamp, now: Timestamp) -> Option<i64> {
    remember.then(|| (expires_at.duration_since(now) + REMEMBERED).as_secs())
}

/// When the session ends, if nothing happens before.
fn ends_at(session: &Session, policy: &SessionPolicy) -> Timestamp {
    let absolute = absolute_end(session, policy);
    if session.remember { absolute } else { absolute.min(idle_end(session, policy)) }
}

/// What no visit moves.
fn absolute_end(session: &Session, policy: &SessionPolicy) -> Timestamp {
    session.expires_at.min(expires_at(policy, session.remember, session.created_at))
}

/// What every noted visit moves.
fn idle_end(session: &Session, policy: &SessionPolicy) -> Timestamp {
    session.seen_at.checked_add(idle(policy)).unwrap_or(session.seen_at)
}

fn idle(policy: &SessionPolicy) -> SignedDuration {
    SignedDuration::from_mins(i64::from(policy.idle_minutes))
}

/// What is left of a session, as a page of it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLeft {
    /// Seconds until it ends, rounded up: a page that waits so long finds it over.
    pub seconds: i64,
    /// Seconds before the end at which the page warns.
    pub warning: i64,
    /// Whether a visit moves the end. The absolute end stays where it is (D12).
    pub may_go_on: bool,
}

impl TimeLeft {
    /// Of a session that ran out: what its pages send is kept.
    pub const OVER: Self = Self { seconds: 0, warning: 0, may_go_on: false };
}

/// What is left at `now`.
pub fn rest(session: &Session, policy: &SessionPolicy, now: Timestamp) -> TimeLeft {
    let left = ends_at(session, policy).duration_since(now);
    let whole = if left.subsec_nanos() > 0 { left.as_secs() + 1 } else { left.as_secs() };
    TimeLeft {
        seconds: whole.max(0),
        warning: WARN_BEFORE.min(idle(policy) / 2).as_secs(),
        may_go_on: !session.remember && idle_end(session, policy) < absolute_end(session, policy),
    }
}

/// Whether the member showed who they are a moment ago (D11). A sign-in counts, unless it was by a weaker factor than
/// the strongest one held: then `proven_at` is none.
pub fn is_fresh(session: &Session, now: Timestamp) -> bool {
    session.proven_at.is_some_and(|proven_at| is_recent(proven_at, now))
}

/// Whether a proof of that moment counts as fresh. One from the future counts no longer than one from the past: a clock
/// that was set back lengthens nothing.
pub fn is_recent(shown_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(shown_at).abs() < FRESH
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: SessionPolicy = SessionPolicy { idle_minutes: 30, absolute_hours: 12, remember_hours: 24 };

    fn session(remember: bool) -> Session {
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        Session {
            id: SessionId::new(start, [0; 10]),
            member: MemberId::new(start, [1; 10]),
            factor: Method::AppOtp,
            remember,
            created_at: start,
            proven_at: Some(start),
            seen_at: start,
            expires_at: expires_at(&POLICY, remember, start),
            ended_at: None,
            auth_at: None,
        }
    }

    #[test]
    fn half_an_hour_of_silence_ends_it_unless_it_is_remembered() {
        let after = SignedDuration::from_mins(30);
        let (plain, kept) = (session(false), session(true));
        assert!(is_alive(&plain, &POLICY, plain.created_at + after - SignedDuration::from_secs(1)));
        assert!(!is_alive(&plain, &POLICY, plain.created_at + after));
        assert!(is_alive(&kept, &POLICY, kept.created_at + after));
    }

    #[test]
    fn what_a_clock_that_was_days_ahead_opened_or_saw_counts_for_nothing_by_one_that_is_right() {
        let (remembered, second) = (session(true), SignedDuration::from_secs(1));
        let now = remembered.created_at - GAP;
        assert!(is_alive(&remembered, &POLICY, now), "a clock that is set back keeps nobody out");
        let now = now - second;
        assert!(!is_alive(&remembered, &POLICY, now) && !is_only_idle(&remembered, &POLICY, now));
        let seen = Session { seen_at: remembered.created_at + GAP + second, ..session(true) };
        assert!(!is_alive(&seen, &POLICY, seen.created_at));
    }

    #[test]
    fn proofs_are_fresh_for_five_minutes_whatever_is_visited_meanwhile() {
        let mut session = session(false);
        session.seen_at = session.created_at + FRESH;
        assert!(is_fresh(&session, session.created_at + FRESH - SignedDuration::from_secs(1)));
        assert!(!is_fresh(&session, session.created_at + FRESH));
        session.proven_at = None;
        assert!(!is_fresh(&session, session.created_at), "a sign-in by a weaker way");
    }

    #[test]
    fn activity_does_not_move_the_absolute_end() {
        let mut busy = session(false);
        busy.seen_at = busy.created_at + SignedDuration::from_hours(12) - SignedDuration::from_secs(1);
        assert!(is_alive(&busy, &POLICY, busy.seen_at));
        assert!(!is_alive(&busy, &POLICY, busy.created_at + SignedDuration::from_hours(12)));
        let kept = session(true);
        assert!(!is_alive(&kept, &POLICY, kept.created_at + SignedDuration::from_hours(24)));
    }

    #[test]
    fn a_page_is_told_what_is_left_and_whether_a_visit_helps() {
        let mut busy = session(false);
        let begin = busy.created_at;
        let seconds = SignedDuration::from_secs;
        assert_eq!(rest(&busy, &POLICY, begin), TimeLeft { seconds: 1800, warning: 120, may_go_on: true });
        assert_eq!(rest(&busy, &POLICY, begin + seconds(1680)).seconds, 120);
        assert_eq!(rest(&busy, &POLICY, begin + SignedDuration::from_millis(1_799_500)).seconds, 1);
        assert_eq!(rest(&busy, &POLICY, begin + seconds(1800)).seconds, 0);
        assert_eq!(rest(&busy, &POLICY, begin + seconds(9999)).seconds, 0);
        // The last half hour before the absolute end: nothing moves that.
        busy.seen_at = begin + SignedDuration::from_hours(12) - seconds(1000);
        assert_eq!(
            rest(&busy, &POLICY, busy.seen_at),
            TimeLeft { seconds: 1000, warning: 120, may_go_on: false }
        );
        let kept = session(true);
        assert_eq!(
            rest(&kept, &POLICY, begin),
            TimeLeft { seconds: 24 * 3600, warning: 120, may_go_on: false }
        );
    }

    #[test]
    fn a_page_is_told_that_it_is_over_when_it_is() {
        for remember in [false, true] {
            let session = session(remember);
            for after in [0, 1799, 1800, 1801, 24 * 3600 - 1, 24 * 3600] {
                let now = session.created_at + SignedDuration::from_secs(after);
                assert_eq!(rest(&session, &POLICY, now).seconds > 0, is_alive(&session, &POLICY, now));
            }
        }
    }

    #[test]
    fn a_short_idle_time_leaves_half_of_it_for_the_warning() {
        let short = SessionPolicy { idle_minutes: 1, ..POLICY };
        let session = session(false);
        assert_eq!(rest(&session, &short, session.created_at).warning, 30);
    }

    #[test]
    fn a_union_that_takes_remembering_away_ends_remembered_sessions() {
        let none = SessionPolicy { remember_hours: 0, ..POLICY };
        let kept = session(true);
        assert!(!is_alive(&kept, &none, kept.created_at + SignedDuration::from_secs(1)));
    }
}
