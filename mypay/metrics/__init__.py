"""`/metrics` for Prometheus: what was counted (`mypay.kit.counters`) and what is so now (`gauges`)."""
