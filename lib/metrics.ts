import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';

/** What is counted. */
export type MetricName = 'login_refused' | 'refresh_reuse';

/** Counts what should be looked at. */
export interface Metrics {
  count(name: MetricName): void;
}

/**
 * Makes the metrics: one line in CloudWatch's embedded metric format for each count, which CloudWatch reads from the log.
 *
 * @param service the dimension they are counted under, which alarms name
 * @param write takes each line with its line feed; standard output, unless told otherwise
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
