//! What comes from this computer, or from a person's clipboard.

use crate::admin::Call;
use crate::identity::parse_public_key;

/// A request on the control socket; what was understood comes back from its text.
pub fn control_call(input: &[u8]) {
    let Ok(call) = serde_json::from_slice::<Call>(input) else {
        return;
    };
    let text = serde_json::to_vec(&call);
    let again = text.and_then(|text| serde_json::from_slice::<Call>(&text));
    assert!(again.is_ok());
}

/// A line of `authorized_keys`.
pub fn public_key(input: &[u8]) {
    if let Ok(key) = parse_public_key(&String::from_utf8_lossy(input)) {
        assert!(key.to_bytes().is_ok());
    }
}
