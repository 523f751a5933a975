//! The way to MongoDB: unencrypted only where nobody listens.

use std::net::IpAddr;

use mongodb::options::{ClientOptions, ServerAddress, Tls};

/// Where MongoDB listens if a connection string does not say.
const DEFAULT_PORT: u16 = 27_017;

/// Returns the first server, as host and port, that would be reached unencrypted over a network; `None` if there is none.
pub(crate) fn in_clear(options: &ClientOptions) -> Option<String> {
    if matches!(options.tls, Some(Tls::Enabled(_))) {
        return None;
    }
    options.hosts.iter().find(|host| !is_on_this_machine(host)).map(shown)
}

/// Returns an address as a connection string has it: the driver leaves out the brackets of IPv6.
fn shown(address: &ServerAddress) -> String {
    match address {
        ServerAddress::Tcp { host, port } if host.contains(':') && !host.starts_with('[') => {
            format!("[{host}]:{}", port.unwrap_or(DEFAULT_PORT))
        }
        address => address.to_string(),
    }
}

fn is_on_this_machine(address: &ServerAddress) -> bool {
    match address {
        ServerAddress::Tcp { host, .. } => {
            let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
            host.eq_ignore_ascii_case("localhost") || ip.is_some_and(|ip| ip.is_loopback())
        }
        // A socket of this machine.
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use mongodb::options::ClientOptions;

    use super::in_clear;

    #[tokio::test]
    async fn tls_is_needed_over_a_network() {
        for (uri, expect) in [
            ("mongodb://localhost", None),
            ("mongodb://127.0.0.1:27018,LOCALHOST:1/?replicaSet=rs0", None),
            ("mongodb://[::1]:27017", None),
            ("mongodb://127.8.9.1", None),
            ("mongodb://%2Ftmp%2Fmongodb-27017.sock", None),
            ("mongodb://db.internal", Some("db.internal:27017")),
            ("mongodb://db.internal/?tls=false", Some("db.internal:27017")),
            ("mongodb://db.internal/?tls=true", None),
            ("mongodb://db.internal/?ssl=true", None),
            ("mongodb://localhost,10.0.0.7:27018", Some("10.0.0.7:27018")),
            ("mongodb://localhost.example.com", Some("localhost.example.com:27017")),
            ("mongodb://[2001:db8::1]", Some("[2001:db8::1]:27017")),
        ] {
            let options = ClientOptions::parse(uri).await.unwrap();
            assert_eq!(in_clear(&options).as_deref(), expect, "{uri}");
        }
    }
}
