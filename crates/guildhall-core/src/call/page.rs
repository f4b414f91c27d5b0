//! Pages: at most 20 entries, and a token that says where the next page starts.
//!
//! A token is sealed with the server's key for one operation, caller and filter, so that no client can make one
//! up or use it elsewhere (accounts.md 1.6). It names a place in an order of everything that the list could ever
//! show, the place of the last entry that was shown. So a page goes on there whatever comes and goes, that entry
//! included, and every page costs the same.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::call::command::Reply;
use crate::call::cx::Cx;
use crate::kernel::json::{Json, WriteJson};

/// The most entries on a page, and how many there are when the client does not say.
pub const PAGE_MAX: usize = 20;

const SEAL: usize = 16;

/// The key that page tokens are sealed with. Kept in the store, so that tokens outlive a restart.
#[derive(Clone)]
pub struct PageKey([u8; 32]);

impl PageKey {
    /// A key of 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// What a listing's tokens are bound to: the operation, and its filters as text.
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    /// The operation.
    pub operation: &'static str,
    /// What else the client chose.
    pub filter: &'a str,
}

/// One page as it was asked for.
pub struct Request<K> {
    /// How many entries at most.
    pub limit: usize,
    /// The last entry of the page before.
    pub after: Option<K>,
}

/// A page: its entries, and the token of the next one.
pub struct Page<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// The token, if there is more.
    pub next_token: Option<String>,
}

impl<T: WriteJson> Page<T> {
    /// The page as an answer: its entries as the member `name`, and `NextToken` if there is more.
    pub fn reply(&self, name: &str) -> Reply {
        let mut json = Json::with_capacity(64 + self.entries.len() * 700);
        json.raw("{").string(name).raw(":").list(&self.entries);
        if let Some(token) = &self.next_token {
            json.raw(r#","NextToken":"#).string(token);
        }
        json.raw("}");
        json.into_bytes()
    }
}

impl Listing<'_> {
    fn seal(&self, cx: &Cx<'_>, place: &str) -> [u8; SEAL] {
        let mut seal = [0; SEAL];
        // HMAC takes keys of every length.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&cx.settings.page_key.0) {
            for part in [self.operation, &cx.caller.account.text(), self.filter, place] {
                mac.update(&part.len().to_be_bytes());
                mac.update(part.as_bytes());
            }
            seal.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
        }
        seal
    }

    /// The place that a token names, if it is one of this listing's.
    pub fn place(&self, cx: &Cx<'_>, token: &str) -> Option<String> {
        // No place is longer than the beginning of a path with a digest: nothing longer is worth decoding.
        let bytes = (token.len() <= 1_000).then(|| URL_SAFE_NO_PAD.decode(token).ok())??;
        let (seal, place) = bytes.split_at_checked(SEAL)?;
        let place = std::str::from_utf8(place).ok()?;
        bool::from(self.seal(cx, place).as_slice().ct_eq(seal)).then(|| place.to_owned())
    }

    /// Takes one page of `entries`, which start after the request's place. `place` says where in the order of the list an
    /// entry stands; no two stand at the same place.
    pub fn page<T, K: Display>(
        &self,
        cx: &Cx<'_>,
        limit: usize,
        entries: impl Iterator<Item = T>,
        place: impl Fn(&T) -> K,
    ) -> Page<T> {
        let mut entries: Vec<T> = entries.take(limit + 1).collect();
        let mut next_token = None;
        if entries.len() > limit {
            entries.truncate(limit);
            next_token = entries.last().map(|last| {
                let place = place(last).to_string();
                let mut bytes = self.seal(cx, &place).to_vec();
                bytes.extend_from_slice(place.as_bytes());
                URL_SAFE_NO_PAD.encode(bytes)
            });
        }
        Page { entries, next_token }
    }
}
