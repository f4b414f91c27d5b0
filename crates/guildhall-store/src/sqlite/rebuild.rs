//! A state copied row by row into a new file of the present form: what a database of an earlier form becomes, and what
//! a backup is read into. Nothing of the source but the rows of our tables gets into the copy.

use std::path::Path;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OpenFlags, Row, params_from_iter};

use super::open::{self, explain};
use super::read::{corrupt, text};
use super::schema::{self, Form, OTHERS, OWNERS, Table};
use super::sum::Sums;
use crate::StoreError;

/// Copies what a connection sees, which is of one instant, to a new file, which others cannot read, and waits until it
/// is on disk. What is wrong with the source is [`StoreError::NoBackup`]; a failure leaves no file.
pub(super) fn rebuild(source: &Connection, form: Form, file: &Path) -> Result<(), StoreError> {
    let made = open::private().create_new(true).open(file).map_err(|e| failed(file, &e))?;
    let filled = fill(source, form, file).and_then(|()| made.sync_all().map_err(|e| failed(file, &e)));
    if filled.is_err() {
        let _ = std::fs::remove_file(file);
    }
    filled
}

fn failed(file: &Path, e: &dyn std::fmt::Display) -> StoreError {
    StoreError::Database(format!("cannot write {}: {e}", file.display()))
}

fn fill(source: &Connection, form: Form, file: &Path) -> Result<(), StoreError> {
    let target = open::connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::create(&target)?;
    let instant = source.unchecked_transaction().map_err(unreadable)?;
    let copy = target.unchecked_transaction()?;
    for table in OTHERS {
        copy_table(&instant, form, &copy, table)?;
    }
    copy_owners(&instant, form, &copy)?;
    copy.commit()?;
    target.close().map_err(|(_, e)| e)?;
    Ok(())
}

/// Something is wrong with the source.
fn unreadable(e: rusqlite::Error) -> StoreError {
    StoreError::NoBackup(explain(&e))
}

/// Writes a row. What the tables of the present form do not take was wrong before.
fn write(insert: &mut rusqlite::Statement<'_>, values: Vec<ToSqlOutput<'_>>) -> Result<(), StoreError> {
    match insert.execute(params_from_iter(values)) {
        Ok(_) => Ok(()),
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
            Err(unreadable(e))
        }
        Err(e) => Err(e.into()),
    }
}

/// Which row it is, for a message: its table, and the beginning of its key.
pub(super) fn place(table: &Table, row: &Row<'_>) -> String {
    let column = |n| match (text(row, n), row.get::<_, i64>(n)) {
        (Ok(text), _) => text.chars().take(80).collect(),
        (_, Ok(number)) => number.to_string(),
        _ => "?".to_owned(),
    };
    let key: Vec<String> = (0..table.key).map(column).collect();
    format!("{} {}", table.name, key.join(" "))
}

fn copy_table(source: &Connection, form: Form, target: &Connection, table: &Table) -> Result<(), StoreError> {
    let columns = table.columns.join(", ");
    let found = match form {
        // In form 1, a mail was tried since it was made, or since later.
        Form::One => columns.replace("queued", "max(due, made)"),
        Form::Two => format!("{columns}, sum"),
    };
    let mut select = source.prepare(&format!("SELECT {found} FROM {}", table.name)).map_err(unreadable)?;
    let marks = vec!["?"; table.columns.len() + 1].join(", ");
    let mut insert =
        target.prepare(&format!("INSERT INTO {}({columns}, sum) VALUES({marks})", table.name))?;
    let (mut rows, mut sums) = (select.query([]).map_err(unreadable)?, Sums::default());
    while let Some(row) = rows.next().map_err(unreadable)? {
        let sum = match form {
            Form::One => sums.of_row(table, row, 0),
            Form::Two => sums.verified(table, row, 0),
        };
        let sum = sum.map_err(|e| StoreError::NoBackup(format!("{}: {e}", place(table, row))))?;
        let mut values = Vec::with_capacity(table.columns.len() + 1);
        for n in 0..table.columns.len() {
            values.push(ToSqlOutput::Borrowed(row.get_ref(n)?));
        }
        values.push(ToSqlOutput::from(sum));
        write(&mut insert, values)?;
    }
    Ok(())
}

/// Copies owners, when their items are there.
fn copy_owners(source: &Connection, form: Form, target: &Connection) -> Result<(), StoreError> {
    let sql = match form {
        Form::One => "SELECT owner, version, 0 FROM owners",
        Form::Two => "SELECT owner, version, items, sum FROM owners",
    };
    let mut select = source.prepare(sql).map_err(unreadable)?;
    let mut items = target.prepare("SELECT sum FROM items WHERE owner = ?1")?;
    let mut insert =
        target.prepare("INSERT INTO owners(owner, version, items, sum) VALUES(?1, ?2, ?3, ?4)")?;
    let (mut rows, mut sums) = (select.query([]).map_err(unreadable)?, Sums::default());
    while let Some(row) = rows.next().map_err(unreadable)? {
        let wrong = |e| StoreError::NoBackup(format!("{}: {e}", place(&OWNERS, row)));
        let name = text(row, 0).map_err(wrong)?;
        let version = super::read::number(row, 1).map_err(wrong)?;
        let mut total = 0_i64;
        let mut found = items.query([name])?;
        while let Some(item) = found.next()? {
            total = total.wrapping_add(item.get(0)?);
        }
        if form == Form::Two {
            sums.verified(&OWNERS, row, 0).map_err(wrong)?;
            if row.get_ref(2)?.as_i64() != Ok(total) {
                return Err(wrong(corrupt(&"items", &"they are not those that were written")));
            }
        }
        let sum = sums.of(&OWNERS, &[name.into(), version.into(), total.into()]);
        write(&mut insert, vec![name.into(), version.into(), total.into(), sum.into()])?;
    }
    Ok(())
}
