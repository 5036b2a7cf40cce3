//! The sweep: what ran out is ended for good, and what is worth nothing any more is removed, across unions.

use jiff::{SignedDuration, Timestamp};

use super::Everywhere;
use crate::{
    domain::{
        activity,
        one_time::made_by,
        session::{FACTORLESS, FRESH},
    },
    store::{
        StoreResult,
        row::ToColumn,
        sql::{Statement, Writing},
    },
};

/// How far back a purge looks for passwords without a factor. Older ones were found long ago, or the clock stands days
/// behind.
const LOOKED_AT: SignedDuration = SignedDuration::from_hours(24);

/// How long a code is kept that was used, so that it is known when it comes again.
const SSO_KEPT: SignedDuration = SignedDuration::from_hours(1);

/// What one sweep ended and removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows that ran out, and are over for good from now on.
    pub ended: u64,
    /// Attempts that ran out long ago.
    pub attempts: u64,
    /// Sessions that ran out long ago.
    pub sessions: u64,
    /// Passkey ceremonies nobody finished.
    pub ceremonies: u64,
    /// User IDs whose quarantine is over.
    pub logins: u64,
    /// Links and codes that ran out a day ago.
    pub one_times: u64,
    /// Counters that say nothing any more.
    pub guards: u64,
    /// Recovery asks whose code ran out.
    pub asks: u64,
    /// Browsers that have signed nobody in for too long.
    pub devices: u64,
    /// What imports changed that can be taken back no longer.
    pub kept_changes: u64,
    /// Requests of services, codes and service sessions that are worth nothing any more.
    pub sso: u64,
    /// Links to drafts that ran out.
    pub previews: u64,
    /// Counts of days that 「最近の記録」 shows no longer.
    pub counted_days: u64,
}

/// How many rows one statement of the sweep ends or removes at most: strangers decide how many there are, a roster can run
/// out in one minute, and SQLite's one writer is free for members in between.
const AT_ONCE: u32 = 500;

impl Everywhere<'_> {
    /// Turns everything that ran out by `now` into something dead, for good: a clock that is set back later revives nothing
    /// (R25). What the union's file decides is `store::purge`'s.
    ///
    /// Rows that are worth nothing are removed; attempts and sessions only if they ran out before `remembered_since`: a
    /// member who comes back late finds the user ID filled in, and the form that was sent too late (D15). One statement
    /// that fails keeps none of the others from running.
    pub async fn sweep(&self, remembered_since: Timestamp, now: Timestamp) -> StoreResult<Swept> {
        let ended = self.end(now).await;
        let attempts = self.run("DELETE FROM attempt WHERE expires_at < $1", remembered_since).await;
        let sessions = self.run("DELETE FROM session WHERE expires_at < $1", remembered_since).await;
        let ceremonies = self.run("DELETE FROM ceremony WHERE expires_at <= $1", now).await;
        let logins = self.run("DELETE FROM retired_login WHERE until <= $1", now).await;
        let a_day_ago = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
        let one_times = self.run("DELETE FROM one_time WHERE expires_at < $1", a_day_ago).await;
        let guards = self
            .run_in_parts(
                "DELETE FROM guard WHERE (tenant, subject, kind) IN
                   (SELECT tenant, subject, kind FROM guard
                     WHERE worthless_at < $1 AND last_at < $2 AND weighing = 0 LIMIT $3)",
                &[now, a_day_ago],
            )
            .await;
        let asks = self
            .run_in_parts(
                "DELETE FROM recovery_ask WHERE (tenant, browser) IN
                   (SELECT tenant, browser FROM recovery_ask WHERE expires_at < $1 LIMIT $2)",
                &[now],
            )
            .await;
        let devices = self
            .run_in_parts(
                "DELETE FROM known_device WHERE (tenant, device, member) IN
                   (SELECT tenant, device, member FROM known_device WHERE expires_at <= $1 LIMIT $2)",
                &[now],
            )
            .await;
        let kept_changes = self
            .run_in_parts(
                "DELETE FROM import_kept WHERE (tenant, id) IN
                   (SELECT tenant, id FROM import_kept WHERE expires_at <= $1 LIMIT $2)",
                &[now],
            )
            .await;
        let sso = self.sweep_sso(now).await;
        let previews = self.run("DELETE FROM preview_link WHERE ends_at <= $1", now).await;
        let kept_since = activity::day_of(now).saturating_sub(activity::DAYS_KEPT);
        let counted_days = self
            .run_in_parts(
                "DELETE FROM activity_day WHERE (tenant, member, kind, day) IN
                   (SELECT tenant, member, kind, day FROM activity_day WHERE day < $1 LIMIT $2)",
                &[kept_since],
            )
            .await;
        Ok(Swept {
            ended: ended?,
            attempts: attempts?,
            sessions: sessions?,
            ceremonies: ceremonies?,
            logins: logins?,
            one_times: one_times?,
            guards: guards?,
            asks: asks?,
            devices: devices?,
            kept_changes: kept_changes?,
            counted_days: counted_days?,
            sso: sso?,
            previews: previews?,
        })
    }

    /// Requests that ran out, names of assertions and codes long after what was given for them, and service sessions whose
    /// session is over: their services are told.
    async fn sweep_sso(&self, now: Timestamp) -> StoreResult<u64> {
        let long_ago = now.checked_sub(SSO_KEPT).unwrap_or(now);
        let requests = self
            .run_in_parts(
                "DELETE FROM sso_request WHERE (tenant, id) IN
                   (SELECT tenant, id FROM sso_request WHERE expires_at <= $1 LIMIT $2)",
                &[now],
            )
            .await;
        let pushed = self
            .run_in_parts(
                "DELETE FROM sso_pushed WHERE (tenant, digest) IN
                   (SELECT tenant, digest FROM sso_pushed WHERE expires_at <= $1 LIMIT $2)",
                &[now],
            )
            .await;
        // Longer than they are good: a clock that is set back makes none of them good again.
        let assertions = self
            .run_in_parts(
                "DELETE FROM sso_assertion WHERE (tenant, client, jti) IN
                   (SELECT tenant, client, jti FROM sso_assertion WHERE expires_at <= $1 LIMIT $2)",
                &[long_ago],
            )
            .await;
        let codes = self
            .run_in_parts(
                "DELETE FROM sso_code WHERE (tenant, digest) IN
                   (SELECT tenant, digest FROM sso_code WHERE made_at <= $1 LIMIT $2)",
                &[long_ago],
            )
            .await;
        let sessions = self
            .run_in_parts(
                "DELETE FROM sso_visit WHERE (tenant, session, client) IN
                   (SELECT tenant, session, client FROM sso_visit WHERE ends_at <= $1 LIMIT $2)",
                &[now],
            )
            .await;
        Ok(requests? + pushed? + assertions? + codes? + sessions?)
    }

    /// Runs a statement that takes these moments, instants or days, and behind them a number of rows, until it finds fewer
    /// rows than that.
    async fn run_in_parts(&self, text: &'static str, moments: &[impl ToColumn + Copy]) -> StoreResult<u64> {
        let mut removed = 0;
        loop {
            let mut open = self.store.begin_write().await?;
            let mut statement = Statement::<Writing>::new(&mut open, text, None);
            for moment in moments {
                statement = statement.bind(*moment);
            }
            let rows = statement.bind(AT_ONCE).count().await?;
            open.commit().await?;
            removed += rows;
            if rows < u64::from(AT_ONCE) {
                return Ok(removed);
            }
            self.store.let_others_write().await;
        }
    }

    /// Ends what ran out and has to stay as a row, and what is asked by its age.
    async fn end(&self, now: Timestamp) -> StoreResult<u64> {
        let before = |age| now.checked_sub(age).unwrap_or(now);
        let after = |age| now.checked_add(age).unwrap_or(now);
        let ended = [
            self.run("UPDATE attempt SET ended_at = $1 WHERE ended_at IS NULL AND expires_at <= $1", now)
                .await,
            self.run("UPDATE session SET ended_at = $1 WHERE ended_at IS NULL AND expires_at <= $1", now)
                .await,
            self.run("UPDATE session SET fresh_at = NULL WHERE fresh_at <= $1", before(FRESH)).await,
            self.run("UPDATE session SET fresh_at = NULL WHERE fresh_at >= $1", after(FRESH)).await,
            // Without link and code the row only says when the last mail was written, and after how many wrong codes.
            self.run(
                "UPDATE one_time SET link = NULL, code = NULL
                  WHERE (link IS NOT NULL OR code IS NOT NULL) AND expires_at <= $1",
                now,
            )
            .await,
            // What a clock made that ran ahead would come to life when its time has come (R25).
            self.run(
                "UPDATE one_time SET link = NULL, code = NULL
                  WHERE (link IS NOT NULL OR code IS NOT NULL) AND made_at > $1",
                made_by(now),
            )
            .await,
            self.run("DELETE FROM lost_factor WHERE closes_at <= $1", now).await,
            self.run_in_parts(
                "UPDATE first_credential SET ended_at = $1
                  WHERE (tenant, member) IN (SELECT tenant, member FROM first_credential
                                              WHERE ended_at IS NULL AND expires_at <= $1 LIMIT $2)",
                &[now],
            )
            .await,
            self.end_passwords(before(FACTORLESS), now).await,
        ];
        ended.into_iter().try_fold(0, |sum, rows| Ok(sum + rows?))
    }

    /// Ends passwords that were set `before` and never got their factor (D2).
    async fn end_passwords(&self, before: Timestamp, now: Timestamp) -> StoreResult<u64> {
        let mut open = self.store.begin_write().await?;
        let rows = Statement::<Writing>::new(
            &mut open,
            "UPDATE password SET ended_at = $3
              WHERE ((set_at <= $1 AND set_at > $2 AND factorless_from IS NULL)
                     OR (factorless_from <= $1 AND factorless_from > $2))
                AND ended_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM totp
                                 WHERE totp.tenant = password.tenant AND totp.member = password.member)
                AND NOT EXISTS (SELECT 1 FROM passkey
                                 WHERE passkey.tenant = password.tenant AND passkey.member = password.member)
                AND NOT EXISTS (SELECT 1 FROM member
                                 WHERE member.tenant = password.tenant AND member.id = password.member
                                   AND member.mail_code_at IS NOT NULL AND member.email IS NOT NULL)",
            None,
        )
        .bind(before)
        .bind(before.checked_sub(LOOKED_AT).unwrap_or(before))
        .bind(now)
        .count()
        .await?;
        open.commit().await?;
        Ok(rows)
    }
}
