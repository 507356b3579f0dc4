//! Finding secret-looking text in any text.
