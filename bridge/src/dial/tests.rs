use tokio::net::TcpListener;

use super::*;

fn permits(allow: &[&str], address: &str) -> bool {
    let allow = allow.iter().map(|range| range.parse().unwrap()).collect();
    Dialer::new(allow).permits(address.parse().unwrap())
}

#[test]
fn the_open_internet_is_open() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "223.255.255.255",
        "2400:3200::1",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ] {
        assert!(permits(&[], address), "{address}");
    }
}

#[test]
fn everything_else_is_closed() {
    for address in [
        // Loopback, unspecified, broadcast, multicast.
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "255.255.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "::",
        "::1",
        "ff02::1",
        // Private, shared, link-local, site-local.
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "169.254.1.1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        // Metadata: most clouds, Alibaba, Oracle, Azure, and AWS over v6.
        "169.254.169.254",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "fd00:ec2::254",
        // Documentation, benchmarks, reserved.
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "198.19.255.255",
        "240.0.0.1",
        "2001:db8::1",
        "3fff::1",
        "100::1",
        // A v4 address inside: mapped, compatible, NAT64, 6to4, Teredo, ISATAP on link-local.
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::127.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fe80::5efe:192.168.1.1",
    ] {
        assert!(!permits(&[], address), "{address}");
    }
}

#[test]
fn the_list_opens_what_it_names() {
    assert!(permits(&["127.0.0.0/8"], "127.0.0.1"));
    assert!(permits(&["127.0.0.0/8"], "::ffff:127.0.0.1"));
    assert!(permits(&["192.168.7.0/24", "::1/128"], "::1"));
    assert!(permits(&["192.168.7.0/24"], "192.168.7.255"));
    assert!(!permits(&["192.168.7.0/24"], "192.168.8.1"));
    assert!(!permits(&["127.0.0.0/8"], "::1"));
    assert!(permits(&["fd00::/8"], "fd12::1"));
}

#[tokio::test]
async fn all_refusals_read_alike() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let closed = Dialer::new(Vec::new());
    // The spellings of loopback that a resolver understands, too.
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "::1",
        "0",
        "",
    ] {
        assert_eq!(
            closed.dial(host, port).await.unwrap_err(),
            Unreachable,
            "{host}"
        );
    }
    let open = Dialer::new(vec![
        "127.0.0.0/8".parse().unwrap(),
        "::1/128".parse().unwrap(),
    ]);
    open.dial("127.0.0.1", port).await.unwrap();
    open.dial("localhost", port).await.unwrap();
    drop(listener);
    let nobody = open.dial("127.0.0.1", port).await.unwrap_err();
    assert_eq!(nobody.to_string(), Unreachable.to_string());
}
