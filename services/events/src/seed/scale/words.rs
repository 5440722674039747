//! What made-up activities are called, what they say of themselves, and where they take place.

use synthetic::{Of, Subject, chance::below};

use crate::activities::Kind;

/// The title of an activity about a topic, e.g. `人工智能前沿报告会`.
pub(super) fn title(kind: Kind, topic: &str, year: i32, ordinal: u64) -> String {
    let forms: [&str; 3] = match kind {
        Kind::AcademicMeeting => ["学术年会", "青年学者论坛", "专题研讨会"],
        Kind::Lecture => ["前沿报告会", "名家讲堂", "学术报告"],
        Kind::PopularScience => ["公众开放日", "科普进校园", "科普讲座"],
        Kind::Training => ["高级研修班", "工程师继续教育班", "师资培训班"],
        Kind::Volunteering => ["科技志愿服务", "专家咨询服务", "下乡服务"],
    };
    let form = forms[below(Of::Title, !ordinal, 3) as usize];
    match kind {
        Kind::AcademicMeeting | Kind::Training => format!("{year}年{topic}{form}"),
        Kind::Lecture | Kind::PopularScience | Kind::Volunteering => format!("{topic}{form}"),
    }
}

/// What it says of itself. That it is made up is said first.
pub(super) fn description(kind: Kind, topic: &str) -> String {
    let (what, who) = match kind {
        Kind::AcademicMeeting => (
            "围绕近期研究进展作大会报告和分组交流，设青年学者墙报。",
            "面向高校、科研院所和企业的科技工作者。",
        ),
        Kind::Lecture => (
            "由一线科研人员介绍研究前沿，报告后留出提问时间。",
            "面向科技工作者和研究生，其他感兴趣的人也可报名。",
        ),
        Kind::PopularScience => (
            "有展品讲解、动手体验和现场问答，不需要专业基础。",
            "面向公众，适合家庭和学校集体参加。",
        ),
        Kind::Training => (
            "集中授课并安排实操，全程参加并签到的登记学时。",
            "面向从事相关工作的专业技术人员。",
        ),
        Kind::Volunteering => (
            "到基层提供咨询和技术服务，服务时长计入志愿记录。",
            "面向愿意参加志愿服务的科技工作者。",
        ),
    };
    format!("演示活动，内容为虚构。\n本次活动以“{topic}”为主题。{what}{who}")
}

/// Where it takes place in this county.
pub(super) fn place(kind: Kind, subject: Subject, county: &str, ordinal: u64) -> String {
    let venues: [&str; 3] = match (kind, subject) {
        (Kind::PopularScience, _) => ["示例科技馆一层展厅", "示例中学报告厅", "示例社区文化中心"],
        (Kind::Volunteering, Subject::Agriculture) => [
            "示例乡镇农技推广站",
            "示例合作社培训室",
            "示例村党群服务中心",
        ],
        (Kind::Volunteering, Subject::Medicine) => {
            ["示例社区卫生服务中心", "示例乡镇卫生院", "示例养老服务中心"]
        }
        (Kind::Volunteering, _) => ["示例社区服务中心", "示例科技馆", "示例小学"],
        (Kind::Training, _) => ["示例培训中心", "示例职业学院实训楼", "示例科学会堂"],
        (Kind::AcademicMeeting | Kind::Lecture, _) => {
            ["示例会议中心", "示例大学学术报告厅", "示例科学会堂"]
        }
    };
    format!("{county}{}", venues[below(Of::Path, !ordinal, 3) as usize])
}
