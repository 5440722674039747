//! The service `AttendanceCertificates`.

use kit::{Call, call::Answers, errors::Result, wire::parse_id};
use papers::Papers;
use proto_events::v1 as wire;
use proto_papers::v1 as shared;

use crate::contract;

/// Certificates of attendance.
#[derive(Clone, Debug)]
pub struct AttendanceCertificates {
    pub(crate) papers: Papers,
}

impl contract::AttendanceCertificates for AttendanceCertificates {
    async fn issue_attendance_certificate(
        &self,
        call: Call<wire::IssueAttendanceCertificateRequest>,
    ) -> Result<shared::Paper> {
        let (call, request) = call.split();
        let id = parse_id("registration_id", &request.registration_id)?;
        self.papers.issue(call, id).await
    }

    async fn get_attendance_certificate(
        &self,
        call: Call<wire::GetAttendanceCertificateRequest>,
    ) -> Result<shared::Paper> {
        let (call, request) = call.split();
        let id = parse_id("registration_id", &request.registration_id)?;
        self.papers.get(call, id).await
    }

    async fn download_attendance_certificate(
        &self,
        call: Call<wire::DownloadAttendanceCertificateRequest>,
    ) -> Result<Answers<shared::DownloadPaperResponse>> {
        let (call, request) = call.split();
        let id = parse_id("registration_id", &request.registration_id)?;
        self.papers.download(call, id).await
    }

    async fn verify_attendance_certificate(
        &self,
        call: Call<wire::VerifyAttendanceCertificateRequest>,
    ) -> Result<shared::PaperVerification> {
        let (call, request) = call.split();
        self.papers.verify(call, &request.token).await
    }
}
