//! Supervisor: systemd is told when the service answers and when it leaves (`Type=notify`, `sd_notify(3)`). Where nobody asked
//! to be told, nothing is.

use sd_notify::NotifyState;

/// It answers from now on.
pub(super) fn serving() {
    tell(&[NotifyState::Ready]);
}

/// It was told to stop: it answers for a few seconds more, and ends.
pub(super) fn leaving() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(fault) = sd_notify::notify(states) {
        tracing::warn!(%fault, "The supervisor could not be told");
    }
}
