//! The message types reachable from bindings, compiled once into flat tables, so that requests need no descriptor
//! lookups.

use std::collections::HashMap;

use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, MessageDescriptor, ReflectMessage as _, Value,
};

/// The type of raw content.
const HTTP_BODY: &str = "google.api.HttpBody";

/// All reachable messages and enums.
#[derive(Default)]
pub(crate) struct Schema {
    messages: Vec<Message>,
    enums: Vec<Enum>,
    message_ids: HashMap<String, MessageId>,
    enum_ids: HashMap<String, EnumId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MessageId(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EnumId(usize);

pub(crate) struct Message {
    pub descriptor: MessageDescriptor,
    /// Set for the types with a JSON form of their own.
    pub known: Option<WellKnown>,
    /// In the order of declaration.
    pub fields: Vec<Field>,
    /// By JSON name and by proto name.
    names: HashMap<String, usize>,
    numbers: HashMap<u32, usize>,
}

pub(crate) struct Field {
    pub descriptor: FieldDescriptor,
    pub number: u32,
    pub name: String,
    pub json_name: String,
    /// `"name":`, ready to be written.
    pub json_key: Vec<u8>,
    pub kind: Kind,
    pub shape: Shape,
    /// Index of the (real) oneof within the message.
    pub oneof: Option<usize>,
    pub behaviour: Behaviour,
    /// Number of the corresponding bool `clear_<name>`, if any: null in JSON sets it.
    pub cleared_by: Option<u32>,
}

/// `google.api.field_behavior`, as far as it affects encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Behaviour {
    pub required: bool,
    pub output_only: bool,
    pub input_only: bool,
    pub immutable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `presence`: unset differs from the default and is omitted in JSON.
    Single {
        presence: bool,
    },
    List {
        packed: bool,
    },
    Map {
        key: Scalar,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar(Scalar),
    Enum(EnumId),
    Message(MessageId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
}

/// Types whose JSON form is not an object of their fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WellKnown {
    Timestamp,
    Duration,
    FieldMask,
    /// A wrapper of one scalar, field number 1.
    Wrapper(Scalar),
    Struct,
    Value,
    ListValue,
    Any,
}

pub(crate) struct Enum {
    pub descriptor: EnumDescriptor,
    numbers: HashMap<String, i32>,
    names: HashMap<i32, String>,
}

impl Enum {
    pub fn number(&self, name: &str) -> Option<i32> {
        self.numbers.get(name).copied()
    }

    pub fn name(&self, number: i32) -> Option<&str> {
        self.names.get(&number).map(String::as_str)
    }
}

impl Message {
    pub fn field_by_name(&self, name: &str) -> Option<&Field> {
        self.names.get(name).map(|at| &self.fields[*at])
    }

    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub fn index_of_number(&self, number: u32) -> Option<usize> {
        self.numbers.get(&number).copied()
    }
}

impl Schema {
    pub fn message(&self, id: MessageId) -> &Message {
        &self.messages[id.0]
    }

    pub fn enumeration(&self, id: EnumId) -> &Enum {
        &self.enums[id.0]
    }

    pub fn id(&self, full_name: &str) -> Option<MessageId> {
        self.message_ids.get(full_name).copied()
    }

    /// Full name and package of every message and enum.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let messages = self
            .messages
            .iter()
            .map(|m| (m.descriptor.full_name(), m.descriptor.package_name()));
        messages.chain(
            self.enums
                .iter()
                .map(|e| (e.descriptor.full_name(), e.descriptor.package_name())),
        )
    }

    /// Whether this is raw content.
    pub fn is_content(&self, kind: Kind) -> bool {
        match kind {
            Kind::Message(id) => self.message(id).descriptor.full_name() == HTTP_BODY,
            _ => false,
        }
    }

    /// Whether a message of this type is reachable.
    pub fn has(&self, known: WellKnown) -> bool {
        self.messages
            .iter()
            .any(|message| message.known == Some(known))
    }

    /// Adds a message and all messages reachable from it.
    pub fn add(&mut self, descriptor: &MessageDescriptor) -> MessageId {
        if let Some(id) = self.id(descriptor.full_name()) {
            return id;
        }
        let id = MessageId(self.messages.len());
        self.message_ids
            .insert(descriptor.full_name().to_owned(), id);
        self.messages.push(Message {
            descriptor: descriptor.clone(),
            known: well_known(descriptor.full_name()),
            fields: Vec::new(),
            names: HashMap::new(),
            numbers: HashMap::new(),
        });
        // Declaration order, as in the proto file; descriptors iterate by number.
        let mut descriptors: Vec<_> = descriptor.fields().collect();
        if descriptor.full_name() == HTTP_BODY {
            // Extensions of raw content have no place in HTTP.
            descriptors.retain(|field| field.name() != "extensions");
        }
        descriptors.sort_by_key(|field| field.path().last().copied());
        let mut fields: Vec<_> = descriptors
            .into_iter()
            .map(|field| self.field(field))
            .collect();
        let clears: HashMap<String, u32> = fields
            .iter()
            .filter(|field| field.kind == Kind::Scalar(Scalar::Bool))
            .filter_map(|field| Some((field.name.strip_prefix("clear_")?.to_owned(), field.number)))
            .collect();
        for field in &mut fields {
            field.cleared_by = clears.get(&field.name).copied();
        }
        let message = &mut self.messages[id.0];
        for (at, field) in fields.iter().enumerate() {
            message.names.insert(field.name.clone(), at);
            message.names.insert(field.json_name.clone(), at);
            message.numbers.insert(field.number, at);
        }
        message.fields = fields;
        id
    }

    fn field(&mut self, descriptor: FieldDescriptor) -> Field {
        let (kind, shape) = if descriptor.is_map() {
            let prost_reflect::Kind::Message(entry) = descriptor.kind() else {
                unreachable!("a map field is a list of entry messages")
            };
            let Kind::Scalar(key) = self.kind(&entry.map_entry_key_field().kind()) else {
                unreachable!("the compiler allows no other map keys")
            };
            (
                self.kind(&entry.map_entry_value_field().kind()),
                Shape::Map { key },
            )
        } else if descriptor.is_list() {
            (
                self.kind(&descriptor.kind()),
                Shape::List {
                    packed: descriptor.is_packed(),
                },
            )
        } else {
            (
                self.kind(&descriptor.kind()),
                Shape::Single {
                    presence: descriptor.supports_presence(),
                },
            )
        };
        let oneof = descriptor
            .containing_oneof()
            .filter(|oneof| !oneof.is_synthetic());
        let oneof = oneof.and_then(|oneof| {
            oneof
                .path()
                .last()
                .map(|at| usize::try_from(*at).unwrap_or_default())
        });
        Field {
            number: descriptor.number(),
            name: descriptor.name().to_owned(),
            json_name: descriptor.json_name().to_owned(),
            json_key: format!("\"{}\":", descriptor.json_name()).into_bytes(),
            kind,
            shape,
            oneof,
            behaviour: behaviour(&descriptor),
            cleared_by: None,
            descriptor,
        }
    }

    fn kind(&mut self, kind: &prost_reflect::Kind) -> Kind {
        use prost_reflect::Kind as K;
        Kind::Scalar(match kind {
            K::Message(message) => return Kind::Message(self.add(message)),
            K::Enum(descriptor) => return Kind::Enum(self.add_enum(descriptor)),
            K::Double => Scalar::Double,
            K::Float => Scalar::Float,
            K::Int32 => Scalar::Int32,
            K::Int64 => Scalar::Int64,
            K::Uint32 => Scalar::Uint32,
            K::Uint64 => Scalar::Uint64,
            K::Sint32 => Scalar::Sint32,
            K::Sint64 => Scalar::Sint64,
            K::Fixed32 => Scalar::Fixed32,
            K::Fixed64 => Scalar::Fixed64,
            K::Sfixed32 => Scalar::Sfixed32,
            K::Sfixed64 => Scalar::Sfixed64,
            K::Bool => Scalar::Bool,
            K::String => Scalar::String,
            K::Bytes => Scalar::Bytes,
        })
    }

    fn add_enum(&mut self, descriptor: &EnumDescriptor) -> EnumId {
        if let Some(id) = self.enum_ids.get(descriptor.full_name()) {
            return *id;
        }
        let id = EnumId(self.enums.len());
        self.enum_ids.insert(descriptor.full_name().to_owned(), id);
        let mut entry = Enum {
            descriptor: descriptor.clone(),
            numbers: HashMap::new(),
            names: HashMap::new(),
        };
        for value in descriptor.values() {
            entry
                .numbers
                .insert(value.name().to_owned(), value.number());
            // With aliases the first name is written.
            entry
                .names
                .entry(value.number())
                .or_insert_with(|| value.name().to_owned());
        }
        self.enums.push(entry);
        id
    }
}

fn well_known(full_name: &str) -> Option<WellKnown> {
    Some(match full_name.strip_prefix("google.protobuf.")? {
        "Timestamp" => WellKnown::Timestamp,
        "Duration" => WellKnown::Duration,
        "FieldMask" => WellKnown::FieldMask,
        "Struct" => WellKnown::Struct,
        "Value" => WellKnown::Value,
        "ListValue" => WellKnown::ListValue,
        "Any" => WellKnown::Any,
        "DoubleValue" => WellKnown::Wrapper(Scalar::Double),
        "FloatValue" => WellKnown::Wrapper(Scalar::Float),
        "Int32Value" => WellKnown::Wrapper(Scalar::Int32),
        "Int64Value" => WellKnown::Wrapper(Scalar::Int64),
        "UInt32Value" => WellKnown::Wrapper(Scalar::Uint32),
        "UInt64Value" => WellKnown::Wrapper(Scalar::Uint64),
        "BoolValue" => WellKnown::Wrapper(Scalar::Bool),
        "StringValue" => WellKnown::Wrapper(Scalar::String),
        "BytesValue" => WellKnown::Wrapper(Scalar::Bytes),
        _ => return None,
    })
}

/// The value of an extension in some options, if it is set.
pub(crate) fn option(options: &DynamicMessage, name: &str) -> Option<Value> {
    let extension = options
        .descriptor()
        .parent_pool()
        .get_extension_by_name(name)?;
    options
        .has_extension(&extension)
        .then(|| options.get_extension(&extension).into_owned())
}

fn behaviour(field: &FieldDescriptor) -> Behaviour {
    let mut behaviour = Behaviour::default();
    if let Some(Value::List(values)) = option(&field.options(), "google.api.field_behavior") {
        for value in values {
            match value.as_enum_number() {
                Some(2) => behaviour.required = true,
                Some(3) => behaviour.output_only = true,
                Some(4) => behaviour.input_only = true,
                Some(5) => behaviour.immutable = true,
                _ => {}
            }
        }
    }
    behaviour
}
