//! What a page waits for: the server writes it into the page, and the browser reads it out again.

use codee::{Decoder, Encoder};
use leptos::{prelude::*, server_fn::ServerFn};
use serde::{Serialize, de::DeserializeOwned};

/// JSON, read as bytes: so are the answers of server functions, and another way to read the same
/// types would be all of their reading code once more in the wasm.
#[derive(Debug, Clone, Copy)]
pub struct Written;

impl<T: Serialize> Encoder<T> for Written {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Written {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        serde_json::from_slice(text.as_bytes())
    }
}

/// Something that a page waits for.
pub type Loaded<T> = Resource<T, Written>;

/// Loads anew whenever what `source` says has changed.
pub fn resource<S, T, Fut>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetcher: impl Fn(S) -> Fut + Send + Sync + 'static,
) -> Loaded<T>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, fetcher, false)
}

/// Has a page loaded anew once a form on it was accepted. The answer leads to the address that one
/// is at already, which to the browser's router is no way to go.
#[derive(Debug, Clone, Copy)]
pub struct Anew(RwSignal<u32>);

impl Anew {
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::new(0))
    }

    /// Part of what a resource depends on.
    #[must_use]
    pub fn count(self) -> u32 {
        self.0.get()
    }

    /// Counts when the action was accepted.
    pub fn after<S>(self, action: ServerAction<S>)
    where
        S: ServerFn + Send + Sync + Clone + 'static,
        S::Output: Send + Sync + 'static,
        S::Error: Send + Sync + Clone + 'static,
    {
        let value = action.value();
        Effect::new(move |_| {
            if value.with(|answer| matches!(answer, Some(Ok(_)))) {
                self.0.update(|count| *count += 1);
            }
        });
    }
}

impl Default for Anew {
    fn default() -> Self {
        Self::new()
    }
}
