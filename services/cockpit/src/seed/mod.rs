//! Reference data: the provinces of the tile map, their cities and the indicators of the plans, from `seeds/`. Loading it again changes nothing.

mod rows;
mod store;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use kit::db::Db;
use serde::de::DeserializeOwned;

use self::rows::{Division, Tile};
use crate::{
    facts::{City, places::PROVINCES},
    plan,
};

/// Loads the reference data of the cockpit from the folder `seeds` in one transaction.
pub async fn load(db: &Db, seeds: &Path) -> Result<()> {
    let tiles: Vec<Tile> = rows(&seeds.join("province-tiles.csv"))?;
    check(&tiles).context("province-tiles.csv")?;
    let divisions: Vec<Division> = rows(&seeds.join("divisions.csv"))?;
    let names: Vec<(String, String)> = divisions
        .iter()
        .map(|division| (division.code.clone(), division.name.clone()))
        .collect();
    let cities = cities(divisions).context("divisions.csv")?;
    let rows: Vec<plan::rules::Row> = rows(&seeds.join("plan-indicators.csv"))?;
    let indicators = rows
        .into_iter()
        .map(|row| {
            let key = row.key.clone();
            plan::rules::indicator(row).with_context(|| format!("plan-indicators.csv, `{key}`"))
        })
        .collect::<Result<Vec<_>>>()?;

    let mut tx = db.begin().await?;
    store::replace_tiles(&mut tx, &tiles).await?;
    store::replace_cities(&mut tx, &cities).await?;
    store::replace_divisions(&mut tx, &names).await?;
    plan::store::replace(&mut tx, &indicators).await?;
    tx.commit().await?;
    tracing::info!(
        provinces = tiles.len(),
        cities = cities.len(),
        indicators = indicators.len(),
        "reference data loaded"
    );
    Ok(())
}

fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| path.display().to_string())?;
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .with_context(|| path.display().to_string())
}

/// The first level of division of the provinces.
fn cities(divisions: Vec<Division>) -> Result<Vec<Division>> {
    let mut cities = Vec::new();
    for division in divisions {
        let city = City::of_division(&division.code).with_context(|| division.code.clone())?;
        if city.to_string() == division.code && city.province().code() != division.code {
            cities.push(division);
        }
    }
    Ok(cities)
}

/// Checks that the file has exactly the provinces that facts can have.
fn check(tiles: &[Tile]) -> Result<()> {
    let mut codes: Vec<&str> = tiles.iter().map(|t| t.code.as_str()).collect();
    codes.sort_unstable();
    let expected: Vec<&str> = PROVINCES.iter().map(|p| p.code()).collect();
    ensure!(
        codes == expected,
        "must have one line for each province of GB/T 2260 and no other"
    );
    Ok(())
}
