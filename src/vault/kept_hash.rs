//! Kept hash: a password's Argon2id hash as the database keeps it, a PHC string whose `keyid` names the server key that
//! took part. Argon2 itself does not read `keyid`.

use argon2::{
    Algorithm, Params, Version,
    password_hash::phc::{self, Output, ParamsString, PasswordHash, Salt},
};

use super::{HASH, KeyId, VaultError, VaultResult};

/// What every kept hash looks like, as a pattern of SQL's LIKE: a key id of 4 bytes and a hash of 32, in Base64.
pub const KEPT_HASH: &str =
    "$argon2id$v=19$m=%,t=%,p=%,keyid=______$%$___________________________________________";

/// A kept hash, taken apart.
pub(super) struct KeptHash {
    pub(super) key: KeyId,
    pub(super) params: Params,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

impl KeptHash {
    pub(super) fn written(&self) -> VaultResult<String> {
        let failed = |fault: phc::Error| VaultError::Hashing(fault.to_string());
        let mut params = ParamsString::new();
        let (memory, iterations, lanes) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        for (name, value) in [("m", memory), ("t", iterations), ("p", lanes)] {
            params.add_decimal(name, value).map_err(failed)?;
        }
        params.add_b64_bytes("keyid", &self.key.to_be_bytes()).map_err(failed)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params,
            salt: Some(Salt::new(&self.salt).map_err(failed)?),
            hash: Some(Output::new(&self.hash).map_err(failed)?),
        };
        Ok(hash.to_string())
    }

    pub(super) fn read(text: &str) -> VaultResult<Self> {
        let read = || -> Option<Self> {
            let hash = PasswordHash::new(text).ok()?;
            let known =
                hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into());
            let params = Params::try_from(&hash).ok().filter(|_| known)?;
            Some(Self {
                key: KeyId::from_be_bytes(<[u8; 4]>::try_from(params.keyid()).ok()?),
                params: Params::new(params.m_cost(), params.t_cost(), params.p_cost(), Some(HASH)).ok()?,
                salt: hash.salt?.to_vec(),
                hash: hash.hash?.as_bytes().to_vec(),
            })
        };
        read().ok_or(VaultError::MalformedHash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: &str = "$argon2id$v=19$m=19456,t=2,p=1,keyid=AAAAAQ$AAECAwQFBgcICQoLDA0ODw$\
                        AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    #[test]
    fn a_kept_hash_is_written_as_it_was_read() {
        let kept = KeptHash::read(KEPT).unwrap();
        assert_eq!(kept.key, KeyId::from_be_bytes([0, 0, 0, 1]));
        assert_eq!((kept.params.m_cost(), kept.params.t_cost(), kept.params.p_cost()), (19456, 2, 1));
        assert_eq!((kept.salt.len(), kept.hash.len()), (16, 32));
        assert_eq!(kept.written().unwrap(), KEPT);
    }

    #[test]
    fn the_pattern_has_the_lengths_of_a_kept_hash() {
        let lengths = |text: &str| text.rsplit('$').map(str::len).next();
        assert_eq!(lengths(KEPT_HASH), lengths(KEPT));
        assert!(KEPT_HASH.contains(&format!("keyid={}$", "_".repeat("AAAAAQ".len()))));
    }

    #[test]
    fn what_is_no_hash_of_ours_is_refused() {
        for (part, other) in [
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
            ("v=19$", ""),
            (",keyid=AAAAAQ", ""),
            ("keyid=AAAAAQ", "keyid=AAAA"),
            ("m=19456", "m=7"),
            ("p=1,", "p=1,x=1,"),
            ("$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", ""),
            ("GxwdHh8", "GxwdHh8$"),
            ("$argon2id", "argon2id"),
        ] {
            let text = KEPT.replacen(part, other, 1);
            assert_ne!(text, KEPT, "{part}");
            assert!(matches!(KeptHash::read(&text), Err(VaultError::MalformedHash)), "{text}");
        }
    }
}
