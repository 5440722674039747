//! The steps of the journey from the draft to the membership, each one call.

use proto_membership::v1::{
    self as wire, Application, ApplicationForm, Membership, MembershipCategory,
    application_form::Education,
};
use tonic::{Response, Status};
use uuid::Uuid;

use crate::world::{Actor, World};

impl World {
    pub async fn create(&self, person: &Actor, organisation: Uuid) -> Result<Application, Status> {
        let request = create_request(organisation);
        self.applications()
            .create_application(self.by(person, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn draft(&self, person: &Actor) -> Application {
        self.create(person, self.society).await.unwrap()
    }

    pub async fn submit(
        &self,
        person: &Actor,
        application_id: &str,
    ) -> Result<Application, Status> {
        let request = submit_request(application_id);
        self.applications()
            .submit_application(self.by(person, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn submitted(&self, person: &Actor) -> Application {
        let draft = self.draft(person).await;
        self.submit(person, &draft.application_id).await.unwrap()
    }

    pub async fn pass(&self, staff: &Actor, application_id: &str) -> Result<Application, Status> {
        let request = wire::PassFirstReviewRequest {
            application_id: application_id.into(),
            ..Default::default()
        };
        self.applications()
            .pass_first_review(self.by(staff, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn send_back(
        &self,
        staff: &Actor,
        application_id: &str,
    ) -> Result<Application, Status> {
        let reason = "请补充工作单位全称".into();
        let request = wire::ReturnApplicationRequest {
            application_id: application_id.into(),
            reason,
            ..Default::default()
        };
        self.applications()
            .return_application(self.by(staff, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn approve(
        &self,
        staff: &Actor,
        application_id: &str,
    ) -> Result<Application, Status> {
        let request = wire::ApproveApplicationRequest {
            application_id: application_id.into(),
            ..Default::default()
        };
        self.applications()
            .approve_application(self.by(staff, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn reject(&self, staff: &Actor, application_id: &str) -> Result<Application, Status> {
        let reason = "不符合入会条件".into();
        let request = wire::RejectApplicationRequest {
            application_id: application_id.into(),
            reason,
            ..Default::default()
        };
        self.applications()
            .reject_application(self.by(staff, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn withdraw(
        &self,
        person: &Actor,
        application_id: &str,
    ) -> Result<Application, Status> {
        let request = wire::WithdrawApplicationRequest {
            application_id: application_id.into(),
            ..Default::default()
        };
        self.applications()
            .withdraw_application(self.by(person, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn in_final_review(&self, person: &Actor) -> Application {
        let submitted = self.submitted(person).await;
        self.pass(&self.reviewer, &submitted.application_id)
            .await
            .unwrap()
    }

    pub async fn approved(&self, person: &Actor) -> Application {
        let application = self.in_final_review(person).await;
        self.approve(&self.approver, &application.application_id)
            .await
            .unwrap()
    }

    pub async fn member(&self, person: &Actor) -> Membership {
        let application = self.approved(person).await;
        self.membership(person, &application.membership_id)
            .await
            .unwrap()
    }

    pub async fn application(
        &self,
        actor: &Actor,
        application_id: &str,
    ) -> Result<Application, Status> {
        let request = wire::GetApplicationRequest {
            application_id: application_id.into(),
        };
        self.applications()
            .get_application(self.by(actor, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn membership(
        &self,
        actor: &Actor,
        membership_id: &str,
    ) -> Result<Membership, Status> {
        let request = wire::GetMembershipRequest {
            membership_id: membership_id.into(),
        };
        self.memberships()
            .get_membership(self.by(actor, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn suspend(&self, staff: &Actor, membership_id: &str) -> Result<Membership, Status> {
        let request = wire::SuspendMembershipRequest {
            membership_id: membership_id.into(),
            reason: "学术不端调查期间".into(),
            ..Default::default()
        };
        self.memberships()
            .suspend_membership(self.by(staff, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn reinstate(
        &self,
        staff: &Actor,
        membership_id: &str,
    ) -> Result<Membership, Status> {
        let request = wire::ReinstateMembershipRequest {
            membership_id: membership_id.into(),
            ..Default::default()
        };
        self.memberships()
            .reinstate_membership(self.by(staff, request))
            .await
            .map(Response::into_inner)
    }

    pub async fn resign(&self, person: &Actor, membership_id: &str) -> Result<Membership, Status> {
        let request = wire::ResignMembershipRequest {
            membership_id: membership_id.into(),
            ..Default::default()
        };
        self.memberships()
            .resign_membership(self.by(person, request))
            .await
            .map(Response::into_inner)
    }
}

pub fn form() -> ApplicationForm {
    ApplicationForm {
        employer: "中国科学院计算技术研究所".into(),
        position: "副研究员".into(),
        education: Education::Doctor.into(),
        research_field: "计算机体系结构".into(),
        statement: "希望参加专业委员会的活动".into(),
        division_code: "110108".into(),
    }
}

pub fn create_request(organisation: Uuid) -> wire::CreateApplicationRequest {
    wire::CreateApplicationRequest {
        organisation_id: organisation.to_string(),
        category: MembershipCategory::Ordinary.into(),
        form: Some(form()),
        ..Default::default()
    }
}

pub fn submit_request(application_id: &str) -> wire::SubmitApplicationRequest {
    wire::SubmitApplicationRequest {
        application_id: application_id.into(),
        consent: true,
        request_id: String::new(),
    }
}
