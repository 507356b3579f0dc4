//! What was spent, what may be, and what things cost: folds over the ledger, and nothing that is kept beside it.

pub mod budgets;
pub mod cost;
pub mod prices;
pub mod report;

pub use budgets::{BudgetLeft, BudgetRow};
pub use cost::{By, Cost, CostRow};
pub use prices::{PriceRow, Prices};
pub use report::Report;
