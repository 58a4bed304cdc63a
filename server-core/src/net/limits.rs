//! How many connections are taken, of those who have logged in and of those who have not.

/// How many connections are taken, over all listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Of strangers: whoever has not logged in yet.
    pub strangers: usize,
    /// Of strangers from one address.
    pub strangers_per_address: usize,
    /// Of strangers from an address that people have logged in from today: programs come back with many at once.
    pub strangers_per_familiar_address: usize,
    /// Of those who have logged in. Guests, who need no password for it, get half at most.
    pub people: usize,
    /// Of those who have logged in, from one address.
    pub people_per_address: usize,
    /// Of one person, from wherever they come.
    pub per_person: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            strangers: 256,
            strangers_per_address: 16,
            strangers_per_familiar_address: 64,
            people: 2048,
            people_per_address: 128,
            per_person: 256,
        }
    }
}

impl ConnectionLimits {
    /// The defaults, or less where the process may not open so many descriptors: each connection takes four, its
    /// socket and what its thread waits with. Three eighths of them all are what clients' connections may take.
    pub fn for_process(descriptors: Option<u64>) -> Self {
        let default = Self::default();
        let Some(descriptors) = descriptors.and_then(|count| usize::try_from(count).ok()) else {
            return default;
        };
        let (strangers, people) = (descriptors / 32, descriptors / 16);
        Self {
            strangers: default.strangers.min(strangers),
            strangers_per_address: default.strangers_per_address.min((strangers / 4).max(4)),
            strangers_per_familiar_address: default
                .strangers_per_familiar_address
                .min((strangers / 2).max(4)),
            people: default.people.min(people),
            people_per_address: default.people_per_address.min((people / 4).max(4)),
            per_person: default.per_person.min((people / 2).max(4)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_connections_fit_into_three_eighths_of_what_may_be_open() {
        for descriptors in [256, 1024, 4096, 1 << 20] {
            let limits = ConnectionLimits::for_process(Some(descriptors));
            let all = limits.strangers + limits.people;
            assert!(all as u64 * 4 <= descriptors * 3 / 8, "{limits:?}");
            assert!(limits.strangers_per_address <= limits.strangers, "{limits:?}");
            assert!(limits.people_per_address < limits.people, "{limits:?}");
            assert!(limits.per_person < limits.people, "{limits:?}");
        }
        assert_eq!(ConnectionLimits::for_process(None), ConnectionLimits::default());
    }
}
