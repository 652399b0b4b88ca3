mod device;
mod list;
mod new;

pub use device::DevicePage;
pub use list::DeviceListPage;
pub use new::NewDevicePage;
