//! The codes of the diagnostics of scenarios, one for each kind of mistake.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        $($(#[doc = $doc])+ pub(super) const $name: &str = $code;)+

        /// Every code with its explanation, in order.
        pub const CODES: &[(&str, &str)] = &[$(($code, concat!($($doc),+))),+];
    };
}

codes! {
    /// A file cannot be read.
    UNREADABLE = "S001";
    /// A text is not TOML.
    SYNTAX = "S002";
    /// A key or a dated row is given twice in one file.
    DUPLICATE = "S003";
    /// Syntax that TOML 1.0 does not have.
    NEWER_TOML = "S004";
    /// A file does not say what kind of file it is, or says it wrongly.
    KIND = "S005";
    /// A file is written for a newer edition of the format.
    EDITION = "S006";
    /// Files extend each other in a circle.
    CYCLE = "S007";
    /// A text after `--set` is not `key=value`, or sets what cannot be set.
    SET = "S008";
    /// No such key.
    UNKNOWN_KEY = "S010";
    /// A value of the wrong kind: a text where a number, a table or a date is needed, and so on.
    WRONG_TYPE = "S011";
    /// A word that is not one of those allowed.
    UNKNOWN_WORD = "S012";
    /// A name with letters that names cannot have.
    NAME = "S013";
    /// `remove` or `scale` names a key that no file gives.
    NOTHING_THERE = "S014";
    /// A number outside of its range.
    RANGE = "S015";
    /// Keys that are needed are missing.
    MISSING = "S016";
    /// Keys that exclude each other.
    CONFLICT = "S017";
    /// Keys have no effect, since one that they belong to is not given.
    UNUSED = "S018";
    /// A value text that cannot be read.
    VALUE = "S020";
    /// A number needs a unit, or has one that is not known.
    UNIT = "S021";
    /// A value has the dimension of something else.
    DIMENSION = "S022";
    /// No such family of distributions.
    UNKNOWN_FAMILY = "S023";
    /// A family has no such parameter.
    UNKNOWN_PARAMETER = "S024";
    /// Parameters are missing, contradict each other or have impossible values.
    PARAMETERS = "S025";
    /// A setting, which is a constant of the run, has a distribution.
    NOT_CONSTANT = "S026";
    /// A table that should be a value has neither `value` nor `dist`.
    NO_VALUE = "S027";
    /// A value has no source, grade or known date.
    UNSOURCED = "S030";
    /// No such source.
    UNKNOWN_SOURCE = "S031";
    /// A value became known after the day that the scenario looks from.
    HINDSIGHT = "S032";
    /// No row of a dated list was known on the day that the scenario looks from.
    NOTHING_KNOWN = "S033";
    /// No such chip, stage, metric, target or event.
    UNKNOWN_NAME = "S040";
    /// A named thing lacks a key that all of its kind need, often because its name is misspelled.
    INCOMPLETE = "S041";
    /// Chips follow each other in a circle.
    CHIP_CYCLE = "S042";
    /// A period that cannot be.
    PERIOD = "S043";
    /// Reported quarters before the grid that the model starts from are not known.
    HISTORY = "S044";
    /// Targets are made of each other in a circle.
    TARGET_CYCLE = "S046";
    /// A training run that cannot be placed in time, or whose compute rests on nothing.
    RUN = "S047";
    /// A contract between companies that are not known, or about nothing that it could be about.
    CONTRACT = "S048";
    /// A target asks for a metric of a part of the model that is off.
    OFF = "S049";
    /// An input that cannot have loadings, or loadings that are too large.
    LOADING = "S050";
    /// An input that cannot be in a correlation group, or stands in two.
    CORRELATION = "S051";
    /// A correlation matrix of the wrong shape, or one that no draws can have.
    MATRIX = "S052";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        for pair in CODES.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
        }
        for (code, doc) in CODES {
            assert!(code.len() == 4 && code.starts_with('S'), "{code}");
            assert!(doc.trim_end().ends_with('.'), "{code}: {doc}");
        }
    }
}
