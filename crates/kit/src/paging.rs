//! Page tokens (AIP-158). A token is sealed: opaque to callers, bound to its filter, and not forgeable, so its content
//! can be used in a query as is.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proto_platform::reasons;
use serde::{Serialize, de::DeserializeOwned};

use crate::{crypto::Keys, errors::Problem};

/// Default page size.
pub const DEFAULT_SIZE: i32 = 50;
/// Maximum page size; the contract may set lower limits.
pub const MAX_SIZE: i32 = 1_000;

const PURPOSE: &str = "kit.page-token";

/// The requested page. `T` is the sort key of the last row of the page before, e.g. `(OffsetDateTime, Uuid)`.
#[derive(Debug)]
pub struct Page<T> {
    /// How many rows to fetch: one more than the page holds, to detect a next page.
    pub limit: i64,
    /// Fetch the rows after this key; `None` on the first page.
    pub after: Option<T>,
    context: Vec<u8>,
    keys: Keys,
}

impl<T: Serialize + DeserializeOwned> Page<T> {
    /// Reads `page_size` (0 means 50) and `page_token`. `filter` is the name of the list and every value that selects
    /// or sorts its rows: a token made for another filter is refused.
    pub fn of<F: AsRef<[u8]>>(
        page_size: i32,
        page_token: &str,
        filter: &[F],
        keys: &Keys,
    ) -> Result<Self, Problem> {
        if page_size < 0 {
            return Err(Problem::invalid(
                "page_size",
                "Negative; leave it out or give a number from 1.",
            ));
        }
        let size = if page_size == 0 {
            DEFAULT_SIZE
        } else {
            page_size.min(MAX_SIZE)
        };
        let context = fingerprint(filter);
        let after = if page_token.is_empty() {
            None
        } else {
            let key = open(page_token, &context, keys)
                .ok_or_else(|| Problem::of(&reasons::PAGE_TOKEN_INVALID))?;
            Some(key)
        };
        Ok(Self {
            limit: i64::from(size) + 1,
            after,
            context,
            keys: keys.clone(),
        })
    }

    /// Truncates the fetched rows to the page and makes the token of the next one (empty on the last). `key` returns a
    /// row's sort key.
    pub fn next<R>(&self, mut rows: Vec<R>, key: impl FnOnce(&R) -> T) -> (Vec<R>, String) {
        let size = usize::try_from(self.limit - 1).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return (rows, String::new());
        }
        rows.truncate(size);
        // Sort keys are numbers, texts and times, which always have a JSON form. Otherwise the list ends here.
        let token = rows
            .last()
            .and_then(|last| serde_json::to_vec(&key(last)).ok())
            .map(|plain| URL_SAFE_NO_PAD.encode(self.keys.seal(PURPOSE, &self.context, &plain)))
            .unwrap_or_default();
        (rows, token)
    }
}

fn open<T: DeserializeOwned>(token: &str, context: &[u8], keys: &Keys) -> Option<T> {
    let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
    let plain = keys.open(PURPOSE, context, &sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// Lengths are included, so that ("ab", "c") and ("a", "bc") differ.
fn fingerprint<F: AsRef<[u8]>>(filter: &[F]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in filter.iter().map(AsRef::as_ref) {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn keys() -> Keys {
        Keys::parse(&format!("1:{}", STANDARD.encode([3; 32]))).unwrap()
    }

    fn walk(rows: usize, size: i32) -> Vec<usize> {
        let (keys, mut token, mut seen) = (keys(), String::new(), Vec::new());
        loop {
            let page = Page::<usize>::of(size, &token, &["numbers"], &keys).unwrap();
            let from = page.after.map_or(0, |last| last + 1);
            let fetched: Vec<usize> = (from..rows)
                .take(usize::try_from(page.limit).unwrap())
                .collect();
            let (shown, next) = page.next(fetched, |row| *row);
            assert!(shown.len() <= usize::try_from(size).unwrap());
            seen.extend(shown);
            if next.is_empty() {
                return seen;
            }
            token = next;
        }
    }

    proptest! {
        #[test]
        fn every_row_comes_exactly_once(rows in 0usize..200, size in 1i32..50) {
            prop_assert_eq!(walk(rows, size), (0..rows).collect::<Vec<_>>());
        }

        #[test]
        fn foreign_tokens_are_refused(token in "\\PC{1,80}") {
            let problem = Page::<usize>::of(10, &token, &[""], &keys()).unwrap_err();
            prop_assert_eq!(problem.reason().code, "PAGE_TOKEN_INVALID");
        }
    }

    #[test]
    fn a_token_belongs_to_its_filter() {
        let keys = keys();
        let page = Page::<usize>::of(1, "", &["ab", "c"], &keys).unwrap();
        let (_, token) = page.next(vec![1, 2], |row| *row);
        assert!(Page::<usize>::of(1, &token, &["ab", "c"], &keys).is_ok());
        assert!(Page::<usize>::of(1, &token, &["a", "bc"], &keys).is_err());
        assert!(
            Page::<String>::of(1, &token, &["ab", "c"], &keys).is_err(),
            "a token of another type of key"
        );
        assert!(token.len() < 100, "{}", token.len());
    }

    #[test]
    fn sizes_have_a_default_and_a_limit() {
        let limit = |size| Page::<usize>::of(size, "", &[""], &keys()).unwrap().limit;
        assert_eq!((limit(0), limit(1), limit(i32::MAX)), (51, 2, 1_001));
        let problem = Page::<usize>::of(-1, "", &[""], &keys()).unwrap_err();
        assert_eq!(problem.violations()[0].0, "page_size");
    }
}
