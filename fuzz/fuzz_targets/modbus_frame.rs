#![no_main]

use std::{sync::Arc, time::Duration};

use bridge::{
    dial::Dialer,
    modbus::{Line, Settings, Unit},
};
use domain::{DeviceId, devices::register_map::RegisterMap};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    runtime::Builder,
    sync::mpsc,
};
use uuid::Uuid;

const MAP: &str = r#"{"registers": [
    {"name": "a", "address": 0, "function": 3, "type": "f32"}, {"name": "b", "address": 2, "function": 3, "type": "bcd32"},
    {"name": "c", "address": 0, "function": 1, "type": "bool"}, {"name": "d", "address": 0, "function": 4, "type": "bits16", "bit": 3}
]}"#;

// What a device answers to everything, behind a good header: each register is read or has failed.
fuzz_target!(|pdu: &[u8]| {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let pdu = pdu[..pdu.len().min(300)].to_vec();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = [0; 12];
                while stream.read_exact(&mut request).await.is_ok() {
                    let length = u16::try_from(pdu.len() + 1).unwrap().to_be_bytes();
                    let answer = [&request[..4], &length, &request[6..7], &pdu].concat();
                    if stream.write_all(&answer).await.is_err() {
                        break;
                    }
                }
            }
        });
        let map = Arc::new(RegisterMap::read(&serde_json::from_str(MAP).unwrap()).unwrap());
        let settings = Settings {
            pause: Duration::ZERO,
            timeout: Duration::from_millis(20),
            ..Settings::new("127.0.0.1", port)
        };
        let dialer = Dialer::new(vec!["127.0.0.0/8".parse().unwrap()]);
        let (sender, mut polls) = mpsc::channel(1);
        let line = Line::open(settings, dialer, Arc::new(|| Timestamp::UNIX_EPOCH), sender);
        let every = Duration::from_secs(3600);
        line.watch(vec![Unit {
            device: DeviceId(Uuid::nil()),
            id: 1,
            map,
            every,
        }])
        .await;
        let polled = polls.recv().await.unwrap();
        assert_eq!(polled.readings.len() + polled.failures.len(), 4);
    });
});
