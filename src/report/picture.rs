//! A chart as a report shows it: drawn for wide and narrow pages, with its numbers.

use crate::charts::{Data, DrawError, Figure, Format, Laid, Plot, data, without_font};

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
    /// A chart from its figure, that figure laid out and, if it was drawn before, its SVG file.
    pub fn new(
        name: &str,
        figure: &Figure,
        laid: &Laid,
        svg: Option<Vec<u8>>,
    ) -> Result<Self, DrawError> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let inline = |laid: &Laid| Ok(text(laid.draw(Format::SvgInline)?));
        let wide = match svg {
            Some(file) => without_font(&text(file)),
            None => inline(laid)?,
        };
        let (width, height) = NARROW;
        let narrow = Laid::new(&Figure { width, height, ..figure.clone() })?;
        Ok(Self {
            name: name.to_owned(),
            title: figure.title.clone(),
            description: figure.description.clone(),
            wide: Drawing { svg: wide, plot: laid.plot() },
            narrow: Drawing { svg: inline(&narrow)?, plot: narrow.plot() },
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
