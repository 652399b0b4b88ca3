//! The devices of an estate, one of them, and the registration of a new one.

mod connected;
mod device;
mod history;
mod list;
mod model;
mod model_edit;
mod model_list;
mod model_map;
mod model_new;
mod new;

pub use device::DevicePage;
pub use list::DeviceListPage;
pub use model::ModelPage;
pub use model_edit::EditModelPage;
pub use model_list::ModelListPage;
pub use model_new::NewModelPage;
pub use new::NewDevicePage;
