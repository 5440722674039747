//! What is on a paper.

use proptest::prelude::*;
use renderer::{Error, render};

use crate::world::{File, attendance, fonts, membership};

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn a_paper_says_what_it_was_told_and_is_a_sound_pdf() {
    let pdf = render(&membership("王芳"), &fonts()).unwrap().pdf;
    let file = File::of(&pdf);
    let text = without_blanks(&file.text());
    for said in [
        "会员证明",
        "CertificateofMembership",
        "王芳",
        "兹证明上列人员自2024年3月5日起为中国计算机学会会员，会员类别为高级会员，会员号为B200000123M。",
        "amemberof中国计算机学会since5March2024",
        "B-20-M2026-000001",
        "2026年5月1日",
        "扫码核验真伪",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains('{'), "{text}");
    file.read_by("qpdf", &["--check"], &[]);
    let info = file.read_by("pdfinfo", &[], &[]);
    assert!(
        info.contains("Tagged:          yes") && info.contains("Pages:           1"),
        "{info}"
    );
    assert!(
        info.contains("595.276 x 841.89") && info.contains("A4"),
        "{info}"
    );
    let metadata = file.read_by("pdfinfo", &["-meta"], &[]);
    let (part, level) = ("<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>A");
    assert!(
        metadata.contains(part) && metadata.contains(level),
        "{metadata}"
    );
}

#[test]
fn every_font_is_embedded_as_a_subset_with_its_characters() {
    let pdf = render(&membership("𠮷田䶮"), &fonts()).unwrap().pdf;
    assert!(pdf.len() < 400_000, "{} bytes", pdf.len());
    let listed = File::of(&pdf).read_by("pdffonts", &[], &[]);
    let lines: Vec<&str> = listed.lines().skip(2).collect();
    assert!(lines.len() >= 2, "{listed}");
    for font in lines {
        // Name, type, encoding, embedded, subset, with Unicode.
        let words: Vec<&str> = font.split_whitespace().collect();
        let at = words.len() - 5;
        assert_eq!(words[at..at + 3], ["yes", "yes", "yes"], "{listed}");
        assert_eq!(words[0].find('+'), Some(6), "{listed}");
    }
}

#[test]
fn the_same_order_gives_the_same_bytes_and_another_one_others() {
    let (a, b) = (membership("王芳"), membership("王方"));
    let fonts = fonts();
    let first = render(&a, &fonts).unwrap().pdf;
    assert_eq!(first, render(&a, &fonts).unwrap().pdf);
    let other = render(&b, &fonts).unwrap().pdf;
    assert_eq!(first, render(&a, &fonts).unwrap().pdf);
    assert_ne!(first, other);
}

#[test]
fn a_long_title_becomes_smaller_and_one_that_does_not_fit_is_refused() {
    let fonts = fonts();
    let long = "关于人工智能赋能基础科学研究与青年科技人才成长的".repeat(4);
    let pdf = render(&attendance(&long), &fonts).unwrap().pdf;
    let text = without_blanks(&File::of(&pdf).text());
    assert!(text.contains("16小时30分钟"), "{text}");
    let endless = long.repeat(40);
    assert_eq!(
        render(&attendance(&endless), &fonts).unwrap_err(),
        Error::TooLong
    );
    assert_eq!(
        render(&membership(&"王".repeat(200)), &fonts).unwrap_err(),
        Error::TooLong
    );
}

#[test]
fn no_line_of_chinese_begins_with_punctuation() {
    let fonts = fonts();
    for length in 1..40 {
        let title = "学".repeat(length);
        let pdf = render(&attendance(&title), &fonts).unwrap().pdf;
        let text = File::of(&pdf).text();
        for line in text.lines() {
            let first = line.trim_start().chars().next();
            let wrong = first.is_some_and(|first| "，。；：、”）》".contains(first));
            assert!(!wrong, "{length}: {line}");
        }
    }
}

#[test]
fn an_unknown_template_or_a_missing_fact_is_refused() {
    let fonts = fonts();
    let mut order = membership("王芳");
    order.version = 9;
    assert_eq!(render(&order, &fonts).unwrap_err(), Error::TemplateUnknown);
    let mut order = membership("王芳");
    order.facts.remove("category");
    let missing = Error::FactMissing("category".into());
    assert_eq!(render(&order, &fonts).unwrap_err(), missing);
    order.facts = membership("").facts;
    order.issued_on = (2026, 13, 1);
    assert_eq!(render(&order, &fonts).unwrap_err(), Error::Order);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..Default::default() })]

    #[test]
    fn whatever_a_name_is_it_is_printed_as_it_is_or_refused(name in "[一-龥·a-zA-Z]{1,12}|\\PC{1,12}") {
        let mut order = membership(&name);
        order.check_only = true;
        match render(&order, &fonts()) {
            Ok(made) => prop_assert!(made.pdf.is_empty()),
            Err(Error::MissingGlyphs(missing)) => {
                prop_assert!(missing.iter().all(|character| name.contains(*character)));
            }
            Err(Error::TooLong) => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
