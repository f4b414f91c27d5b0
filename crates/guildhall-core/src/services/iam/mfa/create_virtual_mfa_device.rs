//! CreateVirtualMFADevice: a device that is nobody's yet. Its seed is in this answer and in no other, as text and as an
//! image (identity.md 3.17). Any account; with tags TagMFADevice is needed, too.
//! Refuses: ValidationError, InvalidInput, EntityAlreadyExists, LimitExceeded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::qr_code;
use crate::call::command::Mode;
use crate::call::cx::Cx;
use crate::kernel::refusal::{Refusal, Stop};
use crate::rules::authority::{Authority, Rank};
use crate::rules::constraints::{self, Checks};
use crate::rules::limits;
use crate::rules::tags::{TagInput, pairs};
use crate::services::iam::authority;
use crate::services::iam::errors::IamError;
use crate::services::iam::input;
use crate::services::iam::shape::{TagShape, tags as tags_of};
use crate::services::{Answer, Operation};
use crate::state::iam::mfa::{DeviceClock, MfaDevice};
use crate::state::sealed::SealedSecret;
use crate::state::view::View;

/// The longest serial number, in characters.
const SERIAL: usize = 256;

pub struct CreateVirtualMFADevice;

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    path: Option<String>,
    #[serde(rename = "VirtualMFADeviceName")]
    virtual_mfa_device_name: Option<String>,
    tags: Option<Vec<Option<TagInput>>>,
}

#[derive(Serialize)]
pub struct Output {
    #[serde(rename = "VirtualMFADevice")]
    device: Device,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    serial_number: String,
    /// In base64, as the model has blobs.
    #[serde(rename = "Base32StringSeed")]
    seed: String,
    #[serde(rename = "QRCodePNG")]
    image: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<TagShape>,
}

impl Input {
    fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    fn name(&self) -> &str {
        self.virtual_mfa_device_name.as_deref().unwrap_or_default()
    }
}

impl Operation for CreateVirtualMFADevice {
    const NAME: &'static str = "CreateVirtualMFADevice";
    const AUTHORITY: Authority<Input> = Authority::<Input>::of(Rank::Account)
        .on_own("mfa", |i, cx, view| authority::new("mfa", i.path(), i.name(), cx, view))
        .tags(|i| pairs(i.tags.as_deref()))
        .also("TagMFADevice", |i| i.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
    const MODE: Mode = Mode::Write;
    type Input = Input;
    type Output = Answer<Output>;

    fn validate(i: &Input) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        checks.optional("path", i.path.as_deref(), &constraints::PATH);
        let name = i.virtual_mfa_device_name.as_deref();
        checks.required("virtualMFADeviceName", name, &constraints::DEVICE_NAME);
        checks.tags(i.tags.as_deref());
        checks.finish().map_err(IamError::from)?;
        Ok(constraints::path(i.path()).map_err(IamError::from)?)
    }

    fn run(input: &Input, cx: &Cx<'_>, view: &mut View<'_>) -> Result<Self::Output, Stop> {
        let (account, iam) = authority::home(cx, view)?;
        let tags = input::exact_tags(input.tags.as_deref())?;
        let (id, seed) = (cx.ids.mfa_device(cx.now)?, cx.ids.mfa_seed().text());
        let device = MfaDevice {
            id,
            name: input.name().into(),
            path: input.path().into(),
            tags,
            created: cx.now,
            seed: SealedSecret::seal(&cx.settings.keyring, cx.ids.nonce(), id, &seed),
            enabled: None,
            clock: DeviceClock::default(),
        };
        let serial_number = device.arn(account);
        if serial_number.len() > SERIAL {
            let what = format!(
                "The serial number, which is the ARN, has {} characters; {SERIAL} are possible.",
                serial_number.len()
            );
            return Err(IamError::ValidationError(what.into()).into());
        }
        if iam.devices().at(&device.place()).is_some() {
            return Err(IamError::EntityAlreadyExists("MFA device already exists.".into()).into());
        }
        // An account may have as many devices as users.
        let most = limits::of_caller(cx, view)?.users;
        if iam.devices().len() >= most as usize {
            return Err(IamError::quota("VirtualMFADevicesPerAccount", most).into());
        }
        let uri = format!("otpauth://totp/{}@{}?secret={}", device.name, account.id, *seed);
        let image = qr_code::png(&uri).ok_or(Refusal::Internal)?;
        let answer = Device {
            serial_number,
            seed: STANDARD.encode(&*seed),
            image: STANDARD.encode(image),
            tags: tags_of(&device.tags),
        };
        super::put(device, cx, view);
        Ok(Answer(Output { device: answer }))
    }
}
