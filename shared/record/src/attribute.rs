//! The names that mean something in a log record, and what their values are.

/// FieldSink that logbraid writes itself. What a sender writes under these names is kept in [`SENT`].
pub(super) const RESERVED: [&str; 4] = ["_id", "time", "source", SENT];
/// Holds, by its own name, every field that could not stay where its sender put it.
pub(super) const SENT: &str = "sent";

/// What a value is, so that one sent as text gets its type back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Text, whatever it says.
    Text,
    /// Text or nothing, which Python writes as `None`.
    OptionalText,
    /// An integer.
    Integer,
    /// A floating-point number.
    Float,
    /// The arguments of the message: a tuple or mapping, which Python writes as its repr.
    Arguments,
}

macro_rules! attributes {
    ($($(#[$doc:meta])* $variant:ident $name:literal $kind:ident;)*) => {
        /// An attribute of a log record.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(super) enum Attribute { $($(#[$doc])* $variant,)* }

        impl Attribute {
            /// All of them.
            pub(super) const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The attribute with this name.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            pub(super) fn kind(self) -> Kind {
                match self {
                    $(Self::$variant => Kind::$kind,)*
                }
            }
        }
    };
}

// Those of Python's LogRecord (<https://docs.python.org/3/library/logging.html#logrecord-attributes>), and those that
// logbraid's users write beside them.
attributes! {
    Name "name" Text;
    Msg "msg" Text;
    Args "args" Arguments;
    Message "message" Text;
    LevelName "levelname" OptionalText;
    LevelNo "levelno" Integer;
    PathName "pathname" OptionalText;
    FileName "filename" OptionalText;
    Module "module" OptionalText;
    LineNo "lineno" Integer;
    FuncName "funcName" OptionalText;
    Created "created" Float;
    Msecs "msecs" Float;
    RelativeCreated "relativeCreated" Float;
    Thread "thread" Integer;
    ThreadName "threadName" OptionalText;
    Process "process" Integer;
    ProcessName "processName" OptionalText;
    TaskName "taskName" OptionalText;
    ExcInfo "exc_info" OptionalText;
    ExcText "exc_text" OptionalText;
    StackInfo "stack_info" OptionalText;
    Fqdn "fqdn" OptionalText;
    LogUid "log_uid" OptionalText;
    Service "service" OptionalText;
    /// The sender's own identity for the record.
    RecordId "record_id" OptionalText;
}

#[cfg(test)]
mod tests {
    use super::Attribute;

    #[test]
    fn a_name_finds_its_attribute() {
        for name in ["msg", "relativeCreated", "record_id"] {
            assert_eq!(Attribute::named(name).map(Attribute::name), Some(name));
        }
        assert_eq!(Attribute::named("Msg"), None);
    }
}
