//! The clean copy of a PDF document: its pages as they look, without properties, comments, scripts, attachments and what cameras wrote into
//! its pictures (ISO 32000-1; the clauses are named where something is kept).
//!
//! What is kept is listed, and everything else left out: nothing that was not thought of stays. Objects that nothing refers to any more
//! are not written.

use std::collections::BTreeSet;

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};

use crate::error::Error;

/// Bytes that one stream may unpack to while the document is read.
const UNPACKED: usize = 64 * 1024 * 1024;
/// The most pages.
const PAGES: usize = 2_000;

/// Of the catalog (7.7.2): the pages, and what helps those who hear a document read to them.
const CATALOG: &[&[u8]] = &[
    b"Type",
    b"Version",
    b"Pages",
    b"PageLabels",
    b"PageLayout",
    b"Lang",
    b"MarkInfo",
    b"StructTreeRoot",
    b"OCProperties",
];
/// Of a page and of the nodes above it (7.7.3).
const PAGE: &[&[u8]] = &[
    b"Type",
    b"Parent",
    b"Kids",
    b"Count",
    b"Resources",
    b"MediaBox",
    b"CropBox",
    b"BleedBox",
    b"TrimBox",
    b"ArtBox",
    b"Contents",
    b"Rotate",
    b"Group",
    b"Annots",
    b"Tabs",
    b"StructParents",
    b"UserUnit",
];
/// Annotations (12.5.6) that are seen on the page: filled-in fields, links, what was written, drawn or stamped. Comments are none of them.
const SEEN: &[&[u8]] = &[
    b"Widget",
    b"Link",
    b"FreeText",
    b"Stamp",
    b"Ink",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
];
/// Of such an annotation: where and how it is seen.
const ANNOTATION: &[&[u8]] = &[
    b"Type",
    b"Subtype",
    b"Rect",
    b"F",
    b"AP",
    b"AS",
    b"Border",
    b"BS",
    b"C",
    b"IC",
    b"CA",
    b"H",
    b"StructParent",
    b"OC",
];
/// Left out of every dictionary: metadata (14.3), private data of editors (14.5), actions (12.6), attachments (7.11.4), other versions of
/// pictures (8.9.5.4).
const NOWHERE: &[&[u8]] = &[
    b"Metadata",
    b"PieceInfo",
    b"LastModified",
    b"AA",
    b"JS",
    b"JavaScript",
    b"AF",
    b"EF",
    b"Alternates",
    b"OPI",
    b"Thumb",
];

/// The clean copy.
pub fn clean(pdf: &[u8]) -> Result<Vec<u8>, Error> {
    let options = LoadOptions {
        max_decompressed_size: Some(UNPACKED),
        ..LoadOptions::default()
    };
    let mut document =
        Document::load_mem_with_options(pdf, options).map_err(|_| Error::Unreadable)?;
    if document.is_encrypted() || document.trailer.has(b"Encrypt") {
        return Err(Error::Locked);
    }
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    if pages.is_empty() || pages.len() > PAGES {
        return Err(Error::Unreadable);
    }
    let root = document.trailer.get(b"Root").and_then(Object::as_reference);
    let root = root.map_err(|_| Error::Unreadable)?;
    for object in document.objects.values_mut() {
        without(object);
    }
    keep(&mut document, root, CATALOG)?;
    for page in &pages {
        let seen = annotations(&mut document, *page);
        let page = dictionary(&mut document, *page)?;
        only(page, PAGE);
        page.remove(b"Annots");
        if !seen.is_empty() {
            page.set("Annots", seen);
        }
    }
    // The nodes above the pages.
    let above: BTreeSet<ObjectId> = pages
        .iter()
        .flat_map(|page| parents(&document, *page))
        .collect();
    for node in above {
        keep(&mut document, node, PAGE)?;
    }
    let mut trailer = Dictionary::new();
    trailer.set("Root", root);
    document.trailer = trailer;
    document.prune_objects();
    document.renumber_objects();
    let mut copy = Vec::with_capacity(pdf.len());
    document.save_to(&mut copy).map_err(|_| Error::Unreadable)?;
    Ok(copy)
}

fn only(dictionary: &mut Dictionary, kept: &[&[u8]]) {
    let gone: Vec<Vec<u8>> = dictionary
        .iter()
        .map(|(key, _)| key.clone())
        .filter(|key| !kept.contains(&key.as_slice()))
        .collect();
    for key in gone {
        dictionary.remove(&key);
    }
}

fn dictionary(document: &mut Document, id: ObjectId) -> Result<&mut Dictionary, Error> {
    let object = document.objects.get_mut(&id).ok_or(Error::Unreadable)?;
    object.as_dict_mut().map_err(|_| Error::Unreadable)
}

fn keep(document: &mut Document, id: ObjectId, kept: &[&[u8]]) -> Result<(), Error> {
    only(dictionary(document, id)?, kept);
    Ok(())
}

/// What no dictionary keeps, at any depth.
fn without(object: &mut Object) {
    match object {
        Object::Dictionary(dictionary) => clear(dictionary),
        Object::Array(list) => list.iter_mut().for_each(without),
        Object::Stream(stream) => {
            clear(&mut stream.dict);
            if stream
                .filters()
                .is_ok_and(|filters| filters == [b"DCTDecode"])
                && let Some(picture) = jpeg(&stream.content)
            {
                stream.set_content(picture);
            }
        }
        _ => {}
    }
}

fn clear(dictionary: &mut Dictionary) {
    for key in NOWHERE {
        dictionary.remove(key);
    }
    for (_, inner) in dictionary.iter_mut() {
        without(inner);
    }
}

/// The annotations of a page that are seen, each with what is seen of it.
fn annotations(document: &mut Document, page: ObjectId) -> Vec<Object> {
    let listed = match document
        .get_dictionary(page)
        .and_then(|page| page.get(b"Annots"))
    {
        Ok(Object::Array(list)) => list.clone(),
        Ok(Object::Reference(id)) => match document.get_object(*id).and_then(Object::as_array) {
            Ok(list) => list.clone(),
            Err(_) => Vec::new(),
        },
        _ => Vec::new(),
    };
    let mut seen = Vec::new();
    for one in listed {
        let annotation = match &one {
            Object::Reference(id) => document.get_dictionary(*id).ok().cloned(),
            Object::Dictionary(inner) => Some(inner.clone()),
            _ => None,
        };
        let Some(mut annotation) = annotation else {
            continue;
        };
        let kind = annotation.get(b"Subtype").and_then(Object::as_name);
        let Some(kind) = kind.ok().filter(|kind| SEEN.contains(kind)) else {
            continue;
        };
        let leads_to = (kind == b"Link")
            .then(|| address(document, &annotation))
            .flatten();
        only(&mut annotation, ANNOTATION);
        if let Some(address) = leads_to {
            let mut action = Dictionary::new();
            action.set("S", Object::Name(b"URI".to_vec()));
            action.set("URI", Object::string_literal(address));
            annotation.set("A", action);
        }
        seen.push(Object::Dictionary(annotation));
    }
    seen
}

/// Where a link leads on the web; links to files and programs lead nowhere.
fn address(document: &Document, link: &Dictionary) -> Option<Vec<u8>> {
    let action = link.get_deref(b"A", document).ok()?.as_dict().ok()?;
    let web = action.get_deref(b"URI", document).ok()?.as_str().ok()?;
    let known = web.starts_with(b"https://") || web.starts_with(b"http://");
    known.then(|| web.to_vec())
}

/// The nodes of the tree of pages above a page; a circle ends.
fn parents(document: &Document, page: ObjectId) -> BTreeSet<ObjectId> {
    let mut above = BTreeSet::new();
    let mut at = page;
    while let Ok(Object::Reference(parent)) = document
        .get_dictionary(at)
        .and_then(|node| node.get(b"Parent"))
    {
        if !above.insert(*parent) {
            break;
        }
        at = *parent;
    }
    above
}

/// A JPEG picture without the segments that cameras and editors write (APP1 to APP13, APP15, COM; JFIF and Adobe's colours stay); `None` if
/// it is none.
fn jpeg(picture: &[u8]) -> Option<Vec<u8>> {
    let mut rest = picture.strip_prefix(&[0xff, 0xd8])?;
    let mut copy = vec![0xff, 0xd8];
    loop {
        let [0xff, marker, high, low, ..] = *rest else {
            return None;
        };
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        // From here on it is the picture itself.
        if marker == 0xda {
            copy.extend_from_slice(rest);
            return Some(copy);
        }
        let segment = rest.get(..length)?;
        if !matches!(marker, 0xe1..=0xed | 0xef | 0xfe) {
            copy.extend_from_slice(segment);
        }
        rest = &rest[length..];
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_picture_loses_what_the_camera_wrote() {
        let segment = |marker: u8, content: &[u8]| {
            let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
            [&[0xff, marker], &length[..], content].concat()
        };
        let scan = [&segment(0xda, b"\x01")[..], b"pixels\xff\xd9"].concat();
        let kept = [segment(0xe0, b"JFIF\0"), segment(0xdb, b"table"), scan].concat();
        let picture = [
            &[0xff, 0xd8][..],
            &segment(0xe1, b"Exif\0\0GPS"),
            &segment(0xfe, b"by Wang"),
            &kept,
        ]
        .concat();
        assert_eq!(jpeg(&picture).unwrap(), [&[0xff, 0xd8][..], &kept].concat());
        assert_eq!(jpeg(b"\xff\xd8\xff\xe1\xff\xff"), None);
        assert_eq!(jpeg(b"GIF89a"), None);
    }

    #[test]
    fn what_is_no_document_is_unreadable() {
        for content in [&b""[..], b"%PDF-1.7", b"%PDF-1.7\n%%EOF", &[0; 1000]] {
            assert_eq!(clean(content), Err(Error::Unreadable));
        }
    }
}
