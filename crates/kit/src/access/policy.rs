//! The access rules of the contract, read from the descriptors when the service starts. A method without a rule, or
//! with a permission that no role holds, stops the service from starting.

use std::{collections::HashMap, fmt, sync::Arc};

use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};
use proto_options::v1::{Access, access::Kind};

use super::{on::On, roles, subject::Subject};

/// Who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Callers who hold this permission on some organisation; [`Method::on`] declares which one.
    Permission(&'static str),
    /// Any signed-in person.
    Authenticated,
    /// Every caller, signed in or not.
    Public,
    /// The platform's own services.
    Internal,
}

/// A method of the contract.
#[derive(Clone, Debug)]
pub struct Method {
    /// E.g. `cast.identity.v1.Grants`.
    pub service: String,
    /// E.g. `CreateGrant`.
    pub name: String,
    /// Which callers may call it.
    pub rule: Rule,
    /// The person it acts on.
    pub subject: Subject,
    /// The organisation that the permission has to reach.
    pub on: On,
    /// The request type.
    pub input: MessageDescriptor,
    /// Whether the response is a stream.
    pub server_streaming: bool,
}

impl Method {
    /// The permission that it requires, if it is a staff method.
    pub fn permission(&self) -> Option<&'static str> {
        match self.rule {
            Rule::Permission(permission) => Some(permission),
            Rule::Authenticated | Rule::Public | Rule::Internal => None,
        }
    }
}

/// The form used in audit records: `cast.identity.v1.Grants/CreateGrant`.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.name)
    }
}

/// Why the contract cannot be enforced.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PolicyError {
    /// The service is not in the descriptors.
    #[error("service {0} is not in the contract: access to it cannot be checked")]
    UnknownService(String),
    /// The method has no access option, or an empty one.
    #[error("method {0} has no (cast.options.v1.access) option: say who may call it")]
    Unsaid(String),
    /// The permission is in no role.
    #[error("method {method} wants the permission `{permission}`, which no role holds")]
    UnknownPermission {
        /// The method.
        method: String,
        /// The permission it requires.
        permission: String,
    },
    /// A staff method does not declare whom it acts on.
    #[error(
        "method {0} does not say whom it acts on: give `subject` in its (cast.options.v1.access) option"
    )]
    SubjectUnsaid(String),
    /// The declared subject field does not exist.
    #[error(
        "method {method}: `subject: {subject:?}` is neither `none` nor `looked_up` nor a string field of the request of a staff method"
    )]
    SubjectUnfit {
        /// The method.
        method: String,
        /// The declared value.
        subject: String,
    },
    /// A staff method does not declare which organisation its permission has to reach.
    #[error(
        "method {0} does not say what its permission has to reach: give `on` in its (cast.options.v1.access) option"
    )]
    OnUnsaid(String),
    /// The declared organisation field does not exist.
    #[error(
        "method {method}: `on: {on:?}` is neither `none` nor `looked_up` nor `reach` nor a string field of the request of a staff method"
    )]
    OnUnfit {
        /// The method.
        method: String,
        /// The declared value.
        on: String,
    },
    /// The request is a stream.
    #[error("method {0} takes a stream: the validation layer reads single requests only")]
    ClientStreaming(String),
}

/// The methods of some services by their path, e.g. `/cast.identity.v1.Grants/CreateGrant`.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    methods: Arc<HashMap<String, Arc<Method>>>,
}

impl Policy {
    /// Reads the methods of `services` (full names) from the descriptors.
    pub fn of<'a>(
        pool: &DescriptorPool,
        services: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, PolicyError> {
        let mut methods = HashMap::new();
        for name in services {
            let service = pool
                .get_service_by_name(name)
                .ok_or_else(|| PolicyError::UnknownService(name.to_owned()))?;
            for method in service.methods() {
                let path = format!("/{name}/{}", method.name());
                methods.insert(path, Arc::new(read(pool, &method)?));
            }
        }
        Ok(Self {
            methods: Arc::new(methods),
        })
    }

    /// The method behind a request path.
    pub fn method(&self, path: &str) -> Option<&Arc<Method>> {
        self.methods.get(path)
    }

    /// All of them, in no order.
    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        self.methods.values().map(Arc::as_ref)
    }
}

fn read(pool: &DescriptorPool, method: &MethodDescriptor) -> Result<Method, PolicyError> {
    let full_name = || method.full_name().to_owned();
    if method.is_client_streaming() {
        return Err(PolicyError::ClientStreaming(full_name()));
    }
    let access = access(pool, method)?;
    let rule = rule(method, &access)?;
    Ok(Method {
        service: method.parent_service().full_name().to_owned(),
        name: method.name().to_owned(),
        rule,
        subject: subject(method, rule, access.subject)?,
        on: on(method, rule, access.on)?,
        input: method.input(),
        server_streaming: method.is_server_streaming(),
    })
}

fn access(pool: &DescriptorPool, method: &MethodDescriptor) -> Result<Access, PolicyError> {
    let unsaid = || PolicyError::Unsaid(method.full_name().to_owned());
    let option = pool
        .get_extension_by_name("cast.options.v1.access")
        .ok_or_else(unsaid)?;
    let options = method.options();
    let said = options.get_extension(&option);
    said.as_message()
        .and_then(|m| m.transcode_to().ok())
        .ok_or_else(unsaid)
}

fn rule(method: &MethodDescriptor, access: &Access) -> Result<Rule, PolicyError> {
    match &access.kind {
        Some(Kind::Permission(name)) => match roles::permission(name) {
            Some(permission) => Ok(Rule::Permission(permission)),
            None => Err(PolicyError::UnknownPermission {
                method: method.full_name().to_owned(),
                permission: name.clone(),
            }),
        },
        Some(Kind::Authenticated(true)) => Ok(Rule::Authenticated),
        Some(Kind::Public(true)) => Ok(Rule::Public),
        Some(Kind::Internal(true)) => Ok(Rule::Internal),
        // `public: false` declares no rule.
        Some(Kind::Authenticated(false) | Kind::Public(false) | Kind::Internal(false)) | None => {
            Err(PolicyError::Unsaid(method.full_name().to_owned()))
        }
    }
}

/// Staff methods declare whom they act on; others have no subject.
fn subject(method: &MethodDescriptor, rule: Rule, said: String) -> Result<Subject, PolicyError> {
    let staff = matches!(rule, Rule::Permission(_));
    match (staff, said.as_str()) {
        (true, "") => Err(PolicyError::SubjectUnsaid(method.full_name().to_owned())),
        (false, "") => Ok(Subject::Absent),
        (staff, text) => Some(text)
            .filter(|_| staff)
            .and_then(|text| Subject::read(text, &method.input()))
            .ok_or_else(|| PolicyError::SubjectUnfit {
                method: method.full_name().to_owned(),
                subject: said,
            }),
    }
}

/// Staff methods declare the organisation their permission has to reach; others have none.
fn on(method: &MethodDescriptor, rule: Rule, said: String) -> Result<On, PolicyError> {
    let staff = matches!(rule, Rule::Permission(_));
    match (staff, said.as_str()) {
        (true, "") => Err(PolicyError::OnUnsaid(method.full_name().to_owned())),
        (false, "") => Ok(On::Nothing),
        (staff, text) => Some(text)
            .filter(|_| staff)
            .and_then(|text| On::read(text, &method.input()))
            .ok_or_else(|| PolicyError::OnUnfit {
                method: method.full_name().to_owned(),
                on: said,
            }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    fn contract() -> Policy {
        let names: Vec<String> = proto::POOL
            .services()
            .map(|s| s.full_name().to_owned())
            .collect();
        Policy::of(&proto::POOL, names.iter().map(String::as_str)).unwrap()
    }

    #[test]
    fn the_contract_says_who_may_call_every_method() {
        let policy = contract();
        let rule = |path: &str| policy.method(path).unwrap().rule;
        assert_eq!(
            rule("/cast.identity.v1.Grants/ListRoles"),
            Rule::Authenticated
        );
        assert_eq!(
            rule("/cast.identity.v1.Grants/CreateGrant"),
            Rule::Permission("grants.manage")
        );
        assert_eq!(
            rule("/cast.identity.v1.Sessions/CreateSession"),
            Rule::Public
        );
        assert_eq!(rule("/cast.eventlog.v1.EventLog/Read"), Rule::Internal);
        assert!(policy.method("/cast.identity.v1.Grants/Nothing").is_none());
    }

    #[test]
    fn every_permission_that_a_role_holds_is_wanted_somewhere_or_reserved() {
        let wanted: BTreeSet<&str> = contract()
            .methods()
            .filter_map(|method| match method.rule {
                Rule::Permission(name) => Some(name),
                _ => None,
            })
            .collect();
        let held: BTreeSet<&str> = roles::ROLES
            .iter()
            .flat_map(|role| role.permissions)
            .copied()
            .collect();
        // Reserved: in a role before its method exists.
        let reserved = BTreeSet::from(["quarantine.read"]);
        let idle: Vec<_> = held
            .difference(&wanted)
            .filter(|name| !reserved.contains(*name))
            .collect();
        assert!(idle.is_empty(), "{idle:?}");
    }

    /// A service with one method and these options.
    fn pool(option: &str, request: &str) -> DescriptorPool {
        let dir = std::env::temp_dir().join(format!("kit-policy-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&dir).unwrap();
        let file = format!(
            r#"syntax = "proto3"; package t; import "cast/options/v1/access.proto";
               message M {{ string person_number = 1; N n = 2; repeated string ids = 3; bytes b = 4; }} message N {{ string person_id = 1; }}
               service S {{ rpc Do({request}) returns (M) {{ {option} }} }}"#
        );
        std::fs::write(dir.join("t.proto"), file).unwrap();
        let includes = [
            dir.clone(),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto").into(),
        ];
        let mut compiler = protox::Compiler::new(includes).unwrap();
        compiler
            .include_imports(true)
            .open_files(["t.proto"])
            .unwrap();
        let encoded = compiler.encode_file_descriptor_set();
        std::fs::remove_dir_all(&dir).unwrap();
        DescriptorPool::decode(encoded.as_slice()).unwrap()
    }

    #[test]
    fn a_method_that_does_not_say_who_may_call_it_stops_the_start() {
        let of = |option: &str| {
            Policy::of(&pool(option, "M"), ["t.S"]).map(|p| p.method("/t.S/Do").unwrap().rule)
        };
        let unsaid = Err(PolicyError::Unsaid("t.S.Do".to_owned()));
        assert_eq!(of(""), unsaid);
        assert_eq!(of("option (cast.options.v1.access) = {};"), unsaid);
        assert_eq!(
            of("option (cast.options.v1.access) = {public: false};"),
            unsaid
        );
        assert_eq!(
            of("option (cast.options.v1.access) = {public: true};"),
            Ok(Rule::Public)
        );
    }

    /// Neither words of the option nor single strings of the request.
    const NO_STRINGS: [&str; 8] = [
        "nothing",
        "n",
        "ids",
        "b",
        "n.nothing",
        "person_number.x",
        "",
        ".",
    ];

    /// A method with this access option.
    fn method(kind: &str, rest: &str) -> Result<Arc<Method>, PolicyError> {
        let option = format!("option (cast.options.v1.access) = {{{kind} {rest}}};");
        Policy::of(&pool(&option, "M"), ["t.S"]).map(|p| p.method("/t.S/Do").unwrap().clone())
    }

    #[test]
    fn a_staff_method_that_does_not_say_whom_it_acts_on_stops_the_start() {
        let of = |kind, subject: &str| method(kind, subject).map(|m| m.subject.clone());
        let staff = r#"permission: "members.manage" on: "none""#;
        assert_eq!(
            of(staff, ""),
            Err(PolicyError::SubjectUnsaid("t.S.Do".to_owned()))
        );
        assert_eq!(of(staff, r#"subject: "none""#), Ok(Subject::Absent));
        assert_eq!(of(staff, r#"subject: "looked_up""#), Ok(Subject::LookedUp));
        for path in ["person_number", "n.person_id"] {
            let read = of(staff, &format!("subject: {path:?}")).unwrap();
            assert!(matches!(read, Subject::Named(field) if field.name() == path));
        }
        for wrong in NO_STRINGS {
            let read = of(staff, &format!("subject: {wrong:?}"));
            assert!(read.is_err(), "{wrong}: {read:?}");
        }
        assert_eq!(of("authenticated: true", ""), Ok(Subject::Absent));
        assert!(of("authenticated: true", r#"subject: "none""#).is_err());
    }

    #[test]
    fn a_staff_method_that_does_not_say_what_its_permission_reaches_stops_the_start() {
        let of = |kind, on: &str| method(kind, on).map(|m| m.on.clone());
        let staff = r#"permission: "members.manage" subject: "none""#;
        assert_eq!(
            of(staff, ""),
            Err(PolicyError::OnUnsaid("t.S.Do".to_owned()))
        );
        assert_eq!(of(staff, r#"on: "none""#), Ok(On::Nothing));
        assert_eq!(of(staff, r#"on: "looked_up""#), Ok(On::LookedUp));
        assert_eq!(of(staff, r#"on: "reach""#), Ok(On::Reach));
        for path in ["person_number", "n.person_id"] {
            let read = of(staff, &format!("on: {path:?}")).unwrap();
            assert!(matches!(read, On::Named(field) if field.name() == path));
        }
        for wrong in NO_STRINGS {
            let read = of(staff, &format!("on: {wrong:?}"));
            assert!(read.is_err(), "{wrong}: {read:?}");
        }
        assert_eq!(of("authenticated: true", ""), Ok(On::Nothing));
        assert!(of("authenticated: true", r#"on: "none""#).is_err());
    }

    #[test]
    fn what_nobody_can_hold_or_check_stops_the_start() {
        let unheld = pool(
            r#"option (cast.options.v1.access) = {permission: "moon.land"};"#,
            "M",
        );
        assert_eq!(
            Policy::of(&unheld, ["t.S"]).unwrap_err(),
            PolicyError::UnknownPermission {
                method: "t.S.Do".to_owned(),
                permission: "moon.land".to_owned()
            }
        );
        let streaming = pool(
            "option (cast.options.v1.access) = {public: true};",
            "stream M",
        );
        assert_eq!(
            Policy::of(&streaming, ["t.S"]).unwrap_err(),
            PolicyError::ClientStreaming("t.S.Do".to_owned())
        );
        assert_eq!(
            Policy::of(&streaming, ["t.Other"]).unwrap_err(),
            PolicyError::UnknownService("t.Other".to_owned())
        );
    }
}
