-- ES256 beside EdDSA and RS256. The version before reads keys by algorithm and publishes all of them.
alter table signing_keys drop constraint signing_keys_algorithm_check;
alter table signing_keys add constraint signing_keys_algorithm_check check (algorithm in ('EdDSA', 'RS256', 'ES256'));
-- How ID tokens for a client are signed.
alter table clients add column id_token_algorithm text not null default 'RS256'
    check (id_token_algorithm in ('RS256', 'ES256', 'EDDSA'));
