//! What keys and values of tags may consist of, for every service that has them.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

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
