//! A chart as a report shows it: drawn for wide and narrow pages, with its numbers.

use crate::charts::{Data, DrawError, Figure, Format, Plot, data, draw, plot, without_font};

/// Width and height of a chart on a page as narrow as a phone: its letters keep their size, so that
/// they can be read when the page is 390 pixels wide.
const NARROW: (f64, f64) = (580.0, 620.0);

/// One drawing of a chart, without its font, and where its values lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// SVG.
    pub svg: String,
    /// Where its plot is.
    pub plot: Plot,
}

/// A chart of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Name of its files, without ending.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The chart in words.
    pub description: String,
    /// As in the run folder.
    pub wide: Drawing,
    /// For narrow pages.
    pub narrow: Drawing,
    /// Its numbers.
    pub data: Data,
    /// Path of its file as seen from the report; none if there is no file.
    pub file: Option<String>,
}

impl Picture {
    /// A chart from its figure and, if that was drawn before, its SVG file.
    pub fn new(name: &str, figure: &Figure, svg: Option<Vec<u8>>) -> Result<Self, DrawError> {
        let (width, height) = NARROW;
        let narrow = Figure { width, height, ..figure.clone() };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let wide = match svg {
            Some(file) => without_font(&text(file)),
            None => text(draw(figure, Format::SvgInline)?),
        };
        Ok(Self {
            name: name.to_owned(),
            title: figure.title.clone(),
            description: figure.description.clone(),
            wide: Drawing { svg: wide, plot: plot(figure)? },
            narrow: Drawing { svg: text(draw(&narrow, Format::SvgInline)?), plot: plot(&narrow)? },
            data: data(figure),
            file: None,
        })
    }

    /// The same with a file.
    #[must_use]
    pub fn in_file(self, path: String) -> Self {
        Self { file: Some(path), ..self }
    }
}
