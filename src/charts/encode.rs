//! An opaque image as PNG: the bytes that the library writes with fast compression and the filter
//! "up", but row by row from the pixels. Most pixels are those of the row above, and drawing all
//! charts of a run is what a user waits for.
//!
//! Fast compression takes a sixth of the time of the usual one for a file twice as large.

use std::io;

use fdeflate::Compressor;

/// The filter "up" of PNG: each byte less the one above it.
const UP: u8 = 2;
/// Pixels that are compared at once.
const BLOCK: usize = 8;
/// Bytes of a file around its data.
const AROUND: usize = 57;

/// The PNG of an image: `pixels` are red, green, blue and opacity, `width` of them a row. Opacity is
/// left out.
///
/// Fails if the image is empty or longer than a PNG can be.
pub(super) fn encode(
    pixels: &[u8],
    (width, height): (u32, u32),
) -> Result<Vec<u8>, png::EncodingError> {
    let data = compressed(pixels, width as usize)?;
    let mut bytes = Vec::with_capacity(data.len() + AROUND);
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_chunk(png::chunk::IDAT, &data)?;
    writer.finish()?;
    Ok(bytes)
}

/// Filtered and compressed rows.
fn compressed(pixels: &[u8], width: usize) -> io::Result<Vec<u8>> {
    let mut compressor = Compressor::new(Vec::new())?;
    let black = vec![0; 4 * width];
    let mut above = black.as_slice();
    let mut row = vec![UP; 1 + 3 * width];
    for line in pixels.chunks_exact(4 * width.max(1)) {
        differences(line, above, &mut row[1..]);
        compressor.write_data(&row)?;
        above = line;
    }
    compressor.finish()
}

/// Colors of a line less those of the line above. Where a block of pixels is the same it is nothing,
/// without a look at each.
fn differences(line: &[u8], above: &[u8], into: &mut [u8]) {
    let (lines, line) = line.as_chunks::<{ 4 * BLOCK }>();
    let (aboves, above) = above.as_chunks::<{ 4 * BLOCK }>();
    let (blocks, rest) = into.as_chunks_mut::<{ 3 * BLOCK }>();
    for ((line, above), block) in lines.iter().zip(aboves).zip(blocks) {
        if line == above {
            *block = [0; 3 * BLOCK];
        } else {
            each_difference(line, above, block);
        }
    }
    each_difference(line, above, rest);
}

fn each_difference(line: &[u8], above: &[u8], into: &mut [u8]) {
    let (line, above) = (line.as_chunks::<4>().0, above.as_chunks::<4>().0);
    for ((pixel, above), color) in line.iter().zip(above).zip(into.as_chunks_mut::<3>().0) {
        *color = [0, 1, 2].map(|part| pixel[part].wrapping_sub(above[part]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the library writes it.
    fn plainly(pixels: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
        let rgb: Vec<u8> =
            pixels.as_chunks::<4>().0.iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Up);
        encoder.write_header().unwrap().write_image_data(&rgb).unwrap();
        bytes
    }

    #[test]
    fn an_image_has_the_bytes_that_the_library_writes() {
        // Whole blocks and a rest, stripes and a slope on paper.
        for (width, height) in [(16u32, 60u32), (77, 40), (160, 90), (333, 31)] {
            let pixel = |x: u32, y: u32| match (x, y) {
                (20..30, _) => [200, 30, 60, 255],
                (_, 10..13) => [0, 0, 0, 255],
                _ if x / 3 == y => [(x % 256) as u8, (y * 7 % 256) as u8, 9, 255],
                _ => [250, 249, 247, 255],
            };
            let pixels: Vec<u8> =
                (0..width * height).flat_map(|i| pixel(i % width, i / width)).collect();
            let size = (width, height);
            assert_eq!(encode(&pixels, size).unwrap(), plainly(&pixels, size), "{size:?}");
        }
    }

    #[test]
    fn an_empty_image_is_refused() {
        assert!(encode(&[], (0, 3)).is_err());
        assert!(encode(&[], (3, 0)).is_err());
    }
}
