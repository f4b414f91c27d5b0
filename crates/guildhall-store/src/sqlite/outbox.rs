//! Mails that wait, were sent or were given up.

use guildhall_core::Timestamp;
use guildhall_core::mail::Mail;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row, params};

use super::limit;
use super::read::{corrupt, text};
use crate::{MailCounts, MailFilter, MailState, OutboxMail, StoreError};

/// The columns that [`read`] wants.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, state, due, queued, attempts, made, last_error, body FROM outbox ", $rest)
    };
}

fn read(row: &Row<'_>) -> Result<OutboxMail, StoreError> {
    let id = text(row, 0)?;
    let state = text(row, 1)?;
    let mail: Mail = serde_json::from_str(text(row, 7)?).map_err(|e| corrupt("mail", id, &e))?;
    Ok(OutboxMail {
        id: id.to_owned(),
        made: Timestamp(row.get(5)?),
        mail,
        state: MailState::from_name(state).ok_or_else(|| corrupt("mail", id, &"unknown state"))?,
        due: Timestamp(row.get(2)?),
        queued: Timestamp(row.get(3)?),
        attempts: row.get(4)?,
        last_error: row.get(6)?,
    })
}

fn all(mut statement: CachedStatement<'_>, values: impl Params) -> Result<Vec<OutboxMail>, StoreError> {
    let mut rows = statement.query(values)?;
    let mut mails = Vec::new();
    while let Some(row) = rows.next()? {
        mails.push(read(row)?);
    }
    Ok(mails)
}

/// How a transaction changes the numbers of mails.
#[derive(Default)]
pub(super) struct Change {
    pending: i64,
    failed: i64,
}

impl Change {
    /// A mail goes from one state to another; `None` is nowhere.
    pub(super) fn note(&mut self, from: Option<MailState>, to: Option<MailState>) {
        for (state, by) in [(from, -1), (to, 1)] {
            match state {
                Some(MailState::Pending) => self.pending += by,
                Some(MailState::Failed) => self.failed += by,
                Some(MailState::Delivered) | None => {}
            }
        }
    }

    /// Numbers after the change.
    pub(super) fn applied_to(&self, counts: MailCounts) -> MailCounts {
        MailCounts {
            pending: counts.pending.saturating_add_signed(self.pending),
            failed: counts.failed.saturating_add_signed(self.failed),
        }
    }
}

/// Counts the mails that are not delivered, by walking over them; done once, when a store is opened or replaced.
pub(super) fn count(connection: &Connection) -> rusqlite::Result<MailCounts> {
    let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned);
    Ok(MailCounts {
        pending: count("SELECT count(*) FROM outbox WHERE state = 'PENDING'")?,
        failed: count("SELECT count(*) FROM outbox WHERE state <> 'PENDING' AND state = 'FAILED'")?,
    })
}

/// Adds mails.
pub(super) fn insert(
    connection: &Connection,
    mails: &[OutboxMail],
    change: &mut Change,
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO outbox(id, state, due, queued, attempts, made, recipient, last_error, body)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for m in mails {
        let body = serde_json::to_string(&m.mail).map_err(|e| corrupt("mail", &m.id, &e))?;
        let recipient = m.mail.to.key();
        insert.execute(params![
            m.id,
            m.state.name(),
            m.due.0,
            m.queued.0,
            m.attempts,
            m.made.0,
            recipient.as_str(),
            m.last_error,
            body
        ])?;
        change.note(None, Some(m.state));
    }
    Ok(())
}

/// Makes every pending mail due.
pub(super) fn release(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "UPDATE outbox SET due = 0 WHERE state = 'PENDING' AND due > 0";
    connection.execute(sql, []).map(|_| ())
}

/// Whether a pending mail is due.
pub(super) fn any_due(connection: &Connection, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM outbox WHERE state = 'PENDING' AND due <= ?1 LIMIT 1";
    Ok(connection.prepare_cached(sql)?.exists([now.0])?)
}

/// Takes pending mails that are due and puts them off, within a transaction. One that cannot be read is given
/// up, so that it does not stand in the way of all others for ever.
pub(super) fn lease(
    connection: &Connection,
    now: Timestamp,
    lease_until: Timestamp,
    at_most: usize,
    change: &mut Change,
) -> Result<Vec<OutboxMail>, StoreError> {
    let mut due = connection
        .prepare_cached(select!("WHERE state = 'PENDING' AND due <= ?1 ORDER BY due, id LIMIT ?2"))?;
    let mut rows = due.query(params![now.0, limit(at_most)])?;
    let (mut mails, mut unreadable) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(mail) => mails.push(mail),
            Err(StoreError::Corrupt(e)) => unreadable.push((text(row, 0)?.to_owned(), e.to_string())),
            Err(e) => return Err(e),
        }
    }
    // Changed only now: what a statement walks over must not change under it.
    drop(rows);
    let mut put_off = connection.prepare_cached("UPDATE outbox SET due = ?2 WHERE id = ?1")?;
    for mail in &mut mails {
        put_off.execute(params![mail.id, lease_until.0])?;
        mail.due = lease_until;
    }
    for (id, why) in unreadable {
        tracing::error!(id, why, "a mail cannot be read and is given up");
        let sql = "UPDATE outbox SET state = 'FAILED', last_error = ?2 WHERE id = ?1";
        connection.prepare_cached(sql)?.execute([id, why])?;
        change.note(Some(MailState::Pending), Some(MailState::Failed));
    }
    Ok(mails)
}

/// Where a mail stands, without the rest of it.
fn state(connection: &Connection, id: &str) -> Result<Option<MailState>, StoreError> {
    let mut state = connection.prepare_cached("SELECT state FROM outbox WHERE id = ?1")?;
    let name: Option<String> = state.query_row([id], |row| row.get(0)).optional()?;
    name.map(|name| MailState::from_name(&name).ok_or_else(|| corrupt("mail", id, &"unknown state")))
        .transpose()
}

/// Writes how a try to deliver a mail ended.
pub(super) fn settle(
    connection: &Connection,
    mail: &OutboxMail,
    change: &mut Change,
) -> Result<(), StoreError> {
    let Some(before) = state(connection, &mail.id)?.filter(|state| *state != MailState::Delivered) else {
        return Ok(());
    };
    connection
        .prepare_cached(
            "UPDATE outbox SET state = ?2, due = ?3, attempts = ?4, last_error = ?5 WHERE id = ?1",
        )?
        .execute(params![mail.id, mail.state.name(), mail.due.0, mail.attempts, mail.last_error])?;
    change.note(Some(before), Some(mail.state));
    Ok(())
}

/// Puts a mail that was not delivered back to be sent.
pub(super) fn retry(
    connection: &Connection,
    id: &str,
    now: Timestamp,
    change: &mut Change,
) -> Result<(), StoreError> {
    let Some(before) = state(connection, id)?.filter(|state| *state != MailState::Delivered) else {
        return Ok(());
    };
    let sql = "UPDATE outbox SET state = 'PENDING', due = ?2, queued = ?2, attempts = 0 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![id, now.0])?;
    change.note(Some(before), Some(MailState::Pending));
    Ok(())
}

/// The ids of mails that were given up, after one, in order.
pub(super) fn failed(
    connection: &Connection,
    after: &str,
    at_most: usize,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT id FROM outbox WHERE state <> 'PENDING' AND state = 'FAILED' AND id > ?1 ORDER BY id LIMIT ?2";
    let mut failed = connection.prepare_cached(sql)?;
    let ids = failed.query_map(params![after, limit(at_most)], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// A page of mails. One statement for each order: a bound that stands still in a statement is looked up in the key.
pub(super) fn mails(connection: &Connection, filter: &MailFilter) -> Result<Vec<OutboxMail>, StoreError> {
    let statement = connection.prepare_cached(if filter.latest_first {
        select!("WHERE id < ?1 AND made >= ?2 AND (?3 IS NULL OR recipient = ?3) ORDER BY id DESC LIMIT ?4")
    } else {
        select!("WHERE id > ?1 AND made >= ?2 AND (?3 IS NULL OR recipient = ?3) ORDER BY id LIMIT ?4")
    })?;
    // No id is empty, and none begins with the last of all characters.
    let end = if filter.latest_first { "\u{10ffff}" } else { "" };
    let since = filter.since.map_or(i64::MIN, |at| at.0);
    let to = filter.to.as_ref().map(|to| to.to_lowercase());
    all(statement, params![filter.after.as_deref().unwrap_or(end), since, to, limit(filter.limit)])
}

/// One mail.
pub(super) fn mail(connection: &Connection, id: &str) -> Result<Option<OutboxMail>, StoreError> {
    let found = all(connection.prepare_cached(select!("WHERE id = ?1"))?, [id])?;
    Ok(found.into_iter().next())
}

/// Removes mails that are not pending.
pub(super) fn clear(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("DELETE FROM outbox WHERE state <> 'PENDING'", [])?;
    Ok(())
}
