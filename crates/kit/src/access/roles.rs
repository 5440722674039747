//! The roles of the platform and what each of them permits. This is the only place where a permission is given to anybody.

/// A named bundle of permissions. A grant gives a role on an organisation; it reaches everything below.
#[derive(Debug)]
pub struct Role {
    /// Stable name, e.g. `society.reviewer`.
    pub name: &'static str,
    /// In Chinese.
    pub title_zh: &'static str,
    /// In English.
    pub title_en: &'static str,
    /// What it permits, e.g. `applications.review`.
    pub permissions: &'static [&'static str],
}

impl Role {
    /// Whether the role permits it.
    pub fn permits(&self, permission: &str) -> bool {
        self.permissions.contains(&permission)
    }
}

/// Every role, as people should see them listed.
pub static ROLES: &[Role] = &[
    Role {
        name: "platform.system",
        title_zh: "系统管理员",
        title_en: "System administrator",
        permissions: &["organisations.manage", "quarantine.read"],
    },
    Role {
        name: "platform.security",
        title_zh: "安全管理员",
        title_en: "Security administrator",
        permissions: &["grants.manage", "clients.manage"],
    },
    Role {
        name: "platform.audit",
        title_zh: "审计管理员",
        title_en: "Audit administrator",
        permissions: &["audit.read"],
    },
    Role {
        name: "headquarters.leader",
        title_zh: "领导",
        title_en: "Leader",
        permissions: &["cockpit.read"],
    },
    Role {
        name: "organisation.administrator",
        title_zh: "组织管理员",
        title_en: "Organisation administrator",
        permissions: &[
            "grants.manage",
            "clients.manage",
            "organisations.manage",
            "applications.review",
            "applications.approve",
            "members.read",
            "members.manage",
            "members.verify",
            "activities.manage",
            "registrations.read",
            "checkins.manage",
            "cockpit.read",
        ],
    },
    Role {
        name: "society.reviewer",
        title_zh: "初审员",
        title_en: "First reviewer",
        permissions: &["applications.review", "members.read"],
    },
    Role {
        name: "society.approver",
        title_zh: "终审员",
        title_en: "Approver",
        permissions: &[
            "applications.review",
            "applications.approve",
            "members.read",
            "members.manage",
        ],
    },
    Role {
        name: "society.member_desk",
        title_zh: "会员管理员",
        title_en: "Member desk",
        permissions: &["members.read", "members.manage", "members.verify"],
    },
    Role {
        name: "society.activity_desk",
        title_zh: "活动管理员",
        title_en: "Activity desk",
        permissions: &["activities.manage", "registrations.read", "checkins.manage"],
    },
    Role {
        name: "society.analyst",
        title_zh: "数据查看员",
        title_en: "Analyst",
        permissions: &["cockpit.read"],
    },
];

/// The system, security and audit administrators watch each other (GB/T 22239-2019, 8.1.5): one person holds at most one of these.
pub static SEPARATED: &[&str] = &["platform.system", "platform.security", "platform.audit"];

/// The role with this name.
pub fn role(name: &str) -> Option<&'static Role> {
    ROLES.iter().find(|role| role.name == name)
}

/// The permission with this name, if some role holds it.
pub fn permission(name: &str) -> Option<&'static str> {
    ROLES
        .iter()
        .flat_map(|role| role.permissions)
        .copied()
        .find(|held| *held == name)
}

/// Whether somebody who holds `held` may be given `wanted` as well.
pub fn compatible<'a>(held: impl IntoIterator<Item = &'a str>, wanted: &str) -> bool {
    !SEPARATED.contains(&wanted)
        || held
            .into_iter()
            .all(|role| role == wanted || !SEPARATED.contains(&role))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn role_names_are_unique_and_permissions_are_well_formed() {
        let names: HashSet<_> = ROLES.iter().map(|role| role.name).collect();
        assert_eq!(names.len(), ROLES.len());
        for role in ROLES {
            assert!(!role.permissions.is_empty(), "{}", role.name);
            let distinct: HashSet<_> = role.permissions.iter().collect();
            assert_eq!(distinct.len(), role.permissions.len(), "{}", role.name);
            for permission in role.permissions {
                let (noun, verb) = permission.split_once('.').unwrap_or_default();
                assert!(!noun.is_empty() && !verb.is_empty(), "{permission}");
            }
        }
    }

    #[test]
    fn the_three_administrators_are_three_people_and_share_no_permission() {
        for one in SEPARATED {
            for other in SEPARATED {
                assert_eq!(compatible([*one], other), one == other, "{one} {other}");
                let shared = |p: &&&str| role(other).is_some_and(|r| r.permits(p));
                let common = role(one).map_or(0, |r| r.permissions.iter().filter(shared).count());
                assert!(one == other || common == 0, "{one} {other}");
            }
            assert!(compatible([*one], "society.analyst"));
            assert!(compatible(["society.analyst"], one));
        }
    }

    #[test]
    fn nobody_but_the_audit_administrator_reads_the_audit_trail() {
        let readers: Vec<_> = ROLES
            .iter()
            .filter(|r| r.permits("audit.read"))
            .map(|r| r.name)
            .collect();
        assert_eq!(readers, ["platform.audit"]);
    }
}
