//! Clean copies: what the pages show stays, what was written beside them goes, and what attacks the reader ends nothing but the process.

use std::io::Write as _;

use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use renderer::{Error, clean::clean, frames, order::Refusal, render};

use crate::world::{File, fonts, membership, program};

/// A page that says `seen`, with everything beside it that a clean copy leaves out. Everything that is to go says `secret`.
fn document() -> Document {
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let font = document.add_object(
        dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" },
    );
    let words = b"BT /F1 24 Tf 100 600 Td (seen) Tj ET".to_vec();
    let content = document.add_object(Stream::new(Dictionary::new(), words));
    let rect = || Object::Array(vec![1.into(), 1.into(), 9.into(), 9.into()]);
    let looks = document.add_object(Stream::new(
        dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => rect(), "PieceInfo" => dictionary! { "x" => Object::string_literal("secret editor") } },
        b"0 0 8 8 re S".to_vec(),
    ));
    let comment = document.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Text", "Rect" => rect(), "Contents" => Object::string_literal("secret comment"), "T" => Object::string_literal("secret author"),
    });
    let stamp = dictionary! {
        "Type" => "Annot", "Subtype" => "Stamp", "Rect" => rect(), "T" => Object::string_literal("secret author"),
        "AP" => dictionary! { "N" => looks },
    };
    let link = |action: Dictionary| {
        Object::Dictionary(
            dictionary! { "Type" => "Annot", "Subtype" => "Link", "Rect" => rect(), "A" => action },
        )
    };
    let web = link(
        dictionary! { "S" => "URI", "URI" => Object::string_literal("https://seen.example.cn/") },
    );
    let launch = link(dictionary! { "S" => "Launch", "F" => Object::string_literal("secret.exe") });
    let metadata = document.add_object(Stream::new(
        dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
        b"<x:xmpmeta>secret</x:xmpmeta>".to_vec(),
    ));
    let attached = document.add_object(Stream::new(
        dictionary! { "Type" => "EmbeddedFile" },
        b"secret attachment".to_vec(),
    ));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content,
        "Annots" => Object::Array(vec![comment.into(), stamp.into(), web, launch]),
        "LastModified" => Object::string_literal("secret day"),
        "AA" => dictionary! { "O" => dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("secret()") } },
    });
    document.objects.insert(
        pages,
        Object::Dictionary(dictionary! {
            "Type" => "Pages", "Kids" => Object::Array(vec![page.into()]), "Count" => 1,
            "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
            "MediaBox" => Object::Array(vec![0.into(), 0.into(), 595.into(), 842.into()]),
        }),
    );
    let root = document.add_object(dictionary! {
        "Type" => "Catalog", "Pages" => pages, "Metadata" => metadata,
        "OpenAction" => dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("secret()") },
        "Names" => dictionary! { "EmbeddedFiles" => dictionary! { "Names" => Object::Array(vec![
            Object::string_literal("secret name"),
            Object::Dictionary(dictionary! { "Type" => "Filespec", "EF" => dictionary! { "F" => attached } }),
        ]) } },
    });
    let info = document.add_object(
        dictionary! { "Author" => Object::string_literal("secret author"), "Producer" => Object::string_literal("secret device") },
    );
    document.trailer.set("Root", root);
    document.trailer.set("Info", info);
    document.trailer.set(
        "ID",
        Object::Array(vec![Object::string_literal("secret id")]),
    );
    document
}

fn bytes(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn says(pdf: &[u8], word: &str) -> bool {
    pdf.windows(word.len())
        .any(|window| window == word.as_bytes())
}

#[test]
fn the_pages_stay_and_what_was_written_beside_them_goes() {
    let original = bytes(document());
    assert!(says(&original, "secret"));
    let copy = clean(&original).unwrap();
    assert!(!says(&copy, "secret"), "{}", String::from_utf8_lossy(&copy));
    assert!(says(&copy, "https://seen.example.cn/"));
    // The stamp is seen as before.
    assert!(says(&copy, "0 0 8 8 re S") && says(&copy, "Stamp"));
    let file = File::of(&copy);
    file.read_by("qpdf", &["--check"], &[]);
    let text = file.read_by("pdftotext", &[], &["-"]);
    assert!(text.contains("seen"), "{text}");
    // A copy of a copy is the same.
    assert_eq!(clean(&copy).unwrap(), copy);
}

#[test]
fn a_certificate_of_the_platform_stays_readable() {
    let paper = render(&membership("王芳"), &fonts()).unwrap().pdf;
    let file = File::of(&clean(&paper).unwrap());
    file.read_by("qpdf", &["--check"], &[]);
    assert!(file.read_by("pdftotext", &[], &["-"]).contains("王芳"));
}

#[test]
fn a_document_with_a_password_is_refused() {
    let file = File::of(&bytes(document()));
    let locked = file.locked();
    assert_eq!(clean(&locked), Err(Error::Locked));
}

/// The document with its page in a packed stream of objects, filled up to so many megabytes.
fn packed(megabytes: usize) -> Vec<u8> {
    let mut document = document();
    let (_, page) = document.get_pages().pop_first().unwrap();
    let object = document.objects.remove(&page).unwrap();
    let mut written = Vec::new();
    lopdf::Writer::write_object(&mut written, &object).unwrap();
    // Behind all others: what the table of places calls free is taken from no stream.
    let moved = (document.max_id + 2, 0);
    for object in document.objects.values_mut() {
        if let Ok(node) = object.as_dict_mut()
            && node.has(b"Kids")
        {
            node.set("Kids", Object::Array(vec![moved.into()]));
        }
    }
    let place = format!("{} 0 ", moved.0);
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(place.as_bytes()).unwrap();
    packed.write_all(&written).unwrap();
    for _ in 0..megabytes {
        packed.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    let packed = packed.finish().unwrap();
    // Written by hand, as an addition: the library writes no such streams.
    let root = document
        .trailer
        .get(b"Root")
        .unwrap()
        .as_reference()
        .unwrap();
    let stream = document.max_id + 1;
    let mut pdf = bytes(document);
    let at = pdf.len();
    write!(
        pdf,
        "\n{stream} 0 obj\n<</Type/ObjStm/N 1/First {}/Filter/FlateDecode/Length {}>>stream\n",
        place.len(),
        packed.len()
    )
    .unwrap();
    pdf.extend_from_slice(&packed);
    write!(pdf, "\nendstream endobj\n").unwrap();
    let (table, before) = (pdf.len(), startxref(&pdf));
    write!(
        pdf,
        "xref\n{stream} 1\n{:010} 00000 n \ntrailer<</Size {}/Root {} 0 R/Prev {before}>>\nstartxref\n{table}\n%%EOF",
        at + 1,
        stream + 1,
        root.0
    )
    .unwrap();
    pdf
}

/// Where the table of places begins.
fn startxref(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let (_, rest) = text.rsplit_once("startxref").unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn what_unpacks_to_too_much_is_not_unpacked() {
    let mut input = Vec::new();
    for content in [
        &packed(1)[..],
        &packed(96),
        b"%PDF-1.7 nothing",
        &bytes(document()),
    ] {
        frames::write(&mut input, frames::CLEAN, content).unwrap();
    }
    let (output, well) = program(&input, &[]);
    assert!(well);
    let answers = crate::limits::answers(&output);
    let kinds: Vec<u8> = answers.iter().map(|(kind, _)| *kind).collect();
    // The first one is the control: packed, and read.
    assert_eq!(String::from_utf8_lossy(&kinds), "PRRP");
    for (_, refusal) in &answers[1..3] {
        let refusal: Refusal = serde_json::from_slice(refusal).unwrap();
        assert_eq!(refusal.code, "UNREADABLE");
    }
}
