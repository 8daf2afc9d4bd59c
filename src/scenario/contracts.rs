//! Companies, the contracts between them, and what runs on which site.

use std::collections::BTreeMap;

use super::codes;
use super::keys::CHIPS_OF;
use super::problems::Problems;
use super::things::references;
use super::types::{Company, Contract, Input, InputValue, Site, TrainingRun};
use super::walk::Draft;
use crate::diag::{Diagnostic, Span, nearest};
use crate::dist::Prob;
use crate::time::{Date, TimeGrid};

/// Whose fleet it is.
pub(super) fn company(draft: &Draft) -> Option<String> {
    draft.text("run.company").or_else(|| draft.text("company"))
}

/// The companies that tables name.
pub(super) fn companies(draft: &Draft) -> Vec<Company> {
    let of = |name: &str| Company {
        name: name.to_owned(),
        label: draft.text(&format!("company.{name}.label")).unwrap_or_else(|| name.to_owned()),
    };
    draft.names("company").into_iter().map(|(name, _)| of(name)).collect()
}

/// The contracts, checked against the companies and the sites.
pub(super) fn contracts(
    draft: &Draft,
    companies: &[Company],
    sites: &[Site],
    problems: &mut Problems,
) -> Vec<Contract> {
    references(draft, "contract", "site", "site", problems);
    references(draft, "contract", "chip", "chip", problems);
    one_company(draft, problems);
    unknown_companies(draft, companies, problems);
    let contracts: Vec<Contract> = draft
        .names("contract")
        .into_iter()
        .filter_map(|(name, span)| {
            let contract = contract(draft, name)?;
            if !problems.explains(&format!("contract.{name}")) {
                check(draft, &contract, sites, span, problems);
            }
            Some(contract)
        })
        .collect();
    foreign_growth(draft, sites, problems);
    cluster(draft, sites, problems);
    contracts
}

fn contract(draft: &Draft, name: &str) -> Option<Contract> {
    let path = |key: &str| format!("contract.{name}.{key}");
    Some(Contract {
        name: name.to_owned(),
        label: draft.text(&path("label")).unwrap_or_else(|| name.to_owned()),
        provider: draft.text(&path("provider"))?,
        user: draft.text(&path("user"))?,
        site: draft.text(&path("site")),
        chip: draft.text(&path("chip")),
        with_chips: draft.word(&path("chips"), CHIPS_OF) == Some(1),
        start: draft.date(&path("start"))?,
    })
}

/// `company` and `run.company` say the same, if both are there.
fn one_company(draft: &Draft, problems: &mut Problems) {
    let (Some(short), Some(long)) = (draft.last("company"), draft.last("run.company")) else {
        return;
    };
    if short.node.text() != long.node.text() {
        problems.push(
            Diagnostic::error(codes::CONFLICT, "`company` and `run.company` name two companies")
                .at(long.node.span.clone(), "")
                .also(short.node.span.clone(), "")
                .help("a run has one company: take one of the keys out"),
        );
    }
}

/// Companies that contracts and sites name, but no table does: one message for each.
fn unknown_companies(draft: &Draft, companies: &[Company], problems: &mut Problems) {
    // Any name may be that of the run's own company, if that is not known.
    let Some(own) = company(draft) else { return };
    let known = |name: &str| companies.iter().any(|company| company.name == name) || own == name;
    let mut wrong: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
    let keys = [("contract", [".provider", ".user"].as_slice()), ("site", &[".owner"])];
    for (table, ends) in keys {
        for (path, placed) in draft.below(table) {
            let named = ends.iter().any(|end| path.ends_with(end));
            let Some(name) = placed.node.text().filter(|_| named) else { continue };
            if !known(name) && !problems.spoils(path) {
                wrong.entry(name).or_default().push(&placed.node.span);
            }
        }
    }
    let names: Vec<&str> =
        companies.iter().map(|company| company.name.as_str()).chain([own.as_str()]).collect();
    for (name, spans) in wrong {
        if problems.explains(&format!("company.{name}")) {
            continue;
        }
        let mut diagnostic = Diagnostic::error(codes::CONTRACT, format!("no company `{name}`"));
        for (at, span) in spans.into_iter().enumerate() {
            diagnostic = match at {
                0 => diagnostic.at(span.clone(), "unknown company"),
                _ => diagnostic.also(span.clone(), "and here"),
            };
        }
        diagnostic = match nearest(name, names.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("define it: [company.{name}]")),
        };
        diagnostic = diagnostic.note(format!("the company of the run is `{own}`"));
        problems.fail(&format!("company.{name}"), diagnostic);
    }
}

/// What a contract may be about: one of these.
const ABOUT: [&str; 3] = ["power", "capacity", "site"];

/// Whether a contract is between two, and about one thing.
fn check(draft: &Draft, contract: &Contract, sites: &[Site], span: &Span, problems: &mut Problems) {
    let path = |key: &str| format!("contract.{}.{key}", contract.name);
    let place = |key: &str| {
        draft.last(&path(key)).map_or_else(|| span.clone(), |placed| placed.key_span.clone())
    };
    let name = &contract.name;
    let told = ["power", "capacity", "site", "chip", "payment"]
        .map(|key| (key, problems.explains(&path(key))));
    let explained =
        |keys: &[&str]| told.iter().any(|(key, explained)| *explained && keys.contains(key));
    let site = contract.site.as_ref().and_then(|n| sites.iter().find(|s| s.name == *n));
    // Whose site it is may stand in a key that is misspelled.
    let site = site.filter(|site| !problems.explains(&format!("site.{}.owner", site.name)));
    let mut wrong = |message: String, at: Span, label: &str, help: &str| {
        let diagnostic = Diagnostic::error(codes::CONTRACT, message).at(at, label.to_owned());
        problems.push(diagnostic.help(help.to_owned()));
    };
    if contract.provider == contract.user {
        wrong(
            format!("contract `{name}` is between `{}` and itself", contract.user),
            place("user"),
            "the same as `provider`",
            "name the company that uses what the other one provides",
        );
    }
    let about: Vec<&str> =
        ABOUT.into_iter().filter(|key| draft.last(&path(key)).is_some()).collect();
    match about.as_slice() {
        [] if explained(&ABOUT) => {}
        [] => wrong(
            format!("contract `{name}` is about nothing"),
            span.clone(),
            "",
            "add power = \"300 MW\", or capacity = \"100 k chips\" with chip = \"b200\", or site = \"NAME\"",
        ),
        [_] => {}
        [first, second, ..] => wrong(
            format!("contract `{name}` has a `{first}` and a `{second}`"),
            place(second),
            "one of them is too many",
            "the power of a site is known: write site and share, or power, or capacity",
        ),
    }
    for (key, needs, example) in [
        ("capacity", "chip", "chip = \"b200\""),
        ("chip", "capacity", "capacity = \"100 k chips\""),
        ("share", "site", "site = \"NAME\""),
        ("take_or_pay", "payment", "payment = \"6 B USD/year\""),
    ] {
        if draft.last(&path(key)).is_some()
            && draft.last(&path(needs)).is_none()
            && !explained(&[needs])
        {
            let message = format!("contract `{name}` has a `{key}`, but no `{needs}`");
            wrong(message, place(key), "needs it", &format!("add {example}"));
        }
    }
    let Some(site) = site else { return };
    let own = company(draft);
    let owner = site.owner.clone().or_else(|| own.clone());
    if own.as_ref() == Some(&contract.provider) && owner != own {
        wrong(
            format!("contract `{name}` provides from a site of `{}`", owner.unwrap_or_default()),
            place("site"),
            "not the provider's",
            "name a site of the provider, or give the power in its place",
        );
    } else if own.as_ref() == Some(&contract.user) && owner == own {
        wrong(
            format!("contract `{name}` uses a site that is the company's own"),
            place("site"),
            "counts already",
            &format!("say whose it is: site.{}.owner = \"{}\"", site.name, contract.provider),
        );
    } else if grows(draft, &site.name) {
        wrong(
            format!(
                "contract `{name}` is about a part of `{}`, which stands for all sites",
                site.name
            ),
            place("site"),
            "has no power of its own (aggregate form)",
            "give the power in place of the site",
        );
    }
}

fn grows(draft: &Draft, site: &str) -> bool {
    draft.last(&format!("site.{site}.growth")).is_some()
}

/// A site of another company cannot stand for all its sites: what of it counts would not be known.
fn foreign_growth(draft: &Draft, sites: &[Site], problems: &mut Problems) {
    let Some(own) = company(draft) else { return };
    let foreign = |site: &&Site| site.owner.as_ref().is_some_and(|owner| *owner != own);
    for site in sites.iter().filter(foreign) {
        let Some(growth) = draft.last(&format!("site.{}.growth", site.name)) else { continue };
        let message = format!("site `{}` is another company's and grows by itself", site.name);
        problems.push(
            Diagnostic::error(codes::CONTRACT, message)
                .at(growth.key_span.clone(), "aggregate form")
                .help("give its phases, or write a contract with a power"),
        );
    }
}

/// Without a share of the fleet, the largest cluster follows from sites with power of their own.
fn cluster(draft: &Draft, sites: &[Site], problems: &mut Problems) {
    let [share, efficiency] = ["cluster.share", "cluster.group_efficiency"]
        .map(|key| draft.last(key).is_some() || problems.explains(key));
    let groups: Vec<&str> = sites.iter().filter_map(|site| site.group.as_deref()).collect();
    let several =
        groups.iter().find(|word| groups.iter().filter(|other| other == word).count() > 1);
    let by_site = !share;
    let lone = sites.iter().find(|site| grows(draft, &site.name));
    let places = sites.iter().any(|site| !site.scattered && !grows(draft, &site.name));
    let example = "cluster.share = \"0.06 / 0.12 / 0.25\"";
    if by_site && (lone.is_some() || !places) && !sites.is_empty() {
        let mut diagnostic = Diagnostic::error(
            codes::MISSING,
            "the largest cluster can follow only from sites with power of their own",
        );
        if let Some(placed) =
            lone.and_then(|site| draft.last(&format!("site.{}.growth", site.name)))
        {
            diagnostic = diagnostic.at(placed.key_span.clone(), "stands for all sites");
        }
        problems.push(diagnostic.help(format!("add {example}, with a source")));
    }
    if let Some(word) = several.filter(|_| by_site && !efficiency) {
        let message = format!("the sites of group `{word}` need `cluster.group_efficiency`");
        problems.push(Diagnostic::error(codes::MISSING, message).help(
            "add cluster.group_efficiency = { dist = \"triangular\", min = 0.75, mode = 0.88, max = 0.95 }, with a source",
        ));
    }
}

/// Whether a run that is placed on a site finds power there while it may run.
pub(super) fn placed(
    draft: &Draft,
    inputs: &BTreeMap<String, Input>,
    (run, sites): (&TrainingRun, &[Site]),
    grid: Option<TimeGrid>,
    problems: &mut Problems,
) {
    let key = format!("training.{}.site", run.name);
    let (Some(name), Some(placed)) = (run.site.as_deref(), draft.last(&key)) else { return };
    let Some(site) = sites.iter().find(|site| site.name == name) else { return };
    let there = draft.last(&format!("site.{name}.power")).is_some()
        || ["power", "phase"].iter().any(|key| problems.explains(&format!("site.{name}.{key}")))
        || draft.names(&format!("site.{name}.phase")).len() > site.phases.len();
    let mut wrong = |message: String, label: String, help: String| {
        let diagnostic = Diagnostic::error(codes::RUN, message).at(placed.node.span.clone(), label);
        problems.push(diagnostic.help(help));
    };
    if grows(draft, name) {
        wrong(
            format!("run `{}` is placed on `{name}`, which stands for all sites", run.name),
            "the aggregate form knows no place".to_owned(),
            format!(
                "give `{name}` phases with power and dates in place of `growth`, or remove `site`"
            ),
        );
        return;
    }
    let first = site.phases.iter().map(|phase| phase.planned).min();
    let (Some(grid), Some(earliest)) = (grid, run.earliest) else { return };
    if there {
        return;
    }
    let Some(first) = first.filter(|first| *first <= grid.to().end()) else {
        wrong(
            format!("run `{}` finds no power on `{name}` before the scenario ends", run.name),
            first.map_or_else(
                || "has neither power nor phases".to_owned(),
                |first| format!("first phase planned for {first}"),
            ),
            "name another site, or give this one an earlier phase".to_owned(),
        );
        return;
    };
    let longest = format!("training.{}.longest", run.name);
    let Some(days) = inputs.get(&longest).and_then(median) else { return };
    if days_between(earliest, first) > days {
        wrong(
            format!("run `{}` is over before `{name}` has power", run.name),
            format!("first phase planned for {first}"),
            format!(
                "it may start on {earliest} and last {days:.0} days: set `earliest` to {first} or later, or name another site"
            ),
        );
    }
}

fn median(input: &Input) -> Option<f64> {
    let InputValue::Dist(dist) = &input.value else { return None };
    Some(dist.quantile(Prob::from_lower(0.5)) * input.scale)
}

fn days_between(from: Date, to: Date) -> f64 {
    (to.days() - from.days()) as f64
}
