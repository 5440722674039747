//! What the contract says about who may call each method, read from the descriptors when the service starts. A method that says nothing,
//! or names a permission that nobody can hold, stops the service from starting.

use std::{collections::HashMap, sync::Arc};

use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};
use proto::cast::options::v1::{Access, access::Kind};

use super::roles;

/// Who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Who holds this permission on some organisation; which one is checked by the method.
    Permission(&'static str),
    /// Any signed-in person.
    Authenticated,
    /// Everybody.
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
    /// Who may call it.
    pub rule: Rule,
    /// What it takes.
    pub input: MessageDescriptor,
    /// Whether it answers with a stream.
    pub server_streaming: bool,
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
        /// What it wants.
        permission: String,
    },
    /// The method reads a stream.
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
    Ok(Method {
        service: method.parent_service().full_name().to_owned(),
        name: method.name().to_owned(),
        rule: rule(pool, method)?,
        input: method.input(),
        server_streaming: method.is_server_streaming(),
    })
}

fn rule(pool: &DescriptorPool, method: &MethodDescriptor) -> Result<Rule, PolicyError> {
    let unsaid = || PolicyError::Unsaid(method.full_name().to_owned());
    let option = pool
        .get_extension_by_name("cast.options.v1.access")
        .ok_or_else(unsaid)?;
    let options = method.options();
    let said = options.get_extension(&option);
    let access: Access = said
        .as_message()
        .and_then(|m| m.transcode_to().ok())
        .ok_or_else(unsaid)?;
    match access.kind {
        Some(Kind::Permission(name)) => match roles::permission(&name) {
            Some(permission) => Ok(Rule::Permission(permission)),
            None => Err(PolicyError::UnknownPermission {
                method: method.full_name().to_owned(),
                permission: name,
            }),
        },
        Some(Kind::Authenticated(true)) => Ok(Rule::Authenticated),
        Some(Kind::Public(true)) => Ok(Rule::Public),
        Some(Kind::Internal(true)) => Ok(Rule::Internal),
        // `public: false` says nothing about who may.
        Some(Kind::Authenticated(false) | Kind::Public(false) | Kind::Internal(false)) | None => {
            Err(unsaid())
        }
    }
}
