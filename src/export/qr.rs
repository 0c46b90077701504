//! Texts as QR codes (ISO/IEC 18004, model 2, bytes): a few hundred lines of our own are a third of
//! the code that a general encoder brings into the page.

/// How much of a code may be unreadable; also its two bits in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// 15 %.
    Medium = 0,
    /// 7 %.
    Low = 1,
}

/// Words of correction in each block, by level and version.
const CORRECTION: [[u8; 40]; 2] = [
    [
        10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    ],
    [
        7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30,
        30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
];

/// Blocks of words, by level and version.
const BLOCKS: [[u8; 40]; 2] = [
    [
        1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23,
        25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
    ],
    [
        1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13,
        14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25,
    ],
];

/// Words (bytes) of a version, data and correction together.
fn words(version: usize) -> usize {
    let mut modules = (16 * version + 128) * version + 64;
    if version >= 2 {
        let lines = version / 7 + 2;
        modules -= (25 * lines - 10) * lines - 55;
        if version >= 7 {
            modules -= 36;
        }
    }
    modules / 8
}

/// Modules of a code: rows of dark (`true`) and light ones.
#[derive(Clone, Debug)]
pub(super) struct Modules {
    /// Modules of a side.
    pub(super) side: usize,
    dark: Vec<bool>,
    /// Part of a pattern, not of the data.
    fixed: Vec<bool>,
}

impl Modules {
    /// The code of a text at a level; `None` where it is too long. `mask`: `None` = the one that
    /// reads best.
    pub(super) fn of(text: &str, level: Level, mask: Option<usize>) -> Option<Self> {
        let fits = |&version: &usize| data_words(version, level) >= text.len() + header(version);
        let version = (1..=40).find(fits)?;
        let mut code = Self::patterns(version);
        code.place(&with_correction(text, version, level));
        let masked = |mask: usize| {
            let mut code = code.clone();
            code.mask(mask);
            code.format(level, mask);
            code
        };
        match mask {
            Some(mask) => Some(masked(mask)),
            None => (0..8).map(masked).min_by_key(Self::penalty),
        }
    }

    /// Whether the module at column `x` of row `y` is dark.
    pub(super) fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark.get(y * self.side + x).copied().unwrap_or(false)
    }

    fn fix(&mut self, x: usize, y: usize, dark: bool) {
        let at = y * self.side + x;
        self.dark[at] = dark;
        self.fixed[at] = true;
    }

    /// The patterns of a version, with room for the format.
    fn patterns(version: usize) -> Self {
        let side = 17 + 4 * version;
        let mut code = Self {
            side,
            dark: vec![false; side * side],
            fixed: vec![false; side * side],
        };
        for i in 0..side {
            code.fix(6, i, i % 2 == 0);
            code.fix(i, 6, i % 2 == 0);
        }
        // Finders: rings around their middle.
        for (x, y) in [(3, 3), (side - 4, 3), (3, side - 4)] {
            code.rings(x, y, 4, &[2, 4]);
        }
        let lines = if version == 1 { 0 } else { version / 7 + 2 };
        let line = |i: usize| match i {
            0 => 6,
            i => {
                let step = (version * 8 + lines * 3 + 5) / (lines * 4 - 4) * 2;
                side - 7 - (lines - 1 - i) * step
            }
        };
        for (i, j) in (0..lines).flat_map(|i| (0..lines).map(move |j| (i, j))) {
            // Where the finders are, there is none.
            if ![(0, 0), (0, lines - 1), (lines - 1, 0)].contains(&(i, j)) {
                code.rings(line(i), line(j), 2, &[1]);
            }
        }
        if version >= 7 {
            let bits = version << 12 | remainder(version, 12, 0x1f25);
            for i in 0..18 {
                let (a, b) = (side - 11 + i % 3, i / 3);
                code.fix(a, b, bits >> i & 1 == 1);
                code.fix(b, a, bits >> i & 1 == 1);
            }
        }
        code.format(Level::Medium, 0);
        code
    }

    /// A square pattern of rings; `light`: how far from the middle the light ones are.
    fn rings(&mut self, x: usize, y: usize, reach: usize, light: &[usize]) {
        for dy in 0..=2 * reach {
            for dx in 0..=2 * reach {
                let (at_x, at_y) = ((x + dx).wrapping_sub(reach), (y + dy).wrapping_sub(reach));
                if at_x < self.side && at_y < self.side {
                    let ring = dx.abs_diff(reach).max(dy.abs_diff(reach));
                    self.fix(at_x, at_y, !light.contains(&ring));
                }
            }
        }
    }

    /// Writes level and mask, twice.
    fn format(&mut self, level: Level, mask: usize) {
        let data = (level as usize) << 3 | mask;
        let bits = (data << 10 | remainder(data, 10, 0x537)) ^ 0x5412;
        for i in 0..15 {
            let dark = bits >> i & 1 == 1;
            // Around the first finder, past the lines of alternating modules.
            let near = |i: usize| if i < 6 { i } else { i + 1 };
            match i {
                0..8 => self.fix(8, near(i), dark),
                _ => self.fix(near(14 - i), 8, dark),
            }
            match i {
                0..8 => self.fix(self.side - 1 - i, 8, dark),
                _ => self.fix(8, self.side - 15 + i, dark),
            }
        }
        self.fix(8, self.side - 8, true);
    }

    /// Lays the bits out: upwards and downwards in columns of two, from the right.
    fn place(&mut self, words: &[u8]) {
        let side = self.side;
        let columns = (0..6).chain(7..side).rev().step_by(2);
        let mut bits = words
            .iter()
            .flat_map(|word| (0..8).rev().map(move |bit| word >> bit & 1 == 1));
        for (turn, right) in columns.enumerate() {
            for i in 0..side {
                let y = if turn % 2 == 0 { side - 1 - i } else { i };
                for x in [right, right - 1] {
                    let at = y * side + x;
                    if !self.fixed[at] {
                        self.dark[at] = bits.next().unwrap_or(false);
                    }
                }
            }
        }
    }

    fn mask(&mut self, mask: usize) {
        for at in 0..self.dark.len() {
            let (x, y) = (at % self.side, at / self.side);
            let turn = match mask {
                0 => (x + y) % 2,
                1 => y % 2,
                2 => x % 3,
                3 => (x + y) % 3,
                4 => (x / 3 + y / 2) % 2,
                5 => x * y % 2 + x * y % 3,
                6 => (x * y % 2 + x * y % 3) % 2,
                _ => ((x + y) % 2 + x * y % 3) % 2,
            };
            self.dark[at] ^= turn == 0 && !self.fixed[at];
        }
    }

    /// How badly a code reads: long runs, plain squares, what looks like a finder, too dark or light.
    fn penalty(&self) -> usize {
        let side = self.side;
        let mut out = 0;
        for turned in [false, true] {
            for line in 0..side {
                let at = |i: usize| match turned {
                    false => self.is_dark(i, line),
                    true => self.is_dark(line, i),
                };
                let (mut run, mut last, mut seen) = (0, false, 0u16);
                // Four light modules of the quiet zone end the line.
                for i in 0..side + 4 {
                    let dark = i < side && at(i);
                    seen = (seen << 1 | u16::from(dark)) & 0x7ff;
                    if seen == 0b101_1101 || seen == 0b101_1101_0000 {
                        out += 40;
                    }
                    if i < side {
                        run = if dark == last && i > 0 { run + 1 } else { 1 };
                        last = dark;
                        out += match run {
                            5 => 3,
                            6.. => 1,
                            _ => 0,
                        };
                    }
                }
            }
        }
        for (x, y) in (1..side).flat_map(|x| (1..side).map(move |y| (x, y))) {
            let square = [(x - 1, y - 1), (x, y - 1), (x - 1, y), (x, y)];
            let dark = square.iter().filter(|(x, y)| self.is_dark(*x, *y)).count();
            if dark % 4 == 0 {
                out += 3;
            }
        }
        let dark = self.dark.iter().filter(|d| **d).count();
        out + 10 * ((dark * 20).abs_diff(side * side * 10) / (side * side))
    }
}

/// Whole words that mode, length and end take up.
fn header(version: usize) -> usize {
    if version < 10 { 2 } else { 3 }
}

fn data_words(version: usize, level: Level) -> usize {
    let (correction, blocks) = shape(version, level);
    words(version) - correction * blocks
}

/// Words of correction in each block, and blocks.
fn shape(version: usize, level: Level) -> (usize, usize) {
    let of = |table: &[[u8; 40]; 2]| usize::from(table[level as usize][version - 1]);
    (of(&CORRECTION), of(&BLOCKS))
}

/// The text's words with those of correction, interleaved.
fn with_correction(text: &str, version: usize, level: Level) -> Vec<u8> {
    // Four bits say that bytes follow, 8 or 16 how many; four bits end them: every word is half of
    // one byte and half of the next.
    let length = text.len().to_be_bytes();
    let length = &length[length.len() + 1 - header(version)..];
    let bytes = length.iter().copied().chain(text.bytes());
    let mut half = 4u8;
    let mut data: Vec<u8> = bytes
        .chain([0])
        .map(|byte| {
            let word = half << 4 | byte >> 4;
            half = byte & 15;
            word
        })
        .collect();
    let room = data_words(version, level);
    data.extend([0xec, 0x11].into_iter().cycle().take(room - data.len()));

    let (correction, count) = shape(version, level);
    let divisor = divisor(correction);
    // The last blocks are longer by a word.
    let (short, longer) = (room / count, room % count);
    let mut rest = data.as_slice();
    let mut blocks = Vec::new();
    for i in 0..count {
        let (block, after) = rest.split_at(short + usize::from(i >= count - longer));
        blocks.push((block, rest_of(block, &divisor)));
        rest = after;
    }
    let data = (0..=short).flat_map(|i| blocks.iter().filter_map(move |(b, _)| b.get(i)));
    let check = (0..correction).flat_map(|i| blocks.iter().filter_map(move |(_, c)| c.get(i)));
    data.chain(check).copied().collect()
}

/// Remainder of a number of bits, as polynomials over GF(2).
fn remainder(bits: usize, degree: u32, divisor: usize) -> usize {
    (0..degree).fold(bits, |rest, _| (rest << 1) ^ ((rest >> (degree - 1)) * divisor))
}

/// The product in GF(2⁸) of the standard.
fn product(a: u8, b: u8) -> u8 {
    (0..8).rev().fold(0, |out: u8, bit| {
        (out << 1) ^ ((out >> 7) * 0x1d) ^ (((b >> bit) & 1) * a)
    })
}

/// Coefficients of (x − 1)(x − 2)(x − 4)…, without the highest.
fn divisor(degree: usize) -> Vec<u8> {
    let mut out = vec![0; degree];
    out[degree - 1] = 1;
    let mut root = 1;
    for _ in 0..degree {
        for i in 0..degree {
            out[i] = product(out[i], root) ^ out.get(i + 1).copied().unwrap_or(0);
        }
        root = product(root, 2);
    }
    out
}

/// The words of correction of a block.
fn rest_of(block: &[u8], divisor: &[u8]) -> Vec<u8> {
    let mut out = vec![0; divisor.len()];
    for word in block {
        let factor = word ^ out[0];
        out.rotate_left(1);
        out[divisor.len() - 1] = 0;
        for (out, coefficient) in out.iter_mut().zip(divisor) {
            *out ^= product(*coefficient, factor);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use fast_qr::qr::QRBuilder;
    use fast_qr::{ECL, Mask};

    use super::*;

    const MASKS: [Mask; 8] = [
        Mask::Checkerboard,
        Mask::HorizontalLines,
        Mask::VerticalLines,
        Mask::DiagonalLines,
        Mask::LargeCheckerboard,
        Mask::Fields,
        Mask::Diamonds,
        Mask::Meadow,
    ];

    fn link(length: usize) -> String {
        let text = "https://example.org/#v=1&c=工厂&m=deepseek-r1~";
        text.chars()
            .cycle()
            .filter(char::is_ascii)
            .take(length)
            .collect()
    }

    #[test]
    fn every_module_is_that_of_another_encoder() {
        for (level, other) in [(Level::Medium, ECL::M), (Level::Low, ECL::L)] {
            let mut last = 0;
            for version in 1..=40 {
                let most = data_words(version, level) - header(version);
                // The shortest and the longest text of the version, and one between.
                for length in [last + 1, (last + most) / 2 + 1, most] {
                    let text = link(length);
                    let mask = length % 8;
                    let ours = Modules::of(&text, level, Some(mask)).unwrap();
                    let theirs = QRBuilder::new(text)
                        .ecl(other)
                        .mask(MASKS[mask])
                        .build()
                        .unwrap();
                    assert_eq!(ours.side, theirs.size, "{length}");
                    assert_eq!(ours.side, 17 + 4 * version);
                    let same = |at: usize| ours.dark[at] == theirs.data[at].value();
                    assert!((0..ours.dark.len()).all(same), "{level:?} {length} {mask}");
                }
                last = most;
            }
            assert!(Modules::of(&link(last + 1), level, None).is_none());
        }
    }

    #[test]
    fn the_mask_that_reads_best_is_taken() {
        for length in [20, 200, 900] {
            let text = link(length);
            let best = Modules::of(&text, Level::Medium, None).unwrap().penalty();
            let all = (0..8).map(|m| Modules::of(&text, Level::Medium, Some(m)).unwrap());
            assert_eq!(all.map(|m| m.penalty()).min(), Some(best));
        }
    }
}
