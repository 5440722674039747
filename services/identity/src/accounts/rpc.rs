//! The methods of accounts.

use eventlog::NewEvent;
use kit::{
    access::{self, Caller},
    audit,
    db::{Begin, OnceTx, Tx},
    errors::{Problem, Result},
    wire,
};
use proto::cast::identity::v1::{
    Account, ChangePasswordRequest, CreateAccountRequest, GetMyAccountRequest, PersonRegistered,
    RecoverAccountRequest, RequestCodeRequest, RequestCodeResponse, accounts_server::Accounts,
};
use rand::Rng as _;
use secrecy::SecretString;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    AccountError, rules,
    store::{self, NewAccount, View},
};
use crate::{
    Identity,
    codes::Purpose,
    credentials::{self, hasher::Lane, store::Credentials},
    devices, divisions, persons,
    sessions::{self, Method, Opened},
    throttles::{self, Visitor},
};

const CREATE: &str = "cast.identity.v1.Accounts/CreateAccount";
const RECOVER: &str = "cast.identity.v1.Accounts/RecoverAccount";
const CHANGE_PASSWORD: &str = "cast.identity.v1.Accounts/ChangePassword";

#[tonic::async_trait]
impl Accounts for Identity {
    async fn request_code(
        &self,
        request: Request<RequestCodeRequest>,
    ) -> Result<Response<RequestCodeResponse>, Status> {
        Ok(self.request_code(request).await?)
    }

    async fn create_account(
        &self,
        request: Request<CreateAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        Ok(self.create_account(request).await?)
    }

    async fn recover_account(
        &self,
        request: Request<RecoverAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        Ok(self.recover_account(request).await?)
    }

    async fn get_my_account(
        &self,
        request: Request<GetMyAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        Ok(self.get_my_account(request).await?)
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<Account>, Status> {
        Ok(self.change_password(request).await?)
    }
}

impl Identity {
    async fn create_account(
        &self,
        request: Request<CreateAccountRequest>,
    ) -> Result<Response<Account>> {
        let caller = access::caller(&request);
        let visitor = Visitor::of(&self.keys, &caller, &request);
        let input = request.into_inner();
        let code_id = wire::parse_id("code_id", &input.code_id)?;
        divisions::check("division_code", &input.division_code)?;
        let proof = self
            .try_code(&visitor, Purpose::SignUp, code_id, &input.code, None)
            .await?;
        rules::check_password(
            &input.password,
            std::slice::from_ref(&proof.address),
            &input.display_name,
        )
        .map_err(|error| AccountError::Password("password", error))?;
        let password = SecretString::from(input.password.clone());
        let password_hash = self.hasher.hash(&proof.lane(), password.clone()).await?;

        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(&caller, &self.keys, &input.request_id, &input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(account) => {
                return self.sign_in_again(&visitor, account, password).await;
            }
        };
        proof.consume(&mut tx, now).await?;
        let (account_id, person_id) = (Uuid::now_v7(), Uuid::now_v7());
        let new = NewAccount {
            account_id,
            person_id,
            display_name_sealed: &self.seal_text(
                "identity.display_name",
                account_id,
                &input.display_name,
            ),
            password_hash: &password_hash,
            division_code: &input.division_code,
            address_hash: &proof.address_hash,
            address_sealed: &self.seal_text(
                "identity.address",
                account_id,
                &proof.address.recipient(),
            ),
            created_at: now,
        };
        self.enter(&mut tx, &new).await?;
        audit::record(
            &mut tx,
            &caller,
            CREATE,
            &format!("account:{account_id}"),
            "ok",
            now,
        )
        .await?;
        self.signed_in(&visitor, tx, account_id, Method::Code).await
    }

    /// Enters a person and their account; the caller commits.
    pub(crate) async fn enter(&self, tx: &mut Tx, new: &NewAccount<'_>) -> Result<()> {
        loop {
            let number =
                persons::rules::person_number(rand::rng().random_range(0..persons::rules::NUMBERS));
            // Of 9·10¹⁴ numbers, the one just drawn is taken about never; then the next one is not.
            if persons::store::insert(
                tx,
                new.person_id,
                &number,
                new.division_code,
                new.created_at,
            )
            .await?
            {
                break;
            }
        }
        if !store::insert_account(tx, new).await? {
            return Err(AccountError::AddressInUse.into());
        }
        let registered = PersonRegistered {
            division_code: new.division_code.to_owned(),
        };
        tx.publish(
            &NewEvent::of("Person", new.person_id, &registered),
            new.created_at,
        )
        .await?;
        Ok(())
    }

    async fn recover_account(
        &self,
        request: Request<RecoverAccountRequest>,
    ) -> Result<Response<Account>> {
        let caller = access::caller(&request);
        let visitor = Visitor::of(&self.keys, &caller, &request);
        let input = request.into_inner();
        let code_id = wire::parse_id("code_id", &input.code_id)?;
        let proof = self
            .try_code(&visitor, Purpose::Recover, code_id, &input.code, None)
            .await?;
        let (account, view) = {
            let mut conn = self.db.read().await?;
            let account = credentials::store::by_address(&mut conn, &proof.address_hash).await?;
            // A code that is right was sent to an address with an account, and accounts do not vanish.
            let account = account.ok_or_else(|| {
                Problem::internal(anyhow::anyhow!("a recovery code without account"))
            })?;
            let view = self.view(&mut conn, account.account_id).await?;
            (account, view)
        };
        self.check_new_password("new_password", &input.new_password, &view)?;
        let password = SecretString::from(input.new_password.clone());
        let password_hash = self.hasher.hash(&proof.lane(), password.clone()).await?;

        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(&caller, &self.keys, &input.request_id, &input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return self.sign_in_again(&visitor, answer, password).await,
        };
        proof.consume(&mut tx, now).await?;
        if !credentials::store::set_password(&mut tx, &account, &password_hash, now).await? {
            return Err(AccountError::Changed.into());
        }
        sessions::store::revoke_all(&mut tx, account.account_id, None, now).await?;
        devices::store::forget_all(&mut tx, account.account_id, None).await?;
        let subject = format!("account:{}", account.account_id);
        audit::record(&mut tx, &caller, RECOVER, &subject, "ok", now).await?;
        self.signed_in(&visitor, tx, account.account_id, Method::Code)
            .await
    }

    async fn get_my_account(
        &self,
        request: Request<GetMyAccountRequest>,
    ) -> Result<Response<Account>> {
        let caller = access::caller(&request);
        let person = caller.person()?;
        let mut conn = self.db.read().await?;
        let view = self.view(&mut conn, person.account_id).await?;
        Ok(Response::new(self.account(&view)?))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<Account>> {
        let caller = access::caller(&request);
        let visitor = Visitor::of(&self.keys, &caller, &request);
        let person = caller.person()?.clone();
        let input = request.into_inner();
        let (account, view) = {
            let mut conn = self.db.read().await?;
            let account = credentials::store::credentials(&mut conn, person.account_id).await?;
            let account = account
                .ok_or_else(|| Problem::internal(anyhow::anyhow!("a token without account")))?;
            (account, self.view(&mut conn, person.account_id).await?)
        };
        self.check_new_password("new_password", &input.new_password, &view)?;
        if !self
            .is_own_password(&caller, &account, &input.current_password)
            .await?
        {
            // It may be the repetition of a request that has changed the password already.
            return match self
                .db
                .begin_once(&caller, &self.keys, &input.request_id, &input)
                .await?
            {
                Begin::Replayed(answer) => Ok(Response::new(answer)),
                Begin::Fresh(_) => Err(AccountError::PasswordWrong.into()),
            };
        }
        let lane = Lane::known(account.account_id.as_bytes());
        let password_hash = self
            .hasher
            .hash(&lane, SecretString::from(input.new_password.clone()))
            .await?;

        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(&caller, &self.keys, &input.request_id, &input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(Response::new(answer)),
        };
        if !credentials::store::set_password(&mut tx, &account, &password_hash, now).await? {
            return Err(AccountError::Changed.into());
        }
        sessions::store::revoke_all(&mut tx, account.account_id, person.session_id, now).await?;
        devices::store::forget_all(&mut tx, account.account_id, visitor.device_secret.as_ref())
            .await?;
        let subject = format!("account:{}", account.account_id);
        audit::record(&mut tx, &caller, CHANGE_PASSWORD, &subject, "ok", now).await?;
        let answer = self.account(&view)?;
        tx.commit(&answer).await?;
        Ok(Response::new(answer))
    }

    /// Whether the signed-in person knows their own password. Slowed down apart from signing in, so that a stranger who fails there does
    /// not keep the owner from changing it.
    async fn is_own_password(
        &self,
        caller: &Caller,
        account: &Credentials,
        password: &str,
    ) -> Result<bool> {
        let admission = self
            .admit_own("change-password", account.account_id)
            .await?;
        let verified = self
            .hasher
            .verify(
                &admission.lane,
                SecretString::from(password),
                Some(account.password_hash.clone()),
            )
            .await;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        match verified {
            Ok(false) => {
                let subject = format!("account:{}", account.account_id);
                audit::record(
                    &mut tx,
                    caller,
                    CHANGE_PASSWORD,
                    &subject,
                    "PASSWORD_WRONG",
                    now,
                )
                .await?;
            }
            Ok(true) | Err(_) => {
                throttles::store::forgive(&mut tx, &admission.counters, now).await?
            }
        }
        tx.commit().await?;
        Ok(verified?)
    }

    fn check_new_password(&self, field: &'static str, password: &str, view: &View) -> Result<()> {
        let addresses = self.addresses(view)?;
        let name = self.open_text(
            "identity.display_name",
            view.account_id,
            &view.display_name_sealed,
        )?;
        Ok(rules::check_password(password, &addresses, &name)
            .map_err(|error| AccountError::Password(field, error))?)
    }

    /// Opens a session, commits all of it with the account as the answer, and sends the session along.
    async fn signed_in(
        &self,
        visitor: &Visitor,
        mut tx: OnceTx,
        account_id: Uuid,
        method: Method,
    ) -> Result<Response<Account>> {
        let opened = self
            .open_session(&mut tx, visitor, account_id, method)
            .await?;
        let answer = self.account(&self.view(&mut tx, account_id).await?)?;
        tx.commit(&answer).await?;
        Ok(opened.attach(answer))
    }

    /// A request that was carried out is repeated, because its answer, and with it the session, was lost. The password of the request
    /// signs in if it is still the one in force.
    async fn sign_in_again(
        &self,
        visitor: &Visitor,
        account: Account,
        password: SecretString,
    ) -> Result<Response<Account>> {
        let account_id =
            wire::parse_id("account_id", &account.account_id).map_err(Problem::internal)?;
        let Some(credentials) = ({
            let mut conn = self.db.read().await?;
            credentials::store::credentials(&mut conn, account_id).await?
        }) else {
            return Ok(Response::new(account));
        };
        if !self
            .hasher
            .verify(
                &Lane::known(account_id.as_bytes()),
                password,
                Some(credentials.password_hash.clone()),
            )
            .await?
        {
            return Ok(Response::new(account));
        }
        let mut tx = self.db.begin().await?;
        if !credentials::store::hold(&mut tx, account_id, credentials.version).await? {
            return Ok(Response::new(account));
        }
        let opened: Opened = self
            .open_session(&mut tx, visitor, account_id, Method::Password)
            .await?;
        tx.commit().await?;
        Ok(opened.attach(account))
    }
}
