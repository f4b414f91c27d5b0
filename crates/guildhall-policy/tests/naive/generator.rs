//! Random worlds, from a seed.

use serde_json::{Value, json};

use crate::oracle::{Caller, DATES, Key, World};

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % n as u64) as usize
    }

    /// True once in `n` times.
    pub(crate) fn once(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

pub(crate) const ME: &str = "222222222222";
pub(crate) const YOU: &str = "333333333333";
const PROVIDER: &str = "accounts.example.com";

const ACTIONS: [&str; 11] = [
    "s3:GetObject",
    "s3:PutObject",
    "S3:ListAllMyBuckets",
    "sqs:SendMessage",
    "kms:Decrypt",
    "kms:RetireGrant",
    "sts:AssumeRole",
    "ec2:RunInstances",
    "iam:CreateUser",
    "organizations:ListAccounts",
    "organizations:AttachPolicy",
];
const RESOURCES: [&str; 8] = [
    "*",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/home/ada:1",
    "arn:aws:sqs:eu-west-1:222222222222:q",
    "arn:aws:kms:eu-west-1:333333333333:key/k",
    "arn:aws:iam::222222222222:role/r",
    "arn:aws:s3:::a*b",
    "arn:aws:organizations::333333333333:policy/o-a/tag_policy/p-1",
];
pub(crate) const KEYS: [&str; 9] = [
    "aws:username",
    "aws:PrincipalTag/team",
    "aws:RequestedRegion",
    "aws:SourceIp",
    "aws:CurrentTime",
    "aws:TagKeys",
    "aws:SourceArn",
    "test:number",
    "test:flag",
];
const TEXTS: [&str; 27] = [
    "ada",
    "ADA",
    "red",
    "eu-west-1",
    "us-east-1",
    "",
    "true",
    "false",
    "yes",
    "10.0.0.7",
    "192.000.2.1",
    "2001:db8::1",
    "not-an-ip",
    "arn:aws:s3:::b/k",
    "arn:aws:sns:eu-west-1:222222222222:topic-red",
    "5",
    "05.0",
    "-3",
    "1e1",
    "1767225600",
    "ΟΣ",
    "ος",
    "YQ==",
    "a*",
    "a😀",
    "::ffff:10.0.0.7",
    "2001:db8::192.0.2.1",
];
const WANTED: [&str; 40] = [
    "ada",
    "Ada",
    "red",
    "eu-west-1",
    "eu-*",
    "*",
    "?da",
    "a*a",
    "*e*",
    "",
    "true",
    "false",
    "yes",
    "10.0.0.0/8",
    "10.0.0.9/29",
    "192.0.2.1",
    "2001:db8::/32",
    "0.0.0.0/0",
    "bad/ip",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::*",
    "arn:aws:sns:*:*:topic-${aws:PrincipalTag/team}",
    "arn:*:s3:::?/k",
    "arn:aws:sns:*:topic-red",
    "not-an-arn",
    "${aws:SourceArn}",
    "${aws:username}",
    "${aws:username, 'ada'}",
    "${aws:TagKeys, 'red'}",
    "a${*}",
    "x${?}${$}",
    "5",
    "+5.00",
    "10",
    "a?",
    "*a??",
    "A😀",
    "2001:db8::1/32",
    "::ffff:10.0.0.0/104",
    "::/0",
];
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

fn one_or_many(r: &mut Random, mut make: impl FnMut(&mut Random) -> Value) -> Value {
    match r.below(5) {
        0..3 => make(r),
        n => Value::Array((0..n - 2).map(|_| make(r)).collect()),
    }
}

/// A pattern that has a fair chance to fit one of the texts.
fn blur(r: &mut Random, text: &str, from: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut n = 0;
    while n < chars.len() {
        match r.below(12) {
            0 if n >= from && chars[n] != ':' => out.push('?'),
            1 if n >= from => {
                out.push('*');
                n += r.below(4);
                continue;
            }
            _ => out.push(chars[n]),
        }
        n += 1;
    }
    out
}

fn action(r: &mut Random, kind: &str) -> Value {
    let pick = ACTIONS[r.below(ACTIONS.len())];
    let service = pick.find(':').unwrap() + 1;
    match r.below(4) {
        0 if kind != "rcp" => json!("*"),
        0 | 1 => json!(format!("{}*", &pick[..service])),
        2 => json!(pick),
        _ => {
            let blurred = blur(r, pick, service);
            json!(if blurred.ends_with(':') { format!("{blurred}*") } else { blurred })
        }
    }
}

fn supported(action: &Value) -> bool {
    let action = action.as_str().unwrap().to_lowercase();
    ["s3:", "sqs:", "kms:", "sts:"].iter().any(|s| action.starts_with(s))
}

fn resource(r: &mut Random, kind: &str) -> Value {
    match r.below(5) {
        0..2 => json!("*"),
        2 if r.once(3) => json!("arn:aws:s3:${aws:PrincipalTag/none, ''}::b/home/${aws:username}*"),
        2 if r.once(3) => json!("arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:*"),
        2 if r.once(3) => json!("arn:${aws:PrincipalTag/team, 'aws'}:${aws:PrincipalTag/none, 's3'}:::b/*"),
        2 => json!("arn:aws:s3:::b/home/${aws:username}*"),
        // IAM takes these, and they mean nothing.
        3 if kind == "identity" && r.once(6) => json!(r.of(&["arn:aws:s3", "arn:aws:anything"])),
        _ => {
            let pick = RESOURCES[1 + r.below(RESOURCES.len() - 1)];
            let blurred = blur(r, pick, 4);
            // The blur may have eaten a colon.
            json!(if blurred.splitn(6, ':').count() == 6 { blurred } else { pick.to_owned() })
        }
    }
}

fn principal(r: &mut Random, kind: &str) -> Value {
    match r.below(10) {
        // The organization's policy names no providers.
        _ if kind == "organization" => {}
        0 => return json!({"Federated": [PROVIDER], "AWS": "AIDAEXAMPLEEXAMPLE12"}),
        1 => return json!({"Federated": PROVIDER}),
        _ => {}
    }
    let aws = [
        "222222222222",
        "333333333333",
        "arn:aws:iam::222222222222:root",
        "arn:aws:iam::222222222222:user/ada",
        "arn:aws:iam::222222222222:role/r",
        "arn:aws:sts::222222222222:assumed-role/r/s",
        "*",
        "arn:aws:sts::222222222222:federated-user/f",
        "arn:aws:iam::333333333333:role/r",
    ];
    match r.below(6) {
        0 => json!("*"),
        1 => json!({"Service": ["x.amazonaws.com"], "AWS": r.of(&aws)}),
        _ => json!({"AWS": one_or_many(r, |r| json!(r.of(&aws)))}),
    }
}

fn wanted(r: &mut Random, operator: &str) -> Value {
    if operator.starts_with("Binary") {
        return json!(r.of(&["YQ==", "YWI=", ""]));
    }
    if operator.starts_with("Date") && !r.once(4) {
        return json!(DATES[r.below(DATES.len())].0);
    }
    if operator.starts_with("Numeric") && r.once(3) {
        return json!([5, 10, -3][r.below(3)]);
    }
    json!(WANTED[r.below(WANTED.len())])
}

fn conditions(r: &mut Random) -> Value {
    let mut blocks = serde_json::Map::new();
    for _ in 0..1 + r.below(2) {
        let operator = OPERATORS[r.below(OPERATORS.len())];
        let mut name = operator.to_owned();
        if operator != "Null" {
            if r.once(4) {
                name.push_str("IfExists");
            }
            name = match r.below(6) {
                0 => format!("ForAllValues:{name}"),
                1 => format!("ForAnyValue:{name}"),
                _ => name,
            };
        }
        if r.once(8) {
            name = name.to_lowercase();
        }
        let mut keys = serde_json::Map::new();
        for _ in 0..1 + usize::from(r.once(5)) {
            let wanted = one_or_many(r, |r| wanted(r, operator));
            // Keys that suit the operator are likelier.
            let suits = match &operator[..2] {
                "Da" => "aws:CurrentTime",
                "Nu" if operator != "Null" => "test:number",
                "Ip" | "No" => "aws:SourceIp",
                "Ar" => "aws:SourceArn",
                "Bo" => "test:flag",
                _ => KEYS[r.below(KEYS.len())],
            };
            let key = if r.once(3) { KEYS[r.below(KEYS.len())] } else { suits };
            keys.insert(key.to_owned(), wanted);
        }
        blocks.insert(name, Value::Object(keys));
    }
    Value::Object(blocks)
}

/// A statement of an `scp`, `rcp`, `identity`, `resource`, `trust` or `organization` policy.
fn statement(r: &mut Random, kind: &str) -> Value {
    let mut s = serde_json::Map::new();
    let deny = kind == "rcp" || r.once(3);
    s.insert("Effect".into(), json!(if deny { "Deny" } else { "Allow" }));
    let mut actions = one_or_many(r, |r| match kind {
        "trust" => json!(r.of(&["sts:AssumeRole", "sts:*", "STS:AssumeRole", "sts:TagSession"])),
        "organization" => {
            json!(r.of(&["organizations:List*", "organizations:AttachPolicy", "organizations:*ListA*"]))
        }
        _ => action(r, kind),
    });
    if kind == "rcp" {
        let list: Vec<Value> = actions.as_array().cloned().unwrap_or(vec![actions]);
        let list: Vec<Value> = list.into_iter().filter(supported).collect();
        actions = if list.is_empty() { json!("s3:*") } else { Value::Array(list) };
    }
    let not =
        |r: &mut Random, n: usize, name: &str| if r.once(n) { format!("Not{name}") } else { name.to_owned() };
    let plain = matches!(kind, "rcp" | "organization");
    let action_name = if plain { "Action".to_owned() } else { not(r, 5, "Action") };
    s.insert(action_name, actions);
    match kind {
        "trust" => {}
        "organization" => {
            let one = r.of(&["*", "arn:aws:organizations::*:policy/*", "arn:aws:organizations::*:account/*"]);
            s.insert("Resource".into(), json!(one));
        }
        _ => {
            let resource_name = not(r, 5, "Resource");
            s.insert(resource_name, one_or_many(r, |r| resource(r, kind)));
        }
    }
    if kind == "rcp" {
        s.insert("Principal".into(), r.of(&[&json!("*"), &json!({"AWS": "*"})]).clone());
    }
    if matches!(kind, "resource" | "trust" | "organization") {
        let name = if plain { "Principal".to_owned() } else { not(r, 8, "Principal") };
        s.insert(name, principal(r, kind));
    }
    if deny || r.once(3) {
        let mut conditions = conditions(r);
        // IAM takes conditions without values.
        if matches!(kind, "identity" | "trust") && r.once(8) {
            conditions["StringNotEquals"] = json!({"aws:username": []});
        }
        s.insert("Condition".into(), conditions);
    }
    Value::Object(s)
}

fn document(r: &mut Random, kind: &str) -> Value {
    let statements: Vec<Value> = (0..1 + r.below(3)).map(|_| statement(r, kind)).collect();
    let statements =
        if statements.len() == 1 && r.once(2) { statements[0].clone() } else { Value::Array(statements) };
    match r.below(6) {
        0 => json!({"Version": "2008-10-17", "Statement": statements}),
        1 => json!({"Statement": statements}),
        _ => json!({"Version": "2012-10-17", "Statement": statements}),
    }
}

pub(crate) fn full(kind: &str) -> Value {
    let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    if kind == "rcp" {
        statement["Principal"] = json!("*");
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn levels(r: &mut Random, kind: &str) -> Option<Vec<Vec<Value>>> {
    if r.once(4) {
        return None;
    }
    let count = if r.once(30) { 0 } else { 1 + r.below(3) };
    let node = |r: &mut Random| {
        let mut policies: Vec<Value> = (0..r.below(3)).map(|_| document(r, kind)).collect();
        if !r.once(20) {
            policies.push(full(kind));
        }
        policies
    };
    Some((0..count).map(|_| node(r)).collect())
}

/// The policies of a world; [`ask`] gives it a request.
pub(crate) fn policies(r: &mut Random) -> World {
    let identity = if !r.once(3) {
        vec![full("identity")]
    } else {
        (0..r.below(3)).map(|_| document(r, "identity")).collect()
    };
    let language = match r.below(6) {
        0 => "trust",
        1 => "organization",
        _ => "resource",
    };
    World {
        language,
        scps: levels(r, "scp"),
        rcps: levels(r, "rcp"),
        identity,
        boundary: r.once(6).then(|| document(r, "identity")),
        session: r.once(6).then(|| (0..r.below(3)).map(|_| document(r, "identity")).collect()),
        policy: (!r.once(3)).then(|| document(r, language)),
        ..World::default()
    }
}

pub(crate) fn key(r: &mut Random, name: &str) -> Option<Key> {
    let value = |r: &mut Random| {
        if name == "aws:CurrentTime" && !r.once(4) {
            DATES[r.below(DATES.len())].0.to_owned()
        } else {
            TEXTS[r.below(TEXTS.len())].to_owned()
        }
    };
    match r.below(8) {
        0..2 => None,
        2 => Some(Key::Multi((0..r.below(4)).map(|_| value(r)).collect())),
        _ if name == "aws:TagKeys" => Some(Key::Multi((0..1 + r.below(2)).map(|_| value(r)).collect())),
        _ => Some(Key::Single(value(r))),
    }
}

pub(crate) fn ask(r: &mut Random, world: &mut World) {
    let me = |kind: &str, arn: &str| Caller {
        kind: kind.into(),
        account: ME.into(),
        arn: arn.into(),
        ..Caller::default()
    };
    let role = Caller {
        role: "arn:aws:iam::222222222222:role/r".into(),
        ..me("role", "arn:aws:sts::222222222222:assumed-role/r/s")
    };
    world.caller = match r.below(13) {
        0 => me("root", "arn:aws:iam::222222222222:root"),
        1 => me("federated", "arn:aws:sts::222222222222:federated-user/f"),
        2 => Caller { kind: "service".into(), arn: "x.amazonaws.com".into(), ..Caller::default() },
        3 => Caller { kind: "anonymous".into(), ..Caller::default() },
        4 => Caller { service_linked: true, ..role },
        5..8 => role,
        8 => Caller { kind: "provided".into(), arn: PROVIDER.into(), ..Caller::default() },
        _ => me("user", "arn:aws:iam::222222222222:user/ada"),
    };
    world.caller_management = r.once(8);
    world.action = ACTIONS[r.below(ACTIONS.len())].to_owned();
    // Mostly what the resource's policy is about.
    match world.language {
        "trust" if !r.once(4) => world.action = "sts:AssumeRole".to_owned(),
        "organization" if !r.once(4) => world.action = r.of(&ACTIONS[9..]).to_owned(),
        _ => {}
    }
    on(r, world);
    world.context = KEYS.iter().filter_map(|k| key(r, k).map(|v| (k.to_lowercase(), v))).collect();
}

/// Gives the request another resource.
pub(crate) fn on(r: &mut Random, world: &mut World) {
    world.resource = RESOURCES[r.below(RESOURCES.len())].to_owned();
    world.owner = if r.once(5) { YOU.into() } else { ME.into() };
    world.owner_management = r.once(8);
    world.aws_managed = r.once(8);
    world.decides = world.language == "trust" || r.once(12);
    world.owner_allows = r.once(10);
}

/// A world in which one statement with conditions is all there is.
pub(crate) fn only_conditions(r: &mut Random) -> World {
    let allow = serde_json::json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let mut tested = allow.clone();
    tested["Condition"] = conditions(r);
    let mut statements = vec![allow];
    if r.once(2) {
        statements.clear();
    } else {
        tested["Effect"] = "Deny".into();
    }
    statements.push(tested);
    let version = if r.once(8) { "2008-10-17" } else { "2012-10-17" };
    World { identity: vec![json!({"Version": version, "Statement": statements})], ..World::default() }
}
