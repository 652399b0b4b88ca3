//! The words of refusals that no page puts into words: REST, and the few pages of the edge itself.

use app::{
    i18n::{LANG_COOKIE, Locale},
    ui::prefs,
};
use axum::http::{HeaderMap, header};
use domain::problem::Flaw;

/// A language that refusals come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Zh,
    En,
}

impl Language {
    /// The one chosen on a page, else as [`Language::asked`].
    #[must_use]
    pub fn chosen(headers: &HeaderMap) -> Self {
        prefs::cookie(headers, LANG_COOKIE)
            .and_then(|tag| Self::named(&tag))
            .unwrap_or_else(|| Self::asked(headers))
    }

    /// The better one of those that `Accept-Language` names, else Chinese.
    #[must_use]
    pub fn asked(headers: &HeaderMap) -> Self {
        let mut best = (Self::Zh, 0.0);
        let asked = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        for item in asked.unwrap_or_default().split(',') {
            let (tag, rest) = item.split_once(';').unwrap_or((item, ""));
            let weight = rest
                .trim()
                .strip_prefix("q=")
                .map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
            if let Some(language) = Self::named(tag)
                && weight > best.1
            {
                best = (language, weight);
            }
        }
        best.0
    }

    fn named(tag: &str) -> Option<Self> {
        let main = tag.trim().split('-').next()?;
        if main.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if main.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The one of the pages' words.
    #[must_use]
    pub const fn locale(self) -> Locale {
        match self {
            Self::Zh => Locale::zh_CN,
            Self::En => Locale::en,
        }
    }

    const fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// What a code says to people.
pub(super) fn code(code: &str, language: Language) -> &'static str {
    let (zh, en) = match code {
        "invalid" => (
            "请求内容有误，请检查所列字段。",
            "The request is not valid; see the fields.",
        ),
        "unauthenticated" => (
            "尚未登录，或登录已失效。",
            "Nobody is logged in, or the session has ended.",
        ),
        "bad_credentials" => ("账号或密码不正确。", "The log-in or the password is wrong."),
        "otp_required" => (
            "密码正确，还需要验证码。",
            "The password is right; a code of the second factor is needed as well.",
        ),
        "second_factor_required" => (
            "公司要求两步验证，请先在“我的账号”里开启。",
            "The company wants a second factor: set it up on your account page first.",
        ),
        "forbidden" => ("没有权限执行此操作。", "This is not allowed."),
        "not_found" => ("没有找到。", "Not found."),
        "conflict" => (
            "与已有的数据冲突，请检查所列字段。",
            "This clashes with what is already there; see the fields.",
        ),
        "wrong_hat" => (
            "你在另一个标签页换了身份，这一步没有做。请回到那一页，刷新以后再来。",
            "Another tab has changed to another company or role, and nothing was done here. Go back to the page, and reload it.",
        ),
        "device_offline" => (
            "设备不在线，指令没有发出。",
            "The device is not connected; nothing was sent and nothing is kept for it.",
        ),
        "behind_gateway" => (
            "设备只经网关上报，收不了指令。",
            "The device is reached through its gateway only, and takes no commands.",
        ),
        "expired" => ("链接已失效。", "The link has been used or has run out."),
        "too_many" => (
            "尝试次数过多，请稍后再试。",
            "Too many attempts; try again later.",
        ),
        "too_large" => ("内容太大。", "The body is too large."),
        "suspended" => (
            "公司账户已停用，目前只能查看。",
            "The company's account is suspended: it can read, and change nothing.",
        ),
        "over_quota" => (
            "已达到套餐的上限，请联系平台升级套餐。",
            "The company's plan allows no more; ask for a larger one.",
        ),
        "unavailable" => (
            "服务暂时不可用，请稍后再试。",
            "The service is away for a moment; try again.",
        ),
        "method_not_allowed" => ("不支持这种请求方法。", "This method is not supported here."),
        "unsupported_media_type" => (
            "不支持这种内容类型。",
            "This content type is not supported here.",
        ),
        _ => (
            "服务器出错了，请凭请求编号联系我们。",
            "Something failed on our side; the request id leads to the reason.",
        ),
    };
    language.pick(zh, en)
}

/// What a flaw of a field says to people.
pub(super) fn flaw(flaw: Flaw, language: Language) -> &'static str {
    let (zh, en) = match flaw {
        Flaw::Required => ("必填", "is required"),
        Flaw::TooShort => ("太短", "is too short"),
        Flaw::TooLong => ("太长", "is too long"),
        Flaw::Malformed => ("格式不正确", "is malformed"),
        Flaw::OutOfRange => ("超出范围", "is out of range"),
        Flaw::Taken => ("已被使用", "is already taken"),
        Flaw::Reserved => ("是保留字", "is reserved"),
        Flaw::Ambiguous => (
            "不止一处叫这个名字，请写得更完整",
            "names several: say more",
        ),
        Flaw::Unknown => ("不存在", "does not exist"),
        Flaw::TooCommon => ("太常见，容易被猜到", "is too common"),
        Flaw::Wrong => ("不正确", "is wrong"),
        Flaw::Unreadable => ("文件无法读取", "cannot be read"),
        Flaw::LastOne => ("至少要留一个", "is the last one"),
        Flaw::NotAlone => (
            "不能单独使用，请加上姓名、楼栋或房号",
            "is not searched for alone: add a name, a building or a door",
        ),
        Flaw::Clashes => ("与已有的读数不符", "does not fit what was read"),
    };
    language.pick(zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, value.parse().unwrap());
        Language::asked(&headers)
    }

    #[test]
    fn chinese_first() {
        assert_eq!(Language::asked(&HeaderMap::new()), Language::Zh);
        assert_eq!(asked("fr"), Language::Zh);
        assert_eq!(asked("en-GB,en;q=0.9"), Language::En);
        assert_eq!(asked("fr, en;q=0.4, zh-TW;q=0.7"), Language::Zh);
        assert_eq!(asked("en;q=x;;,"), Language::Zh);
    }

    #[test]
    fn the_cookie_wins() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, "zh".parse().unwrap());
        headers.insert(header::COOKIE, "a=b; linli_lang=en".parse().unwrap());
        assert_eq!(Language::chosen(&headers), Language::En);
        assert_eq!(Language::asked(&headers), Language::Zh);
    }
}
