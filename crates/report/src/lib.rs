#![doc = include_str!("../README.md")]

mod call_html;
mod call_report;
mod call_stats;
mod cube;
mod distribution;
mod figures;
mod html;
mod measure;
mod metric;
mod page;
mod period;
mod tally;

pub use call_html::call_html;
pub use call_report::{CallReport, ReportHead, SourceNote};
pub use call_stats::{CallStats, GroupBy, StatsRow};
pub use distribution::Percentiles;
pub use figures::{CostFigure, Figures, WholeLength};
pub use page::report_html;
