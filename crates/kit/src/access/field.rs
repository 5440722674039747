//! A field of a request that identifies the subject or the organisation of a method.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};

/// The path of fields that leads to a single string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPath(Vec<FieldDescriptor>);

impl FieldPath {
    /// Resolves `person_number` or `person.number`; `None` if the request type has no such string field.
    pub(super) fn read(path: &str, input: &MessageDescriptor) -> Option<Self> {
        let mut message = Some(input.clone());
        let mut fields = Vec::new();
        for name in path.split('.') {
            let field = message?.get_field_by_name(name)?;
            if field.is_list() || field.is_map() {
                return None;
            }
            message = field.kind().as_message().cloned();
            fields.push(field);
        }
        let last = fields.last()?;
        (last.kind() == Kind::String).then_some(Self(fields))
    }

    /// The value in a request; `None` if a message on the path is absent.
    pub(crate) fn text(&self, request: &DynamicMessage) -> Option<String> {
        text(request, &self.0)
    }

    /// As the contract writes it: `person.number`.
    pub fn name(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(FieldDescriptor::name).collect();
        names.join(".")
    }
}

fn text(message: &DynamicMessage, path: &[FieldDescriptor]) -> Option<String> {
    let (field, rest) = path.split_first()?;
    let value = message.get_field(field);
    match rest {
        [] => value.as_str().map(str::to_owned),
        _ => text(value.as_message()?, rest),
    }
}
