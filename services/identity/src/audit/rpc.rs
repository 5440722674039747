//! The method of the audit trail.

use kit::{Call, db::Db, errors::Result, wire};
use proto_identity::v1::{AuditRecord, ListAuditRecordsRequest, ListAuditRecordsResponse};
use uuid::Uuid;

use super::store;
use crate::contract;

/// The viewer of the audit trail.
pub struct Audit {
    /// Where the records are.
    pub db: Db,
}

impl contract::Audit for Audit {
    async fn list_audit_records(
        &self,
        call: Call<ListAuditRecordsRequest>,
    ) -> Result<ListAuditRecordsResponse> {
        let (actor, subject) = (&call.message.actor, &call.message.subject);
        let mut conn = self.db.read().await?;
        // The trail is that of the whole platform, so the permission must reach all of it. While the headquarters are not known here, no
        // permission does: none is held on the nil id.
        let headquarters = store::headquarters(&mut conn).await?.unwrap_or_default();
        call.require(&mut conn, headquarters).await?;
        let page = call.page::<Uuid>()?;
        let rows = store::list(&mut conn, actor, subject, page.after, page.limit).await?;
        drop(conn);
        let (rows, next_page_token) = page.next(rows, |row| row.record_id);
        // Who reads the trail leaves a trace in it.
        let read = match subject.as_str() {
            "" => "audit:all",
            subject => subject,
        };
        call.audit_read(&self.db, read).await?;
        let records = rows.into_iter().map(|row| AuditRecord {
            record_id: row.record_id.to_string(),
            occurred_at: Some(wire::timestamp(row.occurred_at)),
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            outcome: row.outcome,
            origin: row.origin,
        });
        Ok(ListAuditRecordsResponse {
            records: records.collect(),
            next_page_token,
        })
    }
}
