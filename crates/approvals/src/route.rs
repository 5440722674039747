//! A route as data.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The way on which an organisation decides something. Stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// In order; none: the organisation has no route of its own.
    pub steps: Vec<Step>,
}

/// Words in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// In Chinese.
    pub zh: String,
    /// In English; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub en: String,
}

/// A step of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is called.
    pub title: Title,
    /// Who decides.
    pub who: Who,
    /// How many have to let it pass.
    pub quorum: Quorum,
    /// Whether those who decided an earlier step cannot let this one pass.
    #[serde(default)]
    pub four_eyes: bool,
    /// Working days, 1 to 60.
    pub days: i16,
    /// Whether it may be returned for correction.
    #[serde(default)]
    pub may_return: bool,
    /// Whether it may be refused.
    #[serde(default)]
    pub may_reject: bool,
    /// Who may decide as well, each alone, once the working days are over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Who>,
}

/// Who decides a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Who {
    /// Those who hold a permission.
    Permission {
        /// Its name, e.g. `applications.review`.
        permission: String,
        /// On which organisation: only grants on that very one count.
        on: Place,
    },
    /// Named people.
    People {
        /// Each once.
        people: Vec<Uuid>,
    },
    /// Named people under a name that they have together.
    Panel {
        /// The name.
        title: Title,
        /// Each once.
        members: Vec<Uuid>,
    },
}

impl Who {
    /// The people that are named; `None` where a permission decides.
    pub fn named(&self) -> Option<&[Uuid]> {
        match self {
            Self::Permission { .. } => None,
            Self::People { people } => Some(people),
            Self::Panel { members, .. } => Some(members),
        }
    }
}

/// On which organisation a permission is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The one that the case belongs to.
    Own,
    /// The one directly above it.
    Parent,
}

/// How many have to let a step pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// Any one.
    One,
    /// Each of the named people.
    All,
    /// So many.
    AtLeast(u8),
}

impl Route {
    /// Reads the JSON of a definition that was stored.
    pub fn read(definition: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(definition)
    }

    /// The JSON that is stored.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Whether the organisation has no route of its own.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// A step by its number, 1 the first.
    pub fn step(&self, number: usize) -> Option<&Step> {
        self.steps.get(number.checked_sub(1)?)
    }
}
