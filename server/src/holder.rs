//! Who listens on a port that we wanted.

use std::{fs, net::SocketAddr, path::Path};

/// One line for a bind that failed, naming the holder where the kernel tells us who it is.
#[must_use]
pub fn explain(setting: &str, addr: SocketAddr, error: &std::io::Error) -> String {
    if error.kind() != std::io::ErrorKind::AddrInUse {
        return format!("{setting}: cannot listen on {addr}: {error}");
    }
    let holder = match of_port(addr.port()) {
        Some((pid, name)) => format!("{name} (process {pid})"),
        None => "another program".to_owned(),
    };
    format!("{setting}: {addr} is taken by {holder}: stop it, or choose another address")
}

/// Process number and name of what listens on `port`, of those that we may look into.
pub fn of_port(port: u16) -> Option<(u32, String)> {
    let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if sockets.is_empty() {
        return None;
    }
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        let holds = fs::read_dir(process.path().join("fd"))
            .ok()?
            .flatten()
            .filter_map(|fd| fs::read_link(fd.path()).ok())
            .any(|target| sockets.iter().any(|socket| target == Path::new(socket)));
        let name = || fs::read_to_string(process.path().join("comm")).ok();
        holds.then(name)?.map(|name| (pid, name.trim().to_owned()))
    })
}

/// The socket inodes of a `/proc/net/tcp` table that listen on `port`.
fn listening_inodes(table: &str, port: u16) -> Vec<u64> {
    const LISTEN: &str = "0A";
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let (_, local) = fields.next()?.rsplit_once(':')?;
            let state = fields.nth(1)?;
            let inode = fields.nth(5)?;
            let right = u16::from_str_radix(local, 16).ok()? == port && state == LISTEN;
            right.then(|| inode.parse().ok())?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ourselves() {
        let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = held.local_addr().unwrap();
        let error = std::net::TcpListener::bind(addr).unwrap_err();
        let line = explain("LINLI_HTTP_ADDR", addr, &error);
        assert!(
            line.starts_with(&format!("LINLI_HTTP_ADDR: {addr} is taken by ")),
            "{line}"
        );
        assert!(
            line.contains(&format!("process {}", std::process::id())),
            "{line}"
        );
    }

    #[test]
    fn reads_the_kernel_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100 0 0 10 0\n\
             1: 0100007F:0BB8 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 777 1 0 20 4 30 10 -1\n";
        assert_eq!(listening_inodes(table, 3000), [12345]);
        assert!(listening_inodes(table, 3001).is_empty());
    }
}
