//! Resource types that earlier lists of AWS's have and today's has not, or spells otherwise. AWS was not seen to refuse
//! them, so they stay valid. Each list says which edition it is from; a line is a service, with the types that it says
//! can be enforced, and those of which it says that only missing tags are reported.

type Line = (&'static str, &'static str, &'static str);
type Edition = (&'static str, &'static [Line]);

/// The types that can be enforced of a service, a list for each edition.
pub(super) fn enforced(service: &str) -> impl Iterator<Item = &'static str> {
    lines(service).map(|(_, enforced, _)| *enforced)
}

/// The types of a service of which missing tags are reported, a list for each edition.
pub(super) fn reported(service: &str) -> impl Iterator<Item = &'static str> {
    lines(service).flat_map(|(_, enforced, reported)| [*enforced, *reported])
}

fn lines(service: &str) -> impl Iterator<Item = &'static Line> {
    EDITIONS.iter().flat_map(|(_, lines)| *lines).filter(move |(name, ..)| *name == service)
}

#[rustfmt::skip]
const EDITIONS: &[Edition] = &[
    ("User Guide, services and resource types that support enforcement, 2020 to 2022", &[
        ("amplifyuibuilder", "component theme", ""),
        ("apigateway", "restapis/stages stages", ""),
        ("appconfig", "configurationprofile deployment environment", ""),
        ("auditmanager", "assessmentControlSet assessmentFramework", ""),
        ("backup", "backupPlan backupVault", ""),
        ("chime", "app-instance-user channel", ""),
        ("connect", "contact-flow integration-association queue quick-connect routing-profile user", ""),
        ("ec2", "spot-instance-request", ""),
        ("elastic-inference", "accelerator", ""),
        ("greengrass", "bulkDeployment connectorDefinition connectorsDefinition coreDefinition coresDefinition deviceDefinition devicesDefinition functionDefinition functionsDefinition loggerDefinition loggersDefinition resourceDefinition resourcesDefinition subscriptionDefinition subscriptionsDefinition", ""),
        ("guardduty", "filter ipset threatintelset", ""),
        ("iotevents", "detectorModel", ""),
        ("macie2", "custom-data-identifier", ""),
        ("redshift", "dbgroup dbname dbuser", ""),
        ("servicecatalog", "application attributeGroup portfolio product", ""),
        ("ssm", "maintenancewindowtask", ""),
    ]),
    ("the console's own list, June 2023", &[
        ("amplifyuibuilder", "app/environment/themes", ""),
        ("iotroborunner", "site site/destination site/worker-fleet site/worker-fleet/worker", ""),
        ("omics", "annotationStore referenceStore referenceStore/reference runGroup sequenceStore sequenceStore/readSet variantStore", ""),
    ]),
    ("User Guide, services and resource types that support enforcement, August 2023", &[
        ("elastic-inference", "elastic-inference-accelerator", ""),
    ]),
    ("User Guide, services and resource types that support enforcement, 2025 before November", &[
        ("appmesh", "mesh/virtualGateway mesh/virtualGateway/gatewayRoute mesh/virtualNode mesh/virtualRouter mesh/virtualRouter/route mesh/virtualService", ""),
        ("omics", "annotationStore/version", ""),
        ("states", "stateMachine", ""),
        ("textract", "adapters/versions", ""),
    ]),
    ("ListRequiredTags of the tagging API, November 2025", &[
        ("appmesh", "", "mesh/virtualGateway mesh/virtualGateway/gatewayRoute mesh/virtualNode mesh/virtualRouter mesh/virtualRouter/route mesh/virtualService"),
        ("codeguru-profiler", "", "profilingGroup"),
        ("glue", "", "customEntityType dataQualityRuleset mlTransform usageProfile"),
        ("iam", "", "role user"),
        ("iotwireless", "", "Destination DeviceProfile FuotaTask ImportTask MulticastGroup NetworkAnalyzerConfiguration ServiceProfile SidewalkAccount WirelessDevice WirelessGateway WirelessGatewayTaskDefinition"),
        ("lightsail", "", "Bucket Certificate ContainerService Disk Distribution Domain Instance LoadBalancer StaticIp"),
        ("lookoutmetrics", "", "Alert AnomalyDetector"),
        ("medialive", "", "channelPlacementGroup inputSecurityGroup sdiSource"),
        ("mediapackagev2", "", "channelGroup"),
        ("mediatailor", "", "liveSource playbackConfiguration sourceLocation vodSource"),
        ("omics", "workflow", ""),
        ("states", "", "stateMachine"),
        ("workspaces-web", "", "browserSettings ipAccessSettings networkSettings trustStore userAccessLoggingSettings userSettings"),
    ]),
];

#[cfg(test)]
mod tests {
    use super::super::tag_resources::{enforceable_or_all, reportable};
    use super::EDITIONS;

    #[test]
    fn every_type_of_every_edition_is_taken() {
        for (edition, lines) in EDITIONS {
            assert!(lines.is_sorted(), "{edition}");
            for (service, enforced, reported) in *lines {
                for kind in enforced.split_whitespace() {
                    assert!(enforceable_or_all(&format!("{service}:{kind}")), "{edition}: {service}:{kind}");
                }
                for kind in enforced.split_whitespace().chain(reported.split_whitespace()) {
                    assert!(reportable(&format!("{service}:{kind}")), "{edition}: {service}:{kind}");
                }
                if !enforced.is_empty() {
                    assert_eq!(
                        enforceable_or_all(&format!("{service}:*")),
                        *service != "backup",
                        "{service}"
                    );
                }
            }
        }
    }
}
