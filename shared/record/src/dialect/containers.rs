//! Docker, Kubernetes, `FireLens` and the OpenTelemetry Collector: what surrounds a container's line.

use super::{Alias, Reading, alias, host, message, service};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[
    message("log"),
    service("kubernetes.labels.app.kubernetes.io/name"),
    service("kubernetes.labels.app"),
    service("kubernetes.container_name"),
    service("resource.attributes.service.name"),
    service("resource.service.name"),
    service("resource.attributes.k8s.deployment.name"),
    service("resource.k8s.deployment.name"),
    service("k8s.deployment.name"),
    alias("container_name", Attribute::Service, Reading::Container),
    alias("ecs_task_definition", Attribute::Service, Reading::Family),
    host("kubernetes.host"),
    host("resource.attributes.host.name"),
    host("resource.host.name"),
];
