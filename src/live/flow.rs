//! The factory's figures: what flows through it, in the planner's units.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names every figure once: variant, stable id, docstring.
macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)+) => {
        /// A figure of the whole factory.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Figure { $($(#[$doc])* $name,)+ }

        impl Figure {
            /// All of them, in the order of [`Flow`].
            pub const ALL: &'static [Figure] = &[$(Figure::$name,)+];

            /// Stable id: label in queries, key in session files.
            pub fn id(self) -> &'static str {
                match self { $(Figure::$name => $id,)+ }
            }
        }
    };
}

figures! {
    /// Output tokens per second.
    Decode = "decode",
    /// Prompt tokens computed per second.
    Prefill = "prefill",
    /// Prompt tokens per second served from the prefix cache.
    Cached = "cached",
    /// Requests finished well per second.
    Requests = "requests",
    /// Requests failed or aborted per second.
    Failed = "failed",
    /// Requests being computed.
    Running = "running",
    /// Requests waiting.
    Waiting = "waiting",
    /// KV cache in use, mean of the engines, 0..1.
    KvUsed = "kv",
    /// KV cache in use on the fullest engine, 0..1.
    KvPeak = "kv_peak",
    /// Tokens that the KV caches of all engines hold when full.
    KvTokens = "kv_tokens",
    /// Median time to first token, ms.
    TtftP50 = "ttft_p50",
    /// 95th percentile of time to first token, ms.
    TtftP95 = "ttft_p95",
    /// 99th percentile of time to first token, ms.
    TtftP99 = "ttft_p99",
    /// Median time per output token, ms.
    TpotP50 = "tpot_p50",
    /// 95th percentile of time per output token, ms.
    TpotP95 = "tpot_p95",
    /// 99th percentile of time per output token, ms.
    TpotP99 = "tpot_p99",
    /// 95th percentile of the time a request waits in the queue, ms.
    QueueP95 = "queue_p95",
    /// 95th percentile of the time a whole request takes, ms.
    E2eP95 = "e2e_p95",
    /// Requests pushed out of a running batch per second.
    Preemptions = "preemptions",
    /// Share of prompt tokens found in the prefix cache, 0..1.
    PrefixHit = "prefix_hit",
    /// Draft tokens accepted, share of those proposed, 0..1.
    Acceptance = "acceptance",
    /// Mean prompt length, tokens.
    MeanInput = "mean_input",
    /// Mean answer length, tokens.
    MeanOutput = "mean_output",
    /// Engines that report.
    Engines = "engines",
    /// Cards that Kubernetes may give to pods.
    KubeCards = "kube_cards",
    /// Cards of those that no pod has asked for.
    KubeFree = "kube_free",
    /// Power of the chips as their exporter reports it, W.
    CardPower = "card_power",
    /// Mean utilisation of the cards, 0..1.
    Utilisation = "utilisation",
    /// Power at the meter, estimated from the cards', W.
    WallPower = "wall_power",
    /// Energy at the meter per output token, J.
    JoulesPerToken = "joules_per_token",
    /// Cost per million output tokens now, in the plan's currency.
    CostPerMillion = "cost_per_million",
}

impl Figure {
    /// The figure of that id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|f| f.id() == id)
    }

    /// Factor from the seconds that engines report to the milliseconds shown.
    pub fn scale(self) -> f64 {
        use Figure::*;
        match self {
            TtftP50 | TtftP95 | TtftP99 | TpotP50 | TpotP95 | TpotP99 | QueueP95 | E2eP95 => 1000.0,
            _ => 1.0,
        }
    }

    /// A share of one, which some engines report in percent.
    pub fn is_share(self) -> bool {
        use Figure::*;
        matches!(self, KvUsed | KvPeak | PrefixHit | Acceptance | Utilisation)
    }
}

/// Every figure at one time; `None` = not known, which is not zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow([Option<f64>; Figure::ALL.len()]);

impl Default for Flow {
    fn default() -> Self {
        Self([None; Figure::ALL.len()])
    }
}

impl Flow {
    /// A figure, if known.
    pub fn get(&self, figure: Figure) -> Option<f64> {
        self.0.get(figure as usize).copied().flatten()
    }

    /// Sets a figure in its own unit; what is not finite is not known.
    pub fn set(&mut self, figure: Figure, value: Option<f64>) {
        if let Some(slot) = self.0.get_mut(figure as usize) {
            *slot = value.filter(|v| v.is_finite());
        }
    }

    /// Sets a figure from an engine's value: seconds become ms, a percentage becomes a share
    /// (MindIE's cache use has been seen both ways).
    pub fn set_reported(&mut self, figure: Figure, value: Option<f64>) {
        let value = value.map(|v| {
            let percent = figure.is_share() && v > 1.000_001;
            v * figure.scale() / if percent { 100.0 } else { 1.0 }
        });
        self.set(figure, value);
    }

    /// Figures that are known.
    pub fn known(&self) -> impl Iterator<Item = (Figure, f64)> + '_ {
        let known = |f: &Figure| Some((*f, self.get(*f)?));
        Figure::ALL.iter().filter_map(known)
    }

    /// Fills in what follows from other figures: power at the meter, energy and cost per token.
    pub fn derive(&mut self, basis: &CostBasis) {
        let wall = self
            .get(Figure::CardPower)
            .filter(|_| basis.meter_per_chip_watt > 0.0)
            .map(|w| w * basis.meter_per_chip_watt);
        self.set(Figure::WallPower, wall);
        let tokens = self.get(Figure::Decode).filter(|t| *t > 0.0);
        let joules = wall.zip(tokens).map(|(w, t)| w / t);
        self.set(Figure::JoulesPerToken, joules);
        let cost = basis.fixed_per_hour.zip(tokens).and_then(|(fixed, t)| {
            let energy = wall? / 1000.0 * basis.electricity_per_kwh;
            Some((fixed + energy) / (t * 3600.0) * 1e6)
        });
        self.set(Figure::CostPerMillion, cost);
    }
}

/// What the plan says of cost and power, to turn watts and tokens into money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CostBasis {
    /// Cost of the whole factory but for electricity, per hour, in the plan's currency.
    pub fixed_per_hour: Option<f64>,
    /// Electricity, per kWh, in the plan's currency.
    pub electricity_per_kwh: f64,
    /// Watts at the meter for each watt that the chips report: the rest of the server, and PUE.
    /// 0 = not known.
    pub meter_per_chip_watt: f64,
}

impl Serialize for Flow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.known().map(|(f, v)| (f.id(), v)))
    }
}

impl<'de> Deserialize<'de> for Flow {
    /// Figures of later versions are left out.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = std::collections::BTreeMap::<String, f64>::deserialize(deserializer)?;
        let mut flow = Self::default();
        for (id, value) in map {
            if let Some(figure) = Figure::from_id(&id) {
                flow.set(figure, Some(value));
            }
        }
        Ok(flow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_not_zero_and_survives_a_round_trip() {
        let mut flow = Flow::default();
        flow.set(Figure::Decode, Some(0.0));
        flow.set(Figure::Prefill, Some(f64::NAN));
        let text = serde_json::to_string(&flow).unwrap();
        assert_eq!(text, r#"{"decode":0.0}"#);
        let back: Flow = serde_json::from_str(&text).unwrap();
        assert_eq!(back, flow);
        assert_eq!(back.get(Figure::Prefill), None);
        let later: Flow = serde_json::from_str(r#"{"decode":1.5,"of_tomorrow":3}"#).unwrap();
        assert_eq!(later.get(Figure::Decode), Some(1.5));
    }

    #[test]
    fn ids_are_unique() {
        let ids: std::collections::BTreeSet<_> = Figure::ALL.iter().map(|f| f.id()).collect();
        assert_eq!(ids.len(), Figure::ALL.len());
        for figure in Figure::ALL {
            assert_eq!(Figure::from_id(figure.id()), Some(*figure));
        }
    }

    #[test]
    fn units_become_the_planners() {
        let mut flow = Flow::default();
        flow.set_reported(Figure::TtftP95, Some(1.5));
        flow.set_reported(Figure::KvUsed, Some(30.0));
        flow.set_reported(Figure::KvPeak, Some(0.3));
        assert_eq!(flow.get(Figure::TtftP95), Some(1500.0));
        assert_eq!(flow.get(Figure::KvUsed), Some(0.3));
        assert_eq!(flow.get(Figure::KvPeak), Some(0.3));
    }

    #[test]
    fn energy_and_cost_follow_and_a_missing_half_leaves_them_unknown() {
        let basis = CostBasis {
            fixed_per_hour: Some(5400.0),
            electricity_per_kwh: 0.5,
            meter_per_chip_watt: 2.0,
        };
        let mut flow = Flow::default();
        flow.set(Figure::Decode, Some(1e6));
        flow.set(Figure::CardPower, Some(600_000.0));
        flow.derive(&basis);
        assert_eq!(flow.get(Figure::WallPower), Some(1.2e6));
        assert_eq!(flow.get(Figure::JoulesPerToken), Some(1.2));
        // (5400 + 1200 kW × 0.5) per hour over 3600 million tokens per hour.
        let cost = flow.get(Figure::CostPerMillion).unwrap();
        assert!((cost - 6000.0 / 3600.0).abs() < 1e-12);
        let mut idle = Flow::default();
        idle.set(Figure::CardPower, Some(600_000.0));
        idle.set(Figure::Decode, Some(0.0));
        idle.derive(&basis);
        assert_eq!(idle.get(Figure::JoulesPerToken), None);
        assert_eq!(idle.get(Figure::CostPerMillion), None);
    }
}
