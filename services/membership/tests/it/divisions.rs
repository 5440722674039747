//! The list of divisions.

use proto_membership::v1::{Division, ListDivisionsRequest, division::Level};
use tonic::{Request, Response, Status};

use crate::world::{World, refusal};

async fn below(world: &World, parent_code: &str) -> Result<Vec<Division>, Status> {
    let request = ListDivisionsRequest {
        parent_code: parent_code.into(),
    };
    let answer = world
        .divisions()
        .list_divisions(Request::new(request))
        .await;
    answer.map(|answer| Response::into_inner(answer).divisions)
}

#[tokio::test]
async fn the_tree_is_walked_from_the_provinces_to_the_counties() {
    let world = World::new().await;
    let provinces = below(&world, "").await.unwrap();
    assert_eq!(provinces.len(), 34);
    assert!(provinces.windows(2).all(|pair| pair[0].code < pair[1].code));
    assert!(
        provinces
            .iter()
            .all(|p| p.level() == Level::Province && p.parent_code.is_empty())
    );
    let jiangsu = below(&world, "320000").await.unwrap();
    assert_eq!(jiangsu.len(), 13);
    assert_eq!(
        (jiangsu[0].name.as_str(), jiangsu[0].level()),
        ("南京市", Level::City)
    );
    let suzhou = below(&world, "320500").await.unwrap();
    assert!(
        suzhou
            .iter()
            .any(|county| county.name == "昆山市" && county.level() == Level::County)
    );
    // Districts of a municipality hang directly below it.
    assert!(
        below(&world, "110000")
            .await
            .unwrap()
            .iter()
            .all(|d| d.level() == Level::County)
    );
}

#[tokio::test]
async fn what_has_no_parts_has_an_empty_list_and_what_does_not_exist_is_refused() {
    let world = World::new().await;
    assert_eq!(below(&world, "110108").await.unwrap(), []);
    assert_eq!(below(&world, "810000").await.unwrap(), []);
    let refused = refusal(below(&world, "999999").await);
    assert_eq!(
        (refused.reason.as_str(), &*refused.fields),
        ("DIVISION_UNKNOWN", &["parent_code".to_owned()][..])
    );
    assert_eq!(refusal(below(&world, "11").await).fields, ["parent_code"]);
}
