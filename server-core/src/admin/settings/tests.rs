//! Which values are taken, and which are refused.

use super::*;

fn stored(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

#[test]
fn every_default_in_the_registry_is_valid_and_is_the_typed_default() {
    let mut settings = Settings::default();
    for definition in REGISTRY {
        assert!(
            (definition.apply)(&mut settings, definition.default).is_some(),
            "{}",
            definition.key
        );
    }
    assert_eq!(settings, Settings::default());
}

#[test]
fn keys_are_sorted_and_unique() {
    assert!(REGISTRY.windows(2).all(|pair| pair[0].key < pair[1].key));
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let error = Settings::check(&stored(&[]), "smb.listne", "off").unwrap_err();
    assert_eq!(error.code, ErrorCode::NoSuchSetting);
    assert_eq!(error.hint.as_deref(), Some("Did you mean smb.listen?"));
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_and_says_what_is_taken() {
    for (key, value) in [
        ("smb.listen", "nowhere"),
        ("netbios.listen", "auto"),
        ("smb.credits", "fixed:0"),
        ("smb.credits", "fixed:9000"),
        ("smb.encryption", "maybe"),
        ("smb.require-signing", "2"),
        ("lockout.first", "5y"),
        ("activity.keep", "-1"),
        ("server.name", "name with spaces"),
        ("shares.keep-free", "91%"),
        ("shares.keep-free", "5X"),
        ("shares.keep-free", "99999999999T"),
        ("smb.min-dialect", "1.0"),
        ("smb.session-lifetime", "59s"),
        ("sftp.idle-timeout", "never"),
        ("sftp.passwords", "perhaps"),
        ("sftp.banner", "a\u{1b}[2Jb"),
    ] {
        let error = Settings::check(&stored(&[]), key, value).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidValue, "{key}={value}");
        assert!(error.hint.unwrap().starts_with("It takes "));
    }
}

#[test]
fn what_shares_leave_free_is_said_in_bytes_or_in_parts_of_the_disk() {
    for (text, meant) in [
        ("auto", KeepFree::Usual),
        ("off", KeepFree::Nothing),
        ("5%", KeepFree::Percent(5)),
        ("1000", KeepFree::Bytes(1000)),
        ("20G", KeepFree::Bytes(20 << 30)),
    ] {
        let settings = Settings::from_stored(&stored(&[("shares.keep-free", text)]));
        assert_eq!(settings.keep_free, meant, "{text}");
    }
}

#[test]
fn dialects_that_exclude_each_other_are_refused() {
    let stored = stored(&[("smb.max-dialect", "2.1")]);
    assert!(Settings::check(&stored, "smb.min-dialect", "3.0").is_err());
    assert!(Settings::check(&stored, "smb.min-dialect", "2.1").is_ok());
}

#[test]
fn what_can_not_be_true_together_is_refused_unless_it_was_so_before() {
    let refused = |stored: &BTreeMap<String, String>, key: &str, value: &str| {
        let checked = Settings::check(stored, key, value);
        checked.err().map(|error| error.message)
    };
    let before = stored(&[("lockout.longest", "1h"), ("smb.listen", "127.0.0.1:4450")]);
    assert!(
        refused(&before, "lockout.first", "2h")
            .unwrap()
            .contains("longer")
    );
    let port = refused(&before, "sftp.listen", "0.0.0.0:4450").unwrap();
    assert_eq!(port, "Two protocols can't have the same port.");
    assert_eq!(refused(&before, "sftp.listen", "127.0.0.2:4450"), None);
    assert_eq!(refused(&before, "sftp.listen", "off"), None);
    let wrong = stored(&[("smb.listen", "4450"), ("sftp.listen", "4450")]);
    assert_eq!(refused(&wrong, "lockout.first", "1m"), None);
}

#[test]
fn stored_values_become_typed_ones_and_invalid_ones_are_left_out() {
    let stored = stored(&[
        ("smb.listen", "127.0.0.1:0"),
        ("netbios.listen", ":1139"),
        ("smb.credits", "fixed:64"),
        ("lockout.longest", "2h"),
        ("smb.session-lifetime", "10h"),
        ("smb.idle-timeout", "30m"),
        ("sftp.passwords", "off"),
        ("smb.encryption", "nonsense"),
        ("from.the.future", "1"),
    ]);
    let settings = Settings::from_stored(&stored);
    assert_eq!(settings.smb_listen, Listen::At("127.0.0.1:0".parse().unwrap()));
    assert_eq!(
        settings.netbios_listen,
        Listen::At("0.0.0.0:1139".parse().unwrap())
    );
    assert_eq!(settings.smb_credits, CreditStrategy::Fixed(64));
    assert_eq!(settings.lockout_longest, Duration::from_secs(7200));
    assert_eq!(settings.smb_encryption, Encryption::Offered);
    assert_eq!(settings.smb_session_lifetime, Some(Duration::from_secs(36_000)));
    assert_eq!(
        (settings.smb_idle_timeout, settings.sftp_passwords),
        (Some(Duration::from_secs(1800)), false)
    );
    let shown = Settings::shown(&stored, "smb.encryption").unwrap();
    assert!(!shown.is_set && shown.value == "offered");
}
