//! Checks the network of the functions, if they are in one: whether they get addresses and reach AWS.

use super::finding::{REVERT, Report};
use super::function::DeployedFunction;
use crate::error::Error;
use crate::render::count;
use crate::services::{NetworkFacts, Services};

const CHECK: &str = "network";
const NEEDS: &str =
    "ec2:DescribeSubnets, ec2:DescribeSecurityGroups, ec2:DescribeRouteTables and ec2:DescribeVpcEndpoints";
const SECRETS_MANAGER: &str = "secretsmanager";
const STS: &str = "sts";
const S3: &str = "s3";

/// Checks the network. `own` is the VPC that the stack made.
pub(super) async fn check(
    services: &Services,
    own: Option<&String>,
    functions: [(&str, &Option<DeployedFunction>); 3],
    report: &mut Report,
) -> Result<(), Error> {
    let there = || functions.iter().filter_map(|(name, found)| found.as_ref().map(|found| (*name, found)));
    let outside: Vec<&str> = there().filter(|(_, found)| found.vpc.is_none()).map(|(name, _)| name).collect();
    let Some(vpc) = there().find_map(|(_, found)| found.vpc.as_ref()) else {
        return match own {
            Some(own) if !outside.is_empty() => {
                let what = format!("the functions are not in {own}, the network of the stack");
                report.problem(CHECK, what, REVERT)
            }
            _ if outside.is_empty() => Ok(()),
            _ => report.fine(CHECK, "none: the functions reach MongoDB over the internet"),
        };
    };
    if !outside.is_empty() {
        let what = format!("not all functions are in the network: {} is outside", outside.join(" and "));
        report.problem(CHECK, what, REVERT)?;
    }
    let facts = match services.network(vpc).await {
        Ok(facts) => facts,
        Err(failure) if failure.is_missing() => {
            let what = format!("a part of the functions' network is gone: {failure}");
            return report.problem(CHECK, what, "deploy the stack again with subnets and security groups that exist");
        }
        Err(failure) => return report.failed(CHECK, &failure, NEEDS),
    };
    let mut needed = Vec::new();
    if there().any(|(_, found)| found.environment.needs_secrets()) {
        needed
            .push((SECRETS_MANAGER, "Secrets Manager, from which the functions read their secret: they do not start"));
    }
    if there().any(|(_, found)| found.environment.needs_tokens()) {
        needed.push((STS, "STS, from which the functions get their tokens: MongoDB does not let them in"));
    }
    judge(&facts, vpc.subnet_ids.len(), &needed, report)
}

/// `needed` are the services without which nothing works, each with what is then.
fn judge(facts: &NetworkFacts, subnets: usize, needed: &[(&str, &str)], report: &mut Report) -> Result<(), Error> {
    let NetworkFacts { vpc, full_subnets, closed_subnets, endpoints } = facts;
    let reaches = |service: &str| closed_subnets.is_empty() || endpoints.contains(service);
    let mut is_fine = true;
    if !full_subnets.is_empty() {
        is_fine = false;
        let what = format!("{} has no free address: further functions cannot start", full_subnets.join(", "));
        report.warning(CHECK, what, "add a larger subnet: VpcSubnetIds, or NetworkCidr")?;
    }
    for (_, then) in needed.iter().filter(|(service, _)| !reaches(service)) {
        is_fine = false;
        let todo = "make a VPC endpoint for it, or a route to a NAT gateway";
        report.problem(CHECK, format!("{vpc} has no way to {then}"), todo)?;
    }
    if !reaches(S3) {
        is_fine = false;
        let what = format!("{vpc} has no way to S3: answers cannot say whether batches were given up");
        report.warning(CHECK, what, "make a gateway endpoint for S3 in it (it costs nothing)")?;
    }
    if !is_fine {
        return Ok(());
    }
    let way = if closed_subnets.is_empty() { "reach the internet" } else { "reach AWS by endpoints" };
    report.fine(CHECK, format!("the functions are in {} of {vpc}, and {way}", count(subnets as u64, "subnet")))
}
