//! The authorization endpoint as browsers reach it: a request comes in, is kept while the person signs in and decides, and is answered.

use kit::{
    Call,
    access::{self, Caller},
    errors::{Problem, Result},
    wire,
};
use proto_identity::{
    reasons,
    v1::{
        Authorization, AuthorizationAnswer, AuthorizationStep, BeginAuthorizationRequest,
        DecideAuthorizationRequest, DecideAuthorizationResponse, GetAuthorizationRequest,
        ResumeAuthorizationRequest, SentParameter, decide_authorization_request::Decision,
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    OAuthError,
    authorize::{CodeContent, issue_code, registered},
    demand::{
        self,
        rules::{self, Demand, Kept, Mode, Next, Sent, SignedIn},
        store::{self, Row},
    },
    pushed,
    rpc::SignOn,
    rules::{Refusal, Registered, redirect_to},
    store as consents,
    visitor::Visitor,
};
use crate::{clients, sealing::LOGIN_HINT};

/// Where an answer goes, and by which way.
struct Back<'a> {
    redirect_uri: &'a str,
    mode: Mode,
    state: &'a str,
}

/// What the parts of a demand are issued to, kept or not.
struct Asked<'a> {
    client: &'a clients::store::Row,
    back: Back<'a>,
    content: CodeContent<'a>,
    kept: &'a Kept,
}

impl SignOn {
    pub(super) async fn begin(
        &self,
        call: Call<BeginAuthorizationRequest>,
    ) -> Result<AuthorizationAnswer> {
        let (now, pairs) = (call.now, demand::pairs(&call.message.parameters));
        let sent = Sent::read(&pairs);
        let shown = |error: OAuthError| AuthorizationAnswer {
            error: error.code.to_owned(),
            error_description: error.words.to_owned(),
            ui_locales: sent.locales(),
            ..AuthorizationAnswer::default()
        };
        let signed = match self.signed_request(&sent, now).await?.transpose() {
            Ok(signed) => signed,
            Err(error) => return Ok(shown(error)),
        };
        let mut tx = call.begin(&self.db).await?;
        let pushed = match self.brought(&mut tx, &sent, now).await?.transpose() {
            Ok(pushed) => pushed,
            Err(error) => return Ok(shown(error)),
        };
        // What else the browser brings beside the address, or beside what is signed, does not count (RFC 9126 section 4, RFC 9101 section 6.3).
        let instead = pushed.as_ref().or(signed.as_ref());
        let pairs = instead.map(pushed::borrowed).unwrap_or(pairs);
        let sent = Sent::read(&pairs);
        let client = clients::named(&mut tx, sent.value("client_id")).await?;
        let hint = self
            .hint(&mut tx, client.as_ref(), sent.value("id_token_hint"))
            .await?;
        let own_resource = self.userinfo_audience();
        let asked = client.as_ref().map(|client| Registered {
            pushed_requests_only: client.pushed_requests_only && pushed.is_none(),
            ..registered(client)
        });
        let mut demand = match rules::judge(&sent, asked, &hint, &own_resource) {
            Ok(demand) => demand,
            Err(Refusal {
                error,
                redirectable,
            }) => {
                let back = Back {
                    redirect_uri: sent.value("redirect_uri"),
                    mode: sent.mode(),
                    state: sent.state(),
                };
                let words = [("error", error.code), ("error_description", error.words)];
                return Ok(match redirectable {
                    true => self.answer(&back, &words),
                    false => AuthorizationAnswer {
                        error: error.code.to_owned(),
                        error_description: error.words.to_owned(),
                        ui_locales: sent.locales(),
                        ..AuthorizationAnswer::default()
                    },
                });
            }
        };
        // `judge` refuses a request without client.
        let client = client.ok_or_else(clients::not_found)?;
        if let Some(subject) = &demand.wanted_subject {
            let person = self.person_of(&mut tx, &client, subject).await?;
            demand.wanted_person = Some(person.unwrap_or(Uuid::nil()));
        }
        let visitor = Visitor::of(&call, &mut tx, &call.message.session_secret, now).await?;
        let kept = Kept::new(&demand, now);
        let asked = Asked {
            client: &client,
            back: Back {
                redirect_uri: &demand.parameters.redirect_uri,
                mode: demand.mode,
                state: &demand.parameters.state,
            },
            content: CodeContent {
                client_id: client.client_id,
                redirect_uri: &demand.parameters.redirect_uri,
                scopes: &demand.scopes,
                nonce: &demand.parameters.nonce,
                code_challenge: &demand.parameters.code_challenge,
                userinfo_claims: &demand.userinfo_claims,
                id_token_claims: &demand.id_token_claims,
                dpop_jkt: demand.dpop_jkt.as_deref(),
            },
            kept: &kept,
        };
        let next = self
            .next(&mut tx, &asked, visitor.as_ref(), now, false)
            .await?;
        let step = match next {
            Decided::Answer(answer) => return tx.commit(answer).await,
            Decided::Minor if demand.prompts.none => {
                let answer = self.answer(&asked.back, &[("error", "access_denied")]);
                return tx.commit(answer).await;
            }
            Decided::Minor => {
                return tx
                    .commit(AuthorizationAnswer {
                        minor: true,
                        ui_locales: demand.ui_locales,
                        ..AuthorizationAnswer::default()
                    })
                    .await;
            }
            Decided::Step(step) => step,
        };
        if demand.prompts.none {
            let error = match step {
                AuthorizationStep::Consent => "consent_required",
                AuthorizationStep::SelectAccount => "account_selection_required",
                _ => "login_required",
            };
            return tx
                .commit(self.answer(&asked.back, &[("error", error)]))
                .await;
        }
        let authorization_id = kit::chance::id(now);
        let counted_for = self
            .throttles
            .demand_kept(&mut tx, call.origin(), now)
            .await?;
        let ids = (authorization_id, client.client_id);
        self.keep(&mut tx, ids, &demand, &kept, &counted_for)
            .await?;
        tx.commit(AuthorizationAnswer {
            step: step.into(),
            authorization_id: authorization_id.to_string(),
            ui_locales: demand.ui_locales,
            ..AuthorizationAnswer::default()
        })
        .await
    }

    pub(super) async fn resume(
        &self,
        call: Call<ResumeAuthorizationRequest>,
    ) -> Result<AuthorizationAnswer> {
        let now = call.now;
        let id = Uuid::try_parse(&call.message.authorization_id).map_err(|_| demand::ended())?;
        let mut tx = call.begin(&self.db).await?;
        let row = store::lock(&mut tx, id, now).await?;
        let row = row.ok_or_else(demand::ended)?;
        let client = clients::store::read(&mut tx, row.client_id).await?;
        let client = client.filter(|client| {
            let uris = &client.redirect_uris;
            client.disabled_at.is_none()
                && clients::rules::is_registered(client.kind, uris, &row.redirect_uri)
        });
        let client = client.ok_or_else(demand::ended)?;
        let row = row.narrowed(&client.scopes);
        let visitor = Visitor::of(&call, &mut tx, &call.message.session_secret, now).await?;
        let asked = Asked {
            client: &client,
            back: Back {
                redirect_uri: &row.redirect_uri,
                mode: row.mode,
                state: &row.state,
            },
            content: CodeContent {
                client_id: client.client_id,
                redirect_uri: &row.redirect_uri,
                scopes: &row.scopes,
                nonce: &row.nonce,
                code_challenge: &row.code_challenge,
                userinfo_claims: &row.userinfo_claims,
                id_token_claims: &row.id_token_claims,
                dpop_jkt: row.dpop_jkt.as_deref(),
            },
            kept: &row.kept,
        };
        match self
            .next(&mut tx, &asked, visitor.as_ref(), now, true)
            .await?
        {
            Decided::Answer(answer) => {
                store::end(&mut tx, id).await?;
                if let Some(key) = row.counted_for {
                    self.throttles.demand_answered(&mut tx, key, now).await?;
                }
                tx.commit(answer).await
            }
            Decided::Minor => {
                tx.commit(AuthorizationAnswer {
                    minor: true,
                    ui_locales: row.ui_locales,
                    ..AuthorizationAnswer::default()
                })
                .await
            }
            Decided::Step(step) => {
                tx.commit(AuthorizationAnswer {
                    step: step.into(),
                    authorization_id: id.to_string(),
                    ui_locales: row.ui_locales,
                    ..AuthorizationAnswer::default()
                })
                .await
            }
        }
    }

    pub(super) async fn get(&self, call: Call<GetAuthorizationRequest>) -> Result<Authorization> {
        let now = call.now;
        let id = wire::parse_id("authorization_id", &call.message.authorization_id)?;
        let mut conn = self.db.read().await?;
        let row = store::read(&mut conn, id, now).await?;
        let row = row.ok_or_else(demand::ended)?;
        let client = clients::store::read(&mut conn, row.client_id).await?;
        let client = client
            .filter(|client| client.disabled_at.is_none())
            .ok_or_else(demand::ended)?;
        let row = row.narrowed(&client.scopes);
        let organisation = access::organisation(&mut conn, client.organisation_id).await?;
        let signed_in = match &call.caller {
            Caller::Person(person) => match person.session_id {
                Some(session_id) => store::signed_in(&mut conn, session_id).await?,
                None => None,
            },
            _ => None,
        };
        let agreed = match signed_in {
            Some(SignedIn { person_id, .. }) => {
                consents::consents(&mut conn, person_id, client.client_id).await?
            }
            None => Vec::new(),
        };
        let next = rules::next(&row.kept, signed_in, &agreed, true);
        let login_hint = match (&next, &row.login_hint_sealed) {
            (Next::SignIn, Some(sealed)) => LOGIN_HINT.open(&self.keys, id, sealed)?,
            _ => String::new(),
        };
        let (step, scopes, agreed_scopes) = match next {
            Next::SignIn => (AuthorizationStep::SignIn, Vec::new(), Vec::new()),
            Next::SelectAccount => (AuthorizationStep::SelectAccount, Vec::new(), Vec::new()),
            Next::Consent(scopes) => {
                let agreed = rules::agreed_before(&agreed, &scopes);
                (AuthorizationStep::Consent, scopes, agreed)
            }
            Next::Issue | Next::Denied | Next::LoginRequired => {
                (AuthorizationStep::Continue, Vec::new(), Vec::new())
            }
        };
        Ok(Authorization {
            authorization_id: id.to_string(),
            client_name: client.name,
            organisation_name: organisation.map(|o| o.name).unwrap_or_default(),
            step: step.into(),
            scopes,
            login_hint,
            ui_locales: row.ui_locales,
            agreed_scopes,
        })
    }

    pub(super) async fn decide(
        &self,
        call: Call<DecideAuthorizationRequest>,
    ) -> Result<DecideAuthorizationResponse> {
        let now = call.now;
        let id = wire::parse_id("authorization_id", &call.message.authorization_id)?;
        let person_id = call.caller.person()?.person_id;
        let decision = call.message.decision();
        let mut tx = call.begin(&self.db).await?;
        let row = store::lock(&mut tx, id, now).await?;
        let row = row.ok_or_else(demand::ended)?;
        let client = clients::store::read(&mut tx, row.client_id).await?;
        let client = client
            .filter(|client| client.disabled_at.is_none())
            .ok_or_else(demand::ended)?;
        let Row {
            client_id, kept, ..
        } = row.narrowed(&client.scopes);
        let record = format!("client:{client_id}");
        let mut decided = kept.clone();
        let outcome = match decision {
            Decision::Unspecified => return Err(demand::ended()),
            Decision::AccountSelected => {
                decided.selected_by = Some(person_id);
                "account_selected"
            }
            Decision::ConsentGiven => {
                if !self.discloses(&mut tx, person_id, now).await? {
                    drop(tx);
                    let refusal = Err(Problem::of(&reasons::MINOR_AT_THIRD_PARTY));
                    return call.audit_refusal(&self.db, &record, refusal).await;
                }
                decided.consented_by = Some(person_id);
                consents::consent(&mut tx, person_id, client_id, &kept.scopes, now).await?;
                "ok"
            }
            Decision::Refused => {
                decided.refused_by = Some(person_id);
                "access_denied"
            }
        };
        store::decide(&mut tx, id, &decided).await?;
        tx.audit_as(&record, outcome).await?;
        tx.commit(DecideAuthorizationResponse {
            continue_at: format!("/oauth2/authorize/{id}"),
        })
        .await
    }

    async fn next(
        &self,
        tx: &mut kit::call::Write,
        asked: &Asked<'_>,
        visitor: Option<&Visitor>,
        now: OffsetDateTime,
        resumed: bool,
    ) -> Result<Decided> {
        let client_id = asked.client.client_id;
        let agreed = match visitor {
            Some(visitor) => consents::consents(tx, visitor.person.person_id, client_id).await?,
            None => Vec::new(),
        };
        let signed_in = visitor.map(|visitor| visitor.signed_in);
        let next = rules::next(asked.kept, signed_in, &agreed, resumed);
        let record = format!("client:{client_id}");
        let error = |code, words| {
            let values = [("error", code), ("error_description", words)];
            Decided::Answer(self.answer(&asked.back, &values))
        };
        let visitor = match (next, visitor) {
            (Next::Denied, _) => return Ok(error("access_denied", "the person refused")),
            (Next::LoginRequired, _) => {
                return Ok(error("login_required", "another person signed in"));
            }
            (Next::SignIn, _) | (_, None) => return Ok(Decided::Step(AuthorizationStep::SignIn)),
            (Next::SelectAccount, _) => {
                return Ok(Decided::Step(AuthorizationStep::SelectAccount));
            }
            (next @ (Next::Consent(_) | Next::Issue), Some(visitor)) => {
                let person_id = visitor.person.person_id;
                if !self.discloses(tx, person_id, now).await? {
                    let outcome = reasons::MINOR_AT_THIRD_PARTY.code;
                    tx.audit_for(&visitor.caller(), &record, outcome).await?;
                    return Ok(Decided::Minor);
                }
                if next != Next::Issue {
                    return Ok(Decided::Step(AuthorizationStep::Consent));
                }
                visitor
            }
        };
        let code = issue_code(tx, &visitor.person, &asked.content, now).await?;
        tx.audit_for(&visitor.caller(), &record, "ok").await?;
        let answer = self.answer(&asked.back, &[("code", &code)]);
        Ok(Decided::Answer(answer))
    }

    async fn keep(
        &self,
        tx: &mut kit::call::Write,
        ids: (Uuid, Uuid),
        demand: &Demand,
        kept: &Kept,
        counted_for: &[u8; 32],
    ) -> Result<()> {
        let hint = Some(&demand.login_hint).filter(|hint| !hint.is_empty());
        let sealed = hint.map(|hint| LOGIN_HINT.seal(&self.keys, ids.0, hint));
        let new = store::New {
            demand,
            kept,
            login_hint_sealed: sealed.as_deref(),
            counted_for,
            expires_at: kept.created_at + demand::LIFETIME,
        };
        store::insert(tx, ids, &new).await?;
        Ok(())
    }

    /// Back to the site, with `state` as it came and with `iss` (RFC 9207).
    fn answer(&self, back: &Back<'_>, values: &[(&str, &str)]) -> AuthorizationAnswer {
        let mut values = values.to_vec();
        values.extend([("state", back.state), ("iss", self.issuer.as_str())]);
        values.retain(|(_, value)| !value.is_empty());
        match back.mode {
            Mode::Query => AuthorizationAnswer {
                redirect_to: redirect_to(back.redirect_uri, &values),
                ..AuthorizationAnswer::default()
            },
            Mode::FormPost => {
                let field = |(name, value): &(&str, &str)| SentParameter {
                    name: (*name).to_owned(),
                    value: (*value).to_owned(),
                };
                AuthorizationAnswer {
                    post_to: back.redirect_uri.to_owned(),
                    fields: values.iter().map(field).collect(),
                    ..AuthorizationAnswer::default()
                }
            }
        }
    }
}

/// What is done about a demand.
enum Decided {
    /// The site gets this.
    Answer(AuthorizationAnswer),
    /// The person has something to do first.
    Step(AuthorizationStep),
    /// The person is not told about at sites.
    Minor,
}
