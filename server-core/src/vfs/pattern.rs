//! Search expressions ([MS-FSA] 2.1.4.4): `*`, `?`, and the DOS forms `<`, `>`, `"`; compared without case. All parts of
//! an expression are followed at once, a bit for each: a character of a name costs a handful of words, whatever the
//! wildcards.

use std::sync::Arc;

use super::namespace::fold;

/// Parts of an expression at most. No name has as many characters.
const MAX_PARTS: usize = 255;
const WORDS: usize = (MAX_PARTS + 1).div_ceil(64);

/// A search expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Nothing for "everything".
    parts: Option<Arc<Parts>>,
    /// As it was given, when it has no wildcard.
    literal: Option<String>,
}

/// Where in an expression each kind of part is. A name has got to a place when all before that place has matched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Parts {
    count: usize,
    /// More than a name can have: nothing matches.
    too_many: bool,
    /// Of each character, sorted.
    literals: Vec<(char, Places)>,
    /// `*`.
    stars: Places,
    /// `?`.
    any: Places,
    /// `<`, DOS_STAR.
    dos_stars: Places,
    /// `>`, DOS_QM.
    dos_any: Places,
    /// `"`, DOS_DOT.
    dos_dots: Places,
}

/// A set of places in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Places([u64; WORDS]);

impl Places {
    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn has(&self, at: usize) -> bool {
        self.0[at / 64] & 1 << (at % 64) != 0
    }

    fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    fn each(self, other: Self, both: impl Fn(u64, u64) -> u64) -> Self {
        Self(std::array::from_fn(|word| both(self.0[word], other.0[word])))
    }

    fn or(self, other: Self) -> Self {
        self.each(other, |a, b| a | b)
    }

    fn and(self, other: Self) -> Self {
        self.each(other, |a, b| a & b)
    }

    /// Each of them, one place on.
    fn next(self) -> Self {
        let mut carried = 0;
        Self(self.0.map(|word| {
            let shifted = word << 1 | carried;
            carried = word >> 63;
            shifted
        }))
    }

    /// With every place that can be reached from these by passing over parts that may match nothing.
    fn passing(self, nothing: Self) -> Self {
        // Adding to a run of ones carries from where it is entered to the place after its end.
        let entered = self.and(nothing);
        let mut carried = false;
        let sum = Self(std::array::from_fn(|word| {
            let (sum, first) = nothing.0[word].overflowing_add(entered.0[word]);
            let (sum, second) = sum.overflowing_add(u64::from(carried));
            carried = first || second;
            sum
        }));
        self.or(sum.each(nothing, |a, b| a ^ b))
    }
}

impl Parts {
    fn of(expression: &str) -> Self {
        let mut parts = Self::default();
        for part in fold(expression).chars() {
            let at = parts.count;
            if at == MAX_PARTS {
                parts.too_many = true;
                break;
            }
            parts.count += 1;
            match part {
                '*' => parts.stars.set(at),
                '?' => parts.any.set(at),
                '<' => parts.dos_stars.set(at),
                '>' => parts.dos_any.set(at),
                '"' => parts.dos_dots.set(at),
                literal => match parts.literals.binary_search_by_key(&literal, |(known, _)| *known) {
                    Ok(known) => parts.literals[known].1.set(at),
                    Err(between) => {
                        let mut places = Places::default();
                        places.set(at);
                        parts.literals.insert(between, (literal, places));
                    }
                },
            }
        }
        parts
    }

    fn matches(&self, name: &str) -> bool {
        if self.too_many {
            return false;
        }
        let name = fold(name);
        let last_dot = name.rfind('.');
        let star_like = self.stars.or(self.dos_stars);
        let mut reached = Places::default();
        reached.set(0);
        for (at, letter) in name.char_indices() {
            // What may match nothing here: stars, and DOS_QM before a dot.
            let mut nothing = star_like;
            // What takes the letter and is done, and what takes it and goes on.
            let mut takes = self.any;
            let mut keeps = self.stars;
            if letter == '.' {
                nothing = nothing.or(self.dos_any);
                takes = takes.or(self.dos_dots);
            } else {
                takes = takes.or(self.dos_any);
            }
            if last_dot == Some(at) {
                // DOS_STAR does not go on past the last dot.
                takes = takes.or(self.dos_stars);
            } else {
                keeps = keeps.or(self.dos_stars);
            }
            if let Ok(known) = self.literals.binary_search_by_key(&letter, |(known, _)| *known) {
                takes = takes.or(self.literals[known].1);
            }
            let here = reached.passing(nothing);
            reached = here.and(takes).next().or(here.and(keeps));
            if reached.is_empty() {
                return false;
            }
        }
        let nothing = star_like.or(self.dos_any).or(self.dos_dots);
        reached.passing(nothing).has(self.count)
    }
}

impl Pattern {
    /// From the text of a request. Empty, `*` and `*.*` mean everything.
    pub fn new(expression: &str) -> Self {
        let everything = matches!(expression, "" | "*" | "*.*");
        let literal =
            (!everything && !expression.contains(['*', '?', '<', '>', '"'])).then(|| expression.to_owned());
        let parts = (!everything).then(|| Arc::new(Parts::of(expression)));
        Self { parts, literal }
    }

    /// Everything.
    pub fn all() -> Self {
        Self::new("*")
    }

    /// Whether it has no wildcard, so that at most one name matches.
    pub fn is_literal(&self) -> bool {
        self.literal.is_some()
    }

    /// The one name that matches, whatever its case, when it has no wildcard.
    pub(super) fn literal(&self) -> Option<&str> {
        self.literal.as_deref()
    }

    /// Whether a name matches.
    pub fn matches(&self, name: &str) -> bool {
        self.parts.as_ref().is_none_or(|parts| parts.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As the specification has it: row by row from the end of the expression, whether the rest of it matches the name
    /// from each character on.
    fn by_the_book(expression: &str, name: &str) -> bool {
        let expression: Vec<char> = fold(expression).chars().collect();
        let name: Vec<char> = fold(name).chars().collect();
        let last_dot = name.iter().rposition(|c| *c == '.');
        let mut reach = vec![false; name.len() + 1];
        reach[name.len()] = true;
        for part in expression.iter().rev() {
            let rest = reach;
            reach = vec![false; name.len() + 1];
            for at in (0..=name.len()).rev() {
                let here = name.get(at);
                let next = |row: &[bool]| row.get(at + 1).copied().unwrap_or(false);
                reach[at] = match part {
                    '*' => rest[at] || next(&reach),
                    '<' if last_dot == Some(at) => rest[at] || next(&rest),
                    '<' => rest[at] || next(&reach),
                    '?' => here.is_some() && next(&rest),
                    '>' => match here {
                        None | Some('.') => rest[at],
                        Some(_) => next(&rest),
                    },
                    '"' => match here {
                        None => rest[at],
                        Some('.') => next(&rest),
                        Some(_) => false,
                    },
                    literal => here == Some(literal) && next(&rest),
                };
            }
        }
        reach[0]
    }

    fn matches(expression: &str, name: &str) -> bool {
        Pattern::new(expression).matches(name)
    }

    #[test]
    fn wildcards_match_as_windows_does() {
        assert!(matches("*", "anything") && matches("*.*", "no dot") && matches("", "x"));
        assert!(matches("*.TXT", "a.b.txt") && !matches("*.txt", "a.txt.bak"));
        assert!(matches("a?c", "ABC") && !matches("a?c", "ac"));
        assert!(matches("<.txt", "a.b.txt") && !matches("<.b", "a.b.txt"));
        assert!(matches("a>>>.c", "ab.c") && matches("a>>>", "a"));
        assert!(matches("readme\"", "README") && matches("readme\"txt", "readme.txt"));
        assert!(matches("Übung*", "ÜBUNG 1.pdf"));
    }

    #[test]
    fn hostile_expressions_cost_what_others_do() {
        let hostile = [
            "*a".repeat(127),
            "<a".repeat(127),
            ">".repeat(255),
            "*?".repeat(127),
            "<".repeat(255),
        ];
        let names = ["a".repeat(254), ".".repeat(254), "a.".repeat(127)];
        let started = std::time::Instant::now();
        for expression in hostile {
            let pattern = Pattern::new(&expression);
            for name in &names {
                assert_eq!(pattern.matches(name), by_the_book(&expression, name));
                for _ in 0..1000 {
                    let _ = pattern.matches(name);
                }
            }
        }
        // Letter by letter and part by part they would take some minutes.
        assert!(started.elapsed().as_secs() < 30);
        assert!(!Pattern::new(&"*".repeat(256)).matches("a"), "no name is so long");
    }

    proptest! {
        #[test]
        fn a_name_matches_itself_and_a_star_around_any_part(name in "[a-zA-Z0-9. äöü-]{1,30}", cut in 0usize..30) {
            prop_assert!(matches(&name, &name));
            let chars: Vec<char> = name.chars().collect();
            let cut = cut.min(chars.len());
            let head: String = chars[..cut].iter().collect();
            let star = format!("{head}*");
            prop_assert!(matches(&star, &name));
        }
        #[test]
        fn an_expression_matches_what_the_specification_says(expression in "[*<>?\"ab.]{1,12}", name in "[ab.]{0,12}") {
            let everything = matches!(expression.as_str(), "*" | "*.*");
            prop_assert_eq!(matches(&expression, &name), everything || by_the_book(&expression, &name));
        }
        #[test]
        fn long_expressions_do_too(expression in "[*<>?\"a.]{60,255}", name in "[a.]{0,200}") {
            prop_assert_eq!(matches(&expression, &name), by_the_book(&expression, &name));
        }
    }
}
