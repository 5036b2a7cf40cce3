//! kenpo-portal: the member portal of Japanese health-insurance unions. This page is the map; there is nothing else
//! in this file: the [words](#words), the [rooms](#rooms), [one request](#one-request-from-the-door-to-the-database)
//! and [what an addition changes](#what-an-addition-changes). What has to hold, and a code such as `(D24)` in a comment,
//! is in [`rules`].
//!
//! **`domain` decides, `portal` does, `store` remembers, `web` shows, `mail` tells.**
//!
//! # Words
//!
//! | word | means | not |
//! |---|---|---|
//! | tenant | one health-insurance union as served here | org, site, client |
//! | member | a person on a tenant's roster | user, account (except the `/account` screens) |
//! | standing | what our records say the member has settled | state, status |
//! | attempt | one browser on its way in: a row, found by a cookie's digest | flow, pre-session |
//! | proof | something this browser has just shown, with its time | factor result |
//! | step / next | one thing still to be asked / the answer to "what now?" | stage, transition |
//! | entry | permission to open a session; only `signin::next` makes one | success flag |
//! | refusal | an expected "no" with a sentence for the member | error |
//! | fault | an unexpected failure, shown with a receipt number; a room's own type of it ends in `Error` or `Fault` | exception |
//! | saying | a sentence as data: the name of its words and the values in them | text |
//! | letter / outbox / postman | a mail as data / waiting mails / who sends them | email service |
//! | try / verdict | one guess / whether it may be verified | gate (that is `web::gate`) |
//! | counter / ladder | how many tries failed, in table `guard` / how many of them begin the pauses, and how many switch it off | rate limit |
//! | bucket / known browser | whose tries a counter counts / one that has signed the member in, by its cookie `__Host-device` | trusted device (it lets nobody in) |
//! | epoch | counted up when credentials, factors or address change; what was begun under another one is worthless | version |
//! | factor / method | what a member holds besides the password / a kind of it, on pages 「認証方法」 | credential |
//! | seen | an attempt as a deed's look has read it, with its member and its step | context |
//! | visit / fresh visit | a member who is signed in, as deeds take it / one who showed a moment ago who they are | principal |
//! | service session | what a member's session is at one service of single sign-on; table `sso_visit` | visit |
//! | kept form | what was typed in a form, sealed until its member has shown again who they are; column `draft` | draft (a union that is not open yet) |
//! | recent | what was read of a visit and a page may show for a second more; no deed takes it | cache |
//! | hold | to keep a member's row or a counter to oneself until the transaction ends; a factor is *held* by its member | lock |
//! | desk | the union's own staff, and what they may do for a member | support, admin |
//! | trail | what happened, row by row, never changed; its module, table and command say `audit` | log, history |
//! | doing / gate | who brings an event about, why and where / which proof let it pass | principal, context |
//! | to seal | to encrypt a value with a key of the ring, for the row it stands in; only the vault opens it | encrypt |
//! | seal / chain / head | of the trail: hashes over rows of the trail that are done / all seals of a union, each over the one before / the last one | block, ledger |
//! | notice | three things: what a union's file has shown on pages (`[[notices]]`); what is asked before a service of single sign-on is opened for the first time (`web/sso`); a printed letter with a member's first credentials (`--notices`) | announcement, banner |
//! | guard | two things: table `guard` holds the counters, `vault::guard` digests whom they are about; what closes a transaction when it is dropped (`store/open.rs`) | – |
//! | deed | one thing a person can do: one public method of `Portal`, or of what a command works by (`Desk`, `Import`, `Leaving`, `Restore`, `Archive`) | service, use case |
//! | town / holder | in tests: the whole portal, with its clock and its mail / a member who holds certain factors | fixture |
//!
//! One word, many rooms: a capability has one name and appears under it in every room, in the templates and in the
//! tests, so that `git ls-files | grep first_login` *is* the first login. A type name is declared once in `src`, and
//! words that were given up stay away (`tests/house/names.rs`).
//!
//! # Rooms
//!
//! Imports only point inward: a room uses the rooms named in its row and no other. `tests/house/direction.rs` reads
//! this table and compares it with the code; to change a direction, change it here first.
//!
//! | room | what it is for | may use |
//! |---|---|---|
//! | `rules` | what was decided and has to hold, as pages; the codes in comments are their headings | – |
//! | `domain` | what is true: rules and types, pure — no await, clock, random bytes, SQL, HTTP | – |
//! | `wording` | how it is said: every sentence, in Japanese and English; pages, letters and commands speak through it. Only what `--help` explains stands elsewhere: in `cli`, both languages in one line, for the compiler makes it; it is shown in one, with examples from `usage.ftl` | `domain` |
//! | `world` | time and random bytes, the only place that asks the machine for either; how a file that somebody named is read, or made | – |
//! | `metrics` | what is counted while the service runs: each metric declared once, numbers without a lock | `domain` |
//! | `store` | what is remembered: SQL once, for SQLite and PostgreSQL | `domain`, `metrics` |
//! | `vault` | secrets: hashing behind permits, sealing, digests, the key ring | `domain`, `metrics`, `world` |
//! | `tenants` | `tenants/*.toml` into types, found by host; findings as data: code, place, sayings | `domain`, `world` |
//! | `mail` | what is told by letter: a letter and its tenant into subject and text; the postman, who sends what waits | `domain`, `metrics`, `wording`, `store`, `vault`, `world` |
//! | `outbound` | what services are told over HTTPS: one form, to an address of the union's file, and nowhere private unless it says so | `domain` |
//! | `portal` | what people can do: one method for each deed, of `Portal` or of what a command works by | `domain`, `metrics`, `store`, `vault`, `mail`, `tenants`, `world`, `wording` |
//! | `web` | how it looks over HTTP | `domain`, `metrics`, `portal`, `tenants`, `settings`, `vault::Token`, `world`, `wording` |
//! | `jobs` | scheduled work: the postman's rounds, telling services of sessions that ended, sealing the trail, ending and sweeping rows that ran out | `domain`, `mail`, `metrics`, `outbound`, `portal`, `store` |
//! | `settings` | what an operator may set, in layers | `world` |
//! | `cli` | the commands: puts the other rooms together and runs them | `domain`, `metrics`, `wording`, `world`, `store`, `vault`, `tenants`, `mail`, `outbound`, `portal`, `web`, `jobs`, `settings` |
//! | `main` | the program: runs one command | `cli` |
//!
//! `web` knows of the vault only its `Token`: what stands in a cookie goes from the request to the deed unread.
//!
//! # One request, from the door to the database
//!
//! ```text
//! POST https://<host of a union>/signin        username=…&password=…&remember=on
//!
//! web::server    the connection: TLS is the proxy's; headers, form and answer each in time, 64 KiB at most (R28)
//! web::gate      a receipt number; Host → the union, as its files stand now (`web::website`, R34), nobody's: 421
//!                (`web::host`, D17); span, log line, headers
//!                from our own page, else 403 (D19); 15 s for the whole, else 503 (D39)
//! web::router    Route::SignIn → signin::offer
//! web::signin    offer(At, OnTheWay, SessionCookie, State, Posted<SignInForm>)
//!                the arguments are the preconditions: the union, the cookies unread, the form as types
//!   portal::signin   offer_password(tenant, PasswordOffer)
//!     now            the deed reads the clock; counting a try and writing a refusal read it again
//!     look           one statement: member, hash, what is held; nobody is looked up alike  a read (`store::look`)
//!     reserve        the try at this member or this ID, before anything is verified       write 1, committed (DD5)
//!     verify         argon2 behind a permit; of a dummy where there is nothing (DD6)       no transaction (DD15)
//!     write          looked again; the try settled, the attempt opened, the trail         write 2
//!     next           domain::signin::next → Ask(step) | Enter(entry)                      pure (DD3)
//!                    a code that the step waits for is mailed in write 2 as well; then it is committed
//! web::signin    303 to the page of the step (`web::step`) with `__Host-attempt`; or 422 and the refusal's sentence
//!                (`wording::refusal`), the same for whoever is asked about (D13, D30)
//!
//! store          sql!("… tenant = $1 …"): the union is bound by the transaction; SQLite has one writer, PostgreSQL
//!                holds the member's row
//! mail           the letter waits in the outbox; a postman of any node sends it
//! ```
//!
//! # What an addition changes
//!
//! Each list is in the order in which the compiler (c) and the tests of the house (h) ask for the next file. Rules come
//! first: say what must be so in `rules`, and let it name its test when there is one.
//!
//! **A step on the way in**
//! 1. `domain/signin.rs`: a variant of `Step`, when it is settled (c), its place in the list; what it settles: `Standing`.
//!    Members from before are asked too (`later_additions`)
//! 2. `domain/route.rs`: its route; `web/step.rs`: the step's route (c); `web/router.rs`: its handlers (c)
//! 3. its page (below), in `web/first_login`; its deed in `portal/first_login.rs`
//! 4. where the answer is remembered: `migrations/{sqlite,postgres}` (h), `store/member.rs`; the look at it:
//!    `store/look.rs` (h), from which `portal/attempt.rs` makes the `Standing` (c)
//! 5. where a union may list it: `domain/tenant/policy.rs` (`ListedStep` and its word), `web/page.rs`, `web/page/help.rs`
//!    and its screens (c), `tenants/steps.rs` where its place has a rule
//! 6. what the desk reads of it and makes asked again: `cli/member/card.rs`, `store/desk.rs` (`undo_first_login`,
//!    `under_way!`); nothing asks for it
//! 7. `domain/signin/tests.rs` (c), `tests/journeys/walk.rs`: how the walk answers it; `tests/chromium/newcomer.rs` and
//!    `tests/bench/load/members.rs` walk too
//!
//! **A page**
//! 1. `domain/route.rs`, `web/router.rs` (c); nothing asks for what holds of few routes: `goes_on_in_maintenance`,
//!    `is_for_services` where services ask it and no browser, `takes_foreign_forms` where forms come from elsewhere
//! 2. a handler in `web/<word>`, a struct in `web/page/<word>.rs`, `templates/<word>/<page>.html` (c);
//!    `web/page/personal.rs`: whether it shows anything of one person (c)
//! 3. its sentences: `templates/text/{ja,en}/<word>.ftl` (h); `web/page/refused.rs`: the id of a new `Field` (c), and
//!    its label in the summary of what is wrong (`label_key`), which nothing asks for
//! 4. `web/sample` draws it in each of its states (h), for the tests of the house and for `tenant preview`;
//!    `tests/journeys/routes.rs` and `tests/journeys/broken_line.rs` say what its path answers (c);
//!    `tests/chromium` walks over it
//!
//! **A letter**
//! 1. `domain/letter.rs`: a variant of `Letter`, its word (c); nothing asks for the rest there: `minutes` where it
//!    carries what runs out, `ends_with_epoch` where a change of the ways in makes that worthless, `priority`,
//!    `delivery_window`
//! 2. `mail/letter.rs`: its values, and the code or the link that it is about (c)
//! 3. `templates/text/{ja,en}/letter.ftl`: `letter-<word>-subject`, `letter-<word>-text`, and with such a link
//!    `letter-<word>-button` (h)
//! 4. `mail/sample.rs`: who can get it (c), and one of it (h), for `tenant preview`; `tests/house/letters.rs` keeps its snapshot
//! 5. the deed that sends it, in the transaction of its change
//!
//! **A refusal**
//! 1. `domain/refusal.rs`: a variant; `wording/refusal.rs`: its message (c); `web/page/refused.rs` where it is about no field,
//!    which nothing asks for
//! 2. `templates/text/{ja,en}/refusal.ftl` (h)
//! 3. the deed that refuses, and at which `Field`
//!
//! **A tenant key**
//! 1. `tenants/keys.rs`: name, kind and built-in value; `tenants/words.rs`: the words of a choice;
//!    `templates/text/{ja,en}/key.ftl` and `rules/tenant_file/keys.md` explain it (h); `tenant schema` is written anew (h)
//! 2. `domain/tenant.rs` or `domain/tenant/policy.rs`: the value as a type; `tenants/read.rs` reads it (c)
//! 3. rules over it: `tenants/rules.rs`, each with a finding (below)
//! 4. `tenants/_defaults.toml`, `tests/house/sample_tenant.rs` (c), `tests/house/tenants.rs`
//!
//! **A finding**
//! 1. `tenants/finding.rs`: its code, which nothing had before, and its severity
//! 2. `rules/tenant_file/findings.md`: code, severity and what it says (h)
//! 3. who tells it: `tenants/rules.rs` within a union, `tenants/hosts.rs` between unions, `tenants/advice.rs` of a weak
//!    value
//! 4. `templates/text/{ja,en}/finding.ftl`: what is wrong, and how to mend it (h)
//! 5. `tests/house/tenants`: a file of which it is told
//!
//! **A kind of factor**: the head of [`domain::factor`] lists its files.
//!
//! **An event of the trail**
//! 1. `domain/audit.rs`: a variant; `domain/audit/record.rs`: its word (c), and what the word does not say: `detail`. Of
//!    single sign-on both stand in `domain/audit/sso.rs`
//! 2. `domain/activity.rs`: whether members are told of it; then `store/audit.rs` lists its word (h)
//! 3. the deed that notes it, in the transaction of its change; who did it comes with the request or the command
//!
//! **A counter**
//! 1. `domain/lockout/kind.rs`: a variant, with a bucket where strangers and the member can both raise it (h); who raises
//!    it, whom it is about, what it blocks, what ends it (c);
//!    `domain/lockout.rs`: its `Ladder`, which `CounterKind::ladder` names (c)
//! 2. `cli/member/card.rs`: what the desk reads (c), in the words of `templates/text/{ja,en}/command.ftl` (h)
//! 3. the deed that counts: `portal/lockout.rs` for a try, `store::lockout::count` for an ask

pub mod cli;
pub mod domain;
pub mod jobs;
pub mod mail;
pub mod metrics;
pub mod outbound;
pub mod portal;
pub mod rules;
pub mod settings;
pub mod store;
pub mod tenants;
pub mod vault;
pub mod web;
pub mod wording;
pub mod world;
