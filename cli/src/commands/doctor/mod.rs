//! `logbraid doctor`: checks a deployed stack from end to end.
//!
//! Each check asks one place, shows what it found, and returns what later checks need. A check that cannot be done is no
//! problem of the deployment.

mod access;
mod account;
mod addresses;
mod alias;
mod alterations;
mod api;
mod archive;
mod by_hand;
mod callers;
mod canary;
mod database;
mod days;
mod encryption;
mod finding;
mod function;
mod gateway;
mod integrations;
mod keys;
mod lag;
mod lifecycle;
mod logs;
mod mapping;
mod monitoring;
mod network;
mod origins;
mod parameters;
mod pins;
mod policy;
mod redact_key;
mod resources;
mod retention;
mod roles;
mod routes;
mod set_aside;
mod settings;
mod stack;
mod strays;
mod streams;
mod trust;
mod unattended;

use std::collections::HashMap;

use runtime::ProcessEnvironment;

use self::finding::Report;
use self::gateway::Gateway;
use self::settings::FunctionEnvironment;
use crate::args::DoctorArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::services::{Mapping, Resource, Services, StreamFacts};
use crate::stdout::Output;

/// What the checks need of AWS, and no AWS can be asked.
const NO_AWS: &str = "not checked: AWS cannot be asked";

/// What to do where the stack's stream was deleted.
const STREAM_IS_GONE: &str = "somebody deleted it: deploy the stack under another name, and point the senders there";

/// The value of the parameter `Deployment` without an alias.
const ALL_AT_ONCE: &str = "AllAtOnce";
/// The alias of ingest, and that of query.
const ALIAS: &str = "live";

/// A deployment, as far as it is known.
#[derive(Debug, Default)]
struct Deployment {
    /// The outputs of the stack. Empty if it cannot be read.
    outputs: HashMap<String, String>,
    /// The parameters that it was deployed with. Empty if they cannot be read.
    parameters: HashMap<String, String>,
    name: String,
    ingest: String,
    query: String,
    stream: Option<String>,
    bucket: Option<String>,
    /// The parts of the stack by their names in the template. Empty if they cannot be listed.
    resources: HashMap<String, Resource>,
    /// Whether a deployment is under way.
    is_changing: bool,
}

/// Checks everything, in the order in which a record travels.
pub(crate) async fn run(args: &DoctorArgs) -> Result<Exit, Error> {
    let mut report = Report::new(Output::new(&args.output));
    let services = account::check(&mut report).await?;
    let mut deployment = match &services {
        Some(services) => stack::check(services, &args.stack, &mut report).await?,
        None => None,
    };
    let (mut ingest, mut query, mut retention) = (None, None, None);
    if let (Some(services), Some(deployment)) = (&services, &mut deployment) {
        let mapping = mapping::of(services, deployment, &mut report).await?;
        let mapping = mapping.as_ref();
        deployment.learn(mapping);
        let stream = stream(services, deployment, &mut report).await?;
        mapping::check(mapping, deployment, stream.as_ref(), &mut report)?;
        let needed = mapping::calls_at_once(mapping, stream.as_ref());
        let alias = if deployment.parameters.is_empty() { mapping::alias(mapping) } else { deployment.alias() };
        strays::check(services, deployment, alias, &mut report).await?;
        ingest = function::check_ingest(services, (&deployment.ingest, alias), needed, deployment, &mut report).await?;
        if let Some(ingest) = &ingest {
            redact_key::check(&ingest.environment, &deployment.parameters, &mut report).await?;
        }
        query = function::check_query(services, (&deployment.query, alias), deployment, &mut report).await?;
        let (found, schedule) = retention::check(services, deployment, &mut report).await?;
        retention = found;
        if let Some(ingest) = &ingest {
            report.advise(settings::calls(&ingest.environment, &ProcessEnvironment));
        }
        if let (Some(ingest), Some(query)) = (&ingest, &query) {
            let others = retention.as_ref().map(|found| ("retention", &found.environment));
            settings::compare(&ingest.environment, &query.environment, others, &mut report)?;
        }
        let all = [("ingest", &ingest), ("query", &query), ("retention", &retention)];
        parameters::check(deployment, all, mapping, stream.as_ref(), &mut report)?;
        roles::check(services, deployment, all, schedule.as_ref(), &mut report).await?;
        keys::check(services, deployment, &mut report).await?;
        encryption::check(services, deployment, stream.as_ref(), all, &mut report).await?;
        network::check(services, deployment.outputs.get("VpcId"), all, &mut report).await?;
        logs::check(services, deployment, all, &mut report).await?;
        let mapping = mapping.map(|mapping| mapping.id.as_str());
        monitoring::check(services, deployment, mapping, &mut report).await?;
        deployment.bucket = deployment.bucket.take().or_else(|| query.as_ref()?.environment.failed_bucket());
    }
    let deployment = deployment.unwrap_or_default();
    let functions = [("ingest", &ingest), ("query", &query), ("retention", &retention)];
    let in_network = functions.iter().any(|(_, found)| found.as_ref().is_some_and(|found| found.vpc.is_some()));
    let functions = functions.into_iter().filter_map(|(name, found)| Some((name, &found.as_ref()?.environment)));
    let functions: Vec<_> = functions.collect();
    settings::check_origin(functions.is_empty(), &ProcessEnvironment, &mut report)?;
    let mongodb = database::look(&functions, in_network).await;
    let mut gateway = Gateway::default();
    if let Some(services) = &services {
        gateway = gateway::check(services, &deployment, &mut report).await?;
        gateway.leads &= query.as_ref().is_none_or(|query| query.lets_api);
    }
    let api = api::check(args, &deployment, (gateway.leads, mongodb.at_query()), &mut report).await?;
    access::check(services.as_ref(), &gateway, args, &deployment, &mut report).await?;
    let store = mongodb.report(api.reaches_mongodb, &mut report)?;
    if let Some(store) = &store {
        let altered = alterations::check(store, &mut report).await?;
        days::check(store, &altered, &mut report).await?;
        pins::check(store, &altered, &mut report).await?;
        days::check_journal(store, &altered, &mut report).await?;
        days::check_holds(store, &mut report).await?;
        streams::check(store, deployment.stream.as_deref(), &mut report).await?;
        retention::check_days(store, retention.as_ref(), &mut report).await?;
    }
    if let Some(services) = &services {
        archive::check(services, &deployment, retention.as_ref(), store.as_ref(), &mut report).await?;
    }
    lag::check(services.as_ref(), store.as_ref(), deployment.stream.as_deref(), &mut report).await?;
    set_aside::check_quarantine(store.as_ref(), &mut report).await?;
    if let (Some(services), Some(ingest), Some(bucket)) = (&services, &ingest, &deployment.bucket) {
        set_aside::check_role(services, ingest, bucket, &mut report).await?;
    }
    let days = deployment.parameter("FailedRetentionDays");
    set_aside::check_bucket(deployment.bucket.as_deref(), days, &mut report).await?;
    if !args.no_canary {
        canary::check(args, &deployment, api.client.as_ref(), store.as_ref(), &mut report).await?;
    }
    report.end()?;
    Ok(if report.has_problems() { Exit::Remaining } else { Exit::Done })
}

impl Deployment {
    /// Returns a parameter of the stack; `None` if it is not known.
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// Returns the alias to which the calls of ingest and query go; `None` if there is none, or the parameters are not known.
    fn alias(&self) -> Option<&'static str> {
        self.parameter("Deployment").is_some_and(|own| own != ALL_AT_ONCE).then_some(ALIAS)
    }

    /// Returns what the stream, or the API, calls: a function, or its alias.
    fn called(&self, function: &str) -> String {
        self.alias().map_or_else(|| function.to_owned(), |alias| format!("{function}:{alias}"))
    }

    /// Returns the ARN of the query function.
    fn query_arn(&self) -> Option<String> {
        self.arn("lambda", &format!("function:{}", self.query))
    }

    /// Returns the ARN of the queue of the runs of retention that failed. The stack names it by its address.
    fn failures(&self) -> Option<String> {
        let (_, name) = self.outputs.get("RetentionFailuresUrl")?.rsplit_once('/')?;
        self.arn("sqs", name)
    }

    /// Returns the ARN of a resource where the stream is: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
    fn arn(&self, service: &str, resource: &str) -> Option<String> {
        let mut parts = self.outputs.get("StreamArn")?.split(':').skip(1);
        let (partition, _, region, account) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
    }

    /// Takes from the mapping what the stack did not tell.
    fn learn(&mut self, mapping: Option<&Mapping>) {
        let name = |arn: &str| arn.rsplit(['/', ':']).next().map(str::to_owned);
        let stream = || mapping.and_then(|mapping| name(&mapping.event_source_arn));
        self.stream = self.stream.take().or_else(stream);
        let bucket = || mapping.and_then(|mapping| name(mapping.destination()?));
        self.bucket = self.bucket.take().or_else(bucket);
    }
}

/// Checks the stream.
async fn stream(
    services: &Services,
    deployment: &Deployment,
    report: &mut Report,
) -> Result<Option<StreamFacts>, Error> {
    const CHECK: &str = "stream";
    let Some(name) = &deployment.stream else {
        report.skipped(CHECK, "not checked: its name is not known")?;
        return Ok(None);
    };
    match services.stream(name).await {
        Ok(stream) if stream.status == "ACTIVE" => {
            let shards = crate::render::count(stream.open_shards.into(), "open shard");
            report.fine(CHECK, format!("{name} has {shards} and keeps records for {} h", stream.retention_hours))?;
            Ok(Some(stream))
        }
        Ok(stream) => {
            let what = format!("the stream {name} is {}", stream.status);
            report.problem(CHECK, what, "wait until it is ACTIVE, then run the command again")?;
            Ok(Some(stream))
        }
        Err(failure) if failure.is_missing() => {
            let what = format!("there is no stream {name}");
            report.problem(CHECK, what, STREAM_IS_GONE)?;
            Ok(None)
        }
        Err(failure) => report.failed(CHECK, &failure, "kinesis:DescribeStreamSummary").map(|()| None),
    }
}

/// The functions of the stack by their names, as far as they are known.
type Functions<'a> = [(&'static str, &'a Option<function::DeployedFunction>); 3];
/// What a function's settings say.
type Settings = FunctionEnvironment;
