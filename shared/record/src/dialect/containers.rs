//! Docker, Kubernetes, `FireLens` and the OpenTelemetry Collector: what surrounds a container's line.

use super::{Alias, Reading, alias, host, message, service};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[
    message("log"),
    service("kubernetes.labels.app.kubernetes.io/name"),
    service("kubernetes.labels.app"),
    // Filebeat's, in the order of OpenTelemetry's below.
    service("kubernetes.deployment.name"),
    service("kubernetes.statefulset.name"),
    service("kubernetes.daemonset.name"),
    service("kubernetes.cronjob.name"),
    service("kubernetes.job.name"),
    service("kubernetes.container.name"),
    service("kubernetes.container_name"),
    service("resource.attributes.service.name"),
    service("resource.service.name"),
    // <https://opentelemetry.io/docs/specs/semconv/non-normative/k8s-attributes/>, without the names of replica sets and pods,
    // which are new with each release or start.
    service("resource.attributes.k8s.deployment.name"),
    service("resource.attributes.k8s.statefulset.name"),
    service("resource.attributes.k8s.daemonset.name"),
    service("resource.attributes.k8s.cronjob.name"),
    service("resource.attributes.k8s.job.name"),
    service("resource.attributes.k8s.container.name"),
    service("resource.k8s.deployment.name"),
    service("resource.k8s.statefulset.name"),
    service("resource.k8s.daemonset.name"),
    service("resource.k8s.cronjob.name"),
    service("resource.k8s.job.name"),
    service("resource.k8s.container.name"),
    service("k8s.deployment.name"),
    service("k8s.statefulset.name"),
    service("k8s.daemonset.name"),
    service("k8s.cronjob.name"),
    service("k8s.job.name"),
    service("k8s.container.name"),
    alias("container_name", Attribute::Service, Reading::Container),
    alias("ecs_task_definition", Attribute::Service, Reading::Family),
    host("kubernetes.host"),
    host("kubernetes.node.name"),
    // Vector's.
    host("kubernetes.pod_node_name"),
    host("resource.attributes.host.name"),
    host("resource.host.name"),
    host("resource.attributes.k8s.node.name"),
    host("resource.k8s.node.name"),
    host("k8s.node.name"),
];
