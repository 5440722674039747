//! Makes papers and clean copies: orders on standard input, documents on standard output. Ends with its input. With `check` it only reads the fonts, with
//! `packages` it names the packages they are from.

use std::{
    collections::BTreeSet,
    env,
    io::{self, BufReader, BufWriter, Write as _},
    path::PathBuf,
};

use anyhow::Context as _;
use renderer::{
    Error, clean::clean, edition::Edition, fonts::Fonts, frames, limits, order::Refusal, render,
};

/// Where Debian keeps fonts.
const FONTS: &str = "/usr/share/fonts";

fn main() -> anyhow::Result<()> {
    limits::set().context("limits cannot be set")?;
    let folder = env::var_os("CAST_FONTS").map_or_else(|| PathBuf::from(FONTS), PathBuf::from);
    let edition = Edition::present().context("the edition of the fonts cannot be read")?;
    let fonts = Fonts::new(edition, &folder);
    match env::args().nth(1).as_deref() {
        None => answer(&fonts),
        Some("check") => Ok(fonts.read_all()?),
        Some("packages") => packages(fonts.edition()),
        Some(other) => anyhow::bail!("{other}: it is `check`, `packages` or nothing"),
    }
}

/// The Debian packages that the fonts are from, one a line.
fn packages(edition: &Edition) -> anyhow::Result<()> {
    let names: BTreeSet<&str> = edition
        .fonts
        .iter()
        .map(|font| font.package.as_str())
        .collect();
    let mut output = io::stdout();
    for name in names {
        writeln!(output, "{name}")?;
    }
    Ok(())
}

fn answer(fonts: &Fonts) -> anyhow::Result<()> {
    let (mut input, mut output) = (BufReader::new(io::stdin()), BufWriter::new(io::stdout()));
    while let Some((kind, content)) = frames::read(&mut input)? {
        let made = match kind {
            frames::ORDER => serde_json::from_slice(&content)
                .map_err(|_| Error::Order)
                .and_then(|order| render(&order, fonts))
                .map(|made| made.pdf),
            frames::CLEAN => clean(&content),
            _ => Err(Error::Order),
        };
        match made {
            Ok(pdf) => frames::write(&mut output, frames::PAPER, &pdf)?,
            Err(error) => {
                let refusal = serde_json::to_vec(&Refusal::from(&error))?;
                frames::write(&mut output, frames::REFUSAL, &refusal)?;
            }
        }
    }
    Ok(())
}
