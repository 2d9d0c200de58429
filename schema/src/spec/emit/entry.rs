//! The functions of a module that the rest of the program calls: each takes a whole text.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Module, dispatch::key_of};

impl Module<'_> {
    /// All of them. They are items like others, so that modules that read alike share them.
    pub(super) fn entry_points(&mut self) {
        let plan = self.plan;
        let last = plan.stream.last.as_ref().map(|last| {
            quote! {
                if text == #last {
                    sink(Step::End);
                    return Ok(0);
                }
            }
        });
        self.entry(
            "parse_request",
            quote! {
                pub(crate) fn parse_request(text: &str) -> Result<Request<'_>, serde_json::Error> {
                    let cx = Reading::new(text);
                    let mut read = read_request(parse(text)?, &cx).ok_or_else(|| not_a("a request"))?;
                    read.unknown.extend(cx.into_unknown());
                    Ok(read)
                }
            },
        );
        self.entry(
            "parse_response",
            quote! {
                pub(crate) fn parse_response(text: &str) -> Result<Response<'_>, serde_json::Error> {
                    let cx = Reading::new(text);
                    read_response(parse(text)?, &cx).ok_or_else(|| not_a("a response"))
                }
            },
        );
        self.entry(
            "parse_error",
            quote! {
                pub(crate) fn parse_error(text: &str) -> Option<ApiError<'_>> {
                    let cx = Reading::new(text);
                    read_api_error(parse(text).ok()?, &cx).filter(|told| !told.message.is_empty())
                }
            },
        );
        self.entry(
            "parse_frame",
            quote! {
                pub(crate) fn parse_frame<'a>(text: &'a str, sink: &mut impl FnMut(Step<'a>)) -> Result<u64, serde_json::Error> {
                    #last
                    let cx = Reading::new(text);
                    read_steps(parse(text)?, &cx, sink);
                    Ok(cx.unknown())
                }
            },
        );
        if !plan.http.serve.is_empty() {
            self.peek();
        }
    }

    fn entry(&mut self, name: &str, tokens: TokenStream) {
        let origin = self.plan.origin.clone();
        self.item(name.to_owned(), &origin, tokens);
    }

    /// What passing a request through needs to know of it.
    fn peek(&mut self) {
        let key = |field: &str| self.plan.spelling("Request").and_then(|spelling| key_of(spelling, field));
        let Some(model) = key("model") else {
            return self.entry(
                "peek",
                quote! {
                    pub(crate) fn peek(text: &str) -> Result<Peek<'_>, serde_json::Error> {
                        parse::<serde::de::IgnoredAny>(text)?;
                        Ok(Peek { model: None, stream: false, key: "" })
                    }
                },
            );
        };
        let stream = key("stream");
        let stream_field = stream.as_ref().map(|key| quote!(#[shape(key = #key)] stream: Option<bool>,));
        let stream = if stream.is_some() { quote!(shape.stream.unwrap_or(false)) } else { quote!(false) };
        self.entry(
            "PeekShape",
            quote! {
                #[derive(Default, Shape)]
                pub(crate) struct PeekShape<'a> {
                    #[shape(key = #model)]
                    model: Option<Json<'a>>,
                    #stream_field
                    #[shape(place)]
                    place: Place<'a>,
                }
            },
        );
        self.entry(
            "peek",
            quote! {
                pub(crate) fn peek(text: &str) -> Result<Peek<'_>, serde_json::Error> {
                    let shape: PeekShape<'_> = parse(text)?;
                    Ok(Peek { model: shape.model, stream: #stream, key: #model })
                }
            },
        );
    }
}
