"""The core in numba: a fused loop over draws, parallel, fast math, percentiles from histograms.
usage: peer_numba.py RUN_FOLDER DRAWS SEED [OUT.npz]

Threads as NUMBA_NUM_THREADS says. A pilot of 4,096 draws sets the ends of each histogram. Outputs are buffered
for 64 draws and added a histogram at a time, so that one histogram is hot and not all of them. What falls by
the same factor each quarter is multiplied on, and what is left of a cohort is tabulated by age.
"""
import math
import sys
import time

import numba
import numpy as np
from numba import njit, prange

import model
import params
import report

BINS, BUFFER, PILOT = 512, 64, 4096
GROUPS = 64
HOURS = model.HOURS
KINDS = {"constant": 0, "log": 1, "logit": 2, "linear": 3, "triangular": 4, "uniform": 5, "normal": 6}
ONCE = tuple(k for k in params.ONCE if not k.startswith("capex.guidance_error"))
VALUE = (
    "capex.chip_share_floor", "capex.chip_share_ceiling", "capex.price_response", "capex.rest_floor", "chip.spacing",
    "chip.trend.interval", "cluster.largest", "energy.non_ai_growth", "facility.reserve", "finance.book_value",
    "finance.building_life", "finance.buyback_share", "finance.cash", "finance.cash_floor", "finance.debt", "finance.debt_step",
    "finance.legacy_other_depreciation", "finance.legacy_other_runoff", "finance.legacy_server_depreciation",
    "finance.legacy_server_runoff", "finance.legacy_server_share", "finance.server_share", "fleet.failure", "fleet.repaired",
    "fleet.retire_efficiency", "fleet.waiting_cap", "site.capex_elasticity", "site.capex_lag", "site.capex_trend",
    "site.meta.fade", "supply.cover", "supply.fade", "supply.growth_end", "supply.revenue",
)
# Metrics that are not a chip's, in the order in which the loop writes them.
NAMES = (
    "chip.price_index", "capex.year_plan", "capex.plan", "finance.revenue", "finance.operating_cash", "capex.shortfall",
    "capex.inside_guidance", "capex.raised", "capex.chip_budget", "capex.rest", "capex.chips", "capex.other_chips",
    "capex.buildings", "capex.total", "capex.to_revenue", "capex.carried", "fleet.on_order", "fleet.chips_bought",
    "fleet.h100e_bought", "fleet.h100_bought", "site.added_power", "site.ready_power", "facility.ready_power", "binds.power",
    "binds.installation", "binds.supply", "binds.lead_time", "binds.affordability", "binds.money", "fleet.retired",
    "fleet.it_power", "facility.power", "fleet.chips", "fleet.h100e", "fleet.h100e_bf16", "fleet.waiting_h100e",
    "cluster.largest", "cluster.chips", "cluster.power", "energy.total", "energy.cost", "energy.company",
    "finance.depreciation", "finance.depreciation_to_revenue", "finance.free_cash_flow", "finance.book_value",
    "finance.cash", "finance.debt",
)


def row(dist):
    if dist is None:
        return (-1.0, 0.0, 0.0, 0.0)
    kind = dist.get("scale", dist["kind"])
    return (float(KINDS[kind]), dist["a"], dist.get("b", 0.0), dist.get("c", 0.0))


def flatten(p):
    """Parameters as arrays that numba can take."""
    chips, steps = p["chips"], p["steps"]
    line = {"main": 0, "other": 1, "stock": 2}
    ints = np.array([[line[c["line"]], c["first_step"], c["on_sale"], c["follows"], c["power_with"], c["stock"] is not None,
                      c["name"] == "h100"] for c in chips], np.int64)
    grouped = [f"chip.{c['name']}.price" in p["groups"][1]["keys"] for c in chips]
    reals = np.array([[c["announced"], c["price_median"], c["stock_age"], c["stock_waiting"], float(g)] for c, g in zip(chips, grouped)])
    dists = np.array([[row(c[k]) for k in ("h100e", "bf16_ratio", "power", "price", "stock", "slip")] for c in chips])
    once = np.array([row(p["once"][k]) for k in ONCE])
    errors = np.array([row(p["once"][f"capex.guidance_error.{p['guided'][k]}"]) for k in ("season", "next")])
    series = np.array([[s["mean"], s["sd"], s["own"]] + s["weights"] for s in p["series"]])
    lags = np.array([s["lags"] for s in p["series"]], np.int64)
    regime = np.array([p["regime"]["mean"], p["regime"]["sd"], np.cumsum(p["regime"]["start"])] + [list(np.cumsum(r)) for r in p["regime"]["chain"]])
    known = np.zeros((4, 4 + steps))
    for i, metric in enumerate(("capex.total", "finance.revenue", "finance.operating_cash", "finance.depreciation")):
        for t, x in p["reported"][metric].items():
            known[i, 4 + int(t)] = x
    middle = np.zeros(steps)
    for t, x in p["revenue_guidance"].items():
        middle[int(t)] = x
    guided = np.array([p["guided"]["low"], p["guided"]["high"], p["guided"]["years"], p["closed"], p["phi"], p["season_sd"],
                       p["groups"][0]["normal"], p["groups"][1]["normal"]] + p["season"])
    value = np.array([p["value"][k] for k in VALUE])
    order = np.array(p["retire_order"], np.int64)
    return ints, reals, dists, once, errors, series, lags, regime, known, middle, guided, value, order


def layout(p):
    """For each step the metrics that have a summary, and for each cell its place in the report."""
    rows = {name: (kind, first, count) for name, kind, first, count in model.metrics(p)}
    names = [f"chip.{c['name']}.{k}" for c in p["chips"] for k in ("price", "purchases", "installed", "installed_h100e")] + list(NAMES)
    assert set(rows) <= set(names), set(rows) - set(names)
    at, steps = report.Report(model.metrics(p), p["steps"]).at, p["steps"]
    cells, starts, place = [], [0], []
    for t in range(steps):
        for i, name in enumerate(names):
            kind, first, count = rows.get(name, ("", 0, 0))
            if first <= t < first + count:
                cells.append(i)
                place.append(at[name, t])
        if t % 4 == 3:
            for i, name in enumerate(names):
                kind, first, _ = rows.get(name, ("", 0, 0))
                if kind == "flow" and t // 4 >= first // 4:
                    cells.append(-1 - i)
                    place.append(at[name, -1 - t // 4])
        starts.append(len(cells))
    flows = np.array([rows.get(name, ("",))[0] == "flow" for name in names])
    indicator = np.array([c >= 0 and rows[names[c]][0] == "indicator" for c in cells])
    return np.array(cells, np.int64), np.array(starts, np.int64), flows, indicator, np.array(place), len(names)


def ziggurat(layers=128, r=3.442619855899, v=9.91256303526217e-3):
    """Edges of the layers under exp(-x^2/2) (Marsaglia and Tsang 2000, in the form of Doornik 2005)."""
    x, f = np.zeros(layers + 1), math.exp(-r * r / 2)
    x[0], x[1] = v / f, r
    for i in range(2, layers):
        x[i] = math.sqrt(-2 * math.log(v / x[i - 1] + f))
        f = math.exp(-x[i] * x[i] / 2)
    return x, x[1:] / x[:-1]


ZIGGURAT, RATIO = ziggurat()


@njit(fastmath=True, error_model="numpy")
def bits(s):
    """xoshiro256+ (Blackman and Vigna 2018); numba's own generator takes three times as long."""
    out, t = s[0] + s[3], s[1] << np.uint64(17)
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = (s[3] << np.uint64(45)) | (s[3] >> np.uint64(19))
    return out


@njit(fastmath=True, error_model="numpy")
def uniform(s):
    return (bits(s) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(fastmath=True, error_model="numpy")
def normal(s):
    while True:
        word = bits(s)
        u = 2 * ((word >> np.uint64(11)) * (1.0 / 9007199254740992.0)) - 1
        # The low bits of xoshiro256+ are weak, those above them are not.
        i = np.int64((word >> np.uint64(4)) & np.uint64(127))
        if abs(u) < RATIO[i]:
            return u * ZIGGURAT[i]
        if i == 0:
            while True:
                x = math.log(1 - uniform(s)) / ZIGGURAT[1]
                if -2 * math.log(1 - uniform(s)) >= x * x:
                    return x - ZIGGURAT[1] if u < 0 else ZIGGURAT[1] - x
        x = u * ZIGGURAT[i]
        f0 = math.exp(-0.5 * (ZIGGURAT[i] * ZIGGURAT[i] - x * x))
        f1 = math.exp(-0.5 * (ZIGGURAT[i + 1] * ZIGGURAT[i + 1] - x * x))
        if f1 + uniform(s) * (f0 - f1) < 1.0:
            return x


@njit(fastmath=True, error_model="numpy")
def quantile(row, z):
    kind = row[0]
    x = row[1] + (row[2] if z < 0 else row[3]) * z
    if kind == 1.0:
        return math.exp(x)
    if kind == 2.0:
        return 1 / (1 + math.exp(-x))
    if kind == 3.0:
        return x
    return max(row[1] + row[2] * z, row[3])


@njit(fastmath=True, error_model="numpy")
def sample(row, s):
    kind = row[0]
    if kind == 0.0:
        return row[1]
    if kind == 4.0:
        u, a, b, c = uniform(s), row[1], row[2], row[3]
        cut = (b - a) / (c - a)
        return a + math.sqrt(u * (c - a) * (b - a)) if u < cut else c - math.sqrt((1 - u) * (c - a) * (c - b))
    if kind == 5.0:
        return row[1] + (row[2] - row[1]) * uniform(s)
    return quantile(row, normal(s))


@njit(fastmath=True, error_model="numpy")
def chunk(seed, draws, P, cells, starts, flows, indicator, names, low, scale, pilot, sums, squares, hist, keep):
    ints, reals, dists, once_rows, errors, series, lags, regime, known, middle, guided, value, order = P
    s = np.empty(4, np.uint64)
    word = np.uint64(seed)
    for k in range(4):  # SplitMix64
        word += np.uint64(0x9E3779B97F4A7C15)
        y = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        y = (y ^ (y >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        s[k] = y ^ (y >> np.uint64(31))
    G, steps = ints.shape[0], middle.shape[0]
    (share_floor, share_ceiling, response, rest_floor, spacing, interval, largest, non_ai_growth, reserve, book0, building_life,
     buyback, cash0, cash_floor, debt0, debt_step, other_dep, other_runoff, server_dep, server_runoff, legacy_share, server_share,
     failure, repaired, retire, waiting_cap, elasticity, lag, trend, fade_site, cover_mean, fade, growth_end, W0) = (
        value[0], value[1], value[2], value[3], value[4], value[5], value[6], value[7], value[8], value[9], value[10],
        value[11], value[12], value[13], value[14], value[15], value[16], value[17], value[18], value[19], value[20], value[21],
        value[22], value[23], value[24], value[25], value[26], value[27], value[28], value[29], value[30], value[31], value[32], value[33])
    low_guided, high_guided, years_guided, closed, phi = guided[0], guided[1], int(guided[2]), int(guided[3]), guided[4]
    season_sd, r_errors, r_prices = guided[5], guided[6], guided[7]
    midpoint = (low_guided + high_guided) / 2
    LAG = 4
    psi = math.sqrt(1 - phi * phi)
    main0 = 0
    main1 = 0
    for g in range(G):
        if ints[g, 0] == 0:
            main1 = g + 1
    other1 = main1
    for g in range(main1, G):
        if ints[g, 0] == 1:
            other1 = g + 1
    once = np.empty(once_rows.shape[0])
    h100e, bf16, kw, price0, T, median = np.empty(G), np.empty(G), np.empty(G), np.empty(G), np.empty(G), np.empty(G)
    waiting, ready, N, wanted, m, price, q, kept = (np.empty(G), np.empty(G), np.empty(G), np.empty(G), np.empty(G), np.empty(G),
                                                    np.empty(G), np.empty(G))
    odds, fall, odds_step = np.empty(G), np.empty(G), 0.0
    cohort = np.empty((G, steps))
    first_stock = np.empty(G)
    K = np.empty(steps + 1)
    z = np.empty((5, steps + LAG + 1))
    own, x = np.empty(series.shape[0]), np.empty(series.shape[0])
    R, CFO = np.empty(steps + 4), np.empty(steps + 4)
    servers, built, weight, years_plan = np.empty(steps + 4), np.empty(steps), np.empty(steps + 4), np.empty(steps // 4 + 1)
    w = np.empty(4)
    o, ysum = np.zeros(names), np.zeros(names)
    n_cells = cells.shape[0]
    buffer = np.empty((n_cells, BUFFER), np.float32)
    filled = 0
    for draw in range(draws):
        o[:] = 0.0
        for k in range(once_rows.shape[0]):
            once[k] = sample(once_rows[k], s)
        (beta0, o0, nu0, drift, carry, network, decline, ramp_length, per_dollar, per_watt, cluster_share, non_ai, energy_price,
         utilization, pue, peak, margin, debt_limit, growth_r, revenue_error, life_servers, theta_share, life, a0, g_a, M,
         L_d, g_W, lead, sigma_c, under_way, part_servers, build_time) = (
            once[0], once[1], once[2], once[3], once[4], once[5], once[6], once[7], once[8], once[9], once[10], once[11], once[12],
            once[13], once[14], once[15], once[16], once[17], once[18], once[19], once[20], once[21], once[22], once[23], once[24],
            once[25], once[26], once[27], once[28], once[29], once[30], once[31], once[32])
        common = normal(s)
        error = quantile(errors[0], math.sqrt(r_errors) * common + math.sqrt(1 - r_errors) * normal(s))
        next_error = quantile(errors[1], math.sqrt(r_errors) * common + math.sqrt(1 - r_errors) * normal(s))
        common = normal(s)
        # Chips.
        for g in range(G):
            if ints[g, 3] < 0 and ints[g, 4] < 0:
                kw[g] = sample(dists[g, 2], s)
        for g in range(G):
            if ints[g, 3] < 0 and ints[g, 4] >= 0:
                kw[g] = sample(dists[g, 2], s) * kw[ints[g, 4]]
        gain = math.exp(per_dollar * (interval / 4) * math.log(10.0))
        per_kw = math.exp(-math.log(per_watt) * (interval / 4))
        for g in range(G):
            f = ints[g, 3]
            if f >= 0:
                h100e[g], bf16[g], kw[g] = h100e[f] * gain, bf16[f] * gain, kw[f] * gain * per_kw
                price0[g], median[g], T[g] = price0[f], median[f], T[f] + interval
            else:
                h100e[g] = sample(dists[g, 0], s)
                bf16[g] = h100e[g] * sample(dists[g, 1], s)
                median[g] = reals[g, 1]
                if ints[g, 0] < 2:
                    score = normal(s)
                    if reals[g, 4] > 0:
                        score = math.sqrt(r_prices) * common + math.sqrt(1 - r_prices) * score
                    price0[g] = quantile(dists[g, 3], score)
                T[g] = -1e9
                if ints[g, 2] == 0:
                    T[g] = reals[g, 0] + sample(dists[g, 5], s)
                    if g > 0 and ints[g - 1, 0] == ints[g, 0]:
                        T[g] = max(T[g], T[g - 1] + spacing)
        # What is left of a cohort by age, and the stock at the start.
        keep_q = 1 - failure * (1 - repaired) / 4
        kk = 1.0
        for j in range(steps + 1):
            a = 0.25 * j / life
            K[j] = kk * math.exp(-a * a * a)
            kk *= keep_q
        chips_bought, h100e_bought, h100_bought, waiting_power = 0.0, 0.0, 0.0, 0.0
        for g in range(G):
            waiting[g], kept[g], first_stock[g], q[g], N[g] = 0.0, 1.0, 0.0, 0.0, 0.0
            if ints[g, 5] == 1:
                stock = sample(dists[g, 4], s)
                waiting[g] = stock * min(reals[g, 3] * L_d, waiting_cap)
                first_stock[g] = stock - waiting[g]
                waiting_power += kw[g] * waiting[g] * 1e-3
                if reals[g, 2] <= 2:
                    chips_bought += stock
                    h100e_bought += h100e[g] * stock
                    if ints[g, 6] == 1:
                        h100_bought = stock
        # Odds against a generation and the fall of its price: by the same factor each quarter.
        log9 = 2 * math.log(9.0) / ramp_length
        odds_step = math.exp(-log9)
        log_fall = math.log(1 - decline) / 4
        fall_step = math.exp(log_fall)
        for g in range(other1):
            mid = ints[g, 1] + 0.5
            odds[g] = 9 * math.exp(-log9 * (mid - T[g])) if ints[g, 2] == 0 else 0.0
            fall[g] = 1.0
        # Factors.
        for f in range(5):
            z[f, 0] = normal(s)
            for t in range(1, steps + LAG):
                z[f, t] = phi * z[f, t - 1] + psi * normal(s)
        for j in range(steps + 4):
            life_q = 4 * life_servers
            weight[j] = max(0.0, min(j + 0.5, life_q) - max(j - 0.5, 0.0)) / life_q
        for t in range(4):
            R[t], CFO[t] = known[1, t], known[2, t]
            servers[t] = legacy_share * known[0, t]
        A_year = known[0, 0] + known[0, 1] + known[0, 2] + known[0, 3]
        C, D, book, B, factor = cash0, debt0, book0, 0.0, 1.0
        KL, each, each_mw = largest, 1.0, 0.0
        state, before, spent, w_open = -1, A_year, 0.0, 1.0
        supply_exponent = 0.0
        log_gW, log_ga = math.log(g_W), math.log(g_a)
        lead_root = math.sqrt(lead / 2)
        ready_share = 1 / (1 + L_d)
        for t in range(steps):
            mid, year = t + 0.5, t // 4
            is_open, is_guided = t >= closed, year < years_guided
            for k in range(series.shape[0]):
                if series[k, 2] > 0:
                    e = normal(s)
                    own[k] = e if t == 0 else phi * own[k] + psi * e
                    y = series[k, 2] * own[k]
                else:
                    y = 0.0
                for f in range(5):
                    y += series[k, 3 + f] * z[f, t + LAG - lags[k, f]]
                x[k] = series[k, 0] + series[k, 1] * y
            # Plan of the year.
            if t % 4 == 0:
                before = A_year
                if is_guided:
                    A_year = midpoint * error
                else:
                    u = uniform(s)
                    r = 2 if state < 0 else 3 + state
                    state = (1 if u >= regime[r, 0] else 0) + (1 if u >= regime[r, 1] else 0)
                    A_year = before * math.exp(regime[0, state] + regime[1, state] * x[0])
                years_plan[year] = A_year
                growth = math.log(A_year / before)
                spent, w_open = 0.0, 0.0
                for k in range(4):
                    w[k] = math.exp(growth * (k - 1.5) / 4 + guided[8 + k] + season_sd * normal(s))
                    if t + k < closed:
                        spent += known[0, 4 + t + k]
                    else:
                        w_open += w[k]
            nu = min(max(nu0 + drift * (t / 4) + x[1], share_floor), share_ceiling)
            fit = min(1.0, (1 - rest_floor) / (nu + o0 + beta0))
            nu, oo, beta = nu * fit, o0 * fit, beta0 * fit
            # Shares of spending and prices.
            left_share = 1.0
            for gg in range(other1):
                g = other1 - 1 - gg
                if g == main1 - 1:
                    left_share = 1.0
                if ints[g, 1] > t:
                    continue
                if ints[g, 2] == 1:
                    m[g] = left_share
                else:
                    ramp = 1 / (1 + odds[g]) if mid >= T[g] else 0.0
                    odds[g] *= odds_step
                    m[g] = left_share * ramp
                    left_share -= m[g]
            markup = math.exp(x[2]) * (1 + network)
            paid, usual = 0.0, 0.0
            for g in range(other1):
                if ints[g, 1] > t:
                    continue
                newer = g + 1
                if newer < other1 and ints[newer, 0] == ints[g, 0] and mid >= T[newer]:
                    fall[g] = math.exp(log_fall * (mid - T[newer])) if fall[g] == 1.0 else fall[g] * fall_step
                price[g] = price0[g] * fall[g] * markup
                o[4 * g] = price[g]
                if g < main1:
                    paid += m[g] * price[g]
                    usual += m[g] * median[g] * fall[g]
            index = paid / (usual * (1 + network))
            # Plan, revenue, what can be paid.
            if not is_open:
                plan = known[0, 4 + t]
            else:
                plan = max(A_year - spent, 0.0) * w[t % 4] / w_open
                if not is_guided:
                    plan *= math.exp(response * (nu + oo) * math.log(index))
            if not is_open:
                R[4 + t] = known[1, 4 + t]
            elif middle[t] > 0:
                R[4 + t] = middle[t] * revenue_error
            else:
                R[4 + t] = R[t] * (1 + growth_r) * math.exp(x[3])
            CFO[4 + t] = known[2, 4 + t] if not is_open else R[4 + t] * margin
            theta = theta_share * CFO[4 + t]
            A = plan
            if is_open:
                room = min(debt_step, max(0.0, debt_limit * (CFO[4 + t] + CFO[3 + t] + CFO[2 + t] + CFO[1 + t]) - D))
                A = min(plan, max(0.0, theta + room + max(0.0, C - cash_floor)))
            cut = plan - A
            # Supply and purchases.
            b, others = nu * A + B, oo * A
            W = W0 * math.exp(log_gW * supply_exponent + x[6])
            supply_exponent += 1 - (1 - growth_end) * min(t / fade, 1.0)
            cover = math.exp(cover_mean + x[5] * lead_root) if is_open else 1.0
            plan_power, on_order = 0.0, 0.0
            for g in range(other1):
                if ints[g, 1] <= t:
                    wanted[g] = m[g] * (b if g < main1 else others) / price[g] * 1e6
                    plan_power += kw[g] * wanted[g] * 1e-3
                    on_order += wanted[g] * h100e[g]
            omega = min(max(2 + L_d - waiting_power / plan_power, 0.0), 1.0) if plan_power > 0 else 1.0
            # Price paid over bare price is the same for every generation, so supply over plan is too.
            supply = W * sigma_c * markup / b
            part = min(min(cover, supply) * omega, 1.0)
            spent_main, spent_others = 0.0, 0.0
            for g in range(other1):
                if ints[g, 1] <= t:
                    q[g] = wanted[g] * (part if g < main1 else omega)
                    money = q[g] * price[g] * 1e-6
                    if g < main1:
                        spent_main += money
                    else:
                        spent_others += money
                    o[4 * g + 1] = q[g]
                    chips_bought += q[g]
                    h100e_bought += q[g] * h100e[g]
                    if ints[g, 6] == 1:
                        h100_bought += q[g]
            left = max(b - spent_main, 0.0) + max(others - spent_others, 0.0)
            if left < 1e-12 * (b + others):
                left = 0.0
            B_after = carry * left if is_open else 0.0
            buildings = beta * A + left - B_after
            capex = A + B - B_after
            B = B_after
            # Fleet before installation.
            used = 0.0
            for g in range(G):
                if ints[g, 1] > t:
                    continue
                total = 0.0
                if first_stock[g] > 0:
                    a1, a2 = reals[g, 2] / life, (reals[g, 2] + 0.25 * (t + 1)) / life
                    a = 0.25 * (t + 1) / life
                    total = first_stock[g] * K[t + 1] * math.exp(a * a * a + a1 * a1 * a1 - a2 * a2 * a2)
                if ints[g, 0] < 2:
                    for j in range(ints[g, 1], t):
                        total += cohort[g, j] * K[t - j]
                N[g] = total * kept[g]
                used += kw[g] * N[g] * 1e-3
            # Power.
            back = max(t - int(lag), 0) // 4
            tau = min(float(t), fade_site)
            added = a0 * math.exp(log_ga * (tau - tau * tau / (2 * fade_site)) + x[4]
                                  + elasticity * (math.log(years_plan[back] / years_plan[0]) - trend * back))
            M += added
            # Installation.
            need, all_ready, ready_h100e, newest = 0.0, 0.0, 0.0, 0.0
            for g in range(other1):
                if ints[g, 1] <= t:
                    waiting[g] += q[g]
                    ready[g] = waiting[g] * ready_share
                    need += kw[g] * ready[g] * 1e-3
                    all_ready += ready[g]
                    ready_h100e += ready[g] * h100e[g]
                    if g < main1 and T[g] <= mid:
                        newest = h100e[g] / kw[g]
            free = max(0.0, (1 - reserve) * M - used)
            gap = max(0.0, need - free)
            space = 1 - gap / need if need > 0 else 1.0
            gap_left, retired = gap, 0.0
            if gap > 0:
                for k in range(G):
                    g = order[k]
                    if ints[g, 1] <= t and h100e[g] <= retire * newest * kw[g] and N[g] > 0:
                        units = min(gap_left * 1e3 / kw[g], N[g])
                        kept[g] *= max(1 - units / N[g], 1e-10)
                        gap_left -= units * kw[g] * 1e-3
                        retired += units
                        N[g] -= units
            free += gap - gap_left
            f_install = min(1.0, free / need) if need > 0 else 1.0
            waiting_power, waiting_h100e = 0.0, 0.0
            for g in range(other1):
                if ints[g, 1] <= t:
                    installed = f_install * ready[g]
                    cohort[g, t] = installed / kept[g]
                    N[g] += installed
                    waiting[g] -= installed
                    waiting_power += kw[g] * waiting[g] * 1e-3
                    waiting_h100e += h100e[g] * waiting[g]
            it, fleet, fleet16, units_all = 0.0, 0.0, 0.0, 0.0
            for g in range(G):
                if ints[g, 1] <= t:
                    o[4 * g + 2] = N[g]
                    o[4 * g + 3] = N[g] * h100e[g]
                    it += N[g] * kw[g] * 1e-3
                    fleet += N[g] * h100e[g]
                    fleet16 += N[g] * bf16[g]
                    units_all += N[g]
            power = space < 0.98 or omega < 0.98
            chips_bind = (not power) and left > 0.02 * b
            cash_bind = (not power) and (not chips_bind) and cut > 0
            by_supply = chips_bind and min(supply, 1.0) < min(cover, 1.0)
            # Cluster, energy, money.
            KL = max(KL, cluster_share * fleet)
            if all_ready > 0:
                each, each_mw = ready_h100e / all_ready, need / ready_h100e
            E = it * utilization * pue * HOURS
            fresh = 0.0
            for i in range(t + 4):
                fresh += servers[i] * weight[t + 3 - i]
            for i in range(t - 3):
                j = t - i - 4
                fresh += built[i] * ((0.5 if j == 0 else 1.0) / (4 * building_life))
            at = t + 0.5
            entered, gone = min(at, build_time), min(max(at - 4 * life_servers, 0.0), build_time)
            fresh += under_way / build_time * (part_servers * (entered - gone) / (4 * life_servers)
                                               + (1 - part_servers) * entered / (4 * building_life))
            legacy = server_dep * max(0.0, 1 - t / server_runoff) + other_dep * max(0.0, 1 - t / other_runoff)
            if not is_open:
                factor = (known[3, 4 + t] - fresh) / legacy
            dep = legacy * factor + fresh
            if is_open:
                dep *= math.exp(x[7])
            servers[4 + t] = server_share * capex
            built[t] = buildings
            book += capex - dep
            issue = max(0.0, capex - theta - max(0.0, C - cash_floor))
            D += issue
            C += theta - capex + issue - buyback * max(0.0, theta - capex)
            base = 4 * G
            o[base], o[base + 1], o[base + 2], o[base + 3], o[base + 4], o[base + 5] = index, A_year, plan, R[4 + t], CFO[4 + t], cut
            o[base + 6] = 1.0 if low_guided <= A_year <= high_guided else 0.0
            o[base + 7] = 1.0 if A_year > 1.01 * midpoint * next_error else 0.0
            o[base + 8], o[base + 9], o[base + 10], o[base + 11] = b, A * (1 - nu - oo - beta), spent_main, spent_others
            o[base + 12], o[base + 13], o[base + 14], o[base + 15], o[base + 16] = buildings, capex, capex / R[4 + t], B, on_order * lead
            o[base + 17], o[base + 18], o[base + 19], o[base + 20] = chips_bought, h100e_bought, h100_bought, added
            o[base + 21], o[base + 22] = M, M * peak
            o[base + 23], o[base + 24], o[base + 25] = 1.0 if power else 0.0, 0.0, 1.0 if by_supply else 0.0
            o[base + 26] = 1.0 if chips_bind and not by_supply else 0.0
            o[base + 27] = 1.0 if cash_bind else 0.0
            o[base + 28] = 0.0 if power or chips_bind or cash_bind else 1.0
            o[base + 29], o[base + 30], o[base + 31], o[base + 32], o[base + 33] = retired, it, it * peak, units_all, fleet
            o[base + 34], o[base + 35], o[base + 36], o[base + 37], o[base + 38] = fleet16, waiting_h100e, KL, KL / each, KL * each_mw * peak
            o[base + 39], o[base + 40] = E, E * energy_price * 1e-9
            o[base + 41] = E + non_ai / 4 * math.exp(math.log(1 + non_ai_growth) * (1 + year))
            o[base + 42], o[base + 43], o[base + 44], o[base + 45], o[base + 46], o[base + 47] = (
                dep, dep / R[4 + t], CFO[4 + t] - capex, book, C, D)
            if t % 4 == 0:
                for k in range(names):
                    ysum[k] = 0.0
            for k in range(names):
                ysum[k] += o[k] if flows[k] else 0.0
            if pilot:
                for c in range(starts[t], starts[t + 1]):
                    keep[c, draw] = o[cells[c]] if cells[c] >= 0 else ysum[-1 - cells[c]]
            else:
                for c in range(starts[t], starts[t + 1]):
                    y = o[cells[c]] if cells[c] >= 0 else ysum[-1 - cells[c]]
                    buffer[c, filled] = (y - low[c]) * scale[c]
        filled += 1
        if not pilot and (filled == BUFFER or draw == draws - 1):
            for c in range(n_cells):
                s1, s2 = 0.0, 0.0
                for j in range(filled):
                    y = buffer[c, j]
                    s1 += y
                    s2 += y * y
                sums[c] += s1
                squares[c] += s2
                if not indicator[c]:
                    for j in range(filled):
                        hist[c, int(min(max(buffer[c, j], np.float32(0.0)), np.float32(BINS - 1)))] += 1
            filled = 0
        elif pilot:
            filled = 0


@njit(parallel=True, fastmath=True, cache=True)
def run(seed, draws, groups, P, cells, starts, flows, indicator, names, low, scale, pilot, sums, squares, hist, keep):
    for k in prange(groups):
        chunk(seed * 1000 + k, draws * (k + 1) // groups - draws * k // groups, P, cells, starts, flows, indicator, names, low,
              scale, pilot, sums[k], squares[k], hist[k], keep)


def main():
    p = params.load(sys.argv[1])
    n, seed = int(float(sys.argv[2])), int(sys.argv[3])
    P, (cells, starts, flows, indicator, place, names) = flatten(p), layout(p)
    count = len(cells)
    threads = numba.get_num_threads()
    keep = np.zeros((count, PILOT))

    def call(draws, groups, low, scale, pilot, seed):
        sums, squares = np.zeros((groups, count)), np.zeros((groups, count))
        hist = np.zeros((groups, count, 1 if pilot else BINS), np.uint32)
        run(seed, draws, groups, P, cells, starts, flows, indicator, names, low, scale, pilot, sums, squares, hist, keep)
        return sums.sum(0), squares.sum(0), hist.sum(0, dtype=np.int64)

    low, scale = np.zeros(count), np.ones(count)
    call(PILOT, 1, low, scale, True, 99)
    call(256, 1, low, scale, False, 98)  # compiled, if it was not yet
    start = time.process_time()
    ends = np.quantile(keep, (0.005, 0.995), axis=1)
    width = ends[1] - ends[0]
    flat = width <= 1e-9 * np.abs(ends[1])
    scale = np.where(indicator, 1.0, np.where(flat, 1 / np.maximum(np.abs(ends[0]), 1.0), (BINS - 4) / np.maximum(width, 1e-300)))
    low = np.where(indicator, 0.0, np.where(flat, ends[0], ends[0] - 1.5 / scale))
    sums, squares, hist = call(n, threads, low, scale, False, seed)
    out = report.Report(model.metrics(p), p["steps"])
    at = list(out.at)
    for c in range(count):
        mean = sums[c] / n
        if indicator[c]:
            out.put(*at[place[c]], mean)
            continue
        deviation = math.sqrt(max(squares[c] / n - mean * mean, 0))
        below = np.concatenate([[0], hist[c].cumsum()])
        levels = []
        for level in report.LEVELS:
            k = int(np.searchsorted(below, level * n, side="left")) - 1
            levels.append(low[c] if flat[c] else low[c] + (k + (level * n - below[k]) / max(hist[c][k], 1)) / scale[c])
        out.put(*at[place[c]], low[c] + mean / scale[c], deviation / scale[c], levels)
        out.widths[place[c]] = 0 if flat[c] else 2 / scale[c]
    out.finish(sys.argv[4:], n, time.process_time() - start)


if __name__ == "__main__":
    main()
