//! The machine: runs a pickle's instructions.

use super::known::Returned;
use super::node::{Id, Known, Node};
use super::reader::Reader;
use super::state::{State, pairs};
use super::{MAX_TEXT_BYTES, PickleError, escapes};
use crate::protocol::text;

/// How many containers may be open at once.
const MAX_MARKS: usize = 1_024;
/// How many arguments a known function takes.
const MAX_ARGUMENTS: usize = 2;

/// The machine.
struct Machine<'a> {
    reader: Reader<'a>,
    state: State<'a>,
    /// How many bytes functions have returned. Each may return as many as the longest text has.
    made_bytes: usize,
}

/// Runs a pickle. Returns its values, and which of them is the result.
pub(super) fn run(pickle: &[u8]) -> Result<(Vec<Node<'_>>, Id), PickleError> {
    let mut machine = Machine { reader: Reader::new(pickle), state: State::default(), made_bytes: 0 };
    // Each round takes at least one byte.
    loop {
        machine.state.at = machine.reader.at();
        let opcode = machine.reader.byte()?;
        if opcode == b'.' {
            machine.state.opcode = "STOP";
            let root = machine.state.pop()?;
            return Ok((machine.state.nodes, root));
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
                self.state.opcode = "STRING";
                let text =
                    escapes::quoted(self.reader.line()?).ok_or_else(|| self.state.bad("a text in quotes expected"))?;
                Node::Bytes(text.into())
            }
            b']' | 0x8F | b')' => Node::List(Vec::new()),
            b'}' => Node::Dict(Vec::new()),
            b'l' => self.named_list("LIST")?,
            b't' => self.named_list("TUPLE")?,
            0x91 => self.named_list("FROZENSET")?,
            0x85..=0x87 => self.short_tuple(opcode - 0x84)?,
            b'd' => {
                self.state.opcode = "DICT";
                Node::Dict(pairs(&self.state.pop_to_mark()?).ok_or_else(|| self.state.bad("a name without a value"))?)
            }
            b'c' => self.import()?,
            b'R' => return self.call(),
            _ => return self.change(opcode),
        };
        self.state.push(node)
    }

    /// Runs an instruction that does not push a new value.
    fn change(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            0x80 => drop(self.reader.byte()?),
            0x95 => drop(self.reader.chunk::<8>()?),
            b'(' if self.state.marks.len() == MAX_MARKS => {
                return Err(PickleError::TooLarge { what: "open containers", limit: MAX_MARKS });
            }
            b'(' => self.state.marks.push(self.state.stack.len()),
            b'0' => self.state.pop_any()?,
            b'1' => drop(self.state.pop_to_mark()?),
            b'2' => {
                let top = self.state.top()?;
                self.state.stack.push(top);
            }
            b'a' => {
                self.state.opcode = "APPEND";
                let value = self.state.pop()?;
                self.state.extend(&[value])?;
            }
            b'e' | 0x90 => {
                self.state.opcode = if opcode == b'e' { "APPENDS" } else { "ADDITEMS" };
                let values = self.state.pop_to_mark()?;
                self.state.extend(&values)?;
            }
            b's' => {
                self.state.opcode = "SETITEM";
                let (value, name) = (self.state.pop()?, self.state.pop()?);
                self.state.set(&[name, value])?;
            }
            b'u' => {
                self.state.opcode = "SETITEMS";
                let values = self.state.pop_to_mark()?;
                self.state.set(&values)?;
            }
            _ => return self.memo(opcode),
        }
        Ok(())
    }

    fn memo(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            b'p' => {
                let key = self.key("PUT")?;
                self.state.put(key)
            }
            b'q' => {
                let key = self.reader.byte()?;
                self.state.put(key.into())
            }
            b'r' => {
                let key = self.reader.number()?;
                self.state.put(key)
            }
            0x94 => {
                let key = u32::try_from(self.state.memo.len()).unwrap_or(u32::MAX);
                self.state.put(key)
            }
            b'g' => {
                let key = self.key("GET")?;
                self.state.get(key)
            }
            b'h' => {
                let key = self.reader.byte()?;
                self.state.get(key.into())
            }
            b'j' => {
                let key = self.reader.number()?;
                self.state.get(key)
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
            _ => return PickleError::Unknown { opcode, at: self.state.at },
        };
        match (opcode, self.state.stack.as_slice()) {
            (0x93, [.., module, name]) => {
                let word = |id: &Id| match &self.state.nodes[*id as usize] {
                    Node::Bytes(bytes) => shortened(&text::from_bytes(bytes)),
                    _ => String::new(),
                };
                let name = format!("{}.{}", word(module), word(name));
                PickleError::Import { opcode: "STACK_GLOBAL", name, at: self.state.at }
            }
            _ => PickleError::Object { opcode: name, at: self.state.at },
        }
    }

    fn import(&mut self) -> Result<Node<'a>, PickleError> {
        let (module, name) = (self.reader.line()?, self.reader.line()?);
        let (module, name) = (text::from_bytes(module), text::from_bytes(name));
        Known::named(&module, &name).map(Node::Function).ok_or_else(|| PickleError::Import {
            opcode: "GLOBAL",
            name: format!("{}.{}", shortened(&module), shortened(&name)),
            at: self.state.at,
        })
    }

    fn call(&mut self) -> Result<(), PickleError> {
        self.state.opcode = "REDUCE";
        let (arguments, function) = (self.state.pop()?, self.state.pop()?);
        let (Node::List(ids), Node::Function(function)) =
            (&self.state.nodes[arguments as usize], &self.state.nodes[function as usize])
        else {
            return Err(PickleError::Object { opcode: "REDUCE", at: self.state.at });
        };
        if ids.len() > MAX_ARGUMENTS {
            return Err(self.state.bad("too many arguments"));
        }
        let arguments: Vec<&Node<'a>> = ids.iter().map(|id| &self.state.nodes[*id as usize]).collect();
        match function.result(&arguments).ok_or_else(|| self.state.bad("unknown arguments"))? {
            Returned::Argument => {
                let argument = ids.first().copied();
                self.state.stack.extend(argument);
                Ok(())
            }
            Returned::New(node) => {
                if let Node::Bytes(bytes) = &node {
                    self.made_bytes += bytes.len();
                }
                if self.made_bytes > MAX_TEXT_BYTES {
                    return Err(PickleError::TooLarge { what: "bytes of text", limit: MAX_TEXT_BYTES });
                }
                self.state.push(node)
            }
        }
    }

    fn named(&mut self, opcode: &'static str, node: Node<'a>) -> Node<'a> {
        self.state.opcode = opcode;
        node
    }

    fn named_list(&mut self, opcode: &'static str) -> Result<Node<'a>, PickleError> {
        self.state.opcode = opcode;
        self.state.pop_to_mark().map(Node::List)
    }

    fn short_tuple(&mut self, length: u8) -> Result<Node<'a>, PickleError> {
        self.state.opcode = "TUPLE";
        let start = self.state.stack.len().checked_sub(length.into()).filter(|start| *start >= self.state.floor());
        let start = start.ok_or_else(|| self.state.bad("the stack is empty"))?;
        Ok(Node::List(self.state.stack.split_off(start)))
    }

    /// Reads an integer in decimal. Protocol 0 writes `False` and `True` as 00 and 01.
    fn decimal(&mut self, opcode: &'static str) -> Result<Node<'a>, PickleError> {
        self.state.opcode = opcode;
        let line = self.reader.short_line()?.unwrap_or_default();
        let digits = line.strip_suffix('L').unwrap_or(line);
        match (opcode, digits) {
            ("INT", "00") => return Ok(Node::Bool(false)),
            ("INT", "01") => return Ok(Node::Bool(true)),
            _ => {}
        }
        let unsigned = digits.strip_prefix('-').unwrap_or(digits);
        if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.state.bad("an integer expected"));
        }
        Ok(digits.parse().map_or(Node::Digits(digits), Node::Int))
    }

    fn decimal_float(&mut self) -> Result<Node<'a>, PickleError> {
        self.state.opcode = "FLOAT";
        let line = self.reader.short_line()?.unwrap_or_default();
        line.trim().parse().map(Node::Float).map_err(|_| self.state.bad("a number expected"))
    }

    fn key(&mut self, opcode: &'static str) -> Result<u32, PickleError> {
        self.state.opcode = opcode;
        let line = self.reader.short_line()?.unwrap_or_default();
        line.trim().parse().map_err(|_| self.state.bad("a key of the memo expected"))
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
