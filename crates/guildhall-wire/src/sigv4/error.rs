//! Why a request was not authenticated.

use http::StatusCode;

/// A refused authentication. `Display` is the message that goes on the wire (accounts.md section 1.4).
///
/// The JSON protocols answer [`code`](AuthError::code) with status 400; the Query protocol answers
/// [`query_code`](AuthError::query_code) with [`query_status`](AuthError::query_status).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Neither an AWS4 `Authorization` header nor a presigned query.
    #[error("Missing Authentication Token")]
    MissingToken,
    /// A part of the signature is absent or malformed.
    #[error("{0}")]
    Incomplete(String),
    /// Well-formed, but from another time than now.
    #[error("{0}")]
    Untimely(String),
    /// Well-formed, but outside its scope, or it leaves out what must be signed.
    #[error("{0}")]
    Invalid(String),
    /// The signature, or the payload hash, is not the one we calculate.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
         Access Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
    /// No such access key, or a session token that does not belong to it.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The session is over.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
}

impl AuthError {
    /// `__type` in the JSON protocols.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingToken => "MissingAuthenticationTokenException",
            Self::Incomplete(_) => "IncompleteSignatureException",
            Self::Untimely(_) | Self::Invalid(_) | Self::Mismatch => "InvalidSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
        }
    }

    /// What was wrong, in a word, for whoever counts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MissingToken => "missing",
            Self::Incomplete(_) => "incomplete",
            Self::Untimely(_) => "untimely",
            Self::Invalid(_) => "invalid",
            Self::Mismatch => "mismatch",
            Self::UnknownKey => "unknown_key",
            Self::ExpiredToken => "expired_token",
        }
    }

    /// Status in the JSON protocols: 400, always.
    pub fn status(&self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }

    /// `Code` in the Query protocol.
    pub fn query_code(&self) -> &'static str {
        match self {
            Self::MissingToken => "MissingAuthenticationToken",
            Self::Incomplete(_) => "IncompleteSignature",
            Self::Untimely(_) | Self::Invalid(_) | Self::Mismatch => "SignatureDoesNotMatch",
            Self::UnknownKey => "InvalidClientTokenId",
            Self::ExpiredToken => "ExpiredToken",
        }
    }

    /// Status in the Query protocol: 403, but 400 for a malformed signature (as STS was seen to answer).
    pub fn query_status(&self) -> StatusCode {
        match self {
            Self::Incomplete(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::FORBIDDEN,
        }
    }
}
