//! Hashes of secrets and of requests.

use std::fmt;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};

/// SHA-256 of several parts, as hexadecimal digits. A length before each part keeps ("ab", "c")
/// from ("a", "bc").
pub(crate) fn sha256_hex(parts: &[&(dyn fmt::Display + Sync)]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        let part = part.to_string();
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    hex(&digest.finalize())
}

/// SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of bytes, as hexadecimal digits.
pub(crate) fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of bytes, as base64 for addresses.
pub(crate) fn sha256_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// SHA-256 of a text, as base64.
pub(crate) fn sha256_base64(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use fmt::Write;
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(sha256_hex(&[&"ab", &"c"]), sha256_hex(&[&"a", &"bc"]));
        assert_eq!(sha256_hex(&[&"ab", &1]).len(), 64);
    }

    #[test]
    fn bytes_give_the_known_digest() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256_of(b""), empty);
        // The example of RFC 7636.
        let challenge = sha256_url(b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(sha256_base64(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
