//! The attributes of a log record: their names and the types of their values.

/// Fields that logbraid writes. What a sender writes under these names is kept under [`SENT`].
pub(super) const RESERVED: [&str; 4] = ["_id", "time", "source", SENT];
/// The field that keeps every sender's field that could not stay in place, under its own name.
pub(super) const SENT: &str = "sent";

/// The type of an attribute's value. A value that was sent as text gets this type back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Text, taken as it is.
    Text,
    /// Text, or nothing. Python writes nothing as `None`.
    OptionalText,
    /// An integer.
    Integer,
    /// A floating-point number.
    Float,
    /// The message's arguments: a tuple or a mapping, which Python writes as its repr.
    Arguments,
}

macro_rules! attributes {
    ($($(#[$doc:meta])* $variant:ident $name:literal $kind:ident;)*) => {
        /// An attribute of a log record.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(super) enum Attribute { $($(#[$doc])* $variant,)* }

        impl Attribute {
            /// All attributes.
            pub(super) const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Returns the attribute with this name.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            pub(super) const fn name(self) -> &'static str {
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

// The attributes of Python's LogRecord (<https://docs.python.org/3/library/logging.html#logrecord-attributes>), and
// those that logbraid's users add.
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
