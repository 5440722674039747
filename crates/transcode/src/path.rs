//! Which binding a path belongs to.
//!
//! The most specific template that matches the path decides, then the HTTP method, exactly as OpenAPI reads the same
//! paths: literals before `*` before `**`, a custom verb before none. `GET /v1/activities:search` is therefore a 405 if
//! only POST is bound there, even if `GET /v1/{name}` exists.

use std::{borrow::Cow, collections::HashMap};

use http::Method;
use http_path_template::{Grammar, ParseError, PathTemplate, Segment};
use percent_encoding::percent_decode_str;

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    /// The atoms in order, variables flattened into theirs.
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
    /// `**`: all that is left, perhaps nothing.
    Rest,
}

/// A variable: the field it fills and the atoms it spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Dotted proto field path.
    pub field: String,
    /// First atom.
    pub start: usize,
    /// One behind the last atom.
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
        // Nested variables and affixes are refused by the strict grammar.
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
    /// Where the verb's colon stands in the last segment.
    colon: Option<usize>,
}

impl<'p> Path<'p> {
    /// `None` if the path is not rooted or has an empty segment, which no template matches.
    pub fn new(path: &'p str) -> Option<Self> {
        let segments: Vec<_> = path.strip_prefix('/')?.split('/').collect();
        // What stands before the colon must not be empty, so `/v1/:approve` has no verb.
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

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'r> {
    /// A binding, by its index.
    Binding(usize),
    /// The path exists, not with this method.
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
    /// What ends here: without and with a verb.
    ends: Ends,
    /// What ends in `**` here.
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

    /// Looks a path up. HEAD is answered by GET.
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
