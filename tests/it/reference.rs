//! Pages that are written by the program are those that it writes now.

use crate::support::Sim;

/// The page, and how to accept a change of it.
const PAGE: &str = "docs/reference.md";
const ACCEPT: &str = "cargo run -- list --markdown > docs/reference.md";

#[test]
fn the_reference_page_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(path).unwrap_or_default();
    let now = Sim::new().args("list --markdown").run().exits(0).stdout;
    let line = page.lines().zip(now.lines()).position(|(old, new)| old != new);
    let line = line.unwrap_or_else(|| page.lines().count().min(now.lines().count()));
    let shown = |text: &str| text.lines().nth(line).unwrap_or("(end of page)").to_owned();
    assert!(
        page == now,
        "{PAGE} is out of date from line {}:\n  it says   {}\n  should be {}\naccept with: {ACCEPT}",
        line + 1,
        shown(&page),
        shown(&now),
    );
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
