//! Resource types that tag policies can name (policies.md 4.3 and 6): AWS's table of services and resource types that
//! support enforcement. A line is a service, with the types that can be enforced and reported, those that can only be
//! enforced, and those of which only missing tags are reported.

use super::tag_resources_earlier as earlier;

/// Services of which all types cannot be named with `*`, which AWS's guide and examples had before `ALL_SUPPORTED`:
/// these were seen refused. It is taken of all others.
const WITHOUT_STAR: &[&str] = &["backup", "ecs", "elasticmapreduce"];

/// Whether a policy may enforce tags for this: a type, or all types of a service.
pub(super) fn enforceable_or_all(name: &str) -> bool {
    name.split_once(':').is_some_and(|(service, kind)| {
        enforceable(service, kind)
            || (kind == "*" && has_enforceable(service) && !WITHOUT_STAR.contains(&service))
    })
}

/// Whether tags can be enforced for this type of a service, today or as AWS once listed it; `ALL_SUPPORTED` counts as
/// one.
pub(in super::super) fn enforceable(service: &str, kind: &str) -> bool {
    line(service).is_some_and(|(_, both, enforced, _)| lists(both, kind) || lists(enforced, kind))
        || earlier::enforced(service).any(|types| lists(types, kind))
}

fn has_enforceable(service: &str) -> bool {
    line(service).is_some_and(|(_, both, enforced, _)| !both.is_empty() || !enforced.is_empty())
        || earlier::enforced(service).any(|types| !types.is_empty())
}

/// Whether missing tags can be reported for this.
pub(super) fn reportable(name: &str) -> bool {
    name.split_once(':').is_some_and(|(service, kind)| {
        line(service).is_some_and(|(_, both, _, reported)| lists(both, kind) || lists(reported, kind))
            || earlier::reported(service).any(|types| lists(types, kind))
    })
}

fn line(service: &str) -> Option<&'static Line> {
    LINES.iter().find(|(name, ..)| *name == service)
}

fn lists(types: &str, kind: &str) -> bool {
    types.split_whitespace().any(|known| known == kind)
}

type Line = (&'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const LINES: &[Line] = &[
    ("access-analyzer", "", "", "analyzer"),
    ("acm", "ALL_SUPPORTED certificate", "", ""),
    ("acm-pca", "ALL_SUPPORTED certificate-authority", "", ""),
    ("airflow", "", "", "environment"),
    ("amplify", "", "", "apps"),
    ("amplifyuibuilder", "", "ALL_SUPPORTED app/environment/components", ""),
    ("aoss", "ALL_SUPPORTED collection", "", ""),
    ("apigateway", "", "ALL_SUPPORTED apikeys domainnames restapis", ""),
    ("app-integrations", "", "", "application data-integration event-integration"),
    ("appconfig", "application application/configurationprofile application/environment deploymentstrategy", "application/environment/deployment", "extension extensionassociation"),
    ("appflow", "", "", "flow"),
    ("application-signals", "", "", "slo"),
    ("applicationinsights", "", "", "application"),
    ("appmesh", "ALL_SUPPORTED mesh mesh/virtualgateway mesh/virtualgateway/gatewayroute mesh/virtualnode mesh/virtualrouter mesh/virtualrouter/route mesh/virtualservice", "", ""),
    ("apprunner", "", "", "autoscalingconfiguration observabilityconfiguration service vpcconnector vpcingressconnection"),
    ("appstream", "", "", "app-block application fleet image-builder stack"),
    ("apptest", "", "", "testcase"),
    ("aps", "", "", "rulegroupsnamespace workspace"),
    ("athena", "ALL_SUPPORTED workgroup", "", "capacity-reservation datacatalog"),
    ("auditmanager", "ALL_SUPPORTED assessment", "assessmentframework control", ""),
    ("b2bi", "", "", "capability partnership profile transformer"),
    ("backup", "ALL_SUPPORTED backup-plan", "backup-vault", "framework report-plan restore-testing-plan"),
    ("backup-gateway", "ALL_SUPPORTED hypervisor", "gateway vm", ""),
    ("batch", "ALL_SUPPORTED job-definition job-queue", "job", "compute-environment consumable-resource scheduling-policy"),
    ("bcm-data-exports", "", "", "export"),
    ("bedrock", "", "", "agent agent-alias application-inference-profile blueprint data-automation-project flow guardrail knowledge-base prompt"),
    ("budgets", "", "", "budget budget/action"),
    ("bugbust", "", "ALL_SUPPORTED event", ""),
    ("cassandra", "", "", "keyspace"),
    ("catalog", "ALL_SUPPORTED portfolio", "product", ""),
    ("ce", "", "", "anomalymonitor anomalysubscription costcategory"),
    ("chime", "", "ALL_SUPPORTED app-instance app-instance/channel app-instance/user media-pipeline meeting sma vc", ""),
    ("cleanrooms", "ALL_SUPPORTED configuredtable", "collaboration membership membership/configuredtableassociation", ""),
    ("cleanrooms-ml", "", "", "training-dataset"),
    ("cloud9", "", "ALL_SUPPORTED environment", ""),
    ("cloudformation", "", "", "stack stackset"),
    ("cloudfront", "ALL_SUPPORTED distribution", "streaming-distribution", "connection-group"),
    ("cloudtrail", "ALL_SUPPORTED trail", "", "channel dashboard eventdatastore"),
    ("cloudwatch", "ALL_SUPPORTED alarm insight-rule metric-stream", "", ""),
    ("codeartifact", "", "", "domain repository"),
    ("codebuild", "ALL_SUPPORTED project", "", "report-group"),
    ("codecatalyst", "", "ALL_SUPPORTED connections", ""),
    ("codecommit", "ALL_SUPPORTED repository", "", ""),
    ("codeconnections", "", "", "connection"),
    ("codedeploy", "", "", "application deploymentconfig"),
    ("codeguru-profiler", "", "", "profilinggroup"),
    ("codeguru-reviewer", "ALL_SUPPORTED association", "", ""),
    ("codeguru-security", "", "ALL_SUPPORTED scans", ""),
    ("codepipeline", "ALL_SUPPORTED actiontype pipeline webhook", "", ""),
    ("codestar-connections", "ALL_SUPPORTED connection", "host", "repository-link"),
    ("codestar-notifications", "", "", "notificationrule"),
    ("cognito-identity", "ALL_SUPPORTED identitypool", "", ""),
    ("cognito-idp", "ALL_SUPPORTED userpool", "", ""),
    ("comprehend", "ALL_SUPPORTED document-classifier", "entity-recognizer", "flywheel"),
    ("config", "ALL_SUPPORTED aggregation-authorization config-aggregator config-rule", "", "conformance-pack stored-query"),
    ("connect", "ALL_SUPPORTED instance/agent instance/contact-flow instance/integration-association instance/queue instance/routing-profile instance/transfer-destination", "", "instance instance/evaluation-form instance/flow-module instance/operating-hours instance/prompt instance/rule instance/security-profile instance/task-template phone-number"),
    ("connect-campaigns", "", "", "campaign"),
    ("cur", "", "", "definition"),
    ("databrew", "", "", "dataset job project recipe ruleset schedule"),
    ("datasync", "", "", "task"),
    ("datazone", "", "", "domain"),
    ("dax", "", "", "cache"),
    ("deadline", "", "", "farm license-endpoint"),
    ("detective", "", "", "graph"),
    ("devicefarm", "", "", "instanceprofile project testgrid-project"),
    ("diode-messaging", "", "mapping", ""),
    ("directconnect", "", "ALL_SUPPORTED dxcon dxlag dxvif", ""),
    ("dlm", "ALL_SUPPORTED policy", "", ""),
    ("dms", "ALL_SUPPORTED endpoint es rep subgrp task", "", "cert data-provider instance-profile migration-project replication-config"),
    ("dsql", "", "", "cluster"),
    ("dynamodb", "ALL_SUPPORTED table", "", ""),
    ("ec2", "ALL_SUPPORTED capacity-reservation capacity-reservation-fleet carrier-gateway client-vpn-endpoint customer-gateway dedicated-host dhcp-options egress-only-internet-gateway elastic-ip fleet instance instance-connect-endpoint internet-gateway ipam ipam-pool ipam-resource-discovery ipam-resource-discovery-association ipam-scope key-pair launch-template local-gateway-route-table local-gateway-route-table-virtual-interface-group-association local-gateway-route-table-vpc-association natgateway network-acl network-insights-access-scope network-insights-access-scope-analysis network-insights-analysis network-insights-path network-interface placement-group prefix-list route-table security-group spot-fleet-request subnet traffic-mirror-filter traffic-mirror-session traffic-mirror-target transit-gateway transit-gateway-attachment transit-gateway-connect-peer transit-gateway-multicast-domain transit-gateway-route-table verified-access-endpoint verified-access-group verified-access-instance verified-access-trust-provider volume vpc vpc-endpoint vpc-endpoint-service vpc-flow-log vpc-peering-connection vpn-connection vpn-gateway", "coip-pool export-image-task export-instance-task fpga-image host-reservation image import-image-task import-snapshot-task instance-event-window ipam-external-resource-verification-token ipv4pool-ec2 replace-root-volume-task reserved-instances snapshot spot-instances-request subnet-cidr-reservation transit-gateway-policy-table transit-gateway-route-table-announcement", "traffic-mirror-filter-rule vpc-block-public-access-exclusion vpc-endpoint-service-permission"),
    ("ecr", "ALL_SUPPORTED repository", "", ""),
    ("ecr-public", "", "", "repository"),
    ("ecs", "ALL_SUPPORTED capacity-provider cluster service task-definition task-set", "", ""),
    ("eks", "ALL_SUPPORTED cluster", "", "access-entry addon fargateprofile identityproviderconfig nodegroup podidentityassociation"),
    ("elasticache", "ALL_SUPPORTED cluster", "", "parametergroup replicationgroup securitygroup subnetgroup user usergroup"),
    ("elasticbeanstalk", "ALL_SUPPORTED application applicationversion configurationtemplate", "platform", "environment"),
    ("elasticfilesystem", "ALL_SUPPORTED file-system", "", "access-point"),
    ("elasticloadbalancing", "listener listener-rule loadbalancer targetgroup", "", "truststore"),
    ("elasticmapreduce", "ALL_SUPPORTED cluster", "editor", ""),
    ("emr-containers", "", "", "virtualclusters"),
    ("emr-serverless", "applications", "", ""),
    ("entityresolution", "ALL_SUPPORTED matchingworkflow schemamapping", "", "idmappingworkflow idnamespace"),
    ("es", "", "ALL_SUPPORTED domain", ""),
    ("events", "ALL_SUPPORTED event-bus rule", "", ""),
    ("firehose", "ALL_SUPPORTED deliverystream", "", ""),
    ("fis", "", "", "experiment-template"),
    ("forecast", "", "", "dataset dataset-group"),
    ("frauddetector", "ALL_SUPPORTED detector variable", "detector-version model rule", "entity-type event-type label list outcome"),
    ("fsx", "ALL_SUPPORTED file-system", "backup", "association snapshot storage-virtual-machine volume"),
    ("gamelift", "", "", "alias build fleet gameservergroup gamesessionqueue location matchmakingconfiguration matchmakingruleset script"),
    ("geo", "", "", "api-key geofence-collection map place-index route-calculator tracker"),
    ("globalaccelerator", "accelerator", "", "attachment"),
    ("glue", "", "", "connection crawler customentitytype database dataqualityruleset job mltransform registry schema trigger usageprofile"),
    ("grafana", "", "", "workspaces"),
    ("greengrass", "ALL_SUPPORTED connectorsdefinition coresdefinition devicesdefinition functionsdefinition loggersdefinition resourcesdefinition subscriptionsdefinition", "bulk", "groups"),
    ("groundstation", "", "", "config dataflow-endpoint-group mission-profile"),
    ("guardduty", "detector detector/filter detector/ipset detector/threatintelset", "", "malware-protection-plan"),
    ("healthlake", "ALL_SUPPORTED datastore", "", ""),
    ("iam", "ALL_SUPPORTED instance-profile mfa oidc-provider saml-provider server-certificate", "policy", ""),
    ("imagebuilder", "", "", "component container-recipe distribution-configuration image image-pipeline image-recipe infrastructure-configuration lifecycle-policy workflow"),
    ("inspector2", "ALL_SUPPORTED filter", "", ""),
    ("internetmonitor", "ALL_SUPPORTED monitor", "", ""),
    ("invoicing", "", "", "invoice-unit"),
    ("iot", "", "", "authorizer billinggroup cacert certificateprovider custommetric dimension fleetmetric jobtemplate mitigationaction package policy provisioningtemplate rolealias rule scheduledaudit securityprofile thinggroup thingtype"),
    ("iotanalytics", "", "ALL_SUPPORTED channel dataset datastore pipeline", ""),
    ("iotdeviceadvisor", "", "", "suitedefinition"),
    ("iotevents", "", "ALL_SUPPORTED detectormodel input", ""),
    ("iotfleethub", "ALL_SUPPORTED application", "", ""),
    ("iotfleetwise", "", "", "campaign decoder-manifest fleet model-manifest signal-catalog vehicle"),
    ("iotsitewise", "ALL_SUPPORTED asset asset-model", "", "access-policy dashboard dataset gateway portal project"),
    ("iotwireless", "", "", "destination deviceprofile fuotatask importtask multicastgroup networkanalyzerconfiguration serviceprofile sidewalkaccount wirelessdevice wirelessgateway wirelessgatewaytaskdefinition"),
    ("ivs", "", "", "channel encoder-configuration ingest-configuration playback-key playback-restriction-policy public-key recording-configuration stage storage-configuration stream-key"),
    ("kafka", "", "", "replicator"),
    ("kafkaconnect", "", "", "custom-plugin worker-configuration"),
    ("kendra", "", "", "index index/data-source"),
    ("kendra-ranking", "", "", "rescore-execution-plan"),
    ("kinesis", "", "", "stream stream/consumer"),
    ("kinesisanalytics", "ALL_SUPPORTED application", "", ""),
    ("kinesisvideo", "", "", "channel stream"),
    ("kms", "ALL_SUPPORTED key", "", ""),
    ("lambda", "ALL_SUPPORTED function", "", "code-signing-config event-source-mapping"),
    ("lex", "", "", "bot bot-alias"),
    ("license-manager", "", "", "grant license"),
    ("lightsail", "", "", "bucket certificate containerservice disk distribution domain instance loadbalancer staticip"),
    ("logs", "destination log-group", "", "anomaly-detector delivery delivery-destination delivery-source"),
    ("lookoutmetrics", "", "", "alert anomalydetector"),
    ("m2", "", "", "env"),
    ("macie2", "", "ALL_SUPPORTED", ""),
    ("managedblockchain", "", "", "accessors"),
    ("mediaconnect", "", "", "entitlement flow output source"),
    ("mediaconvert", "", "", "presets queues"),
    ("medialive", "", "", "channelplacementgroup cloudwatch-alarm-template cloudwatch-alarm-template-group eventbridge-rule-template eventbridge-rule-template-group inputsecuritygroup multiplex network sdisource signal-map"),
    ("mediapackage", "", "", "channels origin_endpoints"),
    ("mediapackage-vod", "", "", "assets packaging-configurations packaging-groups"),
    ("mediapackagev2", "", "", "channelGroup/channel channelGroup/channel/originEndpoint channelgroup channelgroup/channel channelgroup/channel/originendpoint"),
    ("mediastore", "", "ALL_SUPPORTED container", ""),
    ("mediatailor", "", "", "channel livesource playbackconfiguration sourcelocation vodsource"),
    ("medical-imaging", "", "", "datastore"),
    ("memorydb", "", "", "acl cluster parametergroup subnetgroup user"),
    ("mobiletargeting", "", "", "apps"),
    ("mq", "ALL_SUPPORTED broker configuration", "", ""),
    ("network-firewall", "ALL_SUPPORTED firewall firewall-policy stateless-rulegroup", "stateful-rulegroup", ""),
    ("networkmanager", "", "", "connect-peer core-network device global-network link site"),
    ("notifications-contacts", "", "", "emailcontact"),
    ("oam", "ALL_SUPPORTED sink", "link", ""),
    ("omics", "ALL_SUPPORTED referencestore rungroup sequencestore workflow", "annotationstore annotationstore/version referencestore/reference run sequencestore/readset variantstore", ""),
    ("organizations", "ALL_SUPPORTED account ou", "policy root", "resourcepolicy"),
    ("osis", "", "", "pipeline"),
    ("panorama", "", "", "package"),
    ("payment-cryptography", "", "", "key"),
    ("personalize", "", "", "dataset dataset-group solution"),
    ("pipes", "ALL_SUPPORTED pipe", "", ""),
    ("profile", "", "", "domains domains/integrations domains/object-types"),
    ("proton", "", "", "environment-account-connection environment-template service-template"),
    ("ram", "ALL_SUPPORTED resource-share", "", ""),
    ("rbin", "ALL_SUPPORTED rule", "", ""),
    ("rds", "ALL_SUPPORTED cluster-pg db-proxy db-proxy-endpoint es og pg secgrp subgrp target-group", "cluster-endpoint ri", "cev cluster db global-cluster"),
    ("redshift", "ALL_SUPPORTED cluster eventsubscription parametergroup subnetgroup", "hsmclientcertificate hsmconfiguration snapshot snapshotcopygrant snapshotschedule", "integration"),
    ("redshift-serverless", "ALL_SUPPORTED namespace workgroup", "", ""),
    ("refactor-spaces", "", "", "environment environment/application environment/application/route environment/application/service"),
    ("rekognition", "", "", "collection"),
    ("resiliencehub", "", "", "app resiliency-policy"),
    ("resource-groups", "ALL_SUPPORTED group", "", ""),
    ("robomaker", "", "", "robot-application"),
    ("route53", "ALL_SUPPORTED hostedzone", "", "healthcheck"),
    ("route53-recovery-control", "", "", "cluster controlpanel controlpanel/safetyrule"),
    ("route53-recovery-readiness", "", "", "cell readiness-check recovery-group resource-set"),
    ("route53profiles", "", "", "profile profile-association"),
    ("route53resolver", "ALL_SUPPORTED resolver-endpoint resolver-rule", "", "firewall-domain-list firewall-rule-group firewall-rule-group-association resolver-query-log-config"),
    ("rum", "", "", "appmonitor"),
    ("s3", "ALL_SUPPORTED bucket storage-lens storage-lens-group", "", "accesspoint"),
    ("s3express", "", "", "bucket"),
    ("sagemaker", "app-image-config model-package model-package-group pipeline processing-job project", "action artifact context experiment flow-definition human-task-ui training-job", "app cluster code-repository data-quality-job-definition domain endpoint endpoint-config feature-group image inference-component inference-experiment mlflow-tracking-server model model-bias-job-definition model-card model-explainability-job-definition model-quality-job-definition monitoring-schedule notebook-instance notebook-instance-lifecycle-config space studio-lifecycle-config user-profile workteam"),
    ("scheduler", "ALL_SUPPORTED schedule-group", "", ""),
    ("schemas", "", "", "discoverer registry schema"),
    ("secretsmanager", "ALL_SUPPORTED secret", "", ""),
    ("securityhub", "", "", "hubv2"),
    ("securitylake", "", "ALL_SUPPORTED data-lake subscriber", ""),
    ("servicecatalog", "ALL_SUPPORTED applications attribute-groups", "", ""),
    ("servicediscovery", "", "", "service"),
    ("ses", "", "", "configuration-set contact-list dedicated-ip-pool identity mailmanager-archive mailmanager-ingress-point mailmanager-rule-set mailmanager-traffic-policy"),
    ("signer", "", "", "signing-profiles"),
    ("sms-voice", "", "ALL_SUPPORTED configuration-set opt-out-list phone-number pool sender-id", ""),
    ("sns", "ALL_SUPPORTED topic", "", ""),
    ("sqs", "ALL_SUPPORTED queue", "", ""),
    ("ssm", "ALL_SUPPORTED association document maintenancewindow patchbaseline", "automation-execution managed-instance opsitem session", "parameter"),
    ("ssm-contacts", "", "ALL_SUPPORTED contact", ""),
    ("ssm-incidents", "", "", "replication-set response-plan"),
    ("states", "ALL_SUPPORTED activity statemachine", "", ""),
    ("storagegateway", "", "gateway gateway/volume share tape", ""),
    ("synthetics", "", "", "canary group"),
    ("textract", "", "ALL_SUPPORTED adapters", ""),
    ("timestream", "", "", "database database/table scheduled-query"),
    ("transfer", "ALL_SUPPORTED server user workflow", "", "agreement certificate connector profile"),
    ("verifiedpermissions", "", "", "policy-store"),
    ("vpc-lattice", "", "", "accesslogsubscription service service/listener service/listener/rule servicenetwork servicenetworkserviceassociation servicenetworkvpcassociation targetgroup"),
    ("wellarchitected", "", "ALL_SUPPORTED workload", ""),
    ("wickr", "", "ALL_SUPPORTED network", ""),
    ("wisdom", "ALL_SUPPORTED assistant association knowledge-base", "content session", "ai-agent"),
    ("worklink", "", "fleet", ""),
    ("workspaces", "ALL_SUPPORTED connectionalias", "directory workspace workspacebundle workspaceimage workspaceipgroup", "workspacespool"),
    ("workspaces-web", "", "", "browsersettings ipaccesssettings networksettings portal truststore useraccessloggingsettings usersettings"),
    ("xray", "", "", "group sampling-rule"),
];
