//! A short name for a text: equal texts have equal digests on every machine and in every version.

/// The digest of a text as 16 hexadecimal digits.
///
/// FNV-1a with 64 bits (G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, "The FNV Non-Cryptographic Hash
/// Algorithm", RFC 9923), stirred by the last steps of `SplitMix64` (S. Vigna, after G. L. Steele,
/// D. Lea and C. H. Flood, OOPSLA 2014, doi:10.1145/2660193.2660195) so that a few leading digits
/// may stand for all of it. It tells scenarios apart; it does not protect against forgery.
pub fn digest(text: &str) -> String {
    let mut x = fnv1a(text.as_bytes());
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    format!("{:016x}", x ^ (x >> 31))
}

/// FNV-1a of no bytes.
pub(super) const FNV1A: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a with 64 bits. Each byte acts one-to-one, so any change of a single byte is seen.
pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    fnv1a_on(FNV1A, bytes)
}

/// The same of more bytes after those that gave `hash`.
pub(super) fn fnv1a_on(hash: u64, bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        // Test vectors of the reference implementation.
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(fnv1a(text.as_bytes()), hash, "{text}");
            let (first, rest) = text.as_bytes().split_at(text.len() / 2);
            assert_eq!(fnv1a_on(fnv1a(first), rest), hash, "{text} in two");
        }
    }

    #[test]
    fn a_digest_never_changes() {
        assert_eq!(digest(""), "f52a15e9a9b5e89b");
        assert_eq!(digest("seed = 1\n").len(), 16);
    }

    #[test]
    fn leading_digits_differ_when_the_last_byte_does() {
        let starts: std::collections::BTreeSet<String> =
            (0..200).map(|i| digest(&format!("draws = {i}"))[..6].to_owned()).collect();
        // 200 of 16.7 million: one pair in common has a probability of 0.1 %.
        assert_eq!(starts.len(), 200);
    }
}
