use std::collections::BTreeMap;

use serde::Serialize;

use super::*;

const IAM: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

fn body<T: Serialize + ?Sized>(action: &str, output: &T) -> String {
    Envelope { action, namespace: IAM, request_id: "r-1" }.body(output).unwrap()
}

/// What stands inside the result, on one line.
fn inside<T: Serialize + ?Sized>(output: &T) -> String {
    let body = body("X", output);
    let start = "<XResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">";
    let end = "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></XResponse>";
    let line: String = body.lines().map(str::trim_start).collect();
    line.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).expect(&body).to_owned()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: &'static str,
    value: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Role {
    role_name: &'static str,
    description: Option<&'static str>,
    max_session_duration: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    role_last_used: RoleLastUsed,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoleLastUsed {
    region: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListRoles {
    roles: Vec<Role>,
    is_truncated: bool,
    marker: Option<&'static str>,
}

#[test]
fn lists_of_structures() {
    let role = Role {
        role_name: "App",
        description: Some("R&D"),
        max_session_duration: Some(3600),
        tags: vec![Tag { key: "a", value: "b" }, Tag { key: "c", value: "" }],
        role_last_used: RoleLastUsed { region: None },
    };
    let output = ListRoles { roles: vec![role], is_truncated: false, marker: None };
    assert_eq!(
        body("ListRoles", &output),
        r#"<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <ListRolesResult>
    <Roles>
      <member>
        <RoleName>App</RoleName>
        <Description>R&amp;D</Description>
        <MaxSessionDuration>3600</MaxSessionDuration>
        <Tags>
          <member>
            <Key>a</Key>
            <Value>b</Value>
          </member>
          <member>
            <Key>c</Key>
            <Value/>
          </member>
        </Tags>
        <RoleLastUsed/>
      </member>
    </Roles>
    <IsTruncated>false</IsTruncated>
  </ListRolesResult>
  <ResponseMetadata>
    <RequestId>r-1</RequestId>
  </ResponseMetadata>
</ListRolesResponse>
"#
    );
}

#[test]
fn an_empty_list_is_an_empty_element() {
    let output = ListRoles { roles: vec![], is_truncated: true, marker: Some("AAF+/=") };
    assert_eq!(
        inside(&output),
        "<XResult><Roles/><IsTruncated>true</IsTruncated><Marker>AAF+/=</Marker></XResult>"
    );
}

#[test]
fn maps_have_entries() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Output {
        summary_map: BTreeMap<&'static str, u32>,
        nested: BTreeMap<u8, Vec<Tag>>,
        empty: BTreeMap<String, String>,
    }
    let output = Output {
        summary_map: [("Users", 3), ("Roles", 0)].into(),
        nested: [(1, vec![Tag { key: "<", value: "v" }])].into(),
        empty: BTreeMap::new(),
    };
    assert_eq!(
        inside(&output),
        "<XResult><SummaryMap><entry><key>Roles</key><value>0</value></entry>\
         <entry><key>Users</key><value>3</value></entry></SummaryMap>\
         <Nested><entry><key>1</key><value><member><Key>&lt;</Key><Value>v</Value></member></value></entry></Nested>\
         <Empty/></XResult>"
    );
}

/// DeleteRole has no output in the model, UpdateRole one without members.
#[test]
fn no_output_and_an_empty_one() {
    #[derive(Serialize)]
    struct Empty {}
    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct Nothing {
        nothing: Option<()>,
    }
    assert_eq!(
        body("DeleteRole", &()),
        "<DeleteRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n  <ResponseMetadata>\n    \
         <RequestId>r-1</RequestId>\n  </ResponseMetadata>\n</DeleteRoleResponse>\n"
    );
    assert_eq!(inside(&Empty {}), "<XResult/>");
    assert_eq!(inside(&Unit), "<XResult/>");
    assert_eq!(inside(&Nothing { nothing: None }), "<XResult/>");
}

#[test]
fn scalars_have_their_spelling() {
    #[derive(Serialize)]
    enum Status {
        Active,
    }
    #[derive(Serialize)]
    struct Id(u64);
    #[derive(Serialize)]
    struct Output {
        status: Status,
        id: Id,
        least: i64,
        character: char,
        half: f64,
        whole: f32,
        pair: (bool, u8),
        #[serde(serialize_with = "as_bytes")]
        blob: &'static [u8],
    }
    fn as_bytes<S: serde::Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }
    let output = Output {
        status: Status::Active,
        id: Id(u64::MAX),
        least: i64::MIN,
        character: '<',
        half: -0.5,
        whole: 20.0,
        pair: (true, 7),
        blob: b"\0\xff",
    };
    assert_eq!(
        inside(&output),
        "<XResult><status>Active</status><id>18446744073709551615</id><least>-9223372036854775808</least>\
         <character>&lt;</character><half>-0.5</half><whole>20</whole><pair><member>true</member><member>7</member></pair>\
         <blob>AP8=</blob></XResult>"
    );
}

#[test]
fn white_space_at_the_ends_of_a_text_is_kept() {
    #[derive(Serialize)]
    struct Output {
        text: &'static str,
    }
    assert!(body("X", &Output { text: "  \n\t " }).contains("    <text>  \n\t </text>\n"));
    assert!(body("X", &Output { text: "]]>" }).contains("<text>]]&gt;</text>"));
}

#[test]
fn what_the_wire_cannot_say_is_refused() {
    #[derive(Serialize)]
    enum Data {
        New(u8),
        Tuple(u8, u8),
        Struct { member: u8 },
    }
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("broken"))
        }
    }
    let error = |output: &dyn Fn(&Envelope<'_>) -> Result<String, WriteError>| {
        output(&Envelope { action: "X", namespace: IAM, request_id: "r" }).unwrap_err()
    };
    for data in [Data::New(1), Data::Tuple(1, 2), Data::Struct { member: 1 }] {
        assert_eq!(error(&|envelope| envelope.body(&[&data])), WriteError::Variant);
    }
    assert_eq!(error(&|envelope| envelope.body(&[f64::NAN])), WriteError::Number);
    assert_eq!(error(&|envelope| envelope.body(&[f32::INFINITY])), WriteError::Number);
    assert_eq!(error(&|envelope| envelope.body(&Broken)), WriteError::Output("broken".into()));
}
