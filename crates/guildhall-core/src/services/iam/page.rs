//! Pages of IAM's lists: up to 1,000 entries, 100 unless the client says otherwise, and a marker of the next page
//! (identity.md 1.7).

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::errors::IamError;
use crate::call::cx::Cx;
use crate::call::page::Listing;
use crate::kernel::refusal::Refusal;
use crate::rules::constraints::{self, Checks};

/// How many entries a page has when the client does not say.
const DEFAULT: usize = 100;

/// What a client says of the page that it wants.
pub(super) struct Wanted<'a> {
    listing: Listing<'a>,
    limit: usize,
    /// The last entry of the page before.
    pub(super) after: Option<String>,
}

/// A page.
pub(super) struct Page<T> {
    /// Its entries.
    pub(super) entries: Vec<T>,
    /// Whether there is more.
    pub(super) is_truncated: bool,
    /// What the next page is asked for with.
    pub(super) marker: Option<String>,
}

impl<'a> Wanted<'a> {
    /// The page that `marker` and `max_items` ask for, of this operation with these filters. Refuses markers of anything
    /// else.
    pub(super) fn new(
        operation: &'static str,
        filter: &'a str,
        marker: Option<&str>,
        max_items: Option<i64>,
        cx: &Cx<'_>,
    ) -> Result<Self, IamError> {
        let listing = Listing { operation, filter };
        let invalid = || IamError::ValidationError("Invalid Marker.".into());
        let after = marker.map(|marker| listing.place(cx, marker).ok_or_else(invalid)).transpose()?;
        let limit = max_items.and_then(|items| usize::try_from(items).ok()).unwrap_or(DEFAULT);
        Ok(Self { listing, limit, after })
    }

    /// Takes the page from `entries`, which start behind [`Wanted::after`]; `place` says where an entry stands.
    pub(super) fn take<T, K: Display>(
        &self,
        cx: &Cx<'_>,
        entries: impl Iterator<Item = T>,
        place: impl Fn(&T) -> K,
    ) -> Page<T> {
        let page = self.listing.page(cx, self.limit, entries, place);
        Page { entries: page.entries, is_truncated: page.next_token.is_some(), marker: page.next_token }
    }
}

/// The input of lists below a path.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PathInput {
    path_prefix: Option<String>,
    pub(super) marker: Option<String>,
    pub(super) max_items: Option<i64>,
}

impl PathInput {
    /// What paths have to begin with.
    pub(super) fn prefix(&self) -> &str {
        self.path_prefix.as_deref().unwrap_or("/")
    }

    pub(super) fn validate(&self) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("pathPrefix", self.path_prefix.as_deref(), &constraints::PATH_PREFIX);
        checks.page(self.marker.as_deref(), self.max_items);
        checks.finish().map_err(IamError::from)?;
        Ok(())
    }
}
