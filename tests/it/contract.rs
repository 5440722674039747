//! Properties of the contract itself.

use std::collections::BTreeSet;

use kit::access::{Method, Policy, Rule, Subject};
use transcode::Bindings;

/// Reviewed: staff writes without a person as subject. A new entry needs a reason why it is not about a person.
const ABOUT_NOBODY: &[(&str, &str)] = &[
    ("MemberLetters/CreateMemberLetter", "many people alike"),
    ("MemberLetters/UpdateMemberLetter", "many people alike"),
    ("MemberLetters/DeleteMemberLetter", "a draft"),
    ("MemberLetters/TryMemberLetter", "the caller alone is told"),
    ("MemberLetters/SendMemberLetter", "many people alike"),
    ("MemberLetters/StopMemberLetter", "many people alike"),
    (
        "RegistrationLetters/CreateRegistrationLetter",
        "many people alike",
    ),
    (
        "RegistrationLetters/UpdateRegistrationLetter",
        "many people alike",
    ),
    ("RegistrationLetters/DeleteRegistrationLetter", "a draft"),
    (
        "RegistrationLetters/TryRegistrationLetter",
        "the caller alone is told",
    ),
    (
        "RegistrationLetters/SendRegistrationLetter",
        "many people alike",
    ),
    (
        "RegistrationLetters/StopRegistrationLetter",
        "many people alike",
    ),
    (
        "Activities/CreateActivity",
        "an activity is the organisation's",
    ),
    (
        "Activities/UpdateActivity",
        "what attendance is worth is fixed",
    ),
    ("Activities/PublishActivity", "for everybody alike"),
    ("Activities/CancelActivity", "for everybody alike"),
    (
        "MemberExports/CreateMemberExport",
        "a list, as it can be read",
    ),
    (
        "RegistrationExports/CreateRegistrationExport",
        "a list, as it can be read",
    ),
    (
        "RegistrationForms/SaveRegistrationFormDraft",
        "what every registrant is asked",
    ),
    (
        "RegistrationForms/DiscardRegistrationFormDraft",
        "what every registrant is asked",
    ),
    (
        "RegistrationForms/PublishRegistrationForm",
        "an activity; four eyes are the method's own",
    ),
    (
        "ApplicationForms/SaveApplicationFormDraft",
        "what every applicant is asked",
    ),
    (
        "ApplicationForms/DiscardApplicationFormDraft",
        "what every applicant is asked",
    ),
    (
        "ApplicationForms/PublishApplicationForm",
        "an organisation; four eyes are the method's own",
    ),
    (
        "ApplicationRoutes/SaveApplicationRouteDraft",
        "a route is the organisation's",
    ),
    (
        "ApplicationRoutes/DiscardApplicationRouteDraft",
        "a route is the organisation's",
    ),
    (
        "ApplicationRoutes/PublishApplicationRoute",
        "an organisation; four eyes are the method's own",
    ),
    (
        "ApplicationRoutes/EndApplicationDelegation",
        "takes a right away, the caller's own as well",
    ),
    (
        "ContentReview/SubmitActivity",
        "an activity is the organisation's",
    ),
    (
        "ContentReview/WithdrawActivity",
        "an activity is the organisation's",
    ),
    (
        "ContentReview/DecideActivity",
        "an activity; those who worked on it are refused by the method",
    ),
    (
        "ContentRoutes/SaveContentRouteDraft",
        "a route is the organisation's",
    ),
    (
        "ContentRoutes/DiscardContentRouteDraft",
        "a route is the organisation's",
    ),
    (
        "ContentRoutes/PublishContentRoute",
        "an organisation; four eyes are the method's own",
    ),
    (
        "ContentRoutes/EndContentDelegation",
        "takes a right away, the caller's own as well",
    ),
    ("Covers/CreateCoverUpload", "a picture of an activity"),
    ("Covers/PutCoverUploadPart", "a picture of an activity"),
    ("Covers/CompleteCoverUpload", "a picture of an activity"),
    ("Covers/DeleteCoverUpload", "the caller's own"),
    ("Covers/ProposeCover", "a picture of an activity"),
    (
        "Covers/PublishCover",
        "an activity; four eyes are the method's own",
    ),
    ("Covers/WithdrawCover", "a picture of an activity"),
    ("Clients/CreateClient", "a client is the organisation's"),
    (
        "Clients/RotateClientSecret",
        "a client is the organisation's",
    ),
    ("Clients/DisableClient", "a client is the organisation's"),
    ("Clients/UpdateClient", "a client is the organisation's"),
    (
        "Clients/EndOldClientSecret",
        "a client is the organisation's",
    ),
    ("Logos/CreateUpload", "a picture of an organisation"),
    ("Logos/PutUploadPart", "a picture of an organisation"),
    ("Logos/CompleteUpload", "a picture of an organisation"),
    ("Logos/DeleteUpload", "the caller's own"),
    ("Logos/ProposeLogo", "a picture of an organisation"),
    (
        "Logos/PublishLogo",
        "an organisation; four eyes are the method's own",
    ),
    ("Logos/WithdrawLogo", "a picture of an organisation"),
    ("Organisations/CreateOrganisation", "an organisation"),
    ("Organisations/UpdateOrganisation", "an organisation"),
];

/// POST, so that search terms are not in URLs.
const READS_BY_POST: [&str; 3] = [
    "Memberships/SearchMemberships",
    "Verification/VerifyMembership",
    "Verification/BatchVerifyMemberships",
];

fn contract() -> Policy {
    let names: Vec<String> = proto::POOL
        .services()
        .map(|service| service.full_name().to_owned())
        .filter(|name| name.starts_with("cast."))
        .collect();
    Policy::of(&proto::POOL, names.iter().map(String::as_str)).expect("every method has a rule")
}

/// `google.api.http` of a method: the HTTP method and the path.
fn address(method: &Method) -> Option<(String, String)> {
    let service = proto::POOL.get_service_by_name(&method.service)?;
    let descriptor = service.methods().find(|m| m.name() == method.name)?;
    let option = proto::POOL.get_extension_by_name("google.api.http")?;
    let options = descriptor.options();
    let rule = options.get_extension(&option);
    let rule = rule.as_message()?.clone();
    ["get", "put", "post", "delete", "patch"]
        .into_iter()
        .find_map(|verb| {
            let path = rule.get_field_by_name(verb)?.as_str()?.to_owned();
            (!path.is_empty()).then(|| (verb.to_owned(), path))
        })
}

fn short(method: &Method) -> String {
    let service = method.service.rsplit('.').next().unwrap();
    format!("{service}/{}", method.name)
}

#[test]
fn whatever_staff_write_says_whom_it_acts_on_and_what_acts_on_nobody_was_looked_at() {
    let about_nobody: BTreeSet<String> = contract()
        .methods()
        .filter(|method| matches!(method.rule, Rule::Permission(_)))
        .filter(|method| method.subject == Subject::Absent)
        .filter(|method| address(method).is_none_or(|(verb, _)| verb != "get"))
        .map(short)
        .filter(|name| !READS_BY_POST.contains(&name.as_str()))
        .collect();
    let known: BTreeSet<String> = ABOUT_NOBODY
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(about_nobody, known);
}

/// Reviewed: free text in URLs that is not about a person. Ids, codes, dates and page tokens are recognised by name.
const TEXT_IN_ADDRESSES: [&str; 11] = [
    // The name of a role.
    "ListGrantsRequest.role",
    // Keys of questions and of options, numbers and days: what a list is filtered by, of questions that are not sensitive.
    "ListApplicationsRequest.answers",
    "ListRegistrationsRequest.answers",
    // Names of dimensions, and their values: codes, names of the contract, ids of organisations.
    "QuerySlicesRequest.filters",
    "QuerySlicesRequest.group_by",
    // Of a published picture.
    "GetPictureRequest.hash",
    "GetActivityPictureRequest.hash",
    // Names of organisations and titles of activities.
    "ListOrganisationsRequest.query",
    "ListActivitiesRequest.query",
    // `person:<id>`, `application:<id>`.
    "ListAuditRecordsRequest.actor",
    "ListAuditRecordsRequest.subject",
];

#[test]
fn what_is_typed_into_an_address_is_about_no_person() {
    let mut free = BTreeSet::new();
    let mut tried = 0;
    for method in contract().methods() {
        let Some((verb, path)) = address(method) else {
            continue;
        };
        for field in method.input.fields() {
            let in_path = path.contains(&format!("{{{}", field.name()));
            // A GET has no body: fields that are not in the path are in the query string.
            if verb != "get" && !in_path {
                continue;
            }
            tried += 1;
            let name = format!("{}.{}", method.input.name(), field.name());
            let withdrawn = field
                .options()
                .get_field_by_name("deprecated")
                .is_some_and(|value| value.as_bool() == Some(true));
            let text = field.kind() == prost_reflect::Kind::String;
            let tame = ["_id", "_code", "_day", "token", "metric"]
                .iter()
                .any(|end| field.name().ends_with(end));
            if text && !tame && !withdrawn {
                free.insert(name);
            }
        }
    }
    assert!(tried > 60, "{tried}");
    let known: BTreeSet<String> = TEXT_IN_ADDRESSES.map(str::to_owned).into();
    assert_eq!(
        free, known,
        "what people type into an address was looked at: names are searched by POST"
    );
}

#[test]
fn what_is_internal_has_no_address() {
    let bindings = Bindings::new(&proto::POOL).unwrap();
    let document = transcode::openapi::document(&bindings, &transcode::openapi::Info::default());
    let text = document.to_string();
    for method in [
        "ResolveSession",
        "IssueToken",
        "GetKeySet",
        "ReplayQuarantined",
    ] {
        assert!(!text.contains(method), "{method} is offered over REST");
    }
}
