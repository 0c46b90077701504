//! How far a figure can be trusted: its mark, and its band.

use leptos::prelude::*;

use crate::state::App;
use crate::texts::Text;

/// Where a figure comes from; the weakest input decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Read from a meter or a published benchmark.
    Measured,
    /// Follows from the model.
    Calculated,
    /// Rests on an assumption.
    Assumed,
    /// From the simulated factory.
    Simulated,
}

impl Origin {
    /// All of them, best first.
    pub const ALL: [Self; 4] = [
        Self::Measured,
        Self::Calculated,
        Self::Assumed,
        Self::Simulated,
    ];

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::Measured => measured,
            Self::Calculated => calculated,
            Self::Assumed => assumed,
            Self::Simulated => simulated,
        }
    }

    /// What it means.
    pub fn meaning(self) -> Text {
        match self {
            Self::Measured => measured_means,
            Self::Calculated => calculated_means,
            Self::Assumed => assumed_means,
            Self::Simulated => simulated_means,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Measured => "mark measured",
            Self::Calculated => "mark calculated",
            Self::Assumed => "mark assumed",
            Self::Simulated => "mark simulated",
        }
    }
}

/// The mark alone; its name is there for screen readers.
#[component]
pub fn Mark(
    /// Where the figure comes from.
    #[prop(into)]
    origin: Signal<Origin>,
) -> impl IntoView {
    let app = App::here();
    view! { <span class=move || origin.get().class() role="img" aria-label=move || app.say(origin.get().name())></span> }
}

/// The legend of marks, with their names.
#[component]
pub fn MarkLegend(
    /// Which to list.
    origins: &'static [Origin],
) -> impl IntoView {
    let app = App::here();
    view! {
        <span class="legend">
            {origins.iter().map(|&origin| view! {
                <span><span class=origin.class() aria-hidden="true"></span>{move || app.say(origin.name())}</span>
            }).collect_view()}
        </span>
    }
}

/// A band to draw: low end, value, high end, and a target where there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandAt {
    /// 10th percentile.
    pub low: f64,
    /// The figure.
    pub value: f64,
    /// 90th percentile.
    pub high: f64,
    /// What it is compared with.
    pub target: Option<f64>,
}

impl BandAt {
    /// Places in percent of the bar: low, value, high, target. The value stands in the middle; a
    /// target beyond the bar stands at its end. `None` where there is nothing to draw.
    pub fn places(self) -> Option<[f64; 4]> {
        let Self {
            low,
            value,
            high,
            target,
        } = self;
        if ![low, value, high].iter().all(|v| v.is_finite()) || low > high {
            return None;
        }
        let band = (value - low).max(high - value);
        let reach = target.map_or(0.0, |t| (t - value).abs()).min(band * 2.5);
        let half = (band * 1.8).max(reach * 1.1).max(value.abs() * 1e-6);
        if half <= 0.0 {
            return None;
        }
        let at = |v: f64| (50.0 + (v - value) / half * 50.0).clamp(0.0, 100.0);
        Some([at(low), at(value), at(high), target.map_or(f64::NAN, at)])
    }
}

/// The band as a thin bar; its words stand beside it, so it is decoration for screen readers.
#[component]
pub fn BandBar(
    /// What to draw; `None` draws an empty bar.
    #[prop(into)]
    band: Signal<Option<BandAt>>,
) -> impl IntoView {
    let places = Memo::new(move |_| band.get().and_then(BandAt::places));
    let at = move |i: usize| {
        let place = places
            .get()
            .and_then(|p| p.get(i).copied())
            .filter(|p| p.is_finite())?;
        let mut text = place.to_string();
        text.push('%');
        Some(text)
    };
    let or_zero = move |i| at(i).unwrap_or_else(|| "0%".to_owned());
    view! {
        <div class="band" aria-hidden="true" style:--low=move || or_zero(0) style:--at=move || or_zero(1) style:--high=move || or_zero(2)>
            {move || places.get().is_some().then(|| view! { <i></i><b></b> })}
            {move || at(3).map(|place| view! { <u style:left=place></u> })}
        </div>
    }
}

crate::texts! {
    measured = "measured", "实测";
    calculated = "calculated", "计算";
    assumed = "assumed", "假设";
    simulated = "simulated", "模拟";
    measured_means = "Read from a meter or a published benchmark.", "来自仪表读数或公开发布的测试结果。";
    calculated_means = "Follows from the model and from published figures.", "由模型与公开数据推算得出。";
    assumed_means = "Rests on at least one assumption; the explanation names it.", "至少依赖一项假设，说明中会指出。";
    simulated_means = "From the built-in simulated factory, not from real hardware.", "来自内置的模拟工厂，并非真实硬件。";
}
