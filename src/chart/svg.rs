//! SVG: the same drawing code, for export and for golden tests.

use std::convert::Infallible;
use std::fmt::Write;

use plotters::drawing::IntoDrawingArea;
use plotters::prelude::DrawingBackend;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle,
};

use super::draw::{UNITS, draw};
use super::place::estimated_width;
use super::scene::{Palette, Scene, Token};

/// Writes `scene` as an SVG document with `title` as its accessible name.
pub fn to_svg(scene: &Scene, palette: &Palette, title: &str) -> String {
    let (w, h) = scene.size;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\">\n<title>{}</title>\n",
        px(w * UNITS),
        px(h * UNITS),
        px(w * UNITS),
        px(h * UNITS),
        escaped(title),
    );
    let (r, g, b) = palette.rgb(Token::Surface0);
    let _ = writeln!(
        text,
        "<rect width=\"100%\" height=\"100%\" fill=\"#{r:02x}{g:02x}{b:02x}\"/>"
    );
    {
        let size = ((w * UNITS) as u32, (h * UNITS) as u32);
        let area = SvgBackend {
            out: &mut text,
            size,
        }
        .into_drawing_area();
        // The backend cannot fail: its error type has no values.
        let _ = draw(&area, scene, palette);
    }
    text.push_str("</svg>\n");
    text
}

struct SvgBackend<'a> {
    out: &'a mut String,
    size: (u32, u32),
}

type Done = Result<(), DrawingErrorKind<Infallible>>;

/// Units as pixels, with no more digits than needed.
fn px(units: f64) -> String {
    let text = format!("{:.2}", units / UNITS);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn colour(name: &str, c: BackendColor) -> String {
    let (r, g, b) = c.rgb;
    let mut text = format!(" {name}=\"#{r:02x}{g:02x}{b:02x}\"");
    if c.alpha < 1.0 {
        let _ = write!(text, " {name}-opacity=\"{:.3}\"", c.alpha);
    }
    text
}

fn painted(style: &impl BackendStyle, fill: bool) -> String {
    if fill {
        return colour("fill", style.color());
    }
    let width = px(f64::from(style.stroke_width()));
    format!(
        " fill=\"none\"{} stroke-width=\"{width}\" stroke-linejoin=\"round\"",
        colour("stroke", style.color())
    )
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Control characters are not allowed in XML.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    let each = path
        .into_iter()
        .map(|(x, y)| format!("{},{}", px(f64::from(x)), px(f64::from(y))));
    each.collect::<Vec<_>>().join(" ")
}

impl DrawingBackend for SvgBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Done {
        self.draw_rect(at, (at.0 + 1, at.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Done {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        a: BackendCoord,
        b: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        let of = |v: i32| px(f64::from(v));
        let _ = writeln!(
            self.out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}/>",
            of(a.0.min(b.0)),
            of(a.1.min(b.1)),
            of((b.0 - a.0).abs()),
            of((b.1 - a.1).abs()),
            painted(style, fill),
        );
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        let _ = writeln!(
            self.out,
            "<polyline points=\"{}\"{}/>",
            points(path),
            painted(style, false)
        );
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        let _ = writeln!(
            self.out,
            "<polygon points=\"{}\"{}/>",
            points(path),
            painted(style, true)
        );
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        at: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Done {
        let _ = writeln!(
            self.out,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}/>",
            px(f64::from(at.0)),
            px(f64::from(at.1)),
            px(f64::from(radius)),
            painted(style, fill),
        );
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Done {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        let weight = if matches!(style.style(), FontStyle::Bold) {
            " font-weight=\"600\""
        } else {
            ""
        };
        let _ = writeln!(
            self.out,
            "<text x=\"{}\" y=\"{}\" dy=\"0.35em\" text-anchor=\"{anchor}\" font-family=\"{}\" font-size=\"{}\"{weight}{}>{}</text>",
            px(f64::from(at.0)),
            px(f64::from(at.1)),
            escaped(style.family().as_str()),
            px(style.size()),
            colour("fill", style.color()),
            escaped(text),
        );
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let bold = matches!(style.style(), FontStyle::Bold);
        Ok((
            estimated_width(text, style.size(), bold) as u32,
            style.size() as u32,
        ))
    }
}
