-- The numbers of the cockpit: signed facts, and their sums.

-- One set of numbers. A rebuild fills a new one while the old one serves, and then they change places.
create table generations (
    generation integer generated always as identity primary key,
    state text not null check (state in ('building', 'serving', 'retired')),
    created_at timestamptz not null default now()
);
-- One serves, one at most is being built.
create unique index one_generation_a_state on generations (state) where state <> 'retired';
insert into generations (state) values ('serving');

-- By how much a metric moved on a day in China, in a province, for an organisation. Rows of the present day are updated
-- all the time: leave room to do that within their page.
create table facts (
    generation integer not null,
    -- A name of the catalogue.
    metric text collate "C" not null,
    day date not null,
    -- GB/T 2260; '000000': none known.
    province_code text collate "C" not null check (province_code ~ '^[0-9]{2}0000$'),
    -- Nil: belongs to no organisation (facts about people).
    organisation_id uuid not null,
    delta bigint not null,
    primary key (generation, metric, day, province_code, organisation_id)
) with (fillfactor = 70);
-- A society's own numbers among those of all.
create index facts_by_organisation on facts (generation, organisation_id, metric, day);

-- The sums of the facts over all days, so that the present state needs no walk through the years.
create table totals (
    generation integer not null,
    metric text collate "C" not null,
    province_code text collate "C" not null check (province_code ~ '^[0-9]{2}0000$'),
    organisation_id uuid not null,
    value bigint not null,
    primary key (generation, metric, province_code, organisation_id)
) with (fillfactor = 50);
create index totals_by_organisation on totals (generation, organisation_id, metric);

-- When the latest counted fact of a service happened.
create table last_facts (
    generation integer not null,
    source text not null,
    occurred_at timestamptz not null,
    primary key (generation, source)
) with (fillfactor = 50);

-- The names of the provinces and their places on the tile map (seeds/province-tiles.csv).
create table provinces (
    code text collate "C" primary key check (code ~ '^[0-9]{2}0000$'),
    short_name text not null check (short_name <> ''),
    tile_row smallint not null check (tile_row >= 0),
    tile_column smallint not null check (tile_column >= 0),
    unique (tile_row, tile_column)
);

-- What the plans promise (seeds/plan-indicators.csv), in the order of the file.
create table plan_indicators (
    key text primary key check (key ~ '^[a-z][a-z0-9_]{0,59}$'),
    ordinal integer not null,
    name text not null check (name <> ''),
    target double precision not null,
    unit text not null check (unit <> ''),
    comparison text not null check (comparison in ('at_least', 'about')),
    due_on date,
    document text not null check (document <> ''),
    clause text not null check (clause <> '')
);
