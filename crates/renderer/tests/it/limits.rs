//! The program: frames in, frames out, and what it does with what is no order.

use renderer::{frames, order::Refusal, render};

use crate::world::{File, fonts, membership, program};

fn frame(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frames::write(&mut bytes, frames::ORDER, content).unwrap();
    bytes
}

pub fn answers(mut output: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut answers = Vec::new();
    while let [kind, a, b, c, d, rest @ ..] = output {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        answers.push((*kind, rest[..length].to_vec()));
        output = &rest[length..];
    }
    answers
}

#[test]
fn one_process_makes_many_papers_and_goes_on_after_a_refusal() {
    let order = |name: &str| frame(&serde_json::to_vec(&membership(name)).unwrap());
    let input = [order("王芳"), order("王🧿"), frame(b"{}"), order("王芳")].concat();
    let (output, well) = program(&input, &[]);
    assert!(well);
    let answers = answers(&output);
    let kinds: Vec<u8> = answers.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, *b"PRRP");
    assert_eq!(answers[0], answers[3]);
    assert_eq!(
        answers[0].1,
        render(&membership("王芳"), &fonts()).unwrap().pdf
    );
    let refusal: Refusal = serde_json::from_slice(&answers[1].1).unwrap();
    assert_eq!(refusal.code, "MISSING_GLYPHS");
    let refusal: Refusal = serde_json::from_slice(&answers[2].1).unwrap();
    assert_eq!(refusal.code, "FAILED");
    File::of(&answers[0].1).read_by("qpdf", &["--check"], &[]);
}

#[test]
fn what_is_no_frame_ends_the_program() {
    assert!(!program(b"O\xff\xff\xff\xff", &[]).1);
    assert!(!program(b"O\x00\x00\x00\x09{}", &[]).1);
    let (output, well) = program(b"", &[]);
    assert!(well && output.is_empty());
}

#[test]
fn without_the_recorded_fonts_it_refuses() {
    let input = frame(&serde_json::to_vec(&membership("王芳")).unwrap());
    let (output, well) = program(&input, &[("CAST_FONTS", "/nowhere")]);
    assert!(well);
    let refusal: Refusal = serde_json::from_slice(&answers(&output)[0].1).unwrap();
    assert_eq!(refusal.code, "FAILED");
    assert!(refusal.detail.contains("noto-serif"), "{}", refusal.detail);
}
