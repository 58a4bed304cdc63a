//! What an SSH listener offers (RFC 4253 section 7.1). Each listener has a profile; what old devices need besides would
//! be one of a listener of their own.

use russh::keys::Algorithm;
use russh::{Preferred, cipher, compression, kex, mac};

/// The algorithms of a listener, each list in the order of our preference; clients have the last word.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    kex: &'static [kex::Name],
    host_keys: &'static [Algorithm],
    ciphers: &'static [cipher::Name],
    macs: &'static [mac::Name],
    compression: &'static [compression::Name],
}

impl Profile {
    /// For every client of the last ten years. No finite-field Diffie-Hellman: whoever sends any number at all has the
    /// server compute for a second, before a log-in (CVE-2002-20001). No RSA host key: its signatures take time that
    /// tells of the key (RUSTSEC-2023-0071), and anybody may ask for them. No MAC that is over the plain text.
    /// Compression begins after the log-in, so that strangers send nothing that has to be unpacked.
    pub const CURRENT: Self = Self {
        kex: &[
            kex::MLKEM768X25519_SHA256,
            kex::CURVE25519,
            kex::CURVE25519_PRE_RFC_8731,
            kex::EXTENSION_SUPPORT_AS_SERVER,
            kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
        ],
        host_keys: &[Algorithm::Ed25519],
        // AES-GCM first: the fastest where the processor helps.
        ciphers: &[
            cipher::AES_128_GCM,
            cipher::AES_256_GCM,
            cipher::CHACHA20_POLY1305,
            cipher::AES_256_CTR,
            cipher::AES_192_CTR,
            cipher::AES_128_CTR,
        ],
        macs: &[mac::HMAC_SHA512_ETM, mac::HMAC_SHA256_ETM],
        compression: &[compression::NONE, compression::ZLIB_LEGACY],
    };

    /// As the library takes it.
    pub(super) fn preferred(&self) -> Preferred {
        Preferred {
            kex: self.kex.into(),
            key: self.host_keys.into(),
            cipher: self.ciphers.into(),
            mac: self.macs.into(),
            compression: self.compression.into(),
            ..Preferred::default()
        }
    }
}
