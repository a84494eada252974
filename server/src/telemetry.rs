//! What the operator sees: the log and the metrics.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Sends log lines to standard error. In a process that logs already, nothing changes.
pub fn log(format: LogFormat, filter: &str) {
    let subscriber = tracing_subscriber::fmt()
        // The scheduler tells of itself what nobody would act on.
        .with_env_filter(EnvFilter::new(format!("tokio_cron_scheduler=warn,{filter}")))
        .with_writer(std::io::stderr);
    let _ = match format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
}

/// Bounds of the histograms of seconds.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Bounds of the histograms of sizes.
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

/// The metrics of this process; the first call starts collecting.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
            .and_then(|builder| {
                builder.set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), SIZES)
            })
            .expect("the bounds are not empty")
            .build_recorder();
        let handle = recorder.handle();
        // Somebody else in this process may collect already; then the handle stays empty.
        let _ = ::metrics::set_global_recorder(recorder);
        describe();
        handle
    })
}

fn describe() {
    use ::metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!("artipul_http_requests_total", "Requests by route, method and status");
    describe_histogram!("artipul_http_request_seconds", "Time from a request's head to its answer");
    describe_counter!("artipul_limited_total", "Requests that were one too many, by limit");
    describe_gauge!("artipul_connections", "Client connections");
    describe_gauge!("artipul_streams", "Event streams");
    describe_histogram!("artipul_desk_batch_size", "Commands of one transaction of the desk");
    describe_histogram!("artipul_desk_commit_seconds", "Time of one transaction of the desk");
    describe_counter!("artipul_desk_refused_total", "Commands refused since too many waited");
    describe_counter!(
        "artipul_desk_remembered_total",
        "Transactions of the desk that were decided without reading"
    );
    describe_counter!(
        "artipul_desk_misremembered_total",
        "Transactions of the desk that were to be decided without reading, and were not"
    );
    describe_counter!("artipul_desk_retries_total", "Transactions of the desk that were run again");
}
