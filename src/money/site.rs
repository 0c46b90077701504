//! Sites: electricity, carbon intensity of the grid, building cost and PUE rules, with sources.
//!
//! Values are rows of the catalogue's `costs.csv` (a test compares them); the building cost of
//! mainland China is the one addition, with its own source. What is not published is `None`: the
//! user enters it.

use serde::Serialize;

use super::{MoneyError, Usd, currency::Cny};
use crate::catalogue::hardware::Confidence;

/// An amount in the currency it was published in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Published {
    /// In US dollars.
    Usd(Usd),
    /// In yuan.
    Cny(Cny),
}

/// A published figure of a site, or an assumption standing in for one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SiteFigure<T> {
    /// The value.
    pub value: T,
    /// Low end of what is plausible.
    pub low: T,
    /// High end.
    pub high: T,
    /// Date of the figure.
    pub date: &'static str,
    /// How far to trust it; `None` = assumed, nobody published it for this place.
    pub confidence: Option<Confidence>,
    /// Where it is from.
    pub source: &'static str,
    /// What to know.
    pub note: &'static str,
}

/// A limit on PUE set by policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PueRule {
    /// The limit.
    pub limit: f64,
    /// To whom it applies, in English.
    pub scope: &'static str,
    /// The same in Chinese.
    pub scope_zh: &'static str,
    /// Date.
    pub date: &'static str,
    /// Source.
    pub source: &'static str,
}

/// A place for a token factory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Site {
    /// Stable id, used in links.
    pub id: &'static str,
    /// English name.
    pub name: &'static str,
    /// Chinese name.
    pub name_zh: &'static str,
    /// Price per kWh.
    pub electricity: Option<SiteFigure<Published>>,
    /// g CO₂ per kWh.
    pub carbon: SiteFigure<f64>,
    /// Building, electrical and cooling, per MW of IT power.
    pub building: Option<SiteFigure<Published>>,
    /// PUE rules that apply.
    pub pue_rules: &'static [PueRule],
}

/// PUE rules of mainland China (`costs.csv`, category `pue`).
pub const CHINA_PUE: &[PueRule] = &[
    PueRule {
        limit: 1.5,
        scope: "average of all data centres, 2025 target",
        scope_zh: "全国数据中心平均值,2025 年目标",
        date: "2024-07",
        source: "http://en.people.cn/n3/2024/0724/c90000-20197481.html",
    },
    PueRule {
        limit: 1.3,
        scope: "new large and super-large data centres",
        scope_zh: "新建大型、超大型数据中心",
        date: "2022-08",
        source: "https://www.azure-international.com/corporate-net-zero-pathways-new-large-scale-idcs-in-china-shall-meet-a-pue-below-1-3-by-2025-will-carbon-footprint-become-the-next-reference-indicator/",
    },
    PueRule {
        limit: 1.25,
        scope: "new large data centres in national hub nodes",
        scope_zh: "国家枢纽节点新建大型数据中心",
        date: "2025",
        source: "https://enkiai.com/data-center/alibaba-power-demand-china/",
    },
];

const MEE: &str = "https://www.mee.gov.cn/xxgk2018/xxgk/xxgk01/202512/W020251231726284332528.pdf";
const MEE_NOTE: &str = "MEE/NBS average factors for 2023, published 31 December 2025";
const OWID: &str = "https://github.com/mlco2/codecarbon/blob/b05965e4/codecarbon/data/private_infra/global_energy_mix.json";
const OWID_NOTE: &str = "OWID/Ember via codecarbon; another method than China's MEE factors";
const BRIEFING: &str =
    "https://china-briefing.com/news/china-electricity-prices-industrial-consumers";
const FT: &str = "https://www.greenergydaily.com/index.php?id=3999";
const TURNER: &str = "https://www.cremediaeurope.com/news/ai-boom-strains-data-centre-construction-costs-rise~0QkR7oHK/";

/// Official average factors of the Chinese grid.
const fn mee(value: f64) -> SiteFigure<f64> {
    SiteFigure {
        value,
        low: value,
        high: value,
        date: "2023",
        confidence: Some(Confidence::Official),
        source: MEE,
        note: MEE_NOTE,
    }
}

/// Averages of other countries.
const fn owid(value: f64) -> SiteFigure<f64> {
    SiteFigure {
        value,
        low: value,
        high: value,
        date: "2023",
        confidence: Some(Confidence::Analyst),
        source: OWID,
        note: OWID_NOTE,
    }
}

/// Industrial average of China; the stand-in (assumed) for provinces whose tariff is not published.
const fn china_average(
    confidence: Option<Confidence>,
    note: &'static str,
) -> Option<SiteFigure<Published>> {
    Some(SiteFigure {
        value: Published::Usd(Usd(0.088)),
        low: Published::Cny(Cny(0.4)),
        high: Published::Cny(Cny(0.65)),
        date: "2024",
        confidence,
        source: BRIEFING,
        note,
    })
}

const PROVINCE_NOTE: &str = "assumed: no tariff of this province is published; the average of China's industry stands in, \
     bracketed by the subsidised western tariff (0.40 CNY) and 0.65 CNY";

/// Western provinces after subsidy for domestic chips.
const SUBSIDISED: Option<SiteFigure<Published>> = Some(SiteFigure {
    value: Published::Cny(Cny(0.4)),
    low: Published::Cny(Cny(0.4)),
    high: Published::Cny(Cny(0.46)),
    date: "2025-11",
    confidence: Some(Confidence::Analyst),
    source: FT,
    note: "after subsidy, for domestic chips (FT: about 5.6 US cents); unsubsidised some 30 % below the coast: 0.44–0.46 CNY",
});

/// Mainland China, mid specification.
const CHINA_BUILDING: Option<SiteFigure<Published>> = Some(SiteFigure {
    value: Published::Usd(Usd(7.11e6)),
    low: Published::Usd(Usd(5.6e6)),
    high: Published::Usd(Usd(8.6e6)),
    date: "2025-01",
    confidence: Some(Confidence::Analyst),
    source: "https://cushwake.cld.bz/asiapacificdatacentreconstructioncostguide-01-2025-apac-regional-en-content-datacentres/12",
    note: "Cushman & Wakefield, Chinese mainland, mid-spec build 7.11 M USD per MW, without land; ±21 % as the guide's \
           range for Japan and Malaysia; liquid cooling may add 7–10 % (Turner & Townsend)",
});

/// Turner & Townsend's index, air-cooled cloud data centre; ±15 % assumed.
const fn turner(m_usd_per_mw: f64) -> Option<SiteFigure<Published>> {
    Some(SiteFigure {
        value: Published::Usd(Usd(m_usd_per_mw * 1e6)),
        low: Published::Usd(Usd(m_usd_per_mw * 0.85e6)),
        high: Published::Usd(Usd(m_usd_per_mw * 1.15e6)),
        date: "2025-11",
        confidence: Some(Confidence::Analyst),
        source: TURNER,
        note: "Turner & Townsend index 2025–26, air-cooled cloud data centre; ±15 % assumed",
    })
}

/// A Chinese province without a published tariff.
const fn province(
    id: &'static str,
    name: &'static str,
    name_zh: &'static str,
    carbon: f64,
) -> Site {
    Site {
        id,
        name,
        name_zh,
        electricity: china_average(None, PROVINCE_NOTE),
        carbon: mee(carbon),
        building: CHINA_BUILDING,
        pue_rules: CHINA_PUE,
    }
}

/// A western province with the subsidised tariff.
const fn western(id: &'static str, name: &'static str, name_zh: &'static str, carbon: f64) -> Site {
    Site {
        electricity: SUBSIDISED,
        ..province(id, name, name_zh, carbon)
    }
}

/// A country of which only the grid (and perhaps the building) is in the catalogue.
const fn abroad(
    id: &'static str,
    name: &'static str,
    name_zh: &'static str,
    carbon: f64,
    building: Option<SiteFigure<Published>>,
) -> Site {
    Site {
        id,
        name,
        name_zh,
        electricity: None,
        carbon: owid(carbon),
        building,
        pue_rules: &[],
    }
}

/// All sites, the default first.
pub const SITES: &[Site] = &[
    province("jiangsu", "Jiangsu (Wuxi)", "江苏(无锡)", 582.7),
    Site {
        electricity: china_average(
            Some(Confidence::Analyst),
            "about CNY 0.63 at 7.2; bracket 0.40–0.65 CNY",
        ),
        ..province("china", "China, average", "中国平均", 530.6)
    },
    province("anhui", "Anhui", "安徽", 655.3),
    province("guangdong", "Guangdong", "广东", 441.9),
    province("shanghai", "Shanghai", "上海", 573.7),
    province("zhejiang", "Zhejiang", "浙江", 497.4),
    province("ningxia", "Ningxia", "宁夏", 618.7),
    western("gansu", "Gansu", "甘肃", 447.1),
    western("guizhou", "Guizhou", "贵州", 568.3),
    western("inner-mongolia", "Inner Mongolia", "内蒙古", 647.9),
    Site {
        electricity: Some(SiteFigure {
            value: Published::Usd(Usd(0.0929)),
            low: Published::Usd(Usd(0.0821)),
            high: Published::Usd(Usd(0.0933)),
            date: "2026-01",
            confidence: Some(Confidence::Official),
            source: "https://ycharts.com/indicators/us_average_retail_price_of_electricity_industrial_sector",
            note: "EIA, average of industry; 2025 by month 0.0821–0.0933",
        }),
        ..abroad(
            "usa",
            "USA, average",
            "美国平均",
            369.5,
            Some(SiteFigure {
                value: Published::Usd(Usd(11.5e6)),
                low: Published::Usd(Usd(10e6)),
                high: Published::Usd(Usd(13e6)),
                date: "2026",
                confidence: Some(Confidence::Analyst),
                source: "https://rittenhouseresearch.substack.com/p/coreweave-unit-economics-margin-profile",
                note: "shell, electrical and cooling of a 100 MW model; 10–13",
            }),
        )
    },
    abroad("germany", "Germany", "德国", 381.0, turner(11.6)),
    abroad("uk", "United Kingdom", "英国", 237.6, turner(12.0)),
    abroad("france", "France", "法国", 56.0, None),
    abroad("sweden", "Sweden", "瑞典", 40.7, None),
    abroad("norway", "Norway", "挪威", 30.1, None),
    abroad("ireland", "Ireland", "爱尔兰", 290.8, None),
    abroad("netherlands", "Netherlands", "荷兰", 267.6, None),
    abroad("japan", "Japan (Tokyo)", "日本(东京)", 485.4, turner(15.2)),
    abroad("singapore", "Singapore", "新加坡", 470.8, turner(14.5)),
    abroad("malaysia", "Malaysia", "马来西亚", 605.8, None),
    abroad("south-korea", "South Korea", "韩国", 430.6, None),
    abroad("india", "India", "印度", 713.4, None),
    abroad("uae", "UAE", "阿联酋", 561.1, None),
];

/// The site of that id.
///
/// # Errors
/// When there is none.
pub fn site(id: &str) -> Result<&'static Site, MoneyError> {
    SITES
        .iter()
        .find(|s| s.id == id)
        .ok_or_else(|| MoneyError::NoSuchSite(id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::catalogue::records::CostFigure;

    fn row(category: &str, item: &str) -> &'static CostFigure {
        let found = Catalogue::embedded()
            .costs
            .iter()
            .find(|c| c.category == category && c.item == item);
        found.unwrap_or_else(|| panic!("no row {category}, {item}"))
    }

    /// Every figure of a site is the catalogue's.
    #[test]
    fn sites_are_rows_of_the_catalogue() {
        let carbon = [
            ("jiangsu", "Jiangsu"),
            ("china", "China national"),
            ("anhui", "Anhui"),
            ("guangdong", "Guangdong"),
            ("shanghai", "Shanghai"),
            ("zhejiang", "Zhejiang"),
            ("ningxia", "Ningxia"),
            ("gansu", "Gansu"),
            ("guizhou", "Guizhou"),
            ("inner-mongolia", "Inner Mongolia"),
            ("usa", "USA"),
            ("germany", "Germany"),
            ("uk", "United Kingdom"),
            ("france", "France"),
            ("sweden", "Sweden"),
            ("norway", "Norway"),
            ("ireland", "Ireland"),
            ("netherlands", "Netherlands"),
            ("japan", "Japan"),
            ("singapore", "Singapore"),
            ("malaysia", "Malaysia"),
            ("south-korea", "South Korea"),
            ("india", "India"),
            ("uae", "UAE"),
        ];
        assert_eq!(carbon.len(), SITES.len());
        for (id, item) in carbon {
            let (figure, row) = (site(id).unwrap().carbon, row("carbon", item));
            assert_eq!(Some(figure.value), row.value, "{id}");
            assert_eq!(Some(figure.source), row.source.as_deref(), "{id}");
        }
        let average = site("china").unwrap().electricity.unwrap();
        let published = row("electricity", "China industrial average");
        assert_eq!(average.value, Published::Usd(Usd(published.value.unwrap())));
        assert_eq!(Some(average.source), published.source.as_deref());
        let west = row(
            "electricity",
            "Gansu / Guizhou / Inner Mongolia, domestic-chip data centres after subsidy",
        );
        for id in ["gansu", "guizhou", "inner-mongolia"] {
            let figure = site(id).unwrap().electricity.unwrap();
            assert_eq!(figure.value, Published::Cny(Cny(west.value.unwrap())));
        }
        let usa = site("usa").unwrap();
        assert_eq!(
            usa.electricity.unwrap().value,
            Published::Usd(Usd(row("electricity", "US industrial average")
                .value
                .unwrap()))
        );
        for (id, city) in [
            ("germany", "Frankfurt"),
            ("uk", "London"),
            ("japan", "Tokyo"),
            ("singapore", "Singapore"),
        ] {
            let figure = site(id).unwrap().building.unwrap();
            assert_eq!(
                figure.value,
                Published::Usd(Usd(row("dc_build", city).value.unwrap() * 1e6))
            );
        }
    }

    /// Jiangsu's tariff is unknown: the stand-in says that it is assumed.
    #[test]
    fn an_unknown_tariff_is_marked_as_assumed() {
        assert_eq!(row("electricity", "Jiangsu industrial").value, None);
        let wuxi = site("jiangsu").unwrap().electricity.unwrap();
        assert_eq!(wuxi.confidence, None);
        assert!(wuxi.note.starts_with("assumed"));
    }

    #[test]
    fn pue_rules_are_those_of_the_catalogue() {
        let limits: Vec<f64> = CHINA_PUE.iter().map(|r| r.limit).collect();
        let rows = [
            "China national average target 2025",
            "China new large / super-large DC limit 2025",
            "China new large DC / hub-node mandate",
        ];
        let published: Vec<f64> = rows.iter().map(|i| row("pue", i).value.unwrap()).collect();
        assert_eq!(limits, published);
    }
}
