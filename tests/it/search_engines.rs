//! Sitemap and robots.txt.

use testkit::Platform;

use crate::visitor::Visitor;

/// On a platform with an upcoming activity.
pub async fn check(platform: &Platform) {
    let text = async |path: &str| {
        let url = format!("{}{path}", platform.gateway_url());
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    };
    let mut visitor = Visitor::new(platform.gateway_url());
    let activities = visitor.get("/v1/activities?pageSize=1").await.ok();
    let society = visitor
        .get("/v1/organisations?query=中国计算机学会")
        .await
        .ok();
    let sitemap = text("/sitemap.xml").await;
    for (list, id) in [
        ("activities", &activities["activities"][0]["activityId"]),
        (
            "organisations",
            &society["organisations"][0]["organisationId"],
        ),
    ] {
        let page = format!("/{list}/{}</loc>", id.as_str().unwrap());
        assert!(sitemap.contains(&page), "{page} is not in {sitemap}");
    }
    // All national societies, on several pages of the list.
    assert!(sitemap.matches("<loc>").count() > 217, "{sitemap}");
    let robots = text("/robots.txt").await;
    assert!(
        robots.contains("Disallow: /me\n") && robots.contains("/sitemap.xml\n"),
        "{robots}"
    );
}
