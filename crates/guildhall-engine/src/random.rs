//! Randomness: the only place that draws it.

use std::sync::Arc;

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes: {0}")]
pub struct NoRandom(String);

/// Where an engine gets its seeds from: [`system`], or a source of a test's own that can be played again.
pub type Seeds = Arc<dyn Fn() -> Result<[u8; 32], NoRandom> + Send + Sync>;

/// Seeds from the operating system.
pub fn system() -> Seeds {
    Arc::new(seed)
}

/// 32 random bytes from the operating system.
pub fn seed() -> Result<[u8; 32], NoRandom> {
    let mut bytes = [0; 32];
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    getrandom::fill(&mut bytes).map_err(|e| NoRandom(e.to_string()))?;
    Ok(bytes)
}
