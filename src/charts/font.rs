//! The embedded font: Inter Regular and Bold (fonts/README.md), measured and outlined.

use ab_glyph::{Font, FontRef, OutlineCurve};

/// Family name in SVG files, with what to fall back on where embedded fonts are ignored.
pub(super) const FAMILY: &str = "Inter, Helvetica, Arial, sans-serif";

const REGULAR: &[u8] = include_bytes!("fonts/inter-regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/inter-bold.ttf");
const REGULAR_WOFF2: &[u8] = include_bytes!("fonts/inter-regular.woff2");
const BOLD_WOFF2: &[u8] = include_bytes!("fonts/inter-bold.woff2");

/// The two faces, parsed.
#[derive(Debug)]
pub(super) struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
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

impl Fonts {
    /// Parses the embedded files.
    pub(super) fn load() -> Result<Self, ab_glyph::InvalidFont> {
        Ok(Self {
            regular: FontRef::try_from_slice(REGULAR)?,
            bold: FontRef::try_from_slice(BOLD)?,
        })
    }

    fn face(&self, bold: bool) -> &FontRef<'static> {
        if bold { &self.bold } else { &self.regular }
    }

    /// Width of a line of text in the unit of `size` (the em).
    pub(super) fn width(&self, text: &str, size: f64, bold: bool) -> f64 {
        let face = self.face(bold);
        let em = f64::from(face.units_per_em().unwrap_or(2048.0));
        let units: f64 =
            text.chars().map(|c| f64::from(face.h_advance_unscaled(face.glyph_id(c)))).sum();
        units * size / em
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
        let face = self.face(bold);
        let k = size / f64::from(face.units_per_em().unwrap_or(2048.0));
        let mut pen = x;
        for glyph in text.chars().map(|c| face.glyph_id(c)) {
            if let Some(outline) = face.outline(glyph) {
                let at = |p: ab_glyph::Point| {
                    ((pen + f64::from(p.x) * k) as f32, (baseline - f64::from(p.y) * k) as f32)
                };
                emit_curves(&outline.curves, at, &mut emit);
            }
            pen += f64::from(face.h_advance_unscaled(glyph)) * k;
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
    let face = |weight: u32, data: &[u8]| {
        format!(
            "@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/woff2;base64,{}) format(\"woff2\")}}",
            base64(data)
        )
    };
    face(400, REGULAR_WOFF2) + &face(700, BOLD_WOFF2)
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
                assert_ne!(fonts.face(bold).glyph_id(c).0, 0, "{c:?}");
            }
        }
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
