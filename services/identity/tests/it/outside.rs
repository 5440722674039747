//! The systems outside, played by small servers that remember what they were sent: SMS gateway, mail server, verification service.

use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use identity::{
    deliveries::{Content, Delivery, Kind, Transport as _, http_sms::HttpSms, smtp::Smtp},
    outbound::Outbound,
    resident_id::{
        ResidentId,
        verifier::{Answer, Http, Verifier as _},
    },
};
use jobs::Outcome;
use secrecy::SecretString;
use serde_json::Value;
use time::Duration;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

use crate::world::{NOW, resident_id};

const SECRET: &str = "a secret shared with the outside";

/// What an HTTP server was sent: its header lines and its body.
#[derive(Clone, Default)]
pub struct Received(pub Arc<Mutex<Vec<(String, String)>>>);

impl Received {
    fn last(&self) -> (String, String) {
        self.0.lock().unwrap().last().cloned().unwrap()
    }
}

/// Answers every request with this status and body; returns its address.
pub async fn http(status: &'static str, body: &'static str) -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/messages", listener.local_addr().unwrap());
    let received = Received::default();
    let log = received.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let (head, end) = loop {
                let mut part = [0; 4_096];
                let read = stream.read(&mut part).await.unwrap();
                bytes.extend_from_slice(&part[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some(end) = text.find("\r\n\r\n") else {
                    continue;
                };
                let length: usize = text
                    .to_ascii_lowercase()
                    .split_once("content-length: ")
                    .map_or(0, |(_, rest)| {
                        rest.lines().next().unwrap().trim().parse().unwrap()
                    });
                if bytes.len() >= end + 4 + length {
                    break (text[..end].to_ascii_lowercase(), end + 4);
                }
            };
            log.0
                .lock()
                .unwrap()
                .push((head, String::from_utf8(bytes[end..].to_vec()).unwrap()));
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, received)
}

fn outbound(url: &str) -> Outbound {
    identity::install_crypto();
    Outbound::new(
        url,
        &SecretString::from(SECRET),
        false,
        ("CAST_URL", "CAST_SECRET"),
    )
    .unwrap()
}

fn message(kind: Kind, recipient: &str) -> Delivery {
    Delivery {
        delivery_id: Uuid::now_v7(),
        kind,
        recipient: recipient.to_owned(),
        content: Content {
            subject: "网上科协：注册账号验证码".to_owned(),
            text: "【网上科协】验证码 123456".to_owned(),
            code: Some("123456".to_owned()),
        },
        idempotency_key: "code:01a2".to_owned(),
        expires_at: NOW + Duration::minutes(10),
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")))
        .unwrap_or_default()
}

#[tokio::test]
async fn text_messages_are_posted_with_their_key_and_a_signature() {
    let (url, received) = http("200 OK", "").await;
    let sms = HttpSms(outbound(&url));
    assert_eq!(
        sms.send(&message(Kind::Sms, "+8613800138000"), NOW).await,
        Outcome::Done
    );
    let (head, body) = received.last();
    assert_eq!(header(&head, "webhook-id"), "code:01a2");
    assert_eq!(header(&head, "content-type"), "application/json");
    let sent: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        sent,
        serde_json::json!({ "to": "+8613800138000", "text": "【网上科协】验证码 123456" })
    );
    // The receiver's side of the signature. The header lines were lowered, so the comparison is too.
    let timestamp = header(&head, "webhook-timestamp");
    assert_eq!(timestamp, NOW.unix_timestamp().to_string());
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, format!("code:01a2.{timestamp}.{body}").as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(tag)).to_ascii_lowercase();
    assert_eq!(header(&head, "webhook-signature"), expected);
}

#[tokio::test]
async fn a_gateway_that_is_busy_is_tried_again_and_one_that_refuses_is_not() {
    for (status, outcome) in [
        (
            "503 Service Unavailable",
            Outcome::Failed("HTTP 503".to_owned()),
        ),
        (
            "429 Too Many Requests",
            Outcome::Failed("HTTP 429".to_owned()),
        ),
        ("400 Bad Request", Outcome::Refused("HTTP 400".to_owned())),
        ("302 Found", Outcome::Refused("HTTP 302".to_owned())),
    ] {
        let (url, _) = http(status, "the number +8613800138000 is not known").await;
        let said = HttpSms(outbound(&url))
            .send(&message(Kind::Sms, "+8613800138000"), NOW)
            .await;
        assert_eq!(said, outcome);
    }
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let said = HttpSms(outbound(&format!("http://{closed}/")))
        .send(&message(Kind::Sms, "x"), NOW)
        .await;
    assert_eq!(said, Outcome::Failed("not reachable".to_owned()));
}

#[tokio::test]
async fn the_verification_service_is_asked_and_its_answer_understood() {
    let number = ResidentId::parse(&resident_id(1), NOW.date()).unwrap();
    for (status, body, answer) in [
        ("200 OK", r#"{"result":"match"}"#, Ok(Answer::Match)),
        ("200 OK", r#"{"result":"mismatch"}"#, Ok(Answer::Mismatch)),
        (
            "200 OK",
            r#"{"result":"perhaps"}"#,
            Err("the answer is not readable"),
        ),
        ("200 OK", "nonsense", Err("the answer is not readable")),
        ("500 Internal Server Error", "", Err("HTTP 500")),
    ] {
        let (url, received) = http(status, body).await;
        let asked = Http(outbound(&url))
            .verify(Uuid::now_v7(), "王示例", &number, NOW)
            .await;
        assert_eq!(
            asked.map_err(|error| error.0),
            answer.map_err(str::to_owned)
        );
        let question: Value = serde_json::from_str(&received.last().1).unwrap();
        assert_eq!(
            question,
            serde_json::json!({ "kind": "resident_id", "name": "王示例", "number": number.expose() })
        );
    }
}

/// A mail server that answers RCPT like this and remembers the mail.
async fn mail_server(recipient: &'static str) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let mail = Arc::new(Mutex::new(String::new()));
    let log = mail.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that has heard enough hangs up.
            let _ = converse(stream, recipient, &log).await;
        }
    });
    (url, mail)
}

async fn converse(stream: TcpStream, recipient: &str, log: &Mutex<String>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.example.org\r\n").await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let answer = match line.get(..4).unwrap_or_default() {
            "RCPT" => recipient,
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut mail).await?;
                }
                *log.lock().unwrap() = mail;
                "250 taken"
            }
            _ => "250 fine",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

#[tokio::test]
async fn mail_goes_out_with_an_id_that_stays_the_same() {
    let (url, mail) = mail_server("250 fine").await;
    let smtp = Smtp::new(&url, "网上科协 <no-reply@example.cn>").unwrap();
    let delivery = message(Kind::Mail, "wang@example.org");
    for _ in 0..2 {
        assert_eq!(smtp.send(&delivery, NOW).await, Outcome::Done);
        let mail = mail.lock().unwrap().clone();
        assert!(
            mail.contains(&format!(
                "Message-ID: <{}@example.cn>",
                delivery.delivery_id
            )),
            "{mail}"
        );
        assert!(mail.contains("To: wang@example.org"), "{mail}");
        assert!(mail.contains("text/plain; charset=utf-8"), "{mail}");
    }
}

#[tokio::test]
async fn what_a_mail_server_says_of_an_address_is_not_kept() {
    for (answer, outcome) in [
        (
            "550 wang@example.org is unknown",
            Outcome::Refused("SMTP 550".to_owned()),
        ),
        (
            "450 wang@example.org is busy",
            Outcome::Failed("SMTP 450".to_owned()),
        ),
    ] {
        let (url, _) = mail_server(answer).await;
        let smtp = Smtp::new(&url, "no-reply@example.cn").unwrap();
        assert_eq!(
            smtp.send(&message(Kind::Mail, "wang@example.org"), NOW)
                .await,
            outcome
        );
    }
    let smtp = Smtp::new("smtp://127.0.0.1:1", "no-reply@example.cn").unwrap();
    let said = smtp
        .send(&message(Kind::Mail, "wang@example.org"), NOW)
        .await;
    assert_eq!(
        said,
        Outcome::Failed("SMTP server: not reachable".to_owned())
    );
    let said = smtp.send(&message(Kind::Mail, "no address"), NOW).await;
    assert!(matches!(said, Outcome::Refused(_)), "{said:?}");
}
