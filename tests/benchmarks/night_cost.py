"""What a night costs with 30 and with 300 days of history behind it, in CPU seconds of the same process.

    python -m tests.benchmarks.night_cost [--staff 60] [--short 30] [--long 300] [--nights 5]

A hospital is simulated, its nights are worked through, and the CPU time of judging ``--nights`` nights is compared at
both lengths of history; it must not grow by more than a tenth. Loading and context are timed apart: they depend on what
the hospital delivers. Prints one line per length with peak memory at the end.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import statistics
import tempfile
import time
from pathlib import Path

from detector.deployment.settings import load_settings
from detector.loading.context import load_context
from detector.loading.events import load_events
from detector.night.job import judge_night
from detector.policies.catalogue import load_policies
from detector.simulator import SimulationPlan, simulate
from detector.store import open_store


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--staff", type=int, default=60)
    parser.add_argument("--short", type=int, default=30)
    parser.add_argument("--long", type=int, default=300)
    parser.add_argument("--nights", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hospital = Path(folder) / "hospital"
        days = options.long + options.nights + 1
        simulate(hospital, SimulationPlan(staff=options.staff, days=days, seed=5, clean=True))
        settings = load_settings(hospital / "detector.toml")
        policies = load_policies(settings)
        figures: dict[int, list[float]] = {options.short: [], options.long: []}
        with open_store(settings) as store:
            load_events(store, settings)
            load_context(store, settings)
            first = store.connection.execute("select min(first_date) from event_parts").fetchall()[0][0]
            now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
            for number in range(options.long + options.nights):
                started = time.process_time()
                judge_night(store, settings, policies, first + dt.timedelta(days=number), now)
                spent = time.process_time() - started
                for history, spents in figures.items():
                    if history <= number < history + options.nights:
                        spents.append(spent)
        medians = {history: statistics.median(values) for history, values in figures.items()}
        for history, median in medians.items():
            print(f"{history:4d} days of history: {median:.3f} CPU seconds a night (median of {options.nights})")  # noqa: T201
        growth = medians[options.long] / medians[options.short] - 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"growth {growth:+.1%}; peak memory {peak:.0f} MiB")  # noqa: T201


if __name__ == "__main__":
    main()
