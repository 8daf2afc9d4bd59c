//! Pages that are written by the program are those that it writes now.

use crate::support::Sim;

/// The pages, and the arguments that write each.
const PAGES: &[(&str, &str)] = &[
    ("docs/reference.md", "list --markdown"),
    ("docs/validation.md", "validate --markdown"),
    ("docs/validation-format.md", "validate --format"),
];

#[test]
fn pages_are_up_to_date() {
    for (page, arguments) in PAGES {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let old = std::fs::read_to_string(path).unwrap_or_default();
        let now = Sim::new().args(arguments).run().exits(0).stdout;
        let line = old.lines().zip(now.lines()).position(|(old, new)| old != new);
        let line = line.unwrap_or_else(|| old.lines().count().min(now.lines().count()));
        let shown = |text: &str| text.lines().nth(line).unwrap_or("(end of page)").to_owned();
        assert!(
            old == now,
            "{page} is out of date from line {}:\n  it says   {}\n  should be {}\naccept with: cargo run \
             -- {arguments} > {page}",
            line + 1,
            shown(&old),
            shown(&now),
        );
    }
}

#[test]
fn lists_and_schema_are_json_for_machines() {
    let all = Sim::new().args("list --json").run().exits(0).json();
    let inputs = Sim::new().args("list inputs --json").run().exits(0).json();
    assert_eq!(all["inputs"], inputs["inputs"]);
    assert_eq!(inputs.as_object().map(serde_json::Map::len), Some(1));
    let one = Sim::new().args("list --filter supply.lead --json").run().exits(0).json();
    assert_eq!(one["inputs"].as_array().map(Vec::len), Some(1));
    let schema = Sim::new().args("schema").run().exits(0).json();
    assert!(schema["properties"]["company"].is_object(), "{schema}");
}
