//! The placed chart: shapes in CSS pixels, coloured by token, and the palette that resolves them.

/// A colour by its meaning; the value comes from the style sheet of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // the names are the tokens' names
pub enum Token {
    Surface0,
    Surface1,
    Surface2,
    Surface3,
    Ink1,
    Ink2,
    Ink3,
    Line,
    Line2,
    Focus,
    Good,
    Warn,
    Bad,
    Prefill,
    Decode,
    Prefill2,
    Decode2,
    Cached,
    Attention,
    Experts,
    Comm,
    Linear,
    Overhead,
    Spare,
    Ramp0,
    Ramp1,
    Ramp2,
    Ramp3,
    Ramp4,
    Ramp5,
}

impl Token {
    /// Every token.
    pub const ALL: [Token; 30] = [
        Token::Surface0,
        Token::Surface1,
        Token::Surface2,
        Token::Surface3,
        Token::Ink1,
        Token::Ink2,
        Token::Ink3,
        Token::Line,
        Token::Line2,
        Token::Focus,
        Token::Good,
        Token::Warn,
        Token::Bad,
        Token::Prefill,
        Token::Decode,
        Token::Prefill2,
        Token::Decode2,
        Token::Cached,
        Token::Attention,
        Token::Experts,
        Token::Comm,
        Token::Linear,
        Token::Overhead,
        Token::Spare,
        Token::Ramp0,
        Token::Ramp1,
        Token::Ramp2,
        Token::Ramp3,
        Token::Ramp4,
        Token::Ramp5,
    ];

    /// Name of the CSS custom property that holds the value.
    pub fn css_name(self) -> &'static str {
        match self {
            Token::Surface0 => "--surface-0",
            Token::Surface1 => "--surface-1",
            Token::Surface2 => "--surface-2",
            Token::Surface3 => "--surface-3",
            Token::Ink1 => "--ink-1",
            Token::Ink2 => "--ink-2",
            Token::Ink3 => "--ink-3",
            Token::Line => "--line",
            Token::Line2 => "--line-2",
            Token::Focus => "--focus",
            Token::Good => "--good",
            Token::Warn => "--warn",
            Token::Bad => "--bad",
            Token::Prefill => "--prefill",
            Token::Decode => "--decode",
            Token::Prefill2 => "--prefill-2",
            Token::Decode2 => "--decode-2",
            Token::Cached => "--cached",
            Token::Attention => "--attention",
            Token::Experts => "--experts",
            Token::Comm => "--comm",
            Token::Linear => "--linear",
            Token::Overhead => "--overhead",
            Token::Spare => "--spare",
            Token::Ramp0 => "--u0",
            Token::Ramp1 => "--u1",
            Token::Ramp2 => "--u2",
            Token::Ramp3 => "--u3",
            Token::Ramp4 => "--u4",
            Token::Ramp5 => "--u5",
        }
    }
}

/// Values of all tokens, read from the page (or given by a test).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette([(u8, u8, u8); Token::ALL.len()]);

impl Palette {
    /// Reads every token through `lookup` (a CSS custom property → its text). A value that cannot
    /// be read becomes a middle grey, which shows on either theme.
    pub fn read(lookup: impl Fn(&str) -> String) -> Self {
        Self(Token::ALL.map(|t| parse_hex(&lookup(t.css_name())).unwrap_or((128, 128, 128))))
    }

    /// The value of a token.
    pub fn rgb(&self, token: Token) -> (u8, u8, u8) {
        self.0
            .get(token as usize)
            .copied()
            .unwrap_or((128, 128, 128))
    }

    /// Colour of `share` (0..1) on the quiet-to-busy ramp, between its six steps.
    pub fn ramp(&self, share: f64) -> (u8, u8, u8) {
        const STEPS: [Token; 6] = [
            Token::Ramp0,
            Token::Ramp1,
            Token::Ramp2,
            Token::Ramp3,
            Token::Ramp4,
            Token::Ramp5,
        ];
        let at = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        } * 5.0;
        let i = (at.floor() as usize).min(4);
        let (a, b) = (self.rgb(STEPS[i]), self.rgb(STEPS[i + 1]));
        let mix = |x: u8, y: u8| {
            (f64::from(x) + (f64::from(y) - f64::from(x)) * (at - i as f64)).round() as u8
        };
        (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
    }
}

/// `#rgb` or `#rrggbb`.
fn parse_hex(text: &str) -> Option<(u8, u8, u8)> {
    let hex = text.trim().strip_prefix('#')?;
    if !hex.is_ascii() {
        return None;
    }
    let pair = |i: usize| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok();
    let one = |i: usize| Some(u8::from_str_radix(hex.get(i..=i)?, 16).ok()? * 17);
    match hex.len() {
        6 => Some((pair(0)?, pair(2)?, pair(4)?)),
        3 => Some((one(0)?, one(1)?, one(2)?)),
        _ => None,
    }
}

/// A colour with its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Paint {
    /// A token at an opacity, 0..1.
    Token(Token, f64),
    /// A place on the quiet-to-busy ramp, 0..1.
    Ramp(f64),
}

impl From<Token> for Paint {
    fn from(token: Token) -> Self {
        Paint::Token(token, 1.0)
    }
}

/// A pixel position, CSS pixels from the upper left.
pub type Xy = (f64, f64);

/// Where a text hangs on its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Text begins here.
    Start,
    /// Text is centred here.
    Middle,
    /// Text ends here.
    End,
}

/// One thing to draw.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // coordinates and sizes in CSS pixels
pub enum Shape {
    /// An open line; `dash` = (drawn, left out), zero = solid.
    Path {
        points: Vec<Xy>,
        paint: Paint,
        width: f64,
        dash: (f64, f64),
    },
    /// A filled area.
    Polygon { points: Vec<Xy>, paint: Paint },
    /// A filled rectangle.
    Rect { at: Xy, size: Xy, paint: Paint },
    /// The outline of a rectangle, drawn inside it.
    Frame {
        at: Xy,
        size: Xy,
        paint: Paint,
        width: f64,
    },
    /// A disc.
    Disc { at: Xy, radius: f64, paint: Paint },
    /// A circle's outline.
    Ring {
        at: Xy,
        radius: f64,
        paint: Paint,
        width: f64,
    },
    /// One line of text, vertically centred on its position.
    Text {
        at: Xy,
        text: String,
        size: f64,
        bold: bool,
        anchor: Anchor,
        paint: Paint,
    },
}

/// A place that answers to the pointer and the keyboard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Index of the series.
    pub series: usize,
    /// Index of the point in it.
    pub point: usize,
    /// Position.
    pub at: Xy,
}

/// Everything placed: what to draw, in order, and what answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Size of the whole drawing.
    pub size: Xy,
    /// Upper left of the plot area.
    pub plot_at: Xy,
    /// Size of the plot area.
    pub plot_size: Xy,
    /// Shapes, back to front.
    pub shapes: Vec<Shape>,
    /// Points that answer.
    pub spots: Vec<Spot>,
}

#[cfg(test)]
pub(crate) fn test_palette() -> Palette {
    Palette::read(|name| {
        let n = Token::ALL
            .iter()
            .position(|t| t.css_name() == name)
            .unwrap_or(0);
        format!("#{:02x}{:02x}{:02x}", n * 8, 255 - n * 8, 40)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_and_rubbish_is_grey() {
        assert_eq!(parse_hex(" #c07b0a "), Some((0xc0, 0x7b, 0x0a)));
        assert_eq!(parse_hex("#fff"), Some((255, 255, 255)));
        for bad in ["", "red", "#12", "#ééé", "#gggggg"] {
            assert_eq!(parse_hex(bad), None, "{bad}");
        }
        assert_eq!(
            Palette::read(|_| String::new()).rgb(Token::Bad),
            (128, 128, 128)
        );
    }

    #[test]
    fn the_ramp_runs_from_its_first_to_its_last_step() {
        let palette = test_palette();
        assert_eq!(palette.ramp(-1.0), palette.rgb(Token::Ramp0));
        assert_eq!(palette.ramp(f64::NAN), palette.rgb(Token::Ramp0));
        assert_eq!(palette.ramp(2.0), palette.rgb(Token::Ramp5));
    }

    #[test]
    fn all_is_in_the_order_of_the_enum() {
        for (i, t) in Token::ALL.into_iter().enumerate() {
            assert_eq!(t as usize, i);
        }
    }
}
