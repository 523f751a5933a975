//! Secrets between this command and the browser that it opens.

use subtle::ConstantTimeEq as _;

/// The randomness of a secret: nobody guesses 128 bits.
const BYTES: usize = 16;

/// A random text that one browser knows.
pub(super) struct Secret(String);

impl Secret {
    /// Takes randomness from the operating system.
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(hex::encode(bytes)))
    }

    /// Returns whether a text is the secret. How long this takes says nothing about where they differ.
    pub(super) fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }

    /// Returns the text: it needs no escapes in an address or a cookie.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn only_the_whole_secret_is_the_secret() {
        let (secret, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        let text = secret.as_str();
        assert_eq!(text.len(), 32);
        assert!(secret.is(text));
        for wrong in
            ["", &text[1..], &text[..31], &format!("{text}0"), &text.to_uppercase().replace('0', "o"), other.as_str()]
        {
            assert!(!secret.is(wrong), "{wrong}");
        }
    }
}
