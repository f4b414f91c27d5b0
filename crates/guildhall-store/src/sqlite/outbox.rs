//! Mails that wait, were sent or were given up.

use guildhall_core::Timestamp;
use guildhall_core::state::mail::Mail;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::limit;
use super::read::{at, corrupt, number, text};
use super::schema::OUTBOX;
use super::sum::{Column, Sums};
use crate::{MailCounts, MailFilter, MailState, OutboxMail, StoreError};

/// The columns that [`stored`] wants.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, state, due, queued, attempts, made, recipient, last_error, body, sum FROM outbox ",
            $rest
        )
    };
}

/// A row: the mail as text, and how its delivery stands.
struct Stored {
    id: String,
    state: String,
    due: i64,
    queued: i64,
    attempts: i64,
    made: i64,
    recipient: String,
    last_error: Option<String>,
    body: String,
}

/// A row whose checksum is right.
fn stored(row: &Row<'_>, sums: &mut Sums) -> Result<Stored, StoreError> {
    let id = text(row, 0)?;
    sums.verified(&OUTBOX, row, 0).map_err(|e| at(e, &format_args!("the mail {id}")))?;
    Ok(Stored {
        id: id.to_owned(),
        state: text(row, 1)?.to_owned(),
        due: number(row, 2)?,
        queued: number(row, 3)?,
        attempts: number(row, 4)?,
        made: number(row, 5)?,
        recipient: text(row, 6)?.to_owned(),
        last_error: row.get(7)?,
        body: text(row, 8)?.to_owned(),
    })
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

impl Stored {
    fn new(mail: &OutboxMail) -> Result<Self, StoreError> {
        let body = serde_json::to_string(&mail.mail)
            .map_err(|e| corrupt(&format_args!("the mail {}", mail.id), &e))?;
        Ok(Self {
            id: mail.id.clone(),
            state: mail.state.name().to_owned(),
            due: mail.due.0,
            queued: mail.queued.0,
            attempts: i64::from(mail.attempts),
            made: mail.made.0,
            recipient: mail.mail.to.key().as_str().to_owned(),
            last_error: mail.last_error.clone(),
            body,
        })
    }

    fn mail(&self) -> Result<OutboxMail, StoreError> {
        let place = || format!("the mail {}", self.id);
        let mail: Mail = serde_json::from_str(&self.body).map_err(|e| corrupt(&place(), &e))?;
        Ok(OutboxMail {
            id: self.id.clone(),
            made: Timestamp(self.made),
            mail,
            state: MailState::from_name(&self.state).ok_or_else(|| corrupt(&place(), &"unknown state"))?,
            due: Timestamp(self.due),
            queued: Timestamp(self.queued),
            attempts: u32::try_from(self.attempts).map_err(|e| corrupt(&place(), &e))?,
            last_error: self.last_error.clone(),
        })
    }

    fn sum(&self, sums: &mut Sums) -> i64 {
        let columns: [Column<'_>; 9] = [
            self.id.as_str().into(),
            self.state.as_str().into(),
            self.due.into(),
            self.queued.into(),
            self.attempts.into(),
            self.made.into(),
            self.recipient.as_str().into(),
            self.last_error.as_deref().into(),
            self.body.as_str().into(),
        ];
        sums.of(&OUTBOX, &columns)
    }

    /// Writes how the delivery stands: everything else stays as it is.
    fn update(&self, connection: &Connection, sums: &mut Sums) -> Result<(), StoreError> {
        let sql =
            "UPDATE outbox SET state = ?2, due = ?3, queued = ?4, attempts = ?5, last_error = ?6, sum = ?7
             WHERE id = ?1";
        let sum = self.sum(sums);
        connection.prepare_cached(sql)?.execute(params![
            self.id,
            self.state,
            self.due,
            self.queued,
            self.attempts,
            self.last_error,
            sum
        ])?;
        Ok(())
    }
}

/// A row as a mail: whether it is as it was written, and can be read.
pub(super) fn readable(row: &Row<'_>, sums: &mut Sums) -> Result<OutboxMail, StoreError> {
    stored(row, sums)?.mail()
}

/// Adds mails.
pub(super) fn insert(
    connection: &Connection,
    mails: &[OutboxMail],
    change: &mut Change,
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO outbox(id, state, due, queued, attempts, made, recipient, last_error, body, sum)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let mut sums = Sums::default();
    for mail in mails {
        let m = Stored::new(mail)?;
        let sum = m.sum(&mut sums);
        insert.execute(params![
            m.id,
            m.state,
            m.due,
            m.queued,
            m.attempts,
            m.made,
            m.recipient,
            m.last_error,
            m.body,
            sum
        ])?;
        change.note(None, Some(mail.state));
    }
    Ok(())
}

/// Makes every pending mail due, within a transaction. One that is damaged stays as it is.
pub(super) fn release(connection: &Connection) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare(select!("WHERE state = 'PENDING' AND due > 0 ORDER BY due, id"))?;
    let (mut rows, mut sums, mut waiting) = (statement.query([])?, Sums::default(), Vec::new());
    while let Some(row) = rows.next()? {
        match stored(row, &mut sums) {
            Ok(mail) => waiting.push(mail),
            Err(StoreError::Corrupt { .. }) => {}
            Err(e) => return Err(e),
        }
    }
    // Changed only now: what a statement walks over must not change under it.
    drop(rows);
    for mut mail in waiting {
        mail.due = 0;
        mail.update(connection, &mut sums)?;
    }
    Ok(())
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
    let mut due =
        connection.prepare_cached(select!("WHERE state = 'PENDING' AND due <= ?1 ORDER BY due, id"))?;
    let mut rows = due.query([now.0])?;
    let (mut sums, mut taken, mut unreadable) = (Sums::default(), Vec::new(), Vec::new());
    while taken.len() < at_most {
        let Some(row) = rows.next()? else { break };
        match stored(row, &mut sums).and_then(|stored| Ok((stored.mail()?, stored))) {
            Ok(mail) => taken.push(mail),
            Err(e @ StoreError::Corrupt { .. }) => unreadable.push((text(row, 0)?.to_owned(), e.to_string())),
            Err(e) => return Err(e),
        }
    }
    // Changed only now: what a statement walks over must not change under it.
    drop(rows);
    let mut mails = Vec::with_capacity(taken.len());
    for (mut mail, mut stored) in taken {
        stored.due = lease_until.0;
        stored.update(connection, &mut sums)?;
        mail.due = lease_until;
        mails.push(mail);
    }
    for (id, why) in unreadable {
        tracing::error!(id, why, "a mail cannot be read and is given up");
        // Its checksum stays as it is: damage is not made good by being noticed.
        let sql = "UPDATE outbox SET state = 'FAILED', last_error = ?2 WHERE id = ?1";
        connection.prepare_cached(sql)?.execute([id, why])?;
        change.note(Some(MailState::Pending), Some(MailState::Failed));
    }
    Ok(mails)
}

/// Changes how the delivery of a mail stands, unless it was delivered or is gone; within a transaction.
fn alter(
    connection: &Connection,
    id: &str,
    change: &mut Change,
    alter: impl FnOnce(&mut Stored),
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(select!("WHERE id = ?1"))?;
    let mut sums = Sums::default();
    let found = statement.query_row([id], |row| Ok(stored(row, &mut sums))).optional()?.transpose()?;
    let Some(mut mail) = found.filter(|mail| mail.state != MailState::Delivered.name()) else {
        return Ok(());
    };
    let before = MailState::from_name(&mail.state);
    alter(&mut mail);
    mail.update(connection, &mut sums)?;
    change.note(before, MailState::from_name(&mail.state));
    Ok(())
}

/// Writes how a try to deliver a mail ended.
pub(super) fn settle(
    connection: &Connection,
    mail: &OutboxMail,
    change: &mut Change,
) -> Result<(), StoreError> {
    alter(connection, &mail.id, change, |there| {
        mail.state.name().clone_into(&mut there.state);
        there.due = mail.due.0;
        there.attempts = i64::from(mail.attempts);
        there.last_error.clone_from(&mail.last_error);
    })
}

/// Puts a mail that was not delivered back to be sent.
pub(super) fn retry(
    connection: &Connection,
    id: &str,
    now: Timestamp,
    change: &mut Change,
) -> Result<(), StoreError> {
    alter(connection, id, change, |there| {
        MailState::Pending.name().clone_into(&mut there.state);
        (there.due, there.queued, there.attempts) = (now.0, now.0, 0);
    })
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

/// A page of mails. One that is damaged is told and left out.
pub(super) fn mails(
    connection: &Connection,
    filter: &MailFilter,
    damaged: &mut dyn FnMut(StoreError),
) -> Result<Vec<OutboxMail>, StoreError> {
    // A statement for each order and for one recipient or all: what stands still in a statement is looked up.
    let mut statement = connection.prepare_cached(match (&filter.to, filter.latest_first) {
        (None, false) => select!("WHERE id > ?1 ORDER BY id"),
        (None, true) => select!("WHERE id < ?1 ORDER BY id DESC"),
        (Some(_), false) => select!("WHERE recipient = ?2 AND id > ?1 ORDER BY id"),
        (Some(_), true) => select!("WHERE recipient = ?2 AND id < ?1 ORDER BY id DESC"),
    })?;
    // No id is empty, and none begins with the last of all characters.
    let end = if filter.latest_first { "\u{10ffff}" } else { "" };
    let after = filter.after.as_deref().unwrap_or(end);
    let mut rows = match &filter.to {
        None => statement.query([after])?,
        Some(to) => statement.query([after, &to.to_lowercase()])?,
    };
    let since = filter.since.map_or(i64::MIN, |at| at.0);
    let (mut sums, mut mails) = (Sums::default(), Vec::new());
    while mails.len() < filter.limit {
        let Some(row) = rows.next()? else { break };
        match readable(row, &mut sums) {
            // Ids sort by the time that mails were made: all others are older.
            Ok(mail) if mail.made.0 < since && filter.latest_first => break,
            Ok(mail) if mail.made.0 < since => {}
            Ok(mail) => mails.push(mail),
            Err(e @ StoreError::Corrupt { .. }) => damaged(e),
            Err(e) => return Err(e),
        }
    }
    Ok(mails)
}

pub(super) fn mail(connection: &Connection, id: &str) -> Result<Option<OutboxMail>, StoreError> {
    let mut statement = connection.prepare_cached(select!("WHERE id = ?1"))?;
    let found = statement.query_row([id], |row| Ok(readable(row, &mut Sums::default())));
    found.optional()?.transpose()
}

/// Removes mails that are not pending.
pub(super) fn clear(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("DELETE FROM outbox WHERE state <> 'PENDING'", [])?;
    Ok(())
}
