//! The sockets that inputs listen at. When the configuration is read again, an input that comes in place of another gets its
//! sockets. So what the kernel has for them is not lost, and nobody is refused meanwhile.

use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net as unix;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, UdpSocket, UnixDatagram, UnixListener};

use super::messages::{bind, bind_unix};
use super::net::{listen, listen_unix};

/// What a socket is known by.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Key {
    Tcp(SocketAddr),
    Udp(SocketAddr),
    Stream(PathBuf),
    Datagrams(PathBuf),
}

impl Key {
    /// Returns whether the kernel chooses the port: such an address says nothing about who had it.
    fn is_any_port(&self) -> bool {
        matches!(self, Self::Tcp(address) | Self::Udp(address) if address.port() == 0)
    }
}

/// A socket that an input listens at: a second handle of it. The kernel closes a socket when the last handle is gone.
#[derive(Debug, Default)]
pub struct Slot {
    handle: Mutex<Option<OwnedFd>>,
    /// What is removed when nobody listens any more.
    path: Option<PathBuf>,
}

impl Slot {
    /// Gives up the handle: nobody shall listen for now.
    pub(super) fn clear(&self) {
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Keeps a handle of a socket.
    pub(super) fn fill(&self, socket: &impl AsFd) {
        // Without a handle, the socket is opened anew after a change.
        let handle = socket.as_fd().try_clone_to_owned().ok();
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner) = handle;
    }

    fn open(&self) -> Option<OwnedFd> {
        self.handle.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.try_clone().ok()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Nobody can be reached there any more, whether or not it is removed.
            let _ = fs::remove_file(path);
        }
    }
}

/// The sockets of an input.
#[derive(Debug, Default)]
pub struct Sockets {
    own: HashMap<Key, Arc<Slot>>,
    before: HashMap<Key, Arc<Slot>>,
}

impl Sockets {
    /// Returns what an input opens its sockets with. Those of inputs that end are taken over.
    #[must_use]
    pub fn after<'s>(ending: impl Iterator<Item = &'s Sockets>) -> Self {
        let before = ending.flat_map(|sockets| &sockets.own).map(|(key, slot)| (key.clone(), Arc::clone(slot)));
        Self { own: HashMap::new(), before: before.collect() }
    }

    /// Returns what the next input opens its sockets with.
    #[must_use]
    pub fn rest(&mut self) -> Self {
        Self { own: HashMap::new(), before: std::mem::take(&mut self.before) }
    }

    /// Opens a listener. The slot is for inputs that close it for a while.
    pub(super) fn tcp(&mut self, address: SocketAddr) -> io::Result<(TcpListener, Arc<Slot>)> {
        let old = |handle: OwnedFd| TcpListener::from_std(handle.into());
        self.open(Key::Tcp(address), None, old, || listen(address))
    }

    /// Opens a socket for datagrams.
    pub(super) fn udp(&mut self, address: SocketAddr) -> io::Result<UdpSocket> {
        let old = |handle: OwnedFd| UdpSocket::from_std(handle.into());
        Ok(self.open(Key::Udp(address), None, old, || bind(address))?.0)
    }

    /// Opens a listener at a path, which is removed in the end. Everybody may connect, as over TCP.
    pub(super) fn unix(&mut self, path: &Path) -> io::Result<UnixListener> {
        let old = |handle: OwnedFd| UnixListener::from_std(unix::UnixListener::from(handle));
        let new = || {
            let listener = listen_unix(path)?;
            fs::set_permissions(path, Permissions::from_mode(0o666))?;
            Ok(listener)
        };
        Ok(self.open(Key::Stream(path.to_owned()), Some(path), old, new)?.0)
    }

    /// Opens a socket for datagrams at a path.
    pub(super) fn unix_datagrams(&mut self, path: &Path) -> io::Result<UnixDatagram> {
        let old = |handle: OwnedFd| UnixDatagram::from_std(unix::UnixDatagram::from(handle));
        Ok(self.open(Key::Datagrams(path.to_owned()), None, old, || bind_unix(path))?.0)
    }

    fn open<S: AsFd>(
        &mut self,
        key: Key,
        path: Option<&Path>,
        old: impl FnOnce(OwnedFd) -> io::Result<S>,
        new: impl FnOnce() -> io::Result<S>,
    ) -> io::Result<(S, Arc<Slot>)> {
        let before = if key.is_any_port() { None } else { self.before.remove(&key) };
        let handle = before.as_ref().and_then(|slot| slot.open());
        let (socket, slot) = if let (Some(slot), Some(handle)) = (before, handle) {
            (old(handle)?, slot)
        } else {
            let socket = new()?;
            let slot = Slot { handle: Mutex::default(), path: path.map(Path::to_owned) };
            slot.fill(&socket);
            (socket, Arc::new(slot))
        };
        self.own.insert(key, Arc::clone(&slot));
        Ok((socket, slot))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::{UnixDatagram, UnixStream};

    use super::Sockets;

    /// Returns an address that nobody has.
    fn free() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    #[tokio::test]
    async fn what_waits_at_a_socket_is_there_for_the_next_input() {
        let folder = tempfile::tempdir().unwrap();
        let (at, stream, log) = (free(), folder.path().join("s"), folder.path().join("d"));
        let mut old = Sockets::default();
        let (tcp, udp) = (old.tcp(at).unwrap().0, old.udp(at).unwrap());
        let (unix, datagrams) = (old.unix(&stream).unwrap(), old.unix_datagrams(&log).unwrap());
        assert_eq!(fs::metadata(&stream).unwrap().permissions().mode() & 0o777, 0o666);
        let _waiting = (TcpStream::connect(at).unwrap(), UnixStream::connect(&stream).unwrap());
        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"a", at).unwrap();
        UnixDatagram::unbound().unwrap().send_to(b"b", &log).unwrap();
        let mut new = Sockets::after([&old].into_iter());
        let taken = (new.tcp(at).unwrap().0, new.udp(at).unwrap());
        let taken_unix = (new.unix(&stream).unwrap(), new.unix_datagrams(&log).unwrap());
        drop((old, tcp, udp, unix, datagrams));
        taken.0.accept().await.unwrap();
        taken_unix.0.accept().await.unwrap();
        let mut buffer = [0; 8];
        assert_eq!(taken.1.recv(&mut buffer).await.unwrap(), 1);
        assert_eq!(taken_unix.1.recv(&mut buffer).await.unwrap(), 1);
        // Only one input gets it, and nobody does after the last one.
        assert!(new.tcp(at).is_err());
        drop((new, taken, taken_unix));
        assert!(TcpStream::connect(at).is_err() && !stream.exists());
    }

    #[tokio::test]
    async fn a_socket_that_was_given_up_is_opened_anew() {
        let mut old = Sockets::default();
        let at = free();
        let (listener, slot) = old.tcp(at).unwrap();
        drop(listener);
        TcpStream::connect(at).unwrap();
        slot.clear();
        assert!(TcpStream::connect(at).is_err());
        let mut new = Sockets::after([&old].into_iter());
        let _opened = new.tcp(at).unwrap();
        TcpStream::connect(at).unwrap();
    }

    #[tokio::test]
    async fn a_port_that_the_kernel_chose_is_not_handed_over() {
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        let mut old = Sockets::default();
        let address = old.tcp(any).unwrap().0.local_addr().unwrap();
        let mut new = Sockets::after([&old].into_iter());
        assert_ne!(new.tcp(any).unwrap().0.local_addr().unwrap(), address);
    }
}
