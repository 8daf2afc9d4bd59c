//! Messages that point at the user's text: sources, spans, diagnostics, rendering and suggestions.
//!
//! This module knows only text and places in it. What a message says is written by the layer that
//! finds the mistake; how it looks on a terminal or in JSON is decided here.

mod diagnostic;
mod json;
mod nearest;
mod render;
mod source;

pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use json::to_json;
pub use nearest::{may_be_near, nearest};
pub use render::{Style, render};
pub use source::{FileId, SourceFile, Sources, Span};
