//! linli-bare-argon2 HASH PASSWORD SECONDS: verifies on as many threads as the server lets hash at
//! a time, and prints how many a second. The hash is one of the server's own, so the parameters
//! are too.

use std::{
    env, thread,
    time::{Duration, Instant},
};

use argon2::{Argon2, password_hash::PasswordVerifier};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let [hash, password, seconds] = args.as_slice() else {
        eprintln!("usage: linli-bare-argon2 HASH PASSWORD SECONDS");
        std::process::exit(2);
    };
    let span = Duration::from_secs(seconds.parse().expect("a number of seconds"));
    // As in backend/src/identity/door.rs.
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
    let started = Instant::now();
    let done: usize = thread::scope(|scope| {
        let work = || {
            let mut done = 0;
            while started.elapsed() < span {
                Argon2::default()
                    .verify_password(password.as_bytes(), hash.as_str())
                    .expect("the password is the hash's");
                done += 1;
            }
            done
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|one| one.join().expect("it ends"))
            .sum()
    });
    println!("{:.1}", done as f64 / started.elapsed().as_secs_f64());
}
