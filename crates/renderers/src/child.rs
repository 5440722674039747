//! One child process. What it reads and writes: `crates/renderer/src/frames.rs`.

use std::{io, path::Path, process::Stdio};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child as Process, ChildStdin, ChildStdout, Command},
};

use crate::{Refusal, Work};

const ORDER: u8 = b'O';
const CLEAN: u8 = b'C';
const DOCUMENT: u8 = b'P';
const REFUSAL: u8 = b'R';
/// The longest document.
const LONGEST: usize = 64 * 1024 * 1024;

/// A process that makes documents, one after the other. Killed when it is dropped: a call that is given up in the middle of one leaves nothing
/// behind that the next one would read.
#[derive(Debug)]
pub(crate) struct Child {
    input: ChildStdin,
    output: ChildStdout,
    /// Documents it has made.
    pub made: u32,
    // Dropped last, and with it killed.
    _process: Process,
}

/// What a child answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The document.
    Document(Vec<u8>),
    /// Why there is none.
    Refused(Refusal),
}

impl Child {
    /// Starts one. It gets nothing of the environment of the service but the folder of the fonts.
    pub(crate) fn start(program: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A message of a panic could quote an order.
            .stderr(Stdio::null())
            .current_dir("/")
            .kill_on_drop(true);
        if let Some(fonts) = std::env::var_os("CAST_FONTS") {
            command.env("CAST_FONTS", fonts);
        }
        let mut process = command.spawn()?;
        let piped = || io::Error::other("a pipe is missing");
        Ok(Self {
            input: process.stdin.take().ok_or_else(piped)?,
            output: process.stdout.take().ok_or_else(piped)?,
            made: 0,
            _process: process,
        })
    }

    /// Asks for a document. After an error the child is of no use.
    pub(crate) async fn ask(&mut self, work: Work<'_>) -> io::Result<Answer> {
        let (kind, content) = match work {
            Work::Paper(order) => (ORDER, order),
            Work::CleanCopy(document) => (CLEAN, document),
        };
        let length = u32::try_from(content.len()).map_err(io::Error::other)?;
        self.input.write_u8(kind).await?;
        self.input.write_u32(length).await?;
        self.input.write_all(content).await?;
        self.input.flush().await?;
        let kind = self.output.read_u8().await?;
        let length = usize::try_from(self.output.read_u32().await?).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(io::Error::other("the answer is too long"));
        }
        let mut content = vec![0; length];
        self.output.read_exact(&mut content).await?;
        self.made += 1;
        match kind {
            DOCUMENT => Ok(Answer::Document(content)),
            REFUSAL => Ok(Answer::Refused(serde_json::from_slice(&content)?)),
            _ => Err(io::Error::other("the answer is of no known kind")),
        }
    }
}
