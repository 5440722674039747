//! Encodings of an event: CloudEvents 1.0 in binary mode (NATS protocol binding, section 3.1) over JetStream, and a
//! message of the contract over gRPC.

use async_nats::HeaderMap;
use bytes::Bytes;
use prost_types::Timestamp;
use proto_eventlog::v1::LoggedEvent;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::{
    event::Event,
    seal::{self, Seals},
    source::SourceError,
};

/// The JetStream stream with the events of a service: `CAST_MEMBERSHIP`.
pub fn stream_name(source: &str) -> String {
    format!("CAST_{}", source.to_uppercase())
}

/// The subject of an event: `cast.membership.v1.Membership.MembershipActivated`.
pub fn subject(event: &Event) -> String {
    format!(
        "cast.{}.v1.{}.{}",
        event.source, event.aggregate, event.event_type
    )
}

const SOURCE_PREFIX: &str = "/cast/";

/// The CloudEvents attributes as headers. `position` and `aggregate` are extension attributes; `traceparent` has its
/// standard name so that any tracing NATS client understands it; JetStream deduplicates by `Nats-Msg-Id`.
pub(crate) fn headers(event: &Event, seals: &Seals) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(seal::HEADER, seals.seal(event));
    headers.insert("Nats-Msg-Id", event.id.to_string());
    headers.insert("ce-specversion", "1.0");
    headers.insert("ce-id", event.id.to_string());
    headers.insert("ce-source", format!("{SOURCE_PREFIX}{}", event.source));
    headers.insert(
        "ce-type",
        format!("cast.{}.v1.{}", event.source, event.event_type),
    );
    headers.insert("ce-subject", event.aggregate_id.to_string());
    // PostgreSQL timestamps may have five-digit years, RFC 3339 only four-digit ones. Nothing depends on the header for
    // such a date: a consumer that misses the event reads it from the log.
    headers.insert(
        "ce-time",
        event.occurred_at.format(&Rfc3339).unwrap_or_default(),
    );
    headers.insert("ce-aggregate", event.aggregate.as_str());
    headers.insert("ce-position", event.position.to_string());
    headers.insert("content-type", "application/protobuf");
    if let Some(traceparent) = &event.traceparent {
        headers.insert("traceparent", traceparent.as_str());
    }
    headers
}

/// Decodes a message. `None` if it is not authentic; missing events are read from the log.
pub(crate) fn from_message(
    headers: Option<&HeaderMap>,
    payload: Bytes,
    source: &str,
    seals: &Seals,
) -> Option<Event> {
    let headers = headers?;
    let event = read(headers, payload, source)?;
    let seal = headers.get(seal::HEADER)?;
    seals.holds(&event, seal.as_str()).then_some(event)
}

fn read(headers: &HeaderMap, payload: Bytes, source: &str) -> Option<Event> {
    let text = |name: &str| headers.get(name).map(async_nats::HeaderValue::as_str);
    if text("ce-source")?.strip_prefix(SOURCE_PREFIX)? != source {
        return None;
    }
    Some(Event {
        position: text("ce-position")?.parse().ok()?,
        id: Uuid::try_parse(text("ce-id")?).ok()?,
        source: source.to_owned(),
        aggregate: text("ce-aggregate")?.to_owned(),
        aggregate_id: Uuid::try_parse(text("ce-subject")?).ok()?,
        event_type: text("ce-type")?.rsplit('.').next()?.to_owned(),
        payload,
        occurred_at: OffsetDateTime::parse(text("ce-time")?, &Rfc3339).ok()?,
        traceparent: text("traceparent").map(str::to_owned),
    })
}

impl From<Event> for LoggedEvent {
    fn from(event: Event) -> Self {
        Self {
            position: event.position,
            id: event.id.to_string(),
            source: event.source,
            aggregate: event.aggregate,
            aggregate_id: event.aggregate_id.to_string(),
            r#type: event.event_type,
            payload: event.payload,
            occurred_at: Some(timestamp(event.occurred_at)),
            traceparent: event.traceparent.unwrap_or_default(),
        }
    }
}

pub(crate) fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        // Below 10⁹, whatever the time.
        nanos: i32::try_from(at.nanosecond()).unwrap_or_default(),
    }
}

impl TryFrom<LoggedEvent> for Event {
    type Error = SourceError;

    fn try_from(logged: LoggedEvent) -> Result<Self, SourceError> {
        let position = logged.position;
        let bad = |field| {
            SourceError::new(format!(
                "event at position {position}: {field} is not valid"
            ))
        };
        let at = logged.occurred_at.ok_or_else(|| bad("occurred_at"))?;
        let nanos = i64::from(at.nanos);
        let occurred_at = OffsetDateTime::from_unix_timestamp(at.seconds)
            .ok()
            .and_then(|t| t.checked_add(time::Duration::nanoseconds(nanos)))
            .ok_or_else(|| bad("occurred_at"))?;
        Ok(Self {
            position,
            id: Uuid::try_parse(&logged.id).map_err(|_| bad("id"))?,
            source: logged.source,
            aggregate: logged.aggregate,
            aggregate_id: Uuid::try_parse(&logged.aggregate_id).map_err(|_| bad("aggregate_id"))?,
            event_type: logged.r#type,
            payload: logged.payload,
            occurred_at,
            traceparent: Some(logged.traceparent).filter(|t| !t.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seals() -> Seals {
        Seals::new(b"a secret", None)
    }

    fn event() -> Event {
        Event {
            position: 42,
            id: Uuid::now_v7(),
            source: "membership".to_owned(),
            aggregate: "Membership".to_owned(),
            aggregate_id: Uuid::now_v7(),
            event_type: "MembershipActivated".to_owned(),
            payload: Bytes::from_static(b"\x08\x01"),
            occurred_at: time::macros::datetime!(2026-03-01 08:30:00.123456 UTC),
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        }
    }

    #[test]
    fn an_event_survives_the_way_over_nats_and_over_grpc() {
        let event = event();
        let by_nats = from_message(
            Some(&headers(&event, &seals())),
            event.payload.clone(),
            "membership",
            &seals(),
        );
        assert_eq!(by_nats.as_ref(), Some(&event));
        let by_grpc = Event::try_from(LoggedEvent::from(event.clone())).unwrap();
        assert_eq!(by_grpc, event);
    }

    #[test]
    fn the_headers_are_those_of_cloudevents() {
        let event = event();
        let headers = headers(&event, &seals());
        let get = |name: &str| headers.get(name).unwrap().as_str();
        assert_eq!(get("ce-specversion"), "1.0");
        assert_eq!(get("ce-source"), "/cast/membership");
        assert_eq!(get("ce-type"), "cast.membership.v1.MembershipActivated");
        assert_eq!(get("ce-subject"), event.aggregate_id.to_string());
        assert_eq!(get("ce-time"), "2026-03-01T08:30:00.123456Z");
        assert_eq!(get("content-type"), "application/protobuf");
        assert_eq!(get("Nats-Msg-Id"), get("ce-id"));
        assert_eq!(
            subject(&event),
            "cast.membership.v1.Membership.MembershipActivated"
        );
        assert_eq!(stream_name("membership"), "CAST_MEMBERSHIP");
    }

    #[test]
    fn a_stranger_on_the_subject_is_no_event() {
        let event = event();
        assert!(from_message(None, event.payload.clone(), "membership", &seals()).is_none());
        assert!(
            from_message(
                Some(&headers(&event, &seals())),
                event.payload.clone(),
                "events",
                &seals()
            )
            .is_none()
        );
        for name in [
            "ce-position",
            "ce-id",
            "ce-subject",
            "ce-time",
            "ce-type",
            "ce-aggregate",
            "cast-seal",
        ] {
            let mut headers = headers(&event, &seals());
            headers.insert(name, "ü?");
            let read = from_message(
                Some(&headers),
                event.payload.clone(),
                "membership",
                &seals(),
            );
            assert!(read.is_none(), "{name}");
        }
        let none = HeaderMap::new();
        assert!(from_message(Some(&none), event.payload.clone(), "membership", &seals()).is_none());
        let sealed = headers(&event, &seals());
        let mut unsealed = HeaderMap::new();
        for (name, values) in sealed
            .iter()
            .filter(|(name, _)| name.to_string() != "cast-seal")
        {
            unsealed.insert(name.clone(), values[0].clone());
        }
        let read = from_message(
            Some(&unsealed),
            event.payload.clone(),
            "membership",
            &seals(),
        );
        assert!(read.is_none());
        let strange = headers(&event, &Seals::new(b"another secret", None));
        assert!(
            from_message(
                Some(&strange),
                event.payload.clone(),
                "membership",
                &seals()
            )
            .is_none()
        );
    }
}
