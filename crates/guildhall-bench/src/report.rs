//! Medians, verdicts and Markdown tables.

use std::fmt;

/// The median; of an even number the upper one of the two in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A quantile of sorted values.
pub(crate) fn quantile(sorted: &[u64], q: f64) -> f64 {
    let at = (sorted.len() as f64 * q) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |&v| v as f64)
}

/// How a number is written.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// A share of 1, written in percent.
    Share,
    /// How many times.
    Times,
    /// Thousands.
    Thousands,
    /// Milliseconds.
    Milliseconds,
    /// Mebibytes.
    Mebibytes,
    /// Megabytes.
    Megabytes,
}

impl Unit {
    fn write(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.0} %", value * 100.0),
            Self::Times => format!("{value:.2} ×"),
            Self::Thousands => format!("{value:.0} thousand"),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::Mebibytes => format!("{value:.1} MiB"),
            Self::Megabytes => format!("{value:.1} MB"),
        }
    }
}

/// What a number has to be.
#[derive(Clone, Copy)]
enum Demand {
    AtLeast(f64),
    AtMost(f64),
    Nothing,
}

/// One line of a table.
pub(crate) struct Row {
    what: String,
    unit: Unit,
    measured: f64,
    demand: Demand,
    aim: Option<f64>,
    detail: String,
}

impl Row {
    fn new(what: impl Into<String>, unit: Unit, measured: f64, demand: Demand) -> Self {
        Self { what: what.into(), unit, measured, demand, aim: None, detail: String::new() }
    }

    /// A number that may not be smaller.
    pub(crate) fn at_least(what: impl Into<String>, unit: Unit, measured: f64, demanded: f64) -> Self {
        Self::new(what, unit, measured, Demand::AtLeast(demanded))
    }

    /// A number that may not be larger.
    pub(crate) fn at_most(what: impl Into<String>, unit: Unit, measured: f64, demanded: f64) -> Self {
        Self::new(what, unit, measured, Demand::AtMost(demanded))
    }

    /// A number that nothing is demanded of.
    pub(crate) fn note(what: impl Into<String>, unit: Unit, measured: f64) -> Self {
        Self::new(what, unit, measured, Demand::Nothing)
    }

    /// What would be better still.
    pub(crate) fn aim(self, aim: f64) -> Self {
        Self { aim: Some(aim), ..self }
    }

    /// Where the number comes from.
    pub(crate) fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Whether the demand is met; `None` where there is none. What could not be measured is missed.
    pub(crate) fn met(&self) -> Option<bool> {
        match self.demand {
            Demand::AtLeast(least) => Some(self.measured >= least),
            Demand::AtMost(most) => Some(self.measured <= most),
            Demand::Nothing => None,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.demand {
            Demand::AtLeast(_) => "≥",
            Demand::AtMost(_) => "≤",
            Demand::Nothing => "",
        };
        let demanded = match self.demand {
            Demand::AtLeast(value) | Demand::AtMost(value) => format!("{sign} {}", self.unit.write(value)),
            Demand::Nothing => "–".to_owned(),
        };
        let aim =
            self.aim.map_or_else(|| "–".to_owned(), |value| format!("{sign} {}", self.unit.write(value)));
        let verdict = match self.met() {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "–",
        };
        let (what, measured, detail) = (&self.what, self.unit.write(self.measured), &self.detail);
        write!(f, "| {what} | {measured} | {demanded} | {aim} | {verdict} | {detail} |")
    }
}

/// One table.
pub(crate) struct Section {
    /// Its heading.
    pub(crate) title: &'static str,
    /// How it was measured.
    pub(crate) how: String,
    /// Its lines.
    pub(crate) rows: Vec<Row>,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n\n{}\n", self.title, self.how)?;
        writeln!(f, "| What | Measured | Demanded | Aim | Verdict | Behind it |")?;
        writeln!(f, "|---|---:|---:|---:|---|---|")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        assert_eq!(Row::at_least("a", Unit::Share, 0.6, 0.6).met(), Some(true));
        assert_eq!(Row::at_most("a", Unit::Times, 1.21, 1.2).met(), Some(false));
        assert_eq!(Row::at_most("a", Unit::Times, f64::NAN, 1.2).met(), Some(false));
        assert_eq!(Row::note("a", Unit::Times, 1.0).met(), None);
        let row = Row::at_least("a", Unit::Share, 0.651, 0.6).aim(0.72).detail("d").to_string();
        assert_eq!(row, "| a | 65 % | ≥ 60 % | ≥ 72 % | met | d |");
    }

    #[test]
    fn middles() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_string(), "2");
        assert_eq!(quantile(&[1, 2, 3, 4], 0.99).to_string(), "4");
        assert!(median(Vec::new()).is_nan());
    }
}
