//! Tags as clients send them to every service that has them, and what their keys and values may consist of.

use serde::{Deserialize, Serialize};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// One tag.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagInput {
    /// Its key.
    pub key: Option<String>,
    /// Its value.
    pub value: Option<String>,
}

/// The tags of a list that have both key and value, for condition keys.
pub fn pairs(list: Option<&[Option<TagInput>]>) -> Vec<(&str, &str)> {
    let tags = list.unwrap_or_default().iter().flatten();
    tags.filter_map(|tag| Some((tag.key.as_deref()?, tag.value.as_deref()?))).collect()
}

/// `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`
pub fn matches_pattern(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c, '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
            || c.is_ascii_alphanumeric()
            || matches!(
                c.general_category_group(),
                GeneralCategoryGroup::Letter | GeneralCategoryGroup::Separator | GeneralCategoryGroup::Number
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_knows_letters_numbers_and_separators_of_every_script() {
        for good in ["", "Größe", "部署", "a b\u{2028}", "½Ⅷ", "k_.:/=+-@9"] {
            assert!(matches_pattern(good), "{good:?}");
        }
        for bad in ["a%", "a?b", "a&b", "a\tb", "<x>", "a\u{301}", "😀"] {
            assert!(!matches_pattern(bad), "{bad:?}");
        }
    }
}
