//! The size of the program. The release profile strips it.

use crate::Refusal;
use crate::report::{Row, Section, Unit};
use crate::target::Lab;

/// Looks at the program.
pub(super) fn run(lab: &Lab) -> Result<Section, Refusal> {
    let bytes = std::fs::metadata(&lab.program)?.len();
    let row = Row::at_most("the stripped program", Unit::Megabytes, bytes as f64 / 1e6, 20.0)
        .detail(format!("{bytes} bytes"));
    Ok(Section {
        title: "Size",
        how: "The release program as cargo leaves it, stripped.".to_owned(),
        rows: vec![row],
    })
}
