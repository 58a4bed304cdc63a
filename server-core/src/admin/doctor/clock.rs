//! The computer's clock: files get its time, and some clients refuse to log in to a server whose clock is far off.

use std::time::{Duration, SystemTime};

use rsntp::{Config, SntpClient};

use super::{Check, CheckKind, Outcome};

/// Public time servers, by the name that systems without one of their own ask.
pub(super) const TIME_SERVER: &str = "pool.ntp.org";
const PATIENCE: Duration = Duration::from_secs(2);
/// More than this is worth a word; Kerberos and some devices refuse to log in beyond five minutes.
const NOTICEABLE_SECONDS: f64 = 30.0;
const TOO_MUCH_SECONDS: f64 = 300.0;
/// 1 January 2026: this program did not exist before.
const NO_EARLIER_THAN: Duration = Duration::from_secs(1_767_225_600);

/// Compares the clock with a time server's; where none answers, only with what can't be.
pub(super) fn check(server: &str) -> Check {
    let check = |outcome| Check::new(CheckKind::Clock, outcome);
    let now = SystemTime::now();
    if now < SystemTime::UNIX_EPOCH + NO_EARLIER_THAN {
        let shown = jiff::Timestamp::try_from(now).unwrap_or_default();
        return check(Outcome::Fail).with(shown.to_string());
    }
    let client = SntpClient::with_config(Config::default().timeout(PATIENCE));
    match client.synchronize(server) {
        Ok(answer) => {
            let off = answer.clock_offset().as_secs_f64();
            let outcome = match off.abs() {
                off if off > TOO_MUCH_SECONDS => Outcome::Fail,
                off if off > NOTICEABLE_SECONDS => Outcome::Warn,
                _ => Outcome::Pass,
            };
            check(outcome).of(server).with(format!("{off:.1}"))
        }
        Err(error) => {
            tracing::debug!(%error, server, "no time server answers");
            check(Outcome::Pass)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    /// A time server whose clock is off; answers once.
    fn server(ahead: f64) -> String {
        const EPOCH_1900: f64 = 2_208_988_800.0;
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            let mut request = [0; 48];
            let (_, from) = socket.recv_from(&mut request).unwrap();
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
            let time = now.as_secs_f64() + EPOCH_1900 + ahead;
            let time = ((time * 4_294_967_296.0) as u64).to_be_bytes();
            // RFC 5905, 7.3: version 4, server, stratum 2.
            let mut answer = vec![0x24, 2, 0, 0];
            answer.resize(12, 0);
            answer.extend([127, 0, 0, 1]);
            answer.extend(time);
            answer.extend(&request[40..48]);
            answer.extend(time);
            answer.extend(time);
            socket.send_to(&answer, from).unwrap();
        });
        at
    }

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        for (ahead, outcome) in [
            (0.0, Outcome::Pass),
            (-60.0, Outcome::Warn),
            (86_400.0, Outcome::Fail),
        ] {
            let check = check(&server(ahead));
            assert_eq!(check.outcome, outcome, "{check:?}");
            let off: f64 = check.detail.unwrap().parse().unwrap();
            assert!((off - ahead).abs() < 5.0);
        }
    }

    #[test]
    fn without_a_time_server_nothing_is_claimed() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let check = check(&silent.local_addr().unwrap().to_string());
        assert_eq!((check.outcome, check.subject), (Outcome::Pass, None));
    }
}
