//! `validate`.

use clap::Args;

use crate::app::validate;

pub(super) const AFTER: &str = "\
Examples:
  fleetcast validate
  fleetcast validate --kind formula
  fleetcast validate my-cases.toml
  fleetcast validate --formulas | less
  fleetcast validate --markdown > docs/validation.md
  fleetcast validate --format > docs/validation-format.md

Without a file the cases that come with the program are checked. Exit status is 5 if a check is
red, and 3 if a file of cases is malformed.";

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the command line")]
pub(super) struct ValidateArgs {
    /// Files of cases [default: those that come with the program]
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// Only cases of this kind, such as formula
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Print Markdown, as in docs/validation.md
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// List the formulas that cases can name, with their inputs, outputs and units
    #[arg(long, conflicts_with_all = ["files", "kind", "format"])]
    formulas: bool,
    /// Print how files of cases are written, as Markdown
    #[arg(long, conflicts_with_all = ["files", "kind", "json", "markdown"])]
    format: bool,
}

impl From<ValidateArgs> for validate::Options {
    fn from(args: ValidateArgs) -> Self {
        Self {
            files: args.files,
            kind: args.kind,
            what: match (args.formulas, args.format) {
                (true, _) => validate::What::Formulas,
                (false, true) => validate::What::Format,
                (false, false) => validate::What::Cases,
            },
            form: match (args.markdown, args.json) {
                (true, _) => validate::Form::Markdown,
                (false, true) => validate::Form::Json,
                (false, false) => validate::Form::Terminal,
            },
        }
    }
}
