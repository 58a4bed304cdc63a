//! Intervals in a balanced tree, each subtree knowing the furthest end in it and whether all of it is one owner's: those
//! that overlap a range, and those of others than whoever asks, are found without looking at the rest.

use std::cmp::Ordering;

/// An interval with what tells it from others of the same extent.
pub(super) trait Interval: Ord + Copy {
    /// Where it begins.
    fn start(&self) -> u128;
    /// The first place after it.
    fn end(&self) -> u128;
    /// Whose it is.
    fn owner(&self) -> u64;
}

/// An AVL tree of intervals, ordered by their own order, which must begin with where they begin.
#[derive(Debug)]
pub(super) struct IntervalTree<K> {
    root: Branch<K>,
}

type Branch<K> = Option<Box<Node<K>>>;

#[derive(Debug)]
struct Node<K> {
    key: K,
    furthest: u128,
    height: u8,
    /// Whose all of this is, if it is one owner's.
    only: Option<u64>,
    left: Branch<K>,
    right: Branch<K>,
}

impl<K> Default for IntervalTree<K> {
    fn default() -> Self {
        Self { root: None }
    }
}

impl<K: Interval> IntervalTree<K> {
    /// Puts an interval in; one that is there already stays alone.
    pub(super) fn insert(&mut self, key: K) {
        self.root = Some(insert(self.root.take(), key));
    }

    /// Takes an interval out, if it is there.
    pub(super) fn remove(&mut self, key: &K) {
        self.root = remove(self.root.take(), key);
    }

    /// Whether one that overlaps `start..end` is as asked. Empty ones overlap what they lie strictly inside of.
    pub(super) fn any_overlapping(&self, start: u128, end: u128, mut wanted: impl FnMut(&K) -> bool) -> bool {
        any_in(&self.root, start, end, None, &mut wanted)
    }

    /// Whether one that is not `owner`'s overlaps `start..end`.
    pub(super) fn any_of_others(&self, start: u128, end: u128, owner: u64) -> bool {
        any_in(&self.root, start, end, Some(owner), &mut |key| {
            key.owner() != owner
        })
    }

    /// Everything, in order.
    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<K> {
        fn walk<K: Copy>(branch: &Branch<K>, all: &mut Vec<K>) {
            if let Some(node) = branch {
                walk(&node.left, all);
                all.push(node.key);
                walk(&node.right, all);
            }
        }
        let mut all = Vec::new();
        walk(&self.root, &mut all);
        all
    }
}

fn any_in<K: Interval>(
    branch: &Branch<K>,
    start: u128,
    end: u128,
    passed_over: Option<u64>,
    wanted: &mut impl FnMut(&K) -> bool,
) -> bool {
    let Some(node) = branch.as_ref().filter(|node| node.furthest > start) else {
        return false;
    };
    if passed_over.is_some() && node.only == passed_over {
        return false;
    }
    any_in(&node.left, start, end, passed_over, wanted)
        || node.key.start() < end
            && (node.key.end() > start && wanted(&node.key)
                || any_in(&node.right, start, end, passed_over, wanted))
}

fn height<K>(branch: &Branch<K>) -> u8 {
    branch.as_ref().map_or(0, |node| node.height)
}

impl<K: Interval> Node<K> {
    fn leaf(key: K) -> Box<Self> {
        Box::new(Self {
            key,
            furthest: key.end(),
            height: 1,
            only: Some(key.owner()),
            left: None,
            right: None,
        })
    }

    fn update(&mut self) {
        let furthest = |branch: &Branch<K>| branch.as_ref().map_or(0, |node| node.furthest);
        self.height = 1 + height(&self.left).max(height(&self.right));
        self.furthest = self
            .key
            .end()
            .max(furthest(&self.left))
            .max(furthest(&self.right));
        let mine = self.key.owner();
        let theirs = |branch: &Branch<K>| branch.as_ref().is_none_or(|node| node.only == Some(mine));
        self.only = (theirs(&self.left) && theirs(&self.right)).then_some(mine);
    }

    fn leaning(&self) -> i16 {
        i16::from(height(&self.left)) - i16::from(height(&self.right))
    }
}

/// The left child becomes the top.
fn rotate_right<K: Interval>(mut node: Box<Node<K>>) -> Box<Node<K>> {
    let Some(mut top) = node.left.take() else {
        return node;
    };
    node.left = top.right.take();
    node.update();
    top.right = Some(node);
    top.update();
    top
}

/// The right child becomes the top.
fn rotate_left<K: Interval>(mut node: Box<Node<K>>) -> Box<Node<K>> {
    let Some(mut top) = node.right.take() else {
        return node;
    };
    node.right = top.left.take();
    node.update();
    top.left = Some(node);
    top.update();
    top
}

fn balanced<K: Interval>(mut node: Box<Node<K>>) -> Box<Node<K>> {
    node.update();
    match node.leaning() {
        2.. => {
            if node.left.as_ref().is_some_and(|left| left.leaning() < 0) {
                node.left = node.left.take().map(rotate_left);
            }
            rotate_right(node)
        }
        ..=-2 => {
            if node.right.as_ref().is_some_and(|right| right.leaning() > 0) {
                node.right = node.right.take().map(rotate_right);
            }
            rotate_left(node)
        }
        _ => node,
    }
}

fn insert<K: Interval>(branch: Branch<K>, key: K) -> Box<Node<K>> {
    let Some(mut node) = branch else {
        return Node::leaf(key);
    };
    match key.cmp(&node.key) {
        Ordering::Equal => {}
        Ordering::Less => node.left = Some(insert(node.left.take(), key)),
        Ordering::Greater => node.right = Some(insert(node.right.take(), key)),
    }
    balanced(node)
}

fn remove<K: Interval>(branch: Branch<K>, key: &K) -> Branch<K> {
    let mut node = branch?;
    match key.cmp(&node.key) {
        Ordering::Less => node.left = remove(node.left.take(), key),
        Ordering::Greater => node.right = remove(node.right.take(), key),
        Ordering::Equal => {
            let Some(right) = node.right.take() else {
                return node.left.take();
            };
            // The next in order takes its place.
            let (mut next, right) = take_first(right);
            next.left = node.left.take();
            next.right = right;
            return Some(balanced(next));
        }
    }
    Some(balanced(node))
}

fn take_first<K: Interval>(mut node: Box<Node<K>>) -> (Box<Node<K>>, Branch<K>) {
    match node.left.take() {
        None => {
            let rest = node.right.take();
            (node, rest)
        }
        Some(left) => {
            let (first, rest) = take_first(left);
            node.left = rest;
            (first, Some(balanced(node)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Interval for (u128, u128) {
        fn start(&self) -> u128 {
            self.0
        }
        fn end(&self) -> u128 {
            self.1
        }
        fn owner(&self) -> u64 {
            (self.0 % 3) as u64
        }
    }

    /// An interval that counts how often it is looked at.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    struct Watched(u128, u64);

    thread_local! {
        static LOOKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    impl Interval for Watched {
        fn start(&self) -> u128 {
            LOOKS.set(LOOKS.get() + 1);
            self.0
        }
        fn end(&self) -> u128 {
            self.0 + 1
        }
        fn owner(&self) -> u64 {
            self.1
        }
    }

    #[test]
    fn whoever_has_thousands_finds_what_is_not_theirs_without_looking_at_those() {
        let mut tree = IntervalTree::default();
        for at in 0..100_000 {
            tree.insert(Watched(at, 7));
        }
        tree.insert(Watched(200_000, 8));
        LOOKS.set(0);
        assert!(!tree.any_of_others(0, 100_000, 7));
        assert!(!tree.any_of_others(50_000, 100_001, 7));
        assert!(tree.any_of_others(0, 200_001, 7));
        assert!(tree.any_of_others(50_000, 50_001, 8));
        assert!(LOOKS.get() < 200, "{}", LOOKS.get());
    }

    fn check(branch: &Branch<(u128, u128)>) -> (u8, u128) {
        let Some(node) = branch else { return (0, 0) };
        let (left, left_end) = check(&node.left);
        let (right, right_end) = check(&node.right);
        assert!(left.abs_diff(right) <= 1, "it leans");
        let furthest = node.key.1.max(left_end).max(right_end);
        assert_eq!((node.height, node.furthest), (1 + left.max(right), furthest));
        (node.height, furthest)
    }

    proptest! {
        #[test]
        fn it_finds_what_a_list_would(ops in proptest::collection::vec((0u128..64, 0u128..16, any::<bool>()), 0..200), at in 0u128..80, length in 0u128..20) {
            let (mut tree, mut list) = (IntervalTree::default(), std::collections::BTreeSet::new());
            for (start, length, add) in ops {
                let key = (start, start + length);
                if add { tree.insert(key); list.insert(key); } else { tree.remove(&key); list.remove(&key); }
                check(&tree.root);
                prop_assert_eq!(tree.all().len(), list.len());
            }
            let mut found = Vec::new();
            tree.any_overlapping(at, at + length, |key| { found.push(*key); false });
            let wanted: Vec<_> = list.into_iter().filter(|key| key.0 < at + length && key.1 > at).collect();
            for owner in 0..3 {
                let others = wanted.iter().any(|key: &(u128, u128)| key.owner() != owner);
                prop_assert_eq!(tree.any_of_others(at, at + length, owner), others);
            }
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn a_look_among_a_hundred_thousand_sees_a_handful() {
        let mut tree = IntervalTree::default();
        for at in 0..100_000u128 {
            tree.insert((at * 10, at * 10 + 5));
        }
        let mut seen = 0;
        tree.any_overlapping(500_000, 500_020, |_| {
            seen += 1;
            false
        });
        assert_eq!(seen, 2);
        assert!(tree.root.as_ref().is_some_and(|root| root.height <= 24));
    }
}
