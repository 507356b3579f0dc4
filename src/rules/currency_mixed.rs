//! `currency-mixed`: money that cannot be added up.

use super::Rule;
use super::index::Index;
use super::wording::about_all;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::kind::Ceiling;
use crate::model::Money;
use crate::model::money::{Amount, Currency};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    code: "currency-mixed",
    severity: Severity::Error,
    summary: "money is written in more than one currency",
    docs: "\
Budgets, the `run_ceiling` of agents and of `corp.yaml`, and own prices do not all use the same currency. The first place
of each currency is shown.

Amounts in different currencies cannot be added or compared, and nothing is ever converted, since rates change. A budget in
euros would not count what is spent in dollars: it would look like a limit and limit nothing.

Write everything in the currency in which you are billed:

```yaml
run_ceiling: {money: 2.00 USD}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let mut first: BTreeMap<Currency, Place> = BTreeMap::new();
    let mut see = |money: Option<&Money>, place: &dyn Fn() -> Place| {
        if let Some(money) = money {
            first.entry(money.currency()).or_insert_with(place);
        }
    };
    let ceiling = |ceiling: &Option<Ceiling>| ceiling.as_ref().and_then(|ceiling| ceiling.money);
    for (position, budget) in index.draft.budgets.iter().flat_map(|file| &file.budgets).flatten().enumerate() {
        if let Some(Amount::Money(money)) = &budget.limit {
            let path = KeyPath::from("budgets").index(position).key("limit");
            see(Some(money), &|| Place::value("budgets.yaml", path.clone()));
        }
    }
    if let Some(defaults) = index.draft.corp.as_ref().and_then(|corp| corp.defaults.as_ref()) {
        let path = KeyPath::from("defaults").key("run_ceiling").key("money");
        see(ceiling(&defaults.run_ceiling).as_ref(), &|| Place::value("corp.yaml", path.clone()));
    }
    for (path, settings) in &index.draft.agent_settings {
        let place = || Place::value(path, KeyPath::from("run_ceiling").key("money"));
        see(ceiling(&settings.run_ceiling).as_ref(), &place);
    }
    for (position, price) in index.draft.prices.iter().flat_map(|file| &file.prices).flatten().enumerate() {
        let at = |key: &str| Place::value("prices.yaml", KeyPath::from("prices").index(position).key(key));
        see(price.input.as_ref(), &|| at("input"));
        see(price.cached_input.as_ref(), &|| at("cached_input"));
        see(price.cache_write.as_ref(), &|| at("cache_write"));
        see(price.output.as_ref(), &|| at("output"));
    }
    if first.len() > 1 {
        let names: Vec<&str> = first.keys().map(Currency::code).collect();
        let message = format!("money is written in {} currencies: {}", first.len(), names.join(", "));
        let places: Vec<_> =
            first.iter().map(|(currency, place)| (place.clone(), format!("{} here", currency.code()))).collect();
        let diagnostic = about_all((RULE.code, RULE.severity), &message, places.into_iter());
        found.push(diagnostic.help("write all of it in one currency; nothing is converted"));
    }
}
