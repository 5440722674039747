//! A person, and what the person's roles permit.

use kit::access::roles;
use uuid::Uuid;

use crate::route::{Place, Who};

/// A person with the roles that reach an organisation.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub person_id: Uuid,
    /// Names of roles, and whether they are held on the organisation itself, or on the one directly above it.
    roles: Vec<(String, bool, bool)>,
}

impl Person {
    pub(crate) fn has(&self, permission: &str, place: impl Fn(bool, bool) -> bool) -> bool {
        self.roles.iter().any(|(role, own, parent)| {
            place(*own, *parent) && roles::role(role).is_some_and(|role| role.permits(permission))
        })
    }

    /// Whether this person is one of those.
    pub fn is_of(&self, who: &Who, base: &str) -> bool {
        // Those who are named need the permission to review as well.
        self.has(base, |_, _| true)
            && match who {
                Who::Permission { permission, on } => {
                    self.has(permission, |own, parent| match on {
                        Place::Own => own,
                        Place::Parent => parent,
                    })
                }
                Who::People { people: named } | Who::Panel { members: named, .. } => {
                    named.contains(&self.person_id)
                }
            }
    }
}

/// People with their roles, of rows in the order of people: role, and whether it is held on the organisation or on the one above it.
pub(crate) fn gathered(rows: impl IntoIterator<Item = (Uuid, String, bool, bool)>) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for (person_id, role, own, parent) in rows {
        match people.last_mut().filter(|last| last.person_id == person_id) {
            Some(last) => last.roles.push((role, own, parent)),
            None => people.push(Person {
                person_id,
                roles: vec![(role, own, parent)],
            }),
        }
    }
    people
}
