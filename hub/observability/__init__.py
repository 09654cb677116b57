"""What happens in the hub, to be seen: logs, metrics, traces, usage of the schema, the figures of the admin page.

exchange.py      one request and its answer: what is known of it, from its first byte to its last
observatory.py   where exchanges begin and end, and what is counted of them
requests.py      the counts; usage.py: of operations, fields and clients; names.py: names bounded
snapshot.py      all counts at one moment; workers.py: added up over the processes of one hub
logs.py          one line per exchange; metrics.py: Prometheus; tracing.py: OpenTelemetry
"""
