//! Checksums of rows, so that what is read is what was written.
//!
//! XXH3, 64 bits, over the name of the table and every column with its type and length. It is fast enough to be noise
//! beside reading a row (a body of 300 bytes takes some 30 ns), and misses a change once in 2^64. It guards against
//! disks and memory, not against people: whoever can write the file can write the checksum.

use rusqlite::Row;
use rusqlite::types::{ToSqlOutput, ValueRef};
use twox_hash::XxHash3_64;

use super::read::corrupt;
use super::schema::Table;
use crate::StoreError;

/// A value of a column.
#[derive(Clone, Copy)]
pub(super) enum Column<'a> {
    /// A text's bytes.
    Text(&'a [u8]),
    /// A number.
    Number(i64),
    /// NULL.
    Nothing,
}

impl<'a> From<&'a str> for Column<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.as_bytes())
    }
}

impl From<i64> for Column<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<Option<&'a str>> for Column<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Nothing, Self::from)
    }
}

fn column<'a>(table: &Table, value: ValueRef<'a>) -> Result<Column<'a>, StoreError> {
    match value {
        ValueRef::Text(text) => Ok(Column::Text(text)),
        ValueRef::Integer(number) => Ok(Column::Number(number)),
        ValueRef::Null => Ok(Column::Nothing),
        ValueRef::Real(_) | ValueRef::Blob(_) => {
            Err(corrupt(&table.name, &"a column is neither text nor a number"))
        }
    }
}

/// Computes checksums, one after another in one buffer.
#[derive(Default)]
pub(super) struct Sums(Vec<u8>);

impl Sums {
    /// The checksum of a row: all columns of its table but the checksum, in the table's order.
    pub(super) fn of(&mut self, table: &Table, columns: &[Column<'_>]) -> i64 {
        self.begin(table);
        for column in columns {
            self.add(*column);
        }
        self.end()
    }

    /// The checksum of a row that was read, whose columns begin at `first`.
    pub(super) fn of_row(&mut self, table: &Table, row: &Row<'_>, first: usize) -> Result<i64, StoreError> {
        self.begin(table);
        for n in first..first + table.columns.len() {
            self.add(column(table, row.get_ref(n)?)?);
        }
        Ok(self.end())
    }

    /// The checksum of a row that is to be written.
    pub(super) fn of_values(&mut self, table: &Table, values: &[ToSqlOutput<'_>]) -> Result<i64, StoreError> {
        self.begin(table);
        for value in values {
            let ToSqlOutput::Borrowed(value) = value else {
                return Err(corrupt(&table.name, &"a column is of another kind"));
            };
            self.add(column(table, *value)?);
        }
        Ok(self.end())
    }

    /// The checksum of a row that was read, which stands behind its columns, if it is right.
    pub(super) fn verified(&mut self, table: &Table, row: &Row<'_>, first: usize) -> Result<i64, StoreError> {
        let sum = self.of_row(table, row, first)?;
        match row.get_ref(first + table.columns.len())? {
            ValueRef::Integer(stored) if stored == sum => Ok(sum),
            _ => Err(corrupt(&table.name, &"its checksum is another one: it is not what was written")),
        }
    }

    fn begin(&mut self, table: &Table) {
        self.0.clear();
        self.0.extend_from_slice(table.name.as_bytes());
    }

    fn add(&mut self, column: Column<'_>) {
        match column {
            Column::Text(text) => {
                self.0.push(1);
                self.0.extend_from_slice(&(text.len() as u64).to_le_bytes());
                self.0.extend_from_slice(text);
            }
            Column::Number(number) => {
                self.0.push(2);
                self.0.extend_from_slice(&number.to_le_bytes());
            }
            Column::Nothing => self.0.push(3),
        }
    }

    fn end(&self) -> i64 {
        XxHash3_64::oneshot(&self.0).cast_signed()
    }
}
