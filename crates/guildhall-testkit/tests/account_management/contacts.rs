//! Primary and alternate contacts.

use super::*;

#[test]
fn a_created_account_has_its_management_account_s_contact() {
    let mut lab = Lab::new();
    lab.ok(M, "PutContactInformation", &json!({ "ContactInformation": contact() }));
    lab.ok(M, "PutAlternateContact", &alternate("BILLING"));
    lab.organizations(M, "CreateAccount", &json!({ "Email": "new@example.com", "AccountName": "New" }));
    lab.0.advance(SECOND);
    let new = lab.0.holder("new@example.com").unwrap().to_string();
    let shown = |lab: &mut Lab, account: &str| {
        lab.ok(account, "GetContactInformation", &json!({}))["ContactInformation"].take()
    };
    let mut expected = shown(&mut lab, M);
    expected["FullName"] = "New".into();
    assert_eq!(shown(&mut lab, &new), expected, "the address of the management account, and its own name");
    let none = lab.refusal(&new, "GetAlternateContact", &json!({ "AlternateContactType": "BILLING" }));
    assert_eq!(none.status, 404, "only the primary contact");
}

#[test]
fn contact_information() {
    let mut lab = Lab::new();
    // Every account has one from the start.
    let first = lab.ok(A, "GetContactInformation", &json!({}))["ContactInformation"].take();
    assert_eq!(first["FullName"], format!("Account {A}"));
    lab.ok(B, "PutContactInformation", &json!({ "ContactInformation": first }));

    let mut sent = contact();
    for (name, value) in [
        ("FullName", "  Ana  "),
        ("City", "\tLondon "),
        ("CountryCode", "gb"),
        ("PhoneNumber", "+44 (20) 7946-0000 "),
        ("AddressLine2", " 2nd floor"),
        ("AddressLine3", "x"),
        ("StateOrRegion", "London"),
        ("DistrictOrCounty", "Camden"),
        ("CompanyName", "Ana & Co"),
        ("WebsiteUrl", "https://example.com"),
    ] {
        sent[name] = value.into();
    }
    lab.ok(M, "PutContactInformation", &json!({ "AccountId": A, "ContactInformation": sent }));
    let mut kept = sent;
    for (name, value) in [
        ("FullName", "Ana"),
        ("City", "London"),
        ("CountryCode", "GB"),
        ("PhoneNumber", "+44 (20) 7946-0000"),
        ("AddressLine2", "2nd floor"),
    ] {
        kept[name] = value.into();
    }
    let shown = lab.ok(A, "GetContactInformation", &json!({}));
    assert_eq!(shown, json!({ "ContactInformation": kept, "VerificationStatus": "VERIFIED" }));

    // What is left out goes, and the rest of the profile stays.
    lab.ok(A, "PutAlternateContact", &alternate("BILLING"));
    lab.ok(A, "PutContactInformation", &json!({ "ContactInformation": contact() }));
    lab.fact(A, json!({ "PhoneVerified": false }));
    let shown = lab.ok(M, "GetContactInformation", &json!({ "AccountId": A }));
    assert_eq!(shown, json!({ "ContactInformation": contact(), "VerificationStatus": "UNVERIFIED" }));
    lab.ok(A, "GetAlternateContact", &json!({ "AlternateContactType": "BILLING" }));
    assert_eq!(lab.listed(A)["Name"], format!("Account {A}"), "the full name is not the account's");
}

#[test]
fn contacts_that_are_refused() {
    let mut lab = Lab::new();
    let error = lab.refusal(A, "PutContactInformation", &json!({}));
    assert_eq!(error.message, r#"[object has missing required properties (["ContactInformation"])]"#);
    let required = ["FullName", "AddressLine1", "City", "PostalCode", "CountryCode", "PhoneNumber"];
    let most = [
        ("FullName", 50),
        ("AddressLine1", 60),
        ("AddressLine2", 60),
        ("AddressLine3", 60),
        ("City", 50),
        ("StateOrRegion", 50),
        ("DistrictOrCounty", 50),
        ("PostalCode", 20),
        ("CountryCode", 2),
        ("PhoneNumber", 20),
        ("CompanyName", 50),
        ("WebsiteUrl", 256),
    ];
    for (name, max) in most {
        let mut cases = vec![
            (Value::from(""), "is too short".to_owned()),
            ("+".repeat(max + 1).into(), format!("(length: {}, maximum allowed: {max})]", max + 1)),
        ];
        if required.contains(&name) {
            cases.push((Value::Null, format!(r#"missing required properties (["{name}"])"#)));
        }
        if !["CountryCode", "PhoneNumber"].contains(&name) {
            cases.push((" ".into(), format!("the argument {name} can not be empty")));
        }
        for (value, text) in cases {
            let mut contact = contact();
            contact[name] = value;
            let error = lab.refusal(A, "PutContactInformation", &json!({ "ContactInformation": contact }));
            assert_eq!((error.code, error.field), (Some("ValidationException"), None));
            assert!(error.message.contains(&text), "{name}: {} is not {text}", error.message);
        }
    }
    for phone in [" ", " +1", "1", "+x"] {
        let mut contact = contact();
        contact["PhoneNumber"] = phone.into();
        let error = lab.refusal(A, "PutContactInformation", &json!({ "ContactInformation": contact }));
        let text = format!(r#"[ECMA 262 regex "^[+][\s0-9()-]+$" does not match input string "{phone}"]"#);
        assert_eq!(error.message, text);
    }
    let mut contact = contact();
    contact["CountryCode"] = "G1".into();
    let error = lab.refusal(A, "PutContactInformation", &json!({ "ContactInformation": contact }));
    assert_eq!(error.field.unwrap().name, "CountryCode");
}

#[test]
fn alternate_contacts() {
    let mut lab = Lab::new();
    for kind in ["BILLING", "OPERATIONS", "SECURITY"] {
        let which = json!({ "AlternateContactType": kind });
        for operation in ["GetAlternateContact", "DeleteAlternateContact"] {
            let error = lab.refusal(A, operation, &which);
            assert_eq!((error.code, error.status), (Some("ResourceNotFoundException"), 404));
            assert_eq!(error.message, "No contact of the inputted alternate contact type found.");
        }
        lab.ok(M, "PutAlternateContact", &about(alternate(kind), A));
        let mut kept = alternate(kind);
        kept["EmailAddress"] = "Ana+ops@Example.com".into();
        assert_eq!(lab.ok(A, "GetAlternateContact", &which), json!({ "AlternateContact": kept }));
        // Put again, it replaces.
        let mut other = kept;
        other["Name"] = "Juan".into();
        lab.ok(A, "PutAlternateContact", &other);
        let shown = lab.ok(M, "GetAlternateContact", &about(which.clone(), A));
        assert_eq!(shown, json!({ "AlternateContact": other }));
    }
    // One goes, the others stay.
    lab.ok(A, "DeleteAlternateContact", &json!({ "AlternateContactType": "BILLING" }));
    lab.refusal(A, "GetAlternateContact", &json!({ "AlternateContactType": "BILLING" }));
    lab.ok(A, "GetAlternateContact", &json!({ "AlternateContactType": "SECURITY" }));
    lab.refusal(B, "GetAlternateContact", &json!({ "AlternateContactType": "SECURITY" }));
    assert!(lab.0.take_mails().is_empty(), "contacts get no mail");
}

#[test]
fn alternate_contacts_that_are_refused() {
    let mut lab = Lab::new();
    for operation in ["PutAlternateContact", "GetAlternateContact", "DeleteAlternateContact"] {
        for kind in ["operations", "Billing", "OTHER", ""] {
            let mut body = input(operation);
            body["AlternateContactType"] = kind.into();
            let error = lab.refusal(A, operation, &body);
            assert_eq!((error.code, error.status), (Some("AccessDeniedException"), 403));
            let text = format!(
                "User: arn:aws:iam::{A}:root is not authorized to perform: account:{operation} (You specified an \
                 invalid Alternate Contact type.)"
            );
            assert_eq!(error.message, text);
        }
        let mut body = input(operation);
        body["AlternateContactType"] = Value::Null;
        let error = lab.refusal(A, operation, &body);
        assert_eq!(error.message, r#"[object has missing required properties (["AlternateContactType"])]"#);
    }
    for (name, max, odd) in [
        ("Name", 64, None),
        ("Title", 50, None),
        ("EmailAddress", 254, Some("a@b")),
        ("PhoneNumber", 25, Some("x")),
    ] {
        let cases = [
            (Value::Null, format!(r#"missing required properties (["{name}"])"#)),
            ("".into(), "is too short".into()),
            ("1".repeat(max + 1).into(), format!("maximum allowed: {max}")),
        ];
        let odd = odd.map(|text| (text.into(), "ECMA 262 regex".to_owned()));
        for (value, text) in cases.into_iter().chain(odd) {
            let mut body = alternate("BILLING");
            body[name] = value;
            let error = lab.refusal(A, "PutAlternateContact", &body);
            assert_eq!(error.code, Some("ValidationException"));
            assert!(error.message.contains(&text), "{name}: {} is not {text}", error.message);
        }
    }
}

#[test]
fn a_profile_outlives_leaving_and_a_change_of_the_address() {
    let mut lab = Lab::new();
    lab.ok(A, "PutAlternateContact", &alternate("SECURITY"));
    let code = lab.start("new@example.com");
    lab.accept("new@example.com", &wrong(&code)).unwrap_err();
    lab.accept("new@example.com", &code).unwrap();
    lab.organizations(A, "LeaveOrganization", &json!({}));
    lab.0.advance(SECOND);
    lab.ok(A, "GetAlternateContact", &json!({ "AlternateContactType": "SECURITY" }));
    lab.ok(A, "PutAccountName", &json!({ "AccountName": "Free" }));
    assert_eq!(lab.0.account(id(A)).unwrap().email.as_str(), "new@example.com");
}

#[test]
fn a_contact_is_given_through_the_control_api() {
    let mut lab = Lab::new();
    let given = json!({ "Id": NOBODY, "Email": "new@example.com", "Name": "New", "Contact": contact() });
    let register = RegisterAccount { input: serde_json::from_value(given).unwrap(), key: false };
    lab.0.run(AccountId::NOBODY, &register).unwrap();
    let shown =
        |lab: &mut Lab| lab.ok(NOBODY, "GetContactInformation", &json!({}))["ContactInformation"].take();
    assert_eq!(shown(&mut lab), contact());
    let mut other = contact();
    other["City"] = "Leeds".into();
    lab.fact(NOBODY, json!({ "Contact": other.clone() }));
    assert_eq!(shown(&mut lab), other);
    other["City"] = " ".into();
    let wrong = serde_json::from_value(json!({ "Contact": other })).unwrap();
    let update = UpdateAccount { account: id(NOBODY), input: wrong };
    let error = lab.0.run(AccountId::NOBODY, &update).expect_err("it is taken");
    assert!(error.to_string().contains("the argument City can not be empty"), "{error}");
}
