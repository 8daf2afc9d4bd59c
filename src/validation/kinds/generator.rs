//! `generator`: words of the random number generator.

use super::{Found, Kind, key};
use crate::scenario::document::{Entry, Node};
use crate::validation::expect::Reference;
use crate::validation::fields::Fields;
use crate::validation::{Expectation, Measured, Subject, Tolerance, codes};
use crate::vector::philox4x32_10;

pub(super) const KIND: Kind = Kind {
    name: "generator",
    doc: "The random words of a counter under a key, bit by bit.",
    keys: &[
        key("algorithm", "`philox4x32-10`, the generator of the program"),
        key("counter", "four words, hexadecimal texts such as \"243f6a88\""),
        key("key", "two words"),
        key("expect", "the four words that come out"),
    ],
    gives: "four words of 32 bits",
    example: r#"[[case]]
id        = "philox"
kind      = "generator"
source    = "Random123, kat_vectors"
algorithm = "philox4x32-10"
counter   = ["0", "0", "0", "0"]
key       = ["0", "0"]
expect    = ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]"#,
    read: |fields, _| read(fields),
};

/// Others that publish known answers, so that a case of them gets a clear answer.
const OTHERS: &[&str] = &["philox4x64-10", "threefry2x32-20", "threefry4x64-20", "threefry4x32-20"];

#[derive(Debug)]
struct Words {
    counter: [u32; 4],
    key: [u32; 2],
}

impl Subject for Words {
    fn measure(&self, wanted: &[Expectation]) -> Vec<Vec<Measured>> {
        let words = philox4x32_10(self.counter, self.key);
        (0..wanted.len())
            .map(|at| {
                words.get(at).map(|word| Measured::exact(f64::from(*word))).into_iter().collect()
            })
            .collect()
    }
}

fn read(fields: &mut Fields) -> Option<Found> {
    if let Some(entry) = fields.get("algorithm")
        && entry.node.text().is_some_and(|name| OTHERS.contains(&name))
    {
        let message = "the program has no such generator";
        let help = "it uses philox4x32-10 only";
        return fields.fail(codes::NOT_YET, &entry.node.span, message, help);
    }
    fields.word("algorithm", &["philox4x32-10"])?;
    let counter = words::<4>(fields, "counter");
    let key = words::<2>(fields, "key");
    let expected = words::<4>(fields, "expect")?;
    let expectations = expected.iter().enumerate().map(|(at, word)| expectation(at, *word));
    let subject = Words { counter: counter?, key: key? };
    Some((Box::new(subject), expectations.collect()))
}

fn words<const N: usize>(fields: &mut Fields, name: &str) -> Option<[u32; N]> {
    let entry = fields.need(name, "[\"0\", \"0\"]")?;
    let items = fields.items(entry, "[\"0\", \"0\"]")?;
    let words: Option<Vec<u32>> = items.iter().map(|node| word(fields, entry, node)).collect();
    if let Ok(words) = words?.try_into() {
        return Some(words);
    }
    let message = format!("`{name}` takes {N} words");
    fields.fail(codes::RANGE, &entry.node.span, message, "each a text such as \"243f6a88\"")
}

fn word(fields: &mut Fields, entry: &Entry, node: &Node) -> Option<u32> {
    let word = node
        .text()
        .and_then(|text| u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok());
    if word.is_none() {
        let message = format!("`{}` takes words of 32 bits", entry.key);
        fields.fail::<()>(codes::WRONG_TYPE, &node.span, message, "for example \"243f6a88\"");
    }
    word
}

fn expectation(at: usize, word: u32) -> Expectation {
    let value = f64::from(word);
    let reference = Reference {
        low: value,
        high: value,
        half_digit: 0.5,
        text: format!("{word:08x}"),
        factor: 1.0,
        shown: 10,
        unit: String::new(),
        hexadecimal: true,
    };
    Expectation { name: format!("word {at}"), reference, tolerance: Some(Tolerance::Exact) }
}
