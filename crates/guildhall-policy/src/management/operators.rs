//! The operators of management policies (policies.md 4.1).

/// The key of the list that says what lower nodes may use.
pub(super) const CONTROL: &str = "@@operators_allowed_for_child_policies";

/// A set of operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operators(u8);

impl Operators {
    pub(super) const NONE: Operators = Operators(0);
    pub(super) const ASSIGN: Operators = Operators(1);
    pub(super) const APPEND: Operators = Operators(2);
    pub(super) const REMOVE: Operators = Operators(4);
    pub(super) const ALL: Operators = Operators(7);

    /// The operator with this name, in any case.
    pub(super) fn named(name: &str) -> Option<Operators> {
        match name.to_ascii_lowercase().as_str() {
            "@@assign" => Some(Operators::ASSIGN),
            "@@append" => Some(Operators::APPEND),
            "@@remove" => Some(Operators::REMOVE),
            _ => None,
        }
    }

    /// Whether all of these are in the set.
    pub(super) fn has(self, other: Operators) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether lower nodes may add names to a section with this set: policies.md 4.2, item 5, which AWS documents and
    /// no recording covers.
    pub(super) fn lets_names_in(self) -> bool {
        self.has(Operators::ASSIGN) || self.has(Operators::APPEND)
    }

    pub(super) fn and(self, other: Operators) -> Operators {
        Operators(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Operators) -> Operators {
        Operators(self.0 | other.0)
    }
}
