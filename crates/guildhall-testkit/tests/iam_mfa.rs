//! Devices that prove a second factor: every operation of IAM and every refusal, the proof to STS, and what a proof is
//! good for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has to fail"
)]

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use guildhall_core::call::caller::{Caller, Credentials, Session};
use guildhall_core::kernel::session_token::SessionToken;
use guildhall_core::kernel::totp::{Seed, step};
use guildhall_core::services::{PlainJson, service, sts};
use guildhall_testkit::command_of;
use guildhall_testkit::iam_lab::{AWAY, HOME, IamLab, Told, root};
use serde_json::{Value, json};

const UNABLE: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is \
                      valid and associated with this user.";
const WRONG: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const NOT_VALID: &str = "Authentication code for device is not valid.";
const PROOF: &str = "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for \
                     this user.";
const INVALID_FOR_USER: &str = "MFA Device invalid for user.";
/// A step, in milliseconds.
const STEP: i64 = 30_000;
/// How long tries are counted together.
const WINDOW: i64 = 6 * STEP;

fn arn(of: &str) -> String {
    format!("arn:aws:iam::{HOME}:{of}")
}

fn missing(serial: &str) -> String {
    format!("MFA Device with serial number {serial} does not exist.")
}

fn broken(member: &str, rule: &str) -> String {
    format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {rule}"
    )
}

fn told(code: &str, sentence: &str) -> Told {
    (code.to_owned(), sentence.to_owned())
}

fn with(input: &Value, member: &str, value: Value) -> Value {
    let mut input = input.clone();
    input[member] = value;
    input
}

/// A device as its owner has it.
#[derive(Clone)]
struct Phone {
    serial: String,
    seed: String,
}

impl Phone {
    /// The code of a step that is so far from now.
    fn code(&self, lab: &IamLab, off: i64) -> String {
        Seed::read(&self.seed).unwrap().codes().at(step(lab.0.now()) + off).unwrap()
    }

    /// The input that enables or resynchronizes it by the codes before and of that step.
    fn pair(&self, lab: &IamLab, user: &str, off: i64) -> Value {
        json!({
            "UserName": user, "SerialNumber": self.serial,
            "AuthenticationCode1": self.code(lab, off - 1), "AuthenticationCode2": self.code(lab, off),
        })
    }

    /// The members of a call to STS that prove it.
    fn proof(&self, lab: &IamLab, off: i64) -> Value {
        json!({ "SerialNumber": self.serial, "TokenCode": self.code(lab, off) })
    }

    fn of(&self, user: &str) -> Value {
        json!({ "UserName": user, "SerialNumber": self.serial })
    }
}

fn decoded(blob: &Value) -> Vec<u8> {
    STANDARD.decode(blob.as_str().unwrap()).unwrap()
}

/// A new device of the account.
fn phone(lab: &mut IamLab, name: &str) -> Phone {
    let made = lab.ok("CreateVirtualMFADevice", &json!({ "VirtualMFADeviceName": name }));
    let device = &made["VirtualMFADevice"];
    let seed = String::from_utf8(decoded(&device["Base32StringSeed"])).unwrap();
    Phone { serial: device["SerialNumber"].as_str().unwrap().to_owned(), seed }
}

/// The same, enabled for a user.
fn phone_of(lab: &mut IamLab, user: &str, name: &str) -> Phone {
    let phone = phone(lab, name);
    let input = phone.pair(lab, user, 0);
    lab.ok("EnableMFADevice", &input);
    phone
}

/// Calls an operation of STS.
fn call_sts(lab: &mut IamLab, caller: &Caller, operation: &str, input: &Value) -> Result<Value, Told> {
    let answer = lab.0.run(caller.clone(), &*command_of(sts::NAME, operation, input));
    answer.map(|body| serde_json::from_slice(&body).unwrap()).map_err(|refusal| {
        let answer = (service::<PlainJson>(sts::NAME).unwrap().error_answer)(&refusal);
        assert_eq!(answer.status, 403, "{operation} {input}: {answer:?}");
        (answer.code.unwrap().to_owned(), answer.message.into_owned())
    })
}

/// The session that credentials are of.
fn session(lab: &mut IamLab, answer: &Value) -> Caller {
    let token = answer["Credentials"]["SessionToken"].as_str().unwrap();
    let payload = SessionToken::open(&lab.0.settings_mut().keyring, token).unwrap();
    let session: Session = serde_json::from_slice(&payload).unwrap();
    Caller { account: session.account, credentials: Credentials::Session(session.into()) }
}

/// A session of the caller's own, with a proof if there is one.
#[track_caller]
fn session_of(lab: &mut IamLab, caller: &Caller, proof: &Value) -> Caller {
    let answer = call_sts(lab, caller, "GetSessionToken", proof).unwrap();
    session(lab, &answer)
}

fn everything() -> Option<Value> {
    Some(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }))
}

/// A role whose trust policy lets the account's own in under this condition.
fn role(lab: &mut IamLab, name: &str, condition: &Value) -> Value {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Principal": { "AWS": HOME }, "Condition": condition,
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        },
    });
    lab.ok("CreateRole", &json!({ "RoleName": name, "AssumeRolePolicyDocument": trust.to_string() }));
    json!({ "RoleArn": arn(&format!("role/{name}")), "RoleSessionName": "ci" })
}

/// The trust that administrators are told to have.
fn proved_lately() -> Value {
    json!({
        "Bool": { "aws:MultiFactorAuthPresent": "true" },
        "NumericLessThan": { "aws:MultiFactorAuthAge": "3600" },
    })
}

fn merged(a: &Value, b: &Value) -> Value {
    let mut all = a.clone();
    all.as_object_mut().unwrap().extend(b.as_object().unwrap().clone());
    all
}

#[test]
fn a_device_is_made_with_its_seed_as_text_and_as_an_image() {
    let mut lab = IamLab::default();
    let input = json!({
        "VirtualMFADeviceName": "Ana.phone+1", "Path": "/devices//x/", "Tags": [{ "Key": "k", "Value": "v" }],
    });
    let device = lab.ok("CreateVirtualMFADevice", &input)["VirtualMFADevice"].clone();
    let members: Vec<&str> = device.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["Base32StringSeed", "QRCodePNG", "SerialNumber", "Tags"]);
    assert_eq!(device["SerialNumber"], arn("mfa/devices//x/Ana.phone+1"));
    assert_eq!(device["Tags"], json!([{ "Key": "k", "Value": "v" }]));
    let seed = String::from_utf8(decoded(&device["Base32StringSeed"])).unwrap();
    assert!(Seed::read(&seed).is_some(), "{seed}");
    assert!(decoded(&device["QRCodePNG"]).starts_with(b"\x89PNG\r\n\x1a\n"));
    let stored = lab.0.stored();
    for shown in [&seed, device["Base32StringSeed"].as_str().unwrap(), &STANDARD.encode(&seed)] {
        assert!(!stored.contains(shown), "the seed is stored as it is");
    }
    let none = lab.ok("CreateVirtualMFADevice", &json!({ "VirtualMFADeviceName": "Ana.phone+1" }));
    assert_eq!(none["VirtualMFADevice"]["SerialNumber"], arn("mfa/Ana.phone+1"));
    assert_eq!(none["VirtualMFADevice"].get("Tags"), None);
    assert_ne!(none["VirtualMFADevice"]["Base32StringSeed"], device["Base32StringSeed"]);
    lab.refuses("CreateVirtualMFADevice", &input, "EntityAlreadyExists", "MFA device already exists.");
    // Another name, for all that is known.
    lab.ok("CreateVirtualMFADevice", &json!({ "VirtualMFADeviceName": "ana.PHONE+1" }));
}

#[test]
fn what_cannot_be_made_is_refused() {
    let mut lab = IamLab::default();
    let make = "CreateVirtualMFADevice";
    let path = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                characters and/or / characters.";
    let pattern = |pattern: &str| format!("satisfy regular expression pattern: {pattern}");
    let name = pattern(r"[\w+=,.@-]+");
    let long = "a".repeat(513);
    for (input, code, sentence) in [
        (json!({}), "ValidationError", broken("virtualMFADeviceName", "not be null")),
        (json!({ "VirtualMFADeviceName": "a b" }), "ValidationError", broken("virtualMFADeviceName", &name)),
        (json!({ "VirtualMFADeviceName": "a", "Path": "a/" }), "ValidationError", path.to_owned()),
        (json!({ "VirtualMFADeviceName": "a", "Path": "/a" }), "ValidationError", path.to_owned()),
        (
            json!({ "VirtualMFADeviceName": "a", "Path": long }),
            "ValidationError",
            broken("path", "have length less than or equal to 512"),
        ),
        (
            json!({ "VirtualMFADeviceName": "a".repeat(227) }),
            "ValidationError",
            "The serial number, which is the ARN, has 257 characters; 256 are possible.".to_owned(),
        ),
        (
            json!({ "VirtualMFADeviceName": "a", "Tags": [{ "Key": "AWS:k", "Value": "" }] }),
            "InvalidInput",
            "Tag keys beginning with aws: are reserved for system use.".to_owned(),
        ),
        (
            json!({ "VirtualMFADeviceName": "a", "Tags": [{ "Key": "k", "Value": "" }, { "Key": "k", "Value": "" }] }),
            "InvalidInput",
            "Duplicate tag keys found.".to_owned(),
        ),
    ] {
        lab.refuses(make, &input, code, &sentence);
    }
    lab.ok(make, &json!({ "VirtualMFADeviceName": "a".repeat(226) }));
    lab.0.settings_mut().limits.users = 1;
    let full = "Cannot exceed quota for VirtualMFADevicesPerAccount: 1";
    lab.refuses(make, &json!({ "VirtualMFADeviceName": "b" }), "LimitExceeded", full);
}

#[test]
fn a_device_is_enabled_by_two_codes_that_follow_upon_each_other() {
    let mut lab = IamLab::default();
    for user in ["Ana", "Ben"] {
        lab.user(user, None);
    }
    let phone = phone(&mut lab, "phone");
    let (first, second) = (phone.code(&lab, -1), phone.code(&lab, 0));
    let input = |first: &str, second: &str| {
        let codes = json!({ "AuthenticationCode1": first, "AuthenticationCode2": second });
        merged(&phone.of("aNA"), &codes)
    };
    let enable = "EnableMFADevice";
    for (first, second) in [(&first, &first), (&second, &first), (&second, &second)] {
        lab.refuses(enable, &input(first, second), "InvalidAuthenticationCode", NOT_VALID);
    }
    for off in [-999, 1_001] {
        let far = phone.pair(&lab, "Ana", off);
        lab.refuses(enable, &far, "InvalidAuthenticationCode", NOT_VALID);
    }
    let nobody = "The user with name Eve cannot be found.";
    lab.refuses(enable, &with(&input(&first, &second), "UserName", json!("Eve")), "NoSuchEntity", nobody);
    let other = arn("mfa/other");
    let none = with(&input(&first, &second), "SerialNumber", json!(other));
    lab.refuses(enable, &none, "NoSuchEntity", &missing(&other));
    // Names of devices have a case.
    let other = arn("mfa/Phone");
    let none = with(&input(&first, &second), "SerialNumber", json!(other));
    lab.refuses(enable, &none, "NoSuchEntity", &missing(&other));

    assert_eq!(lab.ok(enable, &input(&first, &second)), Value::Null);
    let since = lab.0.now().iso8601();
    lab.0.advance(4 * STEP);
    let again = phone.pair(&lab, "Ana", 0);
    lab.refuses(enable, &again, "EntityAlreadyExists", "MFA Device for user Ana already exists.");
    let theirs = phone.pair(&lab, "Ben", 0);
    lab.refuses(enable, &theirs, "EntityAlreadyExists", "MFA Device is already in use.");

    let entry = json!({ "UserName": "Ana", "SerialNumber": phone.serial, "EnableDate": since });
    let listed = lab.ok("ListMFADevices", &json!({ "UserName": "ANA" }));
    assert_eq!(listed, json!({ "MFADevices": [entry], "IsTruncated": false }));
    let nothing = json!({ "MFADevices": [], "IsTruncated": false });
    assert_eq!(lab.ok("ListMFADevices", &json!({ "UserName": "Ben" })), nothing);
    let user = lab.ok("ListUsers", &json!({}))["Users"][0].clone();
    let entry = json!({ "SerialNumber": phone.serial, "EnableDate": since, "User": user });
    let listed = lab.ok("ListVirtualMFADevices", &json!({}));
    assert_eq!(listed, json!({ "VirtualMFADevices": [entry], "IsTruncated": false }));
}

#[test]
fn a_device_is_given_back_and_taken_away() {
    let mut lab = IamLab::default();
    for user in ["Ana", "Ben"] {
        lab.user(user, None);
    }
    let phone = phone_of(&mut lab, "Ana", "phone");
    let (disable, delete) = ("DeactivateMFADevice", "DeleteVirtualMFADevice");
    let serial = json!({ "SerialNumber": phone.serial });
    lab.refuses(delete, &serial, "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.");
    lab.refuses(disable, &phone.of("Ben"), "NoSuchEntity", INVALID_FOR_USER);
    let none = json!({ "UserName": "Ana", "SerialNumber": "GAHT12345678" });
    lab.refuses(disable, &none, "NoSuchEntity", &missing("GAHT12345678"));
    lab.refuses(disable, &phone.of("Eve"), "NoSuchEntity", "The user with name Eve cannot be found.");
    // The root user has none of that name.
    lab.refuses(disable, &serial, "NoSuchEntity", INVALID_FOR_USER);
    assert_eq!(lab.ok(disable, &phone.of("aNA")), Value::Null);
    lab.refuses(disable, &phone.of("Ana"), "NoSuchEntity", INVALID_FOR_USER);
    let pair = phone.pair(&lab, "Ana", 2);
    lab.refuses("ResyncMFADevice", &pair, "NoSuchEntity", INVALID_FOR_USER);
    let entry = json!({ "SerialNumber": phone.serial });
    let listed = lab.ok("ListVirtualMFADevices", &json!({ "AssignmentStatus": "Unassigned" }));
    assert_eq!(listed["VirtualMFADevices"], json!([entry]));
    // The codes that enabled it once enable it for nobody else.
    let old = phone.pair(&lab, "Ben", 0);
    lab.refuses("EnableMFADevice", &old, "InvalidAuthenticationCode", NOT_VALID);
    let new = phone.pair(&lab, "Ben", 2);
    lab.ok("EnableMFADevice", &new);
    lab.ok(disable, &phone.of("Ben"));
    assert_eq!(lab.ok(delete, &serial), Value::Null);
    lab.refuses(delete, &serial, "NoSuchEntity", &missing(&phone.serial));
    let foreign = phone.serial.replace(HOME, AWAY);
    lab.refuses(delete, &json!({ "SerialNumber": foreign }), "NoSuchEntity", &missing(&foreign));
}

#[test]
fn a_user_has_eight_devices_at_most_and_is_not_deleted_with_one() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    let phones: Vec<Phone> = (0..8).map(|n| phone_of(&mut lab, "Ana", &format!("p{n}"))).collect();
    let ninth = phone(&mut lab, "p8");
    let pair = ninth.pair(&lab, "Ana", 0);
    let full = "Cannot exceed quota for MFADevicesPerUser: 8";
    lab.refuses("EnableMFADevice", &pair, "LimitExceeded", full);
    // Before keys, behind passwords.
    let ana = json!({ "UserName": "Ana" });
    let key = lab.ok("CreateAccessKey", &ana)["AccessKey"]["AccessKeyId"].clone();
    lab.ok("CreateLoginProfile", &json!({ "UserName": "Ana", "Password": "Correct-Horse-1" }));
    let conflict = |what: &str| format!("Cannot delete entity, must {what} first.");
    lab.refuses("DeleteUser", &ana, "DeleteConflict", &conflict("delete login profile"));
    lab.ok("DeleteLoginProfile", &ana);
    for phone in &phones {
        lab.refuses("DeleteUser", &ana, "DeleteConflict", &conflict("remove tokens from principal"));
        lab.ok("DeactivateMFADevice", &phone.of("Ana"));
    }
    lab.refuses("DeleteUser", &ana, "DeleteConflict", &conflict("delete access keys"));
    lab.ok("DeleteAccessKey", &json!({ "UserName": "Ana", "AccessKeyId": key }));
    lab.ok("DeleteUser", &ana);
}

#[test]
fn who_has_a_device_changes_ones_own_in_a_session_that_proved_one() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", everything());
    lab.user("Ben", None);
    let (first, second) = (phone(&mut lab, "first"), phone(&mut lab, "second"));
    // The first one needs none.
    let pair = first.pair(&lab, "Ana", 0);
    lab.call(&ana, "EnableMFADevice", &pair).unwrap();
    let denied = told("AccessDenied", PROOF);
    let weak = session_of(&mut lab, &ana, &json!({}));
    for caller in [&ana, &weak] {
        let pair = second.pair(&lab, "Ana", 0);
        assert_eq!(lab.refused(caller, "EnableMFADevice", &pair), denied);
        assert_eq!(lab.refused(caller, "DeactivateMFADevice", &first.of("Ana")), denied);
        let unnamed = json!({ "SerialNumber": first.serial });
        assert_eq!(lab.refused(caller, "DeactivateMFADevice", &unnamed), denied);
        // Whether it is there or not.
        let none = json!({ "SerialNumber": arn("mfa/none") });
        assert_eq!(lab.refused(caller, "DeactivateMFADevice", &none), denied);
    }
    // It holds for one's own devices, and not for setting their clocks.
    let pair = second.pair(&lab, "Ben", 0);
    lab.call(&ana, "EnableMFADevice", &pair).unwrap();
    lab.call(&ana, "DeactivateMFADevice", &second.of("Ben")).unwrap();
    let pair = first.pair(&lab, "Ana", 2);
    lab.call(&ana, "ResyncMFADevice", &pair).unwrap();
    let proof = first.proof(&lab, 3);
    let strong = session_of(&mut lab, &ana, &proof);
    let pair = second.pair(&lab, "Ana", 2);
    lab.call(&strong, "EnableMFADevice", &pair).unwrap();
    lab.call(&strong, "DeactivateMFADevice", &json!({ "SerialNumber": first.serial })).unwrap();
    lab.call(&strong, "DeactivateMFADevice", &second.of("Ana")).unwrap();
    let pair = first.pair(&lab, "Ana", 4);
    lab.call(&ana, "EnableMFADevice", &pair).unwrap();
}

#[test]
fn a_clock_that_is_off_is_set() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", None);
    lab.user("Ben", None);
    let phone = phone_of(&mut lab, "Ana", "phone");
    let proof = phone.proof(&lab, 10);
    let wrong = Err(told("AccessDenied", WRONG));
    assert_eq!(call_sts(&mut lab, &ana, "GetSessionToken", &proof), wrong);
    let resync = "ResyncMFADevice";
    let pair = phone.pair(&lab, "Ben", 10);
    lab.refuses(resync, &pair, "NoSuchEntity", INVALID_FOR_USER);
    // The codes that enabled it, and one of them again.
    for off in [0, 1] {
        let pair = phone.pair(&lab, "Ana", off);
        lab.refuses(resync, &pair, "InvalidAuthenticationCode", NOT_VALID);
    }
    let pair = phone.pair(&lab, "aNA", 10);
    assert_eq!(lab.ok(resync, &pair), Value::Null);
    session_of(&mut lab, &ana, &proof);
    let now = phone.proof(&lab, 0);
    assert_eq!(call_sts(&mut lab, &ana, "GetSessionToken", &now), wrong);
    lab.refuses(resync, &pair, "InvalidAuthenticationCode", NOT_VALID);
    let none = with(&pair, "SerialNumber", json!("GAHT12345678"));
    lab.refuses(resync, &none, "NoSuchEntity", &missing("GAHT12345678"));
}

#[test]
fn members_are_those_of_the_model() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    let phone = phone(&mut lab, "phone");
    let pattern = |pattern: &str| format!("satisfy regular expression pattern: {pattern}");
    let serial = |lab: &mut IamLab, operation: &str, input: &Value| {
        let refuses = |lab: &mut IamLab, value: Value, rule: &str| {
            let input = with(input, "SerialNumber", value);
            lab.refuses(operation, &input, "ValidationError", &broken("serialNumber", rule));
        };
        refuses(lab, Value::Null, "not be null");
        refuses(lab, json!("12345678"), "have length greater than or equal to 9");
        refuses(lab, json!("a".repeat(257)), "have length less than or equal to 256");
        refuses(lab, json!("123456789 "), &pattern(r"[\w+=/:,.@-]+"));
    };
    for operation in ["EnableMFADevice", "ResyncMFADevice"] {
        let good = phone.pair(&lab, "Ana", 0);
        serial(&mut lab, operation, &good);
        for (member, name) in
            [("AuthenticationCode1", "authenticationCode1"), ("AuthenticationCode2", "authenticationCode2")]
        {
            for (value, rule) in [
                (Value::Null, "not be null".to_owned()),
                (json!("12345a"), pattern(r"[\d]+")),
                (json!("1234567"), "have length less than or equal to 6".to_owned()),
                (json!("12345"), "have length greater than or equal to 6".to_owned()),
            ] {
                lab.refuses(operation, &with(&good, member, value), "ValidationError", &broken(name, &rule));
            }
        }
        let (_, sentence) = lab.refused(&root(HOME), operation, &json!({}));
        assert!(sentence.starts_with("4 validation errors detected: Value at 'userName'"), "{sentence}");
        let name = with(&good, "UserName", json!("a b"));
        lab.refuses(operation, &name, "ValidationError", &broken("userName", &pattern(r"[\w+=,.@-]+")));
    }
    for operation in ["DeactivateMFADevice", "GetMFADevice", "DeleteVirtualMFADevice", "ListMFADeviceTags"] {
        serial(&mut lab, operation, &json!({}));
    }
    let tags = json!({ "Tags": [{ "Key": "k", "Value": "v" }], "TagKeys": ["k"] });
    for operation in ["TagMFADevice", "UntagMFADevice"] {
        serial(&mut lab, operation, &tags);
    }
}

#[test]
fn of_a_virtual_device_nothing_more_is_said() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", everything());
    let phone = phone_of(&mut lab, "Ana", "phone");
    let only = "The MFA device serial number sent in the request is invalid or not supported by this API. Currently, only \
                hardware FIDO security keys are supported. Please use the compatible device or API.";
    let get = "GetMFADevice";
    lab.refuses(get, &phone.of("Ana"), "ValidationError", only);
    assert_eq!(
        lab.refused(&ana, get, &json!({ "SerialNumber": phone.serial })),
        told("ValidationError", only)
    );
    lab.refuses(get, &json!({ "SerialNumber": "GAHT12345678" }), "ValidationError", only);
    lab.refuses(get, &phone.of("Eve"), "NoSuchEntity", "The user with name Eve cannot be found.");
    let key = arn("u2f/user/Ana/key-ABC");
    lab.refuses(get, &json!({ "UserName": "Ana", "SerialNumber": key }), "NoSuchEntity", &missing(&key));
}

#[test]
fn lists_have_pages() {
    let mut lab = IamLab::default();
    lab.user("Ana", None);
    let phones: Vec<Phone> = (0..5)
        .map(|n| {
            lab.0.advance(1);
            if n == 2 { phone(&mut lab, "loose") } else { phone_of(&mut lab, "Ana", &format!("p{n}")) }
        })
        .collect();
    let pages = |lab: &mut IamLab, operation: &str, member: &str, input: &Value| -> Vec<String> {
        let (mut serials, mut input) = (Vec::new(), with(input, "MaxItems", json!(2)));
        loop {
            let page = lab.ok(operation, &input);
            let entries = page[member].as_array().unwrap();
            assert!(entries.len() <= 2);
            serials.extend(entries.iter().map(|e| e["SerialNumber"].as_str().unwrap().to_owned()));
            assert_eq!(page["IsTruncated"], !page["Marker"].is_null());
            match page.get("Marker") {
                Some(marker) => input["Marker"] = marker.clone(),
                None => return serials,
            }
        }
    };
    let serials = |of: &[usize]| of.iter().map(|n| phones[*n].serial.clone()).collect::<Vec<_>>();
    let devices = ("ListVirtualMFADevices", "VirtualMFADevices");
    for (status, of) in [
        (json!({}), &[0, 1, 2, 3, 4][..]),
        (json!({ "AssignmentStatus": "Any" }), &[0, 1, 2, 3, 4]),
        (json!({ "AssignmentStatus": "Assigned" }), &[0, 1, 3, 4]),
        (json!({ "AssignmentStatus": "Unassigned" }), &[2]),
    ] {
        assert_eq!(pages(&mut lab, devices.0, devices.1, &status), serials(of), "{status}");
    }
    let of = pages(&mut lab, "ListMFADevices", "MFADevices", &json!({ "UserName": "Ana" }));
    assert_eq!(of, serials(&[0, 1, 3, 4]));
    // A marker is of one list.
    let first = lab.ok(devices.0, &json!({ "MaxItems": 1 }));
    let other = json!({ "Marker": first["Marker"], "AssignmentStatus": "Assigned" });
    lab.refuses(devices.0, &other, "ValidationError", "Invalid Marker.");
    let other = json!({ "Marker": first["Marker"], "UserName": "Ana" });
    lab.refuses("ListMFADevices", &other, "ValidationError", "Invalid Marker.");
    // Another account has its own.
    let none = lab.call(&root(AWAY), devices.0, &json!({})).unwrap();
    assert_eq!(none, json!({ "VirtualMFADevices": [], "IsTruncated": false }));
}

#[test]
fn the_root_user_has_devices_of_its_own() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", everything());
    let phone = phone(&mut lab, "root-account-mfa-device");
    let summary = |lab: &mut IamLab| {
        let summary = lab.ok("GetAccountSummary", &json!({}))["SummaryMap"].clone();
        ["MFADevices", "MFADevicesInUse", "AccountMFAEnabled"].map(|key| summary[key].as_u64().unwrap())
    };
    assert_eq!(summary(&mut lab), [1, 0, 0]);
    let unnamed = |lab: &IamLab, off| {
        let mut input = phone.pair(lab, "", off);
        input.as_object_mut().unwrap().remove("UserName");
        input
    };
    let pair = unnamed(&lab, 0);
    let null = broken("userName", "not be null");
    assert_eq!(lab.refused(&ana, "EnableMFADevice", &pair), told("ValidationError", &null));
    let none = with(&pair, "SerialNumber", json!("GAHT12345678"));
    lab.refuses("EnableMFADevice", &none, "ValidationError", &null);
    lab.ok("EnableMFADevice", &pair);
    lab.refuses("EnableMFADevice", &pair, "EntityAlreadyExists", "MFA Device is already in use.");
    assert_eq!(summary(&mut lab), [1, 1, 1]);
    let since = lab.0.now().iso8601();
    let entry = json!({ "SerialNumber": phone.serial, "EnableDate": since });
    let listed = lab.ok("ListMFADevices", &json!({}));
    assert_eq!(listed, json!({ "MFADevices": [entry], "IsTruncated": false }));
    let user = lab.ok("GetUser", &json!({}))["User"].clone();
    let listed = lab.ok("ListVirtualMFADevices", &json!({ "AssignmentStatus": "Assigned" }));
    let entry = json!({ "SerialNumber": phone.serial, "EnableDate": since, "User": user });
    assert_eq!(listed["VirtualMFADevices"], json!([entry]));
    // It is no user's.
    let proof = phone.proof(&lab, 0);
    assert_eq!(call_sts(&mut lab, &ana, "GetSessionToken", &proof), Err(told("AccessDenied", UNABLE)));
    session_of(&mut lab, &root(HOME), &proof);
    let pair = unnamed(&lab, 2);
    lab.ok("ResyncMFADevice", &pair);
    let of_ana = phone_of(&mut lab, "Ana", "hers");
    assert_eq!(summary(&mut lab), [2, 2, 1]);
    let proof = of_ana.proof(&lab, 0);
    let told = call_sts(&mut lab, &root(HOME), "GetSessionToken", &proof);
    assert_eq!(told, Err(self::told("AccessDenied", UNABLE)));
    lab.ok("DeactivateMFADevice", &json!({ "SerialNumber": phone.serial }));
    assert_eq!(summary(&mut lab), [2, 1, 0]);

    lab.ok("GenerateCredentialReport", &json!({}));
    let report = decoded(&lab.ok("GetCredentialReport", &json!({}))["Content"]);
    let report = String::from_utf8(report).unwrap();
    let active: BTreeMap<&str, &str> = report
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|columns| (columns[0], columns[7]))
        .collect();
    assert_eq!((active["user"], active["<root_account>"], active["Ana"]), ("mfa_active", "false", "true"));
}

#[test]
fn devices_have_tags() {
    let mut lab = IamLab::default();
    let phone = phone(&mut lab, "phone");
    let of = json!({ "SerialNumber": phone.serial });
    let tag = |tags: Value| with(&of, "Tags", tags);
    lab.ok("TagMFADevice", &tag(json!([{ "Key": "Env", "Value": "1" }, { "Key": "env", "Value": "2" }])));
    lab.ok("TagMFADevice", &tag(json!([{ "Key": "Env", "Value": "3" }])));
    let tags = json!([{ "Key": "Env", "Value": "3" }, { "Key": "env", "Value": "2" }]);
    assert_eq!(lab.ok("ListMFADeviceTags", &of), json!({ "Tags": tags, "IsTruncated": false }));
    let first = lab.ok("ListMFADeviceTags", &with(&of, "MaxItems", json!(1)));
    let next = merged(&of, &json!({ "MaxItems": 1, "Marker": first["Marker"] }));
    assert_eq!(lab.ok("ListMFADeviceTags", &next), json!({ "Tags": [tags[1]], "IsTruncated": false }));
    lab.ok("UntagMFADevice", &with(&of, "TagKeys", json!(["env", "none"])));
    assert_eq!(lab.ok("ListMFADeviceTags", &of)["Tags"], json!([tags[0]]));
    let none = arn("mfa/none");
    let missing = missing(&none);
    for (operation, more) in [
        ("TagMFADevice", json!({ "Tags": [{ "Key": "k", "Value": "" }] })),
        ("UntagMFADevice", json!({ "TagKeys": ["k"] })),
        ("ListMFADeviceTags", json!({})),
    ] {
        let input = with(&more, "SerialNumber", json!(none));
        lab.refuses(operation, &input, "NoSuchEntity", &missing);
    }
    let empty = "Error occurred while validating input. ";
    lab.refuses("TagMFADevice", &tag(json!([])), "InvalidInput", empty);
    // They are asked for by policies.
    let statement = json!({
        "Effect": "Allow", "Action": "iam:DeleteVirtualMFADevice", "Resource": "*",
        "Condition": { "StringEquals": { "aws:ResourceTag/Env": "3" } },
    });
    let ana = lab.user("Ana", Some(statement));
    let other = self::phone(&mut lab, "other");
    lab.refused(&ana, "DeleteVirtualMFADevice", &json!({ "SerialNumber": other.serial }));
    lab.call(&ana, "DeleteVirtualMFADevice", &of).unwrap();
}

#[test]
fn whoever_may_nothing_learns_nothing() {
    let mut lab = IamLab::default();
    let caller = lab.user("Caller", None);
    lab.user("Ana", None);
    let phone = phone_of(&mut lab, "Ana", "phone");
    let (serial, pair) = (json!({ "SerialNumber": phone.serial }), phone.pair(&lab, "aNA", 0));
    let none = json!({ "SerialNumber": arn("mfa/none") });
    let tags = json!({ "Tags": [{ "Key": "k", "Value": "v" }], "TagKeys": ["k"] });
    for (operation, input, resource) in [
        ("CreateVirtualMFADevice", json!({ "VirtualMFADeviceName": "x", "Path": "/p/" }), "mfa/p/x"),
        ("DeleteVirtualMFADevice", serial.clone(), "mfa/phone"),
        ("DeleteVirtualMFADevice", none.clone(), "mfa/none"),
        ("EnableMFADevice", pair.clone(), "user/Ana"),
        ("ResyncMFADevice", pair, "user/Ana"),
        ("DeactivateMFADevice", phone.of("aNA"), "user/Ana"),
        ("DeactivateMFADevice", serial.clone(), "user/Caller"),
        ("GetMFADevice", phone.of("nobody"), "user/nobody"),
        ("ListMFADevices", json!({ "UserName": "nobody" }), "user/nobody"),
        ("ListVirtualMFADevices", json!({}), "mfa/"),
        ("ListMFADeviceTags", serial.clone(), "mfa/phone"),
        ("TagMFADevice", merged(&tags, &none), "mfa/none"),
        ("UntagMFADevice", merged(&tags, &serial), "mfa/phone"),
    ] {
        let resource = if resource == "*" { "*".to_owned() } else { arn(resource) };
        let sentence = format!(
            "User: {} is not authorized to perform: iam:{operation} on resource: {resource} because no identity-based \
             policy allows the iam:{operation} action",
            arn("user/Caller")
        );
        assert_eq!(lab.refused(&caller, operation, &input), ("AccessDenied".into(), sentence), "{input}");
    }
    let create = json!({ "Effect": "Allow", "Action": "iam:CreateVirtualMFADevice", "Resource": "*" });
    let maker = lab.user("Maker", Some(create));
    let tagged = json!({ "VirtualMFADeviceName": "x", "Tags": tags["Tags"] });
    let (_, sentence) = lab.refused(&maker, "CreateVirtualMFADevice", &tagged);
    assert!(sentence.contains(&format!("iam:TagMFADevice on resource: {}", arn("mfa/x"))), "{sentence}");
    lab.call(&maker, "CreateVirtualMFADevice", &json!({ "VirtualMFADeviceName": "x" })).unwrap();
}

#[test]
fn a_code_is_good_for_its_owner_within_its_window_and_once() {
    let mut lab = IamLab::default();
    let (ana, ben) = (lab.user("Ana", None), lab.user("Ben", None));
    let phone = phone_of(&mut lab, "Ana", "phone");
    phone_of(&mut lab, "Ben", "other");
    let get = "GetSessionToken";
    let wrong = Err(told("AccessDenied", WRONG));
    for (off, good) in [(-3, false), (-2, true), (2, true), (0, true), (3, false)] {
        let proof = phone.proof(&lab, off);
        let answer = call_sts(&mut lab, &ana, get, &proof);
        assert_eq!(answer.is_ok(), good, "{off}");
        // Again, it is no better than a wrong one.
        assert!(call_sts(&mut lab, &ana, get, &proof).is_err(), "{off}");
    }
    // What was good does not come back with time.
    lab.0.advance(WINDOW);
    let proof = phone.proof(&lab, 1);
    session_of(&mut lab, &ana, &proof);
    lab.0.advance(STEP);
    assert_eq!(call_sts(&mut lab, &ana, get, &proof), wrong);
    lab.0.advance(2 * STEP);
    assert_eq!(call_sts(&mut lab, &ana, get, &proof), wrong);

    let unable = told("AccessDenied", UNABLE);
    let fresh = phone.proof(&lab, 0);
    let foreign = with(&fresh, "SerialNumber", json!(phone.serial.replace(HOME, AWAY)));
    let none = with(&fresh, "SerialNumber", json!(arn("mfa/none")));
    let hardware = with(&fresh, "SerialNumber", json!("GAHT12345678"));
    let before = lab.0.stored();
    for (caller, input) in
        [(&ben, &fresh), (&ana, &foreign), (&ana, &none), (&ana, &hardware), (&root(AWAY), &fresh)]
    {
        assert_eq!(call_sts(&mut lab, caller, get, input), Err(unable.clone()), "{input}");
    }
    let both =
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
    for member in ["SerialNumber", "TokenCode"] {
        let mut input = fresh.clone();
        input.as_object_mut().unwrap().remove(member);
        assert_eq!(call_sts(&mut lab, &ana, get, &input), Err(told("AccessDenied", both)));
    }
    assert_eq!(lab.0.stored(), before, "what is nobody's own is not counted");
    let first = session_of(&mut lab, &ana, &fresh);
    let next = phone.proof(&lab, 1);
    let told = call_sts(&mut lab, &first, get, &next);
    let session = "Cannot call GetSessionToken with session credentials";
    assert_eq!(told, Err(self::told("AccessDenied", session)));
    // No device, no code.
    lab.ok("DeactivateMFADevice", &phone.of("Ana"));
    assert_eq!(call_sts(&mut lab, &ana, get, &next), Err(unable));
}

#[test]
fn after_nine_tries_a_device_is_asked_no_more_for_a_while() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", None);
    let (phone, other) = (phone_of(&mut lab, "Ana", "phone"), phone_of(&mut lab, "Ana", "other"));
    let bad = |lab: &IamLab| {
        let good: Vec<String> = (-2..=2).map(|off| phone.code(lab, off)).collect();
        let bad = (0..).map(|n| format!("{n:06}")).find(|code| !good.contains(code)).unwrap();
        json!({ "SerialNumber": phone.serial, "TokenCode": bad })
    };
    let get = "GetSessionToken";
    let good = phone.proof(&lab, 0);
    session_of(&mut lab, &ana, &good);
    for n in 1..9 {
        let bad = bad(&lab);
        assert_eq!(call_sts(&mut lab, &ana, get, &bad), Err(told("AccessDenied", WRONG)), "{n}");
    }
    let stored = lab.0.stored();
    for off in [1, 2] {
        let good = phone.proof(&lab, off);
        assert_eq!(call_sts(&mut lab, &ana, get, &good), Err(told("AccessDenied", UNABLE)));
    }
    assert_eq!(lab.0.stored(), stored);
    // Another one of the same user is not concerned.
    let proof = other.proof(&lab, 0);
    session_of(&mut lab, &ana, &proof);
    let left = WINDOW - lab.0.now().0 % WINDOW;
    lab.0.advance(left - 1);
    let good = phone.proof(&lab, 0);
    assert_eq!(call_sts(&mut lab, &ana, get, &good), Err(told("AccessDenied", UNABLE)));
    lab.0.advance(1);
    let good = phone.proof(&lab, 0);
    session_of(&mut lab, &ana, &good);
}

#[test]
fn a_role_that_wants_a_proof_within_an_hour_gets_one() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", everything());
    let phone = phone_of(&mut lab, "Ana", "phone");
    let role = role(&mut lab, "Guarded", &proved_lately());
    let assume = "AssumeRole";
    let denied = told(
        "AccessDenied",
        &format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
            arn("user/Ana"),
            arn("role/Guarded")
        ),
    );
    assert_eq!(call_sts(&mut lab, &ana, assume, &role), Err(denied.clone()));
    let weak = session_of(&mut lab, &ana, &json!({}));
    assert_eq!(call_sts(&mut lab, &weak, assume, &role), Err(denied.clone()));
    // A code with this call, by long-term keys and by a session that proved nothing.
    let proof = merged(&role, &phone.proof(&lab, 0));
    let strong = call_sts(&mut lab, &ana, assume, &proof).unwrap();
    let strong = session(&mut lab, &strong);
    let again = call_sts(&mut lab, &ana, assume, &proof);
    assert_eq!(again, Err(told("AccessDenied", WRONG)), "a code is good once");
    let proof = merged(&role, &phone.proof(&lab, 1));
    call_sts(&mut lab, &weak, assume, &proof).unwrap();
    // With tags and a source identity, all actions see it.
    let more = json!({ "Tags": [{ "Key": "k", "Value": "v" }], "SourceIdentity": "Ana" });
    let proof = merged(&merged(&role, &more), &phone.proof(&lab, 2));
    call_sts(&mut lab, &ana, assume, &proof).unwrap();
    // A session of a role that was assumed with a code proved one; it has no device itself.
    let open = self::role(&mut lab, "Chained", &proved_lately());
    lab.ok(
        "PutRolePolicy",
        &json!({
            "RoleName": "Guarded", "PolicyName": "all",
            "PolicyDocument": json!({ "Version": "2012-10-17", "Statement": everything() }).to_string(),
        }),
    );
    call_sts(&mut lab, &strong, assume, &open).unwrap();
    let proof = merged(&open, &phone.proof(&lab, -1));
    assert_eq!(call_sts(&mut lab, &strong, assume, &proof), Err(told("AccessDenied", UNABLE)));

    lab.0.advance(WINDOW);
    let proof = phone.proof(&lab, 0);
    let own = session_of(&mut lab, &ana, &merged(&proof, &json!({ "DurationSeconds": 7_200 })));
    lab.0.advance(3_599_999 - lab.0.now().0 % 1_000);
    call_sts(&mut lab, &own, assume, &role).unwrap();
    lab.0.advance(1_000);
    assert_eq!(call_sts(&mut lab, &own, assume, &role), Err(denied), "its proof is an hour old");
    let proof = merged(&role, &phone.proof(&lab, 0));
    call_sts(&mut lab, &own, assume, &proof).unwrap();
}

#[test]
fn a_code_is_used_up_by_a_call_that_is_denied() {
    let mut lab = IamLab::default();
    let ana = lab.user("Ana", everything());
    let phone = phone_of(&mut lab, "Ana", "phone");
    let (none, open) = (
        json!({ "RoleArn": arn("role/None"), "RoleSessionName": "ci" }),
        role(&mut lab, "Open", &proved_lately()),
    );
    let proof = phone.proof(&lab, 0);
    let (_, sentence) = call_sts(&mut lab, &ana, "AssumeRole", &merged(&none, &proof)).unwrap_err();
    assert!(sentence.starts_with("User: "), "{sentence}");
    let again = call_sts(&mut lab, &ana, "AssumeRole", &merged(&open, &proof));
    assert_eq!(again, Err(told("AccessDenied", WRONG)));
    // A root user is told about roles first, and uses up nothing.
    lab.0.settings_mut().strict = true;
    let before = lab.0.stored();
    let (_, sentence) = call_sts(&mut lab, &root(HOME), "AssumeRole", &merged(&open, &proof)).unwrap_err();
    assert_eq!(sentence, "Roles may not be assumed by root accounts.");
    assert_eq!(lab.0.stored(), before);
}

#[test]
fn conditions_see_whether_a_second_factor_was_proved_and_when() {
    let mut lab = IamLab::default();
    let statements: Vec<Value> = [
        ("ListUsers", json!({ "Null": { "aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "true" } })),
        ("ListRoles", json!({ "Bool": { "aws:MultiFactorAuthPresent": "false" }, "Null": { "aws:MultiFactorAuthAge": "true" } })),
        ("ListGroups", json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" }, "NumericEquals": { "aws:MultiFactorAuthAge": "0" } })),
        ("ListPolicies", json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" }, "NumericEquals": { "aws:MultiFactorAuthAge": "61" } })),
    ]
    .into_iter()
    .map(|(action, condition)| {
        json!({ "Effect": "Allow", "Action": format!("iam:{action}"), "Resource": "*", "Condition": condition })
    })
    .collect();
    let ana = lab.user("Ana", Some(json!(statements)));
    let phone = phone_of(&mut lab, "Ana", "phone");
    let proof = phone.proof(&lab, 0);
    let (weak, strong) = (session_of(&mut lab, &ana, &json!({})), session_of(&mut lab, &ana, &proof));
    let may = |lab: &mut IamLab, caller: &Caller| {
        ["ListUsers", "ListRoles", "ListGroups", "ListPolicies"]
            .map(|operation| lab.call(caller, operation, &json!({ "MaxItems": 1 })).is_ok())
    };
    assert_eq!(may(&mut lab, &ana), [true, false, false, false]);
    assert_eq!(may(&mut lab, &weak), [false, true, false, false]);
    assert_eq!(may(&mut lab, &strong), [false, false, true, false]);
    lab.0.advance(61_000);
    assert_eq!(may(&mut lab, &strong), [false, false, false, true]);
    // IAM takes a user's own session only with a proof.
    let takes = service::<PlainJson>("iam").unwrap().takes;
    for (caller, taken) in [(&weak, false), (&strong, true)] {
        let Credentials::Session(session) = &caller.credentials else { panic!("it is a session") };
        assert_eq!(takes(session), taken);
    }
}
