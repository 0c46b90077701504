//! Local storage: preferences only. Refusal (private mode, full) is no error.

use super::window;

fn store() -> Option<web_sys::Storage> {
    window()?.local_storage().ok()?
}

/// A stored value.
pub fn load(key: &str) -> Option<String> {
    store()?.get_item(key).ok()?
}

/// Stores a value; an empty one is removed.
pub fn save(key: &str, value: &str) {
    if let Some(store) = store() {
        let done = if value.is_empty() {
            store.remove_item(key)
        } else {
            store.set_item(key, value)
        };
        drop(done);
    }
}
