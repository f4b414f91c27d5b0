//! Numbers, dates, addresses and binary values as conditions compare them (policies.md 3.4, observed.md 45 to 55).

// Addresses only: `core` has no sockets.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An exact decimal, as its digits stand in the text (observed.md 51): any number of them, a sign, a point
/// also at either end, an exponent of at most 32 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    /// Where the point stands, counted from before the first digit that is not zero.
    point: i64,
}

impl<'a> Decimal<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (negative, text) = sign(text);
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            None => (text, 0),
            Some((mantissa, exponent)) => {
                let (minus, digits) = sign(exponent);
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                let size = i64::from(digits.parse::<i32>().ok()?);
                (mantissa, if minus { size.saturating_neg() } else { size })
            }
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
            return None;
        }
        let zeros = whole.bytes().chain(fraction.bytes()).take_while(|b| *b == b'0').count();
        let point = i64::try_from(whole.len()).ok()?.saturating_sub(i64::try_from(zeros).ok()?);
        Some(Self { negative, whole, fraction, point: point.saturating_add(exponent) })
    }

    fn significant(&self) -> impl Iterator<Item = u8> + 'a {
        self.whole.bytes().chain(self.fraction.bytes()).skip_while(|b| *b == b'0')
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let zero = |d: &Self| d.significant().next().is_none();
        match (zero(self), zero(other)) {
            (true, true) => return Ordering::Equal,
            (true, false) => return if other.negative { Ordering::Greater } else { Ordering::Less },
            (false, true) => return if self.negative { Ordering::Less } else { Ordering::Greater },
            (false, false) => {}
        }
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.size(other),
            (true, true) => other.size(self),
        }
    }

    /// Compares without signs; neither is zero.
    fn size(&self, other: &Self) -> Ordering {
        let digits = || {
            let (mut a, mut b) = (self.significant(), other.significant());
            loop {
                match (a.next(), b.next()) {
                    (None, None) => return Ordering::Equal,
                    (x, y) => match x.unwrap_or(b'0').cmp(&y.unwrap_or(b'0')) {
                        Ordering::Equal => {}
                        unequal => return unequal,
                    },
                }
            }
        };
        self.point.cmp(&other.point).then_with(digits)
    }
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// A date in milliseconds since the epoch: whole epoch seconds, or ISO 8601 with what is finer than a millisecond
/// dropped; without a time it is midnight, without a zone UTC (observed.md 51).
pub(crate) fn date(text: &str) -> Option<i64> {
    let (minus, digits) = sign(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        let seconds: i64 = digits.parse().ok()?;
        return seconds.checked_mul(if minus { -1_000 } else { 1_000 });
    }
    let Some((day, time)) = text.split_once('T') else { return instant(text, "00:00:00", 0) };
    let (time, offset) = match time.strip_suffix('Z') {
        Some(time) => (time, 0),
        None => match time.find(['+', '-']) {
            None => (time, 0),
            Some(at) => {
                let (time, zone) = time.split_at_checked(at)?;
                (time, zone_minutes(zone)?)
            }
        },
    };
    instant(day, time, offset)
}

/// `+hh:mm` in minutes.
fn zone_minutes(zone: &str) -> Option<i64> {
    let (minus, zone) = sign(zone);
    let (hours, minutes) = zone.split_once(':')?;
    let two = |s: &str, max: i64| match s.len() {
        2 if s.bytes().all(|b| b.is_ascii_digit()) => s.parse::<i64>().ok().filter(|n| *n <= max),
        _ => None,
    };
    let total = two(hours, 23)?.saturating_mul(60).saturating_add(two(minutes, 59)?);
    Some(if minus { total.saturating_neg() } else { total })
}

fn instant(day: &str, time: &str, offset: i64) -> Option<i64> {
    let shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(b, s)| if s == b'd' { b.is_ascii_digit() } else { b == s })
    };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let clock_fits = shaped(clock, "dd:dd:dd") || (clock == time && shaped(clock, "dd:dd"));
    let fraction_fits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    if !shaped(day, "dddd-dd-dd") || !clock_fits || !fraction_fits {
        return None;
    }
    // By hand: jiff's own readers allocate.
    let number = |text: &str, from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |text: &str, from: usize| {
        number(text, from, from.saturating_add(2)).and_then(|n| i8::try_from(n).ok())
    };
    let date = jiff::civil::Date::new(number(day, 0, 4)?, small(day, 5)?, small(day, 8)?).ok()?;
    let second = if clock.len() > 5 { small(clock, 6)? } else { 0 };
    let clock = jiff::civil::Time::new(small(clock, 0)?, small(clock, 3)?, second, 0).ok()?;
    let midnight = jiff::tz::Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_second();
    let part = |n: i8, size: i64| i64::from(n).saturating_mul(size);
    let seconds = midnight
        .saturating_add(part(clock.hour(), 3_600))
        .saturating_add(part(clock.minute(), 60))
        .saturating_add(part(clock.second(), 1))
        .saturating_sub(offset.saturating_mul(60));
    let millis = fraction.bytes().chain(*b"00").take(3);
    let millis =
        millis.fold(0i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b.saturating_sub(b'0'))));
    Some(seconds.saturating_mul(1_000).saturating_add(millis))
}

/// An address of a request; octets may have leading zeros (observed.md 51). One of `::ffff:0:0/96` is the IPv4
/// address in it, and no other IPv6 address is written with octets (recorded, condition_ip).
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        let address: Ipv6Addr = text.parse().ok()?;
        return match address.to_ipv4_mapped() {
            Some(mapped) => Some(IpAddr::V4(mapped)),
            None => (!text.contains('.')).then_some(IpAddr::V6(address)),
        };
    }
    let mut octets = text.split('.').map(|o| {
        let fits = (1..=3).contains(&o.len()) && o.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| o.parse::<u8>().ok()).flatten()
    });
    let octet = [octets.next()??, octets.next()??, octets.next()??, octets.next()??];
    octets.next().is_none().then_some(IpAddr::V4(Ipv4Addr::from(octet)))
}

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Net {
    address: IpAddr,
    length: u32,
}

impl Net {
    /// `192.0.2.0/24`, `2001:db8::/32`, or one address. Bits after the prefix are ignored in an IPv4 range; an IPv6
    /// range that has some matches nothing, nor does one that is written with an IPv4 address (recorded, condition_ip).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (base, length) = text.split_once('/').map_or((text, None), |(base, length)| (base, Some(length)));
        let address = address(base)?;
        if address.is_ipv4() && base.contains(':') {
            return None;
        }
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = match length.map(|l| l.strip_prefix('+').unwrap_or(l)) {
            None => most,
            Some(l) if (1..=3).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_digit()) => {
                l.parse().ok()?
            }
            Some(_) => return None,
        };
        let net = Self { address, length };
        let exact = match address {
            IpAddr::V4(_) => true,
            IpAddr::V6(a) => a.to_bits().trailing_zeros() >= most.saturating_sub(length),
        };
        (length <= most && exact).then_some(net)
    }

    /// Whether the address is in it. The two families never meet.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let differ = a.to_bits() ^ b.to_bits();
                differ.leading_zeros() >= self.length
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let differ = a.to_bits() ^ b.to_bits();
                differ.leading_zeros() >= self.length
            }
            _ => false,
        }
    }
}

/// Whether the text is base64 with its padding and without stray bits (observed.md 52).
pub(crate) fn is_base64(text: &str) -> bool {
    STANDARD.decode(text).is_ok()
}

/// `true` in any case; everything else counts as false (observed.md 49).
pub(crate) fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

/// Equal without case: full lower-casing with the final-sigma rule (observed.md 50), but for characters beyond
/// the basic plane, which keep theirs (recorded, condition_strings).
pub(crate) fn equal_ignoring_case(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    let beyond = |text: &str| text.chars().filter(|c| c.len_utf16() > 1).collect::<String>();
    a.to_lowercase() == b.to_lowercase() && beyond(a) == beyond(b)
}
