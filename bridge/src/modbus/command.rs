use domain::devices::register_map::{Write, WriteFunction};
use tokio_modbus::{Request, Response};

use super::decode::encode;

/// The request that does what `write` lists, and the answer that says it was done. `None` where
/// the value is not allowed.
pub(super) fn command(write: &Write, value: Option<f64>) -> Option<(Request<'static>, Response)> {
    let words = encode(&write.coding, write.allowed(value)?)?;
    let at = write.address;
    Some(match (write.function, words.as_slice()) {
        (WriteFunction::Coil, [word]) => {
            let on = *word != 0;
            let done = Response::WriteSingleCoil(at, on);
            (Request::WriteSingleCoil(at, on), done)
        }
        (WriteFunction::Register, [word]) => {
            let done = Response::WriteSingleRegister(at, *word);
            (Request::WriteSingleRegister(at, *word), done)
        }
        (WriteFunction::Registers, _) => {
            let done = Response::WriteMultipleRegisters(at, write.coding.encoding.words());
            (Request::WriteMultipleRegisters(at, words.into()), done)
        }
        _ => return None,
    })
}
