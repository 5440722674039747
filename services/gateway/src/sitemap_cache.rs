//! The sitemap of a moment ago.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So long the list is given out as it is.
const LIFETIME: Duration = Duration::from_secs(600);

/// The list of a moment ago. Every replica makes its own.
#[derive(Debug, Default)]
pub struct SitemapCache(Mutex<Option<(Instant, String)>>);

impl SitemapCache {
    /// The list, unless it is too old.
    pub fn kept(&self) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, text) = kept.as_ref()?;
        (since.elapsed() < LIFETIME).then(|| text.clone())
    }

    /// A new list.
    pub fn keep(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_kept_is_given_out_until_it_is_old() {
        let sitemap = SitemapCache::default();
        assert_eq!(sitemap.kept(), None);
        sitemap.keep("<urlset/>".to_owned());
        let kept = sitemap.kept().unwrap_or_default();
        assert_eq!(kept, "<urlset/>");
        let old = Instant::now().checked_sub(LIFETIME);
        if let (Some(old), Ok(mut inside)) = (old, sitemap.0.lock()) {
            *inside = Some((old, kept));
        }
        assert_eq!(sitemap.kept(), None);
    }
}
