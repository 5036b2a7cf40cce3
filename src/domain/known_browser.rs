//! Known browser: one that has signed a member in carries a cookie, and is counted apart from all others ([D27]).
//!
//! # Decision
//! The cookie lets nobody in and says nothing about anybody; it only chooses whose wrong tries are counted together. One
//! cookie serves everybody who signs in with that browser, at one union. A recovery ends all of the member's, and gives its
//! own browser another cookie; the member's own page ends them too, and so do those deeds of the desk and rows of a roster
//! after which nothing of before may go on ([`Carries::NOTHING`](super::epoch::Carries::NOTHING)). Each ends by itself
//! after [`KEPT`].
//! # Because
//! A stranger who knows a user ID must not be able to keep its owner out, and a browser the owner uses is the one thing a
//! stranger does not have.
//!
//! [D27]: crate::rules::decisions#d27

use jiff::SignedDuration;

/// How long a browser stays known after its last complete sign-in or recovery: 180 days.
pub const KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);
/// Most browsers that stay known of one member; the one used longest ago is forgotten first.
pub const MOST_BROWSERS: u32 = 20;
/// Most members whom one browser stays known for: a family, or the desk of a workplace.
pub const MOST_MEMBERS: u32 = 20;
