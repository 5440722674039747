-- Provinces drill down to their cities: the present value of every metric by city.
--
-- The version before this one goes on counting without looking here. What it counts in the meantime is missing from these
-- sums; a service that starts compares them with `totals` and rebuilds if they differ (the room `rebuild`).
create table city_totals (
    generation integer not null,
    metric text collate "C" not null,
    -- GB/T 2260: a city, a county that stands under no city, or the province itself where no more is known; '000000': nothing known.
    city_code text collate "C" not null check (city_code ~ '^[0-9]{6}$'),
    organisation_id uuid not null,
    value bigint not null,
    primary key (generation, metric, city_code, organisation_id)
) with (fillfactor = 50);

-- The names of the cities (seeds/divisions.csv).
create table cities (
    code text collate "C" primary key check (code ~ '^[0-9]{6}$'),
    name text not null check (name <> '')
);
