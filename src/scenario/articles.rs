//! The figures of the five articles that the project began with, and what became of each.

use serde::Deserialize;

/// The list, as shipped.
const TEXT: &str = include_str!("../../docs/documents.toml");

/// One article.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Article {
    /// Short name, `S0` to `S4`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// When it was written, and how that is known.
    pub dated: String,
}

/// What a figure is in the shipped scenarios.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Became {
    /// A value of a scenario.
    Input,
    /// A dated row of what was said.
    Guidance,
    /// A dated row of what was.
    Observation,
    /// A question asked of runs.
    Target,
    /// Not a quantity of the model.
    None,
}

/// One figure of one article.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Name of the article.
    pub document: String,
    /// The figure as it stands there.
    pub stated: String,
    /// What it is about.
    pub subject: String,
    /// What it is here.
    pub became: Became,
    /// File of the scenarios that holds it.
    #[serde(default)]
    pub file: String,
    /// Key of an input or a target.
    #[serde(default)]
    pub key: String,
    /// Metric of a row.
    #[serde(default)]
    pub metric: String,
    /// Period of a row.
    #[serde(default)]
    pub at: String,
    /// Whether the key is still to come.
    #[serde(default)]
    pub open: bool,
    /// Which version is used, or why it is none.
    pub note: String,
}

/// Two statements that do not agree.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disagreement {
    /// What about.
    pub subject: String,
    /// One version, with its date and source.
    pub first: String,
    /// The other.
    pub second: String,
    /// Which is used.
    pub used: String,
    /// Why.
    pub why: String,
}

/// The whole list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Articles {
    /// The articles.
    #[serde(rename = "document")]
    pub articles: Vec<Article>,
    /// Their figures, article by article.
    #[serde(rename = "figure")]
    pub figures: Vec<Figure>,
    /// Where they disagree.
    #[serde(rename = "disagreement")]
    pub disagreements: Vec<Disagreement>,
}

/// The shipped list; the message of a mistake in it otherwise.
pub fn articles() -> Result<Articles, String> {
    toml::from_str(TEXT).map_err(|error| format!("docs/documents.toml: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_a_place_or_a_reason() {
        let list = articles().unwrap();
        assert_eq!(list.articles.len(), 5);
        for figure in &list.figures {
            let what = format!("{} {}", figure.document, figure.subject);
            assert!(list.articles.iter().any(|article| article.name == figure.document), "{what}");
            assert!(!figure.note.is_empty() && !figure.stated.is_empty(), "{what}");
            let (key, row) = (!figure.key.is_empty(), !figure.metric.is_empty());
            let fits = match figure.became {
                Became::Input | Became::Target => key && !row && figure.at.is_empty(),
                Became::Guidance | Became::Observation => row && !key && !figure.at.is_empty(),
                Became::None => !key && !row && !figure.open,
            };
            assert!(fits, "{what}");
            assert_eq!(figure.file.is_empty(), figure.became == Became::None, "{what}");
        }
    }
}
