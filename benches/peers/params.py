"""Reads what the core of the model needs from the `scenario.resolved.toml` of a run folder.

Every number comes from that file, so the peers cannot drift from the scenario. What is here are the
rules by which MODEL.md reads a number: the natural scale of an estimate given by percentiles, the
seasons of guidance, what is known on the scenario's day. Nothing is taken from Fleetcast's code.

`python params.py RUN_FOLDER > params.json` writes the same for the peer in Rust.
"""
import datetime
import json
import math
import sys

try:
    import tomllib
except ImportError:  # before Python 3.11
    import tomli as tomllib

Z95 = 1.6448536269514722
FACTORS = ("ai", "chip", "grid", "price", "execution")
SEASONS = ("first", "april", "july", "october")
# Series: the factors' loadings are in `factor.loading`.
SERIES = (
    "capex.growth", "capex.chip_share_noise", "chip.price_noise", "finance.revenue_noise",
    "site.additions_noise", "supply.cover_noise", "supply.noise", "finance.depreciation_noise",
)
# Fractions between 0 and 1 have a logit scale (MODEL.md 4); yearly growth is linear; the rest is positive: log.
FRACTIONS = ("capex.building_share", "capex.other_share", "capex.chip_share", "cluster.share", "supply.share")
LINEAR = ("chip.price_decline", "finance.revenue_growth")
UNITS = {
    "": 1.0, "%": 0.01, "%/year": 0.01, "x": 1.0,
    "B USD": 1.0, "k USD": 1.0, "c/kWh": 10.0, "USD/MWh": 1.0, "M USD/MW": 1.0,
    "MW": 1.0, "GW": 1e3, "MW/quarter": 1.0, "kW": 1.0, "W": 1e-3,
    "k chips": 1e3, "chips": 1.0, "H100e": 1.0, "TFLOP/s": 1.0,
    "TWh/year": 1e6, "MWh/year": 1.0, "years": 1.0, "quarters": 1.0, "orders/year": 1.0, "d": 1.0,
}


def number(value):
    """A number with its unit, in B USD, k USD a chip, MW, kW a chip, chips, MWh, quarters or years as written."""
    if isinstance(value, (int, float)):
        return float(value)
    text = value.strip().replace("_", "")
    digits = text.split(" ")[0].rstrip("%")
    return float(digits) * UNITS[text[len(digits):].strip()]


def scale_of(key):
    return "logit" if key in FRACTIONS else "linear" if key in LINEAR else "log"


def bend(x, scale):
    return x if scale == "linear" else math.log(x) if scale == "log" else math.log(x / (1 - x))


def estimate(key, row):
    """A distribution as a dictionary: kind and numbers in the units of `number`."""
    if "dist" in row:
        kind = row["dist"]
        if kind == "triangular":
            return {"kind": "triangular", "a": number(row["min"]), "b": number(row["mode"]), "c": number(row["max"])}
        if kind == "uniform":
            return {"kind": "uniform", "a": number(row["min"]), "b": number(row["max"])}
        if kind == "normal":
            floor = number(row["floor"]) if "floor" in row else -1e300
            return {"kind": "normal", "a": number(row["mean"]), "b": number(row["sd"]), "c": floor}
        if kind == "lognormal" and "mean_log" in row:
            return {"kind": "two_piece", "scale": "log", "a": row["mean_log"], "b": row["sd_log"], "c": row["sd_log"]}
        return {"kind": kind}
    value, scale = row["value"], scale_of(key)
    if isinstance(value, str) and (" / " in value or " to " in value):
        words = value.split(" ")
        unit = " ".join(words[5 if "/" in words else 3:])
        points = [number(f"{word} {unit}") for word in words[: 5 if "/" in words else 3] if word not in ("/", "to")]
        low, high = bend(points[0], scale), bend(points[-1], scale)
        middle = bend(points[1], scale) if len(points) == 3 else (low + high) / 2
        return {"kind": "two_piece", "scale": scale, "a": middle, "b": (middle - low) / Z95, "c": (high - middle) / Z95}
    return {"kind": "constant", "a": number(value)}


def median(dist):
    kind, a, b = dist["kind"], dist["a"], dist.get("b")
    if kind == "two_piece":
        return {"linear": a, "log": math.exp(a), "logit": 1 / (1 + math.exp(-a))}[dist["scale"]]
    if kind == "triangular":
        c = dist["c"]
        if b - a >= (c - a) / 2:
            return a + math.sqrt((c - a) * (b - a) / 2)
        return c - math.sqrt((c - a) * (c - b) / 2)
    return (a + b) / 2 if kind == "uniform" else a


def quarters_since(date, start_year):
    """Quarters from the start of the grid to a date, by days within the quarter."""
    quarter = (date.month - 1) // 3
    start = datetime.date(date.year, 3 * quarter + 1, 1)
    end = datetime.date(date.year + (quarter == 3), 3 * quarter + 4 - 12 * (quarter == 3), 1)
    return 4 * (date.year - start_year) + quarter + (date - start).days / (end - start).days


def load(folder):
    with open(f"{folder}/scenario.resolved.toml", "rb") as file:
        doc = tomllib.load(file)
    day, year0 = doc["as_of"], int(doc["run"]["from"][:4])
    steps = 4 * (int(doc["run"]["to"][:4]) - year0) + int(doc["run"]["to"][-1])
    assert doc["run"]["from"].endswith("Q1") and "training" not in doc and "use" not in doc and "phase" not in doc["site"]["meta"]

    def known(rows, metric):
        """Rows on a metric that were public on the day, the last word last."""
        rows = [row for row in rows if row.get("metric") == metric and row.get("known", day) <= day]
        return sorted(rows, key=lambda row: row["known"])

    def reported(metric):
        """Value by quarter, counted from the start of the grid (negative before it)."""
        values = {}
        for row in known(doc["observation"], metric):
            if isinstance(row["at"], str) and "Q" in row["at"]:
                values[4 * (int(row["at"][:4]) - year0) + int(row["at"][-1]) - 1] = number(row["value"])
        return values

    ranges = {}
    for row in known(doc["guidance"], "capex.total"):
        season = 0 if row["known"].year < row["at"] else (row["known"].month - 1) // 3
        ranges[row["at"] - year0] = (number(row["low"]), number(row["high"]), season)
    revenue_guidance = {}
    for row in known(doc["guidance"], "finance.revenue"):
        revenue_guidance[4 * (int(row["at"][:4]) - year0) + int(row["at"][-1]) - 1] = (number(row["low"]) + number(row["high"])) / 2
    reports = {m: reported(m) for m in ("capex.total", "finance.revenue", "finance.operating_cash", "finance.depreciation")}
    closed = len([t for t in reports["capex.total"] if t >= 0])
    low, high, season = ranges[0]

    dists = {}

    def visit(table, path):
        for key, row in table.items():
            if isinstance(row, dict):
                if "dist" in row and row["dist"] != "regimes" or "value" in row:
                    dists[f"{path}{key}"] = estimate(f"{path}{key}", row)
                else:
                    visit(row, f"{path}{key}.")
    for name in ("capex", "chip", "cluster", "energy", "facility", "finance", "fleet", "site", "supply", "factor"):
        visit(doc[name], f"{name}.")
    value = {key: dist["a"] for key, dist in dists.items() if dist["kind"] == "constant"}

    chips, order = [], ["main", "other", "stock"]
    for name, chip in doc["chip"].items():
        if isinstance(chip, dict) and chip.get("line") in order:
            chips.append({"name": name, "line": chip["line"], **chip})
    by_name = {chip["name"]: chip for chip in chips}

    def born(chip):
        if "follows" in chip:
            return born(by_name[chip["follows"]]) + value["chip.trend.interval"]
        return quarters_since(chip.get("first_volume") or chip["release"], year0)

    def first_step(chip):
        """First quarter in whose middle the chip can be on sale; followers come an interval later."""
        if chip["line"] == "stock":
            return 0
        if "follows" in chip:
            return first_step(by_name[chip["follows"]]) + int(value["chip.trend.interval"])
        return max(0, math.ceil(born(chip) - 0.5)) if "first_volume" in chip else 0
    chips.sort(key=lambda chip: (order.index(chip["line"]), born(chip)))
    index = {chip["name"]: i for i, chip in enumerate(chips)}
    yard = doc["chip"]["h100"]
    out = []
    for chip in chips:
        name, key = chip["name"], f"chip.{chip['name']}."
        rate = lambda what: number(chip[what]["value"]) / number(yard[what]["value"]) if what in chip else None
        power, power_with = dists.get(key + "power"), -1
        if "power_with" in chip and power["kind"] == "constant":
            power_with = index[chip["power_with"]]
            power = {"kind": "constant", "a": power["a"] / median(dists[f"chip.{chip['power_with']}.power"])}
        out.append({
            "name": name, "line": chip["line"], "first_step": first_step(chip), "born": born(chip),
            "on_sale": "first_volume" not in chip and "follows" not in chip,
            "announced": quarters_since(chip["first_volume"], year0) if "first_volume" in chip else 0.0,
            "follows": index[chip["follows"]] if "follows" in chip else -1,
            "slip": dists["chip.slip"] if "first_volume" in chip else None,
            "h100e": dists.get(key + "h100e") or {"kind": "constant", "a": rate("dense8") or 0.0},
            "bf16_ratio": dists.get(key + "bf16_ratio") or {"kind": "constant", "a": rate("bf16") / rate("dense8") if "bf16" in chip else 1.0},
            "power": power, "power_with": power_with,
            "price": dists.get(key + "price"), "price_median": median(dists[key + "price"]) if key + "price" in dists else 0.0,
            "stock": dists.get(key + "stock"), "stock_age": value.get(key + "stock_age", 0.0),
            "stock_waiting": value.get(key + "stock_waiting", 0.0),
        })

    loading = doc["factor"]["loading"]
    series = []
    for key in SERIES:
        dist = dists.get(key, {"a": 0.0, "b": 1.0})
        weights = [float(loading.get(key, {}).get(f, 0.0)) for f in FACTORS]
        lags = [int(loading.get(key, {}).get("lag", {}).get(f, 0)) for f in FACTORS]
        series.append({"key": key, "mean": dist["a"], "sd": dist["b"], "weights": weights, "lags": lags,
                       "own": math.sqrt(max(0.0, 1 - sum(w * w for w in weights)))})
    assert len({value[f"factor.persistence.{f}"] for f in FACTORS + ("own",)}) == 1

    growth = doc["capex"]["growth"]
    names = ("boom", "normal", "digest")
    pi = [growth[n]["weight"] for n in names]
    f12, scale = 0.2 * (pi[0] + pi[1] - pi[2]), (1 - growth["stay"]) / 0.4
    flow = [[0, f12, 0.4 * pi[0] - f12], [f12, 0, 0.4 * pi[1] - f12], [0.4 * pi[0] - f12, 0.4 * pi[1] - f12, 0]]
    chain = [[growth["stay"] if i == j else scale * flow[i][j] / pi[i] for j in range(3)] for i in range(3)]

    groups = []
    for group in doc["correlation"].values():
        rank = group["rank"]
        groups.append({"keys": group["between"], "normal": 2 * math.sin(math.pi * rank / 6)})

    # A key that is missing, or of a family that is not known here, is found on use.
    once = {k: dists[k] for k in ONCE}
    return {
        "steps": steps, "first_year": year0, "closed": closed, "draws": doc["run"]["draws"],
        "reported": {m: {str(t): v for t, v in r.items() if -4 <= t < max(closed, 0)} for m, r in reports.items()},
        "guided": {"low": low, "high": high, "season": SEASONS[season], "next": SEASONS[season + 1], "years": max(ranges) + 1},
        "revenue_guidance": {str(t): v for t, v in revenue_guidance.items() if t >= closed},
        "once": once, "groups": groups, "series": series, "chips": out,
        "phi": value["factor.persistence.ai"],
        "regime": {"start": [growth[n]["start"] for n in names], "chain": chain,
                   "mean": [growth[n]["mean_log"] for n in names], "sd": [growth[n]["sd_log"] for n in names]},
        "season": [number(doc["capex"]["season"][f"q{q}"]["value"]) for q in (1, 2, 3, 4)],
        "season_sd": dists["capex.season.noise"]["b"],
        "value": value,
        # Early retirement goes "oldest first" (MODEL.md M6).
        "retire_order": sorted(range(len(out)), key=lambda i: out[i]["born"]),
    }


# Drawn once per draw, beside what the chips have.
ONCE = (
    "capex.building_share", "capex.other_share", "capex.chip_share", "capex.chip_share_drift", "capex.carry",
    "capex.guidance_error.first", "capex.guidance_error.april", "capex.guidance_error.july", "capex.guidance_error.october",
    "chip.network", "chip.price_decline", "chip.ramp", "chip.trend.per_dollar", "chip.trend.per_watt",
    "cluster.share", "energy.non_ai", "energy.price", "energy.utilization", "facility.annual_pue", "facility.peak_ratio",
    "finance.cash_margin", "finance.debt_limit", "finance.revenue_growth", "finance.revenue_guidance_error",
    "finance.server_life", "finance.spendable_share", "fleet.life",
    "site.meta.growth", "site.meta.growth_factor", "site.meta.power",
    "supply.dock_lag", "supply.growth", "supply.lead", "supply.share",
    "finance.construction", "finance.construction_servers", "finance.construction_time",
)

if __name__ == "__main__":
    json.dump(load(sys.argv[1]), sys.stdout, indent=1)
