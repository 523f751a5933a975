//! Application Insights and the tables of Azure Monitor: <https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete>,
//! <https://learn.microsoft.com/azure/azure-monitor/reference/tables/containerlogv2>.

use super::{Alias, exception, host, known_level, level_number, message, service};
use crate::level::Scale;

/// The names that are compared as they are: a customer buys a computer.
pub(super) const EXACT: &[Alias] = &[host("Computer")];

pub(super) const ALIASES: &[Alias] = &[
    message("data.baseData.message"),
    known_level("data.baseData.severityLevel"),
    known_level("severityLevel"),
    known_level("customDimensions.LogLevel"),
    level_number("severityLevel", Scale::ApplicationInsights),
    level_number("data.baseData.severityLevel", Scale::ApplicationInsights),
    exception("data.baseData.exceptions"),
    service("tags.ai.cloud.role"),
    service("cloud_RoleName"),
    service("properties.appName"),
    service("ContainerAppName"),
    service("AppRoleName"),
    host("AppRoleInstance"),
    message("resultDescription"),
    host("tags.ai.cloud.roleInstance"),
    host("cloud_RoleInstance"),
];
