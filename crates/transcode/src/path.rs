//! Matches paths to bindings.
//!
//! The most specific matching template decides, then the HTTP method, exactly as in OpenAPI: literals before `*` before
//! `**`, a custom verb before none. `GET /v1/activities:search` is therefore a 405 if only POST is bound there, even if
//! `GET /v1/{name}` exists.

use std::{borrow::Cow, collections::HashMap};

use http::Method;
use http_path_template::{Grammar, ParseError, PathTemplate, Segment};
use percent_encoding::percent_decode_str;

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    /// The atoms in order, those of variables included.
    pub atoms: Vec<Atom>,
    /// The custom verb, decoded, without the colon.
    pub verb: Option<String>,
    /// The variables in order.
    pub variables: Vec<Variable>,
}

/// One segment of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Atom {
    /// Exactly this text, decoded.
    Literal(String),
    /// `*`: exactly one segment that is not empty.
    One,
    /// `**`: the rest, possibly empty.
    Rest,
}

/// A variable: the field it fills and the atoms it spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Dotted proto field path.
    pub field: String,
    /// First atom.
    pub start: usize,
    /// One past the last atom.
    pub end: usize,
}

impl Template {
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let parsed = PathTemplate::parse(text, Grammar::default())?;
        let mut template = Self {
            atoms: Vec::new(),
            verb: parsed.verb().map(decoded),
            variables: Vec::new(),
        };
        for segment in parsed.segments() {
            let start = template.atoms.len();
            match segment {
                Segment::Variable(variable) => {
                    template
                        .atoms
                        .extend(variable.segments().filter_map(|s| atom(&s)));
                    let end = template.atoms.len();
                    template.variables.push(Variable {
                        field: variable.field_path().to_owned(),
                        start,
                        end,
                    });
                }
                other => template.atoms.extend(atom(other)),
            }
        }
        Ok(template)
    }

    /// The text a variable captures from a path this template matches; `None` if it is not valid percent-encoded UTF-8.
    ///
    /// A variable of one `*` is decoded fully. One that spans more keeps `%2F`, so that a slash inside a segment stays
    /// distinguishable from one between segments (google/api/http.proto).
    pub fn capture<'p>(&self, variable: &Variable, path: &Path<'p>) -> Option<Cow<'p, str>> {
        let rest = matches!(self.atoms.get(variable.end - 1), Some(Atom::Rest));
        let verb = self.verb.is_some();
        let end = if rest {
            path.segments.len()
        } else {
            variable.end
        };
        let spans_one =
            variable.end - variable.start == 1 && self.atoms[variable.start] == Atom::One;
        if spans_one {
            return decode(path.segment(variable.start, verb));
        }
        let mut text = String::new();
        for at in variable.start..end {
            if at > variable.start {
                text.push('/');
            }
            let raw = path.segment(at, verb);
            let mut pieces = raw.split("%2F").flat_map(|piece| piece.split("%2f"));
            text.push_str(&decode(pieces.next().unwrap_or_default())?);
            for piece in pieces {
                text.push_str("%2F");
                text.push_str(&decode(piece)?);
            }
        }
        Some(Cow::Owned(text))
    }
}

fn atom(segment: &Segment<'_>) -> Option<Atom> {
    match segment {
        Segment::Literal(text) => Some(Atom::Literal(decoded(text))),
        Segment::Single => Some(Atom::One),
        Segment::Rest => Some(Atom::Rest),
        // The strict grammar refuses nested variables and affixes.
        _ => None,
    }
}

fn decoded(literal: &str) -> String {
    percent_decode_str(literal).decode_utf8_lossy().into_owned()
}

/// Percent-decodes strictly: every `%` is followed by two hexadecimal digits and the result is UTF-8.
pub(crate) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    let mut after_percent = raw.split('%').skip(1);
    let hex =
        |piece: &str| piece.len() >= 2 && piece.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    if !after_percent.all(hex) {
        return None;
    }
    percent_decode_str(raw).decode_utf8().ok()
}

/// A request path, split once.
pub(crate) struct Path<'p> {
    segments: Vec<&'p str>,
    /// The position of the verb's colon in the last segment.
    colon: Option<usize>,
}

impl<'p> Path<'p> {
    /// `None` if the path is not rooted or has an empty segment, which no template matches.
    pub fn new(path: &'p str) -> Option<Self> {
        let segments: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        // The text before the colon must not be empty, so `/v1/:approve` has no verb.
        let colon = segments
            .last()
            .and_then(|last| last.rfind(':'))
            .filter(|at| *at > 0);
        segments
            .iter()
            .all(|s| !s.is_empty())
            .then_some(Self { segments, colon })
    }

    fn segment(&self, at: usize, verb: bool) -> &'p str {
        let raw = self.segments[at];
        match self.colon {
            Some(colon) if verb && at + 1 == self.segments.len() => &raw[..colon],
            _ => raw,
        }
    }

    fn verb(&self) -> Option<&'p str> {
        let last = self.segments.last()?;
        self.colon.map(|colon| &last[colon + 1..])
    }
}

/// The result of looking up a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'r> {
    /// A binding, by its index.
    Binding(usize),
    /// The path exists, but not with this method.
    OtherMethods(&'r [(Method, usize)]),
    /// No template matches.
    Nothing,
}

/// All templates as a tree of segments.
#[derive(Debug, Default)]
pub(crate) struct Router {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<String, Node>,
    one: Option<Box<Node>>,
    /// Bindings that end here, without and with a verb.
    ends: Ends,
    /// Bindings that end in `**` here.
    rest: Ends,
}

#[derive(Debug, Default)]
struct Ends {
    plain: Vec<(Method, usize)>,
    verbs: HashMap<String, Vec<(Method, usize)>>,
}

impl Router {
    /// Adds a binding. `Err` is the index of an earlier one with the same method and an equivalent template.
    pub fn insert(
        &mut self,
        method: &Method,
        template: &Template,
        index: usize,
    ) -> Result<(), usize> {
        let mut node = &mut self.root;
        let mut rest = false;
        for atom in &template.atoms {
            match atom {
                Atom::Literal(text) => node = node.literals.entry(text.clone()).or_default(),
                Atom::One => node = node.one.get_or_insert_default(),
                Atom::Rest => rest = true,
            }
        }
        let ends = if rest { &mut node.rest } else { &mut node.ends };
        let methods = match &template.verb {
            Some(verb) => ends.verbs.entry(verb.clone()).or_default(),
            None => &mut ends.plain,
        };
        if let Some((_, earlier)) = methods.iter().find(|(m, _)| m == method) {
            return Err(*earlier);
        }
        methods.push((method.clone(), index));
        Ok(())
    }

    /// Looks a path up. GET bindings also serve HEAD.
    pub fn find(&self, method: &Method, path: &Path<'_>) -> Found<'_> {
        let verb = path.verb().and_then(decode);
        let with_verb = verb.and_then(|verb| self.root.walk(path, 0, Some(&verb)));
        let Some(methods) = with_verb.or_else(|| self.root.walk(path, 0, None)) else {
            return Found::Nothing;
        };
        let wanted = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        match methods.iter().find(|(m, _)| m == wanted) {
            Some((_, index)) => Found::Binding(*index),
            None => Found::OtherMethods(methods),
        }
    }
}

impl Node {
    fn walk(&self, path: &Path<'_>, at: usize, verb: Option<&str>) -> Option<&[(Method, usize)]> {
        if at == path.segments.len() {
            return self.ends.get(verb).or_else(|| self.rest.get(verb));
        }
        let raw = path.segment(at, verb.is_some());
        let literal = decode(raw).and_then(|text| self.literals.get(text.as_ref()));
        literal
            .and_then(|node| node.walk(path, at + 1, verb))
            .or_else(|| self.one.as_ref()?.walk(path, at + 1, verb))
            .or_else(|| self.rest.get(verb))
    }
}

impl Ends {
    fn get(&self, verb: Option<&str>) -> Option<&[(Method, usize)]> {
        match verb {
            Some(verb) => self.verbs.get(verb).map(Vec::as_slice),
            None => (!self.plain.is_empty()).then_some(&self.plain),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A naive reference implementation: every template against the path, the most specific one wins.
    fn naive(templates: &[Template], path: &str) -> Option<usize> {
        let with_verb = |template: &&(usize, &Template)| template.1.verb.is_some();
        let all: Vec<_> = templates
            .iter()
            .enumerate()
            .filter(|(_, t)| naive_match(t, path))
            .collect();
        let verbs: Vec<_> = all.iter().filter(with_verb).collect();
        let candidates = if verbs.is_empty() {
            all.iter().collect()
        } else {
            verbs
        };
        // Segment by segment: literal before `*`, before `**`, before the end.
        let rank = |template: &Template| -> Vec<u8> {
            let rank = |atom: &Atom| match atom {
                Atom::Literal(_) => 0,
                Atom::One => 1,
                Atom::Rest => 3,
            };
            // A template that ends with the path ranks above an empty `**`.
            template.atoms.iter().map(rank).chain([2]).collect()
        };
        candidates
            .into_iter()
            .min_by_key(|(_, template)| rank(template))
            .map(|(index, _)| *index)
    }

    fn naive_match(template: &Template, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else {
            return false;
        };
        let path = match &template.verb {
            Some(verb) => match path.rsplit_once(':') {
                Some((before, after)) if after == verb => before,
                _ => return false,
            },
            None => path,
        };
        let segments: Vec<_> = path.split('/').collect();
        if segments.iter().any(|segment| segment.is_empty()) {
            return false;
        }
        let rest = template.atoms.last() == Some(&Atom::Rest);
        let fixed = template.atoms.len() - usize::from(rest);
        let enough = if rest {
            segments.len() >= fixed
        } else {
            segments.len() == fixed
        };
        enough
            && template
                .atoms
                .iter()
                .zip(&segments)
                .all(|(atom, segment)| match atom {
                    Atom::Literal(text) => {
                        decode(segment).is_some_and(|decoded| decoded == text.as_str())
                    }
                    Atom::One | Atom::Rest => true,
                })
    }

    fn templates() -> impl Strategy<Value = Vec<String>> {
        let atom = prop_oneof![2 => "[ab]", 1 => Just("*".to_owned()), 1 => "%6[12]"];
        let tail = prop_oneof![4 => Just(""), 1 => Just("/**"), 1 => Just(":a"), 1 => Just("/**:a"), 1 => Just(":b")];
        let template = (prop::collection::vec(atom, 1..4), tail)
            .prop_map(|(atoms, tail)| format!("/{}{tail}", atoms.join("/")));
        prop::collection::vec(template, 1..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn the_tree_finds_what_the_naive_search_finds(texts in templates(), path in "(/(a|b|c|%61|:a|a:a|b:b|%zz)?){1,5}(:a|:b|:)?") {
            let mut router = Router::default();
            let mut parsed = Vec::new();
            for text in texts {
                let template = Template::parse(&text).unwrap();
                if router.insert(&Method::GET, &template, parsed.len()).is_ok() {
                    parsed.push(template);
                }
            }
            let found = match Path::new(&path).map(|path| router.find(&Method::GET, &path)) {
                Some(Found::Binding(index)) => Some(index),
                _ => None,
            };
            prop_assert_eq!(found, naive(&parsed, &path));
        }

        #[test]
        fn what_is_encoded_is_decoded_exactly(text in any::<String>()) {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            prop_assert_eq!(decode(&encoded).unwrap(), text);
        }

        #[test]
        fn decoding_is_strict(raw in "[a-f0-9%]{0,8}") {
            let bytes = raw.as_bytes();
            let valid = |at: usize| bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
            // The digits of a valid escape are skipped.
            let (mut at, mut well_formed) = (0, true);
            while at < bytes.len() {
                if bytes[at] == b'%' {
                    well_formed &= valid(at);
                    at += 2;
                }
                at += 1;
            }
            if !well_formed {
                prop_assert!(decode(&raw).is_none());
            }
        }
    }

    #[test]
    fn a_variable_of_several_segments_keeps_its_encoded_slashes() {
        let template = Template::parse("/v1/{name=a/*/**}:do").unwrap();
        let path = Path::new("/v1/a/x%2Fy/%41/z%2fz:do").unwrap();
        assert_eq!(
            template.capture(&template.variables[0], &path).unwrap(),
            "a/x%2Fy/A/z%2Fz"
        );
        let one = Template::parse("/v1/{name}").unwrap();
        assert_eq!(
            one.capture(&one.variables[0], &Path::new("/v1/x%2Fy").unwrap())
                .unwrap(),
            "x/y"
        );
        assert!(
            one.capture(&one.variables[0], &Path::new("/v1/%ff").unwrap())
                .is_none()
        );
    }
}
