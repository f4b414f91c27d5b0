//! Resource and NotResource.

use super::super::arn::{ArnPattern, arn_fields};
use super::super::document::{DocumentKind, ResourcePattern, Resources};
use super::super::error::{DocumentError, DocumentErrorKind};
use super::Grammar;
use crate::json::Value;

impl Grammar {
    pub(super) fn resources(&self, value: &Value, negated: bool) -> Result<Resources, DocumentError> {
        let list = self.strings(value, "wanted is a resource, or a list of at least one: \"*\" or ARNs")?;
        let patterns = list.iter().map(|v| self.resource(v)).collect::<Result<Vec<_>, _>>()?;
        Ok(Resources { negated, patterns: patterns.into() })
    }

    fn resource(&self, value: &Value) -> Result<ResourcePattern, DocumentError> {
        let text = value.as_str().unwrap_or_default();
        if text == "*" {
            return Ok(ResourcePattern::Everything);
        }
        let Some(pattern) = ArnPattern::of_resource(text, self.variables) else {
            // IAM takes those, and they mean nothing (identity.md 3.8).
            if self.kind == DocumentKind::Identity && text.starts_with("arn:") && text.split(':').count() > 2
            {
                return Ok(ResourcePattern::Nothing);
            }
            let wanted = "a resource is \"*\" or an ARN with six fields, arn:partition:service:region:account:resource, in which wildcards may stand";
            let fields = text.split(':').count();
            let wanted = match text.starts_with("arn:") {
                true => format!("{wanted}; this one has {fields}"),
                false => wanted.to_owned(),
            };
            return Err(self.error(DocumentErrorKind::BadResource, value, wanted));
        };
        // With a variable before it, the service is not known.
        let service = arn_fields(text).map_or("", |[_, _, service, ..]| service);
        if self.kind == DocumentKind::Organization
            && service != "organizations"
            && !service.contains(['*', '?'])
        {
            let wanted = "the organization's resource policy names \"*\" or ARNs of Organizations";
            return Err(self.error(DocumentErrorKind::UnsupportedResource, value, wanted));
        }
        Ok(ResourcePattern::Arn(pattern))
    }
}
