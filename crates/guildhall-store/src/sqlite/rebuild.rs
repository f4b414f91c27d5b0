//! A state copied row by row into a new file of the present form: what a database of an earlier form becomes, and what
//! a backup is read into. Nothing of the source but the rows of our tables gets into the copy.

use std::collections::BTreeSet;
use std::path::Path;

use guildhall_core::state::item::{FORMAT, Item};
use guildhall_core::{ItemChange, Owner};
use rusqlite::types::{ToSqlOutput, Value as SqlValue};
use rusqlite::{Connection, OpenFlags, Row, Statement, params_from_iter};

use super::open::{self, explain};
use super::read::{self, corrupt, text};
use super::schema::{
    self, BODY_COLUMN, FORMAT_COLUMN, Form, Forms, ITEMS, JOURNAL, META, OUTBOX, OWNERS, TIMERS, Table,
};
use super::sum::Sums;
use super::write;
use crate::{Batch, Named, Rewrite, StoreError, StoredItem};

/// Copies what a connection sees, which is of one instant, to a new file, which others cannot read, and waits until it
/// is on disk. What is rewritten is of the present form; otherwise bodies keep theirs. What is wrong with the source is
/// [`StoreError::NoBackup`]; a failure leaves no file.
pub(super) fn rebuild(
    source: &Connection,
    forms: Forms,
    file: &Path,
    rewrite: Option<&mut dyn Rewrite>,
) -> Result<(), StoreError> {
    let made = open::private().create_new(true).open(file).map_err(|e| failed(file, &e))?;
    let filled =
        fill(source, forms, file, rewrite).and_then(|()| made.sync_all().map_err(|e| failed(file, &e)));
    if filled.is_err() {
        let _ = std::fs::remove_file(file);
    }
    filled
}

fn failed(file: &Path, e: &dyn std::fmt::Display) -> StoreError {
    StoreError::Database(format!("cannot write {}: {e}", file.display()))
}

fn fill(
    source: &Connection,
    forms: Forms,
    file: &Path,
    rewrite: Option<&mut dyn Rewrite>,
) -> Result<(), StoreError> {
    let target = open::connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema::create(&target, if rewrite.is_some() { FORMAT } else { forms.bodies })?;
    let instant = source.unchecked_transaction().map_err(unreadable)?;
    let copy = target.unchecked_transaction()?;
    let tables = forms.tables;
    // Rewritten before it is written: nothing of what was there before gets into the file.
    if let Some(rewrite) = rewrite {
        copy_named(&instant, tables, &copy, rewrite)?;
        copy_table(&instant, tables, &copy, &ITEMS, |row| rewritten(row, rewrite))?;
        add(&copy, rewrite.more().map_err(StoreError::NoBackup)?)?;
    } else {
        copy_table(&instant, tables, &copy, &META, as_it_is)?;
        copy_table(&instant, tables, &copy, &ITEMS, as_it_is)?;
    }
    for table in [&TIMERS, &OUTBOX, &JOURNAL] {
        copy_table(&instant, tables, &copy, table, as_it_is)?;
    }
    copy_owners(&instant, tables, &copy)?;
    copy.commit()?;
    target.close().map_err(|(_, e)| e)?;
    Ok(())
}

/// Something is wrong with the source.
fn unreadable(e: rusqlite::Error) -> StoreError {
    StoreError::NoBackup(explain(&e))
}

/// Writes a row. What the tables of the present form do not take was wrong before.
fn insert_row(insert: &mut Statement<'_>, values: Vec<ToSqlOutput<'_>>) -> Result<(), StoreError> {
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

/// A row of items that is rewritten: the number of a column, and what stands there from then on.
type Changes = Vec<(usize, SqlValue)>;

fn as_it_is(_: &Row<'_>) -> Result<Changes, StoreError> {
    Ok(Vec::new())
}

/// What a rewriting changes of an item.
fn rewritten(row: &Row<'_>, rewrite: &mut dyn Rewrite) -> Result<Changes, StoreError> {
    let item = stored_item(row).map_err(|e| StoreError::NoBackup(format!("{}: {e}", place(&ITEMS, row))))?;
    let new = rewrite.body(&item).map_err(StoreError::NoBackup)?;
    Ok(new.map_or_else(Vec::new, |body| {
        vec![(FORMAT_COLUMN, SqlValue::Integer(FORMAT.into())), (BODY_COLUMN, SqlValue::Text(body))]
    }))
}

fn stored_item<'a>(row: &'a Row<'_>) -> Result<StoredItem<'a>, StoreError> {
    let format = read::number(row, FORMAT_COLUMN)?;
    let format = u32::try_from(format).map_err(|e| corrupt(&"its form", &e))?;
    Ok(StoredItem { owner: text(row, 0)?, kind: text(row, 1)?, format, body: text(row, BODY_COLUMN)? })
}

/// What to select of a table, with the checksum where there is one.
fn columns(form: Form, table: &Table) -> String {
    let columns = table.columns.join(", ");
    match form {
        // In form 1, a mail was tried since it was made, or since later.
        Form::One => columns.replace("queued", "max(due, made)"),
        Form::Two => format!("{columns}, sum"),
    }
}

/// Copies the named values as they are rewritten.
fn copy_named(
    source: &Connection,
    form: Form,
    target: &Connection,
    rewrite: &mut dyn Rewrite,
) -> Result<(), StoreError> {
    let sql = format!("SELECT {} FROM meta", columns(form, &META));
    let mut select = source.prepare(&sql).map_err(unreadable)?;
    let (mut rows, mut sums, mut named) =
        (select.query([]).map_err(unreadable)?, Sums::default(), Named::new());
    while let Some(row) = rows.next().map_err(unreadable)? {
        let wrong = |e| StoreError::NoBackup(format!("{}: {e}", place(&META, row)));
        if form == Form::Two {
            sums.verified(&META, row, 0).map_err(wrong)?;
        }
        named.insert(text(row, 0).map_err(wrong)?.to_owned(), text(row, 1).map_err(wrong)?.to_owned());
    }
    rewrite.named(&mut named).map_err(StoreError::NoBackup)?;
    named.iter().try_for_each(|(key, value)| write::set_meta(target, key, value))
}

fn copy_table(
    source: &Connection,
    form: Form,
    target: &Connection,
    table: &Table,
    mut changes: impl FnMut(&Row<'_>) -> Result<Changes, StoreError>,
) -> Result<(), StoreError> {
    let (found, columns) = (columns(form, table), table.columns.join(", "));
    let mut select = source.prepare(&format!("SELECT {found} FROM {}", table.name)).map_err(unreadable)?;
    let marks = vec!["?"; table.columns.len() + 1].join(", ");
    let mut insert =
        target.prepare(&format!("INSERT INTO {}({columns}, sum) VALUES({marks})", table.name))?;
    let (mut rows, mut sums) = (select.query([]).map_err(unreadable)?, Sums::default());
    while let Some(row) = rows.next().map_err(unreadable)? {
        let wrong = |e| StoreError::NoBackup(format!("{}: {e}", place(table, row)));
        let sum = match form {
            Form::One => sums.of_row(table, row, 0),
            Form::Two => sums.verified(table, row, 0),
        };
        let mut sum = sum.map_err(wrong)?;
        let mut values = Vec::with_capacity(table.columns.len() + 1);
        for n in 0..table.columns.len() {
            values.push(ToSqlOutput::Borrowed(row.get_ref(n)?));
        }
        let changed = changes(row)?;
        for (column, value) in &changed {
            if let Some(place) = values.get_mut(*column) {
                *place = ToSqlOutput::Borrowed(value.into());
            }
        }
        if !changed.is_empty() {
            sum = sums.of_values(table, &values).map_err(wrong)?;
        }
        values.push(ToSqlOutput::from(sum));
        insert_row(&mut insert, values)?;
    }
    Ok(())
}

/// Writes items of owners that the source does not have.
fn add(target: &Connection, more: Vec<(Owner, Item)>) -> Result<(), StoreError> {
    let owners: BTreeSet<Owner> = more.iter().map(|(owner, _)| owner.clone()).collect();
    let items = more.into_iter().map(|(owner, item)| (owner, ItemChange::Put(item))).collect();
    let writes = owners.into_iter().map(|owner| (owner, 1)).collect();
    let batch = Batch { items, writes, ..Batch::default() };
    let written = batch.writes.iter().map(|(owner, version)| (owner, *version)).collect();
    let mut totals = batch.writes.iter().map(|(owner, _)| (owner, 0)).collect();
    write::items(target, &batch, &written, &mut totals)?;
    write::owners(target, &batch, &totals)
}

/// Copies owners, when their items are there.
fn copy_owners(source: &Connection, form: Form, target: &Connection) -> Result<(), StoreError> {
    let sql = match form {
        Form::One => "SELECT owner, version, 0 FROM owners",
        Form::Two => "SELECT owner, version, items, sum FROM owners",
    };
    let mut select = source.prepare(sql).map_err(unreadable)?;
    let totals = "SELECT sum FROM items WHERE owner = ?1";
    let mut items = target.prepare(totals)?;
    // Those that were read; some may have been rewritten.
    let mut before = if form == Form::Two { Some(source.prepare(totals).map_err(unreadable)?) } else { None };
    let mut insert =
        target.prepare("INSERT INTO owners(owner, version, items, sum) VALUES(?1, ?2, ?3, ?4)")?;
    let (mut rows, mut sums) = (select.query([]).map_err(unreadable)?, Sums::default());
    while let Some(row) = rows.next().map_err(unreadable)? {
        let wrong = |e| StoreError::NoBackup(format!("{}: {e}", place(&OWNERS, row)));
        let name = text(row, 0).map_err(wrong)?;
        let version = super::read::number(row, 1).map_err(wrong)?;
        let total = total(&mut items, name)?;
        if let Some(before) = &mut before {
            sums.verified(&OWNERS, row, 0).map_err(wrong)?;
            if row.get_ref(2)?.as_i64() != Ok(self::total(before, name).map_err(unreadable)?) {
                return Err(wrong(corrupt(&"items", &"they are not those that were written")));
            }
        }
        let sum = sums.of(&OWNERS, &[name.into(), version.into(), total.into()]);
        insert_row(&mut insert, vec![name.into(), version.into(), total.into(), sum.into()])?;
    }
    Ok(())
}

/// The sum, modulo 2^64, of those of an owner's items.
fn total(items: &mut Statement<'_>, owner: &str) -> rusqlite::Result<i64> {
    let (mut found, mut total) = (items.query([owner])?, 0_i64);
    while let Some(item) = found.next()? {
        total = total.wrapping_add(item.get(0)?);
    }
    Ok(total)
}
