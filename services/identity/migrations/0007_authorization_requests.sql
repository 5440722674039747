-- What a site asked for when it sent a person here, while the person signs in and decides (OpenID Connect Core 1.0 section 3.1.2).
create table authorization_requests (
    authorization_id  uuid primary key,
    client_id         uuid not null references clients,
    redirect_uri      text not null,
    response_mode     text not null check (response_mode in ('query', 'form_post')),
    state             text not null,
    nonce             text not null,
    code_challenge    text not null,
    scopes            text[] not null,
    -- Claims that were asked for one by one.
    userinfo_claims   text[] not null,
    id_token_claims   text[] not null,
    -- Of `prompt`: whether the person is to choose the account, and to be asked for consent again.
    wants_selection   boolean not null,
    wants_consent     boolean not null,
    -- The person must have signed in at this moment or later; null if it does not matter when.
    fresh_from        timestamptz,
    -- The person whom the site means; null if any will do.
    wanted_person     uuid,
    -- The address that the site suggests, sealed for the request.
    login_hint_sealed bytea,
    ui_locales        text[] not null,
    created_at        timestamptz not null,
    expires_at        timestamptz not null,
    -- Who chose to continue, who agreed and who refused after this request began.
    selected_by       uuid,
    consented_by      uuid,
    refused_by        uuid
);
create index authorization_requests_by_expiry on authorization_requests (expires_at);

-- For codes: what the ID token and userinfo say besides the scopes. Codes of the version before ask for nothing more.
alter table authorization_codes add column userinfo_claims text[] not null default '{}';
alter table authorization_codes add column id_token_claims text[] not null default '{}';
