//! The two threads.

use std::sync::{Arc, MutexGuard};
use std::thread;

use super::Entry;
use super::shared::{Shared, bytes, new_key, wait};
use super::state::State;
use crate::buffer::{Chunk, Fate, Next};
use crate::limits::MAX_FLUSH_PAUSE;
use crate::pack::Packer;
use crate::spool::{self, Left, Spool, SpoolError};

/// What the record of what was dropped takes at most.
pub(super) const REPORT_BYTES: usize = 2_048;

/// One of the threads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Pack,
    Put,
}

/// Notes the end of a thread that has died. One that has nothing more to do says so itself, in the moment when that is so:
/// a line that comes later starts another.
struct Running {
    shared: Arc<Shared>,
    role: Role,
    is_done: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_done {
            self.shared.settled.notify_all();
            return;
        }
        let mut state = self.shared.lock();
        state.kill = false;
        state.crashes += 1;
        match self.role {
            Role::Pack => {
                state.packs = false;
                // What it was compressing is lost.
                state.buffer.lost(crate::buffer::Reason::Failed, self.shared.clock.timestamp());
            }
            Role::Put => {
                state.puts = false;
                state.buffer.recover();
            }
        }
        self.shared.settled.notify_all();
    }
}

/// Starts the threads that do not run.
pub(super) fn start(shared: &Arc<Shared>, state: &mut State) {
    for role in [Role::Pack, Role::Put] {
        let is_running = if role == Role::Pack { &mut state.packs } else { &mut state.puts };
        if *is_running {
            continue;
        }
        let shared = Arc::clone(shared);
        let name = if role == Role::Pack { "logbraid-pack" } else { "logbraid-put" };
        let work = move || {
            let mut running = Running { shared, role, is_done: false };
            match role {
                Role::Pack => pack(&running.shared),
                Role::Put => put(&running.shared),
            }
            running.is_done = true;
        };
        // If there can be no thread now, the next line tries again.
        *is_running = thread::Builder::new().name(name.to_owned()).spawn(work).is_ok();
    }
}

/// Seals what is due, compresses it, moves what is too much to disk. Until there is nothing more to do, and the sender is
/// closed.
fn pack(shared: &Shared) {
    let mut packer = Packer::new(shared.settings.compression);
    adopt(shared, &mut packer);
    loop {
        tell_dropped(shared, false);
        let now = shared.clock.now();
        let mut state = shared.lock();
        if state.kill {
            drop(state);
            std::panic::resume_unwind(Box::new("killed for a test"));
        }
        if state.is_closing || state.flushing > 0 {
            state.buffer.seal();
        }
        drop(state);
        if shared.pack_next(&mut packer) || spool_next(shared) {
            continue;
        }
        let mut state = shared.lock();
        let due = state.buffer.seal_due(now);
        if has_work(&state) {
            continue;
        }
        if state.is_closing {
            shared.to_put.notify_one();
            if state.buffer.is_empty() || state.spool.is_none() {
                state.packs = false;
                return;
            }
        }
        let limit = due.map(|due| due.saturating_duration_since(shared.clock.now()));
        drop(wait(&shared.to_pack, state, limit));
    }
}

/// Returns whether something came between the last look and now.
fn has_work(state: &MutexGuard<'_, State>) -> bool {
    state.kill
        || state.buffer.has_sealed()
        || state.buffer.has_untold(REPORT_BYTES)
        || (state.buffer.has_open() && (state.flushing > 0 || state.is_closing))
}

/// Puts what is ready, until nothing waits and the sender is closed.
fn put(shared: &Shared) {
    let mut state = shared.lock();
    loop {
        if state.kill {
            drop(state);
            std::panic::resume_unwind(Box::new("killed for a test"));
        }
        let now = shared.clock.now();
        let next = if state.draining > 0 { Next::Idle } else { state.buffer.next(now) };
        let limit = match next {
            Next::Send(chunks) => {
                drop(state);
                put_chunks(shared, &chunks);
                state = shared.lock();
                continue;
            }
            Next::Wait(until) => Some(until.saturating_duration_since(now)),
            Next::Idle if state.is_closing && state.buffer.is_empty() => {
                if let Some(spool) = &mut state.spool {
                    spool.end();
                }
                state.puts = false;
                drop(state);
                shared.to_pack.notify_one();
                shared.transport.rest();
                return;
            }
            Next::Idle => None,
        };
        state = wait(&shared.to_put, state, limit);
    }
}

fn put_chunks(shared: &Shared, chunks: &[Chunk]) {
    let loaded: Vec<_> = chunks.iter().map(|chunk| (chunk, bytes(chunk))).collect();
    let mut fates: Vec<(u64, Fate)> = Vec::with_capacity(chunks.len());
    let (mut entries, mut ids, mut unreadable) = (Vec::new(), Vec::new(), None);
    for (chunk, bytes) in &loaded {
        match bytes {
            Ok(bytes) => {
                entries.push(Entry { data: bytes, key: &chunk.key });
                ids.push(chunk.id);
            }
            Err(error) => {
                fates.push((chunk.id, Fate::Lost));
                unreadable = Some(error);
            }
        }
    }
    let answer = (!entries.is_empty()).then(|| shared.transport.put(&entries).judge(entries.len()));
    let failure = answer.and_then(|judgement| {
        fates.extend(ids.into_iter().zip(judgement.fates));
        judgement.failure
    });
    let now = shared.clock.now();
    let time = shared.clock.timestamp();
    let mut state = shared.lock();
    let gone = state.buffer.settle(&fates, now, time, &mut fastrand::f64, &mut new_key);
    if state.flushing > 0 || state.is_closing {
        state.buffer.hurry(now + MAX_FLUSH_PAUSE);
    }
    state.requests += 1;
    if let Some(message) = failure {
        state.failed_requests += 1;
        shared.fail(&mut state, message);
    }
    if let Some(error) = unreadable {
        state.note(error);
    }
    drop(state);
    shared.forget(&gone);
    shared.settled.notify_all();
    // There may be room to tell what was dropped.
    shared.to_pack.notify_one();
}

/// Puts the record of what was dropped among the lines, if there is room, or it is to be told without.
pub(super) fn tell_dropped(shared: &Shared, without_room: bool) {
    let now = shared.clock.now();
    let time = shared.clock.timestamp();
    let mut state = shared.lock();
    let Some(dropped) = state.buffer.take_dropped(REPORT_BYTES, without_room) else { return };
    let mut line = dropped.record(time).into_bytes();
    line.extend_from_slice(shared.settings.common.as_bytes());
    line.push(b',');
    shared.identity.write(&mut line);
    line.extend_from_slice(b"}\n");
    if let Some(id) = state.buffer.tell(&line, dropped, now) {
        state.append_to_spool(id, &line, true, now);
    }
}

/// Moves the newest chunk to disk, if memory is over its limit. Returns whether it did.
fn spool_next(shared: &Shared) -> bool {
    let state = shared.lock();
    let Some(spool) = &state.spool else { return false };
    let Some(chunk) = state.buffer.to_spool() else { return false };
    let file = spool.chunk(chunk.id, chunk.records, shared.settings.compression.extension());
    drop(state);
    let written = bytes(&chunk).and_then(|bytes| spool::write(&file, &bytes));
    let mut state = shared.lock();
    match written {
        Ok(()) => {
            state.buffer.moved(chunk.id, file);
            let removed = state.spool.as_mut().map_or(Ok(()), |spool| spool.remove_lines(chunk.id));
            if let Err(error) = removed {
                state.note(&error);
            }
            shared.settled.notify_all();
            true
        }
        Err(error) => {
            state.note(&error);
            false
        }
    }
}

/// Takes over what dead processes have left.
fn adopt(shared: &Shared, packer: &mut Packer) {
    let mut state = shared.lock();
    let is_first = !std::mem::replace(&mut state.has_adopted, true);
    drop(state);
    if is_first {
        adopt_all(shared, packer);
    }
    let mut state = shared.lock();
    if state.adopted_until.is_none() {
        state.adopted_until = Some(state.buffer.last_id());
    }
    shared.settled.notify_all();
}

fn adopt_all(shared: &Shared, packer: &mut Packer) {
    let mut state = shared.lock();
    let Some(spool) = &mut state.spool else { return };
    let left = match spool.adopt() {
        Ok(left) => left,
        Err(error) => return state.note(&error),
    };
    drop(state);
    for left in left {
        let adopted = match left {
            Left::Chunk { file, bytes, records } => Ok(Some((file, bytes, records))),
            Left::Lines(lines) => compress(shared, packer, &lines),
        };
        let mut state = shared.lock();
        match adopted {
            Ok(Some((file, bytes, records))) => state.buffer.adopt(file, bytes, records, new_key()),
            Ok(None) => {}
            Err(error) => state.note(&error),
        }
        shared.to_put.notify_one();
    }
}

/// Compresses a file of lines. The last may have been cut by the end of its process.
fn compress(
    shared: &Shared,
    packer: &mut Packer,
    file: &std::path::Path,
) -> Result<Option<(std::path::PathBuf, u64, u32)>, SpoolError> {
    let lines = spool::read(file)?;
    let end = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
    let whole = lines.get(..end).unwrap_or_default();
    let records = u32::try_from(memchr::memchr_iter(b'\n', whole).count()).unwrap_or(u32::MAX);
    if records == 0 {
        return spool::remove(file).map(|()| None);
    }
    let Ok(chunk) = packer.pack(whole) else { return Ok(None) };
    let target = Spool::chunk_of_lines(file, records, shared.settings.compression.extension());
    spool::write(&target, &chunk)?;
    spool::remove(file)?;
    Ok(Some((target, chunk.len() as u64, records)))
}
