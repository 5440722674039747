//! The forms that are answered now, ready to be evaluated. A version never changes, so what is kept is never out of date.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use form_versions::{Tables, desk};
use forms::Form;
use kit::{db::Db, errors::Result};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// So many versions are kept; a form is some ten kilobytes.
const MOST: usize = 256;

/// `None` stands for a version that there is none of.
type Place = Arc<OnceCell<Option<Arc<Form>>>>;

/// The forms that are kept in this process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Forms(Arc<Mutex<HashMap<(Uuid, i32), Place>>>);

impl Forms {
    /// A version of the form of an activity. Of many who ask at once, one reads it and the others wait.
    pub async fn version(
        &self,
        db: &Db,
        activity_id: Uuid,
        number: i32,
    ) -> Result<Option<Arc<Form>>> {
        let place = self.place((activity_id, number));
        let form = place
            .get_or_try_init(async || {
                let mut conn = db.read().await?;
                let form = desk::version(&Tables, &mut conn, activity_id, number).await?;
                Ok::<_, kit::errors::Problem>(form.map(Arc::new))
            })
            .await?;
        if form.is_none() {
            // It may be published later.
            self.kept().remove(&(activity_id, number));
        }
        Ok(form.clone())
    }

    fn place(&self, key: (Uuid, i32)) -> Place {
        let mut kept = self.kept();
        if kept.len() >= MOST && !kept.contains_key(&key) {
            kept.clear();
        }
        Arc::clone(kept.entry(key).or_default())
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<(Uuid, i32), Place>> {
        // Nothing that can panic happens under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
