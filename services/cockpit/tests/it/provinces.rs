//! `GetProvince`: a province and its cities.

use std::collections::BTreeMap;

use cockpit::catalogue::Metric;
use proto_cockpit::v1::GetProvinceRequest;
use tonic::Code;

use crate::{
    histories,
    questions::played,
    stage::{self, as_},
};

fn request(province: &str) -> GetProvinceRequest {
    GetProvinceRequest {
        province_code: province.to_owned(),
    }
}

#[tokio::test]
async fn the_cities_of_every_province_are_what_a_recount_says() {
    let played = played().await;
    let mut seen = 0;
    for province in ["110000", "330000", "440000", "820000", "000000", "650000"] {
        let answer = played
            .service
            .client()
            .get_province(as_(&played.leader, request(province)))
            .await
            .unwrap()
            .into_inner();
        let expected = |metric: Metric| {
            let mut cities: BTreeMap<String, i64> = BTreeMap::new();
            let days: Vec<_> = match metric.definition().kind {
                cockpit::catalogue::Kind::Stock => vec![played.today],
                cockpit::catalogue::Kind::Flow => played.histories.days.iter().copied().collect(),
            };
            for day in days {
                for ((city, _), n) in played.histories.recount_by(histories::city, metric, day) {
                    if city[..2] == province[..2] {
                        *cities.entry(city).or_default() += n;
                    }
                }
            }
            cities.retain(|_, n| *n != 0);
            cities
        };
        type Figure = fn(&proto_cockpit::v1::City) -> i64;
        let figures: [(Metric, Figure); 4] = [
            (Metric::PeopleRegistered, |c| c.people),
            (Metric::MembershipsActive, |c| c.memberships),
            (Metric::ActivitiesPublished, |c| c.activities),
            (Metric::Attendances, |c| c.attendances),
        ];
        for (metric, figure) in figures {
            let found: BTreeMap<String, i64> = answer
                .cities
                .iter()
                .map(|city| (city.division_code.clone(), figure(city)))
                .filter(|(_, n)| *n != 0)
                .collect();
            assert_eq!(found, expected(metric), "{} in {province}", metric.name());
            seen += found.len();
        }
        let total = answer.province.unwrap();
        assert_eq!(
            total.people,
            answer.cities.iter().map(|c| c.people).sum::<i64>()
        );
        assert!(
            answer
                .cities
                .is_sorted_by_key(|c| std::cmp::Reverse(c.memberships))
        );
        for city in &answer.cities {
            match city.division_code.as_str() {
                "440300" => assert_eq!(city.name, "深圳市"),
                "110105" => assert_eq!(city.name, "朝阳区"),
                "330100" => assert_eq!(city.name, "杭州市"),
                own => assert_eq!((own, city.name.as_str()), (province, "")),
            }
        }
    }
    assert!(seen > 10, "the world is too small to show anything");
}

#[tokio::test]
async fn an_analyst_sees_the_societys_numbers_and_none_about_people() {
    let played = played().await;
    let memberships =
        played
            .histories
            .recount_by(histories::city, Metric::MembershipsActive, played.today);
    // A society, and a province in which it has members.
    let ((city, organisation), _) = memberships.iter().next_back().expect("a membership");
    let code = format!("{}0000", &city[..2]);
    let expected: i64 = memberships
        .iter()
        .filter(|((c, o), _)| c[..2] == city[..2] && o == organisation)
        .map(|(_, n)| n)
        .sum();

    let own = stage::person_with(&played.database.pool, "society.analyst", *organisation).await;
    let answer = played
        .service
        .client()
        .get_province(as_(&own, request(&code)))
        .await
        .unwrap()
        .into_inner();
    let province = answer.province.unwrap();
    assert_eq!((province.memberships, province.people), (expected, 0));
}

#[tokio::test]
async fn a_code_that_is_no_province_is_refused() {
    let played = played().await;
    let refused = played
        .service
        .client()
        .get_province(as_(&played.leader, request("990000")))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}
