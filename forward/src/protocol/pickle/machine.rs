//! The machine: runs a pickle's instructions. Values are in one list, since they may be named again, and change after that.

use std::borrow::Cow;
use std::collections::HashMap;

use super::known::{Known, Returned};
use super::reader::Reader;
use super::stack::pairs;
use super::{MAX_TEXT_BYTES, PickleError, escapes};
use crate::protocol::text;

/// How many containers may be open at once.
const MAX_MARKS: usize = 1_024;
/// How many arguments a known function takes.
const MAX_ARGUMENTS: usize = 2;

/// A value's place in the list of values.
pub(super) type Id = u32;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer of more than 64 bits: little endian, two's complement.
    Long(&'a [u8]),
    /// The digits of such an integer.
    Digits(&'a str),
    Float(f64),
    /// Text or bytes. Text should be UTF-8, but may have single surrogates.
    Bytes(Cow<'a, [u8]>),
    /// A list, a tuple or a set.
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Function(Known),
}

/// The state of the machine.
pub(super) struct Machine<'a> {
    reader: Reader<'a>,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) stack: Vec<Id>,
    /// The heights of the stack at which containers were opened.
    pub(super) marks: Vec<usize>,
    pub(super) memo: HashMap<u32, Id>,
    /// How many bytes functions have returned. Each may return as many as the longest text has.
    made_bytes: usize,
    /// The instruction that runs.
    pub(super) opcode: &'static str,
    pub(super) at: usize,
}

/// Runs a pickle. Returns its values, and which of them is the result.
pub(super) fn run(pickle: &[u8]) -> Result<(Vec<Node<'_>>, Id), PickleError> {
    let mut machine = Machine {
        reader: Reader::new(pickle),
        nodes: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        made_bytes: 0,
        opcode: "",
        at: 0,
    };
    // Each round takes at least one byte.
    loop {
        machine.at = machine.reader.at();
        let opcode = machine.reader.byte()?;
        if opcode == b'.' {
            machine.opcode = "STOP";
            let root = machine.pop()?;
            return Ok((machine.nodes, root));
        }
        machine.step(opcode)?;
    }
}

impl<'a> Machine<'a> {
    fn step(&mut self, opcode: u8) -> Result<(), PickleError> {
        let node = match opcode {
            b'N' => self.named("NONE", Node::None),
            0x88 => self.named("NEWTRUE", Node::Bool(true)),
            0x89 => self.named("NEWFALSE", Node::Bool(false)),
            b'I' => self.decimal("INT")?,
            b'L' => self.decimal("LONG")?,
            b'J' => Node::Int(i32::from_le_bytes(self.reader.chunk()?).into()),
            b'K' => Node::Int(self.reader.byte()?.into()),
            b'M' => Node::Int(u16::from_le_bytes(self.reader.chunk()?).into()),
            0x8A => integer(self.reader.sized1()?),
            0x8B => integer(self.reader.sized4()?),
            b'F' => self.decimal_float()?,
            b'G' => Node::Float(f64::from_be_bytes(self.reader.chunk()?)),
            b'U' | 0x8C | b'C' => Node::Bytes(self.reader.sized1()?.into()),
            b'T' | b'X' | b'B' => Node::Bytes(self.reader.sized4()?.into()),
            0x8D | 0x8E | 0x96 => Node::Bytes(self.reader.sized8()?.into()),
            b'V' => Node::Bytes(escapes::raw_unicode(self.reader.line()?).into()),
            b'S' => {
                self.opcode = "STRING";
                let text = escapes::quoted(self.reader.line()?).ok_or_else(|| self.bad("a text in quotes expected"))?;
                Node::Bytes(text.into())
            }
            b']' | 0x8F | b')' => Node::List(Vec::new()),
            b'}' => Node::Dict(Vec::new()),
            b'l' => self.named_list("LIST")?,
            b't' => self.named_list("TUPLE")?,
            0x91 => self.named_list("FROZENSET")?,
            0x85..=0x87 => self.short_tuple(opcode - 0x84)?,
            b'd' => {
                self.opcode = "DICT";
                Node::Dict(pairs(&self.pop_to_mark()?).ok_or_else(|| self.bad("a name without a value"))?)
            }
            b'c' => self.import()?,
            b'R' => return self.call(),
            _ => return self.change(opcode),
        };
        self.push(node)
    }

    /// Runs an instruction that does not push a new value.
    fn change(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            0x80 => drop(self.reader.byte()?),
            0x95 => drop(self.reader.chunk::<8>()?),
            b'(' if self.marks.len() == MAX_MARKS => {
                return Err(PickleError::TooLarge { what: "open containers", limit: MAX_MARKS });
            }
            b'(' => self.marks.push(self.stack.len()),
            b'0' => self.pop_any()?,
            b'1' => drop(self.pop_to_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'a' => {
                self.opcode = "APPEND";
                let value = self.pop()?;
                self.extend(&[value])?;
            }
            b'e' | 0x90 => {
                self.opcode = if opcode == b'e' { "APPENDS" } else { "ADDITEMS" };
                let values = self.pop_to_mark()?;
                self.extend(&values)?;
            }
            b's' => {
                self.opcode = "SETITEM";
                let (value, name) = (self.pop()?, self.pop()?);
                self.set(&[name, value])?;
            }
            b'u' => {
                self.opcode = "SETITEMS";
                let values = self.pop_to_mark()?;
                self.set(&values)?;
            }
            _ => return self.memo(opcode),
        }
        Ok(())
    }

    fn memo(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            b'p' => {
                let key = self.key("PUT")?;
                self.put(key)
            }
            b'q' => {
                let key = self.reader.byte()?;
                self.put(key.into())
            }
            b'r' => {
                let key = self.reader.number()?;
                self.put(key)
            }
            0x94 => {
                let key = u32::try_from(self.memo.len()).unwrap_or(u32::MAX);
                self.put(key)
            }
            b'g' => {
                let key = self.key("GET")?;
                self.get(key)
            }
            b'h' => {
                let key = self.reader.byte()?;
                self.get(key.into())
            }
            b'j' => {
                let key = self.reader.number()?;
                self.get(key)
            }
            _ => Err(self.refuse(opcode)),
        }
    }

    /// Returns the error for an instruction that makes an object.
    fn refuse(&self, opcode: u8) -> PickleError {
        let name = match opcode {
            b'b' => "BUILD",
            b'i' => "INST",
            b'o' => "OBJ",
            b'P' => "PERSID",
            b'Q' => "BINPERSID",
            0x81 => "NEWOBJ",
            0x82 => "EXT1",
            0x83 => "EXT2",
            0x84 => "EXT4",
            0x92 => "NEWOBJ_EX",
            0x93 => "STACK_GLOBAL",
            0x97 => "NEXT_BUFFER",
            0x98 => "READONLY_BUFFER",
            _ => return PickleError::Unknown { opcode, at: self.at },
        };
        match (opcode, self.stack.as_slice()) {
            (0x93, [.., module, name]) => {
                let word = |id: &Id| match &self.nodes[*id as usize] {
                    Node::Bytes(bytes) => shortened(&text::from_bytes(bytes)),
                    _ => String::new(),
                };
                let name = format!("{}.{}", word(module), word(name));
                PickleError::Import { opcode: "STACK_GLOBAL", name, at: self.at }
            }
            _ => PickleError::Object { opcode: name, at: self.at },
        }
    }

    fn import(&mut self) -> Result<Node<'a>, PickleError> {
        let (module, name) = (self.reader.line()?, self.reader.line()?);
        let (module, name) = (text::from_bytes(module), text::from_bytes(name));
        Known::named(&module, &name).map(Node::Function).ok_or_else(|| PickleError::Import {
            opcode: "GLOBAL",
            name: format!("{}.{}", shortened(&module), shortened(&name)),
            at: self.at,
        })
    }

    fn call(&mut self) -> Result<(), PickleError> {
        self.opcode = "REDUCE";
        let (arguments, function) = (self.pop()?, self.pop()?);
        let (Node::List(ids), Node::Function(function)) =
            (&self.nodes[arguments as usize], &self.nodes[function as usize])
        else {
            return Err(PickleError::Object { opcode: "REDUCE", at: self.at });
        };
        if ids.len() > MAX_ARGUMENTS {
            return Err(self.bad("too many arguments"));
        }
        let arguments: Vec<&Node<'a>> = ids.iter().map(|id| &self.nodes[*id as usize]).collect();
        match function.result(&arguments).ok_or_else(|| self.bad("unknown arguments"))? {
            Returned::Argument => {
                let argument = ids.first().copied();
                self.stack.extend(argument);
                Ok(())
            }
            Returned::New(node) => {
                if let Node::Bytes(bytes) = &node {
                    self.made_bytes += bytes.len();
                }
                if self.made_bytes > MAX_TEXT_BYTES {
                    return Err(PickleError::TooLarge { what: "bytes of text", limit: MAX_TEXT_BYTES });
                }
                self.push(node)
            }
        }
    }

    fn named(&mut self, opcode: &'static str, node: Node<'a>) -> Node<'a> {
        self.opcode = opcode;
        node
    }

    fn named_list(&mut self, opcode: &'static str) -> Result<Node<'a>, PickleError> {
        self.opcode = opcode;
        self.pop_to_mark().map(Node::List)
    }

    fn short_tuple(&mut self, length: u8) -> Result<Node<'a>, PickleError> {
        self.opcode = "TUPLE";
        let start = self.stack.len().checked_sub(length.into()).filter(|start| *start >= self.floor());
        let start = start.ok_or_else(|| self.bad("the stack is empty"))?;
        Ok(Node::List(self.stack.split_off(start)))
    }

    /// Reads an integer in decimal. Protocol 0 writes `False` and `True` as 00 and 01.
    fn decimal(&mut self, opcode: &'static str) -> Result<Node<'a>, PickleError> {
        self.opcode = opcode;
        let line = self.reader.short_line()?.unwrap_or_default();
        let digits = line.strip_suffix('L').unwrap_or(line);
        match (opcode, digits) {
            ("INT", "00") => return Ok(Node::Bool(false)),
            ("INT", "01") => return Ok(Node::Bool(true)),
            _ => {}
        }
        let unsigned = digits.strip_prefix('-').unwrap_or(digits);
        if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.bad("an integer expected"));
        }
        Ok(digits.parse().map_or(Node::Digits(digits), Node::Int))
    }

    fn decimal_float(&mut self) -> Result<Node<'a>, PickleError> {
        self.opcode = "FLOAT";
        let line = self.reader.short_line()?.unwrap_or_default();
        line.trim().parse().map(Node::Float).map_err(|_| self.bad("a number expected"))
    }

    fn key(&mut self, opcode: &'static str) -> Result<u32, PickleError> {
        self.opcode = opcode;
        let line = self.reader.short_line()?.unwrap_or_default();
        line.trim().parse().map_err(|_| self.bad("a key of the memo expected"))
    }

    pub(super) fn bad(&self, why: &'static str) -> PickleError {
        PickleError::Bad { opcode: self.opcode, at: self.at, why }
    }
}

/// Returns a short part of a name.
fn shortened(name: &str) -> String {
    const MAX_CHARS: usize = 100;
    name.chars().take(MAX_CHARS).collect()
}

/// Returns the integer of these bytes: little endian, two's complement.
fn integer(bytes: &[u8]) -> Node<'_> {
    let Some(last) = bytes.last() else { return Node::Int(0) };
    let sign = if last & 0x80 == 0 { 0 } else { 0xFF };
    let mut whole = [sign; 8];
    match whole.get_mut(..bytes.len()) {
        Some(part) => {
            part.copy_from_slice(bytes);
            Node::Int(i64::from_le_bytes(whole))
        }
        None => Node::Long(bytes),
    }
}
