//! The state of the machine: its values, its stack and its memo.

use std::collections::HashMap;

use super::node::{Id, Node};
use super::{MAX_VALUES, PickleError};

/// The state of the machine.
#[derive(Default)]
pub(super) struct State<'a> {
    /// Values are in one list, since they may be named again, and change after that.
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) stack: Vec<Id>,
    /// The heights of the stack at which containers were opened.
    pub(super) marks: Vec<usize>,
    pub(super) memo: HashMap<u32, Id>,
    /// The instruction that runs.
    pub(super) opcode: &'static str,
    /// Its place.
    pub(super) at: usize,
}

impl<'a> State<'a> {
    pub(super) fn put(&mut self, key: u32) -> Result<(), PickleError> {
        self.opcode = "PUT";
        let top = self.top()?;
        if self.memo.len() == MAX_VALUES {
            return Err(PickleError::TooLarge { what: "values", limit: MAX_VALUES });
        }
        self.memo.insert(key, top);
        Ok(())
    }

    pub(super) fn get(&mut self, key: u32) -> Result<(), PickleError> {
        self.opcode = "GET";
        let id = *self.memo.get(&key).ok_or_else(|| self.bad("the memo has no such key"))?;
        self.stack.push(id);
        Ok(())
    }

    pub(super) fn extend(&mut self, values: &[Id]) -> Result<(), PickleError> {
        let top = self.top()?;
        match &mut self.nodes[top as usize] {
            Node::List(list) => {
                list.extend_from_slice(values);
                Ok(())
            }
            _ => Err(self.bad("a list expected on the stack")),
        }
    }

    pub(super) fn set(&mut self, values: &[Id]) -> Result<(), PickleError> {
        let top = self.top()?;
        let pairs = pairs(values).ok_or_else(|| self.bad("a name without a value"))?;
        match &mut self.nodes[top as usize] {
            Node::Dict(dict) => {
                dict.extend(pairs);
                Ok(())
            }
            _ => Err(self.bad("a dict expected on the stack")),
        }
    }

    pub(super) fn push(&mut self, node: Node<'a>) -> Result<(), PickleError> {
        if self.nodes.len() == MAX_VALUES {
            return Err(PickleError::TooLarge { what: "values", limit: MAX_VALUES });
        }
        self.stack.push(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        Ok(())
    }

    /// Returns the height of the stack below which an open container's values end.
    pub(super) fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or_default()
    }

    pub(super) fn pop(&mut self) -> Result<Id, PickleError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// Runs POP, which also takes away a mark.
    pub(super) fn pop_any(&mut self) -> Result<(), PickleError> {
        self.opcode = "POP";
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    pub(super) fn top(&self) -> Result<Id, PickleError> {
        self.stack[self.floor().min(self.stack.len())..].last().copied().ok_or_else(|| self.bad("the stack is empty"))
    }

    pub(super) fn pop_to_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop().ok_or_else(|| self.bad("no container is open"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    /// Returns the error of the instruction that runs.
    pub(super) fn bad(&self, why: &'static str) -> PickleError {
        PickleError::Bad { opcode: self.opcode, at: self.at, why }
    }
}

/// Returns names and their values.
pub(super) fn pairs(values: &[Id]) -> Option<Vec<(Id, Id)>> {
    let (pairs, rest) = values.as_chunks();
    rest.is_empty().then(|| pairs.iter().map(|[name, value]| (*name, *value)).collect())
}
