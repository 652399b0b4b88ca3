//! Mail: by an SMTP server where one is named, and on this machine alone by printing it.

use std::sync::Arc;

use backend::notify::{Channel, Channels, Handing, Letter, Undelivered};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};

use crate::{config::Config, failure::Failure, sms::Gateway};

/// What is configured. Off this machine and without an SMTP server there is no mail, and nothing
/// that needs it is offered; the same without a gateway for SMS.
///
/// # Errors
/// Settings that do not make a transport, with status 2.
pub fn channels(config: &Config, public_url: &str) -> Result<Channels, Failure> {
    let mail: Option<Arc<dyn Channel>> = match &config.smtp {
        Some(smtp) => Some(Arc::new(Smtp::new(smtp.url.reveal(), smtp.from.clone())?)),
        None if config.stays_on_this_machine() => Some(Arc::new(Printed)),
        None => None,
    };
    let sms = config.sms.as_ref().map(Gateway::new).transpose()?;
    Ok(Channels {
        mail,
        sms: sms.map(|gateway| Arc::new(gateway) as Arc<dyn Channel>),
        public_url: public_url.to_owned(),
    })
}

/// A server that takes mail for us.
struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").finish_non_exhaustive()
    }
}

impl Smtp {
    fn new(url: &str, from: Mailbox) -> Result<Self, Failure> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| {
            // The error may repeat the password.
            Failure::setting("LINLI_SMTP_URL: must be smtps://user:password@host or smtp://user:password@host:587?tls=required")
        })?;
        Ok(Self {
            transport: builder.build(),
            from,
        })
    }
}

impl Channel for Smtp {
    fn send<'a>(&'a self, letter: &'a Letter) -> Handing<'a> {
        Box::pin(async move {
            let to: Mailbox = letter
                .to
                .parse()
                .map_err(|_| Undelivered("the log-in is no mail address".to_owned()))?;
            let message = Message::builder()
                .from(self.from.clone())
                .to(to)
                .subject(letter.subject.clone())
                .header(ContentType::TEXT_PLAIN)
                .body(letter.text.clone())
                .map_err(|error| Undelivered(error.to_string()))?;
            let sent = self.transport.send(message).await;
            // An SMTP server's answer may repeat the address; its code says enough.
            sent.map(drop).map_err(|error| {
                let code = error.status().map(|code| code.to_string());
                Undelivered(code.unwrap_or_else(|| "the server does not answer".to_owned()))
            })
        })
    }
}

/// For development: nobody but who started the program reads it.
#[derive(Debug)]
struct Printed;

impl Channel for Printed {
    fn send<'a>(&'a self, letter: &'a Letter) -> Handing<'a> {
        Box::pin(async move {
            use std::io::Write;

            let mut out = std::io::stderr().lock();
            let said = writeln!(
                out,
                "-- mail to {}: {}\n{}--",
                letter.to, letter.subject, letter.text
            );
            said.map_err(|error| Undelivered(error.to_string()))
        })
    }
}
