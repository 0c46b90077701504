//! The floor on a canvas: every card a cell, one cursor for pointer and keyboard.

use leptos::html;
use leptos::prelude::*;
use token_factory::chart::floor::{Cell, FloorSpec, cursor, floor_scene, lay_out};
use token_factory::chart::scene::Token;

use crate::platform::{self, FrameJob};
use crate::state::App;

/// Height that the floor tries to keep, CSS pixels.
pub const HEIGHT: f64 = 190.0;

/// The floor. What it shows comes from `spec`; the card under the cursor is in `selected`.
#[component]
pub fn FloorCanvas(
    /// What it shows, in the reader's language.
    #[prop(into)]
    spec: Signal<FloorSpec>,
    /// Sentence for those who do not see it.
    #[prop(into)]
    summary: Signal<String>,
    /// The card under the cursor.
    selected: RwSignal<Option<Cell>>,
    /// What a card is, read out when the cursor reaches it.
    #[prop(into)]
    describe: Callback<Cell, String>,
    /// The cursor stays when the pointer leaves (a selection rather than a hover).
    #[prop(optional)]
    sticky: bool,
) -> impl IntoView {
    let app = App::here();
    let frame = NodeRef::<html::Div>::new();
    let (base, over) = (
        NodeRef::<html::Canvas>::new(),
        NodeRef::<html::Canvas>::new(),
    );
    let size = platform::size_of(frame);
    let width = Memo::new(move |_| size.get().0);
    let ratio = platform::device_pixel_ratio();
    let same_ratio = platform::media(&format!("(resolution: {ratio}dppx)"));
    let cards = Memo::new(move |_| spec.with(|s| s.cards.clone()));
    let floor = Memo::new(move |_| cards.with(|c| lay_out(c, width.get(), HEIGHT)));
    let height = move || format!("{}px", floor.with(|f| f.size.1));

    let (draw_base, draw_over) = (FrameJob::default(), FrameJob::default());
    Effect::new(move |_| {
        spec.track();
        floor.track();
        app.dark.track();
        same_ratio.track();
        draw_base.request(move || {
            let (Some(spec), Some(floor)) = (spec.try_get_untracked(), floor.try_get_untracked())
            else {
                return;
            };
            let plain = |v: f64| v.to_string();
            let scene = floor_scene(&floor, &spec, &super::env(&plain, &plain));
            if width.try_get_untracked().is_some_and(|w| w >= 1.0) {
                platform::paint(base, scene.size, &scene.shapes, &platform::palette());
            }
        });
    });
    Effect::new(move |_| {
        let (selected, size) = (selected.get(), floor.with(|f| f.size));
        app.dark.track();
        let shapes = selected.map(|cell| floor.with(|f| cursor(f, cell, Token::Ink1)));
        draw_over.request(move || {
            platform::paint(
                over,
                size,
                &shapes.unwrap_or_default(),
                &platform::palette(),
            );
        });
    });

    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let far = if event.shift_key() { 8 } else { 1 };
        let (right, down) = match event.key().as_str() {
            "ArrowRight" => (far, 0),
            "ArrowLeft" => (-far, 0),
            "ArrowDown" => (0, far),
            "ArrowUp" => (0, -far),
            "Escape" => return selected.set(None),
            _ => return,
        };
        event.prevent_default();
        let to = floor.with_untracked(|f| f.step(selected.get_untracked(), right, down));
        selected.set(to);
        if let Some(cell) = to {
            app.announce(describe.run(cell));
        }
    };
    let at = move |e: &leptos::ev::PointerEvent| {
        let at = (f64::from(e.offset_x()), f64::from(e.offset_y()));
        floor.with_untracked(|f| f.at(at))
    };
    let hover = move |e: leptos::ev::PointerEvent| {
        let to = at(&e);
        if to != selected.get_untracked() {
            selected.set(to);
        }
    };
    view! {
        <div node_ref=frame class="floor" role="img" tabindex="0" aria-label=move || summary.get()
            style:height=height
            on:keydown=on_key
            on:blur=move |_| if !sticky { selected.set(None) }>
            <canvas node_ref=base aria-hidden="true"></canvas>
            <canvas node_ref=over aria-hidden="true"
                on:pointermove=move |e| if !sticky { hover(e) }
                on:pointerdown=hover
                on:pointerleave=move |_| if !sticky { selected.set(None) }></canvas>
        </div>
    }
}
