//! Many devices at once.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::{
    select,
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
    time::sleep,
};

use crate::{
    Failed,
    speaking::{Counted, Login, Manner, Stage, speak},
};

/// Devices that come in at the same time: a broker takes a rush for an attack.
const COMING_IN: usize = 64;

/// Tasks that go on until they are ended: whoever ends before has failed.
pub type Tasks = JoinSet<Result<(), Failed>>;

/// Devices that speak.
pub struct Crowd {
    stage: watch::Sender<Stage>,
    speaking: Tasks,
    /// In the order of their log-ins.
    pub counted: Vec<Arc<Counted>>,
}

impl Crowd {
    /// Lets all of them in, and then speak; at times of their own, spread over the first turn.
    pub async fn start(logins: &[Login], manner: &Manner) -> Result<Self, Failed> {
        let (stage, seat) = watch::channel(Stage::Connecting);
        let (ready, mut connected) = mpsc::channel(logins.len().max(1));
        let door = Arc::new(Semaphore::new(COMING_IN));
        let mut crowd = Self {
            stage,
            speaking: JoinSet::new(),
            counted: Vec::new(),
        };
        for (n, login) in logins.iter().enumerate() {
            let phase = n as f64 / logins.len() as f64;
            let counted = Arc::new(Counted::default());
            crowd.counted.push(Arc::clone(&counted));
            let (ready, seat) = (ready.clone(), seat.clone());
            let (login, manner, door) = (login.clone(), manner.clone(), Arc::clone(&door));
            crowd.speaking.spawn(async move {
                let coming_in = door.acquire_owned().await?;
                speak(login, manner, phase, counted, (coming_in, ready), seat).await
            });
        }
        for _ in logins {
            select! {
                _ = connected.recv() => {}
                Some(done) = crowd.speaking.join_next() => return Err(failure(done)),
            }
        }
        crowd.stage.send_replace(Stage::Speaking);
        Ok(crowd)
    }

    /// Messages that were acknowledged.
    pub fn acked(&self) -> u64 {
        let each = self.counted.iter();
        each.map(|counted| counted.acked.load(Relaxed)).sum()
    }

    /// Waits, unless one of them or of `beside` fails meanwhile.
    pub async fn go_on(&mut self, beside: &mut Tasks, time: Duration) -> Result<(), Failed> {
        select! {
            () = sleep(time) => Ok(()),
            Some(done) = self.speaking.join_next() => Err(failure(done)),
            Some(done) = beside.join_next() => Err(failure(done)),
        }
    }

    /// Says nothing more; returns once everything is acknowledged.
    pub async fn end(&mut self) -> Result<(), Failed> {
        self.stage.send_replace(Stage::Ending);
        while let Some(done) = self.speaking.join_next().await {
            done??;
        }
        Ok(())
    }
}

/// Why a task ended that should go on.
pub fn failure(done: Result<Result<(), Failed>, tokio::task::JoinError>) -> Failed {
    match done {
        Ok(Ok(())) => "somebody hung up before the end".into(),
        Ok(Err(error)) => error,
        Err(error) => error.into(),
    }
}
