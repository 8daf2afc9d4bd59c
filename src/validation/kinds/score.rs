//! `score`: scoring rules with known answers.
//!
//! The functions are those of `stats`; a rule is one row of [`RULES`].

use super::{EXPECT, Found, Kind, TOLERANCE, key};
use crate::validation::codes;
use crate::validation::fields::Fields;

pub(super) const KIND: Kind = Kind {
    name: "score",
    doc: "A scoring rule of a forecast and an outcome. To come with the command that scores \
          forecasts; until then a case of this kind is refused.",
    keys: &[
        key("rule", "`crps`, `log`, `brier`, `interval`"),
        key("forecast", "the distribution, draws or probability"),
        key("outcome", "what happened"),
        EXPECT,
        TOLERANCE,
    ],
    gives: "the score",
    example: r#"[[case]]
id       = "crps"
kind     = "score"
source   = "closed form"
rule     = "crps"
forecast = [1, 2, 3]
outcome  = 2
expect   = 0"#,
    read: |fields, _| read(fields),
};

fn read(fields: &mut Fields) -> Option<Found> {
    let place = fields.place.clone();
    let message = "the kind `score` is not there yet";
    fields.fail(codes::NOT_YET, &place, message, "leave the case out until a later version has it")
}
