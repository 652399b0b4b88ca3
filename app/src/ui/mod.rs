//! The pieces that every page is built from: semantic HTML that works as plain links and
//! forms, and comes alive once wasm is there.
//!
//! Texts come in as finished strings; the pieces' own words are the locale namespace `ui`.
//! Looks live in `style/main.css`; there are no inline styles (the CSP forbids them), so
//! geometry is SVG attributes.

mod button;
pub mod chart;
mod clock;
mod columns;
mod copy;
mod dialog;
mod figure;
mod form;
pub mod format;
#[cfg(debug_assertions)]
pub mod gallery;
mod icon;
mod logo;
mod nav;
mod notice;
pub mod prefs;
mod progress;
mod root;
mod sheet;
mod shell;
mod state;
mod surface;
mod table;
#[cfg(all(test, feature = "ssr"))]
mod testing;

pub use button::{Button, ButtonKind, LinkButton};
pub use clock::{Age, every, now_ms, provide_clock, use_now};
pub use columns::{ColumnChoice, ColumnsMenu};
pub use copy::CopyBox;
pub use dialog::{ConfirmDialog, ConfirmForm, DialogActions};
pub use figure::{Figure, Num};
pub use form::{
    CheckField, Choice, FieldRow, FileField, FormErrors, HiddenField, NumberField, PasswordField,
    RadioCards, SelectField, SubmitRow, TextArea, TextField,
};
pub use icon::Icon;
pub use logo::Logo;
pub use nav::{FilterChips, LinkItem, Menu, Pager, Segmented, Tabs};
pub use notice::{Notice, ToastRegion, Toasts, provide_toasts, use_toasts};
pub use progress::{ProgressBar, ReloadWithoutScripts, UPLOAD_SCRIPT, UploadBar};
pub use root::UiRoot;
pub use sheet::{SheetCard, Template};
pub use shell::{ConsoleShell, HomeShell, RailItem, SiteShell, SwitchItem};
pub use state::{LiveDot, LiveState, State, StateMark, Tone};
pub use surface::{
    Card, Crumb, EmptyState, ErrorState, Facts, PageHead, SkeletonCards, SkeletonRows,
};
pub use table::{Heads, NumCell, SortHead, Sorted, Table, plain_head};
