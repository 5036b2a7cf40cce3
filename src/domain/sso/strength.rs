//! Strength: whether a member is signed in as strongly as a service demands, and by what they could be.

use super::{acr::Acr, client::RequiredAcr};
use crate::domain::tenant::{Method, Policy};

impl RequiredAcr {
    /// Whether whoever is signed in so may come in.
    pub fn is_met_by(self, acr: Acr) -> bool {
        match self {
            Self::Any => true,
            Self::MultiFactor => acr >= Acr::MultiFactor,
            Self::Passkey => acr >= Acr::PhishingResistant,
        }
    }

    /// What the union offers that is strong enough, the strongest first.
    pub fn ways(self, policy: &Policy) -> Vec<Method> {
        let is_offered = |method: &Method| policy.offers(*method);
        let is_enough = |method: &Method| self.is_met_by(Acr::of(*method));
        Method::STRONGEST_FIRST.into_iter().filter(is_offered).filter(is_enough).collect()
    }
}
