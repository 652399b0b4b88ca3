use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    DeviceId,
    devices::register_map::{Function, Register, RegisterMap},
    telemetry::{Quality, Reading, Refusal},
};
use tokio::{
    select,
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_modbus::{Request, Response};

use super::{Clock, Failure, Order, Polled, Settings, Unit, Unwritten};
use crate::{
    dial::Dialer,
    modbus::{
        command::command,
        connection::Connection,
        decode::decode,
        plan::{Place, Read, place, plan_around},
        reason::is_of_the_register,
    },
};

/// What runs behind a [`super::Line`].
pub(super) struct Poller {
    connection: Connection,
    clock: Clock,
    orders: mpsc::Receiver<Order>,
    turns: Vec<Turn>,
    longest_pause: Duration,
}

/// A unit, and when it is polled next.
struct Turn {
    unit: Unit,
    plan: Arc<Plan>,
    due: Instant,
    /// How often in a row it did not answer.
    silent: u32,
}

/// How a unit is asked, by what it refused last time. One register that it does not have would else cost
/// the line a request for each register beside it, at each poll.
struct Plan {
    reads: Vec<Read>,
    /// At most what the map lists.
    refused: BTreeSet<Place>,
}

impl Plan {
    fn around(map: &RegisterMap, refused: BTreeSet<Place>) -> Arc<Self> {
        Arc::new(Self {
            reads: plan_around(map, &refused),
            refused,
        })
    }
}

impl Turn {
    fn new(unit: Unit) -> Self {
        Self {
            plan: Plan::around(&unit.map, BTreeSet::new()),
            unit,
            due: Instant::now(),
            silent: 0,
        }
    }

    /// One that does not answer costs the others its time-out, so it is asked half as often each
    /// time.
    fn next(&mut self, answered: bool, longest_pause: Duration) {
        let every = self.unit.every;
        let pause = if answered {
            self.silent = 0;
            every
        } else {
            let times = 1 << self.silent.min(16);
            self.silent += 1;
            every.saturating_mul(times).min(longest_pause.max(every))
        };
        // A line that cannot keep up asks each in its turn, and makes up for nothing.
        self.due = (self.due + pause).max(Instant::now());
    }
}

impl Poller {
    pub(super) fn new(
        settings: Settings,
        dialer: Dialer,
        clock: Clock,
        orders: mpsc::Receiver<Order>,
    ) -> Self {
        Self {
            longest_pause: settings.longest_pause,
            connection: Connection::new(settings, dialer),
            clock,
            orders,
            turns: Vec::new(),
        }
    }

    /// Ends when the line is dropped or nobody receives the polls.
    pub(super) async fn run(mut self, polled: mpsc::Sender<Polled>) {
        loop {
            let next = self
                .turns
                .iter()
                .min_by_key(|turn| turn.due)
                .map(|turn| (turn.due, turn.unit.clone(), Arc::clone(&turn.plan)));
            let turn = async {
                match next {
                    Some((due, unit, plan)) => {
                        sleep_until(due).await;
                        (polled.reserve().await, unit, plan)
                    }
                    None => std::future::pending().await,
                }
            };
            select! {
                biased;
                order = self.orders.recv() => match order {
                    Some(order) => self.follow(order).await,
                    None => return,
                },
                (room, unit, plan) = turn => {
                    let Ok(room) = room else { return };
                    room.send(self.poll(unit, plan).await);
                }
            }
        }
    }

    async fn follow(&mut self, order: Order) {
        match order {
            Order::Watch(units) => self.watch(units),
            Order::Write { done, .. } if done.is_closed() => {}
            Order::Write {
                device,
                method,
                value,
                done,
            } => {
                let _ = done.send(self.write(device, &method, value).await);
            }
        }
    }

    fn watch(&mut self, units: Vec<Unit>) {
        let mut before = std::mem::take(&mut self.turns);
        let turn = |unit| match before.iter().position(|turn| turn.unit == unit) {
            Some(known) => before.swap_remove(known),
            None => Turn::new(unit),
        };
        self.turns = units.into_iter().map(turn).collect();
    }

    async fn poll(&mut self, unit: Unit, plan: Arc<Plan>) -> Polled {
        let mut polled = Polled {
            device: unit.device,
            unit: unit.id,
            at: (self.clock)(),
            readings: Vec::new(),
            failures: Vec::new(),
        };
        let mut refused = plan.refused.clone();
        let reading = self.read_all(&unit, &plan.reads, &mut polled, &mut refused);
        let lost = reading.await.err();
        polled.at = (self.clock)();
        // A host that is away is the connection's to leave alone, or its units would stay away
        // for long after it is back.
        let answered = matches!(lost, None | Some(Refusal::Unreachable));
        // Unless it was taken off the line meanwhile.
        let mut turns = self.turns.iter_mut();
        if let Some(turn) = turns.find(|turn| Arc::ptr_eq(&turn.plan, &plan)) {
            if refused != plan.refused {
                turn.plan = Plan::around(&unit.map, refused);
            }
            turn.next(answered || !polled.readings.is_empty(), self.longest_pause);
        }
        polled
    }

    /// # Errors
    /// Where the unit is lost: what was not asked by then fails for the same reason.
    async fn read_all(
        &mut self,
        unit: &Unit,
        reads: &[Read],
        polled: &mut Polled,
        refused: &mut BTreeSet<Place>,
    ) -> Result<(), Refusal> {
        let mut going = Ok(());
        for read in reads {
            match going {
                Ok(()) => going = self.read(unit, read, polled, refused).await,
                Err(reason) => polled.fail(&read.registers, reason),
            }
        }
        going
    }

    /// Reads what belongs together. Where that is refused, each by itself, so that one register
    /// that the device does not have takes no other with it; which were refused is kept in `refused`.
    async fn read(
        &mut self,
        unit: &Unit,
        read: &Read,
        polled: &mut Polled,
        refused: &mut BTreeSet<Place>,
    ) -> Result<(), Refusal> {
        match self.ask(unit, read).await {
            Ok(words) => {
                for register in &read.registers {
                    refused.remove(&place(register));
                }
                polled.keep(read, &words, (self.clock)());
            }
            Err(reason) if is_of_the_register(reason) => {
                let parts = read.apart(&unit.map.limits);
                if parts.len() > 1 {
                    return Box::pin(self.read_all(unit, &parts, polled, refused)).await;
                }
                refused.extend(read.registers.iter().map(place));
                polled.fail(&read.registers, reason);
            }
            Err(reason) => {
                polled.fail(&read.registers, reason);
                return Err(reason);
            }
        }
        Ok(())
    }

    async fn ask(&mut self, unit: &Unit, read: &Read) -> Result<Vec<u16>, Refusal> {
        // A command need not wait for the end of a long poll.
        while let Ok(order) = self.orders.try_recv() {
            self.follow(order).await;
        }
        let (address, count) = (read.address, read.count);
        let request = match read.function {
            Function::Coils => Request::ReadCoils(address, count),
            Function::DiscreteInputs => Request::ReadDiscreteInputs(address, count),
            Function::HoldingRegisters => Request::ReadHoldingRegisters(address, count),
            Function::InputRegisters => Request::ReadInputRegisters(address, count),
        };
        let silence = silence(unit);
        let words = match self.connection.read(unit.id, request, silence).await? {
            Response::ReadHoldingRegisters(words) | Response::ReadInputRegisters(words) => words,
            // Bits come by the byte: some more than were asked for.
            Response::ReadCoils(bits) | Response::ReadDiscreteInputs(bits) => {
                bits.into_iter().take(count.into()).map(u16::from).collect()
            }
            _ => return Err(Refusal::Garbled),
        };
        if words.len() == usize::from(count) {
            Ok(words)
        } else {
            Err(Refusal::Garbled)
        }
    }

    async fn write(
        &mut self,
        device: DeviceId,
        method: &str,
        value: Option<f64>,
    ) -> Result<(), Unwritten> {
        let mut units = self.turns.iter().map(|turn| &turn.unit);
        let unit = units
            .find(|unit| unit.device == device)
            .ok_or(Unwritten::UnknownDevice)?
            .clone();
        let write = unit.map.writes.get(method);
        let (request, wanted) = write
            .and_then(|write| command(write, value))
            .ok_or(Unwritten::NotAllowed)?;
        let silence = silence(&unit);
        match self.connection.write(unit.id, request, silence).await {
            Ok(answer) if answer == wanted => Ok(()),
            Ok(_) => Err(Unwritten::Failed(Refusal::Garbled)),
            Err(reason) => Err(Unwritten::Failed(reason)),
        }
    }
}

fn silence(unit: &Unit) -> Duration {
    Duration::from_millis(unit.map.limits.pause_ms.into())
}

impl Polled {
    fn keep(&mut self, read: &Read, answer: &[u16], ts: jiff::Timestamp) {
        for register in &read.registers {
            let words = read.words(register, answer).unwrap_or_default();
            match decode(&register.coding, words) {
                Ok(value) => self.readings.push(Reading {
                    point: register.point().to_owned(),
                    ts,
                    value,
                    quality: Quality::Good,
                }),
                Err(refusal) => self.fail(std::slice::from_ref(register), refusal),
            }
        }
    }

    fn fail(&mut self, registers: &[Register], reason: Refusal) {
        self.failures
            .extend(registers.iter().map(|register| Failure {
                point: register.point().to_owned(),
                reason,
            }));
    }
}
