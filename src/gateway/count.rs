//! Counting the tokens of a request for the model that it goes to.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use serde_json::value::RawValue;
use wireloom_schema::model::Request;

use super::{Destination, Gateway};
use crate::{
    tokens::{Encoding, Meter},
    upstream::Call,
    wire::{stream::Counting, writer::Writer},
};

/// How long a provider may take to count.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most bytes of its answer.
const MOST: usize = 64 << 10;

impl Gateway {
    /// The tokens of a request's input as the model of a destination counts them, by the first way that can: those of the
    /// configuration, else a vocabulary that is built in. What a way cannot is logged.
    pub async fn count(&self, request: &Request<'_>, destination: &Destination) -> u64 {
        let Destination { target, model } = destination;
        let weights = target.weights(model);
        for meter in target.meters.of(model) {
            let counted = match meter {
                Meter::Own(tokenizer) => Ok(self.tokens.count(request, tokenizer, weights).await),
                #[cfg(feature = "tokenizer-files")]
                Meter::File(file) => match file.tokenizer(&target.upstream).await {
                    Ok(tokenizer) => Ok(self.tokens.count(request, &tokenizer, weights).await),
                    Err(why) => Err(why),
                },
                Meter::Service(service) => {
                    let counted = service.count(request, &self.tokens, &target.upstream).await;
                    counted.map_err(|why| format!("the service at {}: {why}", service.host()))
                }
                Meter::Provider => self.ask(request, destination).await,
            };
            match counted {
                Ok(tokens) => return tokens,
                Err(why) => tracing::warn!(provider = target.name, model, why, "tokens are counted in another way"),
            }
        }
        self.tokens.count(request, &Encoding::of_model(model).into(), weights).await
    }

    /// Asks the provider itself.
    async fn ask(&self, request: &Request<'_>, Destination { target, model }: &Destination) -> Result<u64, String> {
        let counting = target.spec.facts().counting.ok_or("its API does not count tokens")?;
        let url = target.count_url(model).ok_or("its URL cannot hold the model's name")?;
        let mut request = request.clone();
        request.model = model.as_str().into();
        request.stream = false;
        let mut w = Writer::default();
        target.spec.write_request(&request, &mut w);
        let body = without(&w.out, counting)?;
        let (key, known) = self.tokens.recall((url.as_str(), &body));
        if let Some(count) = known {
            return Ok(count);
        }
        let call = Call { url, headers: target.headers(0), body: Bytes::from(body) };
        let asked = async {
            let answer = target.send(call, 0).await.map_err(|error| error.to_string())?;
            let status = answer.status;
            if !status.is_success() {
                return Err(format!("it answered with status {}", status.as_u16()));
            }
            answer.body.whole(MOST).await.map_err(|error| error.to_string())
        };
        let answer = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "it took too long")??;
        let answer: serde_json::Value = serde_json::from_slice(&answer).map_err(|_| "its answer is not JSON")?;
        let count = answer.get(counting.key).and_then(serde_json::Value::as_u64);
        let count = count.ok_or_else(|| format!("its answer has no number at `{}`", counting.key))?;
        self.tokens.note(key, count);
        Ok(count)
    }
}

/// A request without what is not taken where tokens are counted.
fn without(body: &[u8], counting: Counting) -> Result<Vec<u8>, String> {
    let mut fields: BTreeMap<&str, &RawValue> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    fields.retain(|key, _| !counting.omits.contains(key));
    serde_json::to_vec(&fields).map_err(|error| error.to_string())
}
