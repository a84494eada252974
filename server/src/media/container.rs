//! What the outside of a picture's file tells, where the decoders would not complain: they fill up
//! with grey what is missing of a JPEG, and believe the lengths in a WebP.

/// The four letters that say what a chunk of a WebP is.
type Kind = [u8; 4];

/// Whether a JPEG goes on until its own end. A small picture within its metadata, and what some
/// cameras append, are passed over.
pub(super) fn is_whole_jpeg(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    const END: u8 = 0xd9;
    let mut at = 2;
    while let Some((marker, next)) = next_marker(bytes, at) {
        match marker {
            END => return true,
            START_OF_SCAN => at = end_of_scan(bytes, next),
            // Markers that stand alone.
            0x01 | 0xd0..=0xd8 => at = next,
            _ => match bytes.get(next..next + 2) {
                Some(&[high, low]) => at = next + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
        }
    }
    false
}

/// The next marker from `at` on, and where it ends.
fn next_marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..)?;
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff);
    let found = rest.windows(2).position(is_marker)?;
    Some((rest[found + 1], at + found + 2))
}

/// Where the data of a scan ends: at a marker that is no restart.
fn end_of_scan(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some((marker, next)) = next_marker(bytes, at) {
        if !matches!(marker, 0xd0..=0xd7) {
            return next - 2;
        }
        at = next;
    }
    bytes.len()
}

/// What chunks a WebP has; none if one reaches past the end of the file.
pub(super) fn webp_chunks(bytes: &[u8]) -> Option<Vec<Kind>> {
    let mut rest = bytes.get(12..)?;
    let mut kinds = Vec::new();
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, length @ ..] = *head;
        let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
        kinds.push([a, b, c, d]);
        // Chunks begin at even places, so there may be a byte between them.
        rest = body.get(length..)?;
        rest = rest.get(length % 2..).unwrap_or_default();
    }
    Some(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_ends_at_its_own_end() {
        let segment = [0xff, 0xe1, 0, 6, 0xff, 0xd9, 1, 2];
        let scan = [0xff, 0xda, 0, 3, 9, 1, 0xff, 0, 2, 0xff, 0xd0, 3];
        let end = [0xff, 0xd9];
        let start = [0xff, 0xd8];
        let whole = [&start[..], &segment, &scan, &end].concat();
        assert!(is_whole_jpeg(&whole));
        assert!(is_whole_jpeg(&[&whole[..], b"what a camera appends"].concat()));
        for length in 0..whole.len() {
            assert!(!is_whole_jpeg(&whole[..length]), "{length} bytes");
        }
        let second_scan = [&start[..], &segment, &scan, &segment, &scan].concat();
        assert!(!is_whole_jpeg(&second_scan));
        assert!(is_whole_jpeg(&[&second_scan[..], &end].concat()));
        assert!(!is_whole_jpeg(&[0xff, 0xd8, 0xff, 0xe1, 0, 0, 0xff]));
    }

    #[test]
    fn a_webps_chunks_lie_within_it() {
        let file = b"RIFF\x1c\0\0\0WEBPVP8X\x03\0\0\0abc\0VP8L\0\0\0\0";
        assert_eq!(webp_chunks(file), Some(vec![*b"VP8X", *b"VP8L"]));
        let mut longer = *file;
        longer[16] = 200;
        assert_eq!(webp_chunks(&longer), None);
        assert_eq!(webp_chunks(b"RIFF"), None);
    }
}
