//! Column: which column of a file is which, by the headers the union gave (`[import.columns]`).

use crate::domain::tenant::RosterColumns;

/// A column of the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// 記号
    Kigo,
    /// 番号
    Bango,
    /// 枝番
    Branch,
    /// 生年月日
    BirthDate,
    /// 氏名
    Name,
    /// カナ氏名
    NameKana,
    /// ユーザID
    UserId,
    /// 仮パスワード
    TempPassword,
    /// メールアドレス
    Email,
    /// 資格喪失日
    LostOn,
    /// 旧記号
    FormerKigo,
    /// 旧番号
    FormerBango,
    /// 旧枝番
    FormerBranch,
}

impl Column {
    /// Every column, in the order of `[import.columns]`.
    pub const ALL: [Self; 13] = [
        Self::Kigo,
        Self::Bango,
        Self::Branch,
        Self::BirthDate,
        Self::Name,
        Self::NameKana,
        Self::UserId,
        Self::TempPassword,
        Self::Email,
        Self::LostOn,
        Self::FormerKigo,
        Self::FormerBango,
        Self::FormerBranch,
    ];

    /// Its key in `[import.columns]`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Kigo => "kigo",
            Self::Bango => "bango",
            Self::Branch => "branch",
            Self::BirthDate => "birthdate",
            Self::Name => "name",
            Self::NameKana => "name_kana",
            Self::UserId => "user_id",
            Self::TempPassword => "temp_password",
            Self::Email => "email",
            Self::LostOn => "lost_on",
            Self::FormerKigo => "former_kigo",
            Self::FormerBango => "former_bango",
            Self::FormerBranch => "former_branch",
        }
    }

    /// The union's header for it.
    pub fn header(self, columns: &RosterColumns) -> &str {
        match self {
            Self::Kigo => &columns.kigo,
            Self::Bango => &columns.bango,
            Self::Branch => &columns.branch,
            Self::BirthDate => &columns.birthdate,
            Self::Name => &columns.name,
            Self::NameKana => &columns.name_kana,
            Self::UserId => &columns.user_id,
            Self::TempPassword => &columns.temp_password,
            Self::Email => &columns.email,
            Self::LostOn => &columns.lost_on,
            Self::FormerKigo => &columns.former_kigo,
            Self::FormerBango => &columns.former_bango,
            Self::FormerBranch => &columns.former_branch,
        }
    }

    /// Whether a file without it is no roster.
    pub fn is_required(self) -> bool {
        matches!(self, Self::Kigo | Self::Bango | Self::BirthDate | Self::Name)
    }

    /// Whether it is a part of the number, which is judged more strictly.
    pub fn is_number(self) -> bool {
        matches!(
            self,
            Self::Kigo
                | Self::Bango
                | Self::Branch
                | Self::FormerKigo
                | Self::FormerBango
                | Self::FormerBranch
        )
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }
}
