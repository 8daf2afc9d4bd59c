"""The core of the model in NumPy, vectorized over draws: MODEL.md M0 to M7, M9 and M10 for one company.

Written from MODEL.md and the scenario's values (`params.py`), in the form in which MODEL.md states the
equations, not in the form in which Fleetcast computes them: cohorts lose their conditional share each
quarter, purchases are in chips against limits in chips, and money left buys further chips.

Units: B USD, k USD a chip, chips, H100e, MW, MWh; time in quarters from the start of the grid.
"""
import numpy as np

HOURS = 2191.5
TINY = 1e-300
# The same by definition in this scenario: every chip trains, and the fleet is counted by 8-bit rate.
SAME = {
    "fleet.h100e_dense8": "fleet.h100e",
    "fleet.h100e_sustained": "fleet.h100e_bf16",
    "fleet.h100": "chip.h100.installed",
}
FLOWS = (
    "capex.plan", "finance.revenue", "finance.operating_cash", "capex.shortfall", "capex.chip_budget", "capex.rest",
    "capex.chips", "capex.other_chips", "capex.buildings", "capex.total", "site.added_power", "fleet.retired",
    "energy.total", "energy.cost", "energy.company", "finance.depreciation", "finance.free_cash_flow",
)
INDICATORS = ("capex.inside_guidance", "capex.raised")


def metrics(p):
    """Rows of the output: (name, kind, first quarter, number of quarters). Flows have yearly sums beside them."""
    steps, guided = p["steps"], 4 * p["guided"]["years"]
    rows = []
    for chip in p["chips"]:
        first = chip["first_step"]
        if chip["line"] != "stock":
            rows.append((f"chip.{chip['name']}.price", "level", first, steps - first))
            rows.append((f"chip.{chip['name']}.purchases", "flow", first, steps - first))
        rows.append((f"chip.{chip['name']}.installed", "level", first, steps - first))
        rows.append((f"chip.{chip['name']}.installed_h100e", "level", first, steps - first))
    rows += [(name, "flow", 0, steps) for name in FLOWS]
    rows += [(name, "indicator", 0, guided) for name in INDICATORS]
    rows += [(f"binds.{name}", "indicator", 0, steps)
             for name in ("supply", "lead_time", "affordability", "money", "power", "installation")]
    rows += [(name, "level", 0, steps) for name in (
        "chip.price_index", "capex.year_plan", "capex.carried", "fleet.on_order", "fleet.chips_bought", "fleet.h100e_bought",
        "fleet.h100_bought", "capex.to_revenue", "site.ready_power", "facility.ready_power", "fleet.it_power", "facility.power",
        "fleet.chips", "fleet.h100e", "fleet.waiting_h100e", "fleet.h100e_bf16", "cluster.largest", "cluster.chips",
        "cluster.power", "finance.depreciation_to_revenue", "finance.book_value", "finance.cash", "finance.debt")]
    return rows


def quantile(dist, z):
    """The value of a distribution at a normal score."""
    kind, a = dist["kind"], dist["a"]
    if kind == "two_piece":
        x = a + np.where(z < 0, dist["b"], dist["c"]) * z if dist["b"] != dist["c"] else a + dist["b"] * z
        return x if dist["scale"] == "linear" else np.exp(x) if dist["scale"] == "log" else 1 / (1 + np.exp(-x))
    if kind == "normal":
        return np.maximum(a + dist["b"] * z, dist["c"])
    raise ValueError(kind)


def sample(dist, n, rng):
    kind = dist["kind"]
    if kind == "constant":
        return dist["a"]
    if kind == "triangular":
        return rng.triangular(dist["a"], dist["b"], dist["c"], n)
    if kind == "uniform":
        return rng.uniform(dist["a"], dist["b"], n)
    return quantile(dist, rng.standard_normal(n))


def grouped(p, n, rng):
    """Inputs with rank correlations: equicorrelated normal scores, z = sqrt(r) common + sqrt(1 - r) own."""
    values, prices = {}, {f"chip.{c['name']}.price": c["price"] for c in p["chips"]}
    used = (f"capex.guidance_error.{p['guided']['season']}", f"capex.guidance_error.{p['guided']['next']}")
    for group in p["groups"]:
        r, common = group["normal"], rng.standard_normal(n)
        for key in group["keys"]:
            if key in prices or key in used:
                z = np.sqrt(r) * common + np.sqrt(1 - r) * rng.standard_normal(n)
                values[key] = quantile(prices.get(key) or p["once"][key], z)
    return values


class Factors:
    """The common factors and the series that load on them, a quarter at a time."""

    def __init__(self, p, n, rng):
        self.p, self.n, self.rng, self.phi = p, n, rng, p["phi"]
        self.lag = max(max(s["lags"]) for s in p["series"])
        # The factors start so early that every lag finds them: stationary, hence N(0, 1) at quarter 0 too.
        self.history = [rng.standard_normal((5, n))]
        for _ in range(self.lag):
            self.history.append(self.next(self.history[-1]))
        self.own = [rng.standard_normal(n) if s["own"] > 0 else None for s in p["series"]]

    def next(self, x):
        return self.phi * x + np.sqrt(1 - self.phi**2) * self.rng.standard_normal(x.shape)

    def step(self, t):
        if t > 0:
            self.history = self.history[1:] + [self.next(self.history[-1])]
            self.own = [None if x is None else self.next(x) for x in self.own]
        values = {}
        for series, own in zip(self.p["series"], self.own):
            x = series["own"] * own if own is not None else 0.0
            for f in range(5):
                if series["weights"][f]:
                    x = x + series["weights"][f] * self.history[-1 - series["lags"][f]][f]
            values[series["key"]] = series["mean"] + series["sd"] * x
        return values


def simulate(p, n, rng, emit):
    """Runs n draws; emit(name, t, values) takes each metric of each quarter once."""
    v, steps, chips, closed = p["value"], p["steps"], p["chips"], p["closed"]
    reported = {m: {int(t): x for t, x in r.items()} for m, r in p["reported"].items()}
    once = {k: None if k in sum((g["keys"] for g in p["groups"]), []) else sample(d, n, rng) for k, d in p["once"].items()}
    once.update(grouped(p, n, rng))
    G = range(len(chips))
    zero = np.zeros(n)

    # What each chip is.
    h100e, bf16, kw, price0, T, median = [], [], [None] * len(chips), [], [], []
    years = v["chip.trend.interval"] / 4
    for g in sorted(G, key=lambda g: (chips[g]["power_with"] >= 0, g)):
        if chips[g]["follows"] < 0:
            power = sample(chips[g]["power"], n, rng)
            kw[g] = power * kw[chips[g]["power_with"]] if chips[g]["power_with"] >= 0 else power
    for g in G:
        c = chips[g]
        if c["follows"] >= 0:
            f = c["follows"]
            gain = 10 ** (once["chip.trend.per_dollar"] * years)
            h100e.append(h100e[f] * gain)
            bf16.append(bf16[f] * gain)
            kw[g] = kw[f] * gain * once["chip.trend.per_watt"] ** -years
            price0.append(price0[f])
            median.append(median[f])
            T.append(T[f] + v["chip.trend.interval"])
        else:
            h100e.append(sample(c["h100e"], n, rng) + zero)
            bf16.append(h100e[g] * sample(c["bf16_ratio"], n, rng))
            key = f"chip.{c['name']}.price"
            price0.append(once[key] if key in once else sample(c["price"], n, rng) if c["price"] else None)
            median.append(c["price_median"])
            if c["on_sale"]:
                T.append(zero - 1e9)
            else:
                first = c["announced"] + sample(c["slip"], n, rng)
                before = [g2 for g2 in range(g) if chips[g2]["line"] == c["line"]]
                T.append(np.maximum(first, T[before[-1]] + v["chip.spacing"]) if before else first)
    offers = [g for g in G if chips[g]["line"] != "stock"]
    successor = {g: next((k for k in offers if k > g and chips[k]["line"] == chips[g]["line"]), None) for g in offers}

    # Fleet: cohorts [chips, age in years when they came, quarter], and what waits.
    L_d, life = once["supply.dock_lag"], once["fleet.life"]
    keep = 1 - v["fleet.failure"] * (1 - v["fleet.repaired"]) / 4
    ages = sorted({c["stock_age"] + j / 4 for c in chips if c["stock"] for j in range(steps)} | {j / 4 for j in range(steps)})
    lost = {a: keep * np.exp((a**3 - (a + 0.25) ** 3) / life**3) for a in ages}
    cohorts, waiting = [[] for _ in G], [zero for _ in G]
    bought = [zero, zero, zero]
    for g in G:
        if chips[g]["stock"]:
            stock = sample(chips[g]["stock"], n, rng)
            waiting[g] = stock * np.minimum(chips[g]["stock_waiting"] * L_d, v["fleet.waiting_cap"])
            cohorts[g].append([stock - waiting[g], chips[g]["stock_age"]])
            if chips[g]["stock_age"] <= 2:
                bought = [bought[0] + stock, bought[1] + h100e[g] * stock, bought[2] + (stock if chips[g]["name"] == "h100" else 0)]
    waiting_power = sum(kw[g] * waiting[g] for g in G) / 1000

    # Revenue, cash, power, cluster and depreciation before the grid.
    R, CFO = dict(reported["finance.revenue"]), dict(reported["finance.operating_cash"])
    C, D, book = v["finance.cash"] + zero, v["finance.debt"] + zero, v["finance.book_value"] + zero
    M, K, each, each_mw = once["site.meta.power"] + zero, v["cluster.largest"] + zero, 1 + zero, zero
    B, factor, built = zero, 1.0, []
    quarters = 4 * once["finance.server_life"]

    def charged(j, quarters):
        """Straight line, half in the first quarter: overlap of the j-th quarter with the life."""
        return np.maximum(0, np.minimum(j + 0.5, quarters) - max(j - 0.5, 0.0)) / quarters
    shares = [charged(j, quarters) for j in range(steps + 4)]
    servers = [v["finance.legacy_server_share"] * reported["capex.total"][t] + zero for t in range(-4, 0)]
    A_year, years_plan = sum(reported["capex.total"][t] for t in range(-4, 0)) + zero, []
    state, sums = None, {}
    factors = Factors(p, n, rng)

    def put(name, t, x):
        emit(name, t, x)

    def flow(name, t, x):
        emit(name, t, x)
        sums[name] = x if name not in sums or t % 4 == 0 else sums[name] + x
        if t % 4 == 3:
            emit(name, -1 - t // 4, sums[name])

    for t in range(steps):
        s, mid, year = factors.step(t), t + 0.5, t // 4
        open_quarter, guided = t >= closed, year < p["guided"]["years"]

        # M1: the year's plan and its quarters.
        if t % 4 == 0:
            before = A_year
            if guided:
                middle = (p["guided"]["low"] + p["guided"]["high"]) / 2
                A_year = middle * once[f"capex.guidance_error.{p['guided']['season']}"]
            else:
                u, chain = rng.random(n), p["regime"]
                rows = np.array([chain["start"]] if state is None else chain["chain"]).cumsum(1)
                k = np.zeros(n, np.intp) if state is None else state
                state = (u >= rows[k, 0]).astype(np.intp) + (u >= rows[k, 1])
                A_year = before * np.exp(np.array(chain["mean"])[state] + np.array(chain["sd"])[state] * s["capex.growth"])
            years_plan.append(A_year)
            growth = np.log(A_year / before)
            noise = p["season_sd"] * rng.standard_normal((4, n))
            w = [np.exp(growth * (q - 1.5) / 4 + p["season"][q] + noise[q]) for q in range(4)]
            spent = sum(reported["capex.total"].get(t + q, 0) for q in range(4) if t + q < closed)
            w_open = sum(w[q] for q in range(4) if t + q >= closed)
        nu = np.clip(once["capex.chip_share"] + once["capex.chip_share_drift"] * (t / 4) + s["capex.chip_share_noise"],
                     v["capex.chip_share_floor"], v["capex.chip_share_ceiling"])
        fit = np.minimum(1, (1 - v["capex.rest_floor"]) / (nu + once["capex.other_share"] + once["capex.building_share"]))
        nu, o, beta = nu * fit, once["capex.other_share"] * fit, once["capex.building_share"] * fit

        # M3: shares of spending and prices.
        on = [g for g in offers if chips[g]["first_step"] <= t]
        m, p_bare, price = {}, {}, {}
        for line in ("main", "other"):
            left = 1.0
            for g in reversed([g for g in on if chips[g]["line"] == line]):
                if chips[g]["on_sale"]:
                    m[g] = left + zero
                else:
                    ramp = (mid >= T[g]) / (1 + 9 ** (1 - 2 * (mid - T[g]) / once["chip.ramp"]))
                    m[g], left = left * ramp, left * (1 - ramp)
        markup = np.exp(s["chip.price_noise"]) * (1 + once["chip.network"])
        paid = usual = 0.0
        for g in on:
            fall = 1.0
            if successor[g] is not None and chips[successor[g]]["first_step"] <= t:
                fall = (1 - once["chip.price_decline"]) ** (np.maximum(mid - T[successor[g]], 0) / 4)
            p_bare[g] = price0[g] * fall
            price[g] = p_bare[g] * markup
            put(f"chip.{chips[g]['name']}.price", t, price[g])
            if chips[g]["line"] == "main":
                paid, usual = paid + m[g] * price[g], usual + m[g] * median[g] * fall
        index = paid / (usual * (1 + once["chip.network"]))
        put("chip.price_index", t, index)

        # M1: plan, revenue, what can be paid.
        if not open_quarter:
            plan = reported["capex.total"][t] + zero
        else:
            plan = np.maximum(A_year - spent, 0) * w[t % 4] / w_open
            if not guided:
                plan = plan * index ** (v["capex.price_response"] * (nu + o))
        if t in reported["finance.revenue"]:
            R[t] = reported["finance.revenue"][t] + zero
        elif str(t) in p["revenue_guidance"]:
            R[t] = p["revenue_guidance"][str(t)] * once["finance.revenue_guidance_error"]
        else:
            R[t] = R[t - 4] * ((1 + once["finance.revenue_growth"]) * np.exp(s["finance.revenue_noise"]))
        CFO[t] = reported["finance.operating_cash"][t] + zero if t in reported["finance.operating_cash"] else R[t] * once["finance.cash_margin"]
        theta = once["finance.spendable_share"] * CFO[t]
        A = plan
        if open_quarter:
            room = np.minimum(v["finance.debt_step"], np.maximum(0, once["finance.debt_limit"] * (CFO[t] + CFO[t - 1] + CFO[t - 2] + CFO[t - 3]) - D))
            A = np.minimum(plan, np.maximum(0, theta + room + np.maximum(0, C - v["finance.cash_floor"])))
        cut = plan - A
        put("capex.year_plan", t, A_year)
        flow("capex.plan", t, plan)
        flow("finance.revenue", t, R[t])
        flow("finance.operating_cash", t, CFO[t])
        flow("capex.shortfall", t, cut)
        if guided:
            low, high = p["guided"]["low"], p["guided"]["high"]
            put("capex.inside_guidance", t, (low <= A_year) & (A_year <= high))
            put("capex.raised", t, A_year / once[f"capex.guidance_error.{p['guided']['next']}"] > 1.01 * (low + high) / 2)

        # M2 and M3: budgets, supply, purchases.
        b, others = nu * A + B, o * A
        fade = v["supply.fade"]
        exponent = sum(1 - (1 - v["supply.growth_end"]) * min(q / fade, 1) for q in range(t))
        W = v["supply.revenue"] * np.exp(np.log(once["supply.growth"]) * exponent + s["supply.noise"])
        cover = np.exp(v["supply.cover"] + s["supply.cover_noise"] * np.sqrt(once["supply.lead"] / 2)) if open_quarter else 1.0
        money = {"main": b, "other": others}
        wanted = {g: m[g] * money[chips[g]["line"]] / price[g] * 1e6 for g in on}
        plan_power = sum(kw[g] * wanted[g] for g in on) / 1000
        omega = np.where(plan_power > 0, np.clip(2 + L_d - waiting_power / np.maximum(plan_power, TINY), 0, 1), 1.0)
        main = [g for g in on if chips[g]["line"] == "main"]
        limit, q = {}, {}
        supply_smaller = 0.0
        for g in main:
            S = once["supply.share"] * W * m[g] / p_bare[g] * 1e6
            limit[g] = np.minimum(cover * wanted[g], S) * omega
            q[g] = np.minimum(limit[g], wanted[g])
            supply_smaller = supply_smaller + (np.minimum(S, wanted[g]) - np.minimum(cover, 1.0) * wanted[g])
        left = b - sum(q[g] * price[g] for g in main) / 1e6
        left = np.where(left < 1e-12 * (b + others), 0, left)
        for g in reversed(main):
            more = np.minimum(np.maximum(limit[g] - q[g], 0), left * 1e6 / price[g])
            q[g], left = q[g] + more, left - more * price[g] / 1e6
        spent_main = b - left
        spent_others = 0.0
        for g in on:
            if chips[g]["line"] == "other":
                q[g] = wanted[g] * omega
                spent_others = spent_others + q[g] * price[g] / 1e6
        left = left + np.maximum(others - spent_others, 0)
        left = np.where(left < 1e-12 * (b + others), 0, left)
        B_after = once["capex.carry"] * left if open_quarter else zero
        buildings = beta * A + left - B_after
        capex = A + B - B_after
        for g in on:
            flow(f"chip.{chips[g]['name']}.purchases", t, q[g])
        flow("capex.chip_budget", t, b)
        flow("capex.rest", t, A * (1 - nu - o - beta))
        flow("capex.chips", t, spent_main)
        flow("capex.other_chips", t, spent_others)
        flow("capex.buildings", t, buildings)
        flow("capex.total", t, capex)
        put("capex.to_revenue", t, capex / R[t])
        put("capex.carried", t, B_after)
        put("fleet.on_order", t, sum(wanted[g] * h100e[g] for g in on) * once["supply.lead"])
        bought[0] = bought[0] + sum(q[g] for g in on)
        bought[1] = bought[1] + sum(q[g] * h100e[g] for g in on)
        bought[2] = bought[2] + sum(q[g] for g in on if chips[g]["name"] == "h100")
        for name, x in zip(("chips_bought", "h100e_bought", "h100_bought"), bought):
            put(f"fleet.{name}", t, x)
        B = B_after

        # M4: failures and age.
        N = [zero for _ in G]
        for g in G:
            for cohort in cohorts[g]:
                cohort[0] = cohort[0] * lost[cohort[1]]
                cohort[1] += 0.25
                N[g] = N[g] + cohort[0]

        # M5: power.
        lagged = years_plan[max(t - int(v["site.capex_lag"]), 0) // 4]
        y = max(t - int(v["site.capex_lag"]), 0) // 4
        tau = min(t, v["site.meta.fade"])
        response = (lagged / (years_plan[0] * np.exp(v["site.capex_trend"] * y))) ** v["site.capex_elasticity"]
        added = once["site.meta.growth"] * once["site.meta.growth_factor"] ** (tau - tau**2 / (2 * v["site.meta.fade"])) \
            * response * np.exp(s["site.additions_noise"])
        M = M + added
        peak = once["facility.peak_ratio"]
        flow("site.added_power", t, added)
        put("site.ready_power", t, M)
        put("facility.ready_power", t, M * peak)

        # M6: early retirement, installation, what binds.
        held = [g for g in G if chips[g]["line"] == "stock" or chips[g]["first_step"] <= t]
        for g in on:
            waiting[g] = waiting[g] + q[g]
        ready = {g: waiting[g] / (1 + L_d) for g in on}
        need = sum(kw[g] * ready[g] for g in on) / 1000
        free = np.maximum(0, (1 - v["facility.reserve"]) * M - sum(kw[g] * N[g] for g in held) / 1000)
        gap = np.maximum(0, need - free)
        room = np.where(need > 0, 1 - gap / np.maximum(need, TINY), 1.0)
        newest = 0.0
        for g in main:
            newest = np.where(T[g] <= mid, h100e[g] / kw[g], newest)
        retired, gap_left = zero, gap
        for g in p["retire_order"]:
            if g in held:
                old = h100e[g] / kw[g] <= v["fleet.retire_efficiency"] * newest
                units = np.where(old, np.minimum(gap_left * 1000 / kw[g], N[g]), 0)
                kept = 1 - units / np.maximum(N[g], TINY)
                gap_left, retired, N[g] = gap_left - units * kw[g] / 1000, retired + units, N[g] - units
                for cohort in cohorts[g]:
                    cohort[0] = cohort[0] * kept
        free = free + (gap - gap_left)
        f = np.where(need > 0, np.minimum(1, free / np.maximum(need, TINY)), 1.0)
        for g in on:
            installed = f * ready[g]
            cohorts[g].append([installed, 0.0])
            N[g], waiting[g] = N[g] + installed, waiting[g] - installed
        power = (room < 0.98) | (omega < 0.98)
        chips_bind = ~power & (left > 0.02 * b)
        cash = ~power & ~chips_bind & (cut > 0)
        by_supply = chips_bind & (supply_smaller < 0)
        put("binds.power", t, power)
        put("binds.installation", t, np.zeros(n, bool))
        put("binds.supply", t, by_supply)
        put("binds.lead_time", t, chips_bind & ~by_supply)
        put("binds.affordability", t, cash)
        put("binds.money", t, ~power & ~chips_bind & ~cash)
        it = fleet = fleet16 = units = 0.0
        for g in held:
            own = N[g] * h100e[g]
            put(f"chip.{chips[g]['name']}.installed", t, N[g])
            put(f"chip.{chips[g]['name']}.installed_h100e", t, own)
            it, fleet, fleet16, units = it + N[g] * kw[g], fleet + own, fleet16 + N[g] * bf16[g], units + N[g]
        it = it / 1000
        waiting_power = sum(kw[g] * waiting[g] for g in on) / 1000
        flow("fleet.retired", t, retired)
        put("fleet.it_power", t, it)
        put("facility.power", t, it * peak)
        put("fleet.chips", t, units)
        put("fleet.h100e", t, fleet)
        put("fleet.h100e_bf16", t, fleet16)
        put("fleet.waiting_h100e", t, sum(h100e[g] * waiting[g] for g in on))

        # M7: largest cluster.
        all_ready = sum(ready[g] for g in on)
        ready_h100e = sum(ready[g] * h100e[g] for g in on)
        K = np.maximum(K, once["cluster.share"] * fleet)
        each = np.where(all_ready > 0, ready_h100e / np.maximum(all_ready, TINY), each)
        each_mw = np.where(all_ready > 0, need / np.maximum(ready_h100e, TINY), each_mw)
        put("cluster.largest", t, K)
        put("cluster.chips", t, K / each)
        put("cluster.power", t, K * each_mw * peak)

        # M9: energy.
        E = it * once["energy.utilization"] * once["facility.annual_pue"] * HOURS
        flow("energy.total", t, E)
        flow("energy.cost", t, E * once["energy.price"] / 1e9)
        flow("energy.company", t, E + once["energy.non_ai"] / 4 * (1 + v["energy.non_ai_growth"]) ** (1 + year))

        # M10: depreciation, cash, debt.
        fresh = sum(servers[i] * shares[t + 3 - i] for i in range(t + 4))
        for i in range(t - 3):
            fresh = fresh + built[i] * float(charged(t - i - 4, 4 * v["finance.building_life"]))
        # What was under construction enters service evenly; its servers leave after their life.
        time, life = once["finance.construction_time"], 4 * once["finance.server_life"]
        entered, gone = np.minimum(t + 0.5, time), np.clip(t + 0.5 - life, 0, time)
        part = once["finance.construction_servers"]
        rate = part * (entered - gone) / life + (1 - part) * entered / (4 * v["finance.building_life"])
        fresh = fresh + once["finance.construction"] * rate / time
        legacy = v["finance.legacy_server_depreciation"] * max(0, 1 - t / v["finance.legacy_server_runoff"]) \
            + v["finance.legacy_other_depreciation"] * max(0, 1 - t / v["finance.legacy_other_runoff"])
        if t in reported["finance.depreciation"]:
            factor = (reported["finance.depreciation"][t] - fresh) / legacy
        dep = legacy * factor + fresh
        if t not in reported["finance.depreciation"]:
            dep = dep * np.exp(s["finance.depreciation_noise"])
        servers.append(v["finance.server_share"] * capex)
        built.append(buildings)
        book = book + capex - dep
        issue = np.maximum(0, capex - theta - np.maximum(0, C - v["finance.cash_floor"]))
        D = D + issue
        C = C + theta - capex + issue - v["finance.buyback_share"] * np.maximum(0, theta - capex)
        flow("finance.depreciation", t, dep)
        put("finance.depreciation_to_revenue", t, dep / R[t])
        flow("finance.free_cash_flow", t, CFO[t] - capex)
        put("finance.book_value", t, book)
        put("finance.cash", t, C)
        put("finance.debt", t, D)
