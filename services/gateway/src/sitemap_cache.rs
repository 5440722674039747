//! Caches the sitemap.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// Lifetime of the cached sitemap.
const LIFETIME: Duration = Duration::from_secs(600);

/// The cached sitemap. Each replica makes its own.
#[derive(Debug, Default)]
pub struct SitemapCache(Mutex<Option<(Instant, String)>>);

impl SitemapCache {
    /// The sitemap; if it is expired, one request makes it and the others wait.
    pub async fn get<E>(&self, make: impl Future<Output = Result<String, E>>) -> Result<String, E> {
        let mut kept = self.0.lock().await;
        if let Some((since, text)) = kept.as_ref()
            && since.elapsed() < LIFETIME
        {
            return Ok(text.clone());
        }
        let text = make.await?;
        *kept = Some((Instant::now(), text.clone()));
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_request_makes_the_list_and_the_others_wait_for_it() {
        let cache = SitemapCache::default();
        let made = std::cell::Cell::new(0);
        let make = || async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            made.set(made.get() + 1);
            Ok::<_, ()>(made.get().to_string())
        };
        let (one, other) = tokio::join!(cache.get(make()), cache.get(make()));
        assert_eq!((one, other), (Ok("1".to_owned()), Ok("1".to_owned())));
        let old = Instant::now().checked_sub(LIFETIME);
        *cache.0.lock().await = old.map(|old| (old, String::new()));
        assert_eq!(cache.get(make()).await, Ok("2".to_owned()));
        // A failure is not kept.
        *cache.0.lock().await = None;
        assert_eq!(cache.get(async { Err(()) }).await, Err(()));
        assert_eq!(cache.get(make()).await, Ok("3".to_owned()));
    }
}
