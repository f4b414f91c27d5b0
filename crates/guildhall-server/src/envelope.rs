//! The envelopes of the protocols: how the services' requests are read, and how answers and faults are written.

use crate::denials::authorization_id;
use bytes::Bytes;
use guildhall_core::Reply;
use guildhall_core::kernel::refusal::{ErrorAnswer, Refusal};
use guildhall_core::services::{self, Entry, Protocol, Wire};
use guildhall_wire::json11::{self, Json11Fault, MessageKey};
use guildhall_wire::query::{self, QueryCall, QueryFault, ReadError};
use guildhall_wire::rest_json::{self, Field, RestJsonFault};
use guildhall_wire::sigv4::AuthError;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static(json11::CONTENT_TYPE);
const REST_JSON: HeaderValue = HeaderValue::from_static(rest_json::CONTENT_TYPE);
pub(crate) const XML: HeaderValue = HeaderValue::from_static(query::CONTENT_TYPE);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The protocols as they are on the wire.
pub(crate) struct Aws;

/// A service as this server reads and answers it.
pub(crate) type Service = services::Service<Aws>;

/// Every service.
pub(crate) static SERVICES: &[&Service] = Service::ALL;

/// What an answer is written into.
pub(crate) enum Envelope {
    /// JSON.
    Json,
    /// The XML of AWS Query.
    Query { action: &'static str, namespace: &'static str, request_id: Box<str> },
}

/// A body that does not read as its operation's input.
pub(crate) enum NoInput {
    Json(Json11Fault),
    Query(ReadError),
}

impl Wire for Aws {
    type Error = NoInput;
    type Envelope = Envelope;

    fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, NoInput> {
        json11::decode(body).map_err(NoInput::Json)
    }

    fn query<T: DeserializeOwned>(form: &[u8]) -> Result<T, NoInput> {
        query::read(form).map_err(NoInput::Query)
    }

    fn write<T: Serialize>(envelope: &Envelope, output: &T) -> Option<Reply> {
        match envelope {
            Envelope::Json => serde_json::to_vec(output).ok(),
            Envelope::Query { action, namespace, request_id } => {
                query::Envelope { action, namespace, request_id }.body(output).ok().map(String::into_bytes)
            }
        }
    }
}

impl Envelope {
    /// The envelope of one request.
    pub(crate) fn of(protocol: Protocol, entry: &Entry<Aws>, request_id: &str) -> Self {
        match protocol {
            Protocol::Json11 { .. } | Protocol::RestJson => Self::Json,
            Protocol::Query { namespace, .. } => {
                Self::Query { action: entry.name, namespace, request_id: request_id.into() }
            }
        }
    }
}

/// An answer that says why there is none, in the form of a protocol.
pub(crate) enum ApiFault {
    Json11(Json11Fault),
    RestJson(RestJsonFault),
    Query(&'static str, QueryFault),
}

impl ApiFault {
    /// A signature that is not let in.
    pub(crate) fn signature(protocol: Protocol, e: AuthError) -> Self {
        match protocol {
            Protocol::Json11 { .. } => Self::Json11(e.into()),
            Protocol::RestJson => Self::RestJson(e.into()),
            Protocol::Query { namespace, .. } => Self::Query(namespace, e.into()),
        }
    }

    /// An action or a version that a service of AWS Query does not have. That AWS has it is not known here, so that one
    /// answer is for both.
    pub(crate) fn unknown_action(service: &Service, version: &str, call: &QueryCall<'_>) -> Self {
        let (title, count) = (service.title, service.operations.len());
        let also = if call.version.as_deref() == Some(version) {
            format!("of the operations of {title} Guildhall has {count}, which its docs/authority.md lists")
        } else {
            format!("the version of the API of {title} is {version}")
        };
        Self::Query(query::FAULT_NAMESPACE, call.unknown(&also))
    }

    /// A body that does not read as an input.
    pub(crate) fn no_input(protocol: Protocol, e: NoInput) -> Self {
        match (protocol, e) {
            (Protocol::RestJson, NoInput::Json(fault)) => Self::RestJson(fault.into()),
            (Protocol::Query { namespace, .. }, NoInput::Query(e)) => Self::Query(namespace, e.into()),
            (_, NoInput::Json(fault)) => Self::Json11(fault),
            (_, NoInput::Query(e)) => Self::Json11(Json11Fault::serialization(e.to_string())),
        }
    }

    /// A refusal, in the words of the service.
    pub(crate) fn refusal(service: &Service, refusal: &Refusal) -> Self {
        let ErrorAnswer { code, status, message, reason, field } = (service.error_answer)(refusal);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match service.protocol {
            Protocol::Json11 { .. } => Self::Json11(Json11Fault {
                status,
                type_name: code.unwrap_or_default().into(),
                message: Some(message),
                reason,
                message_key: MessageKey::Modeled,
            }),
            Protocol::RestJson => Self::RestJson(RestJsonFault {
                status,
                type_name: code.map(Into::into),
                message: Some(message),
                field: field.map(|f| Field { name: f.name, message: f.rule, reason: f.reason }),
            }),
            Protocol::Query { namespace, .. } => {
                Self::Query(namespace, QueryFault::new(status, code.unwrap_or_default(), message))
            }
        }
    }

    /// The engine does not answer now.
    pub(crate) fn unavailable(protocol: Protocol) -> Self {
        let (status, what) = (StatusCode::SERVICE_UNAVAILABLE, "The service is not available.");
        match protocol {
            Protocol::Json11 { .. } => Self::Json11(Json11Fault::service_unavailable()),
            Protocol::RestJson => Self::RestJson(Json11Fault::service_unavailable().into()),
            Protocol::Query { namespace, .. } => {
                Self::Query(namespace, QueryFault::new(status, "ServiceUnavailable", what))
            }
        }
    }

    /// Something that is wrong before a service is reached, by its code in the JSON protocols.
    pub(crate) fn front_door(
        protocol: Protocol,
        status: StatusCode,
        code: &'static str,
        message: &'static str,
    ) -> Self {
        let said = Some(message.into());
        match protocol {
            Protocol::Json11 { .. } => Self::Json11(Json11Fault::front_door(status, code, said)),
            Protocol::RestJson => Self::RestJson(RestJsonFault::front_door(status, code, said)),
            Protocol::Query { namespace, .. } => {
                Self::Query(namespace, QueryFault::new(status, code.trim_end_matches("Exception"), message))
            }
        }
    }

    /// The same, with the id by which its whole evaluation is asked for (identity.md 5.3).
    pub(crate) fn explained(self, base_url: &str, request_id: &str) -> Self {
        let id = authorization_id(request_id);
        let where_to_ask = format!(
            ". Go to {base_url}/_guildhall/authorizations/{id} for complete details, or call the \
             GetRequestAuthorizationDetails API with the following authorization id: {id}"
        );
        match self {
            Self::Query(namespace, fault) => Self::Query(namespace, fault.and(&where_to_ask)),
            other => other,
        }
    }

    /// Its HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Json11(fault) => fault.status,
            Self::RestJson(fault) => fault.status,
            Self::Query(_, fault) => fault.status,
        }
    }

    /// The answer to the request with this id.
    pub(crate) fn response(self, id: &str) -> Response<Bytes> {
        let status = self.status();
        match self {
            Self::Json11(fault) => respond(status, JSON, id, fault.body().into()),
            Self::Query(namespace, fault) => respond(status, XML, id, fault.body(namespace, id).into()),
            Self::RestJson(fault) => {
                let mut response = respond(status, REST_JSON, id, fault.body().into());
                if let Some(Ok(name)) = fault.type_name.map(|name| HeaderValue::from_str(&name)) {
                    response.headers_mut().insert(&rest_json::ERROR_TYPE, name);
                }
                response
            }
        }
    }
}

/// The content type of a protocol's answers.
pub(crate) fn content_type(protocol: Protocol) -> HeaderValue {
    match protocol {
        Protocol::Json11 { .. } => JSON,
        Protocol::RestJson => REST_JSON,
        Protocol::Query { .. } => XML,
    }
}

/// An answer of the AWS API.
pub(crate) fn respond(
    status: StatusCode,
    content_type: HeaderValue,
    id: &str,
    body: Bytes,
) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn unknown(service: &Service, version: &str, form: &str) -> String {
        let call = QueryCall::parse(&Method::POST, None, form.as_bytes()).unwrap();
        match ApiFault::unknown_action(service, version, &call) {
            ApiFault::Query(query::FAULT_NAMESPACE, fault) => fault.message.into_owned(),
            _ => panic!("no fault of AWS Query before a service"),
        }
    }

    #[test]
    fn what_is_not_here_is_told_with_what_is() {
        let mut told = 0;
        for service in SERVICES {
            let Protocol::Query { version, .. } = service.protocol else { continue };
            told += 1;
            let (title, count) = (service.title, service.operations.len());
            assert_eq!(
                unknown(service, version, &format!("Action=X&Version={version}")),
                format!(
                    "Could not find operation X for version {version}; of the operations of {title} Guildhall has \
                     {count}, which its docs/authority.md lists"
                )
            );
            assert_eq!(
                unknown(service, version, "Action=X&Version=2000-01-01"),
                format!(
                    "Could not find operation X for version 2000-01-01; the version of the API of {title} is {version}"
                )
            );
        }
        assert!(told >= 2, "{told}");
    }
}
