//! The scope of the numbers that a caller may see.

/// The organisations a caller's grants reach. Equal scopes see equal numbers, so it is also the key under which an overview
/// is computed once for many streams.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// Whether the headquarters itself is reached, and with it everything, also facts without an organisation (people) and facts of
    /// organisations that the local copy does not have yet.
    pub everything: bool,
    /// The paths of the organisations reached, none below another, sorted; empty if it is everything.
    pub paths: Vec<String>,
}

impl Scope {
    /// The scope of a caller who reaches these organisations and those below them; `None` without any.
    pub fn of(mut paths: Vec<String>) -> Option<Self> {
        paths.sort_unstable();
        if paths.iter().any(|path| is_root(path)) {
            return Some(Self {
                everything: true,
                paths: Vec::new(),
            });
        }
        // Sorted, a path stands before everything below it.
        let mut outermost: Vec<String> = Vec::with_capacity(paths.len());
        for path in paths {
            if !outermost
                .last()
                .is_some_and(|outer| path.starts_with(outer.as_str()))
            {
                outermost.push(path);
            }
        }
        (!outermost.is_empty()).then_some(Self {
            everything: false,
            paths: outermost,
        })
    }

    /// The scope of one organisation and those below it.
    pub fn below(path: String) -> Self {
        Self {
            everything: false,
            paths: vec![path],
        }
    }
}

/// The headquarters is the only organisation with nothing above it: `/<id>/`.
fn is_root(path: &str) -> bool {
    path.bytes().filter(|b| *b == b'/').count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> Option<Scope> {
        Scope::of(paths.iter().map(|p| (*p).to_owned()).collect())
    }

    #[test]
    fn the_scope_of_the_headquarters_is_everything() {
        let everything = Some(Scope {
            everything: true,
            paths: vec![],
        });
        assert_eq!(of(&["/c/"]), everything);
        assert_eq!(of(&["/c/s/b/", "/c/", "/c/s/"]), everything);
    }

    #[test]
    fn a_scope_does_not_depend_on_how_the_grants_are_written() {
        let expected = Some(Scope {
            everything: false,
            paths: vec!["/c/a/".into(), "/c/b/x/".into()],
        });
        assert_eq!(of(&["/c/b/x/", "/c/a/"]), expected);
        assert_eq!(of(&["/c/a/y/", "/c/a/", "/c/b/x/", "/c/b/x/"]), expected);
    }

    #[test]
    fn without_a_grant_nothing_is_in_scope() {
        assert_eq!(of(&[]), None);
    }
}
