//! The primary address: changed with a code, and what refuses it.

use super::*;

#[test]
fn a_new_address() {
    let mut lab = Lab::new();
    let old = format!("root+{A}@lab.example");
    lab.fact(A, json!({ "EmailVerified": false }));
    let code = lab.start("New@Example.com");
    assert_eq!(lab.listed(A)["Email"], old, "nothing changes before the code");
    assert_eq!(lab.accept("new@example.com", &code), Ok(json!({ "Status": "ACCEPTED" })));

    let shown = lab.ok(M, "GetPrimaryEmail", &json!({ "AccountId": A }));
    assert_eq!(shown, json!({ "PrimaryEmail": "New@Example.com" }), "as it was started");
    assert_eq!(lab.listed(A)["Email"], "New@Example.com");
    assert!(lab.0.account(id(A)).unwrap().facts.email_verified, "the code proves it");
    assert_eq!((lab.0.holder(&old), lab.0.holder("new@example.com")), (None, Some(id(A))));
    let mails = lab.0.take_mails();
    let [
        Mail {
            to,
            kind: MailKind::PrimaryEmailChanged,
            about: Content::Account(AccountNews { account, address: Some(address), .. }),
            ..
        },
    ] = &mails[..]
    else {
        panic!("not one notice: {mails:?}")
    };
    assert_eq!((to.as_str(), *account, address.as_str()), (&*old, id(A), "New@Example.com"));

    // The code is spent, and the old address is free.
    assert_eq!(lab.accept("new@example.com", &code), Err(AccountError::NoEmailUpdate.answer()));
    lab.register(NOBODY, &old);
}

#[test]
fn an_address_that_is_taken() {
    let mut lab = Lab::new();
    for taken in [format!("ROOT+{ALONE}@lab.example"), format!("root+{A}@lab.example")] {
        let input = json!({ "AccountId": A, "PrimaryEmail": taken });
        let error = lab.refusal(M, "StartPrimaryEmailUpdate", &input);
        assert_eq!((error.code, error.status), (Some("ConflictException"), 409));
    }
    // Taken between start and acceptance.
    let code = lab.start("new@example.com");
    lab.register(NOBODY, "NEW@example.com");
    let input = json!({ "AccountId": A, "PrimaryEmail": "new@example.com", "Otp": code });
    assert_eq!(lab.refusal(M, "AcceptPrimaryEmailUpdate", &input), AccountError::EmailTaken.answer());
    assert_eq!(lab.0.holder("new@example.com"), Some(id(NOBODY)));
}

#[test]
fn two_accounts_that_want_one_address() {
    let mut lab = Lab::new();
    let first = lab.start("new@example.com");
    let input = json!({ "AccountId": B, "PrimaryEmail": "new@example.com" });
    lab.ok(M, "StartPrimaryEmailUpdate", &input);
    let Content::Verification(Verification { code, .. }) = &lab.0.take_mails()[0].about else {
        panic!("no code")
    };
    lab.accept("new@example.com", &first).unwrap();
    let input = json!({ "AccountId": B, "PrimaryEmail": "new@example.com", "Otp": code });
    assert_eq!(lab.refusal(M, "AcceptPrimaryEmailUpdate", &input), AccountError::EmailTaken.answer());
}

#[test]
fn codes_that_are_refused() {
    let mut lab = Lab::new();
    assert_eq!(lab.accept("new@example.com", "123456"), Err(AccountError::NoEmailUpdate.answer()));
    let first = lab.start("first@example.com");
    assert_eq!(lab.accept("other@example.com", &first), Err(AccountError::OtherEmail.answer()));
    // Starting anew makes the earlier code worthless.
    let second = lab.start("second@example.com");
    assert_eq!(lab.accept("first@example.com", &first), Err(AccountError::OtherEmail.answer()));
    if first != second {
        assert_eq!(lab.accept("second@example.com", &first), Err(AccountError::WrongCode.answer()));
    }
    assert!(lab.accept("second@example.com", &second).is_ok());
    for bad in ["", "12345", "1234567", "12 456"] {
        let error = lab.accept("new@example.com", bad).unwrap_err();
        let text = format!(r#"[ECMA 262 regex "^[a-zA-Z0-9]{{6}}$" does not match input string "{bad}"]"#);
        assert_eq!((error.code, error.message.as_ref()), (Some("ValidationException"), &*text));
    }
}

#[test]
fn five_wrong_codes_make_a_change_void() {
    for (tries, expected) in [(4, Ok(())), (5, Err(AccountError::NoEmailUpdate.answer()))] {
        let mut lab = Lab::new();
        let code = lab.start("new@example.com");
        for _ in 0..tries {
            assert_eq!(lab.accept("new@example.com", &wrong(&code)), Err(AccountError::WrongCode.answer()));
        }
        assert_eq!(lab.accept("new@example.com", &code).map(|_| ()), expected, "{tries} tries");
        if expected.is_err() {
            // A new one starts over.
            let code = lab.start("new@example.com");
            assert_eq!(lab.accept("new@example.com", &wrong(&code)), Err(AccountError::WrongCode.answer()));
            assert!(lab.accept("new@example.com", &code).is_ok());
        }
    }
}

#[test]
fn a_code_is_good_for_a_day() {
    for (after, expected) in [(DAY - 1, Ok(())), (DAY, Err(AccountError::NoEmailUpdate.answer()))] {
        let mut lab = Lab::new();
        let code = lab.start("new@example.com");
        lab.0.advance(after);
        assert_eq!(lab.accept("new@example.com", &code).map(|_| ()), expected, "after {after} ms");
    }
}

#[test]
fn an_account_that_left_is_out_of_reach() {
    let mut lab = Lab::new();
    let code = lab.start("new@example.com");
    lab.organizations(A, "LeaveOrganization", &json!({}));
    let error = lab.accept("new@example.com", &code).unwrap_err();
    assert!(error.message.ends_with(DENIED), "{}", error.message);
}

#[test]
fn an_account_that_is_closed_keeps_its_address() {
    let mut lab = Lab::new();
    let old = format!("root+{A}@lab.example");
    let code = lab.start("new@example.com");
    lab.organizations(M, "CloseAccount", &json!({ "AccountId": A }));
    // Being closed, and closed.
    for _ in 0..2 {
        let error = lab.accept("new@example.com", &code).unwrap_err();
        assert!(error.message.ends_with(DENIED), "{}", error.message);
        let input = json!({ "AccountId": A, "PrimaryEmail": "newer@example.com" });
        let error = lab.refusal(M, "StartPrimaryEmailUpdate", &input);
        assert!(error.message.ends_with(DENIED), "{}", error.message);
        lab.0.advance(10 * SECOND);
    }
    assert_eq!(lab.listed(A)["State"], "CLOSED");
    assert_eq!(lab.0.holder(&old), Some(id(A)));
    assert_eq!(lab.ok(M, "GetPrimaryEmail", &json!({ "AccountId": A })), json!({ "PrimaryEmail": old }));
}

#[test]
fn a_pair_that_manages_has_to_verify_the_new_address() {
    let mut lab = Lab::new();
    lab.register("777777777777", "gov@example.com");
    lab.fact("777777777777", json!({ "Partition": "aws-us-gov" }));
    lab.fact(M, json!({ "GovCloudAccountId": "777777777777" }));
    let asked = json!({ "Email": "pair@example.com", "AccountName": "Pair" });
    let asked = lab.organizations(M, "CreateGovCloudAccount", &asked)["CreateAccountStatus"]["Id"].clone();
    lab.0.advance(SECOND);
    let made =
        lab.organizations(M, "DescribeCreateAccountStatus", &json!({ "CreateAccountRequestId": asked }));
    let pair = made["CreateAccountStatus"]["GovCloudAccountId"].as_str().unwrap().to_owned();
    let first = made["CreateAccountStatus"]["AccountId"].as_str().unwrap().to_owned();
    let ready = json!({ "EmailVerified": true, "PaymentInstrument": true, "PhoneVerified": true, "CustomerAgreement": true });
    lab.fact(&pair, ready);
    lab.organizations(&pair, "CreateOrganization", &json!({}));
    lab.0.take_mails();

    let start = json!({ "AccountId": first, "PrimaryEmail": "new@example.com" });
    lab.ok(M, "StartPrimaryEmailUpdate", &start);
    let Content::Verification(Verification { code, .. }) = &lab.0.take_mails()[0].about else {
        panic!("no code")
    };
    let accept = json!({ "AccountId": first, "PrimaryEmail": "new@example.com", "Otp": code });
    lab.ok(M, "AcceptPrimaryEmailUpdate", &accept);
    let account = |lab: &Lab, text: &str| lab.0.account(id(text)).unwrap().clone();
    assert!(account(&lab, &first).facts.email_verified);
    let pair = account(&lab, &pair);
    assert_eq!((pair.email.as_str(), pair.facts.email_verified), ("new@example.com", false));
    assert!(pair.email_code.is_none());
}

#[test]
fn addresses_that_are_none() {
    let mut lab = Lab::new();
    for operation in ["StartPrimaryEmailUpdate", "AcceptPrimaryEmailUpdate"] {
        for (address, text) in [
            (Value::Null, Some(r#"[object has missing required properties (["PrimaryEmail"])]"#.to_owned())),
            ("a@b".into(), Some(r#"[string "a@b" is too short (length: 3, required minimum: 5)]"#.into())),
            ("a@b.c".into(), None),
            ("plainaddress".into(), None),
            ("a b@example.com".into(), None),
        ] {
            let mut body = about(input(operation), A);
            body["PrimaryEmail"] = address;
            let error = lab.refusal(M, operation, &body);
            assert_eq!(error.code, Some("ValidationException"));
            match text {
                Some(text) => assert_eq!(error.message, text),
                None => assert_eq!(error.field.unwrap().name, "PrimaryEmail"),
            }
        }
        let mut body = about(input(operation), A);
        body["PrimaryEmail"] = format!("{}@example.com", "x".repeat(53)).into();
        assert!(lab.refusal(M, operation, &body).message.contains("maximum allowed: 64"));
    }
}

#[test]
fn invitations_stay_at_the_address_they_were_sent_to() {
    let mut lab = Lab::new();
    let invite = |lab: &mut Lab, address: &str| {
        let target = json!({ "Target": { "Id": address, "Type": "EMAIL" } });
        lab.organizations(OTHER, "InviteAccountToOrganization", &target)["Handshake"]["Id"].clone()
    };
    let to_old = invite(&mut lab, &format!("root+{A}@lab.example"));
    let to_new = invite(&mut lab, "new@example.com");
    // One that A accepts is A's, whoever has the address later.
    let target = json!({ "Target": { "Id": format!("root+{A}@lab.example"), "Type": "EMAIL" } });
    let own = lab.organizations(M, "InviteAccountToOrganization", &target)["Handshake"]["Id"].clone();
    lab.0.run(id(A), &*command("AcceptHandshake", &json!({ "HandshakeId": own }))).unwrap_err();
    lab.0.take_mails();
    let received = |lab: &mut Lab, caller: &str| {
        let list = lab.organizations(caller, "ListHandshakesForAccount", &json!({}));
        let ids = list["Handshakes"].as_array().unwrap().iter().map(|h| h["Id"].clone());
        ids.collect::<Vec<_>>()
    };
    assert!(received(&mut lab, A).contains(&to_old));
    let code = lab.start("new@example.com");
    lab.accept("new@example.com", &code).unwrap();
    let now = received(&mut lab, A);
    assert!(now.contains(&to_new) && now.contains(&own) && !now.contains(&to_old), "{now:?}");
    // Who takes the old address finds the other one.
    lab.register(NOBODY, &format!("root+{A}@lab.example"));
    assert_eq!(received(&mut lab, NOBODY), [to_old]);
    lab.0.take_mails();
    lab.organizations(A, "AcceptHandshake", &json!({ "HandshakeId": to_new }));
    let to: Vec<_> = lab.0.take_mails().iter().map(|m| m.to.to_string()).collect();
    assert!(to.contains(&"new@example.com".to_owned()), "{to:?}");
}

#[test]
fn what_became_of_a_new_address() {
    let mut lab = Lab::new();
    let about_a = json!({ "AccountId": A });
    let shown = |lab: &mut Lab| {
        let shown = lab.ok(M, "GetPrimaryEmailUpdateStatus", &about_a);
        assert_eq!(shown, lab.ok(A, "GetPrimaryEmailUpdateStatus", &json!({})), "the member sees the same");
        (shown["Status"].as_str().unwrap().to_owned(), shown["UpdatedAt"].as_i64().unwrap())
    };
    for (caller, input) in [(M, about_a.clone()), (M, json!({})), (A, json!({})), (ALONE, json!({}))] {
        let none = lab.refusal(caller, "GetPrimaryEmailUpdateStatus", &input);
        assert_eq!(none, AccountError::NoEmailUpdate.answer());
    }
    let start = lab.0.now().seconds();
    let code = lab.start("new@example.com");
    lab.0.advance(5 * SECOND);
    assert_eq!(shown(&mut lab), ("PENDING".into(), start));
    lab.accept("new@example.com", &code).unwrap();
    lab.0.take_mails();
    assert_eq!(shown(&mut lab), ("COMPLETED".into(), start + 5));
    // Nobody accepts: it fails when the code is void.
    lab.start("late@example.com");
    lab.0.advance(DAY - 1);
    assert_eq!(shown(&mut lab), ("PENDING".into(), start + 5));
    lab.0.advance(1);
    assert_eq!(shown(&mut lab), ("FAILED".into(), start + 5 + DAY / SECOND));
    // Or when the code is guessed at.
    let code = lab.start("guessed@example.com");
    for _ in 0..5 {
        lab.accept("guessed@example.com", &wrong(&code)).unwrap_err();
    }
    assert_eq!(shown(&mut lab), ("FAILED".into(), start + 5 + DAY / SECOND));
}

#[test]
fn three_new_addresses_are_started_in_thirty_seconds() {
    let mut lab = Lab::new();
    for n in 0..3 {
        lab.start(&format!("new{n}@example.com"));
        lab.0.advance(SECOND);
    }
    let input = json!({ "AccountId": A, "PrimaryEmail": "new3@example.com" });
    let error = lab.refusal(M, "StartPrimaryEmailUpdate", &input);
    assert_eq!((error.code, error.status), (Some("TooManyRequestsException"), 429));
    // Of each member.
    lab.ok(M, "StartPrimaryEmailUpdate", &json!({ "AccountId": B, "PrimaryEmail": "b@example.com" }));
    lab.0.take_mails();
    lab.0.advance(27 * SECOND - 1);
    assert_eq!(
        lab.refusal(M, "StartPrimaryEmailUpdate", &input),
        account::errors::error_answer(&Refusal::TooManyRequests)
    );
    lab.0.advance(1);
    lab.start("new3@example.com");
    assert_eq!(
        lab.refusal(M, "StartPrimaryEmailUpdate", &input),
        account::errors::error_answer(&Refusal::TooManyRequests)
    );
}
