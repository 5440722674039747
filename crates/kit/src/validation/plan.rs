//! Reads the rules of the contract, once, when the service starts.

use std::{collections::HashMap, fmt};

use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    OneofDescriptor, Value,
};

use super::{
    checks::Check,
    error::{PlanError, unsupported},
    texts::TextPlan,
    typed::typed,
};
use crate::clock::Clock;

/// Checks requests. Built from the request types of a set of methods.
pub struct Validator {
    pub(super) messages: HashMap<String, MessagePlan>,
    pub(super) clock: Clock,
}

/// The rules of one message type.
#[derive(Default)]
pub(super) struct MessagePlan {
    pub(super) fields: Vec<FieldPlan>,
    /// Oneofs of which exactly one field must be set.
    pub(super) required_oneofs: Vec<OneofDescriptor>,
}

/// The rules of one field.
pub(super) struct FieldPlan {
    pub(super) field: FieldDescriptor,
    pub(super) required: bool,
    /// Rules do not apply to the zero value.
    pub(super) ignore_zero: bool,
    /// Checks on the whole field: the value, the list, the map.
    pub(super) checks: Vec<Check>,
    /// Checks on each item of a list or value of a map.
    pub(super) items: Vec<Check>,
    /// Checks on each key of a map.
    pub(super) keys: Vec<Check>,
    /// How the text is normalised, before any check; `None` if it is left as sent.
    pub(super) text: Option<TextPlan>,
}

impl Validator {
    /// For these request types and everything nested in them.
    pub fn of<'a>(
        inputs: impl IntoIterator<Item = &'a MessageDescriptor>,
        clock: Clock,
    ) -> Result<Self, PlanError> {
        let mut messages = HashMap::new();
        let mut open: Vec<MessageDescriptor> = inputs.into_iter().cloned().collect();
        while let Some(message) = open.pop() {
            if messages.contains_key(message.full_name()) {
                continue;
            }
            let reader = Reader::new(message.parent_pool());
            let plan = reader.message(&message)?;
            open.extend(plan.fields.iter().filter_map(|plan| nested(&plan.field)));
            messages.insert(message.full_name().to_owned(), plan);
        }
        Ok(Self { messages, clock })
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Validator({} messages)", self.messages.len())
    }
}

/// The message type of a field, its items or its map values.
fn nested(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let kind = field.kind();
    let message = kind.as_message()?;
    let message = if field.is_map() {
        message
            .map_entry_value_field()
            .kind()
            .as_message()
            .cloned()?
    } else {
        message.clone()
    };
    (!is_json(&message)).then_some(message)
}

/// JSON of any shape: what it means, and how its texts are read, the method knows that receives it.
pub(super) fn is_json(message: &MessageDescriptor) -> bool {
    matches!(
        message.full_name(),
        "google.protobuf.Struct" | "google.protobuf.Value" | "google.protobuf.ListValue"
    )
}

/// Bytes of a caller's own and the type that they declare: taken as sent, the method checks them.
const RAW_CONTENT: &str = "google.api.HttpBody";

/// `google.api.FieldBehavior`.
const REQUIRED: i32 = 2;
const OUTPUT_ONLY: i32 = 3;
/// `buf.validate.Ignore`.
const IGNORE_IF_ZERO_VALUE: i32 = 1;
const IGNORE_ALWAYS: i32 = 3;

struct Reader {
    rules: Option<ExtensionDescriptor>,
    message_rules: Option<ExtensionDescriptor>,
    oneof_rules: Option<ExtensionDescriptor>,
    behavior: Option<ExtensionDescriptor>,
    reading: Option<ExtensionDescriptor>,
}

impl Reader {
    fn new(pool: &DescriptorPool) -> Self {
        let extension = |name| pool.get_extension_by_name(name);
        Self {
            rules: extension("buf.validate.field"),
            message_rules: extension("buf.validate.message"),
            oneof_rules: extension("buf.validate.oneof"),
            behavior: extension("google.api.field_behavior"),
            reading: extension("cast.options.v1.reading"),
        }
    }

    fn message(&self, message: &MessageDescriptor) -> Result<MessagePlan, PlanError> {
        if let Some(extension) = &self.message_rules
            && message.options().has_extension(extension)
        {
            return Err(unsupported(message.full_name(), "buf.validate.message"));
        }
        let mut plan = MessagePlan::default();
        if message.full_name() == RAW_CONTENT {
            return Ok(plan);
        }
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let options = oneof.options();
            let rules = self
                .oneof_rules
                .as_ref()
                .map(|extension| options.get_extension(extension));
            if rules
                .as_ref()
                .and_then(|rules| flag(rules.as_message()?, "required"))
                == Some(true)
            {
                plan.required_oneofs.push(oneof);
            }
        }
        for field in message.fields() {
            plan.fields.extend(self.field(field)?);
        }
        Ok(plan)
    }

    /// `None` for fields that callers cannot set.
    fn field(&self, field: FieldDescriptor) -> Result<Option<FieldPlan>, PlanError> {
        let behavior = self.behavior(&field);
        if behavior.contains(&OUTPUT_ONLY) {
            return Ok(None);
        }
        let mut plan = FieldPlan {
            required: behavior.contains(&REQUIRED),
            ignore_zero: false,
            checks: Vec::new(),
            items: Vec::new(),
            keys: Vec::new(),
            text: None,
            field,
        };
        let options = plan.field.options();
        let rules = self
            .rules
            .as_ref()
            .filter(|e| options.has_extension(e))
            .map(|e| options.get_extension(e));
        if let Some(rules) = rules.as_ref().and_then(|rules| rules.as_message()) {
            read_rules(rules, &mut plan)?;
        }
        let of_text = if plan.field.is_list() || plan.field.is_map() {
            &plan.items
        } else {
            &plan.checks
        };
        plan.text = TextPlan::of(&plan.field, of_text, self.reading.as_ref())?;
        Ok(Some(plan))
    }

    fn behavior(&self, field: &FieldDescriptor) -> Vec<i32> {
        let options = field.options();
        let Some(extension) = self.behavior.as_ref().filter(|e| options.has_extension(e)) else {
            return Vec::new();
        };
        let said = options.get_extension(extension);
        said.as_list()
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_enum_number)
            .collect()
    }
}

/// `buf.validate.FieldRules`.
fn read_rules(rules: &DynamicMessage, plan: &mut FieldPlan) -> Result<(), PlanError> {
    let field = plan.field.clone();
    for (rule, value) in rules.fields() {
        match (rule.name(), value) {
            ("required", Value::Bool(required)) => plan.required |= required,
            ("ignore", Value::EnumNumber(IGNORE_IF_ZERO_VALUE)) => plan.ignore_zero = true,
            ("ignore", Value::EnumNumber(0)) => {}
            // A field with rules that are always ignored is a mistake.
            ("ignore", Value::EnumNumber(IGNORE_ALWAYS)) => {
                return Err(unsupported(field.full_name(), "IGNORE_ALWAYS"));
            }
            ("repeated", Value::Message(of_list)) => list_rules(of_list, plan)?,
            ("map", Value::Message(of_map)) => map_rules(of_map, plan)?,
            (_, Value::Message(of_type)) => {
                plan.checks
                    .extend(typed(rule.name(), of_type, &field, &field.kind())?)
            }
            (name, _) => return Err(unsupported(field.full_name(), name)),
        }
    }
    Ok(())
}

fn list_rules(rules: &DynamicMessage, plan: &mut FieldPlan) -> Result<(), PlanError> {
    for (rule, value) in rules.fields() {
        match (rule.name(), value) {
            ("min_items", Value::U64(least)) => plan.checks.push(Check::MinItems(*least)),
            ("max_items", Value::U64(most)) => plan.checks.push(Check::MaxItems(*most)),
            ("unique", Value::Bool(unique)) => plan.checks.extend(unique.then_some(Check::Unique)),
            ("items", Value::Message(of_items)) => {
                plan.items = element(of_items, &plan.field, &plan.field.kind())?
            }
            (name, _) => {
                return Err(unsupported(
                    plan.field.full_name(),
                    &format!("repeated.{name}"),
                ));
            }
        }
    }
    Ok(())
}

fn map_rules(rules: &DynamicMessage, plan: &mut FieldPlan) -> Result<(), PlanError> {
    let kind = plan.field.kind();
    let Some(entry) = kind.as_message() else {
        return Err(unsupported(plan.field.full_name(), "map"));
    };
    let (key, of_value) = (
        entry.map_entry_key_field().kind(),
        entry.map_entry_value_field().kind(),
    );
    for (rule, value) in rules.fields() {
        match (rule.name(), value) {
            ("min_pairs", Value::U64(least)) => plan.checks.push(Check::MinItems(*least)),
            ("max_pairs", Value::U64(most)) => plan.checks.push(Check::MaxItems(*most)),
            ("keys", Value::Message(rules)) => plan.keys = element(rules, &plan.field, &key)?,
            ("values", Value::Message(rules)) => {
                plan.items = element(rules, &plan.field, &of_value)?
            }
            (name, _) => return Err(unsupported(plan.field.full_name(), &format!("map.{name}"))),
        }
    }
    Ok(())
}

/// `FieldRules` of an item, a key or a value: rules of its type only.
fn element(
    rules: &DynamicMessage,
    field: &FieldDescriptor,
    kind: &Kind,
) -> Result<Vec<Check>, PlanError> {
    let mut checks = Vec::new();
    for (rule, value) in rules.fields() {
        match value {
            Value::Message(of_type) => checks.extend(typed(rule.name(), of_type, field, kind)?),
            _ => {
                return Err(unsupported(
                    field.full_name(),
                    &format!("items.{}", rule.name()),
                ));
            }
        }
    }
    Ok(checks)
}

fn flag(message: &DynamicMessage, name: &str) -> Option<bool> {
    message.get_field_by_name(name)?.as_bool()
}
