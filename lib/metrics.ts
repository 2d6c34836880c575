import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';

/** The names of the metrics. */
export type MetricName = 'login_refused' | 'refresh_reuse';

/** Counts events that an operator should look at. */
export interface Metrics {
  count(name: MetricName): void;
}

/**
 * Creates metrics that write one line in CloudWatch's embedded metric format for each count.
 *
 * @param service the dimension of the metrics, which alarms refer to
 * @param write receives each line with its line feed; writes to standard output by default
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMetrics(
  service: string,
  write: (line: string) => unknown = (line) => process.stdout.write(line),
): Metrics {
  const metrics = new PowertoolsMetrics({ namespace: 'Latchkey', serviceName: service });
  return {
    count: (name) => {
      metrics.addMetric(name, MetricUnit.Count, 1);
      write(`${JSON.stringify(metrics.serializeMetrics())}\n`);
      metrics.clearMetrics();
    },
  };
}
