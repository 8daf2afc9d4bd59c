//! The embedded font: Inter Regular and Bold (fonts/README.md), measured and outlined.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, GlyphId, OutlineCurve};

/// Family name in SVG files, with what to fall back on where embedded fonts are ignored.
pub(super) const FAMILY: &str = "Inter, Helvetica, Arial, sans-serif";

const REGULAR: &[u8] = include_bytes!("fonts/inter-regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/inter-bold.ttf");
const REGULAR_WOFF2: &[u8] = include_bytes!("fonts/inter-regular.woff2");
const BOLD_WOFF2: &[u8] = include_bytes!("fonts/inter-bold.woff2");
// Greek, Cyrillic and more Latin letters: names of people and places; few charts need them.
const MORE_REGULAR: &[u8] = include_bytes!("fonts/inter-more-regular.ttf");
const MORE_BOLD: &[u8] = include_bytes!("fonts/inter-more-bold.ttf");
const MORE_REGULAR_WOFF2: &[u8] = include_bytes!("fonts/inter-more-regular.woff2");
const MORE_BOLD_WOFF2: &[u8] = include_bytes!("fonts/inter-more-bold.woff2");

/// What stands for a letter that no face has, as one of Chinese: a box would look like a fault.
const UNKNOWN: char = '?';

/// Characters below this one, which most texts consist of, have their glyphs in a table.
const KNOWN: u32 = 0x100;

/// The faces, parsed.
#[derive(Debug)]
pub(super) struct Fonts {
    regular: Weight,
    bold: Weight,
}

/// The faces of one weight: the first one has what most charts need.
#[derive(Debug)]
struct Weight {
    faces: [FontRef<'static>; 2],
    known: Vec<Glyph>,
}

/// How a character is drawn.
#[derive(Debug, Clone, Copy)]
struct Glyph {
    /// Index of the face.
    face: usize,
    id: GlyphId,
    /// Way to the next character, in the units of the face.
    advance: f64,
    /// The same units in an em.
    em: f64,
}

/// Part of a glyph's outline, placed on the page (y down).
pub(super) enum Stroke {
    /// Begins a closed contour.
    Move(f32, f32),
    /// Straight to the point.
    Line(f32, f32),
    /// Quadratic curve: control point, end point.
    Quad(f32, f32, f32, f32),
    /// Cubic curve: two control points, end point.
    Cubic(f32, f32, f32, f32, f32, f32),
}

impl Weight {
    fn load(face: &'static [u8], more: &'static [u8]) -> Result<Self, ab_glyph::InvalidFont> {
        let faces = [FontRef::try_from_slice(face)?, FontRef::try_from_slice(more)?];
        let mut weight = Self { faces, known: Vec::new() };
        weight.known =
            (0..KNOWN).map(|code| weight.find(char::from_u32(code).unwrap_or(UNKNOWN))).collect();
        Ok(weight)
    }

    /// Looks a character up in the faces.
    fn find(&self, c: char) -> Glyph {
        let of = |face: usize, c: char| {
            let font = &self.faces[face];
            let id = font.glyph_id(c);
            let advance = f64::from(font.h_advance_unscaled(id));
            let em = f64::from(font.units_per_em().unwrap_or(2048.0));
            Glyph { face, id, advance, em }
        };
        let found = (0..self.faces.len()).map(|face| of(face, c)).find(|glyph| glyph.id.0 != 0);
        found.unwrap_or_else(|| of(0, UNKNOWN))
    }

    fn glyph(&self, c: char) -> Glyph {
        self.known.get(c as usize).copied().unwrap_or_else(|| self.find(c))
    }
}

impl Fonts {
    /// Parses the embedded files.
    pub(super) fn load() -> Result<Self, ab_glyph::InvalidFont> {
        Ok(Self {
            regular: Weight::load(REGULAR, MORE_REGULAR)?,
            bold: Weight::load(BOLD, MORE_BOLD)?,
        })
    }

    /// The embedded files, parsed once; or what is wrong with them.
    pub(super) fn embedded() -> Result<&'static Self, String> {
        static FONTS: OnceLock<Result<Fonts, String>> = OnceLock::new();
        let fonts = FONTS.get_or_init(|| Self::load().map_err(|error| error.to_string()));
        fonts.as_ref().map_err(Clone::clone)
    }

    fn weight(&self, bold: bool) -> &Weight {
        if bold { &self.bold } else { &self.regular }
    }

    /// Whether a text has letters that only the second face has.
    pub(super) fn needs_more(&self, text: &str) -> bool {
        text.chars().any(|c| self.regular.glyph(c).face == 1)
    }

    /// Width of a line of text in the unit of `size` (the em).
    pub(super) fn width(&self, text: &str, size: f64, bold: bool) -> f64 {
        let weight = self.weight(bold);
        let ems = text.chars().map(|c| {
            let glyph = weight.glyph(c);
            glyph.advance / glyph.em
        });
        size * ems.sum::<f64>()
    }

    /// Hands the outline of a line of text to `emit`; `x` is its left end, `baseline` its y.
    pub(super) fn outline(
        &self,
        text: &str,
        size: f64,
        bold: bool,
        (x, baseline): (f64, f64),
        mut emit: impl FnMut(Stroke),
    ) {
        let weight = self.weight(bold);
        let mut pen = x;
        for glyph in text.chars().map(|c| weight.glyph(c)) {
            let k = size / glyph.em;
            if let Some(outline) = weight.faces[glyph.face].outline(glyph.id) {
                let at = |p: ab_glyph::Point| {
                    ((pen + f64::from(p.x) * k) as f32, (baseline - f64::from(p.y) * k) as f32)
                };
                emit_curves(&outline.curves, at, &mut emit);
            }
            pen += glyph.advance * k;
        }
    }
}

fn emit_curves(
    curves: &[OutlineCurve],
    at: impl Fn(ab_glyph::Point) -> (f32, f32),
    emit: &mut impl FnMut(Stroke),
) {
    let mut last = None;
    for curve in curves {
        let (start, end) = match curve {
            OutlineCurve::Line(a, b)
            | OutlineCurve::Quad(a, _, b)
            | OutlineCurve::Cubic(a, _, _, b) => (*a, *b),
        };
        if last != Some(start) {
            let (x, y) = at(start);
            emit(Stroke::Move(x, y));
        }
        let (x, y) = at(end);
        emit(match curve {
            OutlineCurve::Line(..) => Stroke::Line(x, y),
            OutlineCurve::Quad(_, c, _) => {
                let (cx, cy) = at(*c);
                Stroke::Quad(cx, cy, x, y)
            }
            OutlineCurve::Cubic(_, c, d, _) => {
                let ((cx, cy), (dx, dy)) = (at(*c), at(*d));
                Stroke::Cubic(cx, cy, dx, dy, x, y)
            }
        });
        last = Some(end);
    }
}

/// The `@font-face` rules with both faces as data, for an SVG file or once for an HTML page.
pub(super) fn css() -> String {
    rule(400, REGULAR_WOFF2, "") + &rule(700, BOLD_WOFF2, "")
}

/// The rules of the letters that few charts need, beside those of [`css()`].
pub(super) fn more_css() -> String {
    let range =
        ";unicode-range:U+180-24F,U+370-4FF,U+1E00-1EFF,U+20A0-20AB,U+20AD-20BF,U+2605,U+2713";
    rule(400, MORE_REGULAR_WOFF2, range) + &rule(700, MORE_BOLD_WOFF2, range)
}

fn rule(weight: u32, data: &[u8], range: &str) -> String {
    format!(
        "@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/woff2;base64,{}) format(\"woff2\"){range}}}",
        base64(data)
    )
}

fn base64(data: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(data.len().div_ceil(3) * 4);
    for chunk in data.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit <= chunk.len() {
                text.push(char::from(DIGITS[(group >> (18 - 6 * digit)) as usize & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_the_vectors_of_rfc_4648() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn the_font_has_every_sign_that_charts_use() {
        let fonts = Fonts::load().unwrap();
        for bold in [false, true] {
            for c in "0123456789AZaz%$€·−–—→←≥≤≈×é\u{2009}\u{202f}\u{a0}’“”…".chars()
            {
                let glyph = fonts.weight(bold).find(c);
                assert!(glyph.face == 0 && glyph.id.0 != 0, "{c:?}");
            }
        }
    }

    #[test]
    fn letters_outside_of_the_first_face_are_no_boxes() {
        let fonts = Fonts::load().unwrap();
        assert!(!fonts.needs_more("Île-de-France, Gdańsk, 3 × 10²⁶"));
        for text in ["Вычислительный центр", "Αθήνα", "Đà Nẵng"] {
            assert!(fonts.needs_more(text), "{text}");
            for (c, bold) in text.chars().flat_map(|c| [(c, false), (c, true)]) {
                let weight = fonts.weight(bold);
                let Glyph { face, id, .. } = weight.glyph(c);
                let drawn = weight.faces[face].outline(id).is_some();
                assert!(id.0 != 0 && (c == ' ' || drawn), "{c:?}");
            }
        }
        let glyph = |c: char| fonts.regular.glyph(c).id;
        assert_eq!(glyph('数'), glyph(UNKNOWN));
    }

    #[test]
    fn width_grows_with_text_size_and_weight() {
        let fonts = Fonts::load().unwrap();
        let width = fonts.width("Median", 20.0, false);
        assert!((55.0..75.0).contains(&width), "{width}");
        assert!((fonts.width("Median", 40.0, false) - 2.0 * width).abs() < 1e-9);
        assert!(fonts.width("Median", 20.0, true) > width);
    }
}
