//! Storage: local for preferences, that of the tab for what must go with it. Refusal (private mode,
//! full) is no error.

use super::window;

fn store() -> Option<web_sys::Storage> {
    window()?.local_storage().ok()?
}

fn of_tab() -> Option<web_sys::Storage> {
    window()?.session_storage().ok()?
}

/// A stored value.
pub fn load(key: &str) -> Option<String> {
    store()?.get_item(key).ok()?
}

/// Stores a value; an empty one is removed.
pub fn save(key: &str, value: &str) {
    put(store(), key, value);
}

/// A value stored until the tab closes.
pub fn load_in_tab(key: &str) -> Option<String> {
    of_tab()?.get_item(key).ok()?
}

/// Stores a value until the tab closes; an empty one is removed.
pub fn save_in_tab(key: &str, value: &str) {
    put(of_tab(), key, value);
}

fn put(store: Option<web_sys::Storage>, key: &str, value: &str) {
    if let Some(store) = store {
        let done = if value.is_empty() {
            store.remove_item(key)
        } else {
            store.set_item(key, value)
        };
        drop(done);
    }
}
