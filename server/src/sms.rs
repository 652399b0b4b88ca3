//! SMS by the HTTP gateway that is named: the operator's own, or a few lines before a provider's.
//!
//! `POST {"to": "+86…", "text": "…"}` with a bearer token; 2xx means taken.

use std::time::Duration;

use backend::notify::{Channel, Handing, Letter, Undelivered};
use reqwest::{Client, redirect::Policy};
use serde_json::json;

use crate::{
    config::{Secret, Sms},
    failure::Failure,
};

/// How long a gateway may think.
const PATIENCE: Duration = Duration::from_secs(10);

/// A gateway that takes SMS for us.
pub struct Gateway {
    client: Client,
    url: String,
    token: Secret,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}

impl Gateway {
    /// # Errors
    /// A machine without certificates of authorities, with status 2.
    pub fn new(sms: &Sms) -> Result<Self, Failure> {
        Self::patient(sms, PATIENCE)
    }

    fn patient(sms: &Sms, patience: Duration) -> Result<Self, Failure> {
        // A redirect would carry number, text and token to somewhere that nobody named.
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(patience)
            .build()
            .map_err(|error| Failure::setting(format!("LINLI_SMS_URL: {error}")))?;
        Ok(Self {
            client,
            url: sms.url.clone(),
            token: sms.token.clone(),
        })
    }
}

impl Channel for Gateway {
    fn send<'a>(&'a self, letter: &'a Letter) -> Handing<'a> {
        Box::pin(async move {
            let body = json!({ "to": letter.to, "text": letter.text });
            let asked = self
                .client
                .post(&self.url)
                .bearer_auth(self.token.reveal())
                .json(&body);
            // What a gateway answers may repeat number and text; its status says enough.
            match asked.send().await {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(Undelivered(format!(
                    "the gateway answered {}",
                    answer.status().as_u16()
                ))),
                Err(error) if error.is_timeout() => {
                    Err(Undelivered("the gateway did not answer in time".to_owned()))
                }
                Err(_) => Err(Undelivered("the gateway cannot be reached".to_owned())),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Bytes,
        http::{HeaderMap, StatusCode, header},
        response::{IntoResponse, Redirect},
        routing::post,
    };
    use serde_json::Value;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    /// A gateway on this machine, and what it was sent: authorization and body.
    async fn gateway() -> (String, UnboundedReceiver<(String, Value)>) {
        let (told, heard) = unbounded_channel();
        let take = move |headers: HeaderMap, body: Bytes| {
            let told = told.clone();
            async move {
                let token = headers[header::AUTHORIZATION].to_str().unwrap().to_owned();
                let body = serde_json::from_slice(&body).unwrap();
                told.send((token, body)).unwrap();
                StatusCode::ACCEPTED
            }
        };
        let site = Router::new()
            .route("/sms", post(take))
            .route("/full", post(async || StatusCode::INSUFFICIENT_STORAGE))
            .route(
                "/moved",
                post(async || Redirect::temporary("/sms").into_response()),
            )
            .route(
                "/slow",
                post(async || std::future::pending::<StatusCode>().await),
            );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, site).await.unwrap() });
        (url, heard)
    }

    async fn send(url: String) -> Result<(), Undelivered> {
        let token = Secret::new("s3cret");
        let sms = Sms { url, token };
        let gateway = Gateway::patient(&sms, Duration::from_millis(300)).unwrap();
        assert!(!format!("{gateway:?}").contains("s3cret"));
        let letter = Letter {
            to: "+8613800000001".to_owned(),
            subject: String::new(),
            text: "邻里登录验证码 123456".to_owned(),
        };
        gateway.send(&letter).await
    }

    #[tokio::test]
    async fn what_is_sent_is_what_the_gateway_gets() {
        let (url, mut heard) = gateway().await;
        send(format!("{url}/sms")).await.unwrap();
        let (token, body) = heard.recv().await.unwrap();
        assert_eq!(token, "Bearer s3cret");
        assert_eq!(
            body,
            json!({ "to": "+8613800000001", "text": "邻里登录验证码 123456" })
        );
    }

    #[tokio::test]
    async fn what_is_not_taken_is_said_without_number_and_text() {
        let (url, mut heard) = gateway().await;
        for (path, wanted) in [
            ("/full", "the gateway answered 507"),
            ("/moved", "the gateway answered 307"),
            ("/slow", "the gateway did not answer in time"),
        ] {
            let refused = send(format!("{url}{path}")).await.unwrap_err();
            assert_eq!(refused.to_string(), wanted);
        }
        let nobody = send("http://127.0.0.1:1/sms".to_owned()).await.unwrap_err();
        assert_eq!(nobody.to_string(), "the gateway cannot be reached");
        assert!(heard.try_recv().is_err(), "a redirect was followed");
    }
}
