//! Policy: the values of a tenant that the rules of signing in ask for.

pub use crate::domain::factor::Method;

/// The values the rules of signing in ask for.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Second factors offered, the recommended one first.
    pub methods: Vec<Method>,
    /// Whether a passkey may stand alone.
    pub passkey: PasskeyRole,
    /// Rules for new user IDs (D7).
    pub user_id: UserIdPolicy,
    /// Rules for new passwords (D6).
    pub password: PasswordPolicy,
    /// Rules for mail addresses (D8).
    pub email: EmailPolicy,
    /// Rules for authenticator apps (D9).
    pub app_otp: AppOtpPolicy,
    /// Rules for mailed codes (D9).
    pub email_otp: EmailOtpPolicy,
    /// The order of first login (D2).
    pub first_login: FirstLogin,
    /// Rules for first credentials (D3).
    pub initial_password: InitialPassword,
    /// How long sessions last (D12).
    pub session: SessionPolicy,
    /// What happens after wrong passwords (D13).
    pub lockout: LockoutPolicy,
    /// Rules for forgotten passwords and lost factors (D4).
    pub recovery: RecoveryPolicy,
    /// For how long data of former members are kept.
    pub retention: RetentionPolicy,
    /// Version of the terms in force; asked again when it changes (D14).
    pub terms_version: String,
}

impl Policy {
    /// The methods a page may offer, in the union's order.
    pub fn offered(&self) -> impl Iterator<Item = Method> + '_ {
        self.methods.iter().copied()
    }

    /// Whether members may set that method up here. What they hold goes on working where it is no longer offered.
    pub fn offers(&self, method: Method) -> bool {
        self.methods.contains(&method)
    }

    /// Whether that method is a full sign-in by itself (D1): its user verification makes it two factors, the union says so,
    /// and offers it. A passkey that is no longer offered is a second factor like any other.
    pub fn stands_alone(&self, method: Method) -> bool {
        method.traits().may_stand_alone && self.passkey == PasskeyRole::Alone && self.offers(method)
    }
}

/// What a passkey is worth at sign-in (D1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasskeyRole {
    /// User ID and password first, then the passkey.
    SecondFactor,
    /// A user-verified passkey alone is a full sign-in.
    Alone,
}

/// Rules for **new** user IDs; imported ones keep working (D7).
#[derive(Debug, Clone)]
pub struct UserIdPolicy {
    /// The smallest length, in characters; 8 unless the union says otherwise.
    pub min_length: usize,
    /// The greatest length, in characters; 13 unless the union says otherwise.
    pub max_length: usize,
    /// The signs that are allowed besides `a-z0-9`.
    pub symbols: String,
    /// Whether members may change theirs.
    pub change: bool,
    /// Whether a letter *and* a digit are required.
    pub letter_and_digit: bool,
}

/// Rules for new passwords (D6).
#[derive(Debug, Clone)]
pub struct PasswordPolicy {
    /// The smallest length, in Unicode code points.
    pub min_length: usize,
    /// The greatest length, in Unicode code points.
    pub max_length: usize,
    /// Character classes that must occur.
    pub require: Vec<CharClass>,
    /// Symbols shown on the page.
    pub symbols: String,
    /// What a password must not be.
    pub forbid: Vec<Forbidden>,
    /// Shown on the page as right in form; typing one is refused.
    pub examples_ok: Vec<String>,
    /// Checked by `tenant check` to fail.
    pub examples_ng: Vec<String>,
}

/// A character class a password must contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharClass {
    /// A–Z
    Upper,
    /// a–z
    Lower,
    /// A–Z or a–z
    Letter,
    /// 0–9
    Digit,
    /// any other printable ASCII
    Symbol,
}

/// What a new password must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// Equal to the user ID (K-06).
    UserId,
    /// Containing the user ID.
    ContainsUserId,
    /// The one in force (K-07).
    Current,
    /// The birth date in any spelling.
    BirthDate,
    /// The member's 記号 and 番号.
    KigoBango,
    /// Common passwords and the union's own words.
    Blocklist,
}

/// Rules for mail addresses (D8).
#[derive(Debug, Clone)]
pub struct EmailPolicy {
    /// Whether first login may end without one.
    pub required: bool,
    /// Whether an address may belong to one member only (N-16).
    pub unique: bool,
    /// How an address is confirmed in first login.
    pub verification: Verification,
}

/// How an address is confirmed in first login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Pending until the portal asks.
    None,
    /// A mailed code, waited for.
    Code,
    /// A mailed link, waited for; the mail also carries a code.
    Link,
}

/// Rules for authenticator apps (D9).
#[derive(Debug, Clone)]
pub struct AppOtpPolicy {
    /// Shown in the app; the site heading unless set (T-06).
    pub issuer: String,
    /// Apps the page names, in order.
    pub apps: Vec<AuthApp>,
    /// Most devices per member.
    pub max_devices: usize,
    /// Steps of 30 s accepted on either side.
    pub skew_steps: u8,
}

/// An authenticator app a union may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthApp {
    /// Google Authenticator
    Google,
    /// Microsoft Authenticator
    Microsoft,
    /// FreeOTP
    FreeOtp,
    /// Chrome extension "Authenticator"
    ChromeAuthenticator,
    /// Edge extension "Open Two-Factor Authenticator"
    EdgeOpenTwoFactor,
}

/// Rules for mailed codes (D9).
#[derive(Debug, Clone)]
pub struct EmailOtpPolicy {
    /// Minutes a code lives.
    pub ttl_minutes: u32,
    /// Seconds before 再送信 is served.
    pub resend_seconds: u32,
}

/// The order of first login (D2).
#[derive(Debug, Clone)]
pub struct FirstLogin {
    /// Groups of steps, one page each, in order.
    pub steps: Vec<Vec<ListedStep>>,
    /// What follows when only the factor is missing.
    pub mfa_setup: MfaSetup,
}

/// A step that a tenant file can list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListedStep {
    /// 「生年月日の入力」
    BirthDate,
    /// 「利用規約」
    Terms,
    /// 「ユーザIDの変更」
    UserId,
    /// 「認証方法の設定」
    Method,
    /// 「パスワードの更新」
    Password,
    /// 「メールアドレスの更新」
    Email,
}

impl ListedStep {
    /// Every step with its word in the file.
    pub const WORDS: [(Self, &str); 6] = [
        (Self::BirthDate, "birthdate"),
        (Self::Terms, "terms"),
        (Self::UserId, "user-id"),
        (Self::Method, "method"),
        (Self::Password, "password"),
        (Self::Email, "email"),
    ];
}

/// What follows when only the factor is missing (D2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MfaSetup {
    /// Set up at once.
    Continue,
    /// The limited page, log out, sign in again, set up.
    Relogin,
}

/// Rules for first credentials (D3).
#[derive(Debug, Clone)]
pub struct InitialPassword {
    /// For rows with a user ID and no temporary password.
    pub existing: FirstSecret,
    /// Days from import until a first credential is dead.
    pub valid_days: u32,
    /// How new credentials reach the member.
    pub letter: CredentialLetter,
}

/// How the first password of an existing member comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstSecret {
    /// Generated, told by notice.
    Random,
    /// 記号+番号+生年月日, computed when verified, never stored.
    KigoBangoBirthDate,
}

/// How new credentials reach the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialLetter {
    /// By the union itself.
    None,
    /// A printed postcard, from the notices CSV.
    Postcard,
    /// They are mailed to the address of the roster.
    Mail,
}

/// How long sessions last (D12).
#[derive(Debug, Clone)]
pub struct SessionPolicy {
    /// Minutes without a request.
    pub idle_minutes: u32,
    /// How long a session lasts at most, in hours from sign-in.
    pub absolute_hours: u32,
    /// Hours under 「ログイン状態の保存」; 0 hides it.
    pub remember_hours: u32,
}

/// What happens after wrong passwords (D13). What wrong codes lead to is the same at every union: `domain/lockout.rs`.
#[derive(Debug, Clone)]
pub struct LockoutPolicy {
    /// Consecutive failures from which pauses begin.
    pub pause_after: u32,
    /// Consecutive failures at which the password is off.
    pub hard_limit: u32,
}

/// Rules for forgotten passwords and lost factors (D4).
#[derive(Debug, Clone)]
pub struct RecoveryPolicy {
    /// Minutes a reset link lives.
    pub reset_link_minutes: u32,
    /// What a member without the old factor shows.
    pub lost_factor: LostFactor,
    /// Hours to wait before the lost-factor branch opens; 0 for none.
    pub lost_factor_wait_hours: u32,
}

/// For how long data are kept (D34, D35).
#[derive(Debug, Clone, Copy)]
pub struct RetentionPolicy {
    /// Days from the end of a membership until everything about the member is erased.
    pub ended_days: u32,
    /// Days that rows of the trail stay in the database; older ones may be archived.
    pub trail_days: u32,
}

/// What a member without the old factor shows (D4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostFactor {
    /// The mailed link and the birth date.
    MailAndBirthDate,
    /// A one-time code from the union.
    DeskCode,
}
