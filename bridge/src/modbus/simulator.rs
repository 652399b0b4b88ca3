//! A cabinet of devices that are not there: a Modbus server whose registers follow from a map.
//!
//! It is as strict as a device may be. What its map does not know it refuses, as it does a read
//! that is longer than the map's limits or that goes over a wider gap; a unit that it does not have
//! stays silent; and only what the map lists may be written.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    future::{Ready, ready},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use domain::devices::register_map::{Function, RegisterMap, WriteFunction};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_modbus::{
    ExceptionCode, Request, Response, SlaveRequest,
    server::{Service, rtu_over_tcp, tcp},
};

use super::{Framing, encode};

/// One device of the cabinet.
#[derive(Clone)]
pub struct Simulated {
    /// Its number on the line.
    pub id: u8,
    pub map: Arc<RegisterMap>,
    /// The value of a point by its name, asked at each read; not finite where the device fails.
    /// 0 and 1 for a coil or a bit.
    pub value: Arc<dyn Fn(&str) -> f64 + Send + Sync>,
}

impl fmt::Debug for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulated")
            .field("id", &self.id)
            .field("map", &self.map.id)
            .finish_non_exhaustive()
    }
}

/// A running cabinet. Dropping it ends all connections.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    serving: JoinHandle<io::Result<()>>,
}

impl Simulator {
    /// Port 0 takes a free one.
    ///
    /// # Errors
    /// Where the address is taken.
    pub async fn start(
        listen: SocketAddr,
        framing: Framing,
        devices: Vec<Simulated>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let cabinet = Arc::new(Cabinet {
            written: Mutex::default(),
            devices,
        });
        let connected = move |stream: TcpStream, _| ready(Ok(Some((Arc::clone(&cabinet), stream))));
        let failed = |error| tracing::debug!(%error, "a simulated line ended");
        let serving = tokio::spawn(async move {
            match framing {
                Framing::Tcp => {
                    let server = tcp::Server::new(listener);
                    server.serve(&connected, failed).await
                }
                Framing::RtuOverTcp => {
                    let server = rtu_over_tcp::Server::new(listener);
                    server.serve(&connected, failed).await
                }
            }
        });
        Ok(Self { addr, serving })
    }

    /// The address with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Cabinet {
    devices: Vec<Simulated>,
    /// What was written over the values, by unit, table and address.
    written: Mutex<HashMap<(u8, Function, u16), u16>>,
}

impl Service for Cabinet {
    type Request = SlaveRequest<'static>;
    /// `None` is silence.
    type Response = Option<Response>;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Self::Response, Self::Exception>>;

    fn call(&self, SlaveRequest { slave, request }: Self::Request) -> Self::Future {
        let device = self.devices.iter().find(|device| device.id == slave);
        ready(
            device
                .map(|device| self.answer(device, request))
                .transpose(),
        )
    }
}

impl Cabinet {
    fn answer(&self, device: &Simulated, request: Request) -> Result<Response, ExceptionCode> {
        let words = |function, from, count| self.read(device, function, from, count);
        let bits = |function, from, count| {
            let words = words(function, from, count)?;
            Ok(words.into_iter().map(|word| word != 0).collect())
        };
        match request {
            Request::ReadCoils(from, count) => {
                bits(Function::Coils, from, count).map(Response::ReadCoils)
            }
            Request::ReadDiscreteInputs(from, count) => {
                bits(Function::DiscreteInputs, from, count).map(Response::ReadDiscreteInputs)
            }
            Request::ReadHoldingRegisters(from, count) => {
                words(Function::HoldingRegisters, from, count).map(Response::ReadHoldingRegisters)
            }
            Request::ReadInputRegisters(from, count) => {
                words(Function::InputRegisters, from, count).map(Response::ReadInputRegisters)
            }
            Request::WriteSingleCoil(address, on) => {
                self.write(device, WriteFunction::Coil, address, &[on.into()])?;
                Ok(Response::WriteSingleCoil(address, on))
            }
            Request::WriteSingleRegister(address, word) => {
                self.write(device, WriteFunction::Register, address, &[word])?;
                Ok(Response::WriteSingleRegister(address, word))
            }
            Request::WriteMultipleRegisters(address, words) => {
                let count = self.write(device, WriteFunction::Registers, address, &words)?;
                Ok(Response::WriteMultipleRegisters(address, count))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        }
    }

    fn read(
        &self,
        device: &Simulated,
        function: Function,
        from: u16,
        count: u16,
    ) -> Result<Vec<u16>, ExceptionCode> {
        let limits = &device.map.limits;
        let pairs = limits.even_reads && !function.reads_bits();
        if count > limits.max_registers || (pairs && count % 2 == 1) {
            return Err(ExceptionCode::IllegalDataValue);
        }
        let held = device.words(function);
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let mut words = Vec::new();
        let mut gap = 0;
        for address in u32::from(from)..u32::from(from) + u32::from(count) {
            let address = u16::try_from(address).map_err(|_| ExceptionCode::IllegalDataAddress)?;
            let word = match held.get(&address) {
                Some(word) => {
                    gap = 0;
                    word.ok_or(ExceptionCode::ServerDeviceFailure)?
                }
                None if gap < limits.max_gap.max(pairs.into()) => {
                    gap += 1;
                    0
                }
                None => return Err(ExceptionCode::IllegalDataAddress),
            };
            let over = written.get(&(device.id, function, address));
            words.push(over.copied().unwrap_or(word));
        }
        Ok(words)
    }

    fn write(
        &self,
        device: &Simulated,
        function: WriteFunction,
        address: u16,
        words: &[u16],
    ) -> Result<u16, ExceptionCode> {
        let count = u16::try_from(words.len()).map_err(|_| ExceptionCode::IllegalDataValue)?;
        let listed = device.map.writes.values().any(|write| {
            write.function == function
                && write.address == address
                && write.coding.encoding.words() == count
        });
        if !listed {
            return Err(ExceptionCode::IllegalDataAddress);
        }
        let table = match function {
            WriteFunction::Coil => Function::Coils,
            WriteFunction::Register | WriteFunction::Registers => Function::HoldingRegisters,
        };
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend(
            (address..)
                .zip(words)
                .map(|(at, word)| ((device.id, table, at), *word)),
        );
        Ok(count)
    }
}

impl Simulated {
    /// What each register of a table holds now; nothing where the value fails.
    fn words(&self, function: Function) -> BTreeMap<u16, Option<u16>> {
        let mut held = BTreeMap::new();
        let registers = &self.map.registers;
        for register in registers.iter().filter(|known| known.function == function) {
            let value = (self.value)(register.point());
            let words = value
                .is_finite()
                .then(|| encode(&register.coding, value))
                .flatten();
            for (offset, address) in (register.address..)
                .take(register.words().into())
                .enumerate()
            {
                let word = words.as_ref().and_then(|words| words.get(offset)).copied();
                held.entry(address)
                    // Several bits of one word.
                    .and_modify(|held: &mut Option<u16>| *held = held.zip(word).map(|(a, b)| a | b))
                    .or_insert(word);
            }
        }
        held
    }
}
