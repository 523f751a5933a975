//! What of a network decides where functions in it can go.

use std::collections::HashSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::xml::{first_text, members};
use super::{ServiceFailure, Services};

/// The version of EC2's API.
const VERSION: &str = "2016-11-15";
/// Every address.
const ANYWHERE: &str = "0.0.0.0/0";
const AVAILABLE: &str = "available";

/// Where a function is in a network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct VpcConfig {
    pub(crate) subnet_ids: Vec<String>,
    pub(crate) security_group_ids: Vec<String>,
}

/// The network of a function.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct NetworkFacts {
    /// Its VPC.
    pub(crate) vpc: String,
    /// The subnets without a free address.
    pub(crate) full_subnets: Vec<String>,
    /// The subnets without a route to the internet.
    pub(crate) closed_subnets: Vec<String>,
    /// The services of AWS that have an endpoint in it, such as `secretsmanager`.
    pub(crate) endpoints: HashSet<String>,
}

impl Services {
    /// Describes the network of a function. Needs `ec2:DescribeSubnets`, `ec2:DescribeSecurityGroups`,
    /// `ec2:DescribeRouteTables` and `ec2:DescribeVpcEndpoints`.
    pub(crate) async fn network(&self, config: &VpcConfig) -> Result<NetworkFacts, ServiceFailure> {
        let subnets = self.ec2("DescribeSubnets", &numbered("SubnetId", &config.subnet_ids)).await?;
        // Only to see that they are there.
        self.ec2("DescribeSecurityGroups", &numbered("GroupId", &config.security_group_ids)).await?;
        let vpc = first_text(&subnets, "vpcId").unwrap_or_default();
        let of_vpc = format!("&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}");
        let routes = self.ec2("DescribeRouteTables", &of_vpc).await?;
        let endpoints = self.ec2("DescribeVpcEndpoints", &of_vpc).await?;
        Ok(NetworkFacts {
            full_subnets: full_subnets(&subnets),
            closed_subnets: closed_subnets(&config.subnet_ids, &routes, &vpc),
            endpoints: services_of(&endpoints, &vpc),
            vpc,
        })
    }

    async fn ec2(&self, action: &str, parameters: &str) -> Result<String, ServiceFailure> {
        let form = format!("Action={action}&Version={VERSION}{parameters}");
        self.form("ec2", form).await.map(|(xml, _)| xml)
    }
}

fn numbered(name: &str, values: &[String]) -> String {
    let one = |(index, value): (usize, &String)| {
        format!("&{name}.{}={}", index + 1, utf8_percent_encode(value, NON_ALPHANUMERIC))
    };
    values.iter().enumerate().map(one).collect()
}

fn text<'a>(leaves: &'a [(String, String)], name: &str) -> Option<&'a str> {
    leaves.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str())
}

fn full_subnets(xml: &str) -> Vec<String> {
    let subnets = members(xml, "subnetSet", "item");
    let full = subnets.iter().filter(|own| text(own, "availableIpAddressCount") == Some("0"));
    full.filter_map(|own| text(own, "subnetId").map(str::to_owned)).collect()
}

/// Returns the subnets whose routes do not lead to the internet. A subnet without a table of its own has the VPC's main one.
fn closed_subnets(subnets: &[String], routes: &str, vpc: &str) -> Vec<String> {
    let tables = members(routes, "routeTableSet", "item");
    let tables = || tables.iter().filter(|own| text(own, "vpcId").is_none_or(|own| own == vpc));
    let has =
        |table: &[(String, String)], name: &str, value: &str| table.iter().any(|own| own.0 == name && own.1 == value);
    let main = tables().find(|own| has(own, "main", "true"));
    let is_closed = |subnet: &&String| {
        let table = tables().find(|own| has(own, "subnetId", subnet)).or(main);
        !table.is_some_and(|own| has(own, "destinationCidrBlock", ANYWHERE))
    };
    subnets.iter().filter(is_closed).cloned().collect()
}

/// Returns the services with an endpoint: the last part of `com.amazonaws.eu-west-1.secretsmanager`.
fn services_of(xml: &str, vpc: &str) -> HashSet<String> {
    let endpoints = members(xml, "vpcEndpointSet", "item");
    let ready = endpoints.iter().filter(|own| {
        let is_of = |name, value: &str| text(own, name).is_none_or(|own| own.eq_ignore_ascii_case(value));
        is_of("vpcId", vpc) && is_of("state", AVAILABLE)
    });
    ready.filter_map(|own| text(own, "serviceName")?.rsplit('.').next().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::{closed_subnets, full_subnets, numbered, services_of};

    #[test]
    fn a_subnet_is_open_if_its_table_leads_anywhere() {
        let table = |vpc: &str, subnets: &[&str], is_main: bool, to: &str| {
            let associations: String = subnets
                .iter()
                .map(|own| format!("<item><main>false</main><subnetId>{own}</subnetId></item>"))
                .chain(is_main.then(|| "<item><main>true</main></item>".to_owned()))
                .collect();
            format!(
                "<item><vpcId>{vpc}</vpcId><routeSet><item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock></item>\
                 <item><destinationCidrBlock>{to}</destinationCidrBlock></item></routeSet><associationSet>{associations}\
                 </associationSet></item>"
            )
        };
        let check = |tables: &[String], expect: &[&str]| {
            let xml = format!("<R><routeTableSet>{}</routeTableSet></R>", tables.concat());
            let subnets = ["subnet-a".to_owned(), "subnet-b".to_owned()];
            assert_eq!(closed_subnets(&subnets, &xml, "vpc-1"), expect, "{xml}");
        };
        let anywhere = "0.0.0.0/0";
        check(&[], &["subnet-a", "subnet-b"]);
        check(&[table("vpc-1", &["subnet-a", "subnet-b"], false, anywhere)], &[]);
        check(&[table("vpc-1", &["subnet-a"], false, anywhere)], &["subnet-b"]);
        check(
            &[table("vpc-1", &["subnet-a"], false, "10.9.0.0/16"), table("vpc-1", &[], true, anywhere)],
            &["subnet-a"],
        );
        check(&[table("vpc-2", &["subnet-a", "subnet-b"], true, anywhere)], &["subnet-a", "subnet-b"]);
    }

    #[test]
    fn an_endpoint_counts_that_is_available() {
        let xml = "<R><vpcEndpointSet><item><vpcId>vpc-1</vpcId><serviceName>com.amazonaws.eu-west-1.s3</serviceName>\
            <state>available</state></item><item><vpcId>vpc-1</vpcId><state>pending</state><serviceName>\
            com.amazonaws.eu-west-1.sts</serviceName></item><item><vpcId>vpc-2</vpcId><state>available</state>\
            <serviceName>com.amazonaws.eu-west-1.sqs</serviceName></item></vpcEndpointSet></R>";
        assert_eq!(services_of(xml, "vpc-1"), ["s3".to_owned()].into());
    }

    #[test]
    fn a_subnet_without_addresses_is_full() {
        let xml = "<R><subnetSet><item><subnetId>subnet-a</subnetId><availableIpAddressCount>0</availableIpAddressCount>\
            </item><item><subnetId>subnet-b</subnetId><availableIpAddressCount>7</availableIpAddressCount></item>\
            </subnetSet></R>";
        assert_eq!(full_subnets(xml), ["subnet-a"]);
        assert_eq!(numbered("SubnetId", &["a".to_owned(), "b".to_owned()]), "&SubnetId.1=a&SubnetId.2=b");
    }
}
