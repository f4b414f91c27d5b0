//! The reasons of the exceptions that have one: as they stand on the wire, and the sentence that goes with each.

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $wire:literal, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each variant's text, right beside it, says what it means")]
        pub enum $name { $($variant),+ }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The reason as it stands on the wire.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire),+ }
            }

            /// The sentence that goes with it.
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

reasons! {
    /// Reasons of InvalidInputException.
    InputReason {
        DuplicateTagKey = "DUPLICATE_TAG_KEY", "Your request includes duplicate tag keys.";
        EndDateNotEndOfMonth = "END_DATE_NOT_END_OF_MONTH",
            "You provided an invalid end date. The end date must be the end of the last day of the month (23.59.59.999).";
        EndDateTooEarly = "END_DATE_TOO_EARLY", "You provided an invalid end date. The end date is too early.";
        EndDateTooLate = "END_DATE_TOO_LATE", "You provided an invalid end date. The end date is too late.";
        ImmutablePolicy = "IMMUTABLE_POLICY",
            "You specified a policy that is managed by Amazon Web Services and cannot be modified.";
        InputRequired = "INPUT_REQUIRED", "You must provide a value for the parameter.";
        InvalidEmailAddressTarget = "INVALID_EMAIL_ADDRESS_TARGET",
            "You specified an invalid email address for the invited account owner.";
        InvalidEnum = "INVALID_ENUM", "You specified an invalid value.";
        InvalidEnumPolicyType = "INVALID_ENUM_POLICY_TYPE", "You specified an invalid policy type.";
        InvalidNextToken = "INVALID_NEXT_TOKEN",
            "You specified an invalid value for nextToken. You must get the value from the response to a previous call to the API.";
        InvalidPartyTypeTarget = "INVALID_PARTY_TYPE_TARGET",
            "You specified an invalid party type as the target parameter.";
        InvalidPattern = "INVALID_PATTERN", "You provided a value that does not match the required pattern.";
        InvalidResourcePolicyJson = "INVALID_RESOURCE_POLICY_JSON",
            "This resource-based policy contains invalid JSON.";
        InvalidRoleName = "INVALID_ROLE_NAME",
            "You provided a role name that is not valid. A role name cannot begin with the reserved prefix AWSServiceRoleFor.";
        InvalidSystemTagsParameter = "INVALID_SYSTEM_TAGS_PARAMETER",
            "You specified a tag key that is a system tag. You cannot add, edit, or delete system tag keys because they are reserved for Amazon Web Services use. System tags do not count against your tags per resource limit.";
        MaxLengthExceeded = "MAX_LENGTH_EXCEEDED", "You provided a string that exceeds that maximum length.";
        MaxLimitExceededFilter = "MAX_LIMIT_EXCEEDED_FILTER", "You specified too many filter parameters.";
        MaxValueExceeded = "MAX_VALUE_EXCEEDED", "You provided a value that exceeds the maximum allowed.";
        MinLengthExceeded = "MIN_LENGTH_EXCEEDED", "You provided a string parameter that is shorter than allowed.";
        MinValueExceeded = "MIN_VALUE_EXCEEDED", "You provided a value that is below the minimum allowed.";
        NonDetachablePolicy = "NON_DETACHABLE_POLICY",
            "You cannot detach this Amazon Web Services Managed Policy.";
        StartDateNotBeginningOfDay = "START_DATE_NOT_BEGINNING_OF_DAY",
            "You provided an invalid start date. The start date must be the beginning of the day (00:00:00.000).";
        StartDateNotBeginningOfMonth = "START_DATE_NOT_BEGINNING_OF_MONTH",
            "You provided an invalid start date. The start date must be the first day of the month.";
        StartDateTooEarly = "START_DATE_TOO_EARLY", "You provided an invalid start date. The start date is too early.";
        StartDateTooLate = "START_DATE_TOO_LATE", "You provided an invalid start date. The start date is too late.";
        TargetNotSupported = "TARGET_NOT_SUPPORTED", "You specified a target that is not currently supported.";
        UnrecognizedServicePrincipal = "UNRECOGNIZED_SERVICE_PRINCIPAL",
            "You specified an unrecognized service principal.";
        UnsupportedActionInResourcePolicy = "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
            "You specified an action that is not supported for this resource-based policy.";
        UnsupportedResourceInResourcePolicy = "UNSUPPORTED_RESOURCE_IN_RESOURCE_POLICY",
            "This resource-based policy contains an unsupported resource.";
        UnsupportedActionInResponsibilityTransfer = "UNSUPPORTED_ACTION_IN_RESPONSIBILITY_TRANSFER",
            "You provided a value that is not supported by this operation.";
    }
}

reasons! {
    /// Reasons of ConstraintViolationException.
    ConstraintReason {
        AccountCannotLeaveOrganization = "ACCOUNT_CANNOT_LEAVE_ORGANIZATION",
            "An account that is closed, or that is being closed, cannot leave its organization.";
        AccountCannotLeaveWithoutEula = "ACCOUNT_CANNOT_LEAVE_WITHOUT_EULA",
            "The member account is missing one or more of the prerequisites required to operate as a standalone account. To add what is missing, sign-in to the member account using the AWS Organizations console, then select to leave the organization. You will then be prompted to enter any missing information.";
        AccountCannotLeaveWithoutPhoneVerification = "ACCOUNT_CANNOT_LEAVE_WITHOUT_PHONE_VERIFICATION",
            "The member account is missing one or more of the prerequisites required to operate as a standalone account. To add what is missing, sign-in to the member account using the AWS Organizations console, then select to leave the organization. You will then be prompted to enter any missing information.";
        AccountCreationNotComplete = "ACCOUNT_CREATION_NOT_COMPLETE",
            "Your account setup is not complete or your account is not fully active. You must complete the account setup before you create an organization.";
        AccountCreationRateLimitExceeded = "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
            "You attempted to exceed the number of accounts that can be in progress at a time.";
        AccountNotActiveForTransferResponsibility = "ACCOUNT_NOT_ACTIVE_FOR_TRANSFER_RESPONSIBILITY",
            "Your account setup is not complete or your account is not fully active to invite or accept a Billing Transfer invitation.";
        AccountNumberLimitExceeded = "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of AWS accounts.";
        ActiveResponsibilityTransferProcess = "ACTIVE_RESPONSIBILITY_TRANSFER_PROCESS",
            "You cannot delete organization due to an ongoing responsibility transfer process. For example, a pending invitation or an in-progress transfer. To delete the organization, you must resolve the current transfer process.";
        AllFeaturesMigrationOrganizationSizeLimitExceeded = "ALL_FEATURES_MIGRATION_ORGANIZATION_SIZE_LIMIT_EXCEEDED",
            "Your organization has more than 5000 accounts, and you can only use the standard migration process for organizations with less than 5000 accounts. Use the assisted migration process to enable all features mode, or create a support case for assistance if you are unable to use assisted migration.";
        CannotCloseManagementAccount = "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
            "You attempted to close the management account. To close the management account for the organization, you must first either remove or close all member accounts in the organization. Follow standard account closure process using root credentials.";
        CannotRegisterMasterAsDelegatedAdministrator = "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            "You cannot register management account/yourself as delegated administrator for your organization.";
        CannotRegisterSuspendedAccountAsDelegatedAdministrator = "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
            "You cannot register a suspended account as a delegated administrator.";
        CannotRemoveDelegatedAdministratorFromOrg = "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            "You attempted to remove an account that is registered as a delegated administrator for a service integrated with your organization. To complete this operation, you must first deregister this account as a delegated administrator.";
        DelegatedAdministratorCannotMove = "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            "Your account is registered as a delegated administrator for a service integrated with its organization. To complete this operation, the account must first be deregistered as a delegated administrator.";
        CloseAccountQuotaExceeded = "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
            "You have exceeded close account quota for the past 30 days.";
        CloseAccountRequestsLimitExceeded = "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
            "You attempted to exceed the number of accounts that you can close at a time.";
        CreateOrganizationInBillingModeUnsupportedRegion = "CREATE_ORGANIZATION_IN_BILLING_MODE_UNSUPPORTED_REGION",
            "To create an organization in the specified region, you must enable all features mode.";
        DelegatedAdministratorExistsForThisService = "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
            "You have delegated administrator/s for this service. De-register them in order to disable service access.";
        EmailVerificationCodeExpired = "EMAIL_VERIFICATION_CODE_EXPIRED",
            "The email verification code is only valid for a limited period of time. You must resubmit the request and generate a new verification code.";
        InvalidPaymentInstrument = "INVALID_PAYMENT_INSTRUMENT",
            "You cannot remove an account because no supported payment method is associated with the account. Amazon Web Services does not support cards issued by financial institutions in Russia or Belarus.";
        MasterAccountNotGovcloudEnabled = "MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED",
            "To complete this operation, the management account must have an associated account in the Amazon Web Services GovCloud (US-West) Region.";
        MasterAccountPaymentInstrumentRequired = "MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
            "To create an organization with this management account, you first must associate a valid payment instrument, such as a credit card, with the account.";
        MaxDelegatedAdministratorsForServiceLimitExceeded = "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
            "You attempted to register more delegated administrators than allowed for the service principal.";
        MaxPolicyTypeAttachmentLimitExceeded = "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You have attached the maximum number of policies to the specified target.";
        MaxTagLimitExceeded = "MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the number of tags allowed on this resource.";
        MemberAccountPaymentInstrumentRequired = "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED",
            "The member account must be configured with a valid payment method, such as a credit card.";
        MinPolicyTypeAttachmentLimitExceeded = "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.";
        OrganizationNotInAllFeaturesMode = "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
            "You attempted to perform an operation that requires the organization to be configured to support all features. An organization that supports only consolidated billing features cannot perform this operation.";
        OuDepthLimitExceeded = "OU_DEPTH_LIMIT_EXCEEDED",
            "You cannot add an organizational unit to the specified parent because it would exceed the max depth allowed.";
        OuNumberLimitExceeded = "OU_NUMBER_LIMIT_EXCEEDED",
            "You attempted to exceed the number of OUs that you can have in an organization.";
        PolicyContentLimitExceeded = "POLICY_CONTENT_LIMIT_EXCEEDED",
            "You have exceeded the maximum policy size.";
        PolicyNumberLimitExceeded = "POLICY_NUMBER_LIMIT_EXCEEDED",
            "You attempted to exceed the number of policies that you can have in an organization.";
        PolicyTypeEnabledForThisService = "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE",
            "You attempted to disable service access before you disabled the policy type (for example, SECURITYHUB_POLICY). To complete this operation, you must first disable the policy type.";
        ResponsibilityTransferMaxInboundQuotaViolation = "RESPONSIBILITY_TRANSFER_MAX_INBOUND_QUOTA_VIOLATION",
            "You have exceeded your inbound transfers limit.";
        ResponsibilityTransferMaxLevelViolation = "RESPONSIBILITY_TRANSFER_MAX_LEVEL_VIOLATION",
            "You have exceeded the maximum length of your transfer chain.";
        ResponsibilityTransferMaxOutboundQuotaViolation = "RESPONSIBILITY_TRANSFER_MAX_OUTBOUND_QUOTA_VIOLATION",
            "You have exceeded your outbound transfers limit.";
        ServiceAccessNotEnabled = "SERVICE_ACCESS_NOT_ENABLED",
            "You must enable service access before you delegate an administrator for this service. Call the AWS API EnableAWSServiceAccess first.";
        ServiceAccessNotEnabledForPolicyType = "SERVICE_ACCESS_NOT_ENABLED",
            "You attempted to enable a policy type before you enabled service access. Call the EnableAWSServiceAccess API first.";
        TagPolicyViolation = "TAG_POLICY_VIOLATION",
            "You attempted to create or update a resource with tags that are not compliant with the tag policy requirements for this account.";
        TransferResponsibilityUpdateNotAllowed = "TRANSFER_RESPONSIBILITY_UPDATE_NOT_ALLOWED",
            "You cannot update this transfer because it is no longer active. Transfers that have been withdrawn, declined, expired, or cancelled cannot be modified.";
        UpdateExistingResourcePolicyWithTagsNotSupported = "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED",
            "Adding tags on updating an existing resource-based policy is not supported.";
        WaitPeriodActive = "WAIT_PERIOD_ACTIVE", "This operation requires a wait period.  Try again later.";
    }
}

reasons! {
    /// Reasons of HandshakeConstraintViolationException.
    HandshakeReason {
        AccountNumberLimitExceeded = "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of AWS accounts";
        AlreadyInAnOrganization = "ALREADY_IN_AN_ORGANIZATION",
            "The AWS account is already a member of an organization.";
        HandshakeRateLimitExceeded = "HANDSHAKE_RATE_LIMIT_EXCEEDED",
            "You attempted to exceed the number of handshakes that you can send in one day.";
        ManagementAccountEmailNotVerified = "MANAGEMENT_ACCOUNT_EMAIL_NOT_VERIFIED",
            "The email address of the management account that sent the invitation is not verified.";
        OrganizationAlreadyHasAllFeatures = "ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
            "All features are already enabled on this organization.";
        OrganizationFromDifferentSellerOfRecord = "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD",
            "You can only join an organization that operates in the same Amazon Web Services partition as your account.";
        AccountFromDifferentSellerOfRecord = "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD",
            "You can only invite an account that operates in the same Amazon Web Services partition as your organization.";
        TransferFromDifferentSellerOfRecord = "ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD",
            "You can only transfer to an organization that operates in the same Amazon Web Services partition as your account.";
        OrganizationIsAlreadyPendingAllFeaturesMigration = "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
            "The handshake request is invalid because the organization has already started the process to enable all features.";
        OrganizationMembershipChangeRateLimitExceeded = "ORGANIZATION_MEMBERSHIP_CHANGE_RATE_LIMIT_EXCEEDED",
            "You attempted to change the membership of an account too quickly after its previous change.";
        PaymentInstrumentRequired = "PAYMENT_INSTRUMENT_REQUIRED",
            "You cannot complete the operation with an account that does not have a payment instrument, such as a credit card, associated with it.";
        ResponsibilityTransferAlreadyExists = "RESPONSIBILITY_TRANSFER_ALREADY_EXISTS",
            "You cannot perform this operation with the current transfer.";
        TargetAccountValidationFailure = "TARGET_ACCOUNT_VALIDATION_FAILURE",
            "Billing transfer is not available for your account. Contact your billing administrator or Amazon Web Services Support for assistance.";
        InvitedAccountValidationFailure = "TARGET_ACCOUNT_VALIDATION_FAILURE",
            "Billing transfer is not available for the account that you specified.";
        SourceAndTargetCannotMatch = "SOURCE_AND_TARGET_CANNOT_MATCH",
            "An account cannot accept a transfer invitation if it is both the sender and recipient of the invitation.";
        CannotInviteYourself = "SOURCE_AND_TARGET_CANNOT_MATCH",
            "An account cannot be both the sender and the recipient of a transfer invitation.";
    }
}
