//! `cast mailbox`.

use anyhow::Result;
use platform::mailbox::Message;

use platform::{here, print};

/// Prints messages, oldest first.
pub fn run(address: Option<&str>) -> Result<()> {
    // Readable after the platform has stopped, too.
    let messages = platform::mailbox::read(&here::home().join("mailbox"), address)?;
    let mut text = String::new();
    for message in &messages {
        let Message {
            to, kind, subject, ..
        } = message;
        text.push_str(&format!("── {} · {kind} · {to}\n", message.at));
        if !subject.is_empty() {
            text.push_str(&format!("{subject}\n"));
        }
        text.push_str(&format!("{}\n\n", message.text.trim_end()));
    }
    if messages.is_empty() {
        text = match address {
            Some(address) => format!("No message to {address}.\n"),
            None => "No messages.\n".to_owned(),
        };
        text.push_str(&here::elsewhere());
    }
    print(&text)
}
