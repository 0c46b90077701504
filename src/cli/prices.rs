//! `tfp prices`: what others ask for a million tokens.

use serde::Serialize;

use super::{Arguments, Command, DONE, Failure, Output, print_json, table};
use crate::catalogue::Catalogue;
use crate::catalogue::records::{ApiPrice, ListCurrency};
use crate::export;
use crate::scenario::number::shortest;

pub(super) const COMMAND: Command = Command {
    name: "prices",
    usage: "[MODEL] [--json|--csv]",
    about: "List published API prices per million tokens, each with date and source",
    run,
};

#[derive(Serialize)]
struct Answer<'a> {
    as_of: &'a str,
    unit: &'static str,
    prices: &'a [&'a ApiPrice],
}

fn run(arguments: &mut Arguments, output: &mut Output<'_>) -> Result<u8, Failure> {
    let csv = arguments.flag("csv");
    let model = arguments.word();
    arguments.end()?;
    let catalogue = Catalogue::embedded();
    let found: Vec<&ApiPrice> = catalogue
        .prices
        .iter()
        .filter(|price| model.as_ref().is_none_or(|model| is_of(price, model)))
        .collect();
    if let (Some(model), true) = (&model, found.is_empty()) {
        let known = catalogue.model(model).is_some() || catalogue.model_stub(model).is_some();
        return Err(Failure::new(
            if known {
                format!("no price of {model} is in the catalogue")
            } else {
                format!("no model or price by the name of \"{model}\"")
            },
            "see tfp prices for all of them",
        ));
    }
    if arguments.json {
        let answer = Answer {
            as_of: &catalogue.as_of,
            unit: "per million tokens",
            prices: &found,
        };
        print_json(output.out, &answer)?;
    } else if csv {
        let rows: Vec<Vec<String>> = found.iter().map(|price| cells(price).to_vec()).collect();
        write!(output.out, "{}", export::csv(&HEADER, &rows))?;
    } else {
        let rows: Vec<[String; 8]> = std::iter::once(HEADER.map(String::from))
            .chain(found.iter().map(|price| cells(price)))
            .collect();
        table::print(output.out, &rows)?;
    }
    Ok(DONE)
}

/// By catalogue id, or by a part of the name it is sold under.
fn is_of(price: &ApiPrice, model: &str) -> bool {
    price.catalogue_id.as_deref() == Some(model)
        || price.model.to_lowercase().contains(&model.to_lowercase())
}

const HEADER: [&str; 8] = [
    "provider", "model", "currency", "input", "cached", "output", "date", "source",
];

fn cells(price: &ApiPrice) -> [String; 8] {
    let amount = |x: Option<f64>| x.map(shortest).unwrap_or_default();
    [
        price.provider.clone(),
        price.model.clone(),
        match price.currency {
            ListCurrency::Usd => "USD",
            ListCurrency::Cny => "CNY",
        }
        .into(),
        amount(price.listed.input),
        amount(price.listed.cached_input),
        amount(price.listed.output),
        price.date.clone(),
        price.source.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use crate::cli::tests::tfp;

    #[test]
    fn prices_are_listed_by_model_with_date_and_source() {
        let (code, out, _) = tfp(&["prices", "deepseek-v3", "--json"]);
        assert_eq!(code, 0);
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        let rows = json["prices"].as_array().unwrap();
        assert!(rows.len() >= 4);
        assert!(
            rows.iter()
                .all(|row| row["date"].is_string() && row["source"].is_string())
        );
        let (_, out, _) = tfp(&["prices", "--csv"]);
        assert!(out.lines().count() > 100 && out.starts_with("provider,model,"));
    }

    #[test]
    fn a_model_without_price_is_told_from_an_unknown_one() {
        let (code, _, err) = tfp(&["prices", "nonsense"]);
        assert_eq!(code, 2);
        assert!(err.contains("no model or price by the name of \"nonsense\""));
        let (code, _, err) = tfp(&["prices", "qwen3-0.6b"]);
        assert_eq!(code, 2);
        assert!(err.contains("no price of qwen3-0.6b"), "{err}");
    }
}
