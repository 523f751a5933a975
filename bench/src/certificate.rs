//! A certificate for the server and its certificate authority, new for each run.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

use crate::error::{Error, attempt};

/// The files of a certificate.
#[derive(Debug)]
pub struct Certificate {
    /// The authority's certificate, which clients trust.
    pub authority: PathBuf,
    /// The server's certificate and key.
    pub server: PathBuf,
}

impl Certificate {
    /// Writes a certificate for a server on 127.0.0.1.
    pub fn make(folder: &Path) -> Result<Self, Error> {
        let (authority, server) = pem().map_err(|error| Error::Function(Box::new(error)))?;
        let files = Self { authority: folder.join("authority.pem"), server: folder.join("server.pem") };
        attempt("write", &files.authority, |path| fs::write(path, authority))?;
        attempt("write", &files.server, |path| fs::write(path, server))?;
        Ok(files)
    }

    /// Returns the server's arguments for connections with and without TLS.
    #[must_use]
    pub fn server_arguments(&self) -> Vec<String> {
        let file = |path: &Path| path.display().to_string();
        let mut arguments =
            ["--tlsMode", "preferTLS", "--tlsAllowConnectionsWithoutCertificates"].map(str::to_owned).to_vec();
        arguments.extend(["--tlsCertificateKeyFile".to_owned(), file(&self.server)]);
        arguments.extend(["--tlsCAFile".to_owned(), file(&self.authority)]);
        arguments
    }
}

/// Creates the authority, and the server's certificate with its key.
fn pem() -> Result<(String, String), rcgen::Error> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Clients take two certificates with the same name for a self-signed one.
    authority.distinguished_name.push(DnType::CommonName, "authority of logbraid's benchmark");
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_key = KeyPair::generate()?;
    let authority_pem = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);
    let mut server = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
    server.use_authority_key_identifier_extension = true;
    let server_key = KeyPair::generate()?;
    let server_pem = server.signed_by(&server_key, &issuer)?.pem();
    Ok((authority_pem, server_pem + &server_key.serialize_pem()))
}
