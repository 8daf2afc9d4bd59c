//! JSON Schema of scenario files, for editors: written from the table of keys and the families.

use super::family::{REGIMES, SHARES};
use super::keys::{KEYS, KeyDecl, KeyKind, Leaf, PROVENANCE, Shelf};
use super::missing::example_value;
use super::types::FACTORS;
use crate::dist::{FAMILIES, Family, ParamKind};
use crate::model::declare::{InputDecl, Use};
use serde_json::{Map, Value, json};

/// Letters of the names that users give.
const NAME: &str = "^[A-Za-z0-9_-]+$";

/// The schema of all kinds of files, draft 2020-12, as JSON text.
///
/// It requires no key: a file may leave to others what it does not say. Whether a value is well
/// formed in its unit is checked by the program, which says more than a schema can.
pub fn json_schema() -> String {
    let mut root = table(&Shelf::new(), true);
    if let Some(map) = root.as_object_mut() {
        map.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".into(), json!("Fleetcast scenario, catalog or overlay"));
        map.insert("$defs".into(), definitions());
    }
    // A value made by `json!` has only text keys and finite numbers: it can always be written.
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn provenance() -> Map<String, Value> {
    let property = |name: &str| (name.to_owned(), reference(&format!("provenance-{name}")));
    PROVENANCE.iter().map(|decl| property(decl.name)).collect()
}

/// A table of the format.
fn table(shelf: &Shelf, top: bool) -> Value {
    let mut properties = provenance();
    for (name, child) in &shelf.fixed {
        let mut schema = node(child);
        // At the top, `source` is the table of sources or the source of the file's values.
        if top && *name == "source" {
            schema = json!({ "oneOf": [{ "type": "string" }, schema] });
        }
        properties.insert((*name).to_owned(), schema);
    }
    let mut map = Map::new();
    map.insert("type".into(), json!("object"));
    map.insert("properties".into(), Value::Object(properties));
    // What is not one of the keys is a name of the user's, where the table has such names.
    let others = shelf.any.as_ref().map_or(json!(false), |any| node(any));
    if shelf.any.as_ref().is_some_and(|any| any.leaf.is_none()) {
        map.insert("propertyNames".into(), json!({ "pattern": NAME }));
    }
    map.insert("additionalProperties".into(), others);
    Value::Object(map)
}

fn node(shelf: &Shelf) -> Value {
    match shelf.leaf {
        None => table(shelf, false),
        // A value, or a table of keys in its place.
        Some(Leaf::Input(decl)) if !shelf.fixed.is_empty() => {
            described(json!({ "anyOf": [input(decl), table(shelf, false)] }), decl.doc)
        }
        // A name, or tables of named things.
        Some(Leaf::Key(decl)) if shelf.any.is_some() => {
            described(json!({ "anyOf": [kind(decl.kind), table(shelf, false)] }), decl.doc)
        }
        Some(Leaf::Key(decl)) => key(decl),
        Some(Leaf::Input(decl)) => input(decl),
    }
}

fn described(mut schema: Value, doc: &str) -> Value {
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".into(), json!(doc));
    }
    schema
}

fn key(decl: &KeyDecl) -> Value {
    let mut schema = kind(decl.kind);
    if !decl.default.is_empty()
        && let Some(map) = schema.as_object_mut()
    {
        map.insert("$comment".into(), json!(format!("when left out: {}", decl.default)));
    }
    described(schema, decl.doc)
}

fn kind(kind: KeyKind) -> Value {
    match kind {
        KeyKind::Text | KeyKind::Name(_) | KeyKind::Metric => json!({ "type": "string" }),
        KeyKind::Word(words) => json!({ "enum": words }),
        KeyKind::Date => reference("date"),
        KeyKind::Quarter => json!({ "type": "string", "pattern": "^[0-9]{4}Q[1-4]$" }),
        KeyKind::Whole(low, high) => {
            json!({ "type": "integer", "minimum": low, "maximum": high })
        }
        KeyKind::Number(low, high) => json!({ "type": "number", "minimum": low, "maximum": high }),
        KeyKind::Flag => json!({ "type": "boolean" }),
        KeyKind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        KeyKind::Matrix => json!({
            "type": "array",
            "items": { "type": "array", "items": { "type": "number", "minimum": -1, "maximum": 1 } }
        }),
        KeyKind::Loading => loading(),
        KeyKind::Shares => shares(),
        KeyKind::Guidance => rows(&["value", "low", "high"]),
        KeyKind::Observation => observations(),
        KeyKind::Release => json!({ "oneOf": [reference("date"), object(
            [("planned", reference("date")), ("slip", reference("figure"))], &["planned"])] }),
        KeyKind::Figure => reference("figure"),
        KeyKind::Deadlines => json!({ "oneOf": [
            reference("date"), { "type": "array", "minItems": 1, "items": reference("date") }
        ] }),
        KeyKind::Period => reference("period"),
        KeyKind::Year => json!({ "type": "integer", "minimum": 1900, "maximum": 2200 }),
        KeyKind::Targets => reference("targets"),
    }
}

/// A closed table with these properties and provenance.
fn object<const N: usize>(properties: [(&str, Value); N], required: &[&str]) -> Value {
    let mut all = provenance();
    all.extend(properties.map(|(name, schema)| (name.to_owned(), schema)));
    json!({
        "type": "object",
        "properties": all,
        "required": required,
        "additionalProperties": false
    })
}

fn loading() -> Value {
    let weight = json!({ "type": "number", "minimum": -1, "maximum": 1 });
    let lag = json!({ "type": "integer", "minimum": 0, "maximum": 8 });
    let each = |schema: &Value| -> Map<String, Value> {
        FACTORS.iter().map(|factor| ((*factor).to_owned(), schema.clone())).collect()
    };
    let mut properties = each(&weight);
    properties.insert("site".into(), weight.clone());
    properties.insert(
        "lag".into(),
        json!({ "type": "object", "properties": each(&lag), "additionalProperties": false }),
    );
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn shares() -> Value {
    let share = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    let mean: Map<String, Value> =
        SHARES.iter().map(|name| ((*name).to_owned(), share.clone())).collect();
    object(
        [
            ("dist", json!({ "const": "dirichlet" })),
            (
                "mean",
                json!({ "type": "object", "properties": mean, "required": SHARES, "additionalProperties": false }),
            ),
            ("concentration", json!({ "type": "number", "exclusiveMinimum": 0 })),
        ],
        &["dist", "mean", "concentration"],
    )
}

fn rows(values: &[&str]) -> Value {
    let mut properties = provenance();
    properties.insert("metric".into(), json!({ "type": "string" }));
    properties.insert("at".into(), reference("period"));
    for name in values {
        properties.insert((*name).to_owned(), reference("figure"));
    }
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": properties,
            "required": ["metric", "at"],
            "additionalProperties": false
        }
    })
}

/// Rows of what was: of a metric, or an event.
fn observations() -> Value {
    let mut rows = rows(&["value", "error"]);
    if let Some(properties) = rows.pointer_mut("/items/properties").and_then(Value::as_object_mut) {
        properties.insert("h100e".into(), json!({ "enum": ["dense8", "bf16", "sustained"] }));
        properties.insert("event".into(), json!({ "type": "string" }));
    }
    rows["items"]["required"] = json!(["at"]);
    rows["items"]["oneOf"] = json!([{ "required": ["metric"] }, { "required": ["event"] }]);
    rows
}

/// An input: a text, a number where it needs no unit, a table with a value or a distribution, or
/// dated rows of such tables.
fn input(decl: &InputDecl) -> Value {
    let setting = decl.used == Use::Setting;
    let schema = match number(decl) {
        None if decl.key == super::family::REGIMES_KEY => forms(None, false, true),
        None if setting => reference("setting"),
        None => reference("value"),
        Some(number) => forms(Some(&number), setting, decl.key == super::family::REGIMES_KEY),
    };
    let unit = match decl.quantity.canonical_unit() {
        "" => String::new(),
        unit => format!(" (computed in {unit})"),
    };
    described(schema, &format!("{}{unit}. For example {}", decl.doc, example_value(decl)))
}

/// The forms of a value.
fn forms(number: Option<&Value>, setting: bool, regimes: bool) -> Value {
    let mut forms = vec![json!({ "type": "string" })];
    forms.extend(number.cloned());
    let mut tables = vec![match number {
        None => {
            json!({ "$ref": "#/$defs/sourced", "properties": { "value": { "type": "string" } } })
        }
        Some(number) => json!({
            "$ref": "#/$defs/sourced",
            "properties": { "value": { "oneOf": [{ "type": "string" }, number] } }
        }),
    }];
    if !setting {
        tables.push(reference("distribution"));
    }
    if regimes {
        tables.push(reference("regimes"));
    }
    forms.extend(tables.clone());
    forms.push(json!({ "type": "array", "minItems": 1, "items": { "oneOf": tables } }));
    json!({ "oneOf": forms })
}

/// A number without unit, within the limits of the input.
fn number(decl: &InputDecl) -> Option<Value> {
    if !decl.quantity.allows_bare_number() {
        return None;
    }
    let mut map = Map::new();
    map.insert("type".into(), json!("number"));
    for (name, limit) in [("minimum", decl.range.0), ("maximum", decl.range.1)] {
        if limit.is_finite() {
            map.insert(name.into(), json!(limit));
        }
    }
    Some(Value::Object(map))
}

fn definitions() -> Value {
    let mut map = Map::new();
    // Editors hand over dates of TOML as texts or as objects of their own.
    map.insert(
        "date".into(),
        json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "a date without quotes" }),
    );
    map.insert("figure".into(), json!({ "oneOf": [{ "type": "string" }, { "type": "number" }] }));
    map.insert(
        "period".into(),
        json!({ "oneOf": [
            { "type": "integer", "minimum": 1900, "maximum": 2200 },
            { "type": "string", "pattern": "^[0-9]{4}(Q[1-4]|-[0-9]{2}-[0-9]{2})$" }
        ] }),
    );
    for decl in PROVENANCE {
        map.insert(format!("provenance-{}", decl.name), described(kind(decl.kind), decl.doc));
    }
    map.insert("sourced".into(), object([("value", reference("figure"))], &["value"]));
    map.insert("value".into(), forms(None, false, false));
    map.insert("setting".into(), forms(None, true, false));
    let families: Vec<Value> =
        FAMILIES.iter().map(|f| reference(&format!("family-{}", f.name))).collect();
    map.insert("distribution".into(), json!({ "oneOf": families }));
    for f in FAMILIES {
        map.insert(format!("family-{}", f.name), family(f));
    }
    map.insert("regimes".into(), regimes());
    map.insert("targets".into(), targets());
    Value::Object(map)
}

fn family(family: &Family) -> Value {
    let mut properties = provenance();
    properties.insert("dist".into(), json!({ "const": family.name }));
    for param in family.params {
        let schema = match param.kind {
            ParamKind::Value | ParamKind::Spread | ParamKind::Number => reference("figure"),
            ParamKind::List => json!({ "type": "array", "items": reference("figure") }),
            ParamKind::Numbers => json!({ "type": "array", "items": { "type": "number" } }),
            ParamKind::Parts => parts(),
            ParamKind::Word(words) => json!({ "enum": words }),
        };
        let schema = match schema.get("$ref") {
            // Beside a reference, a description stands in its own object.
            Some(_) => json!({ "allOf": [schema], "description": param.doc }),
            None => described(schema, param.doc),
        };
        properties.insert(param.name.to_owned(), schema);
    }
    let forms: Vec<Value> = family.forms.iter().map(|form| json!({ "required": form })).collect();
    json!({
        "type": "object",
        "description": family.doc,
        "properties": properties,
        "required": ["dist"],
        "anyOf": forms,
        "additionalProperties": false
    })
}

/// Parts of a mixture: each a weight with a figure or a distribution.
fn parts() -> Value {
    let value = json!({ "oneOf": [
        { "type": "string" }, { "type": "number" }, reference("distribution")
    ] });
    json!({
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": { "weight": { "type": "number", "minimum": 0 }, "value": value },
            "required": ["weight", "value"],
            "additionalProperties": false
        }
    })
}

/// Names of targets, and targets written in place: tables of the keys of a target.
fn targets() -> Value {
    let part = super::targets::PART_KEYS.iter().filter_map(|name| {
        let decl = KEYS.iter().find(|decl| decl.path.strip_prefix("target.*.") == Some(name))?;
        Some(((*name).to_owned(), kind(decl.kind)))
    });
    let mut properties = provenance();
    properties.extend(part);
    json!({
        "type": "array",
        "minItems": 1,
        "items": { "oneOf": [
            { "type": "string" },
            { "type": "object", "properties": properties, "additionalProperties": false }
        ] }
    })
}

fn regimes() -> Value {
    let number = json!({ "type": "number" });
    let share = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    let regime = json!({
        "type": "object",
        "properties": { "weight": share, "start": share, "mean_log": number, "sd_log": number },
        "required": ["weight", "mean_log", "sd_log"],
        "additionalProperties": false
    });
    let mut properties = provenance();
    properties.insert("dist".into(), json!({ "const": "regimes" }));
    properties.insert("stay".into(), share);
    for name in REGIMES {
        properties.insert(name.to_owned(), regime.clone());
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": ["dist", "stay", "boom", "normal", "digest"],
        "additionalProperties": false
    })
}
