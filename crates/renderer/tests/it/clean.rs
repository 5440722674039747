//! Clean copies: what the pages show stays, what was written beside them goes, and what attacks the reader ends nothing but the process.

use std::io::Write as _;

use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use renderer::{Error, clean::clean, frames, order::Refusal, render};

use crate::world::{File, fonts, membership, program};

fn name(name: &str) -> Object {
    Object::Name(name.as_bytes().to_vec())
}

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

/// A stream that unpacks to more than is allowed, in the place where objects are kept.
fn bomb() -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![b' '; 1024 * 1024];
    for _ in 0..96 {
        packed.write_all(&zeros).unwrap();
    }
    let mut document = document();
    document.add_object(Stream::new(
        dictionary! { "Type" => "ObjStm", "N" => 1, "First" => 4, "Filter" => name("FlateDecode") },
        packed.finish().unwrap(),
    ));
    bytes(document)
}

#[test]
fn what_unpacks_to_too_much_is_not_unpacked() {
    let mut input = Vec::new();
    for content in [&bomb()[..], b"%PDF-1.7 nothing", &bytes(document())] {
        frames::write(&mut input, frames::CLEAN, content).unwrap();
    }
    let (output, well) = program(&input, &[]);
    assert!(well);
    let kinds = crate::limits::answers(&output);
    assert_eq!(kinds.len(), 3);
    // Refused, or left out as nothing of the pages.
    assert_eq!(kinds[1].0, frames::REFUSAL);
    let refusal: Refusal = serde_json::from_slice(&kinds[1].1).unwrap();
    assert_eq!(refusal.code, "UNREADABLE");
    assert_eq!(kinds[2].0, frames::PAPER);
    assert!(kinds[0].1.len() < 1024 * 1024);
}
