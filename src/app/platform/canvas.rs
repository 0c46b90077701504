//! Canvas: sharp on dense screens, texts measured without touching the page's layout, the palette
//! read from the style sheet.

use std::cell::RefCell;
use std::collections::HashMap;

use leptos::html;
use leptos::prelude::*;
use plotters::drawing::IntoDrawingArea;
use plotters::prelude::DrawingBackend;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle,
};
use plotters_canvas::CanvasBackend;
use token_factory::chart::draw::{FONTS, UNITS, draw_shapes};
use token_factory::chart::scene::{Palette, Shape};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::{device_pixel_ratio, document, window};

/// Largest side of a canvas that every browser still draws, device pixels.
const LARGEST_SIDE: f64 = 8192.0;
/// Measured texts kept; a page shows some hundreds.
const MEASURED_KEPT: usize = 4000;

/// The colours of the theme that is shown.
pub fn palette() -> Palette {
    let style = window().and_then(|w| {
        let root = document()?.document_element()?;
        w.get_computed_style(&root).ok().flatten()
    });
    Palette::read(|name| {
        let value = style.as_ref().map(|s| s.get_property_value(name));
        value.and_then(Result::ok).unwrap_or_default()
    })
}

type Measured = (CanvasRenderingContext2d, HashMap<(String, u32, bool), f64>);

thread_local! {
    static MEASURE: RefCell<Option<Measured>> = const { RefCell::new(None) };
}

/// Width of a text in the page's font, CSS pixels.
pub fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    MEASURE.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = detached_canvas().and_then(|c| Some((context(&c)?, HashMap::new())));
        }
        let fallback = || token_factory::chart::place::estimated_width(text, size, bold);
        let Some((context, kept)) = slot else {
            return fallback();
        };
        let key = (text.to_owned(), (size * UNITS) as u32, bold);
        if let Some(width) = kept.get(&key) {
            return *width;
        }
        let weight = if bold { "bold" } else { "normal" };
        context.set_font(&format!("{weight} {size}px {FONTS}"));
        let width = context
            .measure_text(text)
            .map_or_else(|_| fallback(), |m| m.width());
        if kept.len() >= MEASURED_KEPT {
            kept.clear();
        }
        kept.insert(key, width);
        width
    })
}

fn detached_canvas() -> Option<HtmlCanvasElement> {
    document()?.create_element("canvas").ok()?.dyn_into().ok()
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// Clears a canvas of `size` CSS pixels and draws `shapes` on it.
pub fn paint(node: NodeRef<html::Canvas>, size: (f64, f64), shapes: &[Shape], palette: &Palette) {
    if let Some(canvas) = node.try_get_untracked().flatten() {
        let _ = paint_on(&canvas, size, shapes, palette, device_pixel_ratio());
    }
}

fn paint_on(
    canvas: &HtmlCanvasElement,
    size: (f64, f64),
    shapes: &[Shape],
    palette: &Palette,
    ratio: f64,
) -> Option<()> {
    let ratio = ratio.min(LARGEST_SIDE / size.0.max(size.1).max(1.0));
    let (width, height) = (
        (size.0 * ratio).round() as u32,
        (size.1 * ratio).round() as u32,
    );
    // Setting a size clears the canvas and drops its state; only when it changed.
    if canvas.width() != width {
        canvas.set_width(width);
    }
    if canvas.height() != height {
        canvas.set_height(height);
    }
    let context = context(canvas)?;
    context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0).ok()?;
    context.clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    let scale = ratio / UNITS;
    context
        .set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0)
        .ok()?;
    context.set_line_join("round");
    let backend = Sharp {
        inner: CanvasBackend::with_canvas_object(canvas.clone())?,
        context,
        size: ((size.0 * UNITS) as u32, (size.1 * UNITS) as u32),
        filled_with: None,
    };
    draw_shapes(&backend.into_drawing_area(), shapes, palette).ok()
}

/// A drawing as PNG at twice its size, on the theme's ground; `None` where the browser refuses.
pub fn png(size: (f64, f64), shapes: &[Shape], palette: &Palette) -> Option<Vec<u8>> {
    let canvas = detached_canvas()?;
    paint_on(&canvas, size, shapes, palette, 2.0)?;
    let url = canvas.to_data_url_with_type("image/png").ok()?;
    let base64 = url.split_once(',')?.1.to_owned();
    let binary = window()?.atob(&base64).ok()?;
    // `atob` gives one character per byte.
    binary
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

/// plotters-canvas with what it lacks: a size in our units (the context scales them to device
/// pixels), texts measured by the canvas instead of a styled `<span>` in the page, and runs of
/// equal rectangles without setting the same fill again and again.
struct Sharp {
    inner: CanvasBackend,
    context: CanvasRenderingContext2d,
    size: (u32, u32),
    filled_with: Option<(u8, u8, u8, u64)>,
}

type Failed = DrawingErrorKind<<CanvasBackend as DrawingBackend>::ErrorType>;

impl DrawingBackend for Sharp {
    type ErrorType = <CanvasBackend as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Result<(), Failed> {
        Ok(())
    }

    fn present(&mut self) -> Result<(), Failed> {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Result<(), Failed> {
        self.filled_with = None;
        self.inner.draw_pixel(at, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), Failed> {
        self.inner.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        a: BackendCoord,
        b: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), Failed> {
        if !fill {
            return self.inner.draw_rect(a, b, style, false);
        }
        let color = style.color();
        let (red, green, blue) = color.rgb;
        let wanted = (red, green, blue, color.alpha.to_bits());
        if self.filled_with != Some(wanted) {
            let text = format!("rgba({red},{green},{blue},{})", color.alpha);
            self.context.set_fill_style_str(&text);
            self.filled_with = Some(wanted);
        }
        let (x, y) = (f64::from(a.0), f64::from(a.1));
        self.context
            .fill_rect(x, y, f64::from(b.0) - x, f64::from(b.1) - y);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), Failed> {
        self.inner.draw_path(path, style)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), Failed> {
        self.filled_with = None;
        self.inner.fill_polygon(path, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Result<(), Failed> {
        self.filled_with = None;
        self.inner.draw_circle(center, radius, style, fill)
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        at: BackendCoord,
    ) -> Result<(), Failed> {
        self.filled_with = None;
        self.inner.draw_text(text, style, at)
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), Failed> {
        let bold = matches!(style.style(), FontStyle::Bold);
        let width = text_width(text, style.size() / UNITS, bold) * UNITS;
        Ok((width as u32, style.size() as u32))
    }
}
