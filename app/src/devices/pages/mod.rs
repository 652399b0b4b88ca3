//! The devices of an estate, one of them, and the registration of a new one.

mod connected;
mod device;
mod history;
mod list;
mod new;

pub use device::DevicePage;
pub use list::DeviceListPage;
pub use new::NewDevicePage;
