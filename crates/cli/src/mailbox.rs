//! `cast mailbox`.

use anyhow::Result;

/// Prints messages, oldest first.
pub fn run(address: Option<&str>) -> Result<()> {
    // Readable after the platform has stopped, too.
    let messages = platform::mailbox::read(&crate::home().join("mailbox"), address)?;
    if messages.is_empty() {
        match address {
            Some(address) => println!("No message to {address}."),
            None => println!("No messages."),
        }
    }
    for message in messages {
        println!(
            "── {} · {} · {}",
            message.at, message.kind, message.to
        );
        if !message.subject.is_empty() {
            println!("{}", message.subject);
        }
        println!("{}\n", message.text.trim_end());
    }
    Ok(())
}
