//! The settings of identity itself, and what is made of them.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use kit::config::Settings as Chassis;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};

use crate::{
    deliveries::{Transport, Transports, http_sms::HttpSms, mailbox::Mailbox, smtp::Smtp},
    outbound::Outbound,
    resident_id::verifier::{Development, Http, Verifier},
};

/// Besides those of the chassis.
#[derive(Debug, Default, Deserialize)]
pub struct Settings {
    /// `CAST_MAILBOX_DIR`: development only, a folder that messages are written to instead of being sent.
    #[serde(default, deserialize_with = "filled")]
    pub mailbox_dir: Option<PathBuf>,
    /// `CAST_SMTP_URL`: e.g. `smtps://user:password@mail.example.cn:465`.
    #[serde(default, deserialize_with = "filled")]
    pub smtp_url: Option<SecretString>,
    /// `CAST_SMTP_FROM`: e.g. `网上科协 <no-reply@example.cn>`.
    #[serde(default, deserialize_with = "filled")]
    pub smtp_from: Option<String>,
    /// `CAST_SMS_URL`: where text messages are posted, see [`deliveries::http_sms`](crate::deliveries::http_sms).
    #[serde(default, deserialize_with = "filled")]
    pub sms_url: Option<String>,
    /// `CAST_SMS_SECRET`: signs those posts.
    #[serde(default, deserialize_with = "filled")]
    pub sms_secret: Option<SecretString>,
    /// `CAST_VERIFIER_URL`: where real names are verified, see [`resident_id::verifier`](crate::resident_id::verifier).
    #[serde(default, deserialize_with = "filled")]
    pub verifier_url: Option<String>,
    /// `CAST_VERIFIER_SECRET`: signs those questions.
    #[serde(default, deserialize_with = "filled")]
    pub verifier_secret: Option<SecretString>,
    /// `CAST_CODES_PER_ORIGIN`: one-time codes that may be asked for from one network address within an hour before a proof of work is needed;
    /// 100 unless said.
    pub codes_per_origin: Option<i64>,
    /// `CAST_KEY_ROTATION_DAYS`: how many days a key signs before the next one does, which is published a day before; 90 unless said, 0: the keys
    /// change by command alone.
    pub key_rotation_days: Option<u16>,
}

/// `CAST_KEY_ROTATION_DAYS` unless it is set.
const KEY_ROTATION_DAYS: u16 = 90;

/// An empty variable means none: that is how manifests leave one out.
fn filled<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|text| !text.trim().is_empty()).map(T::from))
}

impl Settings {
    /// The transports of messages. In development a mailbox folder serves for all; in production both real ones must be configured.
    pub fn transports(&self, chassis: &Chassis) -> anyhow::Result<Transports> {
        if let Some(folder) = &self.mailbox_dir {
            if chassis.is_production() {
                bail!(
                    "CAST_MAILBOX_DIR is refused in production: messages would not reach anybody"
                );
            }
            let mailbox: Arc<dyn Transport> =
                Arc::new(Mailbox::new(folder).context("CAST_MAILBOX_DIR")?);
            return Ok(Transports {
                sms: mailbox.clone(),
                mail: mailbox,
            });
        }
        let hint = if chassis.is_production() {
            ""
        } else {
            ", or in development CAST_MAILBOX_DIR"
        };
        let (Some(smtp_url), Some(smtp_from)) = (&self.smtp_url, &self.smtp_from) else {
            bail!("mail cannot be sent: set CAST_SMTP_URL and CAST_SMTP_FROM{hint}");
        };
        let (Some(sms_url), Some(sms_secret)) = (&self.sms_url, &self.sms_secret) else {
            bail!("text messages cannot be sent: set CAST_SMS_URL and CAST_SMS_SECRET{hint}");
        };
        let names = ("CAST_SMS_URL", "CAST_SMS_SECRET");
        let sms = HttpSms(Outbound::new(
            sms_url,
            sms_secret,
            chassis.is_production(),
            names,
        )?);
        let mail = Smtp::new(smtp_url.expose_secret(), smtp_from)?;
        Ok(Transports {
            sms: Arc::new(sms),
            mail: Arc::new(mail),
        })
    }

    /// How long a key signs; `None`: until it is changed by command.
    pub fn keys_sign_for(&self) -> Option<time::Duration> {
        let days = self.key_rotation_days.unwrap_or(KEY_ROTATION_DAYS);
        (days > 0).then(|| time::Duration::days(days.into()))
    }

    /// Who confirms real names. In production that must be a service outside.
    pub fn verifier(&self, chassis: &Chassis) -> anyhow::Result<Arc<dyn Verifier>> {
        match (&self.verifier_url, &self.verifier_secret) {
            (Some(url), Some(secret)) => {
                let names = ("CAST_VERIFIER_URL", "CAST_VERIFIER_SECRET");
                Ok(Arc::new(Http(Outbound::new(
                    url,
                    secret,
                    chassis.is_production(),
                    names,
                )?)))
            }
            (None, None) if !chassis.is_production() => Ok(Arc::new(Development)),
            _ => bail!(
                "real names cannot be verified: set CAST_VERIFIER_URL and CAST_VERIFIER_SECRET"
            ),
        }
    }
}
