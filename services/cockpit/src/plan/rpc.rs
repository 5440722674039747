//! The method `ListPlanIndicators`.

use kit::{Call, db::Db, errors::Result};
use proto_cockpit::v1 as wire;

use super::{Indicator, store};
use crate::reading::reach;

/// The indicators in the order of the plans. The plans are public documents: every caller of the cockpit sees all of them.
pub async fn list_plan_indicators(
    db: &Db,
    call: Call<wire::ListPlanIndicatorsRequest>,
) -> Result<wire::ListPlanIndicatorsResponse> {
    let mut conn = db.read().await?;
    reach(&mut conn, &call).await?;
    let indicators = store::all(&mut conn)
        .await?
        .into_iter()
        .map(to_message)
        .collect();
    Ok(wire::ListPlanIndicatorsResponse { indicators })
}

fn to_message(indicator: Indicator) -> wire::PlanIndicator {
    wire::PlanIndicator {
        indicator: indicator.key,
        name: indicator.name,
        target: indicator.target,
        unit: indicator.unit,
        comparison: indicator.comparison,
        due_on: indicator.due_on.map(kit::wire::date).unwrap_or_default(),
        document: indicator.document,
        clause: indicator.clause,
        // See the table in `mod.rs`: none can be computed.
        actual: None,
        metric: String::new(),
    }
}
