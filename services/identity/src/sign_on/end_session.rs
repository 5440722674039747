//! The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0): a site sends a person here to sign out of the platform too.

use kit::{Call, errors::Result};
use proto_identity::v1::{EndSessionRequest, EndSessionResponse};

use super::{
    demand::{self, rules::Sent},
    rpc::SignOn,
    rules::redirect_to,
    tokens::HintClaims,
    visitor::Visitor,
};
use crate::{clients, sessions};

impl SignOn {
    pub(super) async fn sign_out(
        &self,
        call: Call<EndSessionRequest>,
    ) -> Result<EndSessionResponse> {
        let (now, pairs) = (call.now, demand::pairs(&call.message.parameters));
        let sent = Sent::read(&pairs);
        let refused = |words: &str| EndSessionResponse {
            error: "invalid_request".to_owned(),
            error_description: words.to_owned(),
            ui_locales: sent.locales(),
            ..EndSessionResponse::default()
        };
        if sent.is_malformed() {
            return Ok(refused(
                "a parameter is given twice, too long or unreadable",
            ));
        }
        let hint = self.read_id_token(sent.value("id_token_hint"));
        let named = sent.value("client_id");
        let client_id = match &hint {
            Some(hint) if !named.is_empty() && hint.aud != named => {
                return Ok(refused("id_token_hint was issued to another client"));
            }
            Some(hint) => hint.aud.as_str(),
            None => named,
        };
        let mut tx = call.begin(&self.db).await?;
        let client = clients::named(&mut tx, client_id).await?;
        let client = client.filter(|client| client.disabled_at.is_none());
        let uri = sent.value("post_logout_redirect_uri");
        let registered = client
            .as_ref()
            .is_some_and(|client| client.post_logout_redirect_uris.iter().any(|u| u == uri));
        // Nothing ends either: who sees an error has not signed out.
        if !uri.is_empty() && !registered {
            return Ok(refused(
                "post_logout_redirect_uri is not registered for this client",
            ));
        }
        let mut answer = EndSessionResponse {
            client_name: client
                .as_ref()
                .map(|client| client.name.clone())
                .unwrap_or_default(),
            ui_locales: sent.locales(),
            ..EndSessionResponse::default()
        };
        if !uri.is_empty() {
            let state: Vec<_> = [("state", sent.state())]
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect();
            answer.redirect_to = match state.is_empty() {
                true => uri.to_owned(),
                false => redirect_to(uri, &state),
            };
        }
        let visitor = Visitor::of(&call, &mut tx, &call.message.session_secret, now).await?;
        let Some(visitor) = visitor else {
            return tx.commit(answer).await;
        };
        let session_id = visitor.session_id;
        let person_id = visitor.person.person_id;
        let subject = client.map(|client| self.subject_of(&client, person_id));
        // A hint of this very session proves that the site has signed in this person here; without one, another site may have made the
        // link to annoy them. A hint that names no session is of a token that outlives sessions: it says nothing of this one.
        let ours =
            |hint: &HintClaims| subject.as_ref() == Some(&hint.sub) && hint.sid == Some(session_id);
        if !call.message.confirmed && !hint.as_ref().is_some_and(ours) {
            answer.ask = true;
            return tx.commit(answer).await;
        }
        let account_id = visitor.person.account_id;
        sessions::end_one(&mut tx, account_id, session_id, now).await?;
        let record = format!("session:{session_id}");
        tx.audit_for(&visitor.caller(), &record, "ok").await?;
        answer.ended = true;
        tx.commit(answer).await
    }
}
