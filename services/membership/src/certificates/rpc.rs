//! The service `MembershipCertificates`.

use kit::{Call, call::Answers, errors::Result, wire::parse_id};
use papers::Papers;
use proto_membership::v1 as wire;
use proto_papers::v1 as shared;

use crate::contract;

/// Certificates of membership.
#[derive(Clone, Debug)]
pub struct MembershipCertificates {
    pub(crate) papers: Papers,
}

impl contract::MembershipCertificates for MembershipCertificates {
    async fn issue_membership_certificate(
        &self,
        call: Call<wire::IssueMembershipCertificateRequest>,
    ) -> Result<shared::Paper> {
        let (call, request) = call.split();
        let id = parse_id("membership_id", &request.membership_id)?;
        self.papers.issue(call, id).await
    }

    async fn get_membership_certificate(
        &self,
        call: Call<wire::GetMembershipCertificateRequest>,
    ) -> Result<shared::Paper> {
        let (call, request) = call.split();
        let id = parse_id("membership_id", &request.membership_id)?;
        self.papers.get(call, id).await
    }

    async fn download_membership_certificate(
        &self,
        call: Call<wire::DownloadMembershipCertificateRequest>,
    ) -> Result<Answers<shared::DownloadPaperResponse>> {
        let (call, request) = call.split();
        let id = parse_id("membership_id", &request.membership_id)?;
        self.papers.download(call, id).await
    }

    async fn verify_membership_certificate(
        &self,
        call: Call<wire::VerifyMembershipCertificateRequest>,
    ) -> Result<shared::PaperVerification> {
        let (call, request) = call.split();
        self.papers.verify(call, &request.token).await
    }
}
