//! "Why?" of the Price view: the formula, the inputs of this very scenario with their ranges, and the
//! source and date of each that is published.

use leptos::prelude::*;
use token_factory::catalogue::Catalogue;
use token_factory::catalogue::hardware::Confidence;
use token_factory::money::{
    Basis, Driver, HOURS_PER_YEAR, Input, Kind, LineItem, PriceOrigin, Quantity, SITES, Terms, Usd,
    exchange_rate, margin_band,
};
use token_factory::scenario::{Currency, Money, Scenario, Tenure};

use super::drivers::{driver_name, driver_value};
use super::energy::FACTS;
use super::list::{kind_name, provider_name};
use super::stack::item_name;
use super::store::{self, Business};
use crate::controls::{Origin, Popover, Why, WhyLine, why_panel};
use crate::fields::label;
use crate::format::Fmt;
use crate::names;
use crate::state::App;
use crate::texts::{Locale, Text};

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub enum About {
    /// Revenue a year.
    Revenue,
    /// Full cost a year.
    Cost,
    /// Money paid at the start.
    Paid,
    /// Gross margin.
    Margin,
    /// Payback, net present value, rate of return, cash flow.
    Plan(Text, Text),
    /// Cost per million of a kind.
    Kind(Kind),
    /// A line of the cost statement.
    Line(LineItem),
    /// A price on the list.
    Price(Kind),
    /// A fact of energy, by its place in [`FACTS`].
    Energy(usize),
    /// The same factory on other grids.
    Grids,
    /// Own, rent, API.
    Compared,
    /// What moves the cost.
    Tornado,
}

/// A text that opens the explanation.
pub fn ask(
    app: App,
    about: About,
    text: impl Fn() -> String + Copy + Send + Sync + 'static,
) -> AnyView {
    view! { <Popover class="term" button=text label=Signal::derive(text) content=move || why_panel(app, why(app, about)) /> }
        .into_any()
}

/// What a value's mark says.
pub fn origin_of(basis: Basis) -> Origin {
    match basis {
        // A data sheet is published, not metered.
        Basis::Published(Confidence::Official | Confidence::Paper) => Origin::Calculated,
        Basis::Published(_) | Basis::Entered | Basis::Assumed => Origin::Assumed,
    }
}

fn why(app: App, about: About) -> Why {
    let scenario = app.scenario.get();
    store::here().with(|sale| {
        let Ok(b) = sale else { return Why::default() };
        let mut panel = Panel {
            app,
            fmt: app.fmt(),
            b,
            s: &scenario,
            why: Why::default(),
        };
        panel.fill(about);
        panel.why
    })
}

struct Panel<'a> {
    app: App,
    fmt: Fmt,
    b: &'a Business,
    s: &'a Scenario,
    why: Why,
}

impl Panel<'_> {
    fn say(&self, text: Text) -> String {
        text(self.fmt.locale).to_owned()
    }

    fn line(&mut self, origin: Origin, name: Text, value: String, note: String) {
        let name = self.say(name);
        self.why.lines.push(WhyLine {
            origin,
            name,
            value,
            note,
        });
    }

    fn money(&self, usd: Usd) -> String {
        self.fmt.money_value(self.b.show(self.s, usd))
    }

    fn span(&self, low: f64, high: f64) -> String {
        [self.money(Usd(low)), self.money(Usd(high))].join("–")
    }

    /// A quantity under `name`: with its range and source, or the source alone.
    fn quantity(
        &mut self,
        name: String,
        q: &Quantity,
        shown: bool,
        text: impl Fn(Fmt, f64) -> String,
    ) {
        let fmt = self.fmt;
        if shown {
            let note = match q.basis {
                Basis::Entered => self.say(entered),
                _ if q.low < q.high => [text(fmt, q.low), text(fmt, q.high)].join("–"),
                Basis::Assumed => self.say(assumed),
                Basis::Published(_) => fmt.date(&q.date),
            };
            self.why.lines.push(WhyLine {
                origin: origin_of(q.basis),
                name: name.clone(),
                value: text(fmt, q.value),
                note,
            });
        }
        self.why.cite(fmt, &q.source, &name, &q.date);
    }

    /// An input of the cost; price, rent and the exchange rate with it where they belong.
    fn input(&mut self, input: Input, shown: bool) {
        let (b, scale) = (self.b, self.b.show(self.s, Usd(1.0)));
        let terms = &b.cost.terms;
        if matches!(input, Input::CardPrice | Input::Rent) {
            return self.pools(terms, input, shown);
        }
        let q = &terms[input];
        let default_of_nothing = q.value == 0.0 && q.low == q.high;
        if !default_of_nothing {
            let driver = Driver::Input(input);
            let name = self.say(driver_name(driver));
            self.quantity(name, q, shown, |fmt, v| driver_value(fmt, driver, v, scale));
        }
    }

    /// Purchase price or rent of each pool.
    fn pools(&mut self, terms: &Terms, input: Input, shown: bool) {
        let scale = self.b.show(self.s, Usd(1.0));
        for pool in &terms.pools {
            let (q, name): (_, fn(Locale, &str) -> String) = match input {
                Input::CardPrice => (&pool.card_price, card_of),
                _ => (&pool.rent, rent_of),
            };
            let Some(q) = q.as_ref().filter(|q| q.value > 0.0) else {
                continue;
            };
            let hardware = names::hardware(&pool.hardware, self.fmt.locale);
            let name = name(self.fmt.locale, &hardware);
            self.quantity(name, q, shown, |fmt, v| fmt.money_value(v * scale));
        }
    }

    fn inputs(&mut self, inputs: &[Input], shown: bool) {
        for input in inputs {
            self.input(*input, shown);
        }
        // Dollars shown as yuan rest on the rate.
        if self.s.money.currency == Currency::Cny {
            let q = exchange_rate(&self.s.money);
            let name = self.say(label("fx"));
            self.quantity(name, &q, shown, |fmt, v| fmt.full(v));
        }
    }

    /// Every input of the lines that cost something, each once.
    fn cost_inputs(&self) -> Vec<Input> {
        let mut all = Vec::new();
        for line in self.b.cost.lines.iter().filter(|l| l.per_hour.0 > 0.0) {
            for input in line.item.inputs() {
                if !all.contains(input) {
                    all.push(*input);
                }
            }
        }
        all
    }

    /// The market behind prices, with the offers it is the middle of.
    fn market(&mut self, kinds: &[Kind]) {
        let b = self.b;
        for line in b.sale.lines.iter().filter(|l| kinds.contains(&l.kind)) {
            if let Some(m) = line.market {
                let note = market_note(
                    self.fmt.locale,
                    &self.span(m.low.0, m.high.0),
                    &m.offers.to_string(),
                );
                let name = market_of(self.fmt.locale, kind_name(line.kind)(self.fmt.locale));
                self.why.lines.push(WhyLine {
                    origin: Origin::Assumed,
                    name,
                    value: self.money(m.median),
                    note,
                });
            }
        }
        for offer in b.market.offers.iter().filter(|o| !o.expired).take(6) {
            let name = provider_name(offer, self.fmt.locale);
            self.why.cite(self.fmt, &offer.source, &name, &offer.date);
        }
    }

    /// A field of the scenario as the user sees it.
    fn field(&mut self, key: &'static str, value: String) {
        let note = self.say(entered);
        self.line(Origin::Assumed, label(key), value, note);
    }

    fn fill(&mut self, about: About) {
        let (b, fmt, l) = (self.b, self.fmt, self.fmt.locale);
        let (name, formula) = heading(about);
        self.why.title = self.say(name);
        self.why.formula = self.say(formula);
        self.why.change = Some("group-money");
        let year = |usd: Usd| usd * HOURS_PER_YEAR;
        let cost = |panel: &mut Self| {
            let range = panel.span(year(b.cost.low).0, year(b.cost.high).0);
            let value = panel.money(year(b.cost.per_hour));
            panel.line(Origin::Assumed, full_cost, value, range);
        };
        match about {
            About::Revenue => {
                self.why.change = Some("group-prices");
                for line in &b.sale.lines {
                    let tokens = line.kind.of(&b.cost.tokens_per_hour) * 24.0;
                    let note = per_day(l, &fmt.compact(tokens));
                    let value = self.money(line.net);
                    self.line(Origin::Assumed, kind_name(line.kind), value, note);
                }
                self.market(&Kind::ALL);
            }
            About::Cost => {
                cost(self);
                let inputs = self.cost_inputs();
                self.inputs(&inputs, true);
            }
            About::Paid => {
                for line in b.cost.lines.iter().filter(|l| l.capex.0 > 0.0) {
                    let (low, high) = line.capex_ends;
                    let (value, note) = (self.money(line.capex), self.span(low.0, high.0));
                    self.line(origin_of(line.basis), item_name(line.item), value, note);
                }
                self.inputs(
                    &[
                        Input::CardPrice,
                        Input::NetworkShare,
                        Input::SparesShare,
                        Input::BuildingPerMw,
                        Input::PeakPower,
                    ],
                    false,
                );
            }
            About::Margin => {
                let value = self.money(year(b.sale.revenue_per_hour));
                self.line(Origin::Assumed, revenue, value, String::new());
                cost(self);
                self.market(&[]);
                let inputs = self.cost_inputs();
                self.inputs(&inputs, false);
            }
            About::Plan(..) => self.plan(),
            About::Kind(kind) => self.kind(kind),
            About::Line(item) => {
                if let Some(line) = b.cost.line(item) {
                    let value = self.money(line.per_hour);
                    let note = self.span(line.low.0, line.high.0);
                    self.line(origin_of(line.basis), an_hour, value, note);
                }
                self.inputs(item.inputs(), true);
            }
            About::Price(kind) => self.price(kind),
            About::Energy(place) => self.energy(place),
            About::Grids => {
                for site in SITES {
                    let name = names::site(site, l);
                    self.why
                        .cite(fmt, site.carbon.source, &name, site.carbon.date);
                }
                self.why.remarks.push(self.say(grids_note));
            }
            About::Compared => {
                cost(self);
                self.market(&Kind::ALL);
                let mut rent = false;
                for (tenure, input) in
                    [(Tenure::Own, Input::CardPrice), (Tenure::Rent, Input::Rent)]
                {
                    let money = Money {
                        tenure,
                        ..self.s.money.clone()
                    };
                    let find = |id: &str| Catalogue::embedded().accelerator(id);
                    let load = b.cost.day.mean_served;
                    if let Ok(terms) = Terms::new(&money, &b.cost.usage, load, &find) {
                        rent |= tenure == Tenure::Rent;
                        self.pools(&terms, input, true);
                    }
                }
                if !rent {
                    self.why.remarks.push(self.say(compared_note));
                }
                let inputs = self.cost_inputs();
                self.inputs(&inputs, false);
            }
            About::Tornado => {
                let inputs = self.cost_inputs();
                self.inputs(&inputs, true);
            }
        }
        if !matches!(about, About::Energy(_) | About::Grids) {
            self.why.remarks.push(self.say(band_rests));
        }
    }

    fn plan(&mut self) {
        let (b, fmt, plan) = (self.b, self.fmt, &self.s.money.plan);
        self.why.change = Some("group-plan");
        let (low, high) = b.cost.capex_ends;
        let range = self.span(low.0, high.0);
        let rows: [(Origin, Text, Usd, String); 3] = [
            (Origin::Assumed, invested, b.flow.invested, range),
            (Origin::Calculated, deepest, b.flow.deepest, String::new()),
            (Origin::Assumed, residual, b.flow.terminal, String::new()),
        ];
        for (origin, name, usd, note) in rows {
            let value = self.money(usd);
            self.line(origin, name, value, note);
        }
        for (key, value) in [
            ("months", plan.months.to_string()),
            ("ramp", plan.ramp_months.to_string()),
            ("lead", plan.lead_months.to_string()),
            ("erosion", fmt.percent(plan.price_erosion)),
            ("npv", fmt.percent(b.flow.discount_rate)),
        ] {
            self.field(key, value);
        }
        self.market(&[]);
        let inputs = self.cost_inputs();
        self.inputs(&inputs, false);
        self.why.remarks.push(self.say(before_tax));
    }

    fn kind(&mut self, kind: Kind) {
        let (b, fmt) = (self.b, self.fmt);
        let all = kind.of(&b.cost.per_million);
        let tokens = kind.of(&b.cost.tokens_per_hour);
        let share = all * tokens / 1e6 / b.cost.per_hour.0;
        let value = self.money(b.cost.per_hour);
        let range = self.span(b.cost.low.0, b.cost.high.0);
        self.line(Origin::Assumed, an_hour, value, range);
        self.line(
            Origin::Calculated,
            share_of_seconds,
            fmt.percent(share),
            String::new(),
        );
        self.line(
            Origin::Calculated,
            tokens_an_hour,
            fmt.compact(tokens),
            String::new(),
        );
        let inputs = self.cost_inputs();
        self.inputs(&inputs, false);
        let (low, high) = b.throughput;
        self.why.remarks.push(throughput_note(
            fmt.locale,
            &fmt.percent(low),
            &fmt.percent(high),
        ));
    }

    fn price(&mut self, kind: Kind) {
        let (b, fmt, l) = (self.b, self.fmt, self.fmt.locale);
        self.why.change = Some("group-prices");
        let Some(line) = b.sale.lines.iter().find(|x| x.kind == kind) else {
            return;
        };
        let (low, high) = b.unit;
        let value = self.money(line.cost);
        let range = self.span(line.cost.0 * low, line.cost.0 * high);
        self.line(Origin::Assumed, unit_cost, value, range);
        let from = match line.origin {
            PriceOrigin::Entered => entered,
            PriceOrigin::TargetMargin => from_target,
        };
        let (value, note) = (self.money(line.list), self.say(from));
        self.line(Origin::Assumed, list_price, value, note);
        if b.sale.net_of_list < 1.0 {
            let (value, note) = (
                self.money(line.net),
                discounted(l, &fmt.percent(1.0 - b.sale.net_of_list)),
            );
            self.line(Origin::Assumed, net_price, value, note);
        }
        let value = self.money(line.for_target);
        let range = self.span(line.for_target.0 * low, line.for_target.0 * high);
        self.line(Origin::Calculated, target_price, value, range);
        if let Some(margin) = line.margin {
            let (worst, best) = margin_band(margin, b.unit);
            let note = [fmt.percent(worst), fmt.percent(best)].join(" – ");
            self.line(Origin::Assumed, margin_word, fmt.percent(margin), note);
        }
        self.market(&[kind]);
        let inputs = self.cost_inputs();
        self.inputs(&inputs, false);
    }

    fn energy(&mut self, place: usize) {
        let fmt = self.fmt;
        let power = self.app.evaluation.with(|e| e.power);
        let rows: [(Text, Option<f64>); 2] =
            [(peak_power, power.peak_kw), (mean_power, power.mean_kw)];
        for (name, kw) in rows {
            if let Some(kw) = kw {
                let value = fmt.unit(kw / 1e3, "MW");
                self.line(Origin::Calculated, name, value, String::new());
            }
        }
        let load = fmt.percent(self.b.cost.day.mean_served);
        self.field("load", load);
        for input in [Input::PeakPower, Input::IdlePowerShare, Input::Pue] {
            self.input(input, true);
        }
        if FACTS.get(place).is_some_and(|f| f.carbon) {
            self.input(Input::GridCarbon, true);
        }
        let flow = self.b.cost.tokens_per_hour;
        let all = flow.input + flow.cached_input + flow.output;
        self.line(
            Origin::Calculated,
            tokens_an_hour,
            fmt.compact(all),
            String::new(),
        );
        let output = fmt.compact(flow.output);
        self.line(Origin::Calculated, output_an_hour, output, String::new());
    }
}

/// Title and formula.
fn heading(about: About) -> (Text, Text) {
    match about {
        About::Revenue => (revenue, revenue_formula),
        About::Cost => (full_cost, cost_formula),
        About::Paid => (invested, paid_formula),
        About::Margin => (margin_word, margin_formula),
        About::Plan(name, formula) => (name, formula),
        About::Kind(kind) => (kind_name(kind), kind_formula),
        About::Line(item) => (
            item_name(item),
            match item {
                LineItem::Accelerators
                | LineItem::Network
                | LineItem::Storage
                | LineItem::Spares => annuity_formula,
                LineItem::Building => building_formula,
                LineItem::Electricity => electricity_formula,
                LineItem::Maintenance => maintenance_formula,
                LineItem::Software => software_formula,
                LineItem::Staff => staff_formula,
                LineItem::Rent => rent_formula,
            },
        ),
        About::Price(kind) => (kind_name(kind), price_formula),
        About::Energy(place) => FACTS
            .get(place)
            .map_or((full_cost, cost_formula), |f| (f.name, f.formula)),
        About::Grids => (grids, grids_formula),
        About::Compared => (compared, compared_formula),
        About::Tornado => (tornado, tornado_formula),
    }
}

crate::texts! {
    entered = "your input", "您的输入";
    assumed = "assumed", "假设";
    revenue = "Revenue a year", "年收入";
    full_cost = "Full cost a year", "年总成本";
    margin_word = "Gross margin", "毛利率";
    card_of(name) = "{name}, a card", "{name} 单卡";
    rent_of(name) = "{name}, a card-hour", "{name} 每卡时";
    market_of(kind) = "Market median, {kind}", "市场中位价：{kind}";
    market_note(range, n) = "{range}, {n} providers", "{range}，{n} 家供应商";
    per_day(tokens) = "× {tokens} a day", "× 每天 {tokens}";
    an_hour = "Cost an hour", "每小时成本";
    share_of_seconds = "Share of the card-seconds", "占用卡秒的份额";
    tokens_an_hour = "Tokens an hour, at mean load", "平均负载下每小时 token";
    output_an_hour = "of which output", "其中输出";
    invested = "Paid for the factory", "建设投入";
    deepest = "Deepest point", "最大资金占用";
    residual = "Left at the end", "期末残值";
    unit_cost = "Cost per million", "每百万成本";
    list_price = "List price", "标价";
    from_target = "from the target margin", "由目标毛利率推算";
    net_price = "After discounts", "折后价";
    discounted(share) = "{share} off on average", "平均优惠 {share}";
    target_price = "Price for the target margin", "目标毛利率对应价格";
    peak_power = "Power at capacity, at the meter", "满载功率（电表处）";
    mean_power = "Mean power, at the meter", "平均功率（电表处）";
    revenue_formula = "tokens sold at mean load × list price × (1 − discounts), first-year prices", "平均负载下售出的 token × 标价 ×（1 − 折扣），按首年价格";
    cost_formula = "annuities of hardware and building + electricity + maintenance + staff, or rent", "硬件与机房年金 + 电费 + 维护 + 人员，或租金";
    paid_formula = "cards × price + network + storage + spare parts + building per MW × power", "卡数 × 单价 + 网络 + 存储 + 备件 + 每 MW 机房造价 × 功率";
    margin_formula = "(revenue − full cost) ÷ revenue", "（收入 − 总成本）÷ 收入";
    kind_formula = "cost an hour × this kind's share of the card-seconds ÷ its tokens of an hour", "每小时成本 × 该类 token 占用的卡秒份额 ÷ 其每小时 token 数";
    annuity_formula = "paid once × r ÷ (1 − (1 + r)⁻ⁿ) ÷ 8,760 hours; r = cost of capital, n = life; what is left at the end is taken off", "一次性投入 × r ÷（1 −（1 + r）⁻ⁿ）÷ 8,760 小时；r 为资金成本，n 为使用年限，并扣除残值";
    building_formula = "building per MW × peak IT power × its own annuity ÷ 8,760 hours", "每 MW 造价 × 峰值 IT 功率 × 机房年金系数 ÷ 8,760 小时";
    electricity_formula = "peak IT power × (idle share + (1 − idle share) × load) × PUE × price per kWh", "峰值 IT 功率 ×（空载占比 +（1 − 空载占比）× 负载）× PUE × 每 kWh 电价";
    maintenance_formula = "(cards + network + storage) × share a year ÷ 8,760 hours", "（加速卡 + 网络 + 存储）× 年费率 ÷ 8,760 小时";
    software_formula = "cards × software per card and year ÷ 8,760 hours", "卡数 × 每卡年软件费 ÷ 8,760 小时";
    staff_formula = "people × cost of one a year ÷ 8,760 hours", "人数 × 人均年成本 ÷ 8,760 小时";
    rent_formula = "cards × rent per card-hour × share of the hours billed", "卡数 × 每卡时租金 × 计费时间占比";
    price_formula = "entered, or cost an hour ÷ (1 − target margin), spread over the kinds at the market's ratios", "直接填写；或按每小时成本 ÷（1 − 目标毛利率），依市场价格比例分摊到各类 token";
    compared = "Own, rent or buy by API", "自有、租用还是购买 API";
    compared_formula = "own and rent: whole super-nodes, enough for the busiest hour; API: tokens × the market's median", "自有与租用：按整台超节点配置并满足最忙小时；API：token 数 × 市场中位价";
    compared_note = "The line for renting needs a rent per card-hour: published, or entered under Money.", "租用曲线需要每卡时租价：公开报价，或在“成本”中填写。";
    tornado = "What moves the cost", "成本敏感性";
    tornado_formula = "one input at a time to either end of its evidence, all others as they are", "每次只将一项参数变动到其依据范围的一端，其余不变";
    grids = "The same factory on other grids", "换到其他电网";
    grids_formula = "kWh per million output tokens × average CO₂ per kWh of the grid", "每百万输出 token 的 kWh × 电网平均每 kWh CO₂";
    grids_note = "China's factors are official averages for 2023; those of other countries follow another method and compare only roughly.", "中国各省为 2023 年官方平均因子；其他国家采用不同口径，仅可粗略比较。";
    band_rests = "Bands are 80 %: every uncertain input, and the throughput, is moved to either end of its evidence.", "区间为 80%：每项不确定的参数与吞吐量分别变动到其依据范围两端。";
    throughput_note(low, high) = "Throughput may be {low} to {high} of what is calculated.", "吞吐量可能为计算值的 {low} 至 {high}。";
    before_tax = "Before tax and inflation.", "未计税费与通货膨胀。";
}
