//! What a page says, before any format: sections of blocks of words.

use super::picture::Picture;
use crate::tables::{Align, Table};

/// A part of a page with a heading and an entry in its contents.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Name for links, unique in the page: letters and hyphens.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The first words of a section: larger.
    Lead(Vec<Words>),
    /// A paragraph.
    Text(Vec<Words>),
    /// A paragraph in small print.
    Small(Vec<Words>),
    /// A heading below that of the section.
    Heading(String),
    /// A list.
    List(Vec<Vec<Words>>),
    /// Names and what they stand for.
    Facts(Vec<(String, Vec<Words>)>),
    /// A table.
    Grid(Grid),
    /// A chart with its data.
    Chart(Box<Picture>),
    /// A command.
    Command(String),
    /// What is shown on demand, and always on paper if `printed`.
    More {
        /// What a reader opens.
        summary: String,
        /// What is shown then.
        blocks: Vec<Block>,
        /// Whether it is open at first.
        open: bool,
        /// Whether it is on paper.
        printed: bool,
    },
}

/// Words of one kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Words {
    /// As they are.
    Plain(String),
    /// With weight.
    Strong(String),
    /// A name or a value, as it stands in a file.
    Code(String),
    /// Below the line before, in small print.
    Below(String),
    /// A link to a page elsewhere.
    Link {
        /// What it says.
        text: String,
        /// Where it leads; shown as plain words unless it is a page of the web.
        url: String,
    },
    /// A link within the page.
    Jump {
        /// What it says.
        text: String,
        /// Name of a section.
        id: String,
    },
    /// A share of one, as a bar where that can be drawn and as nothing elsewhere.
    Bar(f64),
}

/// A table of words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// What it shows; also the name of its file.
    pub caption: String,
    /// Headings with their alignment.
    pub columns: Vec<(String, Align)>,
    /// Rows with a cell for each column; the first one names the row.
    pub rows: Vec<Vec<Vec<Words>>>,
    /// Whether readers can save it.
    pub saved: bool,
}

impl Words {
    /// Plain words.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }

    /// A name or a value.
    pub fn code(text: impl Into<String>) -> Self {
        Self::Code(text.into())
    }
}

/// One run of plain words.
pub fn plain(text: impl Into<String>) -> Vec<Words> {
    vec![Words::plain(text)]
}

impl Grid {
    /// The columns of a table that are for people.
    pub fn of(table: &Table) -> Self {
        let (columns, rows) = table.shown();
        let columns = columns.iter().map(|column| (column.heading.clone(), column.align));
        let row = |row: &Vec<String>| row.iter().map(|cell| plain(cell.as_str())).collect();
        Self {
            caption: table.title.clone(),
            columns: columns.collect(),
            rows: rows.iter().map(row).collect(),
            saved: true,
        }
    }
}
