//! Names that read like real ones and name nobody, and numbers to go with them.

use super::curves::mix;

const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万钱严覃武戴莫孔向汤";
const GIVEN: &str = "明华建国志强伟芳丽娟敏静秀英燕玲桂兰春梅海波文斌晓东雪峰俊杰佳怡子涵浩宇欣然思雨嘉诚雅婷博文天宇梦洁立新永康振宇若曦安然书瑶景行知远清扬";

fn pick(text: &str, dice: u64) -> char {
    let letters = text.chars().count().max(1) as u64;
    let nth = usize::try_from(dice % letters).unwrap_or_default();
    text.chars().nth(nth).unwrap_or('某')
}

/// The name of the `n`th made-up person: two or three characters.
pub(super) fn name(n: u64) -> String {
    let dice = |k: u64| mix(n.wrapping_mul(31).wrapping_add(k));
    let mut name = String::from(pick(SURNAMES, dice(1)));
    name.push(pick(GIVEN, dice(2)));
    if dice(3) % 10 < 7 {
        name.push(pick(GIVEN, dice(4)));
    }
    name
}

/// A number of the right shape for the `n`th made-up person.
pub(super) fn phone(n: u64) -> String {
    format!("1990000{:04}", n % 10_000)
}
