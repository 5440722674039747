//! Where organisations stand in the tree.

use uuid::Uuid;

use super::{Error, Kind, SubjectClass};

/// The working days for each review step of an application, until an organisation says otherwise. The table has the same default.
pub(crate) const REVIEW_DAYS: i16 = 10;

/// Levels of the tree at most: headquarters, province, city, county, township, an enterprise and its parts leave room.
const MAX_DEPTH: usize = 10;

impl Kind {
    /// Whether it is a society.
    pub(crate) const fn is_society(self) -> bool {
        matches!(self, Self::NationalSociety | Self::LocalSociety)
    }

    /// Whether one of this kind can stand directly below one of `parent`.
    pub(crate) const fn fits_below(self, parent: Kind) -> bool {
        match self {
            Self::Headquarters => false,
            Self::RegionalAssociation => {
                matches!(parent, Self::Headquarters | Self::RegionalAssociation)
            }
            Self::NationalSociety => matches!(parent, Self::Headquarters),
            Self::LocalSociety => matches!(parent, Self::RegionalAssociation),
            Self::Branch => matches!(
                parent,
                Self::NationalSociety | Self::LocalSociety | Self::Branch
            ),
            // Below associations by place, below societies by profession, and below each other: a park and its enterprises.
            Self::Grassroots => !matches!(parent, Self::Headquarters),
        }
    }
}

/// Whether an organisation of this kind and class can be established below a parent with this kind and path.
pub(crate) fn place(
    kind: Kind,
    class: SubjectClass,
    parent: Kind,
    parent_path: &str,
) -> Result<(), Error> {
    if !kind.fits_below(parent) {
        return Err(Error::Misplaced { kind, parent });
    }
    if depth(parent_path) >= MAX_DEPTH {
        return Err(Error::TooDeep);
    }
    match (kind.is_society(), class) {
        (true, SubjectClass::Unspecified) => Err(Error::SubjectClassMissing),
        (false, class) if class != SubjectClass::Unspecified => Err(Error::SubjectClassUnfit),
        _ => Ok(()),
    }
}

/// The path of an organisation below another one, or of the root.
pub(crate) fn path_below(parent_path: Option<&str>, organisation_id: Uuid) -> String {
    format!("{}{organisation_id}/", parent_path.unwrap_or("/"))
}

fn depth(path: &str) -> usize {
    path.split('/').filter(|part| !part.is_empty()).count()
}

/// Whether an address can be shown to visitors as the organisation's own: https, a host and perhaps a port, no user name or password,
/// and nothing in it that cannot be seen or that turns the direction of the text. Empty is no address.
pub(crate) fn website(address: &str) -> Result<(), Error> {
    if address.is_empty() {
        return Ok(());
    }
    let rest = address.strip_prefix("https://").ok_or(Error::Website)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let in_host = |c: char| c.is_alphanumeric() || c == '-';
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().all(in_host)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let plain = |c: char| match c {
        // Some programs read it as a slash, and what follows as the host.
        '\\' | '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}' => false,
        c if c.is_ascii() => c.is_ascii_graphic(),
        // Chinese addresses are shown as they are typed; signs, blanks and everything invisible are written with %.
        c => c.is_alphanumeric(),
    };
    let fits = host.split('.').all(label)
        && host.contains('.')
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && rest.chars().all(plain);
    if fits { Ok(()) } else { Err(Error::Website) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_website_is_what_visitors_see_and_nothing_else() {
        for fits in [
            "",
            "https://www.ccf.org.cn",
            "https://www.ccf.org.cn/",
            "https://www.ccf.org.cn:8443/a/b.html?x=1&y=@2#top",
            "https://中国计算机学会.中国/关于",
            "https://xn--fiqs8s.cn/%E2%80%AE",
        ] {
            assert_eq!(website(fits), Ok(()), "{fits}");
        }
        for wrong in [
            "https://user:pw@evil.example",
            "https://www.ccf.org.cn@evil.example/",
            "https://www.ccf.org.cn%40evil.example/",
            "https://www.ccf.org.cn\\@evil.example/",
            "https://www.ccf.org.cn\n",
            "https://www.ccf.org.cn/a\r\nb",
            "https://www.ccf.org.cn/\u{202e}txt.exe",
            "https://www.ccf\u{200b}.org.cn/",
            "https://www.ccf.org.cn/\u{feff}",
            "https://www.ccf.org.cn/a b",
            "https://www.ccf.org.cn/\u{3000}",
            "https://",
            "https:///path",
            "https://localhost",
            "https://.cn/",
            "https://www..cn",
            "https://-a.cn",
            "https://www.ccf.org.cn:0",
            "https://www.ccf.org.cn:99999",
            "https://www.ccf.org.cn:80:80",
            "http://www.ccf.org.cn",
            "HTTPS://www.ccf.org.cn",
            "javascript:alert(1)",
            " https://www.ccf.org.cn",
        ] {
            assert_eq!(website(wrong), Err(Error::Website), "{wrong:?}");
        }
    }

    const CLASS: SubjectClass = SubjectClass::Engineering;
    const NONE: SubjectClass = SubjectClass::Unspecified;

    #[test]
    fn there_is_one_headquarters_and_it_has_no_parent() {
        assert!(
            Kind::ALL
                .iter()
                .all(|parent| !Kind::Headquarters.fits_below(*parent))
        );
    }

    #[test]
    fn every_other_kind_has_a_place_somewhere() {
        for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Headquarters) {
            assert!(
                Kind::ALL.iter().any(|parent| kind.fits_below(*parent)),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn a_society_has_a_class_of_subjects_and_others_have_none() {
        let place = |kind, class, parent| place(kind, class, parent, "/a/");
        assert_eq!(
            place(Kind::NationalSociety, CLASS, Kind::Headquarters),
            Ok(())
        );
        assert_eq!(
            place(Kind::NationalSociety, NONE, Kind::Headquarters),
            Err(Error::SubjectClassMissing)
        );
        assert_eq!(
            place(Kind::Branch, CLASS, Kind::NationalSociety),
            Err(Error::SubjectClassUnfit)
        );
        assert_eq!(
            place(Kind::LocalSociety, CLASS, Kind::Headquarters),
            Err(Error::Misplaced {
                kind: Kind::LocalSociety,
                parent: Kind::Headquarters
            })
        );
    }

    #[test]
    fn the_tree_has_ten_levels() {
        let mut path = path_below(None, Uuid::nil());
        for level in 2..=MAX_DEPTH {
            assert_eq!(
                place(Kind::Grassroots, NONE, Kind::Grassroots, &path),
                Ok(()),
                "level {level}"
            );
            path = path_below(Some(&path), Uuid::nil());
        }
        assert_eq!(
            place(Kind::Grassroots, NONE, Kind::Grassroots, &path),
            Err(Error::TooDeep)
        );
    }
}
