//! What organisations of a kind deal with: words for activities, fields of research and introductions.

use crate::chance::{Of, below};

/// The field of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// 理科
    Science,
    /// 工科
    Engineering,
    /// 农科
    Agriculture,
    /// 医科
    Medicine,
    /// 交叉学科
    Interdisciplinary,
    /// An association of a province: for everyone.
    Public,
}

impl Subject {
    /// By the word for it in `organisations.csv`; empty for associations.
    pub(crate) fn of_class(class: &str) -> Self {
        match class {
            "science" => Self::Science,
            "engineering" => Self::Engineering,
            "agriculture" => Self::Agriculture,
            "medicine" => Self::Medicine,
            "interdisciplinary" => Self::Interdisciplinary,
            _ => Self::Public,
        }
    }

    /// In Chinese.
    pub fn title_zh(self) -> &'static str {
        match self {
            Self::Science => "理科",
            Self::Engineering => "工科",
            Self::Agriculture => "农科",
            Self::Medicine => "医科",
            Self::Interdisciplinary => "交叉学科",
            Self::Public => "综合",
        }
    }

    /// What it deals with, in Chinese; at least three.
    pub fn topics(self) -> &'static [&'static str] {
        match self {
            Self::Science => &[
                "量子信息",
                "凝聚态物质",
                "绿色化学",
                "空间天文",
                "气候变化",
                "深海探测",
                "生物多样性",
                "脑与认知",
                "遗传与进化",
                "地球深部探测",
                "数学建模",
                "复杂系统",
            ],
            Self::Engineering => &[
                "人工智能",
                "智能制造",
                "集成电路",
                "工业软件",
                "新能源汽车",
                "新型电力系统",
                "轨道交通",
                "航空航天",
                "先进材料",
                "水利工程",
                "网络与数据安全",
                "机器人",
            ],
            Self::Agriculture => &[
                "种业振兴",
                "耕地保护",
                "智慧农业",
                "林草生态修复",
                "动物疫病防控",
                "茶叶加工",
                "水产健康养殖",
                "植物保护",
            ],
            Self::Medicine => &[
                "慢性病管理",
                "肿瘤早筛",
                "中医药传承创新",
                "合理用药",
                "康复护理",
                "营养与健康",
                "心理健康",
                "传染病防控",
                "院前急救",
            ],
            Self::Interdisciplinary => &[
                "科技史",
                "科普创作",
                "知识产权",
                "科技情报",
                "城市规划",
                "工业设计",
                "科技期刊",
                "青少年科技创新",
                "科技伦理",
            ],
            Self::Public => &[
                "公民科学素质",
                "防灾减灾",
                "食品安全",
                "航天知识",
                "青少年科技创新",
                "乡村振兴",
                "老年人数字素养",
                "低碳生活",
                "科学家精神",
            ],
        }
    }

    /// One of them.
    pub(crate) fn topic(self, ordinal: u64) -> &'static str {
        let topics = self.topics();
        topics[below(Of::Topic, ordinal, topics.len() as u64) as usize]
    }
}

/// What a society deals with by its name, e.g. `计算机` of 中国计算机学会; `None` where the name says no discipline.
pub(crate) fn discipline(name: &str, subject: Subject) -> Option<String> {
    if matches!(subject, Subject::Interdisciplinary | Subject::Public) {
        return None;
    }
    let before = ["中国", "中华", "国际"];
    let own = before
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    let behind = ["研究会", "联合会", "促进会", "协会", "学会"];
    let short = behind.iter().find_map(|suffix| own.strip_suffix(suffix))?;
    // 化学会 is the society of 化学.
    match short.chars().count() {
        0 => None,
        1 => own.strip_suffix('会').map(str::to_owned),
        _ => Some(short.to_owned()),
    }
}

/// A topic within a discipline.
pub(crate) fn within(discipline: &str, ordinal: u64) -> String {
    const SIDES: [&str; 5] = ["", "与人工智能", "青年人才", "应用", "教育"];
    let side = SIDES[below(Of::Topic, ordinal, SIDES.len() as u64) as usize];
    format!("{discipline}{side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_the_discipline() {
        let of = |name, class| discipline(name, Subject::of_class(class));
        assert_eq!(
            of("中国计算机学会", "engineering").as_deref(),
            Some("计算机")
        );
        assert_eq!(of("中国化学会", "science").as_deref(), Some("化学"));
        assert_eq!(of("中华医学会", "medicine").as_deref(), Some("医学"));
        assert_eq!(of("中国力学学会", "science").as_deref(), Some("力学"));
        assert_eq!(
            of("中国青藏高原研究会", "science").as_deref(),
            Some("青藏高原")
        );
        assert_eq!(of("中国发明协会", "interdisciplinary"), None);
        assert!(within("化学", 3).starts_with("化学"));
    }

    #[test]
    fn each_field_has_topics_and_all_of_them_come_up() {
        for subject in [
            "science",
            "engineering",
            "agriculture",
            "medicine",
            "interdisciplinary",
            "",
        ] {
            let subject = Subject::of_class(subject);
            assert!(subject.topics().len() >= 3);
            for topic in subject.topics() {
                assert!(
                    (0..1_000).any(|ordinal| subject.topic(ordinal) == *topic),
                    "{topic}"
                );
            }
        }
    }
}
