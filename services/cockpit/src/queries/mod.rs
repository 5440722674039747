//! One metric over a period: in total, by day, by province, by organisation.

pub mod rpc;
pub mod rules;
pub mod store;

use proto_cockpit::reasons;
use time::Date;
use uuid::Uuid;

use crate::{catalogue::Metric, facts::Province};
use kit::errors::Problem;

/// Maximum length of a period in days: three years.
pub const MAX_PERIOD_DAYS: i64 = 1_100;

/// The dimension by which a number is broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakdown {
    /// One number.
    Total,
    /// A number per day, also for days without a change.
    Day,
    /// A number per province.
    Province,
    /// A number per organisation.
    Organisation,
}

/// A valid query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The metric.
    pub metric: Metric,
    /// First day.
    pub from: Date,
    /// Last day; a stock is the number at its end.
    pub to: Date,
    /// The breakdown.
    pub breakdown: Breakdown,
    /// Only this province.
    pub province: Option<Province>,
    /// Only this organisation and what is below it.
    pub organisation_id: Option<Uuid>,
}

/// Why a query is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no such metric.
    #[error("there is no such metric")]
    UnknownMetric,
    /// The first day is after the last.
    #[error("the period ends before it begins")]
    EndsBeforeItBegins,
    /// Longer than [`MAX_PERIOD_DAYS`].
    #[error("the period is too long")]
    TooLong,
    /// Outside the years of the calendar.
    #[error("the period leaves the calendar")]
    OutOfCalendar,
    /// Not a province.
    #[error("there is no such province")]
    UnknownProvince,
    /// The facts of this metric have no organisation.
    #[error("the metric is not counted by organisation")]
    NotByOrganisation {
        /// The field of the request that asked for it.
        field: &'static str,
    },
    /// The facts belong to no organisation, and the caller reaches only some organisations.
    #[error("the metric is only for those who reach everything")]
    OutOfReach,
}

impl QueryError {
    /// The problem that the caller gets.
    pub(crate) fn into_problem(self, metric: &str) -> Problem {
        match self {
            Self::UnknownMetric => Problem::of(&reasons::METRIC_UNKNOWN),
            Self::OutOfReach => Problem::of(&reasons::METRIC_OUT_OF_REACH).with("metric", metric),
            Self::EndsBeforeItBegins => Problem::invalid(
                "from_day",
                (
                    "Lies behind to_day; give the earlier day here.",
                    "起始日期晚于截止日期，请调整。",
                ),
            ),
            Self::TooLong => Problem::invalid(
                "from_day",
                (
                    format!(
                        "The period is longer than {} days; shorten it.",
                        MAX_PERIOD_DAYS
                    ),
                    format!("查询区间超过 {} 天，请缩短。", MAX_PERIOD_DAYS),
                ),
            ),
            Self::OutOfCalendar => Problem::invalid(
                "to_day",
                (
                    "Too early; give a day of this era.",
                    "日期过早，请重新填写。",
                ),
            ),
            Self::UnknownProvince => Problem::invalid(
                "province_code",
                (
                    "Not a province of GB/T 2260; give a code such as 110000, or 000000 for what has no province.",
                    "不是有效的省级行政区划代码，请填写如 110000；未归属省份的数据请填 000000。",
                ),
            ),
            Self::NotByOrganisation { field } => Problem::invalid(
                field,
                (
                    "This metric is about people and is not counted by organisation; ask for another breakdown or metric.",
                    "该指标按人统计，不区分组织，请更换统计方式或指标。",
                ),
            ),
        }
    }
}
