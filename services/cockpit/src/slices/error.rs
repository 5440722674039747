//! Why a slice is refused.

use kit::errors::Problem;
use proto_cockpit::reasons;

use super::{Dimension, MAX_POINTS};
use crate::catalogue::Metric;

/// Why a slice is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SliceError {
    /// There is no such metric.
    #[error("there is no such metric")]
    UnknownMetric,
    /// The periods belong to no organisation, and the caller reaches only some organisations.
    #[error("the metric is only for those who reach everything")]
    OutOfReach,
    /// There is no such dimension, or the metric does not have it.
    #[error("the metric has no such dimension")]
    NoDimension {
        /// The field of the request.
        field: &'static str,
        /// As asked for.
        name: String,
        /// The metric.
        metric: Metric,
    },
    /// A filter is not `dimension=value,value`.
    #[error("a filter is dimension=value")]
    Filter,
    /// There is no such value of this dimension.
    #[error("the dimension has no such value")]
    NoValue {
        /// The dimension.
        dimension: Dimension,
        /// As asked for.
        value: String,
    },
    /// A dimension twice.
    #[error("grouped by the same dimension twice")]
    Twice,
    /// More combinations than are counted at once.
    #[error("too many groups")]
    TooManyGroups,
    /// The first day is after the last.
    #[error("the period ends before it begins")]
    EndsBeforeItBegins,
    /// More steps than are counted at once.
    #[error("too many steps of time")]
    TooManyPoints,
    /// Outside the years of the calendar.
    #[error("the period leaves the calendar")]
    OutOfCalendar,
}

impl From<SliceError> for Problem {
    fn from(error: SliceError) -> Self {
        match error {
            SliceError::UnknownMetric => Self::of(&reasons::METRIC_UNKNOWN),
            SliceError::OutOfReach => Self::of(&reasons::METRIC_OUT_OF_REACH),
            SliceError::NoDimension {
                field,
                name,
                metric,
            } => {
                let offered = metric.definition().slices.join(", ");
                Self::invalid(
                    field,
                    (
                        format!("This metric has no dimension `{name}`; it has: {offered}."),
                        format!("该指标没有维度“{name}”，可用维度：{offered}。"),
                    ),
                )
            }
            SliceError::Filter => Self::invalid(
                "filters",
                (
                    "Give a filter as dimension=value, several values with commas, e.g. province=110000,310000.",
                    "筛选条件请写成“维度=值”，多个值用逗号分隔，例如 province=110000,310000。",
                ),
            ),
            SliceError::NoValue { dimension, value } => {
                let name = dimension.name();
                Self::invalid(
                    "filters",
                    (
                        format!(
                            "The dimension `{name}` has no value `{value}`; choose another one."
                        ),
                        format!("维度“{name}”没有值“{value}”，请更换。"),
                    ),
                )
            }
            SliceError::Twice => Self::invalid(
                "group_by",
                (
                    "The same dimension twice; give two different ones.",
                    "分组维度重复，请选择两个不同的维度。",
                ),
            ),
            SliceError::TooManyGroups => Self::invalid(
                "group_by",
                (
                    "These two dimensions have too many combinations; limit one of them by a filter.",
                    "两个维度的组合过多，请先用筛选条件缩小范围。",
                ),
            ),
            SliceError::EndsBeforeItBegins => Self::invalid(
                "from_day",
                (
                    "Lies behind to_day; give the earlier day here.",
                    "起始日期晚于截止日期，请调整。",
                ),
            ),
            SliceError::TooManyPoints => Self::invalid(
                "grain",
                (
                    format!(
                        "More than {MAX_POINTS} steps; choose longer steps or a shorter period."
                    ),
                    format!("时间点超过 {MAX_POINTS} 个，请选择更大的时间粒度或缩短区间。"),
                ),
            ),
            SliceError::OutOfCalendar => Self::invalid(
                "to_day",
                (
                    "Too early or too late; give a day of this era.",
                    "日期超出可查询的范围，请重新填写。",
                ),
            ),
        }
    }
}
