//! The methods of accounts.

use kit::{
    Call,
    call::Write,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    sealed::SealedColumn,
    wire,
};
use proto_identity::v1::{
    Account, ChangePasswordRequest, CreateAccountRequest, GetMyAccountRequest,
    RecoverAccountRequest, RequestCodeRequest, RequestCodeResponse,
};
use reference::divisions;
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    AccountError,
    register::register,
    rules,
    store::{NewAccount, View},
    view::{account, addresses, display_name, view},
};
use crate::{
    codes::{Purpose, proof::Proofs, rpc::CodeRequests},
    contract,
    credentials::{
        self,
        hasher::{Hasher, Lane},
        store::Credentials,
    },
    devices,
    sealing::{ADDRESS, DISPLAY_NAME},
    sessions::{self, Method},
    sign_on::families,
    throttles::{Throttles, Visitor},
};

/// Signs people up, and keeps their passwords.
pub struct Accounts {
    /// Where accounts are.
    pub db: Db,
    /// Of sealed names and addresses.
    pub keys: Keys,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// Slows down those who guess.
    pub throttles: Throttles,
    /// Tries one-time codes.
    pub proofs: Proofs,
    /// Makes one-time codes.
    pub codes: CodeRequests,
}

impl contract::Accounts for Accounts {
    async fn request_code(&self, call: Call<RequestCodeRequest>) -> Result<RequestCodeResponse> {
        self.codes.request_code(call).await
    }

    async fn create_account(&self, call: Call<CreateAccountRequest>) -> Result<Account> {
        let (call, input) = call.split();
        let visitor = Visitor::of(&self.keys, &call);
        let code_id = wire::parse_id("code_id", &input.code_id)?;
        divisions::check("division_code", &input.division_code)?;
        let proof = self
            .proofs
            .check(&visitor, Purpose::SignUp, code_id, &input.code, None)
            .await?;
        rules::check_password(
            &input.password,
            std::slice::from_ref(&proof.address),
            &input.display_name,
        )
        .map_err(|error| AccountError::Password("password", error))?;
        let password = SecretString::from(input.password);
        let password_hash = self.hasher.hash(&proof.lane(), password.clone()).await?;

        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            drop(tx);
            return self.sign_in_again(&call, &visitor, answer, password).await;
        }
        proof.consume(&mut tx, call.now).await?;
        let (account_id, person_id) = (kit::chance::id(call.now), kit::chance::id(call.now));
        let seal = |column: SealedColumn, text: &str| column.seal(&self.keys, account_id, text);
        let new = NewAccount {
            account_id,
            person_id,
            display_name_sealed: &seal(DISPLAY_NAME, &input.display_name),
            password_hash: &password_hash,
            division_code: &input.division_code,
            address_hash: &proof.address_hash,
            address_sealed: &seal(ADDRESS, &proof.address.recipient()),
            created_at: call.now,
        };
        register(&mut tx, &new).await?;
        tx.audit(&format!("account:{account_id}")).await?;
        self.signed_in(&call, &visitor, tx, account_id).await
    }

    async fn recover_account(&self, call: Call<RecoverAccountRequest>) -> Result<Account> {
        let (call, input) = call.split();
        let visitor = Visitor::of(&self.keys, &call);
        let code_id = wire::parse_id("code_id", &input.code_id)?;
        let proof = self
            .proofs
            .check(&visitor, Purpose::Recover, code_id, &input.code, None)
            .await?;
        let (account, view) = {
            let mut conn = self.db.read().await?;
            let account = credentials::store::by_address(&mut conn, &proof.address_hash).await?;
            // A code that is right was sent to an address with an account, and accounts do not vanish.
            let account = account.ok_or_else(|| {
                Problem::internal(anyhow::anyhow!("a recovery code without account"))
            })?;
            let view = view(&mut conn, account.account_id).await?;
            (account, view)
        };
        self.check_new_password(&input.new_password, &view)?;
        let password = SecretString::from(input.new_password);
        let password_hash = self.hasher.hash(&proof.lane(), password.clone()).await?;

        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            drop(tx);
            return self.sign_in_again(&call, &visitor, answer, password).await;
        }
        proof.consume(&mut tx, call.now).await?;
        if !credentials::store::set_password(&mut tx, &account, &password_hash, call.now).await? {
            return Err(AccountError::Changed.into());
        }
        let account_id = account.account_id;
        sessions::end_all(&mut tx, account_id, None, call.now).await?;
        // Who lost the account may have let sites act for it.
        families::store::end_offline(&mut tx, account.person_id, None, call.now).await?;
        devices::store::forget_all(&mut tx, account_id, None).await?;
        tx.audit(&format!("account:{account_id}")).await?;
        self.signed_in(&call, &visitor, tx, account_id).await
    }

    async fn get_my_account(&self, call: Call<GetMyAccountRequest>) -> Result<Account> {
        let account_id = call.caller.person()?.account_id;
        let mut conn = self.db.read().await?;
        account(&self.keys, &view(&mut conn, account_id).await?)
    }

    async fn change_password(&self, call: Call<ChangePasswordRequest>) -> Result<Account> {
        let (call, input) = call.split();
        let visitor = Visitor::of(&self.keys, &call);
        let person = call.caller.person()?;
        let account_id = person.account_id;
        let (present, view) = {
            let mut conn = self.db.read().await?;
            let present = credentials::store::credentials(&mut conn, account_id).await?;
            let present = present
                .ok_or_else(|| Problem::internal(anyhow::anyhow!("a token without account")))?;
            (present, view(&mut conn, account_id).await?)
        };
        self.check_new_password(&input.new_password, &view)?;
        if !self
            .is_own_password(&call, &present, &input.current_password)
            .await?
        {
            // It may be the repetition of a request that has changed the password already.
            let answer = call.begin(&self.db).await?.replayed().await?;
            return answer.ok_or_else(|| AccountError::PasswordWrong.into());
        }
        let lane = Lane::known(account_id.as_bytes());
        let password_hash = self
            .hasher
            .hash(&lane, SecretString::from(input.new_password))
            .await?;

        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        if !credentials::store::set_password(&mut tx, &present, &password_hash, call.now).await? {
            return Err(AccountError::Changed.into());
        }
        sessions::end_all(&mut tx, account_id, person.session_id, call.now).await?;
        // A stranger who knew the password may have let sites act for the person.
        let (person_id, present) = (person.person_id, person.session_id);
        families::store::end_offline(&mut tx, person_id, present, call.now).await?;
        devices::store::forget_all(&mut tx, account_id, visitor.device_secret.as_ref()).await?;
        tx.audit(&format!("account:{account_id}")).await?;
        tx.commit(account(&self.keys, &view)?).await
    }
}

impl Accounts {
    /// Whether the signed-in person knows their own password. Slowed down apart from signing in, so that a stranger who fails there does
    /// not keep the owner from changing it.
    async fn is_own_password(
        &self,
        call: &Call<()>,
        account: &Credentials,
        password: &str,
    ) -> Result<bool> {
        let admission = self
            .throttles
            .admit_own("change-password", account.account_id, call.now)
            .await?;
        let verified = self
            .hasher
            .verify(
                &admission.lane,
                SecretString::from(password),
                Some(account.password_hash.clone()),
            )
            .await;
        if let Ok(false) = verified {
            let mut tx = call.begin(&self.db).await?;
            let subject = format!("account:{}", account.account_id);
            tx.audit_as(&subject, "PASSWORD_WRONG").await?;
            tx.commit(()).await?;
        } else {
            self.throttles.forgive(&admission, call.now).await?;
        }
        Ok(verified?)
    }

    fn check_new_password(&self, password: &str, view: &View) -> Result<()> {
        let addresses = addresses(&self.keys, view)?;
        let name = display_name(&self.keys, view)?;
        Ok(rules::check_password(password, &addresses, &name)
            .map_err(|error| AccountError::Password("new_password", error))?)
    }

    /// Opens a session, commits all of it with the account as the answer, and sends the session along.
    async fn signed_in(
        &self,
        call: &Call<()>,
        visitor: &Visitor,
        mut tx: Write,
        account_id: Uuid,
    ) -> Result<Account> {
        let opened = sessions::open(&mut tx, &self.keys, visitor, account_id, Method::Code).await?;
        let answer = account(&self.keys, &view(&mut tx, account_id).await?)?;
        let answer = tx.commit(answer).await?;
        opened.attach(call)?;
        Ok(answer)
    }

    /// A request that was carried out is repeated, because its answer, and with it the session, was lost. The stored answer holds no session:
    /// its secret is kept nowhere. The password of the request opens another one if it is still the one in force.
    async fn sign_in_again(
        &self,
        call: &Call<()>,
        visitor: &Visitor,
        account: Account,
        password: SecretString,
    ) -> Result<Account> {
        let account_id =
            wire::parse_id("account_id", &account.account_id).map_err(Problem::internal)?;
        let Some(credentials) = ({
            let mut conn = self.db.read().await?;
            credentials::store::credentials(&mut conn, account_id).await?
        }) else {
            return Ok(account);
        };
        let lane = Lane::known(account_id.as_bytes());
        let stored = Some(credentials.password_hash.clone());
        if !self.hasher.verify(&lane, password, stored).await? {
            return Ok(account);
        }
        let mut tx = call.begin(&self.db).await?;
        if !credentials::store::hold(&mut tx, account_id, credentials.version).await? {
            return Ok(account);
        }
        let opened =
            sessions::open(&mut tx, &self.keys, visitor, account_id, Method::Password).await?;
        tx.commit(()).await?;
        opened.attach(call)?;
        Ok(account)
    }
}
