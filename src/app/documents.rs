//! The page on the figures of the five articles, as lists.

use super::exit::Failure;
use super::reference::{Section, What};
use crate::scenario::{Articles, Became, Figure, articles};

/// Start of the page.
pub(super) const HEADING: &str = "# The articles\n\nEvery figure of the five articles that the \
     project began with, and what became of it. None of the articles is a primary source: where a \
     better one is known, it is used. Written by `fleetcast list documents --markdown` from \
     `docs/documents.toml`; do not edit it by hand.\n\n";

/// The lists: articles, figures, disagreements.
pub(super) fn sections() -> Result<Vec<Section>, Failure> {
    let list = articles().map_err(Failure::Bug)?;
    Ok(vec![article_section(&list), figure_section(&list), disagreement_section(&list)])
}

fn article_section(list: &Articles) -> Section {
    let count = |name: &str| list.figures.iter().filter(|f| f.document == name).count();
    let rows = list.articles.iter().map(|article| {
        let figures = count(&article.name).to_string();
        vec![article.name.clone(), article.title.clone(), article.dated.clone(), figures]
    });
    Section {
        what: What::Documents,
        name: "articles",
        title: "Articles",
        intro: "",
        columns: &["Name", "Title", "Written", "Figures"],
        brief: &[0, 1, 2],
        code: &[],
        rows: rows.collect(),
    }
}

fn figure_section(list: &Articles) -> Section {
    let rows = list.figures.iter().map(|figure| {
        vec![
            figure.document.clone(),
            figure.stated.clone(),
            figure.subject.clone(),
            became(figure),
            figure.file.clone(),
            figure.note.clone(),
        ]
    });
    Section {
        what: What::Documents,
        name: "figures",
        title: "Figures",
        intro: "Files are those of `scenarios/`. A row is named by its metric and its period.",
        columns: &["Article", "Stated", "About", "Became", "File", "Remark"],
        brief: &[0, 1, 2, 3],
        code: &[4],
        rows: rows.collect(),
    }
}

fn became(figure: &Figure) -> String {
    let text = match figure.became {
        Became::Input => format!("input {}", figure.key),
        Became::Target => format!("target {}", figure.key),
        Became::Guidance => format!("guidance {}, {}", figure.metric, figure.at),
        Became::Observation => format!("observation {}, {}", figure.metric, figure.at),
        Became::None => "not a quantity of the model".to_owned(),
    };
    if figure.open { format!("{text} (to come)") } else { text }
}

fn disagreement_section(list: &Articles) -> Section {
    let rows = list
        .disagreements
        .iter()
        .map(|d| [&d.subject, &d.first, &d.second, &d.used, &d.why].map(Clone::clone).to_vec());
    Section {
        what: What::Documents,
        name: "disagreements",
        title: "Where sources disagree",
        intro: "",
        columns: &["About", "One version", "The other", "Used", "Why"],
        brief: &[0, 3, 4],
        code: &[],
        rows: rows.collect(),
    }
}
