//! The codes of messages about files of validation cases.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        $($(#[doc = $doc])+ pub(super) const $name: &str = $code;)+

        /// Every code with its explanation, in order.
        pub const CODES: &[(&str, &str)] = &[$(($code, concat!($($doc),+))),+];
    };
}

codes! {
    /// A file of cases does not say that it is one, or holds no case.
    KIND = "V001";
    /// A case has no such key.
    UNKNOWN_KEY = "V002";
    /// A value of a case is of the wrong kind: a text where a list is needed, and so on.
    WRONG_TYPE = "V003";
    /// A case lacks a key.
    MISSING = "V004";
    /// A case names a kind, formula, function, method or statistic that does not exist.
    UNKNOWN_WORD = "V005";
    /// A number of a case is outside of its range, or a list of the wrong length.
    RANGE = "V006";
    /// Two cases have the same id.
    REPEATED = "V007";
    /// A tolerance is not of one of its forms.
    TOLERANCE = "V008";
    /// A case asks for what the program cannot do yet.
    NOT_YET = "V009";
    /// A case cannot be set up: no such correlations, no such process, a scenario that is invalid.
    IMPOSSIBLE = "V010";
}
