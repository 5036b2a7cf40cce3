//! Hosts: whose they are. Within one union (D18: the RP ID is the union's own host, and stays what it is
//! once a passkey exists) and between unions (no host twice, no RP ID over another union's host).

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::finding::{Finding, FindingCode};
use super::layers::TenantFiles;
use super::toml_file::TextRange;
use super::{LoadOptions, PasskeyCount};
use crate::domain::saying::{Saying, said};
use crate::domain::tenant::{Hosts, Status, Tenant};

/// The rules within one union.
pub(super) fn check(files: &mut TenantFiles<'_, '_>, tenant: &Tenant, options: &LoadOptions<'_>) {
    if options.erased.iter().any(|erased| erased == tenant.slug.as_str()) {
        let slug = tenant.slug.as_str();
        files.tell(
            FindingCode::Left,
            &["id"],
            said!("finding-left", tenant = slug),
            said!("finding-left-help", tenant = slug),
        );
    }
    let base_domains = options.base_domains;
    let hosts = &tenant.hosts;
    if hosts.aliases.contains(&hosts.primary) {
        files.tell(
            FindingCode::HostTaken,
            &["hosts.aliases", "hosts.primary"],
            said!("finding-host-among-aliases", host = &hosts.primary),
            said!("finding-host-among-aliases-help"),
        );
    }
    if !base_domains.is_empty() {
        let aliases = hosts.aliases.iter().enumerate();
        let aliases = aliases.map(|(at, host)| (format!("hosts.aliases.{at}"), host));
        for (path, host) in std::iter::once(("hosts.primary".to_owned(), &hosts.primary)).chain(aliases) {
            if !base_domains.iter().any(|base| is_below(host, base)) {
                let list = base_domains.join(", ");
                files.tell(
                    FindingCode::HostOutside,
                    &[&path],
                    said!("finding-host-outside", host),
                    said!("finding-host-outside-help", domains = list),
                );
            }
        }
    }
    let bound = bound(files.stem(), &tenant.rp_id, options.kept);
    match bound.filter(|bound| bound.rp_id != tenant.rp_id && tenant.status != Status::Closed) {
        // Whether the new id fits the hosts does not matter: it has to be the old one again.
        Some(bound) => frozen(files, tenant, bound),
        None => rp_id(files, tenant, base_domains, bound),
    }
}

/// The passkeys a union must not lose.
///
/// # Decision
/// Where passkeys are bound to several ids, the id with the most of them is the union's.
/// # Because
/// the others are dead already, and no value in the file could satisfy both: one stray row would keep a
/// union off the air for good.
pub(super) fn bound<'k>(
    stem: &str,
    rp_id: &str,
    kept: impl IntoIterator<Item = &'k PasskeyCount>,
) -> Option<&'k PasskeyCount> {
    let own = kept.into_iter().filter(|kept| kept.tenant == stem && kept.passkeys > 0);
    own.max_by_key(|kept| (kept.passkeys, kept.rp_id == rp_id))
}

/// D18: told at the key, or at the host the id is made of.
fn frozen(files: &mut TenantFiles<'_, '_>, tenant: &Tenant, bound: &PasskeyCount) {
    let PasskeyCount { rp_id: old, passkeys, holders, .. } = bound;
    let new = &tenant.rp_id;
    let demo = *old == format!("{}.localhost", tenant.slug);
    let help = if demo { said!("finding-rp-id-of-demo-help") } else { keep(tenant, old) };
    files.tell(
        FindingCode::RpIdFrozen,
        &["passkey.rp_id", "hosts.primary"],
        said!("finding-rp-id-frozen", old, new, passkeys, holders),
        help,
    );
}

/// How the passkeys bound to `old` go on working: browsers offer them at that host and below it only.
fn keep(tenant: &Tenant, old: &str) -> Saying {
    let Hosts { primary, aliases } = &tenant.hosts;
    if primary != old && !is_below(primary, old) {
        return said!("finding-keep-host-help", old);
    }
    if primary != old && !aliases.iter().any(|alias| alias == old) {
        return said!("finding-keep-alias-help", old);
    }
    said!("finding-keep-rp-id-help", old)
}

/// D18: the union's own host. `bound` are the passkeys made under this very id, if there are any.
fn rp_id(
    files: &mut TenantFiles<'_, '_>,
    tenant: &Tenant,
    base_domains: &[String],
    bound: Option<&PasskeyCount>,
) {
    let (rp_id, primary) = (&tenant.rp_id, &tenant.hosts.primary);
    let covers = rp_id == primary || is_below(primary, rp_id);
    let own = rp_id == primary || tenant.hosts.aliases.contains(rp_id);
    // A shared parent would let sibling unions use each other's passkeys.
    let label = |host: &str| host.split('.').any(|label| label == tenant.slug.as_str());
    let shared = base_domains.iter().any(|base| base == rp_id) || (label(primary) && !label(rp_id));
    let bare = primary.strip_prefix("www.").unwrap_or(primary);
    let listed = bare == primary || tenant.hosts.aliases.iter().any(|alias| alias == bare);
    let help = match (bound, rp_id == bare, listed) {
        // Any other id would cost the members their passkeys.
        (Some(PasskeyCount { passkeys, .. }), ..) if !(covers && own) => {
            said!("finding-rp-id-bound-help", keep = keep(tenant, rp_id), passkeys)
        }
        (_, true, _) => said!("finding-rp-id-alias-help", bare),
        (_, false, true) => {
            said!("finding-rp-id-help", bare)
        }
        (_, false, false) => said!("finding-rp-id-and-alias-help", bare),
    };
    if !covers || !own || shared {
        files.tell(
            FindingCode::RpIdForeign,
            &["passkey.rp_id", "hosts.primary", "hosts.aliases"],
            said!("finding-rp-id-foreign", rp_id),
            help,
        );
    }
}

/// Whether `host` lies below `parent`.
fn is_below(host: &str, parent: &str) -> bool {
    host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

/// What a union claims, kept when its file is no longer in memory.
#[derive(Debug)]
pub(super) struct HostClaim {
    tenant: String,
    file: PathBuf,
    /// Whether the union would be served: its file is sound and no draft.
    served: bool,
    /// Its hosts with key and place.
    hosts: Vec<(String, String, TextRange)>,
    rp_id: (String, TextRange),
    /// The unions whose hosts it takes over, as its file says.
    takes_over: Vec<String>,
}

impl HostClaim {
    /// What this union claims.
    pub fn of(files: &TenantFiles<'_, '_>, tenant: &Tenant) -> Self {
        let file = files.own_file();
        let aliases = tenant.hosts.aliases.iter().enumerate();
        let aliases = aliases.map(|(at, host)| (format!("hosts.aliases.{at}"), host.clone()));
        let primary = ("hosts.primary".to_owned(), tenant.hosts.primary.clone());
        let hosts =
            std::iter::once(primary).chain(aliases).filter(|(_, host)| super::host_name::is_host(host));
        Self {
            tenant: files.stem().to_owned(),
            file: file.path.clone(),
            served: !files.is_spoiled() && tenant.status != Status::Draft,
            hosts: hosts
                .map(|(key, host)| {
                    let place = file.place(&key);
                    (host, key, place)
                })
                .collect(),
            rp_id: (tenant.rp_id.clone(), file.place("passkey.rp_id")),
            takes_over: super::read::texts(files, "hosts.takes_over").unwrap_or_default(),
        }
    }

    /// The unions whose hosts it takes over, where it would be served.
    pub fn taken_over(&self) -> &[String] {
        if self.served { &self.takes_over } else { &[] }
    }

    fn has(&self, host: &str) -> bool {
        self.hosts.iter().any(|(own, ..)| own == host)
    }

    /// A finding at the union's own host.
    pub fn told_at_host(&self, code: FindingCode, message: Saying, help: Saying) -> Finding {
        let place = self.hosts.first().map_or(TextRange::START, |(_, _, place)| *place);
        self.finding(code, "hosts.primary", place, message, help)
    }

    /// A finding at that place of the union's file.
    pub fn finding(
        &self,
        code: FindingCode,
        key: &str,
        place: TextRange,
        message: Saying,
        help: Saying,
    ) -> Finding {
        Finding {
            code,
            severity: code.severity(),
            tenant: Some(self.tenant.clone()),
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            key: key.to_owned(),
            message,
            help,
        }
    }
}

/// Where a claim comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ClaimSource {
    /// A version that the database keeps: unless it alone has members, it gives way to what stands in a file.
    Stored,
    /// The union's file.
    File,
    /// The version that is served, because the file is bad: what its members have is not taken from them meanwhile.
    InForce,
}

/// A union's claim, as it is held against the others'.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claimant<'c> {
    claim: &'c HostClaim,
    served: bool,
    source: ClaimSource,
}

impl<'c> Claimant<'c> {
    /// A claim from there.
    pub fn new(claim: &'c HostClaim, source: ClaimSource) -> Self {
        Self { claim, served: claim.served, source }
    }

    /// A claim that is told of, and gives way: another version of the union is served.
    pub fn idle(claim: &'c HostClaim) -> Self {
        Self { claim, served: false, source: ClaimSource::File }
    }
}

impl std::ops::Deref for Claimant<'_> {
    type Target = HostClaim;

    fn deref(&self) -> &HostClaim {
        self.claim
    }
}

/// That a host was served, by which union, and since when (D37). Plain data: this room knows no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedHostFact {
    /// The union's slug. It may have no file any more.
    pub tenant: String,
    /// The host name.
    pub host: String,
    /// When it was first served by this union.
    pub since: Timestamp,
    /// Whether the union still has data in the database: members, or what is left of a union that leaves until it is
    /// erased.
    pub has_data: bool,
}

/// Who keeps what two files claim.
enum HostDecision {
    /// This one, and why.
    One(HostReason),
    /// The other one, and why.
    Other(HostReason),
    /// Neither the files nor the database say who.
    Unknown,
}

/// Why a union keeps a host.
#[derive(Clone, Copy)]
enum HostReason {
    /// It has members in the database, and the other has none.
    Members,
    /// It was served there first.
    First,
    /// Its file is sound and no draft, and the other's is not.
    Served,
}

/// Of two unions that would be served at `host`: who keeps it (D37).
fn keeps(one: Claimant<'_>, other: Claimant<'_>, host: &str, options: &LoadOptions<'_>) -> HostDecision {
    match (one.source == ClaimSource::InForce, other.source == ClaimSource::InForce) {
        (true, false) => return HostDecision::One(HostReason::First),
        (false, true) => return HostDecision::Other(HostReason::First),
        _ => {}
    }
    let members = |claim: Claimant<'_>| {
        options.members.iter().any(|(tenant, members)| *tenant == claim.tenant && *members > 0)
    };
    match (members(one), members(other)) {
        (true, false) => return HostDecision::One(HostReason::Members),
        (false, true) => return HostDecision::Other(HostReason::Members),
        _ => {}
    }
    match one.source.cmp(&other.source) {
        Ordering::Greater => return HostDecision::One(HostReason::Served),
        Ordering::Less => return HostDecision::Other(HostReason::Served),
        Ordering::Equal => {}
    }
    // By that host; where neither was served there yet, by any other that both claim.
    let both = |host: &str| one.has(host) && other.has(host);
    let since = |claim: Claimant<'_>, there: &dyn Fn(&str) -> bool| {
        let own = options.served.iter().filter(|served| served.tenant == claim.tenant && there(&served.host));
        own.map(|served| served.since).min()
    };
    let here = |there: &str| there == host;
    let times = match (since(one, &here), since(other, &here)) {
        (None, None) => (since(one, &both), since(other, &both)),
        times => times,
    };
    match times {
        (Some(one), Some(other)) if one == other => HostDecision::Unknown,
        (Some(one), Some(other)) if one < other => HostDecision::One(HostReason::First),
        (Some(_), None) => HostDecision::One(HostReason::First),
        (_, Some(_)) => HostDecision::Other(HostReason::First),
        (None, None) => HostDecision::Unknown,
    }
}

/// How a finding that leaves a union out ends: who keeps the host, and why.
fn kept_by(name: &str, why: Option<HostReason>) -> Option<Saying> {
    match why {
        Some(HostReason::Members) => Some(said!("finding-kept-by-members", name)),
        Some(HostReason::First) => Some(said!("finding-kept-by-first", name)),
        Some(HostReason::Served) | None => None,
    }
}

/// The rules between unions.
///
/// # Decision
/// Where two unions claim one host and only one of them would be served, the other is told. Where both would be, the one
/// with members in the database keeps it, else the one that was served there first; the other is told and left out. Where
/// neither is known, both are, and neither is served (D37).
/// # Because
/// a forgotten copy or a draft must not take a union off the air, and serving one of two by chance would show members the
/// wrong union.
///
/// Each finding comes with the place of the claim it is about in `claims`.
pub(super) fn neighbours(claims: &[Claimant<'_>], options: &LoadOptions<'_>) -> Vec<(usize, Finding)> {
    let mut owners: HashMap<&str, Vec<Claimant<'_>>> = HashMap::new();
    for claim in claims {
        for (host, _, _) in &claim.claim.hosts {
            owners.entry(host).or_default().push(*claim);
        }
    }
    let mut findings = Vec::new();
    for (at, claim) in claims.iter().enumerate() {
        for (host, key, place) in &claim.hosts {
            let others = owners.get(host.as_str()).into_iter().flatten();
            let others = others.filter(|other| other.tenant != claim.tenant);
            // The first other that this union has to give way to.
            let lost = others.filter_map(|other| match (claim.served, other.served) {
                (true, false) => None,
                (false, _) => Some((other, None)),
                (true, true) => match keeps(*claim, *other, host, options) {
                    HostDecision::One(_) => None,
                    HostDecision::Other(why) => Some((other, Some(why))),
                    HostDecision::Unknown => Some((other, None)),
                },
            });
            if let Some((other, why)) = lost.min_by_key(|(_, why)| why.is_none()) {
                let name = &other.tenant;
                let keeper = kept_by(name, why);
                let finding = claim.finding(
                    FindingCode::HostTaken,
                    key,
                    *place,
                    said!("finding-host-taken", host, name, keeper),
                    said!("finding-host-taken-help"),
                );
                findings.push((at, finding));
            }
        }
    }
    findings.extend(covering(claims, options));
    findings.extend(left_behind(claims, options));
    findings
}

/// Hosts at which another union was served that has data here and does not claim them any more (D37).
///
/// # Decision
/// Such a host is refused to a union that was never served there, unless its file names the other one in
/// `hosts.takes_over`.
/// # Because
/// browsers of the other union's members still hold its cookies for that host, their passkeys are offered there, and they
/// would type what they know into another union's pages. A file that is gone by mistake must be able to come back.
/// # Instead of
/// a warning: by the time it is read, the members have come.
fn left_behind(claims: &[Claimant<'_>], options: &LoadOptions<'_>) -> Vec<(usize, Finding)> {
    let mut served: HashMap<&str, Vec<&ServedHostFact>> = HashMap::new();
    for fact in options.served {
        served.entry(&fact.host).or_default().push(fact);
    }
    let mut findings = Vec::new();
    for (at, claim) in claims.iter().enumerate().filter(|(_, claim)| claim.source != ClaimSource::InForce) {
        for (host, key, place) in &claim.hosts {
            let there = served.get(host.as_str()).map(Vec::as_slice).unwrap_or_default();
            if there.iter().any(|fact| fact.tenant == claim.tenant) {
                continue;
            }
            // Where the other one claims it as well, the rules above say who keeps it.
            let claims_it =
                |tenant: &str| claims.iter().any(|other| other.tenant == tenant && other.has(host));
            let left = there.iter().find(|fact| {
                fact.has_data && !claim.takes_over.contains(&fact.tenant) && !claims_it(&fact.tenant)
            });
            if let Some(ServedHostFact { tenant, .. }) = left {
                let finding = claim.finding(
                    FindingCode::HostLeftBehind,
                    key,
                    *place,
                    said!("finding-host-left-behind", host, tenant),
                    said!("finding-host-left-behind-help", tenant),
                );
                findings.push((at, finding));
            }
        }
    }
    findings
}

/// RP IDs under which another union's host lies: found by walking each host's parents, so that a
/// thousand unions are compared in one pass. As above, only the one that is not served is told, where there is one; of
/// two that would be, the one that does not keep what it has; else the holder of the RP ID.
fn covering(claims: &[Claimant<'_>], options: &LoadOptions<'_>) -> Vec<(usize, Finding)> {
    let mut holders: HashMap<&str, Vec<(usize, Claimant<'_>)>> = HashMap::new();
    for (at, claim) in claims.iter().enumerate() {
        holders.entry(&claim.claim.rp_id.0).or_default().push((at, *claim));
    }
    let mut findings = Vec::new();
    for (guest_at, guest) in claims.iter().enumerate() {
        for (host, key, place) in &guest.hosts {
            let parents = std::iter::successors(Some(host.as_str()), |host| Some(host.split_once('.')?.1));
            for (holder_at, holder) in parents.filter_map(|parent| holders.get(parent)).flatten() {
                // The same host twice is told as such.
                let same = holder.tenant == guest.tenant || holder.hosts.iter().any(|(own, ..)| own == host);
                if same {
                    continue;
                }
                let verdict = match (holder.served, guest.served) {
                    (true, false) => HostDecision::One(HostReason::Served),
                    (true, true) => keeps(*holder, *guest, host, options),
                    _ => HostDecision::Unknown,
                };
                let (at, told, key, place) = match verdict {
                    HostDecision::One(_) => (guest_at, guest, key.as_str(), *place),
                    HostDecision::Other(_) | HostDecision::Unknown => {
                        (*holder_at, holder, "passkey.rp_id", holder.rp_id.1)
                    }
                };
                let keeper = match verdict {
                    HostDecision::One(why) => kept_by(&holder.tenant, Some(why)),
                    HostDecision::Other(why) => kept_by(&guest.tenant, Some(why)),
                    HostDecision::Unknown => kept_by("", None),
                };
                let (rp_id, name) = (&holder.rp_id.0, &guest.tenant);
                let finding = told.finding(
                    FindingCode::RpIdShared,
                    key,
                    place,
                    said!("finding-rp-id-shared", holder = &holder.tenant, rp_id, name, host, keeper),
                    said!("finding-rp-id-shared-help"),
                );
                findings.push((at, finding));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_means_whole_labels() {
        assert!(is_below("www.midori.example.jp", "midori.example.jp"));
        assert!(!is_below("midori.example.jp", "midori.example.jp"));
        assert!(!is_below("notmidori.example.jp", "midori.example.jp"));
        assert!(!is_below(".example.jp", "example.jp"));
    }

    fn claim(tenant: &str, hosts: &[&str], rp_id: &str, served: bool) -> HostClaim {
        let place = TextRange::START;
        HostClaim {
            tenant: tenant.to_owned(),
            file: PathBuf::from(format!("{tenant}.toml")),
            served,
            hosts: hosts.iter().map(|host| ((*host).to_owned(), "hosts.primary".to_owned(), place)).collect(),
            rp_id: (rp_id.to_owned(), place),
            takes_over: Vec::new(),
        }
    }

    fn compared(claims: &[HostClaim], options: &LoadOptions<'_>) -> Vec<Finding> {
        let claims: Vec<_> = claims.iter().map(|claim| Claimant::new(claim, ClaimSource::File)).collect();
        neighbours(&claims, options).into_iter().map(|(_, finding)| finding).collect()
    }

    fn told(claims: &[HostClaim]) -> Vec<(String, &'static str)> {
        compared(claims, &LoadOptions::default())
            .into_iter()
            .map(|f| (f.tenant.unwrap_or_default(), f.code.as_str()))
            .collect()
    }

    #[test]
    fn two_served_unions_with_one_host_are_both_told() {
        let claims = [claim("ao", &["x.jp"], "x.jp", true), claim("midori", &["x.jp"], "x.jp", true)];
        assert_eq!(told(&claims), [("ao".to_owned(), "T041"), ("midori".to_owned(), "T041")]);
    }

    #[test]
    fn a_forgotten_copy_does_not_take_the_original_off_the_air() {
        let claims = [claim("ao", &["x.jp"], "x.jp", true), claim("copy", &["x.jp"], "x.jp", false)];
        assert_eq!(told(&claims), [("copy".to_owned(), "T041")]);
    }

    #[test]
    fn a_draft_below_a_served_rp_id_is_told_itself() {
        let claims = [
            claim("ao", &["ao.portal.jp"], "ao.portal.jp", true),
            claim("draft", &["x.ao.portal.jp"], "x.ao.portal.jp", false),
        ];
        assert_eq!(told(&claims), [("draft".to_owned(), "T043")]);
    }

    #[test]
    fn an_rp_id_must_not_cover_a_sibling() {
        let claims = [
            claim("ao", &["ao.portal.jp", "portal.jp"], "portal.jp", true),
            claim("midori", &["midori.portal.jp"], "midori.portal.jp", true),
        ];
        assert_eq!(told(&claims), [("ao".to_owned(), "T043")]);
    }

    #[test]
    fn who_has_members_or_was_served_first_keeps_the_host() {
        let claims = [claim("ao", &["x.jp"], "x.jp", true), claim("midori", &["x.jp"], "x.jp", true)];
        let served = |tenant: &str, since| ServedHostFact {
            tenant: tenant.to_owned(),
            host: "x.jp".to_owned(),
            since: Timestamp::from_second(since).unwrap(),
            has_data: true,
        };
        let members = |tenant: &str| (tenant.to_owned(), 1);
        for (members, served, out) in [
            (vec![], vec![], vec!["ao", "midori"]),
            (vec![members("ao"), members("midori")], vec![], vec!["ao", "midori"]),
            (vec![members("midori")], vec![], vec!["ao"]),
            (vec![members("midori")], vec![served("ao", 1)], vec!["ao"]),
            (vec![members("ao")], vec![served("midori", 1)], vec!["midori"]),
            (vec![], vec![served("midori", 1)], vec!["ao"]),
            (vec![], vec![served("midori", 2), served("ao", 1)], vec!["midori"]),
            (vec![members("ao"), members("midori")], vec![served("midori", 1), served("ao", 2)], vec!["ao"]),
            (vec![], vec![served("midori", 1), served("ao", 1)], vec!["ao", "midori"]),
            // And whose members have it by right is told as well.
            (vec![members("momo")], vec![served("momo", 1)], vec!["ao", "midori", "ao", "midori"]),
        ] {
            let options = LoadOptions { members: &members, served: &served, ..LoadOptions::default() };
            let told: Vec<_> = compared(&claims, &options).into_iter().filter_map(|f| f.tenant).collect();
            assert_eq!(told, out, "{members:?} {served:?}");
        }
        // As host and as RP ID over it, whichever way round.
        let claims = [
            claim("ao", &["ao.portal.jp"], "ao.portal.jp", true),
            claim("new", &["x.ao.portal.jp"], "x.ao.portal.jp", true),
        ];
        for (who, out) in [("ao", "new"), ("new", "ao")] {
            let options = LoadOptions { members: &[members(who)], ..LoadOptions::default() };
            let told: Vec<_> = compared(&claims, &options).into_iter().filter_map(|f| f.tenant).collect();
            assert_eq!(told, [out]);
        }
    }
}
